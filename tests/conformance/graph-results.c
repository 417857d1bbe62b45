/* SPDX-License-Identifier: MIT */
/* Area 13: whatever may hold a result is as the function left it. */
#include <string.h>

#include "graph.h"

static unsigned char in[STATE_SIZE] __attribute__((aligned(16)));
static unsigned char want[STATE_SIZE], after[STATE_SIZE];

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
	struct fgraph_ops gops;
	const struct state_reg *r;
	unsigned int i;

	for (i = 0; i < STATE_SIZE; i++)
		in[i] = (unsigned char)(19 * i + i / 7 + 1);
	state_adjust(in);
	state_call(in, want);
	state_call(in, want);
	spoil_init(&gops);
	must("filter", ftrace_set_filter_ip(&gops.ops, CODE(state_target), 0, 0));
	must("register", register_ftrace_graph(&gops));
	state_call(in, after);
	spoil_end(&gops, 1);
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
