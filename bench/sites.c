/* SPDX-License-Identifier: MIT */
/* The body with a site of ours. */
#include "bench.h"

__attribute__((noinline)) long bench_site(long v)
{
	__asm__ volatile("");
	return v + 1;
}

__attribute__((noinline)) long bench_other(long v)
{
	__asm__ volatile("");
	return v + 2;
}
