/* SPDX-License-Identifier: MIT */
/* Area 13: whatever may hold a result is as the function left it. */
#include <string.h>

#include "graph.h"

static unsigned char in[STATE_SIZE] __attribute__((aligned(16)));
static unsigned char want[STATE_SIZE], after[STATE_SIZE];

/* Both handlers destroy what they may, as callbacks do. */
static struct probe entered, returned;

static int on_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		    struct ftrace_regs *fregs)
{
	(void)gops;
	state_callback(trace->func, trace->retaddr, &entered.ops, fregs);
	return 1;
}

static void on_return(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		      struct ftrace_regs *fregs)
{
	(void)gops;
	state_callback(trace->func, trace->retaddr, &returned.ops, fregs);
}

static bool is_result(const char *name)
{
	static const char *const results[] = { STATE_RESULTS };
	size_t i;

	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (!strcmp(name, results[i]))
			return true;
	return false;
}

static void graph_results(void)
{
	static struct fgraph_ops gops = { .entryfunc = on_entry,
					  .retfunc = on_return };
	const struct state_reg *r;
	unsigned int i;

	for (i = 0; i < STATE_SIZE; i++)
		in[i] = (unsigned char)(19 * i + i / 7 + 1);
	state_adjust(in);
	state_call(in, want);
	state_call(in, want);
	probe_init(&entered, 0);
	probe_init(&returned, 0);
	value("filter", (unsigned long)ftrace_set_filter_ip(&gops.ops,
					CODE(state_target), 0, 0), 0);
	value("register", (unsigned long)register_ftrace_graph(&gops), 0);
	state_call(in, after);
	value("unregister", (unsigned long)unregister_ftrace_graph(&gops), 0);
	count("entered", entered.hits, 1);
	count("returned", returned.hits, 1);
	for (r = state_regs; r->name; r++)
		if (is_result(r->name))
			value(r->name, memcmp(after + r->offset,
					      want + r->offset, r->size) != 0,
			      false);
}

const struct conf_case graph_results_cases[] = {
	{ "graph_results", "-", graph_results },
	{ NULL, NULL, NULL },
};
