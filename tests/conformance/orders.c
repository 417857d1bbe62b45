/* SPDX-License-Identifier: MIT */
/* Areas 8 and 9: who comes, who goes, and what is refused in between. */
#include <string.h>

#include "conformance.h"

/*
 * Two functions, both with all the tracers that there are. The first has a
 * direct client of its own; the second one that came by a filter.
 */
#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED

enum { DIRECT_1, DIRECT_2, ARGS, FULL, CLIENTS };

static struct probe tracer[2];
static struct ftrace_ops ops;
static unsigned int on;		/* a bit for each client */

static bool is_on(unsigned int who)
{
	return on & 1u << who;
}

static int flip(unsigned int who)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);
	unsigned long ip = CODE(traced_one);

	switch (who) {
	case DIRECT_1:
		return is_on(who) ? unregister_ftrace_direct(ip, one) :
				    register_ftrace_direct(ip, one);
	case DIRECT_2:
		return is_on(who) ? unregister_ftrace_direct_multi(&ops, two) :
				    register_ftrace_direct_multi(&ops, two);
	default:
		return is_on(who) ?
			unregister_ftrace_function(&tracer[who - ARGS].ops) :
			register_ftrace_function(&tracer[who - ARGS].ops);
	}
}

/* One call of each function: everybody who is on is called, once for each. */
static void check(void)
{
	unsigned long was[CLIENTS] = { direct_hits[1], direct_hits[2],
				       tracer[0].hits, tracer[1].hits };

	value("one", (unsigned long)traced_one(1), 2);
	if (is_on(DIRECT_1) && (is_on(ARGS) || is_on(FULL)))
		value("callbacks first",
		      tracer[0].order < direct_order &&
		      tracer[1].order < direct_order, true);
	value("two", (unsigned long)traced_two(1), 3);
	count("direct one", direct_hits[1] - was[DIRECT_1], is_on(DIRECT_1));
	count("direct two", direct_hits[2] - was[DIRECT_2], is_on(DIRECT_2));
	count("args", tracer[0].hits - was[ARGS], 2 * is_on(ARGS));
	count("regs", tracer[1].hits - was[FULL], 2 * is_on(FULL));
	value("find", ftrace_find_rec_direct(CODE(traced_one)),
	      is_on(DIRECT_1) ? CODE(direct_one) : 0);
	value("find", ftrace_find_rec_direct(CODE(traced_two)),
	      is_on(DIRECT_2) ? CODE(direct_two) : 0);
}

/* A call that must fail and leave all as it is; then the call that works. */
static void step(unsigned int who)
{
	struct snap before;

	snap_take(&before);
	fault.text_open = true;
	value("refused", (unsigned long)flip(who), (unsigned long)-EPERM);
	fault.text_open = false;
	snap_same("refused", &before);
	check();
	if (!is_on(who)) {
		fault.alloc = true;
		if (!flip(who))
			on ^= 1u << who;	/* it needed no memory */
		fault.alloc = false;
		check();
	}
	if (is_on(who)) {
		must("flip", flip(who));
		on ^= 1u << who;
		check();
	}
	must("flip", flip(who));
	on ^= 1u << who;
	check();
}

static void leave(unsigned int who)
{
	struct snap before;

	snap_take(&before);
	fault.text_open = true;
	value("refused", (unsigned long)flip(who), (unsigned long)-EPERM);
	fault.text_open = false;
	snap_same("refused", &before);
	check();
	must("leave", flip(who));
	on &= ~(1u << who);
	check();
}

static const unsigned int parties[][2] = {
	/* direct clients, tracers */
	{ 1u << DIRECT_1, 1u << ARGS },
	{ 1u << DIRECT_1, 1u << FULL },
	{ 1u << DIRECT_1, 1u << ARGS | 1u << FULL },
	{ 1u << DIRECT_1 | 1u << DIRECT_2, 1u << ARGS },
	{ 1u << DIRECT_1 | 1u << DIRECT_2, 1u << FULL },
	{ 1u << DIRECT_1 | 1u << DIRECT_2, 1u << ARGS | 1u << FULL },
};

static void each(unsigned int who, void (*what)(unsigned int))
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		if (who & 1u << i)
			what(i);
}

/* Direct clients or tracers come first; and they or the others leave last. */
static void order(bool tracers_first, bool first_leave_last)
{
	unsigned int i, twice;

	must("filter", ftrace_set_filter_ip(&ops, CODE(traced_two), 0, 0));
	for (i = 0; i < 2; i++) {
		probe_init(&tracer[i], i ? REGS : 0);
		probe_on(&tracer[i], traced_one);
		probe_on(&tracer[i], traced_two);
	}
	for (i = 0; i < sizeof(parties) / sizeof(parties[0]); i++)
		for (twice = 0; twice < 2; twice++) {
			check();
			each(parties[i][tracers_first], step);
			each(parties[i][!tracers_first], step);
			each(parties[i][tracers_first ^ first_leave_last],
			     leave);
			each(parties[i][!(tracers_first ^ first_leave_last)],
			     leave);
		}
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	show_nop("traced_two", ftrace_location(CODE(traced_two)));
}

static void orders_dcdc(void)
{
	order(false, false);
}

static void orders_dccd(void)
{
	order(false, true);
}

static void orders_cdcd(void)
{
	order(true, false);
}

static void orders_cddc(void)
{
	order(true, true);
}

/* A client that sends a function elsewhere, and a direct call beside it. */
static unsigned long asked[4];
static int answer;

static int ops_func(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	value("asked for", (unsigned long)op, (unsigned long)&ops);
	asked[cmd]++;
	return answer;
}

static void redirects(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	ftrace_regs_set_instruction_pointer(fregs, CODE(plain_ten));
}

#define SELF FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_SELF
#define PEER FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_PEER
#define OVER FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER

static void told(unsigned long self, unsigned long peer, unsigned long over)
{
	count("self", asked[SELF], self);
	count("peer", asked[PEER], peer);
	count("over", asked[OVER], over);
	memset(asked, 0, sizeof(asked));
}

static int direct_on(void)
{
	return register_ftrace_direct_multi(&ops, CODE(direct_one));
}

static int mover_on(void)
{
	return register_ftrace_function(&tracer[0].ops);
}

static void calls(unsigned long movers, unsigned long directs)
{
	unsigned long was[2] = { tracer[0].hits, direct_hits[1] };
	long sum = traced_ten(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);

	value("result", (unsigned long)sum, movers ?
	      (unsigned long)plain_ten(1, 1, 1, 1, 1, 1, 1, 1, 1, 1) : 55);
	count("mover", tracer[0].hits - was[0], movers);
	count("direct", direct_hits[1] - was[1], directs);
}

static void ipmodify(unsigned long flags, bool direct_first)
{
	struct snap before;

	memset(&ops, 0, sizeof(ops));
	probe_init(&tracer[0], FTRACE_OPS_FL_IPMODIFY | flags);
	tracer[0].ops.func = redirects;
	probe_on(&tracer[0], traced_ten);
	must("filter", ftrace_set_filter_ip(&ops, CODE(traced_ten), 0, 0));
	must("first", direct_first ? direct_on() : mover_on());
	snap_take(&before);
	log_clear();
	refused("nobody to ask", direct_first ? mover_on() : direct_on(),
		-EBUSY, direct_first ? "register_ftrace_function" :
				       "register_ftrace_direct_multi",
		"ops_func");
	snap_same("nobody to ask", &before);
	ops.ops_func = ops_func;
	answer = -EAGAIN;
	value("no", (unsigned long)(direct_first ? mover_on() : direct_on()),
	      (unsigned long)-EAGAIN);
	told(!direct_first, direct_first, 0);
	snap_same("no", &before);
	calls(!direct_first, direct_first);
	answer = 0;
	must("second", direct_first ? mover_on() : direct_on());
	told(!direct_first, direct_first, 0);
	calls(1, 1);
	must("leaves", unregister_ftrace_function(&tracer[0].ops));
	told(0, 0, 1);
	calls(0, 1);
	must("leaves", unregister_ftrace_direct_multi(&ops, CODE(direct_one)));
	told(0, 0, 0);
	calls(0, 0);
	ftrace_free_filter(&tracer[0].ops);
	ftrace_free_filter(&ops);
}

static void share_ipmodify_first(void)
{
	ipmodify(0, false);
	ipmodify(REGS, false);
}

static void share_ipmodify_second(void)
{
	ipmodify(0, true);
	ipmodify(REGS, true);
}

/* One of many functions has such a client already: none gets a second. */
static void regs_ipmodify_rollback(void)
{
	struct snap before;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		probe_init(&tracer[i], FTRACE_OPS_FL_IPMODIFY);
		probe_on(&tracer[i], traced_far_a);
	}
	probe_on(&tracer[1], traced_one);
	probe_on(&tracer[1], traced_two);
	probe_on(&tracer[1], traced_ten);
	must("first", register_ftrace_function(&tracer[0].ops));
	snap_take(&before);
	log_clear();
	refused("second", register_ftrace_function(&tracer[1].ops), -EBUSY,
		"register_ftrace_function", "instruction pointer");
	snap_same("second", &before);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	show_nop("traced_ten", ftrace_location(CODE(traced_ten)));
	show_thunk("traced_far_a", ftrace_location(CODE(traced_far_a)), 1);
	must("first", unregister_ftrace_function(&tracer[0].ops));
	must("second", register_ftrace_function(&tracer[1].ops));
	must("second", unregister_ftrace_function(&tracer[1].ops));
}

const struct conf_case orders_cases[] = {
	{ "orders_dcdc", "host", orders_dcdc },
	{ "orders_dccd", "host", orders_dccd },
	{ "orders_cdcd", "host", orders_cdcd },
	{ "orders_cddc", "host", orders_cddc },
	{ "share_ipmodify_first", "-", share_ipmodify_first },
	{ "share_ipmodify_second", "-", share_ipmodify_second },
	{ "regs_ipmodify_rollback", "-", regs_ipmodify_rollback },
	{ NULL, NULL, NULL },
};
