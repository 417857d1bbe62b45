/* SPDX-License-Identifier: MIT */
/* A shared object without sites: where calls are redirected to. */
#include "elsewhere.h"

/* Found by way of this object's own table of addresses. */
unsigned long elsewhere_hits;
void (*elsewhere_hook)(void);

static void hit(void)
{
	elsewhere_hits++;
	if (elsewhere_hook)
		elsewhere_hook();
}

long elsewhere_one(long a)
{
	hit();
	return -a;
}

long elsewhere_ten(long a, long b, long c, long d, long e, long f, long g,
		   long h, long i, long j)
{
	hit();
	return -(a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
		 9 * i + 10 * j);
}

long elsewhere_longs(long a, long b, long c, long d, long e, long f, long g,
		     long h, long i, long j, long k, long l, long m, long n)
{
	hit();
	return -(a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
		 9 * i + 10 * j + 11 * k + 12 * l + 13 * m + 14 * n);
}

struct large elsewhere_ret_large(long a, long b, long c, long d, long e,
				 long f, long g, long h, long i)
{
	hit();
	return (struct large){ { -a, -b, -c, -d, -e, -f, -g, -h, -i } };
}
