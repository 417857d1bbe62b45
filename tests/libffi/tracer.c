/* SPDX-License-Identifier: MIT */
/* Linked into a program of somebody else's: a client on all its functions. */
#include <stdio.h>
#include <stdlib.h>

#include "conformance.h"

/* The callback is state.S's, which destroys all that a callback may. */
static struct ftrace_ops args = { .func = state_callback };
static struct ftrace_ops regs = {
	.func = state_callback,
	.flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED,
};
static unsigned long hits;

void state_callback_c(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	__atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);
	errno = 77;
}

static void attach(struct ftrace_ops *op)
{
	int err = register_ftrace_function(op);

	if (!err)
		return;
	fprintf(stderr, "tracer: %d\n", err);
	abort();
}

/*
 * After ftrace_object.o's constructor, before the program's own. TRACER says
 * who attaches: args, regs, or both.
 */
__attribute__((constructor(102))) static void start(void)
{
	static unsigned char state[STATE_SIZE];
	const char *who = getenv("TRACER");

	/* It also finds out which registers the CPU has. */
	state_adjust(state);
	if (who[0] != 'r')
		attach(&args);
	if (who[0] != 'a')
		attach(&regs);
}

/*
 * Calls seen, and functions that none is seen of. By a descriptor of its own,
 * as the output is compared with another run's.
 */
__attribute__((destructor(102))) static void report(void)
{
	struct ftrace_stats st;

	if (!ftrace_get_stats(&st))
		dprintf(3, "%lu %lu\n", hits, st.sites - st.enabled + st.skipped);
}
