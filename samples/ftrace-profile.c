/* SPDX-License-Identifier: MIT */
/* The kernel's function_profile_enabled: how often, and for how long. */
#include <string.h>

#include <ftrace/profile.h>

#include "sample.h"

static TRACED long inner(long n)
{
	return n + 1;
}

static TRACED long middle(long n)
{
	long a = inner(n), b = inner(a);

	__asm__ volatile("");
	return a + b;
}

static TRACED long outer(long n)
{
	long a = middle(n), b = middle(a), c = middle(b);

	__asm__ volatile("");
	return a + b + c;
}

static int times;	/* print them: they are others each time */

static notrace int put_line(const char *line, void *arg)
{
	(void)arg;
	/* The name and the hits end there. */
	printf("%.*s\n", times ? (int)strlen(line) : 44, line);
	return 0;
}

notrace int main(int argc, char **argv)
{
	struct ftrace_ops *ops = ftrace_profile_ops();
	long sum = 0, i;

	times = argc > 1 && !strcmp(argv[1], "times");
	check(ftrace_set_filter_ip(ops, CODE(outer), 0, 0));
	check(ftrace_set_filter_ip(ops, CODE(middle), 0, 0));
	check(ftrace_set_filter_ip(ops, CODE(inner), 0, 0));
	check(ftrace_profile_enable(1));
	for (i = 0; i < 1000; i++)
		sum += outer(i);
	check(ftrace_profile_enable(0));
	check(ftrace_profile_print(put_line, NULL));
	printf("sum %ld\n", sum + outer(1) - outer(1));
	return 0;
}
