/* SPDX-License-Identifier: MIT */
/* The bodies for whole vectors, with a site each. */
#include "wide.h"

BENCH_256 __m256i bench_site_256(__m256i v)
{
	__asm__ volatile("");
	return _mm256_add_epi64(v, _mm256_set1_epi64x(1));
}

BENCH_512 __m512i bench_site_512(__m512i v)
{
	__asm__ volatile("");
	return _mm512_add_epi64(v, _mm512_set1_epi64(1));
}
