/* SPDX-License-Identifier: MIT */
/* Looked at by a debugger from inside functions whose returns are waited for. */
#include <stdlib.h>

#include <ftrace/ftrace.h>
#include <ftrace/graph.h>

#define ALONE __attribute__((noipa))
/* What is behind a call: it is no jump then. */
#define BEHIND __asm__ volatile("" ::: "memory")

/* The debugger stops there, and walks. */
static notrace ALONE void look_inside(void)
{
	BEHIND;
}

static notrace ALONE void look_entered(void)
{
	BEHIND;
}

static notrace ALONE void look_returned(void)
{
	BEHIND;
}

static ALONE long walked_inner(long x)
{
	look_inside();
	BEHIND;
	return x + 1;
}

static ALONE long walked_outer(long x)
{
	long r = walked_inner(x);

	BEHIND;
	return 2 * r;
}

static ALONE long walked_tail(long x)
{
	return walked_outer(x + 1);
}

static notrace ALONE long walked_caller(long x)
{
	long r = walked_outer(x) + walked_tail(x);

	BEHIND;
	return r;
}

static notrace int entered(struct ftrace_graph_ent *trace,
			   struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	(void)gops, (void)fregs;
	if (trace->depth == 1)
		look_entered();
	return 1;
}

static notrace void returned(struct ftrace_graph_ret *trace,
			     struct fgraph_ops *gops,
			     struct ftrace_regs *fregs)
{
	(void)gops, (void)fregs;
	if (trace->depth == 1)
		look_returned();
}

notrace int main(void)
{
	static struct fgraph_ops graph = { .entryfunc = entered,
					   .retfunc = returned };

	if (ftrace_set_filter(&graph.ops, "walked_*", 8, 1) ||
	    register_ftrace_graph(&graph))
		return 1;
	return walked_caller(1) != 2 * 2 + 2 * 3;
}
