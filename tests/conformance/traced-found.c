/* SPDX-License-Identifier: MIT */
/* Functions with sites that no list names. */
#include "conformance.h"

__attribute__((noinline)) long found_one(long x)
{
	return x + 11;
}

__attribute__((noinline)) long found_two(long x)
{
	return x + 12;
}

__attribute__((noinline)) long found_three(long x)
{
	return x + 13;
}

__attribute__((noinline)) long found_ten(long a, long b, long c, long d, long e,
					 long f, long g, long h, long i, long j)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
	       9 * i + 10 * j;
}

__attribute__((noinline)) double found_double(double a, double b)
{
	return a - 2 * b;
}
