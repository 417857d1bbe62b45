/* SPDX-License-Identifier: MIT */
/* Area 13: only what is below some functions, and not what is below others. */
#include <string.h>

#include "graph.h"
#include "stack.h"

static struct watch watch, other;

static int function(struct watch *w, const char *line, int reset)
{
	return ftrace_set_graph_function(&w->gops, line, (int)strlen(line),
					 reset);
}

static int except(struct watch *w, const char *line, int reset)
{
	return ftrace_set_graph_notrace(&w->gops, line, (int)strlen(line),
					reset);
}

static void start(struct watch *w)
{
	static const char all[] = "traced_*";

	watch_init(w);
	must("filter", ftrace_set_filter(&w->gops.ops, all, sizeof(all) - 1, 1));
	watch_start(w);
}

/* So many since the last time. */
static void told(const char *name, unsigned long entries, unsigned long returns)
{
	count(name, watch.entries, entries);
	count("returns", watch.returns, returns);
	count("wrong", watch.wrong, 0);
	watch.entries = watch.returns = 0;
}

static void calls_two(void)
{
	traced_two(1);
}

static void graph_function(void)
{
	start(&watch);
	must("outer", function(&watch, "traced_outer", 1));
	traced_inner(1, NULL);
	traced_two(1);
	told("outside", 0, 0);
	traced_outer(1, calls_two);
	told("outer, inner, two", 3, 3);
	traced_inner(1, calls_two);
	told("outside again", 0, 0);
	traced_tail_calls(1, calls_two);
	told("jumped to", 3, 3);
	must("sum", function(&watch, "traced_s*m", 0));
	value("sum", (unsigned long)traced_sum(20), 210);
	told("all of a recursion", 20, 20);
	must("not outer", function(&watch, "!traced_outer", 0));
	traced_outer(1, calls_two);
	told("not outer", 0, 0);
	must("tail", function(&watch, "traced_tail_calls", 1));
	traced_tail_calls(1, calls_two);
	told("it jumps at its end", 4, 4);
	traced_inner(1, calls_two);
	told("and it is over", 0, 0);
	must("all", function(&watch, "", 1));
	traced_inner(1, calls_two);
	told("all", 2, 2);
	watch_end(&watch, 0, 0);
}

static void graph_notrace(void)
{
	start(&watch);
	must("not below inner", except(&watch, "traced_inner", 1));
	traced_outer(1, calls_two);
	told("outer", 1, 1);
	traced_two(1);
	told("two", 1, 1);
	must("below outer", function(&watch, "traced_outer", 1));
	traced_outer(1, calls_two);
	told("outer", 1, 1);
	must("nor outer", except(&watch, "traced_outer", 0));
	traced_outer(1, calls_two);
	told("none", 0, 0);
	must("anywhere", function(&watch, "", 1));
	must("sum", except(&watch, "traced_sum", 1));
	value("sum", (unsigned long)traced_sum(20), 210);
	told("none of a recursion", 0, 0);
	traced_outer(1, calls_two);
	told("all", 3, 3);
	watch_end(&watch, 0, 0);
}

/* Who does not want the return of what it is below; and who else is there. */
static int entry_no(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		    struct ftrace_regs *fregs)
{
	struct watch *w = gops->priv;

	(void)trace, (void)fregs;
	w->entries++;
	return 0;
}

static void graph_function_clients(void)
{
	start(&watch);
	must("stop", unregister_ftrace_graph(&watch.gops));
	watch.gops.entryfunc = entry_no;
	watch_start(&watch);
	must("outer", function(&watch, "traced_outer", 1));
	start(&other);
	traced_outer(1, calls_two);
	told("outer, inner, two", 3, 0);
	traced_two(1);
	told("outside", 0, 0);
	watch_end(&other, 4, 4);
	traced_outer(1, calls_two);
	told("alone", 3, 0);
	traced_two(1);
	told("outside", 0, 0);
	watch_end(&watch, 0, 0);
}

/* Below a function of a client that has left, in its place. */
static void replaces(void)
{
	watch_end(&watch, 2, 0);
	start(&other);
	must("jumps", function(&other, "traced_jumps", 1));
	value("number", (unsigned long)other.gops.idx, 0);
	traced_two(1);
	count("not below that", other.entries, 0);
}

static void graph_function_leaves(void)
{
	start(&watch);
	must("outer", function(&watch, "traced_outer", 1));
	traced_outer(1, replaces);
	watch_end(&other, 0, 0);
}

/* Left by longjmp, which is no end of "below" that anybody told. */
static APART void jump(long n)
{
	jmp_buf env;
	volatile long keep = n;

	if (!setjmp(env))
		traced_jumps(&env, keep);
	else
		traced_two(keep);
}

static void graph_function_longjmp(void)
{
	unsigned int i;

	start(&watch);
	must("jumps", function(&watch, "traced_jumps", 1));
	for (i = 0; i < 600; i++) {
		jump(i % 7);
		told("jumps", 1 + i % 7, 0);
		traced_inner(1, NULL);
		told("outside", 0, 0);
	}
	must("anywhere", function(&watch, "", 1));
	must("not below jumps", except(&watch, "traced_jumps", 1));
	for (i = 0; i < 600; i++) {
		jump(i % 7);
		told("two", 1, 1);
	}
	watch_end(&watch, 0, 0);
}

static void graph_function_errors(void)
{
	static const char fn[] = "ftrace_set_graph_function";
	static const char no[] = "ftrace_set_graph_notrace";

	start(&watch);
	must("outer", function(&watch, "traced_outer", 1));
	log_clear();
	refused("NULL", ftrace_set_graph_function(NULL, "*", 1, 0), -EINVAL,
		fn, "NULL");
	refused("NULL", ftrace_set_graph_notrace(NULL, "*", 1, 0), -EINVAL,
		no, "NULL");
	refused("unknown", function(&watch, "nobody*", 1), -EINVAL, fn,
		"no function of that name");
	refused("unknown", except(&watch, "nobody*", 1), -EINVAL, no,
		"no function of that name");
	refused("class", function(&watch, "traced_[", 1), -EINVAL, fn,
		"a class without an end");
	refused("not there", function(&watch, "!traced_inner", 0), -ENOENT, fn,
		"not there");
	refused("length", ftrace_set_graph_function(&watch.gops, "*", -1, 0),
		-EINVAL, fn, "negative");
	fault.alloc = true;
	refused("memory", function(&watch, "traced_*", 1), -ENOMEM, fn,
		"no memory");
	fault.alloc = false;
	/* All that left it as it was. */
	traced_inner(1, NULL);
	told("outside", 0, 0);
	traced_outer(1, NULL);
	told("outer", 2, 2);
	watch_end(&watch, 0, 0);
}

const struct conf_case graph_filter_cases[] = {
	{ "graph_function", "-", graph_function },
	{ "graph_notrace", "-", graph_notrace },
	{ "graph_function_clients", "-", graph_function_clients },
	{ "graph_function_leaves", "-", graph_function_leaves },
	{ "graph_function_longjmp", "-", graph_function_longjmp },
	{ "graph_function_errors", "host", graph_function_errors },
	{ NULL, NULL, NULL },
};
