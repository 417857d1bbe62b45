/* SPDX-License-Identifier: MIT */
/*
 * Run by uftrace, which a program must be built for: the body and the loop of the
 * benchmark. A line for each repeat: ns of a traced call, and of a plain one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PLAIN __attribute__((no_instrument_function))

static __attribute__((noipa)) long traced(long v)
{
	__asm__ volatile("");
	return v + 1;
}

static PLAIN __attribute__((noipa)) long plain(long v)
{
	__asm__ volatile("");
	return v + 1;
}

static PLAIN double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static PLAIN double time_calls(long (*volatile fn)(long), long calls)
{
	double start = cpu_now();
	long v = 0, i;

	for (i = 0; i < calls; i++)
		v = fn(v);
	if (v != calls)
		exit(1);
	return (cpu_now() - start) / (double)calls;
}

PLAIN int main(int argc, char **argv)
{
	long repeats = argc > 2 ? atol(argv[1]) : 1;
	long calls = argc > 2 ? atol(argv[2]) : 1, i;

	for (i = 0; i < repeats; i++) {
		double zero = time_calls(plain, calls);

		printf("%f %f\n", time_calls(traced, calls), zero);
	}
	return 0;
}
