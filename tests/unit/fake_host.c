/* SPDX-License-Identifier: MIT */
/* The Linux host, wrapped: it counts, fails when told to, and keeps the log. */
#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include "fake.h"
#include "fake_texts.h"

struct fake fake;
struct ftrace_host_ops fake_host;

static const struct ftrace_host_ops *linux_host;
static struct fake_file *files;

static bool count(enum fake_service s)
{
	unsigned long n = __atomic_add_fetch(&fake.calls[s], 1,
					     __ATOMIC_RELAXED);

	return n >= fake.fail_from[s] && n <= fake.fail_to[s];
}

static bool fails(enum fake_service s)
{
	bool one = count(s);
	bool memory = (s == FAKE_ALLOC || s == FAKE_ALLOC_PAGES ||
		       s == FAKE_ALLOC_NEAR) && count(FAKE_MEMORY);

	return count(FAKE_ANY) || one || memory;
}

void fake_fail_n(enum fake_service s, unsigned long k, unsigned long n)
{
	fake.fail_from[s] = fake.calls[s] + k;
	fake.fail_to[s] = fake.calls[s] + k + n - 1;
}

void fake_fail(enum fake_service s, unsigned long k)
{
	fake_fail_n(s, k, 1);
}

void fake_heal(void)
{
	memset(fake.fail_from, 0, sizeof(fake.fail_from));
	memset(fake.fail_to, 0, sizeof(fake.fail_to));
}

static int text_check(unsigned long start, unsigned long end)
{
	if (fails(FAKE_TEXT_CHECK))
		return -EFAULT;
	return fake.trust ? 0 : linux_host->text_check(start, end);
}

/* Page 0 of a window tells whose text it is. */
static long alias_of(unsigned long start)
{
	const struct fake_text *t;

	for (t = fake_texts; t; t = t->next)
		if (start >= (unsigned long)t->at &&
		    start < (unsigned long)t->at + t->mapped)
			return (long)(t->rw - t->at);
	ck_abort_msg("a window that no text holds");
	return 0;
}

static int text_open(struct ftrace_window *w, unsigned int n)
{
	unsigned int i;

	ck_assert_uint_eq(fake.blocked, 1);
	fake.windows += n;
	if (fails(FAKE_TEXT_OPEN))
		return -EPERM;
	if (fake.on_open)
		fake.on_open();
	if (!fake.alias)
		return linux_host->text_open(w, n);
	for (i = 0; i < n; i++)
		w[i].alias = alias_of(w[i].start);
	return 0;
}

/* It fails behind its work: what it left is for the next window to find. */
static int text_close(struct ftrace_window *w, unsigned int n)
{
	int err = fake.alias ? 0 : linux_host->text_close(w, n);

	return fails(FAKE_TEXT_CLOSE) ? -EPERM : err;
}

/* Texts through their other mapping, and the trial's page by the system. */
int fake_text_poke(const struct ftrace_poke *p, unsigned int n)
{
	const struct fake_text *t;
	unsigned int i;

	if (fails(FAKE_TEXT_POKE))
		return -EPERM;
	for (i = 0; i < n; i++) {
		for (t = fake_texts; t; t = t->next)
			if (p[i].addr - (unsigned long)t->at < t->mapped)
				break;
		if (t)
			memcpy((char *)p[i].addr + (t->rw - t->at), p[i].bytes,
			       p[i].len);
		else if (linux_host->text_poke(&p[i], 1))
			return -EPERM;
	}
	return 0;
}

static void flush_icache(unsigned long start, unsigned long end)
{
	ck_assert_uint_lt(start, end);
	count(FAKE_FLUSH);
}

static int sync_core(void)
{
	return fails(FAKE_SYNC_CORE) ? -ENOSYS : 0;
}

static int barrier(void)
{
	return fails(FAKE_BARRIER) ? -ENOSYS : linux_host->barrier();
}

static int pin_objects(int (*fn)(void *arg), void *arg)
{
	return fails(FAKE_PIN) ? -EPERM : fn(arg);
}

static void block_signals(unsigned long save[16])
{
	save[0] = 0x5165;
	fake.blocked++;
}

static void restore_signals(const unsigned long save[16])
{
	ck_assert_uint_eq(save[0], 0x5165);
	fake.blocked--;
}

static void *alloc(size_t size)
{
	ck_assert_uint_eq(fake.blocked, 0);
	if (fails(FAKE_ALLOC))
		return NULL;
	__atomic_fetch_add(&fake.live, 1, __ATOMIC_RELAXED);
	return linux_host->alloc(size);
}

static void free_block(void *p)
{
	if (p)
		__atomic_fetch_sub(&fake.live, 1, __ATOMIC_RELAXED);
	linux_host->free(p);
}

static void *alloc_pages(size_t size)
{
	if (fails(FAKE_ALLOC_PAGES)) {
		errno = ENOMEM;
		return NULL;
	}
	__atomic_fetch_add(&fake.live_pages, (long)size, __ATOMIC_RELAXED);
	return linux_host->alloc_pages(size);
}

/* Memory of a pool goes back to being reserved. */
static void free_pages(void *p, size_t size)
{
	__atomic_fetch_sub(&fake.live_pages, (long)size, __ATOMIC_RELAXED);
	linux_host->free_pages(p, size);
}

/* The next piece of one of a text's two pools, NULL if it is used up. */
static unsigned char *pool(struct fake_text *t, int above, size_t size)
{
	if (t->used[above] + size > FAKE_POOL)
		return NULL;
	if (above)
		return t->at + t->mapped + t->used[1];
	return t->at - t->used[0] - size;
}

static int alloc_near(unsigned long near, unsigned long lo, unsigned long hi,
		      size_t size, void **p)
{
	unsigned long best = ~0UL, *used = NULL;
	struct fake_text *t;
	int i;

	fake.near = near;
	fake.lo = lo;
	fake.hi = hi;
	if (fails(FAKE_ALLOC_NEAR))
		return -ENOMEM;
	for (t = fake_texts; t; t = t->next) {
		for (i = 0; i < 2; i++) {
			unsigned long a = (unsigned long)pool(t, i, size);
			unsigned long d = a > near ? a - near : near - a;

			if (!a || a < lo || a + size > hi || d >= best)
				continue;
			best = d;
			*p = (void *)a;
			used = &t->used[i];
		}
	}
	if (!used)
		return -ERANGE;
	*used += size;
	fake.live_pages += (long)size;
	return mprotect(*p, size, PROT_READ | PROT_WRITE) ? -ENOMEM : 0;
}

static int protect(void *p, size_t size, int prot)
{
	ck_assert_int_eq(prot & PROT_WRITE, 0);
	return fails(FAKE_PROTECT) ? -EPERM :
				     linux_host->protect(p, size, prot);
}

static int list_objects(int (*fn)(const struct ftrace_host_object *obj,
				  void *arg),
			void *arg)
{
	size_t i;
	int ret = 0;

	count(FAKE_LIST_OBJECTS);
	for (i = 0; i < fake.nr_objects && !ret; i++)
		ret = fn(&fake.objects[i], arg);
	return ret;
}

/* On the heap, to the byte, where a sanitiser watches. */
static const void *map_file(const char *path, size_t *size)
{
	const struct fake_file *f;
	void *p;

	if (fails(FAKE_MAP_FILE))
		return NULL;
	for (f = files; f && strcmp(f->path, path); f = f->next)
		;
	if (!f)
		return NULL;
	p = malloc(f->size);
	memcpy(p, f->at, f->size);
	*size = f->size;
	fake.live_files++;
	return p;
}

static void unmap_file(const void *p, size_t size)
{
	(void)size;
	fake.live_files--;
	free((void *)p);
}

static unsigned long thread_id(void)
{
	return fake.thread_id ? fake.thread_id() : linux_host->thread_id();
}

static int alone(void)
{
	return fake.alone;
}

static void relax(void)
{
	if (fake.on_relax)
		fake.on_relax();
	linux_host->relax();
}

static void log_line(const char *line)
{
	ck_assert_ptr_null(strchr(line, '\n'));
	snprintf(fake.log[fake.nr_log++ % FAKE_LOG_LINES], FAKE_LOG_SIZE, "%s",
		 line);
}

static void register_frames(void *eh_frame)
{
	ck_assert_ptr_nonnull(eh_frame);
	fake.frames++;
}

static void deregister_frames(void *eh_frame)
{
	ck_assert_ptr_nonnull(eh_frame);
	fake.frames--;
}

void fake_host_build(void)
{
	linux_host = ftrace_linux_host();
	fake_host = *linux_host;
	fake_host.text_check = text_check;
	fake_host.text_open = text_open;
	fake_host.text_close = text_close;
	fake_host.text_poke = NULL;
	fake_host.flush_icache = flush_icache;
	fake_host.sync_core = sync_core;
	fake_host.barrier = barrier;
	fake_host.pin_objects = pin_objects;
	fake_host.block_signals = block_signals;
	fake_host.restore_signals = restore_signals;
	fake_host.alloc = alloc;
	fake_host.free = free_block;
	fake_host.alloc_pages = alloc_pages;
	fake_host.free_pages = free_pages;
	fake_host.alloc_near = alloc_near;
	fake_host.protect = protect;
	fake_host.list_objects = list_objects;
	fake_host.map_file = map_file;
	fake_host.unmap_file = unmap_file;
	fake_host.thread_id = thread_id;
	fake_host.alone = alone;
	fake_host.relax = relax;
	fake_host.log = log_line;
	fake_host.register_frames = register_frames;
	fake_host.deregister_frames = deregister_frames;
}

/* Each test is a process of its own: the library has not been used in it. */
void fake_setup(void)
{
	fake_host_build();
	fake.trust = unit_quick();
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
}

/*
 * Behind each test: what the library says is so. A test that leaves foreign
 * bytes, or text in an unknown state, says how much differs.
 */
void fake_verify(void)
{
	long differ;

	fake_heal();
	fake_log_clear();
	differ = ftrace_verify();
	ck_assert_msg(differ == fake.differ, "%ld differ: %s", differ,
		      fake.log[(fake.nr_log - 1) % FAKE_LOG_LINES]);
}

TCase *fake_case(Suite *s, const char *name)
{
	TCase *c = tcase_create(name);

	tcase_add_checked_fixture(c, fake_setup, fake_verify);
	tcase_set_timeout(c, 120);
	suite_add_tcase(s, c);
	return c;
}

void fake_log_clear(void)
{
	memset(fake.log, 0, sizeof(fake.log));
	fake.nr_log = 0;
}

bool fake_logged(const char *words)
{
	unsigned int i;

	for (i = 0; i < FAKE_LOG_LINES; i++)
		if (strstr(fake.log[i], words))
			return true;
	return false;
}

void fake_file_add(struct fake_file *f)
{
	f->next = files;
	files = f;
}

/* Header, three section headers, symbols, strings; @type of the symbols. */
void fake_elf(struct fake_file *f, const struct fake_sym *sym, size_t nr,
	      unsigned int type)
{
	ElfW(Ehdr) *e;
	ElfW(Shdr) *sh;
	ElfW(Sym) *st;
	size_t names = 1, i, at = sizeof(*e) + 3 * sizeof(*sh);
	char *str;

	for (i = 0; i < nr; i++)
		names += strlen(sym[i].name) + 1;
	f->size = at + nr * sizeof(*st) + names;
	e = calloc(1, f->size);
	ck_assert_ptr_nonnull(e);
	f->at = (unsigned char *)e;
	memcpy(e->e_ident, ELFMAG, SELFMAG);
	e->e_ident[EI_CLASS] = sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32;
	e->e_shoff = sizeof(*e);
	e->e_shentsize = sizeof(*sh);
	e->e_shnum = 3;
	sh = (void *)(e + 1);
	sh[1] = (ElfW(Shdr)){ .sh_type = type, .sh_link = 2, .sh_offset = at,
			      .sh_size = nr * sizeof(*st),
			      .sh_entsize = sizeof(*st) };
	sh[2] = (ElfW(Shdr)){ .sh_type = SHT_STRTAB, .sh_size = names,
			      .sh_offset = at + nr * sizeof(*st) };
	st = (void *)(f->at + at);
	str = (char *)(st + nr);
	for (i = 0, at = 1; i < nr; i++) {
		st[i].st_name = (ElfW(Word))at;
		st[i].st_value = sym[i].value;
		st[i].st_size = sym[i].size;
		st[i].st_info = sym[i].info;
		st[i].st_shndx = sym[i].shndx;
		memcpy(str + at, sym[i].name, strlen(sym[i].name) + 1);
		at += strlen(sym[i].name) + 1;
	}
}
