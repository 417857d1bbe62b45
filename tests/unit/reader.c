/* SPDX-License-Identifier: MIT */
/* The core that calls traced functions: what it may do next. */
#include <ucontext.h>

#include "../fakearch/regs.h"
#include "fake_texts.h"
#include "reader.h"
#include "search.h"

enum pc {
	AT_SITE,	/* about to call a function */
	AT_THUNK,	/* the site's call is made */
	AT_ENTRY,	/* slot->entry is loaded */
	PUBLISHED,	/* depth and slot are stored */
	HAS_SET,	/* slot->set is loaded */
	IN_CALLBACK,
};

static struct {
	enum pc pc;
	unsigned int site, from;	/* fetched in this state or later */
	unsigned int hits;		/* who was told on this way */
	unsigned long target, entry;
	struct ftrace_slot *slot;	/* the last that it stored */
	struct ftrace_ops *ops;		/* likewise */
	struct ftrace_set *set;
	bool set_gone;			/* its memory was given back */
	unsigned int in, reads;		/* clients: called, still loaded from */
	bool depth_up, depth_down, slot_out, ops_out;	/* not visible yet */
} core;

static struct ftrace_thread *block;	/* the core's, as others see it */

/* The library's own functions run on a stack of the core's. */
static ucontext_t outside, inside;
static char stack[16384] __attribute__((aligned(16)));
static struct ftrace_regs fregs;

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

static unsigned int number_of(const void *p)
{
	unsigned int i = w.nr_mem;

	while (p && i && w.mem[i - 1] != p)
		i--;
	return p ? i + 1 : 0;
}

static unsigned int ops_bit(const struct ftrace_ops *op)
{
	return op ? 1u << (op - cores_ops) : 0;
}

static uint64_t state(bool must)
{
	bool has_slot = core.slot_out || core.pc >= AT_ENTRY;
	uint64_t h = search_mix(w.position, must);

	h = search_mix(h, core.pc << 24 | core.site << 16 | core.from << 8 |
			  core.hits);
	h = search_mix(h, relative((void *)core.target));
	h = search_mix(h, has_slot ? relative(core.slot) : 0);
	h = search_mix(h, core.entry);
	h = search_mix(h, number_of(core.set) << 1 | core.set_gone);
	h = search_mix(h, core.in << 16 | core.reads << 8 | core.ops_out << 3 |
			  core.depth_up << 2 | core.depth_down << 1 |
			  core.slot_out);
	h = search_mix(h, ops_bit(core.ops) << 8 | ops_bit(block->run[0].ops));
	h = search_mix(h, block->depth);
	return search_mix(h, relative(block->run[0].slot));
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
static void check_told(void)
{
	unsigned int i, all = ~0U, any = 0;

	for (i = core.from; i <= w.hi; i++) {
		if (core.hits == w.told[i][core.site])
			return;
		any |= w.told[i][core.site];
		all &= w.told[i][core.site];
	}
	if (core.hits & ~any)
		reader_bad("a client is called that is not there");
	/* A thread that was late over more than one change saw parts of each. */
	else if (w.hi - core.from < 2 || (all & ~core.hits))
		reader_bad("a call is missed");
}

static void passed(void)
{
	check_told();
	core.pc = AT_SITE;
	core.target = core.entry = 0;
	core.set = NULL;
	core.set_gone = false;
}

static void fetched(unsigned int site, uint64_t bytes)
{
	unsigned long at = (unsigned long)&bytes;

	core.site = site;
	core.from = w.lo;
	core.hits = 0;
	/* Who gave up knows that it may be. */
	if (w.lo == w.hi && !ftrace_dead &&
	    memcmp(&bytes, (void *)w.site[site], sizeof(bytes)))
		reader_bad("text is stale when the call has returned");
	if (fake_insn_is(at, FAKE_INSN_NOP) || fake_insn_is_skip(at)) {
		passed();
	} else if (fake_insn_target(at)) {
		core.pc = AT_THUNK;
		core.target = fake_insn_target(at) + w.site[site] - at;
	} else {
		reader_bad("what is fetched is no instruction");
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
static struct ftrace_slot load(const struct ftrace_slot *slot)
{
	unsigned int i;

	if (!mutant->late_slots || w.lo == w.hi || w.text_closed)
		return *slot;
	for (i = 0; i < w.nr_slots; i++)
		if (w.slot[i] == slot)
			return w.was[i];
	return (struct ftrace_slot){ .entry = 0 };
}

static bool call_direct(unsigned long addr)
{
	if (addr != DIRECT_A && addr != DIRECT_B)
		return false;
	core.hits |= addr == DIRECT_A ? CORES_DIRECT_A : CORES_DIRECT_B;
	passed();
	return true;
}

static void step_thunk(void)
{
	struct ftrace_slot *slot;

	if (call_direct(core.target))
		return;
	slot = slot_of(core.target);
	if (!slot) {
		reader_bad("a call leads to what is no thunk");
		return;
	}
	core.entry = load(slot).entry;
	if (call_direct(core.entry))
		return;
	if (core.entry != arch_ftrace_entry(FTRACE_ENTRY_ARGS) &&
	    core.entry != arch_ftrace_entry(FTRACE_ENTRY_REGS))
		reader_bad("a slot leads to what is no entry");
	core.slot = slot;
	core.pc = AT_ENTRY;
}

static void step_set(void)
{
	core.set = load(core.slot).set;
	if (!core.set)
		reader_bad("a slot leads to no set");
	else if (core.set->entry == FTRACE_ENTRY_REGS &&
		 core.entry != arch_ftrace_entry(FTRACE_ENTRY_REGS))
		reader_bad("an entry saves less than its set needs");
	core.pc = HAS_SET;
}

/* The callback of all clients. It stops inside. */
static void hit(unsigned long ip, unsigned long parent_ip,
		struct ftrace_ops *op, struct ftrace_regs *unused)
{
	(void)parent_ip;
	(void)unused;
	if (ip != w.site[core.site])
		reader_bad("the ip is not the site's");
	if (ops_bit(op) & gone())
		reader_bad("a callback is called when its removal has returned");
	core.hits |= ops_bit(op);
	core.in = ops_bit(op);
	swapcontext(&inside, &outside);
	core.reads |= core.in;
	core.in = 0;
}

static void call(void)
{
	const struct ftrace_set *set = core.set;
	ftrace_func_t func = set->func;

	/* Who calls one client is done with the set. */
	if (func == hit)
		core.set = NULL;
	func(w.site[core.site], FAKE_PARENT, set->arg, &fregs);
}

static void returned(void)
{
	unsigned long ip = w.site[core.site];

	core.depth_down = true;
	if (fregs.regs.ip == ip) {
		core.pc = AT_SITE;	/* late: once more */
		core.set = NULL;
	} else if (!call_direct(fregs.direct)) {
		passed();
	}
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

/* On to the next callback, or to the end. What is stored is not visible yet. */
static void go_on(void)
{
	struct ftrace_run *run = &block->run[0], seen = *run;
	struct ftrace_thread *me = ftrace_self;
	unsigned long depth = block->depth;

	if (core.set_gone) {
		reader_bad("a set is read when its memory was given back");
		core.depth_down = true;
		passed();
		return;
	}
	block->depth = 1;
	run->slot = core.slot;
	run->ops = core.ops;
	ftrace_self = block;
	swapcontext(&outside, &inside);
	ftrace_self = me;
	core.ops = run->ops;
	core.ops_out = core.ops != seen.ops;
	*run = seen;
	block->depth = depth;
	core.pc = IN_CALLBACK;
	if (!core.in)
		returned();
}

static void step_func(void)
{
	memset(&fregs, 0, sizeof(fregs));
	fregs.regs.ip = w.site[core.site] + MCOUNT_INSN_SIZE;
	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = sizeof(stack);
	inside.uc_link = &outside;
	makecontext(&inside, call, 0);
	go_on();
}

static void step(void)
{
	switch (core.pc) {
	case AT_SITE:
		break;
	case AT_THUNK:
		step_thunk();
		break;
	case AT_ENTRY:
		core.depth_up = core.slot_out = true;
		core.pc = PUBLISHED;
		break;
	case PUBLISHED:
		step_set();
		break;
	case HAS_SET:
		step_func();
		break;
	case IN_CALLBACK:
		go_on();
		break;
	}
}

enum act {
	WRITER,
	STEP,
	DEPTH_UP,
	DEPTH_DOWN,
	SLOT_OUT,
	OPS_OUT,
	READ,
	SETTLE,
	FETCH,
};

struct action {
	enum act act;
	unsigned int site;
	uint64_t bytes;
};

#define MAX_ACTIONS (8 + STALE_SITES * STALE_VALUES)

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

/* It is in no function, and left nothing behind. */
bool reader_idle(void)
{
	return core.pc == AT_SITE && !core.depth_up && !core.depth_down &&
	       !core.slot_out && !core.ops_out && !core.reads;
}

/* Stores become visible; where nobody looks at them, all at once. */
static unsigned int stores(struct action *list, unsigned int n, bool looked_at)
{
	if (!looked_at) {
		if (core.depth_up || core.depth_down || core.slot_out ||
		    core.ops_out || core.reads)
			list[n++].act = SETTLE;
		return n;
	}
	if (core.depth_up)
		list[n++].act = DEPTH_UP;
	else if (core.depth_down)
		list[n++].act = DEPTH_DOWN;
	if (core.slot_out)
		list[n++].act = SLOT_OUT;
	if (core.ops_out)
		list[n++].act = OPS_OUT;
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
	if (core.pc != AT_SITE)
		list[n++].act = STEP;
	n = stores(list, n, looked_at);
	/* What a call leaves behind is done with before the next. */
	if (reader_idle())
		fetches(list, &n);
	return n;
}

static void perform(const struct action *a)
{
	switch (a->act) {
	case WRITER:
		break;
	case STEP:
		step();
		break;
	case DEPTH_UP:
		block->depth = 1;
		core.depth_up = false;
		break;
	case DEPTH_DOWN:
		block->depth = 0;
		core.depth_down = false;
		break;
	case SLOT_OUT:
		block->run[0].slot = core.slot;
		core.slot_out = false;
		break;
	case OPS_OUT:
		block->run[0].ops = core.ops;
		core.ops_out = false;
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
		fetched(a->site, a->bytes);
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
	if (core.depth_up)
		perform(&(struct action){ .act = DEPTH_UP });
	if (core.depth_down)
		perform(&(struct action){ .act = DEPTH_DOWN });
	if (core.slot_out)
		perform(&(struct action){ .act = SLOT_OUT });
	if (core.ops_out)
		perform(&(struct action){ .act = OPS_OUT });
	perform(&(struct action){ .act = READ });
}

void reader_freed(const void *p)
{
	if (p && core.set == p)
		core.set_gone = true;
}

void reader_returned(void)
{
	if (core.in & gone())
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
	block->depth = 0;
	memset(block->run, 0, sizeof(block->run[0]));
}

void reader_client(struct ftrace_ops *op)
{
	*op = (struct ftrace_ops){ .func = hit };
}
