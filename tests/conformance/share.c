/* SPDX-License-Identifier: MIT */
/* Area 8: a direct call that shares its function with callbacks. */
#include "conformance.h"

static struct probe a, b;
static unsigned long expected_a, expected_d;
static bool on_a, on_d;

static unsigned long site(void)
{
	return ftrace_location(CODE(traced_one));
}

/* One call; who is on is called once, the callback first. */
static void check(void)
{
	expected_a += on_a;
	expected_d += on_d;
	value("result", (unsigned long)traced_one(1), 2);
	count("callback", a.hits, expected_a);
	count("direct", direct_hits[1], expected_d);
	if (on_a && on_d)
		value("callback first", a.order < direct_order, true);
	if (on_d && !on_a)
		show_direct("traced_one", site(), CODE(direct_one));
	else if (on_a)
		show_thunk("traced_one", site(), on_a + on_d);
	else
		show_nop("traced_one", site());
	value("find", ftrace_find_rec_direct(site()),
	      on_d ? CODE(direct_one) : 0);
}

static void flip_d(void)
{
	unsigned long addr = CODE(direct_one);

	value("direct", (unsigned long)(on_d ?
			unregister_ftrace_direct(site(), addr) :
			register_ftrace_direct(site(), addr)), 0);
	on_d = !on_d;
	check();
}

static void flip_a(void)
{
	value("client", (unsigned long)(on_a ?
			unregister_ftrace_function(&a.ops) :
			register_ftrace_function(&a.ops)), 0);
	on_a = !on_a;
	check();
}

/* @first comes first; @last leaves last. */
static void order(void (*first)(void), void (*second)(void),
		  void (*leaves)(void), void (*last)(void))
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		probe_init(&a, i ? FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED : 0);
		probe_on(&a, traced_one);
		expected_a = 0;
		check();
		first();
		second();
		leaves();
		last();
		ftrace_free_filter(&a.ops);
	}
}

static void share_dcdc(void)
{
	order(flip_d, flip_a, flip_d, flip_a);
}

static void share_dccd(void)
{
	order(flip_d, flip_a, flip_a, flip_d);
}

static void share_cdcd(void)
{
	order(flip_a, flip_d, flip_a, flip_d);
}

static void share_cddc(void)
{
	order(flip_a, flip_d, flip_d, flip_a);
}

static void two_clients(unsigned long flags_a, unsigned long flags_b)
{
	unsigned long addr = CODE(direct_one);

	probe_init(&a, flags_a);
	probe_init(&b, flags_b);
	probe_on(&a, traced_one);
	probe_on(&b, traced_one);
	direct_hits[1] = 0;
	register_ftrace_function(&a.ops);
	value("direct", (unsigned long)register_ftrace_direct(site(), addr), 0);
	register_ftrace_function(&b.ops);
	show_thunk("traced_one", site(), 3);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 1);
	count("b", b.hits, 1);
	count("direct", direct_hits[1], 1);
	value("order", b.order < a.order && a.order < direct_order, true);
	unregister_ftrace_function(&a.ops);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 1);
	count("b", b.hits, 2);
	count("direct", direct_hits[1], 2);
	unregister_ftrace_function(&b.ops);
	show_direct("traced_one", site(), addr);
	value("result", (unsigned long)traced_one(1), 2);
	count("direct", direct_hits[1], 3);
	value("direct", (unsigned long)unregister_ftrace_direct(site(), addr),
	      0);
	show_nop("traced_one", site());
}

static void share_two(void)
{
	two_clients(0, 0);
	two_clients(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, 0);
	two_clients(0, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
}

static void share_modify(void)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);
	unsigned long far_hits = 0, far = far_make(&far_hits);

	probe_init(&a, 0);
	probe_on(&a, traced_one);
	register_ftrace_function(&a.ops);
	value("direct", (unsigned long)register_ftrace_direct(site(), one), 0);
	traced_one(1);
	value("modify",
	      (unsigned long)modify_ftrace_direct(site(), one, two), 0);
	show_thunk("traced_one", site(), 2);
	traced_one(1);
	value("modify",
	      (unsigned long)modify_ftrace_direct(site(), two, far), 0);
	show_thunk("traced_one", site(), 2);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 3);
	count("one", direct_hits[1], 1);
	count("two", direct_hits[2], 1);
	count("far", far_hits, 1);
	unregister_ftrace_function(&a.ops);
	show_far("traced_one", site(), far);
	traced_one(1);
	count("a", a.hits, 3);
	count("far", far_hits, 2);
	value("direct", (unsigned long)unregister_ftrace_direct(site(), far),
	      0);
	show_nop("traced_one", site());
}

/* A guarded client that is dropped takes the direct function with it not. */
static void calls_itself(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (order_now < 100)
		traced_one(1);
}

static void share_nested(void)
{
	unsigned long addr = CODE(direct_one);

	probe_init(&a, 0);
	a.ops.func = calls_itself;
	probe_on(&a, traced_one);
	register_ftrace_function(&a.ops);
	value("direct", (unsigned long)register_ftrace_direct(site(), addr), 0);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 1);
	count("direct", direct_hits[1], 2);
	unregister_ftrace_function(&a.ops);
	value("direct", (unsigned long)unregister_ftrace_direct(site(), addr),
	      0);
}

/*
 * The kernel's ftrace_caller without WITH_ARGS hands NULL to who asks for no
 * registers, and a direct call that shares the function stores through it.
 */
static void share_null_registers(void)
{
	unsigned long addr = CODE(direct_one);
	struct ftrace_site_info info;

	probe_init(&a, 0);
	probe_on(&a, traced_one);
	register_ftrace_function(&a.ops);
	value("result", (unsigned long)traced_one(1), 2);
	site_info(site(), &info);
	value("registers", info.flags & FTRACE_SITE_REGS, 0);
	value("direct", (unsigned long)register_ftrace_direct(site(), addr), 0);
	site_info(site(), &info);
	value("registers", info.flags & FTRACE_SITE_REGS,
	      has_args() ? 0 : FTRACE_SITE_REGS);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 2);
	count("direct", direct_hits[1], 1);
	value("direct", (unsigned long)unregister_ftrace_direct(site(), addr),
	      0);
	site_info(site(), &info);
	value("registers", info.flags & FTRACE_SITE_REGS, 0);
	unregister_ftrace_function(&a.ops);
}

/* And its ftrace_regs_caller never looks for a direct call. */
static void share_skipped_direct(void)
{
	unsigned long addr = CODE(direct_one);

	probe_init(&a, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	probe_on(&a, traced_one);
	value("direct", (unsigned long)register_ftrace_direct(site(), addr), 0);
	register_ftrace_function(&a.ops);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 1);
	count("direct", direct_hits[1], 1);
	unregister_ftrace_function(&a.ops);
	value("direct", (unsigned long)unregister_ftrace_direct(site(), addr),
	      0);
}

const struct conf_case share_cases[] = {
	{ "share_dcdc", "-", share_dcdc },
	{ "share_dccd", "-", share_dccd },
	{ "share_cdcd", "-", share_cdcd },
	{ "share_cddc", "-", share_cddc },
	{ "share_two", "-", share_two },
	{ "share_modify", "-", share_modify },
	{ "share_nested", "-", share_nested },
	{ "share_null_registers", "-", share_null_registers },
	{ "share_skipped_direct", "-", share_skipped_direct },
	{ NULL, NULL, NULL },
};
