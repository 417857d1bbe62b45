/* SPDX-License-Identifier: MIT */
/* x86_64: 32-byte vectors as arguments, in registers and in memory. */
#include <stdarg.h>

#include "../../stack.h"
#include "arch-cases.h"

typedef float v8f __attribute__((vector_size(32)));

struct pair8 { v8f a, b; };

/*
 * The file is not built for AVX, these functions are: a program that asks at
 * run time. The attribute gives them sites, as the option would.
 */
#define AVX __attribute__((noipa, target("avx")))
#define TRACED __attribute__((patchable_function_entry(5), aligned(16)))

TRACED AVX static v8f traced_ymm(v8f a, v8f b, v8f c, v8f d, v8f e, v8f f,
				 v8f g, v8f h, v8f i, v8f j)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
	       9 * i + 10 * j;
}

TRACED AVX static v8f traced_ymm_variadic(int n, ...)
{
	v8f sum = { 0 };
	va_list ap;

	va_start(ap, n);
	while (n--)
		sum = sum * 2 + va_arg(ap, v8f);
	va_end(ap);
	return sum;
}

TRACED AVX static struct pair8 traced_ymm_struct(v8f a, struct pair8 b)
{
	return (struct pair8){ b.b, a + b.a };
}

/* Nothing of it is there at the entry; and a small number is computed. */
TRACED AVX static v8f traced_ymm_made(int n)
{
	float f = (float)(n + 1);

	return (v8f){ f, 2 * f, 3 * f, 4 * f, 5 * f, 6 * f, 7 * f, 8 * f };
}

/* Two registers hold the value, and the first has something above it. */
TRACED AVX static _Complex double traced_ymm_above(double a)
{
	register double re __asm__("xmm0") = a + 1;
	register double im __asm__("xmm1") = a * 3;

	__asm__ volatile("vinsertf128 $1, %%xmm0, %%ymm0, %%ymm0"
			 : "+x"(re), "+x"(im));
	return __builtin_complex(re, im);
}

static AVX void call_ymm_above(void *out)
{
	STORE(_Complex double, 0, traced_ymm_above(5));
}

static AVX void call_ymm_made(void *out)
{
	STORE(v8f, 0, traced_ymm_made(2));
}

static AVX void call_ymm(void *out)
{
	const v8f x = { 1, -2, 3, -4, 5, -6, 7, -8 };

	STORE(v8f, 0, traced_ymm(x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6,
				 x + 7, x + 8, x + 9));
}

static AVX void call_ymm_variadic(void *out)
{
	const v8f x = { 1, -2, 3, -4, 5, -6, 7, -8 };

	STORE(v8f, 0, traced_ymm_variadic(2, x, x + 1));
}

static AVX void call_ymm_struct(void *out)
{
	const v8f x = { 1, -2, 3, -4, 5, -6, 7, -8 };
	struct pair8 p = { x + 1, x + 2 };

	STORE(struct pair8, 0, traced_ymm_struct(x, p));
}

static AVX void clear(void)
{
	__asm__ volatile("vzeroall" ::: "memory");
}

/* Any CPU takes two arguments of 16 bytes, as a caller without AVX must. */
TRACED APART static v4f traced_xmm(v4f a, v4f b)
{
	return a * 2 + b;
}

SHAPE(xmm, 1, v4f f = { 1, 2, 3, -4 }; STORE(v4f, 0, traced_xmm(f, f + 1)));

void stack_ymm(void)
{
	static const struct shape all[] = {
		{ { "traced_ymm", NULL }, 1, call_ymm },
		{ { "traced_ymm_variadic", NULL }, 1, call_ymm_variadic },
		{ { "traced_ymm_struct", NULL }, 1, call_ymm_struct },
		{ { "traced_ymm_made", NULL }, 1, call_ymm_made },
		{ { "traced_ymm_above", NULL }, 1, call_ymm_above },
	};
	size_t i;

	stack_try(&xmm);
	if (!__builtin_cpu_supports("avx"))
		return;
	state_hook = clear;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		stack_try(&all[i]);
}
