/* SPDX-License-Identifier: MIT */
/* Text that cannot be made writable, and stores that the system makes. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <ftrace/asm/ftrace.h>

#include "conformance.h"

/* Of the widest store that a site takes. */
#define SINGLE_STORES (FTRACE_POKE_SIZE >= 4)

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
 * No window can be had. With one thread the system's stores do; an emulator
 * goes on with what it translated, which must be noticed.
 */
static void poke_alone(void)
{
	int want = getenv("CONFORMANCE_NATIVE") ? 0 : -EPERM;
	struct probe p;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	fault.window = true;
	value("register", (unsigned long)register_ftrace_function(&p.ops),
	      (unsigned long)want);
	traced_one(0);
	count("hits", p.hits, !want);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&p.ops),
	      (unsigned long)(want ? -EBUSY : 0));
	traced_one(0);
	count("hits", p.hits, !want);
	fault.window = false;
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}

/*
 * One function, toggled while another thread calls it, and no window can be
 * had: refused where the system's stores are not known to be single.
 */
static void poke_toggle(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	int want = SINGLE_STORES && getenv("CONFORMANCE_NATIVE") ? 0 : -EPERM;
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
	bool native = SINGLE_STORES && getenv("CONFORMANCE_NATIVE");
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

/*
 * A store that fails changes nothing, and one that is made nothing else: for
 * an emulator addresses in the system's file may be those of other pages.
 */
static void poke_nothing_else(void)
{
	enum { SIZE = 1 << 20, AT = SIZE / 2 };
	struct ftrace_poke p = { .len = 4, .bytes = { 1, 2, 3, 4 } };
	unsigned char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long others = 0;
	int err, i;

	memset(map, 0x55, SIZE);
	p.addr = (unsigned long)map + AT;
	err = ftrace_linux_host()->text_poke(&p, 1);
	note("text_poke: %d", err);
	for (i = 0; i < SIZE; i++)
		others += (i < AT || i >= AT + 4) && map[i] != 0x55;
	count("others", others, 0);
	value("stored", !memcmp(map + AT, p.bytes, 4), !err);
	value("refused", err == -EPERM, !!err);
	if (getenv("CONFORMANCE_NATIVE"))
		value("text_poke", (unsigned long)err, 0);
}

const struct conf_case poke_cases[] = {
	{ "poke_alone", "host", poke_alone },
	{ "poke_toggle", "host", poke_toggle },
	{ "poke_few", "-", poke_few },
	{ "poke_nothing_else", "-", poke_nothing_else },
	{ NULL, NULL, NULL },
};
