/* SPDX-License-Identifier: MIT */
/* Area 5: a traced function is called at every single instruction of a traced call. */
#include "conformance.h"
#include "stepper.h"

#define APART __attribute__((noipa))
#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED

/*
 * In each handler a traced function is called, with the client that was
 * interrupted and another. Whatever moment that was, the first is held to be
 * running when it calls its own function.
 */
static struct probe busy, beside;
static unsigned long at_ten, wrong;

static APART long step_caller(void)
{
	long r = traced_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

	__asm__ volatile("");
	return r;
}

static void call_two(void)
{
	wrong += traced_two(1) != 3;
}

static APART void calls_ten(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (ip == ftrace_location(CODE(traced_ten)) && at_ten++ < 10)
		traced_ten(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

static void interrupt(unsigned long flags, bool others)
{
	struct ftrace_stats before, stats;
	struct ftrace_site_info info;
	struct probe other;
	long result;

	ftrace_get_stats(&before);
	probe_init(&busy, flags);
	busy.ops.func = calls_ten;
	probe_on(&busy, traced_ten);
	probe_on(&busy, traced_two);
	must("register", register_ftrace_function(&busy.ops));
	probe_go(&beside, flags, probe_hit, traced_two);
	if (others)
		probe_go(&other, 0, probe_hit, traced_ten);
	site_info(ftrace_location(CODE(traced_ten)), &info);
	step_keep(1);
	step_function(CODE(step_caller));
	step_function(CODE(traced_ten));
	step_range(info.target, info.target + FTRACE_THUNK_SIZE);
	steps = at_ten = wrong = 0;
	step_begin(call_two);
	result = step_caller();
	step_end();
	value("result", (unsigned long)result, 385);
	value("steps", steps > 40, true);
	ftrace_get_stats(&stats);
	count("wrong", wrong, 0);
	count("entered", at_ten, 1);
	count("beside", beside.hits, steps);
	/* One at traced_ten itself. */
	count("hits and drops", busy.hits + stats.dropped - before.dropped,
	      steps + 2);
	if (others) {
		must("unregister", unregister_ftrace_function(&other.ops));
		count("other", other.hits, 2);
	}
	must("unregister", unregister_ftrace_function(&busy.ops));
	must("unregister", unregister_ftrace_function(&beside.ops));
}

static void recursion_step(void)
{
	step_entries();
	interrupt(0, false);
	interrupt(REGS, false);
	interrupt(0, true);
	interrupt(REGS, true);
}

const struct conf_case step_recursion_cases[] = {
	{ "recursion_step", "-", recursion_step },
	{ NULL, NULL, NULL },
};
