/* SPDX-License-Identifier: MIT */
/* What the parts of the benchmark share. */
#ifndef FTRACE_BENCH_H
#define FTRACE_BENCH_H

typedef long bench_fn(long);

/* sites.c, plain.c and xray.c: the same body, built in different ways */
long bench_plain(long v);
long bench_site(long v);
long bench_other(long v);	/* somebody else's function */
long bench_nops(long v);	/* five one-byte nops, never converted */
long bench_xray(long v);
void bench_stub(void);		/* one return */

/* xray.c: the tool beside; counts its calls here */
extern long bench_xray_calls;
int bench_xray_patch(int on);

#endif
