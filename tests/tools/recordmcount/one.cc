/* SPDX-License-Identifier: MIT */
/*
 * Half of a C++ program that counts its own sites: it prints their number, and
 * fails if one of them is not in its code.
 */
#include <stdint.h>
#include <stdio.h>
#include "shared.h"

extern "C" {
#define BOUND __attribute__((weak, visibility("hidden")))
extern const uintptr_t __start___patchable_function_entries[] BOUND;
extern const uintptr_t __stop___patchable_function_entries[] BOUND;
extern const uintptr_t __start___mcount_loc[] BOUND;
extern const uintptr_t __stop___mcount_loc[] BOUND;
extern const char __executable_start[], etext[];
}

int sink;

/* Nobody calls it: --gc-sections may drop it. */
NOINLINE int dead(int x)
{
	return x + sink;
}

static NOINLINE int count(const uintptr_t *p, const uintptr_t *end)
{
	int n = 0;

	for (; p < end; p++, n++)
		if (*p < (uintptr_t)__executable_start ||
		    *p >= (uintptr_t)etext)
			return -1000;
	return n;
}

int main()
{
	box<int> b(twice(4));
	int n = 0;

	if (b.get() + half(2) + other(3) + (int)twice(2L) == 0)
		return 1;
	n += count(__start___patchable_function_entries,
		   __stop___patchable_function_entries);
	n += count(__start___mcount_loc, __stop___mcount_loc);
	printf("%d\n", n);
	return n <= 0;
}
