/* SPDX-License-Identifier: MIT */
/* Area 12: clients that come from several threads, and go while others sleep. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"

#define ROUNDS 250

/* Threads that register at once, each a client for itself alone. */
#define MAKERS 3

static unsigned int make(unsigned int round)
{
	struct probe *p = calloc(1, sizeof(*p));
	unsigned long tid = (unsigned long)gettid();
	unsigned int bad = 0, i;

	probe_init(p, FTRACE_OPS_FL_PID |
		      (round & 1 ? FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED : 0));
	bad += !!ftrace_set_filter_tid(&p->ops, tid, 0, 0);
	bad += !!ftrace_set_filter_ip(&p->ops, CODE(traced_one), 0, 0);
	bad += !!register_ftrace_function(&p->ops);
	for (i = 0; i < 3; i++)
		bad += traced_one(1) != 2;
	bad += p->hits != 3;
	bad += !!ftrace_set_filter_tid(&p->ops, tid, 1, 0);
	traced_one(1);
	bad += p->hits != 3;
	bad += !!unregister_ftrace_function(&p->ops);
	ftrace_free_filter(&p->ops);
	memset(p, 0xa5, sizeof(*p));
	free(p);
	return bad;
}

static void *maker(void *arg)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		*(unsigned long *)arg += make(round);
	return NULL;
}

static void live_register(void)
{
	unsigned long bad[MAKERS] = { 0 };
	pthread_t t[MAKERS];
	unsigned int i;

	for (i = 0; i < MAKERS; i++)
		value("thread", (unsigned long)pthread_create(&t[i], NULL,
					maker, &bad[i]), 0);
	for (i = 0; i < MAKERS; i++) {
		pthread_join(t[i], NULL);
		count("bad", bad[i], 0);
	}
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}

/* One client, registered by several at once: one of them succeeds. */
static struct probe shared;
static unsigned long at_gate, taken, busy;

static void *taker(void *arg)
{
	int err;

	(void)arg;
	__atomic_fetch_add(&at_gate, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&at_gate, __ATOMIC_SEQ_CST) < MAKERS)
		sched_yield();
	err = register_ftrace_function(&shared.ops);
	__atomic_fetch_add(err ? &busy : &taken, err ? err == -EBUSY : 1,
			   __ATOMIC_SEQ_CST);
	return NULL;
}

static void live_same(void)
{
	pthread_t t[MAKERS];
	unsigned int i;

	probe_init(&shared, 0);
	probe_on(&shared, traced_one);
	for (i = 0; i < MAKERS; i++)
		value("thread", (unsigned long)pthread_create(&t[i], NULL,
					taker, NULL), 0);
	for (i = 0; i < MAKERS; i++)
		pthread_join(t[i], NULL);
	count("taken", taken, 1);
	count("busy", busy, MAKERS - 1);
	traced_one(1);
	count("hits", shared.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(
				    &shared.ops), 0);
}

/* Somebody sleeps in one client's callback. Nobody else waits for that. */
static int asleep, wake;

static void sleeps(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	__atomic_store_n(&asleep, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&wake, __ATOMIC_SEQ_CST))
		sched_yield();
	((struct probe *)op->priv)->hits++;
}

static void *sleeper(void *arg)
{
	(void)arg;
	value("result", (unsigned long)traced_one(1), 2);
	return NULL;
}

static void *waker(void *arg)
{
	(void)arg;
	usleep(50000);
	__atomic_store_n(&wake, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static unsigned long released;

static void release(struct ftrace_ops *ops)
{
	released++;
	ftrace_free_filter(ops);
	free(ops->priv);
}

static unsigned int come_and_go(void)
{
	unsigned int bad = 0;
	struct probe p;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	bad += !!register_ftrace_function(&p.ops);
	bad += traced_one(1) != 2 || p.hits != 1;
	bad += !!unregister_ftrace_function(&p.ops);
	ftrace_free_filter(&p.ops);
	return bad;
}

static void give_up(struct probe *p)
{
	unsigned int ms;

	for (ms = 0; ms < 40; ms += 20)
		value("timeout",
		      (unsigned long)unregister_ftrace_function_timeout(
			      &p->ops, ms), (unsigned long)-ETIMEDOUT);
}

static void asleep_in_one(bool shared_function)
{
	struct probe *p = calloc(1, sizeof(*p)), other;
	pthread_t t, w;

	probe_init(p, 0);
	probe_init(&other, 0);
	p->ops.func = sleeps;
	probe_on(p, traced_one);
	probe_on(&other, shared_function ? traced_one : traced_two);
	asleep = wake = 0;
	value("register", (unsigned long)register_ftrace_function(&p->ops), 0);
	value("register", (unsigned long)register_ftrace_function(&other.ops),
	      0);
	value("thread", (unsigned long)pthread_create(&t, NULL, sleeper, NULL),
	      0);
	while (!__atomic_load_n(&asleep, __ATOMIC_SEQ_CST))
		sched_yield();
	value("unregister", (unsigned long)unregister_ftrace_function(
				    &other.ops), 0);
	give_up(p);
	/* What the others give back hides nobody. */
	count("bad rounds", come_and_go() + come_and_go(), 0);
	give_up(p);
	value("async", (unsigned long)unregister_ftrace_function_async(
			       &p->ops, release), 0);
	count("bad rounds", come_and_go(), 0);
	count("released", released, shared_function);
	value("thread", (unsigned long)pthread_create(&w, NULL, waker, NULL),
	      0);
	value("synchronize", (unsigned long)ftrace_synchronize(), 0);
	count("released", released, 1UL + shared_function);
	pthread_join(w, NULL);
	pthread_join(t, NULL);
}

static void live_asleep(void)
{
	asleep_in_one(false);
	asleep_in_one(true);
}

const struct conf_case clients_cases[] = {
	{ "live_register", "-", live_register },
	{ "live_same", "-", live_same },
	{ "live_asleep", "-", live_asleep },
	{ NULL, NULL, NULL },
};
