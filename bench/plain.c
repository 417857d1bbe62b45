/* SPDX-License-Identifier: MIT */
/* The floor: the body without anything at its entry. */
#include "bench.h"

__attribute__((noinline)) long bench_plain(long v)
{
	__asm__ volatile("");
	return v + 1;
}
