/* SPDX-License-Identifier: MIT */
/* A direct call: a function's site calls ours, with the same arguments. */
#include "sample.h"

static TRACED long wake_up(long who, long how)
{
	return who + how;
}

notrace void sample_body(long who, long how)
{
	printf("waking up %ld, %ld times\n", who, how);
}

notrace int main(void)
{
	unsigned long ip = CODE(wake_up), addr = CODE(sample_direct);

	check(register_ftrace_direct(ip, addr));
	printf("%ld\n", wake_up(40, 2));
	printf("%ld\n", wake_up(50, 5));
	check(unregister_ftrace_direct(ip, addr));
	printf("%ld\n", wake_up(60, 6));
	return 0;
}
