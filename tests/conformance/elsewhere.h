/* SPDX-License-Identifier: MIT */
/* What elsewhere.so has; redirect.c finds it by name. */
#ifndef CONFORMANCE_ELSEWHERE_H
#define CONFORMANCE_ELSEWHERE_H

#include "stack.h"

extern unsigned long elsewhere_hits;
extern void (*elsewhere_hook)(void);	/* called by each, if set */

long elsewhere_one(long a);
long elsewhere_ten(long a, long b, long c, long d, long e, long f, long g,
		   long h, long i, long j);
long elsewhere_longs(long a, long b, long c, long d, long e, long f, long g,
		     long h, long i, long j, long k, long l, long m, long n);
struct large elsewhere_ret_large(long a, long b, long c, long d, long e,
				 long f, long g, long h, long i);

#endif
