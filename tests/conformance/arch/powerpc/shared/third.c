/* SPDX-License-Identifier: MIT */
/* A third object: neither the library's nor the traced function's. */
#include "../../../conformance.h"
#include "../objects.h"

#define SITE(n) __attribute__((noipa, patchable_function_entry(n)))

unsigned long third_hits;
static struct ftrace_ops *last;

SITE(0) void third_callback(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	third_hits++;
	last = op;
}

SITE(0) struct ftrace_ops *third_last(void)
{
	return last;
}

/* Finds third_hits by r2. */
SITE(2) long third_uses_toc(long x)
{
	return x + (long)third_hits;
}

SITE(2) long third_leaf(long x)
{
	return x + 1;
}

SITE(1) long third_one_nop(long x)
{
	return x + 1;
}

SITE(4) long third_four(long x)
{
	return x + 1;
}

__attribute__((noipa, patchable_function_entry(4, 2))) long
third_four_two(long x)
{
	return x + 1;
}
