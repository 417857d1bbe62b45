/* SPDX-License-Identifier: MIT */
/* The ways that a traced call takes through the library, each with its counts. */
#ifndef CONFORMANCE_WAYS_H
#define CONFORMANCE_WAYS_H

#include "conformance.h"

#define WAY_SPOILS	1u	/* a client that leaves nothing in registers */
#define WAY_LOOKS	2u	/* one that looks at the arguments */

/**
 * struct way - one of them
 * @clients: WAY_*
 * @flags: of these
 * @direct: a direct call, alone or with clients
 * @spare: the thunk is in its second life
 * @thread: it is a thread's first call
 * @graph: a graph client
 * @nest: of a function that calls another; both have a graph client
 * @odd: of a function whose site cannot jump
 * @jump: clients go on elsewhere, to this
 */
struct way {
	const char *name;
	unsigned int clients;
	unsigned long flags;
	bool direct, spare, thread, graph, nest, odd;
	void (*jump)(struct ftrace_regs *fregs);
};

/* What was told of all calls so far. */
struct way_counts {
	unsigned long hits;	/* of all clients, and calls let by */
	unsigned long direct, dropped, wrong;
	unsigned long open;	/* entries without a return */
};

/* Each call is told so many clients. */
void way_begin(const struct way *w, bool keep);
void way_end(const struct way *w);
unsigned long way_told(const struct way *w);
void way_counts(struct way_counts *c);
/* The call, or (@inside) a handler's, with other arguments: is all as it was? */
bool way_call(const struct way *w, bool inside);
/* As the first, for who steps from here on: did it come to the function's body? */
bool way_call_stepped(const struct way *w);
/* To step through: assembly, and what is C. */
void way_ranges(const struct way *w);
void way_ranges_c(const struct way *w);

#endif
