/* SPDX-License-Identifier: MIT */
/* Areas 5 and 13: a signal at one instruction of a traced call, at each in turn. */
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ftrace/module.h>

#include "conformance.h"
#include "stepper.h"
#include "ways.h"

#define APART __attribute__((noipa))
#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED
#define SAFE FTRACE_OPS_FL_RECURSION_SAFE
#define MAX_POSITIONS 2048

/*
 * A call is made once for each instruction that it executes, with a trap there.
 * The trap's handler calls the function that was interrupted, and another, whose
 * client is never busy; then it
 */
enum then {
	RETURNS,	/* on the stack that it found */
	RETURNS_APART,	/* on one of its own */
	JUMPS,		/* leaves by siglongjmp() */
	FORKS,		/* has a child, and both return */
	ENDS,		/* ends the thread, or has it cancelled */
	NR_THEN
};

static const char *const then_name[] = { "returns", "returns, apart", "jumps",
					 "forks", "ends" };

static const struct way *way;
static enum then then;
static struct probe beside;
static unsigned long position, positions, struck, held, bad;
static sigjmp_buf out;
static pid_t child;
static bool strikes, missed, by_exit, cleaned;

static void right(bool is, const char *what)
{
	if (is)
		return;
	if (bad++ < 10)
		note("%s, %s: %s at %#lx", way->name, then_name[then], what,
		     position);
}

/* What a handler may call: traced functions, and look-ups. */
static void handler(void)
{
	int saved = errno;

	right(way_call(way, true), "in the handler");
	right(traced_two(1) == 3, "another function");
	right(ftrace_location(CODE(traced_two)) != 0, "ftrace_location()");
	right(errno == saved, "errno in the handler");
	struck++;
	if (then == JUMPS)
		siglongjmp(out, 1);
	if (then == FORKS)
		child = fork();
	if (then == ENDS && by_exit)
		pthread_exit(NULL);
	if (then == ENDS)
		pthread_cancel(pthread_self());
}

/*
 * The client that was called last is held to be running by who interrupts an
 * entry between its store of the depth and that of the slot, which still says
 * what it said. So another function's is called first; then that one is counted
 * as dropped, there and nowhere else.
 */
#define WINDOW 4

/* What an emulator's steps have met only. */
static bool strayed(void)
{
	return STEP_STRAYS && !struck && !getenv("CONFORMANCE_NATIVE");
}

static void call(void)
{
	if (!way->thread)
		right(traced_two(1) == 3, "another function, before");
	if (strikes)
		step_at(position, then == RETURNS_APART, handler);
	right(way_call(way, false), "the call");
	missed = !step_passed();
}

/*
 * Far below: who calls again from above is seen to have left this. A frame that
 * was left there is taken by the next call from there, which comes by a longer
 * way: so another call follows each that jumps, by a thread before it ends.
 */
static APART void call_below(void)
{
	volatile char room[16384];

	room[0] = 0;
	call();
	right(room[0] == 0, "room");
}

static void clean(void *arg)
{
	*(bool *)arg = true;
}

static void *ending(void *arg)
{
	int old;

	cleaned = false;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	pthread_cleanup_push(clean, &cleaned);
	call();
	pthread_cleanup_pop(0);
	return arg;
}

static void *one(void *arg)
{
	if (then != JUMPS) {
		call();
	} else if (!sigsetjmp(out, 0)) {
		call_below();
	} else if (way->thread) {
		strikes = false;
		call_below();
	}
	return arg;
}

static void in_thread(void *(*fn)(void *))
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, NULL) || pthread_join(t, NULL))
		right(false, "a thread");
}

/* The child ends with what it has found; by then it has returned from all. */
static void children(unsigned long before)
{
	int status = 0;

	if (!child)
		_exit(bad == before ? 42 : 1);
	right(waitpid(child, &status, 0) == child &&
		      WIFEXITED(status) && WEXITSTATUS(status) == 42,
	      "the child");
}

/*
 * All calls are told, or counted as dropped; what was left may lack its own, and
 * the two that its callback was to see refused.
 */
static void judge(const struct way_counts *a, const struct way_counts *b,
		  unsigned long calls, unsigned long left, unsigned long lost)
{
	unsigned long told = way_told(way), hits = b->hits - a->hits;
	unsigned long drops = b->dropped - a->dropped - lost;
	unsigned long direct = b->direct - a->direct;

	right(hits + drops <= told * calls &&
		      hits + drops + left * 2 >= told * (calls - left),
	      "hits and drops");
	right(!(way->flags & SAFE) || !drops, "drops");
	right(!way->direct || (direct <= calls && direct >= calls - left),
	      "direct");
	right(b->open - a->open <= told * left, "returns");
	right(b->wrong == a->wrong, "arguments, or returns that match");
}

/*
 * False: never there. A thread's block may hold a frame that another thread left
 * as it ended; then the call came by a longer way. The next one on that block will
 * not, if its stack lies where the other one's did.
 */
static bool try(void)
{
	struct way_counts a, b, c;
	unsigned long other = beside.hits, before = bad, lost;

	struck = 0;
	missed = false;
	strikes = true;
	way_counts(&a);
	if (then == ENDS)
		in_thread(ending);
	else if (way->thread)
		in_thread(one);
	else
		one(NULL);
	if (strayed())
		return true;
	if (missed)
		return false;
	right(cleaned || then != ENDS, "cleaned");
	way_counts(&b);
	lost = 2 - way->thread - (beside.hits - other);
	held += lost;
	right(struck == 1 && lost <= 1, "another client");
	judge(&a, &b, then == JUMPS && way->thread ? 3 : 2,
	      then == JUMPS || then == ENDS, lost);
	/* As if nothing had been. */
	right(way_call(way, false), "the next call");
	way_counts(&c);
	judge(&b, &c, 1, 0, 0);
	right(c.dropped == b.dropped, "the next one dropped");
	strikes = false;
	if (then == JUMPS && !way->thread)
		one(NULL);
	/* Levels that were left are taken down by calls of the library. */
	right(!ftrace_synchronize(), "in no callback");
	if (then == FORKS)
		children(before);
	return true;
}

static unsigned long pc[MAX_POSITIONS];
static unsigned int nr_pc, nr_entry;

/*
 * Once before: what a thread's block does not have yet is made then, and each
 * block is taken before one whose thread has ended is taken again.
 */
#define WARM 128

static void *warm(void *arg)
{
	right(way_call(way, false), "the first call");
	return arg;
}

static void *meet(void *arg)
{
	step_begin(NULL);
	way_call_stepped(way);
	step_end();
	return arg;
}

static void meet_all(void)
{
	unsigned int mine, i;

	way_ranges(way);
	mine = step_ranges();
	way_ranges_c(way);
	for (i = 0; i < WARM; i++)
		in_thread(warm);
	if (way->thread) {
		in_thread(meet);
	} else {
		warm(NULL);
		meet(NULL);
	}
	nr_entry = step_met(0, mine, pc, MAX_POSITIONS);
	nr_pc = nr_entry + step_met(mine, step_ranges(), pc + nr_entry,
				    MAX_POSITIONS - nr_entry);
	value("met", nr_entry > 20 && nr_pc < MAX_POSITIONS, true);
}

/* An emulator takes its time: each so many, and each time others. */
static unsigned int stride(void)
{
	if (getenv("CONFORMANCE_NATIVE"))
		return 1;
	return getenv("CONFORMANCE_FULL") ? 3 : 9;
}

#define TRIES 8

/* A graph client's frames are there, and those of threads that have ended. */
static bool in_own_thread(void)
{
	return way->graph && (way->thread || then == ENDS);
}

static void each(void)
{
	/* Not from all of a compiler's instructions can be unwound. */
	unsigned int i, n, end = then == ENDS ? nr_entry : nr_pc;
	unsigned int tried = 0, never = 0;

	held = 0;
	for (i = positions % stride(); i < end; i += stride()) {
		position = pc[i];
		by_exit = i / stride() % 2;
		for (n = 0; n < TRIES && !try(); n++)
			;
		right(n < TRIES || in_own_thread(), "never there");
		never += n == TRIES;
		tried++;
	}
	positions += tried - never;
	right(never * 2 <= tried, "so many never there");
	right(held <= WINDOW, "so many held to be running");
}

static void strike(const struct way *w, bool keep)
{
	way = w;
	way_begin(w, keep);
	meet_all();
	step_singly(true);
	for (then = 0; then < NR_THEN; then++)
		/* An emulator's child of one thread among others is lost. */
		if (then != FORKS || !w->thread)
			each();
	step_singly(false);
	way_end(w);
	count("bad", bad, 0);
	note("%s: %u instructions", w->name, nr_pc);
}

static void strike_all(const struct way *w, size_t n, bool keep)
{
	probe_go(&beside, 0, probe_hit, traced_two);
	while (n--)
		strike(w++, keep);
	must("unregister", unregister_ftrace_function(&beside.ops));
	printf("positions %lu\n", positions);
}

static const struct way entry_ways[] = {
	{ .name = "one", .clients = WAY_SPOILS },
	{ .name = "one that looks", .clients = WAY_LOOKS },
	{ .name = "two", .clients = WAY_SPOILS | WAY_LOOKS },
	{ .name = "regs", .clients = WAY_SPOILS, .flags = REGS },
	{ .name = "two, regs", .clients = WAY_SPOILS | WAY_LOOKS,
	  .flags = REGS },
	{ .name = "safe", .clients = WAY_SPOILS, .flags = SAFE },
	{ .name = "direct", .direct = true },
	{ .name = "direct and one", .clients = WAY_SPOILS, .direct = true },
	{ .name = "a thread's first", .clients = WAY_SPOILS, .thread = true },
	/* Who comes after this may have such a thunk, too. */
	{ .name = "a used thunk", .clients = WAY_SPOILS, .spare = true },
};

static void strike_entry(void)
{
	strike_all(entry_ways, sizeof(entry_ways) / sizeof(entry_ways[0]),
		   false);
}

static const struct way keep_ways[] = {
	{ .name = "one", .clients = WAY_SPOILS },
	{ .name = "two", .clients = WAY_SPOILS | WAY_LOOKS },
	{ .name = "direct and one", .clients = WAY_SPOILS, .direct = true },
	{ .name = "a thread's first", .clients = WAY_SPOILS, .thread = true },
};

/* The same in a module whose sites keep all. */
static void strike_keep(void)
{
	must("conservative", ftrace_set_conservative("*"));
	strike_all(keep_ways, sizeof(keep_ways) / sizeof(keep_ways[0]), true);
}

static const struct way graph_ways[] = {
	{ .name = "graph", .graph = true },
	{ .name = "graph and one", .graph = true, .clients = WAY_SPOILS },
	{ .name = "graph and two, regs", .graph = true,
	  .clients = WAY_SPOILS | WAY_LOOKS, .flags = REGS },
	{ .name = "graph and direct", .graph = true, .direct = true },
	{ .name = "graph, a thread's first", .graph = true, .thread = true },
	{ .name = "one in another", .graph = true, .nest = true },
};

static void strike_graph(void)
{
	strike_all(graph_ways, sizeof(graph_ways) / sizeof(graph_ways[0]),
		   false);
}

const struct conf_case strike_cases[] = {
	{ "strike_entry", "-", strike_entry },
	{ STEP_KEEPERS ? "strike_keep" : NULL, "host", strike_keep },
	{ "strike_graph", "-", strike_graph },
	{ NULL, NULL, NULL },
};
