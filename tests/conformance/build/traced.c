/* SPDX-License-Identifier: MIT */
/* The functions of the build rows, in C. */
#include "build.h"

#define FN(name)                       \
	BUILD_KEEP long name(long x);  \
	BUILD_KEEP long name(long x)

FN(build_one)
{
	return x + 1;
}

/* Its name is not among the dynamic symbols. */
BUILD_KEEP static long build_local(long x)
{
	return x * 3 + 4;
}

FN(build_calls)
{
	return build_one(x) + build_local(x) + 5;
}

/* What a linker may fold into one. */
FN(build_same_a)
{
	return x ^ 0x55;
}

FN(build_same_b)
{
	return x ^ 0x55;
}

FN(build_loop)
{
	volatile long sum = 0;

	for (; x < 5; x++)
		sum += x;
	return sum;
}

/* Nobody refers to these two. */
FN(build_dead_a)
{
	return x * 77;
}

FN(build_dead_b)
{
	return build_dead_a(x) + 78;
}

static const struct build_fn fns[] = {
	{ "build_one", build_one, 2, 1 },
	{ "build_local", build_local, 7, 1 },
	{ "build_calls", build_calls, 14, 3 },
	{ "build_same_a", build_same_a, 0x54, 1 },
	{ "build_same_b", build_same_b, 0x54, 1 },
	{ "build_loop", build_loop, 10, 1 },
	{ NULL, NULL, 0, 0 },
};

#define BOUND(name)                      \
	extern unsigned long name[]      \
		__attribute__((weak, visibility("hidden")))

BOUND(__start___patchable_function_entries);
BOUND(__stop___patchable_function_entries);
BOUND(__start___mcount_loc);
BOUND(__stop___mcount_loc);

#ifndef BUILD_FOLDED
#define BUILD_FOLDED 0
#endif

#ifdef BUILD_MCOUNT
#define SITES __start___mcount_loc, __stop___mcount_loc
#else
#define SITES __start___patchable_function_entries, \
	      __stop___patchable_function_entries
#endif

const struct build_traced build_traced = {
	fns, BUILD_OTHERS, BUILD_FOLDED, SITES
};
