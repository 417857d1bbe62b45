/* SPDX-License-Identifier: MIT */
/* The writer's host, which lets the reader run, and what is tried. */
#include <sys/mman.h>

#include "fake_texts.h"
#include "reader.h"
#include "search.h"

struct world w;
const struct cores_mutant *mutant;
struct cores_result *result;
struct ftrace_ops cores_ops[2];
void (*cores_stored)(const struct ftrace_store *st);

/* Mapped once, and filled in anew for each run. */
static struct fake_text texts[STALE_SITES];
static unsigned int nr_texts;
static unsigned char *image[STALE_SITES];
static struct place {
	struct fake_text *text;
	unsigned long fn;
} places[STALE_SITES];		/* the reader's functions */
static unsigned int nr_places;

#define WARM 70	/* runs */

static struct ftrace_host_ops below;

/* One more; is it the one that the mutant lacks? */
static bool drop(unsigned long *nr, unsigned long which)
{
	w.struck |= ++*nr == which;
	return *nr == which;
}

static void flush_icache(unsigned long start, unsigned long end)
{
	unsigned int i;

	if (!w.on || drop(&w.flushes, mutant->flush))
		return;
	/* A loop's stores are seen no sooner; before or behind them is the same. */
	stale_look();
	stale_flush(start, end);
	for (i = 0; i < nr_texts; i++)
		if (start - texts[i].mod.text < texts[i].size)
			return;
	sure(w.nr_code < MAX_CODE);
	w.code[w.nr_code][0] = start;
	w.code[w.nr_code++][1] = end;
}

static int sync_core(void)
{
	reader_run(SYNC, false);
	if (below.sync_core())
		return -ENOSYS;
	if (w.on && !drop(&w.syncs, mutant->sync))
		stale_sync();
	return 0;
}

static int barrier(void)
{
	reader_run(BARRIER, false);
	if (w.on && !drop(&w.barriers, mutant->barrier))
		reader_barrier();
	reader_run(BARRIER, false);
	return 0;
}

static int text_open(struct ftrace_window *win, unsigned int n)
{
	unsigned int i, t;

	for (i = 0; i < n; i++)
		for (t = 0; t < nr_texts; t++)
			if (win[i].start == texts[t].mod.text)
				win[i].alias = texts[t].rw - texts[t].at;
	return 0;
}

static int text_close(struct ftrace_window *win, unsigned int n)
{
	reader_run(CLOSE, false);
	w.text_closed = true;
	(void)win;
	(void)n;
	return 0;
}

/* Each is one store, and flushed by the system. */
static int text_poke(const struct ftrace_poke *p, unsigned int n)
{
	unsigned int i, t;

	for (i = 0; i < n; i++) {
		long alias = 0;

		if (p[i].addr & (p[i].len - 1))
			reader_bad("a poke is not aligned");
		for (t = 0; t < nr_texts; t++)
			if (p[i].addr - texts[t].mod.text < texts[t].size)
				alias = texts[t].rw - texts[t].at;
		reader_run(STORE, false);
		memcpy((char *)p[i].addr + alias, p[i].bytes, p[i].len);
		if (!w.on)
			continue;
		stale_store(p[i].addr, p[i].len);
		stale_flush(p[i].addr, p[i].addr + p[i].len);
	}
	return 0;
}

static void relax(void)
{
	reader_run(BARRIER, true);
}

static void *alloc(size_t size)
{
	void *p = calloc(1, size);

	if (w.on) {
		sure(w.nr_mem < MAX_MEM);
		w.mem[w.nr_mem].size = size;
		w.mem[w.nr_mem++].p = p;
	}
	return p;
}

/* The reader may still be there, and is found out then. */
static void free_block(void *p)
{
	unsigned int i;

	if (w.on)
		w.position = search_mix(w.position, FREE + 1);
	for (i = 0; w.on && i < w.nr_mem; i++) {
		if (w.mem[i].p == p) {
			w.mem[i].freed = true;
			return;
		}
	}
	free(p);
}

/* Memory near a text: there are many runs, and system calls are slow. */
static int alloc_near(unsigned long near, unsigned long lo, unsigned long hi,
		      size_t size, void **p)
{
	unsigned int i = 0;

	while (near - texts[i].mod.text >= texts[i].size)
		i++;
	*p = texts[i].at + texts[i].mapped + texts[i].used[1];
	sure((unsigned long)*p >= lo && (unsigned long)*p + size <= hi);
	memset(*p, 0, size);
	texts[i].used[1] += size;
	return 0;
}

static struct {
	void *p;
	size_t size;
} spare[8];

static void *alloc_pages(size_t size)
{
	unsigned int i;
	void *p;

	for (i = 0; i < 8; i++) {
		if (spare[i].size != size)
			continue;
		p = spare[i].p;
		spare[i].size = 0;
		return memset(p, 0, size);
	}
	return calloc(1, size);
}

static void free_pages(void *p, size_t size)
{
	unsigned int i;

	for (i = 0; i < nr_texts; i++) {
		if ((unsigned long)p - texts[i].mod.text < FAKE_POOL) {
			/* Whoever reads a pointer here takes a fault. */
			memset(p, 0x5a, size);
			return;
		}
	}
	for (i = 0; i < 8; i++) {
		if (!spare[i].size) {
			spare[i].p = p;
			spare[i].size = size;
			return;
		}
	}
	free(p);
}

/* Small pages are soon filled with thunks. */
static unsigned long page_size(void)
{
	return 256;
}

static void signals(unsigned long save[16])
{
	(void)save;
}

static void signals_back(const unsigned long save[16])
{
	(void)save;
}

static int protect(void *p, size_t size, int prot)
{
	(void)p;
	(void)size;
	(void)prot;
	return 0;
}

static int text_prot(unsigned long addr)
{
	(void)addr;
	return PROT_READ | PROT_EXEC;
}

static int thread_alive(unsigned long id)
{
	return id == READER_ID || below.thread_alive(id);
}

void __real_arch_ftrace_store(void *dst, const struct ftrace_store *st);
void __wrap_arch_ftrace_store(void *dst, const struct ftrace_store *st);
int __real_arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
				  struct ftrace_store *st);
int __wrap_arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
				  struct ftrace_store *st);

void __wrap_arch_ftrace_store(void *dst, const struct ftrace_store *st)
{
	if (cores_stored)
		cores_stored(st);
	reader_run(STORE, false);
	__real_arch_ftrace_store(dst, st);
	if (w.on)
		stale_store(st->addr, st->len);
}

int __wrap_arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
				  struct ftrace_store *st)
{
	struct ftrace_store all[FTRACE_TEXT_STEPS];
	int i, n = __real_arch_ftrace_text_steps(c, alone, st);

	if (!w.on || !mutant->steps)
		return n;
	if (*mutant->steps == 'c' && n == -EAGAIN) {
		struct ftrace_change nop = *c;

		memcpy(nop.old, FAKE_INSN_NOP, FAKE_INSN_SIZE);
		return __real_arch_ftrace_text_steps(&nop, alone, st);
	}
	if (*mutant->steps == 'c' || n != FTRACE_TEXT_STEPS)
		return n;
	if (*mutant->steps == 'w')
		return __real_arch_ftrace_text_steps(c, true, st);
	memcpy(all, st, sizeof(all));
	for (i = 0; mutant->steps[i]; i++)
		st[i] = all[mutant->steps[i] - '1'];
	return i;
}

/*
 * A run
 */

/* In a module of many it is not the first: see CORES_MANY. */
void cores_function(char kind)
{
	struct fake_text *t = &texts[nr_texts];
	size_t nr = kind == CORES_MANY ? 20 : kind == CORES_TWO ? 2 : 1;

	sure(nr_places + (kind == CORES_TWO) < STALE_SITES);
	fake.odd = kind == CORES_STEPS;
	fake_text_map(t, nr);
	image[nr_texts] = malloc(t->size);
	sure(image[nr_texts]);
	memcpy(image[nr_texts], t->at, t->size);
	nr_texts++;
	places[nr_places++] = (struct place){ t, nr > 1 ? nr - 2 : 0 };
	if (kind == CORES_TWO)
		places[nr_places++] = (struct place){ t, 1 };
	sure(!mprotect(t->at + t->mapped, FAKE_POOL, PROT_READ | PROT_WRITE));
	if (kind == CORES_POKED)
		fake_host.text_poke = text_poke;
}

static bool nests;

void cores_nest(void)
{
	nests = true;
}

void cores_use_thunks_again(void)
{
	ftrace_spare_min = 0;
}

static void run_begin(void)
{
	unsigned int i;

	memset(&w, 0, sizeof(w));
	w.nests = nests;
	ftrace_next_id = 1;
	stale_begin();
	reader_begin();
	reader_client(&cores_ops[0]);
	reader_client(&cores_ops[1]);
	w.text = texts;
	w.nr_texts = nr_texts;
	for (i = 0; i < nr_texts; i++) {
		struct fake_text *t = &texts[i];

		memcpy(t->rw, image[i], t->size);
		t->used[1] = 0;
		sure(!ftrace_module_init(&t->mod));
		sure(!ftrace_module_enable(&t->mod));
	}
	for (i = 0; i < nr_places; i++) {
		const struct place *p = &places[i];

		if (mutant->steps && *mutant->steps == 'c')
			fake_rec(p->text, p->fn)->flags &= ~FTRACE_FL_PRIVATE;
		stale_site(fake_site(p->text, p->fn));
		w.site[w.nr_sites++] = fake_site(p->text, p->fn);
	}
	w.on = true;
	reader_run(RETURN, false);
}

static void run_end(void)
{
	unsigned int i;

	w.on = false;
	reader_begin();
	for (i = 0; i < w.nr_mem; i++)
		if (w.mem[i].freed)
			free(w.mem[i].p);
	ftrace_dead = false;
	/* What the reader kept from being given back. */
	sure(!ftrace_lock("cores"));
	ftrace_sets_reclaim();
	ftrace_unlock();
	for (i = w.first_gone; i < nr_texts; i++)
		sure(!ftrace_release_mod(&texts[i].mod));
}

static void host_once(void (*run)(void))
{
	unsigned int i;

	if (below.size)
		return;
	below = fake_host;
	fake_host.flush_icache = flush_icache;
	fake_host.sync_core = sync_core;
	fake_host.barrier = barrier;
	fake_host.text_open = text_open;
	fake_host.text_close = text_close;
	fake_host.relax = relax;
	fake_host.alloc = alloc;
	fake_host.free = free_block;
	fake_host.alloc_near = alloc_near;
	fake_host.alloc_pages = alloc_pages;
	fake_host.free_pages = free_pages;
	fake_host.block_signals = signals;
	fake_host.restore_signals = signals_back;
	fake_host.protect = protect;
	fake_host.text_prot = text_prot;
	fake_host.page_size = page_size;
	fake_host.thread_alive = thread_alive;
	fake.trust = true;
	reader_attach();
	/* Lists that only grow do so now: all runs that count are the same. */
	search_stop();
	for (i = 0; i < WARM; i++) {
		run_begin();
		run();
		run_end();
	}
}

void cores_explore(void (*run)(void), const struct cores_mutant *m,
		   struct cores_result *r)
{
	static const struct cores_mutant none;

	memset(r, 0, sizeof(*r));
	mutant = m ? m : &none;
	result = r;
	host_once(run);
	search_begin();
	do {
		run_begin();
		run();
		run_end();
		if (w.syncs > r->syncs)
			r->syncs = w.syncs;
		if (w.flushes > r->flushes)
			r->flushes = w.flushes;
		if (w.barriers > r->barriers)
			r->barriers = w.barriers;
	} while (search_next());
	r->states = search_states;
	r->schedules = search_runs;
}

unsigned long cores_fn(unsigned int i)
{
	return fake_fn(places[i].text, places[i].fn);
}

static void slots_keep(void)
{
	const struct ftrace_thunk_page *p;
	struct ftrace_mod *m;
	unsigned int i;

	w.nr_slots = 0;
	for_each_ftrace_module(m) {
		for (p = m->pages; p; p = p->next) {
			for (i = 0; i < p->used; i++) {
				sure(w.nr_slots < MAX_SLOTS);
				w.slot[w.nr_slots] = &p->slots[i];
				w.was[w.nr_slots++] = p->slots[i];
			}
		}
	}
}

void cores_to(unsigned int told0, unsigned int told1)
{
	if (w.lo == w.hi)
		slots_keep();
	sure(w.hi + 1 < MAX_STATES);
	w.told[++w.hi][0] = told0;
	w.told[w.hi][1] = told1;
	w.text_closed = false;
}

void cores_stays(unsigned int who)
{
	w.stays = who;
}

void cores_done(void)
{
	w.lo = w.hi;
	reader_returned();
	reader_run(RETURN, false);
	/* By now it has been seen, or does not matter. */
	if (w.struck)
		search_cut();
}

void cores_release(void)
{
	/* Ways on which somebody is are none. */
	if (!reader_idle()) {
		search_cut();
		reader_begin();
	}
	w.first_gone = true;
	sure(!ftrace_release_mod(&texts[0].mod));
	reader_run(RETURN, false);
}
