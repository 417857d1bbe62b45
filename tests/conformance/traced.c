/* SPDX-License-Identifier: MIT */
/* Functions that have sites: the one file that is built to be traced. */
#include "conformance.h"

/* Seen from outside as it is: no clone, no inlining, nothing known of it. */
#define TRACED __attribute__((noipa, aligned(16)))
#define LONELY __attribute__((noipa, aligned(4096), section(".text.lonely")))

long traced_ten_runs;
void (*handler_hook)(void *context);

TRACED long traced_one(long x)
{
	return x + 1;
}

TRACED long traced_two(long x)
{
	return x + 2;
}

TRACED long traced_far_a(long x)
{
	return x + 3;
}

TRACED long traced_ten(long a, long b, long c, long d, long e, long f, long g,
		       long h, long i, long j)
{
	traced_ten_runs++;
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
	       9 * i + 10 * j;
}

/* Not a tail call: the caller must be seen in a backtrace. */
TRACED long traced_calls(long (*fn)(long), long x)
{
	return fn(x) + 1;
}

TRACED HANDLER void traced_handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	handler_hook(context);
	__asm__ volatile("");
}

LONELY long traced_lonely_a(long x)
{
	return x + 4;
}

LONELY long traced_lonely_b(long x)
{
	return x + 4;
}
