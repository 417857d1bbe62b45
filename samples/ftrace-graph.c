/* SPDX-License-Identifier: MIT */
/* The kernel's function_graph: who calls whom, with what, for how long. */
#include <string.h>
#include <time.h>

#include <ftrace/graph.h>

#include "sample.h"

static TRACED long triangle(long n)
{
	return n * (n + 1) / 2;
}

static TRACED long tetrahedron(long n)
{
	long sum = triangle(n) + (n > 1 ? tetrahedron(n - 1) : 0);

	__asm__ volatile("");
	return sum;
}

static TRACED long both(long n)
{
	long t = triangle(n);

	__asm__ volatile("");
	return t + tetrahedron(n);
}

static const struct {
	const char *name;
	long (*fn)(long);
} traced[] = { { "triangle", triangle }, { "tetrahedron", tetrahedron },
	       { "both", both } };

/* What is kept with a call, until it returns. */
struct call {
	const char *name;
	long arg;
	unsigned long long start;
};

static struct call *open;	/* entered last, and its line not printed */
static int open_depth;
static int times;		/* print them: they are others each time */

static notrace unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000 +
	       (unsigned long long)t.tv_nsec;
}

static notrace const char *name_of(unsigned long ip)
{
	size_t i;

	for (i = 0; i < sizeof(traced) / sizeof(traced[0]); i++)
		if (ftrace_location(CODE(traced[i].fn)) == ip)
			return traced[i].name;
	return "?";
}

static notrace void margin(const struct call *done, int depth)
{
	if (done && times)
		printf("%9.3f us |", (double)(now() - done->start) / 1000);
	else
		printf("             |");
	printf("%*s", 2 + 2 * depth, "");
}

static notrace int entered(struct ftrace_graph_ent *trace,
			   struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	struct call *c = fgraph_reserve_data(gops->idx, sizeof(*c));

	if (open) {
		margin(NULL, open_depth);
		printf("%s(%ld) {\n", open->name, open->arg);
	}
	c->name = name_of(trace->func);
	c->arg = (long)ftrace_regs_get_argument(fregs, 0);
	c->start = now();
	open = c;
	open_depth = trace->depth;
	return 1;
}

static notrace void returned(struct ftrace_graph_ret *trace,
			     struct fgraph_ops *gops,
			     struct ftrace_regs *fregs)
{
	struct call *c = fgraph_retrieve_data(gops->idx, NULL);
	long value = (long)ftrace_regs_get_return_value(fregs);

	margin(c, trace->depth);
	if (open == c)
		printf("%s(%ld); /* = %ld */\n", c->name, c->arg, value);
	else
		printf("} /* %s = %ld */\n", c->name, value);
	open = NULL;
}

notrace int main(int argc, char **argv)
{
	static struct fgraph_ops graph;
	size_t i;
	long sum;

	times = argc > 1 && !strcmp(argv[1], "times");
	graph.entryfunc = entered;
	graph.retfunc = returned;
	for (i = 0; i < sizeof(traced) / sizeof(traced[0]); i++)
		check(ftrace_set_filter_ip(&graph.ops, CODE(traced[i].fn), 0,
					   0));
	printf("#  DURATION     FUNCTION CALLS\n");
	check(register_ftrace_graph(&graph));
	sum = both(3);
	check(unregister_ftrace_graph(&graph));
	printf("sum %ld\n", sum + both(1) - 2);
	return 0;
}
