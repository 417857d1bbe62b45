/* SPDX-License-Identifier: MIT */
/* Functions with sites that take and return all that the ABIs know. */
#include <alloca.h>
#include <stdarg.h>
#include <string.h>

#include "stack.h"

#define TRACED __attribute__((noipa, aligned(16)))

/* Each argument with a weight of its own, so that no two may be exchanged. */
#define W(n, x) ((n) * (x))

TRACED long traced_longs(long a, long b, long c, long d, long e, long f, long g,
			 long h, long i, long j, long k, long l, long m, long n)
{
	return W(1, a) + W(3, b) + W(5, c) + W(7, d) + W(11, e) + W(13, f) +
	       W(17, g) + W(19, h) + W(23, i) + W(29, j) + W(31, k) +
	       W(37, l) + W(41, m) + W(43, n);
}

TRACED long traced_small(char a, unsigned char b, short c, unsigned short d,
			 int e, bool f, signed char g, char h, short i,
			 unsigned char j, int k, char l, short m,
			 unsigned int n)
{
	return W(1L, a) + W(3L, b) + W(5L, c) + W(7L, d) + W(11L, e) +
	       W(13L, f) + W(17L, g) + W(19L, h) + W(23L, i) + W(29L, j) +
	       W(31L, k) + W(37L, l) + W(41L, m) + W(43L, (long)n);
}

TRACED double traced_doubles(double a, double b, double c, double d, double e,
			     double f, double g, double h, double i, double j,
			     double k, double l, double m, double n, double o)
{
	return W(1, a) + W(3, b) + W(5, c) + W(7, d) + W(11, e) + W(13, f) +
	       W(17, g) + W(19, h) + W(23, i) + W(29, j) + W(31, k) +
	       W(37, l) + W(41, m) + W(43, n) + W(47, o);
}

TRACED double traced_mix(long a, double b, float c, int d, double e, char f,
			 double g, long h, float i, long j, double k, long l,
			 double m, short n, double o, long p, float q, double r,
			 long s, double t, double u, double v, double w, long x)
{
	return W(1, a) + W(3, b) + W(5, c) + W(7, d) + W(11, e) + W(13, f) +
	       W(17, g) + W(19, h) + W(23, i) + W(29, j) + W(31, k) +
	       W(37, l) + W(41, m) + W(43, n) + W(47, o) + W(53, p) +
	       W(59, q) + W(61, r) + W(67, s) + W(71, t) + W(73, u) +
	       W(79, v) + W(83, w) + W(89, x);
}

static double of_pair(struct pair p)
{
	return (double)p.a * 3 + (double)p.b;
}

TRACED double traced_variadic(const char *kinds, ...)
{
	double sum = 0, x = 0;
	va_list ap;

	va_start(ap, kinds);
	for (; *kinds; kinds++) {
		switch (*kinds) {
		case 'l':
			x = (double)va_arg(ap, long);
			break;
		case 'd':
			x = va_arg(ap, double);
			break;
		case 'D':
			x = (double)va_arg(ap, long double);
			break;
		case 'q':
			x = (double)va_arg(ap, long long);
			break;
		case 'p':
			x = of_pair(va_arg(ap, struct pair));
			break;
		}
		sum = sum * 3 + x;
	}
	va_end(ap);
	return sum;
}

TRACED long double traced_long_double(long a, long double b, int c,
				      long double d, double e, long double f,
				      long double g, long h, long double i,
				      long double j, long double k)
{
	return W(1, a) + W(3, b) + W(5, c) + W(7, d) + W(11, e) + W(13, f) +
	       W(17, g) + W(19, h) + W(23, i) + W(29, j) + W(31, k);
}

TRACED wide_int traced_wide(wide_int a, long b, wide_int c, wide_int d, long e,
			    wide_int f, wide_int g)
{
	return W(1, a) + W(3, b) + W(5, c) + W(7, d) + W(11, e) + W(13, f) +
	       W(17, g);
}

TRACED float complex traced_complex_float(float complex a, float b,
					  float complex c)
{
	return W(1, a) + W(3, b) + W(5, c);
}

TRACED double complex traced_complex_double(double complex a, double b,
				     double complex c, double complex d,
				     double complex e, double complex f)
{
	return W(1, a) + W(3, b) + W(5, c) + W(7, d) + W(11, e) + W(13, f);
}

TRACED long double complex traced_complex_long(long double complex a, long b,
					       long double complex c)
{
	return W(1, a) + W(3, b) + W(5, c);
}

static v4f floats_of(v4i v)
{
	v4f f = { (float)v[0], (float)v[1], (float)v[2], (float)v[3] };

	return f;
}

TRACED v4f traced_vectors(v4f a, v4f b, v4i c, v4f d, v4f e, v4f f, v4f g,
			  v4i h, v4f i, v4f j, v4f k, v4f l, v4f m, v4i n)
{
	return W(1, a) + W(3, b) + W(5, floats_of(c)) + W(7, d) + W(11, e) +
	       W(13, f) + W(17, g) + W(19, floats_of(h)) + W(23, i) +
	       W(29, j) + W(31, k) + W(37, l) + W(41, m) +
	       W(43, floats_of(n));
}

static double of_floats(struct floats f)
{
	return f.a + W(2, f.b) + W(4, f.c) + W(8, f.d);
}

TRACED double traced_structs(struct three a, struct pair b, struct floats c,
			     struct large d, struct mixed e, struct doubles f,
			     struct packed g, struct pair h, struct pair i,
			     struct floats j, struct mixed k)
{
	double sum = a.c[0] + W(3, a.c[1]) + W(5, a.c[2]) + W(7, of_pair(b));
	int n;

	for (n = 0; n < 9; n++)
		sum = sum * 2 + (double)d.v[n];
	return sum + W(11, of_floats(c)) + W(13, e.a) + W(17, e.b) +
	       W(19, f.a) + W(23, f.b) + W(29, g.a) + W(31, g.b) +
	       W(37, g.c) + W(41, of_pair(h)) + W(43, of_pair(i)) +
	       W(47, of_floats(j)) + W(53, k.a) + W(59, k.b);
}

TRACED struct three traced_ret_three(long x)
{
	return (struct three){ { (char)x, (char)(x + 1), (char)(x + 2) } };
}

TRACED struct pair traced_ret_pair(long x)
{
	return (struct pair){ x, ~x };
}

TRACED struct floats traced_ret_floats(double x)
{
	return (struct floats){ (float)x, (float)x * 2, (float)x * 3,
				(float)x * 4 };
}

TRACED struct doubles traced_ret_doubles(double x)
{
	return (struct doubles){ x, x * 2 };
}

TRACED struct mixed traced_ret_mixed(long x, double y)
{
	return (struct mixed){ x, y };
}

TRACED struct packed traced_ret_packed(long x, double y)
{
	return (struct packed){ (float)y, (int)x, y + 1 };
}

TRACED struct large traced_ret_large(long a, long b, long c, long d, long e,
				     long f, long g, long h, long i)
{
	return (struct large){ { i, h, g, f, e, d, c, b, a } };
}

/*
 * Down @n levels, each with room of another size that must stay as it was,
 * and back through one of two calls: the result says which.
 */
TRACED unsigned long traced_deep(long n)
{
	size_t size = (size_t)(n % 7 + 1) * 24;
	unsigned char *room = alloca(size), sum = 0;
	unsigned long r;
	size_t i;

	memset(room, (int)n, size);
	__asm__ volatile("" : : "r"(room) : "memory");
	if (n <= 0)
		r = 1;
	else if (n % 3)
		r = traced_deep(n - 1) * 3 + 1;
	else
		r = traced_deep(n - 1) * 5 + 2;
	for (i = 0; i < size; i++)
		sum |= (unsigned char)(room[i] ^ (unsigned char)n);
	return sum ? 0 : r;
}

/* Each the other's caller; not a tail call. */
TRACED unsigned long traced_even(long n)
{
	return n ? traced_odd(n - 1) * 3 + 1 : 7;
}

TRACED unsigned long traced_odd(long n)
{
	return n ? traced_even(n - 1) * 5 + 2 : 11;
}

/* A tail call where the target can: the parent is this one's parent. */
TRACED unsigned long traced_tail(long n)
{
	return traced_even(n / 2);
}

TRACED void *traced_parent(void)
{
	return __builtin_return_address(0);
}
