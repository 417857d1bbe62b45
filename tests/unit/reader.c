/* SPDX-License-Identifier: MIT */
/* The core that calls traced functions: what it may do next. */
#include "once.h"

#include <ucontext.h>

#include "../fakearch/regs.h"
#include "fake_texts.h"
#include "reader.h"
#include "search.h"

enum pc {
	AT_SITE,	/* about to call a function */
	AT_THUNK,	/* the site's call is made */
	AT_ENTRY,	/* slot->entry is loaded */
	IN_LIBRARY,	/* before a load, there or in the entry */
	IN_CALLBACK,
};

/* A call inside a callback is a level of its own. */
static struct level {
	enum pc pc;
	unsigned int site, from;	/* fetched in this state or later */
	unsigned int hits;		/* who was told on this way */
	unsigned int in;		/* the client that is called */
	unsigned long target, entry;
	struct ftrace_slot *slot;
	struct ftrace_regs fregs;
} levels[CORES_LEVELS];

static struct {
	unsigned int at;	/* the level */
	uint64_t loaded;	/* by the code that it is in, in turn */
	unsigned int reads;	/* clients still loaded from */
	bool down;		/* a level was left, which is not visible yet */
	bool calls;		/* the next level's entry */
	bool lost;		/* it went where nobody can be */
} core;

/*
 * The core's block as it stored it, as it became visible so far, and itself, where
 * others may have stored since. Each word that counts is seen when it likes.
 */
static struct ftrace_thread mine, shown, *block;

#define RUN(n, what) offsetof(struct ftrace_thread, run[n].what)

static const size_t words[] = {
	offsetof(struct ftrace_thread, depth),
	RUN(0, slot), RUN(0, ops), RUN(1, slot), RUN(1, ops),
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static bool pending(unsigned int word)
{
	return memcmp((char *)&mine + words[word], (char *)&shown + words[word],
		      sizeof(long));
}

/* The entries and the library's own functions run on a stack of the core's. */
typedef void entry_fn(struct ftrace_slot *slot, struct ftrace_regs *fregs);

static ucontext_t outside, inside;
static bool is_inside;
static char stack[32768] __attribute__((aligned(16)));

static struct level *here(void)
{
	return &levels[core.at];
}

void reader_bad(const char *why)
{
	if (search_over())
		return;
	result->bad = why;
	search_stop();
}

/* Addresses differ from run to run; where they lie in a text does not. */
static unsigned long relative(const void *p)
{
	unsigned long addr = (unsigned long)p, size;
	unsigned int i;

	for (i = 0; i < w.nr_sites; i++) {
		size = w.text[i].mapped + 2 * FAKE_POOL;
		if (addr - (unsigned long)w.text[i].base < size)
			return addr - (unsigned long)w.text[i].base + i * size;
	}
	return addr;
}

/* Of memory that the library asked for: its number, and how far into it. */
static uint64_t same(unsigned long v)
{
	unsigned int i;

	for (i = 0; i < w.nr_mem; i++)
		if (v - (unsigned long)w.mem[i].p < w.mem[i].size)
			return search_mix(i + 1, v - (unsigned long)w.mem[i].p);
	return relative((const void *)v);
}

static unsigned int ops_bit(const struct ftrace_ops *op)
{
	return op ? 1u << (op - cores_ops) : 0;
}

static uint64_t block_state(uint64_t h, const struct ftrace_thread *t)
{
	unsigned int i;

	h = search_mix(h, t->depth);
	for (i = 0; i < CORES_LEVELS; i++) {
		h = search_mix(h, relative(t->run[i].slot));
		h = search_mix(h, ops_bit(t->run[i].ops));
	}
	return h;
}

static uint64_t state(bool must)
{
	uint64_t h = search_mix(w.position, must << 1 | core.down);
	unsigned int i;

	for (i = 0; i <= core.at; i++) {
		const struct level *l = &levels[i];

		h = search_mix(h, l->pc << 24 | l->site << 16 | l->from << 8 |
				  l->hits);
		h = search_mix(h, relative((void *)l->target));
		h = search_mix(h, l->pc >= AT_ENTRY ? relative(l->slot) : 0);
		h = search_mix(h, l->entry);
		h = search_mix(h, l->in << 8);
	}
	h = search_mix(h, core.loaded);
	h = search_mix(h, core.reads);
	return block_state(block_state(block_state(h, &mine), &shown), block);
}

/*
 * Clients that no function shall call, and that left: those who are switched off
 * stay, and who was late may still get to them.
 */
static unsigned int gone(void)
{
	unsigned int i, s, has = w.stays;

	for (i = w.lo; i <= w.hi; i++)
		for (s = 0; s < w.nr_sites; s++)
			has |= w.told[i][s];
	return ~has & (CORES_A | CORES_B);
}

/* Who was called when a function was: is that one of what could be? */
static void check_told(const struct level *l)
{
	unsigned int i, all = ~0U, any = 0;

	for (i = l->from; i <= w.hi; i++) {
		if (l->hits == w.told[i][l->site])
			return;
		any |= w.told[i][l->site];
		all &= w.told[i][l->site];
	}
	if (l->hits & ~any)
		reader_bad("a client is called that is not there");
	/* A thread that was late over more than one change saw parts of each. */
	else if (w.hi - l->from < 2 || (all & ~l->hits))
		reader_bad("a call is missed");
}

/* Back to before the call, or to the callback that it was made in. */
static void gone_by(void)
{
	memset(here(), 0, sizeof(*here()));
	if (core.at)
		core.at--;
}

static void passed(void)
{
	check_told(here());
	gone_by();
}

static void fetched(unsigned int site, uint64_t bytes)
{
	unsigned long at = (unsigned long)&bytes;

	if (here()->pc == IN_CALLBACK)
		core.at++;
	here()->site = site;
	here()->from = w.lo;
	here()->hits = 0;
	/* Who gave up knows that it may be. */
	if (w.lo == w.hi && !ftrace_dead &&
	    memcmp(&bytes, (void *)w.site[site], sizeof(bytes)))
		reader_bad("text is stale when the call has returned");
	if (fake_insn_is(at, FAKE_INSN_NOP) || fake_insn_is_skip(at)) {
		passed();
	} else if (fake_insn_target(at)) {
		here()->pc = AT_THUNK;
		here()->target = fake_insn_target(at) + w.site[site] - at;
	} else {
		reader_bad("what is fetched is no instruction");
		core.lost = true;
	}
}

static bool was_flushed(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < w.nr_code; i++)
		if (addr >= w.code[i][0] && addr < w.code[i][1])
			return true;
	return false;
}

/* The slot that a thunk names; NULL: there is no thunk. */
static struct ftrace_slot *slot_of(unsigned long thunk)
{
	const struct ftrace_thunk_page *p;
	struct ftrace_slot *slot;
	struct ftrace_mod *m;

	for_each_ftrace_module(m) {
		for (p = m->pages; p; p = p->next) {
			if (thunk - p->code >= p->used * FTRACE_THUNK_SIZE ||
			    memcmp((const void *)thunk, "THUNK", 6) ||
			    !was_flushed(thunk))
				continue;
			memcpy(&slot, (const char *)thunk + 8, sizeof(slot));
			return slot;
		}
	}
	return NULL;
}

/* As it is, or as it was before the call that is changing text. */
static const struct ftrace_slot *now(const struct ftrace_slot *slot)
{
	static const struct ftrace_slot none;
	unsigned int i;

	if (!mutant->late_slots || w.lo == w.hi || w.text_closed)
		return slot;
	for (i = 0; i < w.nr_slots; i++)
		if (w.slot[i] == slot)
			return &w.was[i];
	return &none;
}

static bool call_direct(unsigned long addr)
{
	if (addr != DIRECT_A && addr != DIRECT_B)
		return false;
	here()->hits |= addr == DIRECT_A ? CORES_DIRECT_A : CORES_DIRECT_B;
	passed();
	return true;
}

static void step_thunk(void)
{
	struct level *l = here();
	struct ftrace_slot *slot;

	if (call_direct(l->target))
		return;
	slot = slot_of(l->target);
	if (!slot) {
		reader_bad("a call leads to what is no thunk");
		core.lost = true;
		return;
	}
	l->entry = now(slot)->entry;
	if (call_direct(l->entry))
		return;
	l->slot = slot;
	l->pc = AT_ENTRY;
	if (l->entry == arch_ftrace_entry(FTRACE_ENTRY_ARGS) ||
	    l->entry == arch_ftrace_entry(FTRACE_ENTRY_REGS))
		return;
	reader_bad("a slot leads to what is no entry");
	core.lost = true;
}

/* Until it is this core's turn again. */
static void pause_at(enum pc pc)
{
	here()->pc = pc;
	swapcontext(&inside, &outside);
}

static void lose(const char *why)
{
	reader_bad(why);
	core.lost = true;
	pause_at(IN_LIBRARY);
}

static bool given_back(const void *at)
{
	unsigned int i;

	for (i = 0; i < w.nr_mem; i++)
		if ((unsigned long)at - (unsigned long)w.mem[i].p <
		    w.mem[i].size)
			return w.mem[i].freed;
	return false;
}

/* The set that the entry is about to load. */
static void check_set(const struct ftrace_set *set)
{
	if (!set)
		lose("a slot leads to no set");
	if (set->entry == FTRACE_ENTRY_REGS &&
	    here()->entry != arch_ftrace_entry(FTRACE_ENTRY_REGS))
		lose("an entry saves less than its set needs");
}

static bool within(const void *at, const void *of, size_t size)
{
	return (unsigned long)at - (unsigned long)of < size;
}

const void *once_load(const void *at)
{
	struct ftrace_slot *slot;

	/* Its own words are as it stored them. */
	if (!is_inside || within(at, &mine, sizeof(mine)))
		return at;
	if (within(at, cores_ops, sizeof(cores_ops))) {
		if (ops_bit(&cores_ops[((const char *)at - (char *)cores_ops) /
				       sizeof(cores_ops[0])]) & gone())
			lose("a client is read that is gone");
		return at;
	}
	pause_at(IN_LIBRARY);
	if (given_back(at))
		lose("what is read was given back");
	slot = here()->slot;
	if (at != &slot->set)
		return at;
	check_set(now(slot)->set);
	return &now(slot)->set;
}

void once_loaded(unsigned long value)
{
	if (is_inside)
		core.loaded = search_mix(core.loaded, same(value));
}

void once_store(void)
{
	if (!is_inside)
		reader_run(WORD, false);
}

static void enter(void)
{
	struct level *l = here();
	unsigned long ip = w.site[l->site];

	memset(&l->fregs, 0, sizeof(l->fregs));
	l->fregs.regs.ip = ip + MCOUNT_INSN_SIZE;
	((entry_fn *)l->entry)(l->slot, &l->fregs);
	core.down = true;
	/* Too late: once more, or never. */
	if (l->fregs.regs.ip == ip)
		gone_by();
	else if (!call_direct(l->fregs.direct))
		passed();
	core.loaded = 0;
}

/* The callback of all clients. It stops inside, and may call functions. */
static void hit(unsigned long ip, unsigned long parent_ip,
		struct ftrace_ops *op, struct ftrace_regs *unused)
{
	unsigned int level = core.at;
	uint64_t loaded = core.loaded;

	(void)parent_ip;
	(void)unused;
	if (ip != w.site[here()->site])
		lose("the ip is not the site's");
	if (ops_bit(op) & gone())
		lose("a callback is called when its removal has returned");
	here()->hits |= ops_bit(op);
	here()->in = ops_bit(op);
	pause_at(IN_CALLBACK);
	while (core.calls) {
		core.calls = false;
		enter();
		core.loaded = loaded;
		pause_at(IN_CALLBACK);
	}
	if (core.at != level)
		lose("a level is left before the one above it");
	core.reads |= here()->in;
	here()->in = 0;
}

void cores_warn_once(void)
{
	volatile bool back = false;

	getcontext(&outside);
	if (back)
		return;
	back = true;
	swapcontext(&inside, &outside);
}

/* On to the next stop, or to the end. What is stored is not visible yet. */
static void go_on(void)
{
	struct ftrace_thread *me = ftrace_self;

	ftrace_self = &mine;
	is_inside = true;
	swapcontext(&outside, &inside);
	is_inside = false;
	ftrace_self = me;
}

static void step_entry(void)
{
	core.calls = core.at;
	if (!core.at) {
		getcontext(&inside);
		inside.uc_stack.ss_sp = stack;
		inside.uc_stack.ss_size = sizeof(stack);
		inside.uc_link = &outside;
		makecontext(&inside, enter, 0);
	}
	go_on();
}

static void step(void)
{
	switch (here()->pc) {
	case AT_SITE:
		break;
	case AT_THUNK:
		step_thunk();
		break;
	case AT_ENTRY:
		step_entry();
		break;
	case IN_LIBRARY:
	case IN_CALLBACK:
		go_on();
		break;
	}
	if (core.lost)
		reader_begin();
}

enum act {
	WRITER,
	STEP,
	SHOW,
	READ,
	SETTLE,
	FETCH,
};

struct action {
	enum act act;
	unsigned int which;	/* word, site */
	uint64_t bytes;
};

#define MAX_ACTIONS (4 + WORDS + STALE_SITES * STALE_VALUES)

static void fetches(struct action *list, unsigned int *n)
{
	uint64_t value[STALE_VALUES];
	unsigned int site, i, nr;

	for (site = w.first_gone; site < w.nr_sites; site++) {
		nr = stale_fetch(site, value);
		for (i = 0; i < nr; i++)
			list[(*n)++] = (struct action){ FETCH, site, value[i] };
	}
}

static bool settled(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < WORDS; i++)
		nr += pending(i);
	return !nr && !core.reads;
}

/* It is in no function, and left nothing behind. */
bool reader_idle(void)
{
	return !core.at && levels[0].pc == AT_SITE && settled();
}

/* What a call leaves behind is done with before the next at its level. */
static bool may_call(void)
{
	if (here()->pc != IN_CALLBACK)
		return reader_idle();
	return w.nests && core.at < CORES_LEVELS - 1 && !core.down &&
	       !pending(3) && !pending(4);
}

/* Stores become visible; where nobody looks at them, all at once. */
static unsigned int stores(struct action *list, unsigned int n, bool looked_at)
{
	unsigned int i;

	if (!looked_at) {
		if (!settled())
			list[n++].act = SETTLE;
		return n;
	}
	for (i = 0; i < WORDS; i++)
		if (pending(i))
			list[n++] = (struct action){ SHOW, i, 0 };
	if (core.reads)
		list[n++].act = READ;
	return n;
}

/* All that can be next. What goes on by itself when choices are over is first. */
static unsigned int actions(struct action *list, bool must, bool looked_at)
{
	unsigned int n = 0;

	if (!must)
		list[n++].act = WRITER;
	if (here()->pc != AT_SITE)
		list[n++].act = STEP;
	n = stores(list, n, looked_at);
	if (may_call())
		fetches(list, &n);
	return n;
}

static void show(unsigned int word)
{
	core.down &= word != 0;
	if (!pending(word))
		return;
	memcpy((char *)block + words[word], (char *)&mine + words[word],
	       sizeof(long));
	memcpy((char *)&shown + words[word], (char *)&mine + words[word],
	       sizeof(long));
}

static void perform(const struct action *a)
{
	switch (a->act) {
	case WRITER:
		break;
	case STEP:
		step();
		break;
	case SHOW:
		show(a->which);
		break;
	case READ:
		if (core.reads & gone())
			reader_bad("a callback reads what its client may have freed");
		core.reads = 0;
		break;
	case SETTLE:
		reader_barrier();
		break;
	case FETCH:
		fetched(a->which, a->bytes);
		if (core.lost)
			reader_begin();
		break;
	}
}

void reader_run(enum event event, bool must)
{
	struct action list[MAX_ACTIONS];
	bool looked_at = event == BARRIER;
	unsigned int n, c;

	if (!w.on)
		return;
	if (!must)
		w.position = search_mix(w.position, event + 1);
	for (;;) {
		n = actions(list, must, looked_at);
		c = search_choose(n, state(must));
		if (list[c].act == WRITER)
			return;
		perform(&list[c]);
		must = false;
	}
}

/* All threads pass one. */
void reader_barrier(void)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		show(i);
	perform(&(struct action){ .act = READ });
}

void reader_returned(void)
{
	unsigned int i;

	for (i = 0; i <= core.at; i++)
		if (levels[i].in & gone())
			reader_bad("a callback runs when its removal has returned");
	if (core.reads & gone())
		reader_bad("a callback reads what its client may have freed");
}

static unsigned long reader_id(void)
{
	return READER_ID;
}

void reader_attach(void)
{
	struct ftrace_thread *me = ftrace_self;

	fake.thread_id = reader_id;
	block = ftrace_thread_attach();
	sure(block);
	ftrace_self = me;
	fake.thread_id = NULL;
}

/* In no function, and never was. */
void reader_begin(void)
{
	memset(&core, 0, sizeof(core));
	memset(levels, 0, sizeof(levels));
	block->depth = 0;
	memset(block->run, 0, CORES_LEVELS * sizeof(block->run[0]));
	mine = shown = *block;
}

void reader_client(struct ftrace_ops *op)
{
	*op = (struct ftrace_ops){ .func = hit };
	if (w.nests)
		op->flags = FTRACE_OPS_FL_RECURSION_SAFE;
}
