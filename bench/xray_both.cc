/* SPDX-License-Identifier: MIT */
/* The body with clang's XRay sleds, as it makes them: at the entry and the exit. */
#include "bench.h"

[[clang::xray_always_instrument, gnu::noinline]] long bench_xray(long v)
{
	__asm__ volatile("");
	return v + 1;
}
