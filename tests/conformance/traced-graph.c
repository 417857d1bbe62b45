/* SPDX-License-Identifier: MIT */
/* Functions with sites that call one another, and leave in other ways. */
#include "graph.h"

#define TRACED __attribute__((noipa, aligned(16)))
/* What is behind a call: it is no jump then. */
#define BEHIND __asm__ volatile("" ::: "memory")

TRACED long traced_inner(long x, void (*inside)(void))
{
	if (inside)
		inside();
	BEHIND;
	return x + 1;
}

TRACED long traced_outer(long x, void (*inside)(void))
{
	long r = traced_inner(x, inside);

	BEHIND;
	return 2 * r + 1;
}

TRACED long traced_sum(long n)
{
	long r = n > 1 ? traced_sum(n - 1) : 0;

	BEHIND;
	return r + n;
}

TRACED long traced_jumps(jmp_buf *env, long n)
{
	long r = 0;

	if (n)
		r = traced_jumps(env, n - 1);
	else if (env)
		longjmp(*env, 7);
	BEHIND;
	return r + 1;
}

TRACED long traced_tail_calls(long x, void (*inside)(void))
{
	return traced_outer(x + 1, inside);
}

#if !CONF_STATIC
TRACED void traced_switches(ucontext_t *from, ucontext_t *to)
{
	swapcontext(from, to);
	BEHIND;
}
#endif
