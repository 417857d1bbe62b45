/* SPDX-License-Identifier: MIT */
/* Area 13: calls that are left by the thousand make room; others stay. */
#include <pthread.h>
#include <string.h>
#include <ucontext.h>

#include "graph.h"
#include "stack.h"

#define JUMPS 100000UL

static struct watch watch;

static void lost(void)
{
	struct ftrace_stats st;

	must("stats", ftrace_get_stats(&st));
	count("lost", st.overruns, 0);
}

static APART long jump(long n)
{
	jmp_buf env;

	return setjmp(env) ? 1 : traced_jumps(&env, n);
}

/* From a place of the stack that is another each time. */
static APART long jump_from(long n, size_t room)
{
	volatile char at[room];

	at[0] = at[room - 1] = 1;
	return jump(n) == at[0];
}

/* More places than there are frames. */
static unsigned long calls;

static unsigned long jump_all(unsigned long jumps)
{
	unsigned long i, good = 0;

	for (i = 0; i < jumps; i++) {
		long n = (long)(i % 5);

		good += (unsigned long)jump_from(n, 1 + 16 * (i * 37 % 1999));
		calls += (unsigned long)n + 1;
	}
	return good;
}

static void graph_left(void)
{
	watch_begin(&watch);
	count("jumps", jump_all(JUMPS), JUMPS);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	lost();
	watch_end(&watch, calls + 2, 2);
}

static void *thread(void *arg)
{
	(void)arg;
	return (void *)jump_all(JUMPS / 10);
}

static void graph_left_thread(void)
{
	pthread_t t;
	void *good;

	watch_begin(&watch);
	must("create", pthread_create(&t, NULL, thread, NULL));
	pthread_join(t, &good);
	count("jumps", (unsigned long)good, JUMPS / 10);
	lost();
	watch_end(&watch, calls, 0);
}

#if !CONF_STATIC
/* Not all C libraries have coroutines. */
#define STACK (256 * 1024)
#define COROUTINES 20
static ucontext_t home, routine[COROUTINES];
static unsigned int running;
static long result[COROUTINES];

static void yield(void)
{
	swapcontext(&routine[running], &home);
}

static void body(void)
{
	result[running] = traced_outer((long)running, yield);
}

/* They sleep in two calls each while others are left, and then return. */
static void sleepers(char (*stack)[STACK])
{
	unsigned int i;

	for (i = 0; i < COROUTINES; i++) {
		running = i;
		getcontext(&routine[i]);
		routine[i].uc_stack.ss_sp = stack[i];
		routine[i].uc_stack.ss_size = STACK;
		routine[i].uc_link = &home;
		makecontext(&routine[i], body, 0);
		swapcontext(&home, &routine[i]);
	}
	count("jumps", jump_all(JUMPS / 4), JUMPS / 4);
	for (i = 0; i < COROUTINES; i++) {
		running = i;
		swapcontext(&home, &routine[i]);
		value("result", (unsigned long)result[i], 2 * (i + 1) + 1);
	}
	lost();
	watch_end(&watch, calls + 2 * COROUTINES, 2 * COROUTINES);
}

static void graph_left_coroutines(void)
{
	static char stack[COROUTINES][STACK] __attribute__((aligned(16)));

	watch_begin(&watch);
	sleepers(stack);
}

/* Cut out of the thread's own stack, and declared. */
static void graph_left_declared(void)
{
	char stack[COROUTINES][STACK] __attribute__((aligned(16)));
	unsigned long low = (unsigned long)stack;
	unsigned int i;

	watch_begin(&watch);
	for (i = 0; i < COROUTINES; i++, low += STACK)
		must("declare", ftrace_graph_stack(low, low + STACK));
	sleepers(stack);
	for (low = (unsigned long)stack; i--; low += STACK)
		must("gone", ftrace_graph_stack(low, 0));
}
#endif

const struct conf_case graph_left_cases[] = {
	{ "graph_left", "-", graph_left },
	{ "graph_left_thread", "-", graph_left_thread },
#if !CONF_STATIC
	{ "graph_left_coroutines", "-", graph_left_coroutines },
	{ "graph_left_declared", "-", graph_left_declared },
#endif
	{ NULL, NULL, NULL },
};
