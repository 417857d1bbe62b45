/* SPDX-License-Identifier: MIT */
/* The body with a site of ours, once for each row. */
#include "bench.h"

#define BODY(name)                             \
	__attribute__((noinline)) long name(long v) \
	{                                      \
		__asm__ volatile("");          \
		return v + 1;                  \
	}

BODY(bench_site)
BODY(bench_direct)
BODY(bench_shared)
BODY(bench_far)
BODY(bench_redirect)
BODY(bench_1)
BODY(bench_graph)
BODY(bench_swapped)
BODY(bench_safe)
BODY(bench_regs)
BODY(bench_2)
BODY(bench_4)
BODY(bench_8)
BODY(bench_16)
BODY(bench_again)
BODY(bench_other)
BODY(bench_moved)
BODY(bench_leaves)
BODY(bench_sleeps)
BODY(bench_profiled)
