/* SPDX-License-Identifier: MIT */
/* One direct function for all functions of a filter. */
#include "sample.h"

static TRACED long sample_one(long x)
{
	return x + 1;
}

static TRACED long sample_two(long x)
{
	return x + 2;
}

static TRACED long other(long x)
{
	return x + 3;
}

notrace void sample_body_ip(unsigned long ip)
{
	printf("called: %s\n", ip == ftrace_location(CODE(sample_one)) ?
	       "sample_one" : "sample_two");
}

static notrace void call_all(void)
{
	printf("%ld\n", sample_one(10));
	printf("%ld\n", sample_two(10));
	printf("%ld\n", other(10));
}

notrace int main(void)
{
	static struct ftrace_ops ops;
	unsigned long addr = CODE(sample_direct_ip);

	check(ftrace_set_filter(&ops, "sample_*", 8, 1));
	check(register_ftrace_direct_multi(&ops, addr));
	call_all();
	check(unregister_ftrace_direct_multi(&ops, addr));
	ftrace_free_filter(&ops);
	call_all();
	return 0;
}
