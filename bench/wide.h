/* SPDX-License-Identifier: MIT */
/* The body for whole vectors: one more in each lane. */
#ifndef FTRACE_BENCH_WIDE_H
#define FTRACE_BENCH_WIDE_H

#include <immintrin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_256 __attribute__((target("avx2"), noinline))
#define BENCH_512 __attribute__((target("avx512f"), noinline))

typedef __m256i bench_fn_256(__m256i);
typedef __m512i bench_fn_512(__m512i);

BENCH_256 __m256i bench_plain_256(__m256i v);	/* wide.c */
BENCH_512 __m512i bench_plain_512(__m512i v);
BENCH_256 __m256i bench_site_256(__m256i v);	/* wide_sites.c */
BENCH_512 __m512i bench_site_512(__m512i v);
BENCH_256 __m256i bench_xray_256(__m256i v);	/* xray_entry.cc */
BENCH_512 __m512i bench_xray_512(__m512i v);

#ifdef __cplusplus
}
#endif
#endif
