/* SPDX-License-Identifier: MIT */
/* A thread that left its site for a thunk, and gets there 50 ms late. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blob.h"

/*
 * What a processor does when it has executed a site's call and is held up
 * before the thunk's first instruction, done by hand: late_call() jumps to the
 * address that the call named, in the state that the site leaves. By then the
 * client may be freed, the site patched, and the thunk somebody else's.
 */
struct late {
	pthread_t thread;
	long (*fn)(long x);
	unsigned long thunk;
	int go;
	long result;
};

static void *late_thread(void *arg)
{
	struct late *l = arg;

	while (!__atomic_load_n(&l->go, __ATOMIC_SEQ_CST))
		sched_yield();
	usleep(50000);
	l->result = late_call(1, l->thunk, ftrace_location(CODE(l->fn)) +
					   MCOUNT_INSN_SIZE);
	return NULL;
}

static unsigned long thunk_of(const void *fn)
{
	struct ftrace_site_info info;

	value("listed", site_info(ftrace_location(ftrace_code(fn)), &info),
	      true);
	return info.target;
}

static void late_start(struct late *l, long (*fn)(long x), unsigned long thunk)
{
	l->fn = fn;
	l->thunk = thunk;
	l->go = 0;
	value("thread", (unsigned long)pthread_create(&l->thread, NULL,
						      late_thread, l), 0);
}

static void late_arrive(struct late *l, long want)
{
	__atomic_store_n(&l->go, 1, __ATOMIC_SEQ_CST);
	pthread_join(l->thread, NULL);
	value("goes on", (unsigned long)l->result, (unsigned long)want);
}

static void arrives_late(long (*fn)(long x), unsigned long thunk, long want)
{
	struct late l;

	late_start(&l, fn, thunk);
	late_arrive(&l, want);
}

static void on(struct probe *p, const void *fn)
{
	probe_on(p, fn);
	value("register", (unsigned long)register_ftrace_function(&p->ops), 0);
}

static void off(struct probe *p)
{
	value("unregister", (unsigned long)unregister_ftrace_function(&p->ops),
	      0);
	ftrace_free_filter(&p->ops);
}

static unsigned long freed_hits;

static void freed_hit(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	freed_hits++;
}

/* A client comes and goes while a thread is on its way to it. */
static unsigned long leave_behind(struct late *l, unsigned long flags)
{
	struct probe *p = calloc(1, sizeof(*p));
	unsigned long thunk;

	probe_init(p, flags);
	p->ops.func = freed_hit;
	on(p, traced_one);
	thunk = thunk_of(traced_one);
	late_start(l, traced_one, thunk);
	off(p);
	memset(p, 0xa5, sizeof(*p));
	free(p);
	return thunk;
}

static void retired(unsigned long flags)
{
	struct probe other;
	struct late l;

	/* The thread finds a nop. */
	leave_behind(&l, flags);
	late_arrive(&l, 2);
	/* It finds a call of somebody else. */
	leave_behind(&l, flags);
	probe_init(&other, 0);
	on(&other, traced_one);
	late_arrive(&l, 2);
	count("other", other.hits, 1);
	off(&other);
	count("freed", freed_hits, 0);
}

static void late_retired(void)
{
	retired(0);
	retired(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
}

/* @p comes to traced_two until the thunk that it gets there is @thunk. */
static bool until_reused(struct probe *p, unsigned long thunk)
{
	int tries;

	for (tries = 0; tries < 400; tries++) {
		if (ftrace_set_filter_ip(&p->ops, CODE(traced_two), 0, 0) ||
		    register_ftrace_function(&p->ops))
			return false;
		if (thunk_of(traced_two) == thunk)
			return true;
		if (unregister_ftrace_function(&p->ops))
			return false;
	}
	return false;
}

/* The thunk is another client's, who has another function. */
static void used(unsigned long flags)
{
	struct probe other, third;
	unsigned long thunk;
	struct late l;

	thunk = leave_behind(&l, flags);
	probe_init(&other, flags);
	value("reused", until_reused(&other, thunk), true);
	late_arrive(&l, 2);
	count("other", other.hits, 0);
	value("result", (unsigned long)traced_two(1), 3);
	count("other", other.hits, 1);
	/* Its function has a client too, behind another thunk. */
	probe_init(&third, 0);
	on(&third, traced_one);
	arrives_late(traced_one, thunk, 2);
	count("other", other.hits, 1);
	count("third", third.hits, 1);
	off(&third);
	/* And where the thunk is the right one after all. */
	arrives_late(traced_two, thunk, 3);
	count("other", other.hits, 2);
	off(&other);
	arrives_late(traced_two, thunk, 3);
	count("other", other.hits, 2);
	count("freed", freed_hits, 0);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	show_nop("traced_two", ftrace_location(CODE(traced_two)));
}

static void late_used(void)
{
	used(0);
}

static void late_used_regs(void)
{
	used(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
}

static int stop;

static void *idle_thread(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		sched_yield();
	return unused;
}

/*
 * Code that other threads may be running already when its module is added: a
 * site that is one instruction, or can do with one, is traced; others not.
 */
static void late_module(void)
{
	static struct blob b;
	struct ftrace_site_info info;
	struct probe p;
	pthread_t t;

	value("thread", (unsigned long)pthread_create(&t, NULL, idle_thread,
						      NULL), 0);
	value("blob", blob_make(&b, 3), true);
	b.running = true;
	value("add", (unsigned long)blob_add(&b), 0);
	value("listed", site_info(ftrace_location(CODE(b.fn[1])), &info), true);
	value("disabled", info.flags & FTRACE_SITE_DISABLED,
	      FTRACE_KEEPER_JUMP ? 0 : FTRACE_SITE_DISABLED);
	probe_init(&p, 0);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("result", (unsigned long)b.fn[1](1), 2);
	count("hits", p.hits, FTRACE_KEEPER_JUMP);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&p.ops), 0);
	value("result", (unsigned long)b.fn[1](1), 2);
	count("hits", p.hits, FTRACE_KEEPER_JUMP);
	value("release", (unsigned long)ftrace_release_mod(&b.mod), 0);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(t, NULL);
}

const struct conf_case late_cases[] = {
	{ "late_module", "-", late_module },

	{ "late_retired", "-", late_retired },
	{ "late_used", "-", late_used },
	{ "late_used_regs", "-", late_used_regs },
	{ NULL, NULL, NULL },
};
