/* SPDX-License-Identifier: MIT */
/* The bodies with clang's XRay sleds at their entry alone. */
#include "bench.h"
#include "wide.h"

[[clang::xray_always_instrument, gnu::noinline]] long bench_xray_entry(long v)
{
	__asm__ volatile("");
	return v + 1;
}

[[clang::xray_always_instrument]] __m256i bench_xray_256(__m256i v)
{
	__asm__ volatile("");
	return _mm256_add_epi64(v, _mm256_set1_epi64x(1));
}

[[clang::xray_always_instrument]] __m512i bench_xray_512(__m512i v)
{
	__asm__ volatile("");
	return _mm512_add_epi64(v, _mm512_set1_epi64(1));
}
