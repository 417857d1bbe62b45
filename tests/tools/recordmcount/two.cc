/* SPDX-License-Identifier: MIT */
/* The other half of the program: copies of what one.cc defines too. */
#include "shared.h"

NOINLINE int other(int x)
{
	box<int> a(x);
	box<long> b(half(x));

	return twice(x) + (int)twice((long)x) + a.get() + (int)b.get();
}

NOINLINE int dead_too(int x)
{
	return other(x) + sink;
}
