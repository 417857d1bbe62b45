/* SPDX-License-Identifier: MIT */
/* generic/symbols.c: a file on disk is foreign input. */
#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include "suites.h"

#define BASE 0x10000UL
#define FUNC STT_FUNC
#define GLOBAL (STB_GLOBAL << 4 | STT_FUNC)

static const struct fake_sym table[] = {
	{ "second", 0x40, 0x20, GLOBAL, 1 },
	{ "first", 0x10, 0x20, FUNC, 1 },
	{ "alias", 0x10, 0x20, GLOBAL, 1 },
	{ "data", 0x60, 8, STT_OBJECT, 1 },
	{ "undefined", 0x70, 8, GLOBAL, 0 },
	{ "second", 0x100, 0, FUNC, 1 },
	{ "below", -8UL, 8, FUNC, 1 },
	{ "beyond", 0x1000, 8, FUNC, 1 },
	{ "last", 0xff8, 8, FUNC, 1 },
};

static struct ftrace_module mod = {
	.text = BASE, .text_end = BASE + 0x1000,
};
static struct fake_file file = { .path = "fake:symbols" };
static struct ftrace_mod m;

static void reset(void)
{
	ftrace_symbols_free(&m);
	memset(&m, 0, sizeof(m));
	m.mod = &mod;
	m.base = BASE;
	m.file = file.path;
}

static void start(void)
{
	fake_setup();
	fake_elf(&file, table, sizeof(table) / sizeof(table[0]), SHT_SYMTAB);
	fake_file_add(&file);
	reset();
}

static void stop(void)
{
	ftrace_symbols_free(&m);
	free(file.at);
	ck_assert_int_eq(fake.live, 0);
}

static const char *at(unsigned long offset)
{
	const struct ftrace_symbol *s = ftrace_symbol_at(&m, BASE + offset);

	return s ? s->name : "";
}

START_TEST(by_address)
{
	static const struct {
		unsigned long offset;
		const char *name;
	} want[] = {
		{ 0, "" }, { 0xf, "" }, { 0x10, "first" }, { 0x2f, "first" },
		{ 0x30, "" }, { 0x3f, "" }, { 0x40, "second" },
		{ 0x5f, "second" }, { 0x60, "" }, { 0x70, "" },
		{ 0x100, "second" }, { 0xff7, "second" }, { 0xff8, "last" },
		{ 0xfff, "last" }, { 0x1000, "" },
	};
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ck_assert_msg(!strcmp(at(want[i].offset), want[i].name),
			      "%lx: %s", want[i].offset, at(want[i].offset));
	ck_assert_uint_eq(m.symbols.nr, 5);
	ck_assert_uint_eq(fake.calls[FAKE_MAP_FILE], 1);
}
END_TEST

struct found {
	unsigned long addr[8];
	int nr, stop_at;
};

static int find(const struct ftrace_symbol *s, void *arg)
{
	struct found *f = arg;

	f->addr[f->nr++] = s->addr;
	return f->nr == f->stop_at ? 42 : 0;
}

static int each(const char *name, size_t len, struct found *f)
{
	f->nr = 0;
	return ftrace_symbol_each(&m, name, len, find, f);
}

START_TEST(by_name)
{
	struct found f = { .stop_at = 0 };

	ck_assert_int_eq(each("second", 6, &f), 0);
	ck_assert_int_eq(f.nr, 2);
	ck_assert_uint_eq(f.addr[0], BASE + 0x40);
	ck_assert_uint_eq(f.addr[1], BASE + 0x100);
	ck_assert_int_eq(each("alias", 5, &f), 0);
	ck_assert_int_eq(f.nr, 1);
	ck_assert_int_eq(each("sec", 3, &f), 0);
	ck_assert_int_eq(f.nr, 0);
	ck_assert_int_eq(each("seconds", 7, &f), 0);
	ck_assert_int_eq(f.nr, 0);
	ck_assert_int_eq(each("", 0, &f), 0);
	ck_assert_int_eq(f.nr, 0);
	f.stop_at = 1;
	ck_assert_int_eq(each("second", 6, &f), 42);
	ck_assert_int_eq(f.nr, 1);
}
END_TEST

/* The name may hold anything; a symbol ends where its string ends. */
START_TEST(name_with_a_terminator_inside)
{
	struct found f = { .stop_at = 0 };
	size_t i;

	for (i = 5; i < 64; i++) {
		static const char name[64] = "last";

		ck_assert_int_eq(each(name, i, &f), 0);
		ck_assert_int_eq(f.nr, 0);
	}
}
END_TEST

START_TEST(dynamic_symbols)
{
	ElfW(Shdr) *sh = (void *)(file.at + sizeof(ElfW(Ehdr)));

	sh[1].sh_type = SHT_DYNSYM;
	ck_assert_str_eq(at(0x10), "first");
	reset();
	sh[1].sh_type = SHT_NOTE;
	ck_assert_str_eq(at(0x10), "");
}
END_TEST

START_TEST(no_file)
{
	struct found f = { .stop_at = 0 };

	m.file = NULL;
	ck_assert_str_eq(at(0x10), "");
	ck_assert_uint_eq(fake.calls[FAKE_MAP_FILE], 0);
	reset();
	m.file = (char *)"fake:none";
	ck_assert_str_eq(at(0x10), "");
	ck_assert_int_eq(each("first", 5, &f), 0);
	ck_assert_int_eq(f.nr, 0);
	m.file = file.path;
}
END_TEST

/* Neither the file nor its table can be had now, but later. */
START_TEST(later)
{
	struct found f = { .stop_at = 0 };

	fake_fail(_i ? FAKE_ALLOC : FAKE_MAP_FILE, 1);
	ck_assert_int_eq(each("first", 5, &f), _i ? -ENOMEM : 0);
	ck_assert_int_eq(f.nr, 0);
	ck_assert_int_eq(each("first", 5, &f), 0);
	ck_assert_int_eq(f.nr, 1);
}
END_TEST

static void mark_symbol(struct fake_file *f, size_t i, unsigned int other)
{
	ElfW(Shdr) *sh = (void *)(f->at + ((ElfW(Ehdr) *)f->at)->e_shoff);

	((ElfW(Sym) *)(f->at + sh[1].sh_offset))[i].st_other =
		(unsigned char)other;
}

/* Functions whose symbols say that they keep more registers are refused. */
START_TEST(variant)
{
	struct fake_sym sym[6] = {
		{ "f0", 0, FAKE_STRIDE, FUNC, 1 },
		{ "variant", FAKE_STRIDE, FAKE_STRIDE, FUNC, 1 },
		{ "visible", 2 * FAKE_STRIDE, FAKE_STRIDE, FUNC, 1 },
		{ "padded", 3 * FAKE_STRIDE, 0, FUNC, 1 },
		{ "before", 4 * FAKE_STRIDE - 8, 8, FUNC, 1 },
		{ "far", 5 * FAKE_STRIDE - 24, 0, FUNC, 1 },
	};
	static const bool refused[6] = { [1] = true, [3] = true };
	struct ftrace_mod like = { .prot = PROT_READ | PROT_EXEC };
	struct fake_file f = { .path = "fake:variant" };
	static struct fake_text t;
	char buf[200];
	size_t i;

	fake_text_map(&t, 6);
	fake_elf(&f, sym, 6, _i ? SHT_DYNSYM : SHT_SYMTAB);
	for (i = 1; i < 6; i++)
		mark_symbol(&f, i, i == 2 ? STV_PROTECTED : 0x80);
	fake_file_add(&f);
	like.base = t.mod.text;
	like.file = ftrace_host->alloc(sizeof(f.path));
	memcpy(like.file, f.path, sizeof(f.path));
	ck_assert_int_eq(ftrace_lock("test"), 0);
	ck_assert_int_eq(ftrace_mod_init(&t.mod, &like), 0);
	ftrace_unlock();
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	for (i = 0; i < 6; i++) {
		ck_assert_msg(fake_is(&t, i, refused[i] ? "GAP " : "NOP "),
			      "%zu", i);
		ck_assert_int_eq(!!(fake_rec(&t, i)->flags &
				    FTRACE_FL_REFUSED), refused[i]);
	}
	ck_assert_int_gt(ftrace_explain("variant", 0, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "cannot be traced: it keeps more"));
	fake_text_drop(&t);
	free(f.at);
}
END_TEST

/* Whatever is read must come from within: a sanitiser sees to it. */
static void use_all(void)
{
	struct found f = { .stop_at = 8 };
	size_t i;

	for (i = 0; i < 0x1008; i += 8)
		ck_assert_uint_lt(strlen(at(i)), file.size);
	each("second", 6, &f);
	each("last", 4, &f);
	each("", 0, &f);
	reset();
	ftrace_symbols_mark(&m);
	ck_assert_ptr_null(m.symbols.file);
}

START_TEST(truncated)
{
	size_t size = file.size, step = unit_quick() ? 29 : 1;

	for (file.size = 1; file.size < size; file.size += step)
		use_all();
	file.size = size;
	reset();
	ck_assert_str_eq(at(0x10), "first");
	/* The last byte of the strings is gone: none of them is trusted. */
	reset();
	file.size = size - 1;
	ck_assert_str_eq(at(0x10), "");
}
END_TEST

/* Each byte in turn, to each of some values that hurt. */
START_TEST(damaged)
{
	static const unsigned char hurt[] = { 0, 1, 2, 0x7f, 0x80, 0xff };
	size_t i, k, step = unit_quick() ? 29 : 1;

	for (i = 0; i < file.size; i += step) {
		for (k = 0; k < sizeof(hurt); k++) {
			unsigned char keep = file.at[i];

			file.at[i] = hurt[k];
			use_all();
			file.at[i] = keep;
		}
	}
	ck_assert_str_eq(at(0x10), "first");
}
END_TEST

/* Several at once, at random, most of them in the headers. */
START_TEST(damaged_at_random)
{
	size_t head = sizeof(ElfW(Ehdr)) + 3 * sizeof(ElfW(Shdr));
	unsigned long round, n = unit_loops(2000);
	unsigned long x = 88172645463325252UL + (unsigned long)_i;
	unsigned char *good = malloc(file.size);

	memcpy(good, file.at, file.size);
	for (round = 0; round < n; round++) {
		int i;

		for (i = 0; i < 4; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			file.at[(x >> 8) % (i ? head : file.size)] ^=
				(unsigned char)(1 << (x >> 50) % 8);
		}
		use_all();
		memcpy(file.at, good, file.size);
	}
	free(good);
}
END_TEST

/* One field of the file's header at a time. */
static void lie_in_header(int n, ElfW(Ehdr) *e)
{
	ElfW(Shdr) *sh = (void *)(e + 1);

	switch (n) {
	case 0:
		e->e_ident[EI_CLASS] = ELFCLASSNONE;
		break;
	case 1:
		e->e_ident[0] = 0;
		break;
	case 2:
		e->e_shentsize--;
		break;
	case 3:
		e->e_shoff = file.size - 2 * sizeof(*sh);
		break;
	case 4:
		e->e_shoff = (ElfW(Off))-8L;
		break;
	case 5:
		e->e_shoff++;
		break;
	case 6:
		e->e_shnum = 0xffff;
		break;
	case 7:
		e->e_shnum = 2;
		break;
	}
}

/* And of its tables'. */
static void lie_in_tables(int n, ElfW(Shdr) *sh)
{
	ElfW(Sym) *first = (void *)(file.at + sh[1].sh_offset +
				    sizeof(ElfW(Sym)));

	switch (n) {
	case 8:
		sh[1].sh_link = 3;
		break;
	case 9:
		sh[1].sh_offset = file.size;
		break;
	case 10:
		sh[1].sh_size = file.size;
		break;
	case 11:
		sh[1].sh_size = (ElfW(Off))-8L;
		break;
	case 12:
		sh[2].sh_size = 0;
		break;
	case 13:
		sh[2].sh_size--;
		break;
	case 14:
		sh[2].sh_size++;
		break;
	case 15:
		sh[2].sh_offset = (ElfW(Off))-8L;
		break;
	case 16:
		sh[2].sh_offset = file.size + 1;
		break;
	case 17:
		first->st_name = (ElfW(Word))sh[2].sh_size;
		first[1].st_shndx = 0;
		break;
	case 18:
		sh[1].sh_offset += 4;
		break;
	}
}

START_TEST(lies)
{
	ElfW(Ehdr) *e = (void *)file.at;

	lie_in_header(_i, e);
	lie_in_tables(_i, (ElfW(Shdr) *)(e + 1));
	ck_assert_str_eq(at(0x10), _i < 19 ? "" : "first");
	use_all();
}
END_TEST

static struct fake_text text;
static unsigned long addrs[4];

static void start_lookup(void)
{
	fake_setup();
	fake_text_named(&text, 16);
	memset(addrs, 0xff, sizeof(addrs));
}

START_TEST(lookup)
{
	const char *names[4] = { "f0", "f15", "f3", "f9" };
	static const size_t want[4] = { 0, 15, 3, 9 };
	size_t i;

	ck_assert_int_eq(ftrace_lookup_symbols(names, 4, addrs), 0);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(addrs[i], fake_fn(&text, want[i]));
	ck_assert_int_eq(ftrace_lookup_symbols(NULL, 0, NULL), 0);
	ck_assert_int_eq(ftrace_lookup_symbols(names, 1, addrs), 0);
}
END_TEST

/* A name without a function, and one of a function without a site. */
START_TEST(lookup_missing)
{
	const char *names[4] = { "bare", "f3", "f4", "g" };

	expect_fail(-ESRCH, "ftrace_lookup_symbols",
		    ftrace_lookup_symbols(names, 4, addrs));
	ck_assert_uint_eq(addrs[0], 0);
	ck_assert_uint_eq(addrs[1], fake_fn(&text, 3));
	ck_assert_uint_eq(addrs[2], fake_fn(&text, 4));
	ck_assert_uint_eq(addrs[3], 0);
}
END_TEST

START_TEST(lookup_refused)
{
	const char *names[3] = { "f1", "f2", "f3" };
	const char *mixed[3] = { "f1", "f3", "f2" };
	const char *twice[3] = { "f1", "f2", "f2" };
	const char *hole[3] = { "f1", NULL, "f3" };

	expect_fail(-EINVAL, "ftrace_lookup_symbols",
		    ftrace_lookup_symbols(NULL, 1, addrs));
	expect_fail(-EINVAL, "ftrace_lookup_symbols",
		    ftrace_lookup_symbols(names, 1, NULL));
	expect_fail(-EINVAL, "ftrace_lookup_symbols",
		    ftrace_lookup_symbols(mixed, 3, addrs));
	expect_fail(-EINVAL, "ftrace_lookup_symbols",
		    ftrace_lookup_symbols(twice, 3, addrs));
	expect_fail(-EINVAL, "ftrace_lookup_symbols",
		    ftrace_lookup_symbols(hole, 3, addrs));
	ck_assert_uint_eq(addrs[0], ~0UL);
	fake_fail(FAKE_ALLOC, 1);
	expect_fail(-ENOMEM, "ftrace_lookup_symbols",
		    ftrace_lookup_symbols(names, 3, addrs));
	ck_assert_int_eq(ftrace_lookup_symbols(names, 3, addrs), 0);
}
END_TEST

/* Equal names: the lowest address, whatever the order of loading. */
START_TEST(lookup_twice)
{
	const char *names[2] = { "f15", "f3" };
	const struct fake_text *low;
	static struct fake_text small;

	fake_text_named(&small, 8);
	low = small.at < text.at ? &small : &text;
	ck_assert_int_eq(ftrace_lookup_symbols(names, 2, addrs), 0);
	ck_assert_uint_eq(addrs[0], fake_fn(&text, 15));
	ck_assert_uint_eq(addrs[1], fake_fn(low, 3));
	ck_assert_int_eq(ftrace_release_mod((struct ftrace_module *)
					    &low->mod), 0);
	ck_assert_int_eq(ftrace_lookup_symbols(names + 1, 1, addrs), 0);
	ck_assert_uint_eq(addrs[0], fake_fn(low == &text ? &small : &text, 3));
}
END_TEST

Suite *suite_symbols(void)
{
	Suite *s = suite_create("symbols");
	TCase *c = tcase_create("symbols");
	TCase *look = tcase_create("look-up");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, by_address);
	tcase_add_test(c, by_name);
	tcase_add_test(c, name_with_a_terminator_inside);
	tcase_add_test(c, dynamic_symbols);
	tcase_add_test(c, no_file);
	tcase_add_loop_test(c, later, 0, 2);
	tcase_add_loop_test(c, variant, 0, 2);
	tcase_add_test(c, truncated);
	tcase_add_test(c, damaged);
	tcase_add_loop_test(c, damaged_at_random, 0, 2);
	tcase_add_loop_test(c, lies, 0, 20);
	suite_add_tcase(s, look);
	tcase_add_checked_fixture(look, start_lookup, fake_verify);
	tcase_add_test(look, lookup);
	tcase_add_test(look, lookup_missing);
	tcase_add_test(look, lookup_refused);
	tcase_add_test(look, lookup_twice);
	return s;
}
