/* SPDX-License-Identifier: MIT */
/* Area 3: functions with sites, whose arguments and results lie anywhere. */
#ifndef CONFORMANCE_STACK_H
#define CONFORMANCE_STACK_H

#include <complex.h>

#include "conformance.h"

typedef float v4f __attribute__((vector_size(16)));
typedef int v4i __attribute__((vector_size(16)));

/* By their size and members: in which registers, or in memory. */
struct three { char c[3]; };
struct pair { long a, b; };
struct floats { float a, b, c, d; };
struct doubles { double a, b; };
struct mixed { long a; double b; };
struct packed { float a; int b; double c; };
struct large { long v[9]; };

#ifdef __SIZEOF_INT128__
typedef __int128 wide_int;
#else
typedef long long wide_int;	/* as wide as the target has them */
#endif

/* traced-stack.c */
long traced_longs(long a, long b, long c, long d, long e, long f, long g,
		  long h, long i, long j, long k, long l, long m, long n);
long traced_small(char a, unsigned char b, short c, unsigned short d, int e,
		  bool f, signed char g, char h, short i, unsigned char j,
		  int k, char l, short m, unsigned int n);
double traced_doubles(double a, double b, double c, double d, double e,
		      double f, double g, double h, double i, double j,
		      double k, double l, double m, double n, double o);
double traced_mix(long a, double b, float c, int d, double e, char f, double g,
		  long h, float i, long j, double k, long l, double m, short n,
		  double o, long p, float q, double r, long s, double t,
		  double u, double v, double w, long x);
/* @kinds: l long, d double, D long double, q long long, p struct pair */
double traced_variadic(const char *kinds, ...);
long double traced_long_double(long a, long double b, int c, long double d,
			       double e, long double f, long double g, long h,
			       long double i, long double j, long double k);
wide_int traced_wide(wide_int a, long b, wide_int c, wide_int d, long e,
		     wide_int f, wide_int g);
float complex traced_complex_float(float complex a, float b, float complex c);
double complex traced_complex_double(double complex a, double b, double complex c,
			      double complex d, double complex e,
			      double complex f);
long double complex traced_complex_long(long double complex a, long b,
					long double complex c);
v4f traced_vectors(v4f a, v4f b, v4i c, v4f d, v4f e, v4f f, v4f g, v4i h,
		   v4f i, v4f j, v4f k, v4f l, v4f m, v4i n);
double traced_structs(struct three a, struct pair b, struct floats c,
		      struct large d, struct mixed e, struct doubles f,
		      struct packed g, struct pair h, struct pair i,
		      struct floats j, struct mixed k);
struct three traced_ret_three(long x);
struct pair traced_ret_pair(long x);
struct floats traced_ret_floats(double x);
struct doubles traced_ret_doubles(double x);
struct mixed traced_ret_mixed(long x, double y);
struct packed traced_ret_packed(long x, double y);
struct large traced_ret_large(long a, long b, long c, long d, long e, long f,
			      long g, long h, long i);
unsigned long traced_deep(long n);
unsigned long traced_even(long n);
unsigned long traced_odd(long n);
unsigned long traced_tail(long n);
void *traced_parent(void);

/* traced-nested.c: traced_within*() is defined inside */
long traced_around(long x);
long traced_around_far(long x);
/* stack.c: calls a nested function by its address */
long stack_apply(long (*fn)(long), long x);

/**
 * struct shape - a call to be made with and without tracing
 * @site: the functions with sites that it reaches
 * @calls: how often it reaches them, in all
 * @call: makes it; stores what came back
 */
struct shape {
	const char *site[2];
	unsigned long calls;
	void (*call)(void *out);
};

/* Through every kind of call; state_hook, if set, is what the callback does. */
void stack_try(const struct shape *s);

#define APART __attribute__((noipa))
/* Stored as what it is: the padding of a long double must stay 0. */
#define STORE(type, at, x) (*(type *)((char *)out + (at)) = (x))
#define SHAPE(name, nr, ...)                                              \
	static APART void call_##name(void *out)                          \
	{                                                                 \
		__VA_ARGS__;                                              \
	}                                                                 \
	static const struct shape name = { { "traced_" #name, NULL }, nr, \
					   call_##name }

#endif
