/* SPDX-License-Identifier: MIT */
/* What the parts of the benchmark share. */
#ifndef FTRACE_BENCH_H
#define FTRACE_BENCH_H

typedef long bench_fn(long);

/* The same body, built in different ways: plain.c */
bench_fn bench_plain;
bench_fn bench_nops;	/* five one-byte nops, never converted */
/* xray.cc */
bench_fn bench_xray;
/* sites.c: a site each, for a row each */
bench_fn bench_site, bench_direct, bench_1, bench_safe, bench_regs, bench_2,
	bench_4, bench_8, bench_again, bench_other;

void bench_stub(void);		/* one return */

/* xray.c: the tool beside; counts its calls here */
extern long bench_xray_calls;
int bench_xray_patch(int on);

#endif
