/* SPDX-License-Identifier: MIT */
/*
 * Fuzzing what is read of objects: a file on disk and what the loader mapped
 * of it. The input is damage to an object that is sound: where, how much, and
 * what. Whatever it is, what is found are sites of the text, and all of it can
 * be traced, listed and forgotten.
 */
#include <sys/mman.h>

#include "../unit/fake_object.h"
#include "fuzz.h"

static const struct memory *sound;	/* as object_start() made it */
static unsigned char *sound_symbols;
static struct fake_file symbols = { .path = "fake:/symbols" };
static size_t symbols_size, image_size;

/* Numbers that something is often compared with. */
static uint64_t odd_number(struct input *in)
{
	static const uint64_t some[] = {
		0, 1, 7, 8, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ULL << 63,
		~0ULL, ~0ULL - 7, ~0ULL - 0xfff,
	};
	unsigned int n = next(in);
	uint64_t v = some[n % (sizeof(some) / sizeof(some[0]))];

	return n & 0x80 ? v + t.mod.text : v;
}

/* @size bytes at @at, of which some become others. */
static void damage(struct input *in, void *at, size_t size)
{
	unsigned char *p = at;
	size_t from = next(in);
	unsigned int how = next(in), len = 1u << how % 4;
	uint64_t v;

	from = (from << 8 | next(in)) % size;
	if (len > size - from)
		len = (unsigned int)(size - from);
	/* Fields lie where they are aligned. */
	if (from + 8 <= size && how & 4)
		from &= ~(size_t)(len - 1);
	v = how & 8 ? odd_number(in) : next(in);
	if (how & 16) {
		uint64_t was = 0;

		memcpy(&was, p + from, len);
		v += was;
	}
	memcpy(p + from, &v, len);
}

static void damage_all(struct input *in)
{
	while (in->at < in->end) {
		switch (next(in) % 8) {
		case 0:
		case 1:
			damage(in, &image, image_size);
			break;
		case 2:
			damage(in, &image.sh, sizeof(image.sh));
			break;
		case 3:	/* what the constructor's own is is no foreign input */
			damage(in, &memory, offsetof(struct memory, obj));
			break;
		case 4:
			file.size = (next(in) << 8 | next(in)) %
				    (image_size + 1);
			break;
		case 5:
			damage(in, symbols.at, symbols_size);
			break;
		case 6:
			symbols.size = (next(in) << 8 | next(in)) %
				       (symbols_size + 1);
			break;
		case 7:
			damage(in, t.rw, t.size);
			break;
		}
	}
}

static void restore(void)
{
	image_make();
	memcpy(&memory, sound, sizeof(memory));
	memcpy(symbols.at, sound_symbols, symbols_size);
	file.size = image_size;
	symbols.size = symbols_size;
	compiled();
}

static int is_in_text(const struct ftrace_site_info *site, void *arg)
{
	unsigned long *last = arg;

	ck_assert(site->ip >= t.mod.text && site->ip + 8 <= t.mod.text_end);
	ck_assert_uint_lt(*last, site->ip);
	*last = site->ip;
	ck_assert(strlen(site->name) < symbols_size + sizeof(image));
	return 0;
}

/* Trace all that there is by the ways that ask for names. */
static void use(void)
{
	static const char *const line[] = { "f1", "f*", "*1*", "*" };
	const char *wanted[2] = { "f0", "f1" };
	unsigned long addr[2], last = 0;
	struct ftrace_iter it = { .list = FTRACE_LIST_ENABLED };
	struct fake_state before;
	struct probe p;
	char text[256];
	unsigned int i;

	ck_assert_int_eq(ftrace_for_each_site(is_in_text, &last), 0);
	probe_init(&p, 0);
	for (i = 0; i < 4; i++)
		ftrace_set_filter(&p.ops, line[i], (int)strlen(line[i]), 0);
	ftrace_lookup_symbols(wanted, 2, addr);
	ftrace_explain("f1", 0, text, sizeof(text));
	ftrace_explain(NULL, fake_fn(&t, 1), text, sizeof(text));
	fake_save(&before, &t);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	while (ftrace_iter_line(&it, text, sizeof(text)) > 0)
		;
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(memcmp(before.text, t.at, t.size), 0);
	free(before.text);
	free(before.rec);
	probe_free(&p);
}

/* Found by its file. */
static void found_by_file(void)
{
	int err;

	fake.nr_objects = 1;
	err = ftrace_rescan();
	ck_assert_msg(err == 0 || err == -EINVAL, "rescan: %d", err);
	use();
	fake.nr_objects = 0;
	ck_assert_int_eq(ftrace_rescan(), 0);
}

/* It speaks for itself, and a file says what its functions are called. */
static void announced(void)
{
	struct ftrace_mod like = { .base = t.mod.text,
				   .prot = PROT_READ | PROT_EXEC };

	t.mod.sites = memory.pfe;
	t.mod.nr_sites = NR;
	like.file = ftrace_host->alloc(sizeof(symbols.path));
	memcpy(like.file, symbols.path, sizeof(symbols.path));
	ck_assert_int_eq(ftrace_lock("fuzz"), 0);
	if (ftrace_mod_init(&t.mod, &like))
		ftrace_host->free(like.file);
	ftrace_unlock();
	if (!t.mod.data)
		return;
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	use();
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct memory saved;
	struct fake_sym sym[NR];
	char name[NR][8];
	size_t i;

	(void)argc;
	(void)argv;
	object_start();
	fake.alone = fake.alias = true;
	for (i = 0; i < NR; i++) {
		snprintf(name[i], sizeof(name[i]), "f%zu", i);
		sym[i] = (struct fake_sym){ name[i],
					    fake_fn(&t, i) - t.mod.text,
					    FAKE_STRIDE, STT_FUNC, 1 };
	}
	fake_elf(&symbols, sym, NR, SHT_SYMTAB);
	fake_file_add(&symbols);
	symbols_size = symbols.size;
	image_size = file.size;
	sound_symbols = malloc(symbols_size);
	ck_assert_ptr_nonnull(sound_symbols);
	memcpy(sound_symbols, symbols.at, symbols_size);
	saved = memory;
	sound = &saved;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };

	restore();
	damage_all(&in);
	found_by_file();
	text_rewind(&t);
	compiled();
	announced();
	text_rewind(&t);
	ck_assert_uint_eq(fake_stats().modules, 0);
	ck_assert_int_eq(fake.live_files, 0);
	ck_assert_uint_eq(fake.frames, 0);
	/* The table of sets, and one that nobody has taken back yet. */
	ck_assert_int_le(fake.live, 3);
	return 0;
}
