/* SPDX-License-Identifier: MIT */
/* The script: every call that changes text, each kind of change once. */
#include "script.h"

static struct probe a, b;

traced_fn *lonely(void)
{
	return CODE(traced_lonely_a) < CODE(traced_lonely_b) ? traced_lonely_a :
							       traced_lonely_b;
}

static unsigned long code(void)
{
	return CODE(lonely());
}

static int filter_a(void)
{
	return ftrace_set_filter_ip(&a.ops, code(), 0, 0);
}

static int register_a(void)
{
	return register_ftrace_function(&a.ops);
}

static int unregister_a(void)
{
	return unregister_ftrace_function(&a.ops);
}

static int filter_b(void)
{
	return ftrace_set_filter_ip(&b.ops, CODE(traced_two), 0, 0);
}

static int register_b(void)
{
	return register_ftrace_function(&b.ops);
}

static int widen_b(void)
{
	return ftrace_set_filter_ip(&b.ops, code(), 0, 0);
}

static int narrow_b(void)
{
	return ftrace_set_filter_ip(&b.ops, code(), 1, 0);
}

static int name_b(void)
{
	return ftrace_set_filter(&b.ops, lonely() == traced_lonely_a ?
				 "traced_lonely_a" : "traced_lonely_b", 15, 0);
}

static int unregister_b(void)
{
	return unregister_ftrace_function(&b.ops);
}

static int direct_add(void)
{
	return register_ftrace_direct(code(), CODE(direct_one));
}

static int direct_1_to_2(void)
{
	return modify_ftrace_direct(code(), CODE(direct_one), CODE(direct_two));
}

static int direct_2_to_1(void)
{
	return modify_ftrace_direct(code(), CODE(direct_two), CODE(direct_one));
}

static int direct_del(void)
{
	return unregister_ftrace_direct(code(), CODE(direct_one));
}

const struct step script[] = {
	{ "filter a", "ftrace_set_filter_ip", false, filter_a, 0, 0, 0 },
	{ "nop to a", "register_ftrace_function", true, register_a, 1, 0, 0 },
	{ "filter b", "ftrace_set_filter_ip", false, filter_b, 1, 0, 0 },
	{ "b elsewhere", "register_ftrace_function", false, register_b,
	  1, 0, 0 },
	{ "a to ab", "ftrace_set_filter_ip", true, widen_b, 1, 1, 0 },
	{ "ab to a", "ftrace_set_filter_ip", true, narrow_b, 1, 0, 0 },
	{ "a to ab by name", "ftrace_set_filter", true, name_b, 1, 1, 0 },
	{ "ab to a again", "unregister_ftrace_function", true, unregister_b,
	  1, 0, 0 },
	{ "a to direct and a", "register_ftrace_direct", true, direct_add,
	  1, 0, 1 },
	{ "direct 1 to 2 with a", "modify_ftrace_direct", true, direct_1_to_2,
	  1, 0, 2 },
	{ "direct and a to ab", "register_ftrace_function", true, register_b,
	  1, 1, 2 },
	{ "ab to b with direct", "unregister_ftrace_function", true,
	  unregister_a, 0, 1, 2 },
	{ "b with direct to direct", "unregister_ftrace_function", true,
	  unregister_b, 0, 0, 2 },
	{ "direct 2 to 1", "modify_ftrace_direct", true, direct_2_to_1,
	  0, 0, 1 },
	{ "direct to nop", "unregister_ftrace_direct", true, direct_del,
	  0, 0, 0 },
	{ "nop to direct", "register_ftrace_direct", true, direct_add,
	  0, 0, 1 },
	{ "direct to direct and a", "register_ftrace_function", true,
	  register_a, 1, 0, 1 },
	{ "direct and a to a", "unregister_ftrace_direct", true, direct_del,
	  1, 0, 0 },
	{ "a to nop", "unregister_ftrace_function", true, unregister_a,
	  0, 0, 0 },
	{ NULL, NULL, false, NULL, 0, 0, 0 },
};

void script_init(void)
{
	ftrace_free_filter(&a.ops);
	ftrace_free_filter(&b.ops);
	probe_init(&a, 0);
	probe_init(&b, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
}

void script_check(const struct step *s)
{
	unsigned long was_a = a.hits, was_b = b.hits;
	unsigned long was_1 = direct_hits[1], was_2 = direct_hits[2];

	value("result", (unsigned long)lonely()(1), 5);
	count("a", a.hits - was_a, s->a);
	count("b", b.hits - was_b, s->b);
	count("direct one", direct_hits[1] - was_1, s->direct == 1);
	count("direct two", direct_hits[2] - was_2, s->direct == 2);
	value("find", ftrace_find_rec_direct(code()),
	      !s->direct ? 0 : CODE(s->direct == 1 ? direct_one : direct_two));
}
