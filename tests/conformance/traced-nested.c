/* SPDX-License-Identifier: MIT */
/* Functions within functions: their sites keep the static chain. */
#include "stack.h"

#define TRACED __attribute__((noipa, aligned(16)))

TRACED long traced_around(long x)
{
	long seen = x;

	/* With more arguments than registers, the chain comes beside them. */
	TRACED long traced_within(long a, long b, long c, long d, long e,
				  long f, long g, long h, long i, long j)
	{
		seen += a;
		return x * (a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g +
			    8 * h + 9 * i + 10 * j);
	}

	x = traced_within(1, x, 3, 4, 5, 6, 7, 8, 9, x);
	return x + seen + traced_within(seen, 1, 2, 3, 4, 5, 6, 7, 8, 9);
}

/* Its address is that of code on the stack, which loads the chain. */
TRACED long traced_around_far(long x)
{
	long seen = x;

	TRACED long traced_within_far(long a)
	{
		seen += a;
		return x * a;
	}

	x = stack_apply(traced_within_far, x + 1);
	return stack_apply(traced_within_far, x) + seen;
}
