/* SPDX-License-Identifier: MIT */
/* The body as -finstrument-functions makes it. */
#include "bench.h"

__attribute__((noinline)) long bench_instrumented(long v)
{
	__asm__ volatile("");
	return v + 1;
}
