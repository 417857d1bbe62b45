/* SPDX-License-Identifier: MIT */
/* What a call does on the simulated core, through the library's own code. */
#include "once.h"

#include <ucontext.h>

#include "calls.h"
#include "search.h"

struct level levels[CORES_LEVELS];
struct core core;
struct ftrace_thread mine;

/* The entries and the library's own functions run on a stack of the core's. */
typedef void entry_fn(struct ftrace_slot *slot, struct ftrace_regs *fregs);

static ucontext_t outside, inside;
static bool is_inside;
static char stack[32768] __attribute__((aligned(16)));

/*
 * Clients that no function shall call, and that left: those who are switched off
 * stay, and who was late may still get to them.
 */
unsigned int calls_gone(void)
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

void calls_fetched(unsigned int site, uint64_t bytes)
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

void (*once_stop)(bool store);

const void *once_load(const void *at)
{
	struct ftrace_slot *slot;

	if (once_stop) {
		once_stop(false);
		return at;
	}
	/* Its own words are as it stored them. */
	if (!is_inside || within(at, &mine, sizeof(mine)))
		return at;
	if (within(at, cores_ops, sizeof(cores_ops))) {
		if (ops_bit(&cores_ops[((const char *)at - (char *)cores_ops) /
				       sizeof(cores_ops[0])]) & calls_gone())
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
		core.loaded = search_mix(core.loaded, reader_same(value));
}

/* What the core stores is seen later. Where it was just looked for it may stop. */
void once_store(const void *at)
{
	if (once_stop)
		once_stop(true);
	else if (!is_inside)
		reader_run(WORD, false);
	else if (at == &mine.run[core.at].ops)
		pause_at(IN_LIBRARY);
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
	if (ops_bit(op) & calls_gone())
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

void calls_step(void)
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

void reader_client(struct ftrace_ops *op)
{
	*op = (struct ftrace_ops){ .func = hit };
	if (w.nests)
		op->flags = FTRACE_OPS_FL_RECURSION_SAFE;
}
