/* SPDX-License-Identifier: MIT */
/* Area 13: a graph client that counts, and functions for it. */
#ifndef CONFORMANCE_GRAPH_H
#define CONFORMANCE_GRAPH_H

#include <setjmp.h>
#include <ucontext.h>

#include <ftrace/graph.h>

#include "conformance.h"

/* traced-graph.c */
long traced_outer(long x, void (*inside)(void));	/* 2 * inner + 1 */
long traced_inner(long x, void (*inside)(void));	/* x + 1 */
long traced_sum(long n);				/* 1 + ... + n */
long traced_jumps(jmp_buf *env, long n);		/* by longjmp, from n + 1 */
long traced_tail_calls(long x, void (*inside)(void));	/* goes on at outer */

#if !CONF_STATIC
void traced_switches(ucontext_t *from, ucontext_t *to);
#endif

/**
 * struct watch - a client that counts
 * @gops: the client
 * @entries: calls of its entry handler
 * @returns: of its return handler
 * @value: what was returned last
 * @deepest: of all entries
 * @wrong: returns that do not match their entry
 */
struct watch {
	struct fgraph_ops gops;
	unsigned long entries, returns, value, deepest, wrong, overrun;
	unsigned long retaddr;
};

void watch_init(struct watch *w);
void watch_on(struct watch *w, const void *fn);	/* adds to its filter */
void watch_start(struct watch *w);
/* A new one, with outer, inner and jumps in its filter, is registered. */
void watch_begin(struct watch *w);
/* It leaves; it has seen so many. */
void watch_end(struct watch *w, unsigned long entries, unsigned long returns);

/*
 * A client, without a filter, whose handlers destroy what they may, as
 * state_callback() does; one at a time.
 */
void spoil_init(struct fgraph_ops *gops);
/* It leaves; so many calls were entered, and returned. */
void spoil_end(struct fgraph_ops *gops, unsigned long calls);

#endif
