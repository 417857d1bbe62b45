/* SPDX-License-Identifier: MIT */
/* A direct call that goes from one function to another while threads call. */
#include <pthread.h>

#include "sample.h"

static unsigned long calls, by_old, by_new;
static int done;

static notrace void add(unsigned long *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

static TRACED long wake_up(long who, long how)
{
	return who + how;
}

notrace void sample_body(long who, long how)
{
	(void)who;
	(void)how;
	add(&by_old);
}

notrace void sample_body_new(long who, long how)
{
	(void)who;
	(void)how;
	add(&by_new);
}

static notrace void *caller(void *arg)
{
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		wake_up(1, 2);
		add(&calls);
	}
	return arg;
}

notrace int main(void)
{
	unsigned long ip = CODE(wake_up);
	unsigned long addr[2] = { CODE(sample_direct), CODE(sample_direct_new) };
	pthread_t thread;
	int i;

	check(register_ftrace_direct(ip, addr[0]));
	check(pthread_create(&thread, NULL, caller, NULL));
	/* Until each of the two was called, and then some more. */
	for (i = 0; i < 1000 || !__atomic_load_n(&by_old, __ATOMIC_RELAXED) ||
	     !__atomic_load_n(&by_new, __ATOMIC_RELAXED); i++)
		check(modify_ftrace_direct(ip, addr[i & 1], addr[!(i & 1)]));
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	check(unregister_ftrace_direct(ip, addr[i & 1]));
	wake_up(1, 2);
	printf("old and new were called: %d\n", by_old && by_new);
	printf("calls that reached neither, or both: %ld\n",
	       (long)(calls - by_old - by_new));
	return 0;
}
