/* SPDX-License-Identifier: MIT */
/* Entry and return: a graph client, and two other ways to be told of both. */
#include <ftrace/graph.h>

#include "bench.h"

/* What either handler does, in each way. */
long bench_entries, bench_returns;

static int enter(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	(void)trace;
	(void)gops;
	(void)fregs;
	bench_entries++;
	return 1;
}

static void leave(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		  struct ftrace_regs *fregs)
{
	(void)trace;
	(void)gops;
	(void)fregs;
	bench_returns++;
}

static struct fgraph_ops client = { .entryfunc = enter, .retfunc = leave };

void bench_graph_attach(bench_fn *fn)
{
	if (ftrace_set_filter_ip(&client.ops, (unsigned long)fn, 0, 1) ||
	    register_ftrace_graph(&client))
		bench_die("a graph client could not be registered");
}

void bench_graph_detach(void)
{
	if (unregister_ftrace_graph(&client))
		bench_die("a graph client could not be unregistered");
	ftrace_free_filter(&client.ops);
}

/* What every tool does that replaces the return address: body.S calls these. */
#define DEEPEST 64

static __thread unsigned long parents[DEEPEST];
static __thread unsigned int nr_parents;

void bench_swap_enter(unsigned long parent)
{
	if (nr_parents == DEEPEST)
		bench_die("calls nest too deep");
	parents[nr_parents++] = parent;
	bench_entries++;
}

unsigned long bench_swap_leave(void)
{
	bench_returns++;
	return parents[--nr_parents];
}

/* What -finstrument-functions calls. */
void __cyg_profile_func_enter(void *fn, void *parent)
{
	(void)fn;
	(void)parent;
	bench_entries++;
}

void __cyg_profile_func_exit(void *fn, void *parent)
{
	(void)fn;
	(void)parent;
	bench_returns++;
}

/* Both handlers for each call, or nobody was told of a return. */
long bench_graph_counted(void)
{
	if (bench_entries != bench_returns)
		bench_die("not as many returns as entries");
	return bench_entries;
}
