/* SPDX-License-Identifier: MIT */
/* Area 12, first part: everything is switched while threads call. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

#define THREADS 2
#define ROUNDS 2000

static unsigned long stop, hits, wrong;
static unsigned long calls[THREADS];

static void hit(unsigned long ip, unsigned long parent_ip,
		struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	/* The ops is dead soon after: read it last. */
	__atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);
	if (op->priv != &hits)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static void *caller(void *arg)
{
	unsigned long *n = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (traced_one((long)*n) != (long)*n + 1)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		__atomic_store_n(n, *n + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void threads_start(pthread_t *t)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		value("thread", (unsigned long)pthread_create(&t[i], NULL,
					caller, &calls[i]), 0);
		while (!__atomic_load_n(&calls[i], __ATOMIC_RELAXED))
			sched_yield();
	}
}

static void threads_stop(pthread_t *t)
{
	unsigned int i;

	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	count("wrong", wrong, 0);
}

static unsigned long hits_now(void)
{
	return __atomic_load_n(&hits, __ATOMIC_RELAXED);
}

/* Now and then wait for a call, so that the other rounds are real too. */
static void wait_for_hit(unsigned int round)
{
	unsigned long was = hits_now();

	while (!(round & 31) && hits_now() == was)
		sched_yield();
}

static unsigned int toggle(unsigned int round, unsigned long flags)
{
	struct ftrace_ops *ops = calloc(1, sizeof(*ops));
	unsigned long after;
	unsigned int bad = 0, i;

	ops->func = hit;
	ops->priv = &hits;
	ops->flags = flags;
	bad += !!ftrace_set_filter_ip(ops, CODE(traced_one), 0, 0);
	bad += !!register_ftrace_function(ops);
	wait_for_hit(round);
	bad += !!unregister_ftrace_function(ops);
	after = hits_now();
	ftrace_free_filter(ops);
	memset(ops, 0xa5, sizeof(*ops));
	free(ops);
	for (i = 0; !(round & 63) && i < 20; i++)
		sched_yield();
	return bad + (hits_now() != after);
}

static void live_toggle(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	pthread_t t[THREADS];
	unsigned int round, bad = 0;

	threads_start(t);
	for (round = 0; round < ROUNDS; round++)
		bad += toggle(round, round & 1 ?
			      FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED : 0);
	threads_stop(t);
	count("bad rounds", bad, 0);
	value("called", hits > ROUNDS / 32, true);
	show_nop("traced_one", ip);
	note("%lu hits in %lu calls", hits, calls[0] + calls[1]);
}

static unsigned long beside_hits;

static void beside(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	__atomic_fetch_add(&beside_hits, 1, __ATOMIC_RELAXED);
}

/* Another client of the same function misses nothing meanwhile. */
static void live_beside(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	static struct probe p;
	pthread_t t[THREADS];
	unsigned int round, bad = 0;

	probe_init(&p, 0);
	p.ops.func = beside;
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	threads_start(t);
	for (round = 0; round < ROUNDS / 4; round++)
		bad += toggle(round, 0);
	threads_stop(t);
	count("beside", beside_hits, calls[0] + calls[1]);
	count("bad rounds", bad, 0);
	show_thunk("traced_one", ip, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	show_nop("traced_one", ip);
}

/* Direct 1 <-> 2 under load: every call reaches one of the two. */
static void live_modify(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	unsigned long addr[2] = { CODE(direct_one), CODE(direct_two) };
	unsigned int round, bad = 0;
	pthread_t t[THREADS];

	value("register", (unsigned long)register_ftrace_direct(ip, addr[0]),
	      0);
	threads_start(t);
	for (round = 0; round < ROUNDS; round++)
		bad += !!modify_ftrace_direct(ip, addr[round & 1],
					      addr[!(round & 1)]);
	threads_stop(t);
	count("bad rounds", bad, 0);
	count("hits", direct_hits[1] + direct_hits[2], calls[0] + calls[1]);
	show_direct("traced_one", ip, addr[0]);
	value("unregister",
	      (unsigned long)unregister_ftrace_direct(ip, addr[0]), 0);
	show_nop("traced_one", ip);
}

/* Two direct functions with a client coming and going: nothing is missed. */
static void live_share(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	unsigned long addr = CODE(direct_one);
	unsigned int round, bad = 0;
	pthread_t t[THREADS];

	value("register", (unsigned long)register_ftrace_direct(ip, addr), 0);
	threads_start(t);
	for (round = 0; round < ROUNDS / 4; round++)
		bad += toggle(round, 0);
	threads_stop(t);
	count("bad rounds", bad, 0);
	count("hits", direct_hits[1], calls[0] + calls[1]);
	show_direct("traced_one", ip, addr);
	value("unregister", (unsigned long)unregister_ftrace_direct(ip, addr),
	      0);
}

const struct conf_case live_cases[] = {
	{ "live_toggle", "-", live_toggle },
	{ "live_beside", "-", live_beside },
	{ "live_modify", "-", live_modify },
	{ "live_share", "-", live_share },
	{ NULL, NULL, NULL },
};
