/* SPDX-License-Identifier: MIT */
/* Fake text, clients that count, and what a failed call must not change. */
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake.h"
#include "fake_texts.h"

struct fake_text *fake_texts;
struct probe *fake_order[64];
unsigned int fake_nr_order;
unsigned long fake_direct_hits[2];

/*
 * What is in reach of a text shall end on both sides of it. Where a process
 * begins near address 0, as under valgrind, it would end there.
 */
#define PLACE ((void *)(16UL << 30))

static size_t whole_pages(size_t n)
{
	size_t page = (size_t)getpagesize();

	return (n + page - 1) & ~(page - 1);
}

static void fill(struct fake_text *t)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		unsigned char *f = t->rw + i * FAKE_STRIDE + t->shift;

		if (i % 4 == 3) {
			memcpy(f, FAKE_INSN_PAD, 8);
			f += 8;
		}
		memcpy(f, FAKE_INSN_GAP, 8);
		memcpy(f + 8, "RET \0\0\0\0", 8);
		t->sites[i] = fake_fn(t, i);
	}
}

/* Text of @size bytes that holds @nr functions; nothing knows of it yet. */
void fake_text_map_size(struct fake_text *t, size_t nr, size_t size)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	memset(t, 0, sizeof(*t));
	t->nr = nr;
	t->size = size;
	t->shift = fake.odd;
	t->mapped = whole_pages(size);
	ck_assert(fd >= 0 && !ftruncate(fd, (off_t)t->mapped));
	t->base = mmap(PLACE, t->mapped + 2 * FAKE_POOL, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(t->base, MAP_FAILED);
	t->at = mmap(t->base + FAKE_POOL, t->mapped, PROT_READ | PROT_EXEC,
		     MAP_SHARED | MAP_FIXED, fd, 0);
	ck_assert_ptr_ne(t->at, MAP_FAILED);
	t->rw = mmap(NULL, t->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		     0);
	ck_assert_ptr_ne(t->rw, MAP_FAILED);
	close(fd);
	t->sites = calloc(nr + 1, sizeof(*t->sites));
	ck_assert_ptr_nonnull(t->sites);
	fill(t);
	t->mod.name = "fake";
	t->mod.text = (unsigned long)t->at;
	t->mod.text_end = t->mod.text + size;
	t->mod.sites = t->sites;
	t->mod.nr_sites = nr;
	t->next = fake_texts;
	fake_texts = t;
}

void fake_text_map(struct fake_text *t, size_t nr)
{
	fake_text_map_size(t, nr, nr * FAKE_STRIDE);
}

void fake_text_make(struct fake_text *t, size_t nr)
{
	fake_text_map(t, nr);
	ck_assert_int_eq(ftrace_module_init(&t->mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t->mod), 0);
}

static void name_functions(struct fake_text *t, struct fake_file *f)
{
	struct fake_sym *sym = calloc(t->nr + 1, sizeof(*sym));
	char (*name)[24] = calloc(t->nr, sizeof(*name));
	size_t i;

	ck_assert(sym && name);
	for (i = 0; i < t->nr; i++) {
		snprintf(name[i], sizeof(name[i]), "f%zu", i);
		sym[i] = (struct fake_sym){
			name[i], fake_fn(t, i) - t->mod.text, FAKE_STRIDE,
			STT_FUNC, 1,
		};
	}
	/* And a function without a site. */
	sym[i] = (struct fake_sym){ "bare", 24, 8, STT_FUNC, 1 };
	fake_elf(f, sym, t->nr + 1, SHT_SYMTAB);
	fake_file_add(f);
	free(name);
	free(sym);
}

/* A loaded object with a symbol table, as ftrace_object_add() makes one. */
void fake_text_named(struct fake_text *t, size_t nr)
{
	struct ftrace_mod like = { .prot = PROT_READ | PROT_EXEC };
	struct fake_file *f = calloc(1, sizeof(*f));

	fake_text_map(t, nr);
	ck_assert_ptr_nonnull(f);
	snprintf(f->path, sizeof(f->path), "fake:%p", (void *)t);
	name_functions(t, f);
	ck_assert_int_eq(ftrace_lock("test"), 0);
	like.base = t->mod.text;
	like.file = ftrace_host->alloc(sizeof(f->path));
	memcpy(like.file, f->path, sizeof(f->path));
	ck_assert_int_eq(ftrace_mod_init(&t->mod, &like), 0);
	ftrace_unlock();
	if (!fake.stay_disabled)
		ck_assert_int_eq(ftrace_module_enable(&t->mod), 0);
}

void fake_text_drop(struct fake_text *t)
{
	struct fake_text **at = &fake_texts;

	if (t->mod.data)
		ck_assert_int_eq(ftrace_release_mod(&t->mod), 0);
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	munmap(t->base, t->mapped + 2 * FAKE_POOL);
	munmap(t->rw, t->mapped);
	free(t->sites);
}

unsigned long fake_fn(const struct fake_text *t, size_t i)
{
	return (unsigned long)t->at + i * FAKE_STRIDE + t->shift;
}

unsigned long fake_site(const struct fake_text *t, size_t i)
{
	return fake_fn(t, i) + (i % 4 == 3 ? 8 : 0);
}

struct dyn_ftrace *fake_rec(const struct fake_text *t, size_t i)
{
	return ftrace_rec_at(t->mod.data, fake_site(t, i));
}

bool fake_is(const struct fake_text *t, size_t i, const char *insn)
{
	return !memcmp((void *)fake_site(t, i), insn, strlen(insn));
}

void fake_poke(struct fake_text *t, size_t i, const char *insn)
{
	memcpy(t->rw + (fake_site(t, i) - (unsigned long)t->at), insn, 8);
}

void fake_call(const struct fake_text *t, size_t i)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = 0x5000 };
	unsigned long to;

	cpu.arg[0] = i;
	/* Late at a thunk that was given back: to the site, once more. */
	do {
		to = fake_run(fake_fn(t, i), &cpu);
	} while (to == fake_site(t, i));
	ck_assert_uint_eq(to, fake_site(t, i) + 8);
}

struct ftrace_stats fake_stats(void)
{
	struct ftrace_stats st;

	ck_assert_int_eq(ftrace_get_stats(&st), 0);
	return st;
}

void fake_save(struct fake_state *s, const struct fake_text *t)
{
	const struct ftrace_mod *m = t->mod.data;

	s->st = fake_stats();
	s->text = malloc(t->size);
	memcpy(s->text, t->at, t->size);
	s->rec = NULL;
	if (m) {
		s->rec = malloc((m->nr + 1) * sizeof(*s->rec));
		memcpy(s->rec, m->rec, m->nr * sizeof(*s->rec));
	}
}

void fake_gone(struct fake_state *s, const struct fake_text *t)
{
	struct ftrace_mod *m = t->mod.data;
	unsigned long i;

	for (i = 0; i < m->nr; i++)
		s->rec[i].flags |= m->rec[i].flags & (FTRACE_FL_TOUCHED |
						      FTRACE_FL_MODIFIED);
	fake_same(s, t);
	fake_save(s, t);
}

/* Checks, and gives the memory back. */
void fake_same(struct fake_state *s, const struct fake_text *t)
{
	const struct ftrace_mod *m = t->mod.data;
	struct ftrace_stats now = fake_stats();

	ck_assert_uint_eq(now.sites, s->st.sites);
	ck_assert_uint_eq(now.disabled, s->st.disabled);
	ck_assert_uint_eq(now.skipped, s->st.skipped);
	ck_assert_uint_eq(now.modules, s->st.modules);
	ck_assert_uint_eq(now.enabled, s->st.enabled);
	ck_assert_uint_eq(now.sets, s->st.sets);
	ck_assert_int_eq(memcmp(s->text, t->at, t->size), 0);
	ck_assert_int_eq(!m, !s->rec);
	if (m)
		ck_assert_int_eq(memcmp(s->rec, m->rec,
					m->nr * sizeof(*s->rec)), 0);
	free(s->text);
	free(s->rec);
}

static void probe_hit(unsigned long ip, unsigned long parent,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = (struct probe *)op;

	p->ip = ip;
	p->parent = parent;
	p->fregs = fregs;
	p->regs = ftrace_get_regs(fregs);
	__atomic_fetch_add(&p->hits, 1, __ATOMIC_RELAXED);
	if (fake_nr_order < 64)
		fake_order[fake_nr_order++] = p;
}

void probe_init(struct probe *p, unsigned long flags)
{
	memset(p, 0, sizeof(*p));
	p->ops.func = probe_hit;
	p->ops.flags = flags;
}

/* Filter function @i too. */
void probe_on(struct probe *p, const struct fake_text *t, size_t i)
{
	ck_assert_int_eq(ftrace_set_filter_ip(&p->ops, fake_fn(t, i), 0, 0), 0);
}

void probe_free(struct probe *p)
{
	ftrace_free_filter(&p->ops);
	ck_assert_ptr_null(p->ops.hash);
}

void fake_direct_a(struct pt_regs *cpu)
{
	(void)cpu;
	__atomic_fetch_add(&fake_direct_hits[0], 1, __ATOMIC_RELAXED);
}

void fake_direct_b(struct pt_regs *cpu)
{
	(void)cpu;
	__atomic_fetch_add(&fake_direct_hits[1], 1, __ATOMIC_RELAXED);
}
