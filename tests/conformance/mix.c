/* SPDX-License-Identifier: MIT */
/* Area 4: clients of every kind on one function, each called exactly so often. */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "conformance.h"

#define CALLS_MAIN 700UL
#define CALLS_OTHER 500UL

enum { ARGS, REGS, SAFE, MOVES, THIS, THAT, STUB, KINDS };

static struct probe p[KINDS];
static int nests;	/* who calls the function again; STUB: nobody */
static __thread int level;
static unsigned long without_regs, other_tid;
static int go;

/* Threads count at the same time. */
static void hit(unsigned long ip, unsigned long parent_ip,
		struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *who = op->priv;
	unsigned long at;

	(void)ip;
	(void)parent_ip;
	__atomic_fetch_add(&who->hits, 1, __ATOMIC_RELAXED);
	if (who == &p[REGS] && HAS_REGS && !ftrace_get_regs(fregs))
		__atomic_fetch_add(&without_regs, 1, __ATOMIC_RELAXED);
	if (who == &p[MOVES]) {
		at = ftrace_regs_get_instruction_pointer(fregs);
		ftrace_regs_set_instruction_pointer(fregs, at);
	}
	if (who != &p[nests] || level)
		return;
	level++;
	traced_one(0);
	level--;
}

static void calls(unsigned long n)
{
	unsigned long i, wrong = 0;

	for (i = 0; i < n; i++)
		wrong += traced_one((long)i) != (long)i + 1;
	count("wrong results", wrong, 0);
}

static void *other(void *arg)
{
	(void)arg;
	__atomic_store_n(&other_tid, (unsigned long)gettid(), __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		sched_yield();
	calls(CALLS_OTHER);
	return NULL;
}

static void join_clients(void)
{
	static const unsigned long flags[KINDS] = {
		[REGS] = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED,
		[SAFE] = FTRACE_OPS_FL_RECURSION_SAFE,
		[MOVES] = FTRACE_OPS_FL_IPMODIFY |
			  FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED,
		[THIS] = FTRACE_OPS_FL_PID,
		[THAT] = FTRACE_OPS_FL_PID,
		[STUB] = FTRACE_OPS_FL_STUB,
	};
	int i;

	for (i = 0; i < KINDS; i++) {
		probe_init(&p[i], flags[i]);
		p[i].ops.func = hit;
		probe_on(&p[i], traced_one);
		value("register", (unsigned long)register_ftrace_function(
					  &p[i].ops), 0);
	}
	value("tid", (unsigned long)ftrace_set_filter_tid(
			     &p[THIS].ops, (unsigned long)gettid(), 0, 0), 0);
}

static unsigned long dropped(void)
{
	struct ftrace_stats st;

	ftrace_get_stats(&st);
	return st.dropped;
}

/* Two threads at once, who of the clients calls the function again @who. */
static void run(int who)
{
	unsigned long before = dropped();
	pthread_t t;

	join_clients();
	nests = who;
	go = 0;
	other_tid = 0;
	value("thread", (unsigned long)pthread_create(&t, NULL, other, NULL),
	      0);
	while (!__atomic_load_n(&other_tid, __ATOMIC_SEQ_CST))
		sched_yield();
	value("tid", (unsigned long)ftrace_set_filter_tid(&p[THAT].ops,
							   other_tid, 0, 0),
	      0);
	show_thunk("traced_one", ftrace_location(CODE(traced_one)), KINDS);
	__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
	calls(CALLS_MAIN);
	pthread_join(t, NULL);
	count("without registers", without_regs, 0);
	count("dropped", dropped() - before,
	      who == REGS ? CALLS_MAIN + CALLS_OTHER :
	      who == THIS ? CALLS_MAIN : 0);
}

static void leave(void)
{
	/* Neither the order of coming nor its reverse. */
	static const int order[KINDS] = { MOVES, STUB, ARGS, THAT, SAFE,
					  THIS, REGS };
	int i;

	for (i = 0; i < KINDS; i++) {
		value("unregister", (unsigned long)unregister_ftrace_function(
					    &p[order[i]].ops), 0);
		ftrace_free_filter(&p[order[i]].ops);
	}
	calls(3);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}

/* Calls of the first thread and of the other, nested ones too. */
static void counts(unsigned long by_main, unsigned long by_other)
{
	unsigned long all = by_main + by_other;

	count("args", p[ARGS].hits, all);
	count("moves", p[MOVES].hits, all);
	count("that", p[THAT].hits, by_other);
	count("stub", p[STUB].hits, 0);
	count("safe", p[SAFE].hits, all);
}

static void mix_flat(void)
{
	run(STUB);
	counts(CALLS_MAIN, CALLS_OTHER);
	count("regs", p[REGS].hits, CALLS_MAIN + CALLS_OTHER);
	count("this", p[THIS].hits, CALLS_MAIN);
	leave();
}

/* One that guards itself calls: it is called again like all others. */
static void mix_safe(void)
{
	run(SAFE);
	counts(2 * CALLS_MAIN, 2 * CALLS_OTHER);
	count("regs", p[REGS].hits, 2 * (CALLS_MAIN + CALLS_OTHER));
	count("this", p[THIS].hits, 2 * CALLS_MAIN);
	leave();
}

/* One that the library guards calls: it is dropped, and no other. */
static void mix_guarded(void)
{
	run(REGS);
	counts(2 * CALLS_MAIN, 2 * CALLS_OTHER);
	count("regs", p[REGS].hits, CALLS_MAIN + CALLS_OTHER);
	count("this", p[THIS].hits, 2 * CALLS_MAIN);
	leave();
}

/* The same for one that is for one thread only. */
static void mix_chosen(void)
{
	run(THIS);
	counts(2 * CALLS_MAIN, CALLS_OTHER);
	count("regs", p[REGS].hits, 2 * CALLS_MAIN + CALLS_OTHER);
	count("this", p[THIS].hits, CALLS_MAIN);
	leave();
}

const struct conf_case mix_cases[] = {
	{ "mix_flat", "-", mix_flat },
	{ "mix_safe", "-", mix_safe },
	{ "mix_guarded", "-", mix_guarded },
	{ "mix_chosen", "-", mix_chosen },
	{ NULL, NULL, NULL },
};
