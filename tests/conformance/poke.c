/* SPDX-License-Identifier: MIT */
/* Text that cannot be made writable, and stores that the system makes. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "conformance.h"

static unsigned long stop, calls, wrong;

static void *caller(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (traced_one((long)calls) != (long)calls + 1)
			wrong++;
		__atomic_store_n(&calls, calls + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int toggle(struct probe *p)
{
	unsigned long was;
	int err = register_ftrace_function(&p->ops);

	if (err)
		return err;
	was = calls;
	while (__atomic_load_n(&calls, __ATOMIC_RELAXED) < was + 3)
		sched_yield();
	if (!__atomic_load_n(&p->hits, __ATOMIC_RELAXED))
		return -ENOENT;
	err = unregister_ftrace_function(&p->ops);
	p->hits = 0;
	return err;
}

/*
 * One function, toggled while another thread calls it, and no window can be
 * had. An emulator goes on with what it translated: there it must be noticed,
 * and refused as if the system had no such way.
 */
static void poke_toggle(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	int want = getenv("CONFORMANCE_NATIVE") ? 0 : -EPERM;
	struct ftrace_stats before, after;
	unsigned int round, bad = 0;
	struct probe p;
	pthread_t t;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	value("thread", (unsigned long)pthread_create(&t, NULL, caller, NULL),
	      0);
	fault.window = true;
	ftrace_get_stats(&before);
	for (round = 0; round < 200; round++)
		bad += toggle(&p) != want;
	ftrace_get_stats(&after);
	fault.window = false;
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	count("bad rounds", bad, 0);
	count("wrong", wrong, 0);
	count("windows", after.windows, before.windows);
	value("alive", (unsigned long)ftrace_is_dead(), 0);
	show_nop("traced_one", ip);
}

/* The same as soon as there are two threads, without being told to. */
static void poke_few(void)
{
	bool native = getenv("CONFORMANCE_NATIVE");
	struct ftrace_stats before, after;
	unsigned int round, bad = 0;
	struct probe p;
	pthread_t t;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	value("thread", (unsigned long)pthread_create(&t, NULL, caller, NULL),
	      0);
	ftrace_get_stats(&before);
	for (round = 0; round < 50; round++)
		bad += toggle(&p) != 0;
	ftrace_get_stats(&after);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	count("bad rounds", bad, 0);
	count("wrong", wrong, 0);
	count("windows", after.windows - before.windows, native ? 0 : 100);
}

const struct conf_case poke_cases[] = {
	{ "poke_toggle", "host", poke_toggle },
	{ "poke_few", "-", poke_few },
	{ NULL, NULL, NULL },
};
