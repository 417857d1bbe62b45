/* SPDX-License-Identifier: MIT */
/* Area 8: one trampoline for many functions, and for ever more of them. */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "blob.h"

static struct ftrace_ops ops;
static struct probe p;

#define REG register_ftrace_direct_multi
#define MOD modify_ftrace_direct_multi
#define DEL unregister_ftrace_direct_multi

static traced_fn *const fns[] = { traced_one, traced_two, traced_far_a };
#define NR (sizeof(fns) / sizeof(fns[0]))

static unsigned long site(unsigned int i)
{
	return ftrace_location(CODE(fns[i]));
}

static void on_all(struct ftrace_ops *o)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		must("filter", ftrace_set_filter_ip(o, CODE(fns[i]), 0, 0));
}

/* Each function once; the direct functions, and the tracer, so often. */
static void call_all(unsigned long one, unsigned long two, unsigned long tracer)
{
	unsigned long was[3] = { p.hits, direct_hits[1], direct_hits[2] };
	unsigned int i;

	for (i = 0; i < NR; i++)
		value("result", (unsigned long)fns[i](10), 11 + i);
	count("tracer", p.hits - was[0], tracer);
	count("one", direct_hits[1] - was[1], one);
	count("two", direct_hits[2] - was[2], two);
}

static void show_all(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		if (addr)
			show_direct("function", site(i), addr);
		else
			show_nop("function", site(i));
		value("find", ftrace_find_rec_direct(site(i)), addr);
	}
}

static void multi_alone(void)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);
	unsigned int i;

	on_all(&ops);
	for (i = 0; i < 2; i++) {
		must("register", REG(&ops, one));
		show_all(one);
		call_all(NR, 0, 0);
		must("modify", MOD(&ops, two));
		show_all(two);
		call_all(0, NR, 0);
		must("unregister", DEL(&ops, two));
		show_all(0);
		call_all(0, 0, 0);
	}
	ftrace_free_filter(&ops);
}

static void multi_far(void)
{
	unsigned long hits = 0, addr = far_make(&hits);
	unsigned int i;

	on_all(&ops);
	must("register", REG(&ops, addr));
	for (i = 0; i < NR; i++)
		show_far("function", site(i), addr);
	call_all(0, 0, 0);
	count("far", hits, NR);
	must("modify", MOD(&ops, CODE(direct_one)));
	call_all(NR, 0, 0);
	must("modify", MOD(&ops, addr));
	call_all(0, 0, 0);
	count("far", hits, 2 * NR);
	must("unregister", DEL(&ops, addr));
	show_all(0);
}

/* A tracer on some of the functions, who comes first and leaves last. */
static void shared(bool tracer_first, bool tracer_last, unsigned long flags)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);

	probe_init(&p, flags);
	probe_on(&p, traced_one);
	probe_on(&p, traced_far_a);
	if (tracer_first)
		must("tracer", register_ftrace_function(&p.ops));
	must("register", REG(&ops, one));
	if (!tracer_first)
		must("tracer", register_ftrace_function(&p.ops));
	call_all(NR, 0, 2);
	show_direct("function", site(1), one);
	show_thunk("function", site(0), 2);
	must("modify", MOD(&ops, two));
	call_all(0, NR, 2);
	if (!tracer_last)
		must("tracer", unregister_ftrace_function(&p.ops));
	else
		must("unregister", DEL(&ops, two));
	call_all(0, tracer_last ? 0 : NR, tracer_last ? 2 : 0);
	if (tracer_last)
		must("tracer", unregister_ftrace_function(&p.ops));
	else
		must("unregister", DEL(&ops, two));
	show_all(0);
	call_all(0, 0, 0);
	ftrace_free_filter(&p.ops);
}

static void multi_shared(void)
{
	static const unsigned long flags[] = {
		0, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED
	};
	unsigned int i;

	on_all(&ops);
	for (i = 0; i < 16; i++)
		shared(i & 1, i & 2, flags[i >> 2 & 1]);
}

static struct snap before;

static void refuse(const char *name, int got, int want, const char *call,
		   const char *reason)
{
	refused(name, got, want, call, reason);
	snap_same(name, &before);
}

static void multi_errors(void)
{
	const char *reg = "register_ftrace_direct_multi";
	unsigned long one = CODE(direct_one), two = CODE(direct_two);
	static struct ftrace_ops none;

	on_all(&ops);
	snap_take(&before);
	log_clear();
	refuse("no filter", REG(&none, one), -EINVAL, reg, "no filter");
	refuse("no address", REG(&ops, 0), -EINVAL, reg, "address is 0");
	refuse("no ops", REG(NULL, one), -EINVAL, reg, "NULL");
	ops.func = probe_hit;
	refuse("func", REG(&ops, one), -EINVAL, reg, "func");
	ops.func = NULL;
	must("first", register_ftrace_direct(site(2), two));
	snap_take(&before);
	refuse("busy", REG(&ops, one), -EBUSY, reg, "has a direct call");
	must("first", unregister_ftrace_direct(site(2), two));
	must("register", REG(&ops, one));
	snap_take(&before);
	refuse("twice", REG(&ops, one), -EINVAL, reg, "registered");
	refuse("other", DEL(&ops, two), -EINVAL, "unregister_ftrace_direct_multi",
	       "another");
	refuse("filter", ftrace_set_filter_ip(&ops, site(0), 1, 0), -EBUSY,
	       "ftrace_set_filter_ip", "direct call");
	refuse("one of them", unregister_ftrace_direct(site(0), one), -EINVAL,
	       "unregister_ftrace_direct", "of an ops");
	call_all(NR, 0, 0);
	must("unregister", DEL(&ops, one));
	snap_take(&before);
	refuse("gone", DEL(&ops, one), -EINVAL, "unregister_ftrace_direct_multi",
	       "no direct call");
	refuse("gone", MOD(&ops, one), -EINVAL, "modify_ftrace_direct_multi",
	       "no direct call");
	show_all(0);
}

/* Text cannot be written for a while: all or none, and then it works. */
static void multi_retry(void)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);

	on_all(&ops);
	snap_take(&before);
	log_clear();
	fault.text_open = true;
	refuse("register", REG(&ops, one), -EPERM,
	       "register_ftrace_direct_multi", "written");
	call_all(0, 0, 0);
	fault.text_open = false;
	must("register", REG(&ops, one));
	snap_take(&before);
	fault.text_open = true;
	refuse("modify", MOD(&ops, two), -EPERM, "modify_ftrace_direct_multi",
	       "written");
	call_all(NR, 0, 0);
	refuse("unregister", DEL(&ops, one), -EPERM,
	       "unregister_ftrace_direct_multi", "written");
	call_all(NR, 0, 0);
	fault.text_open = false;
	must("modify", MOD(&ops, two));
	must("unregister", DEL(&ops, two));
	show_all(0);
}

static struct ftrace_stats stats(void)
{
	struct ftrace_stats st;

	must("stats", ftrace_get_stats(&st));
	return st;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *waits(void *arg)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return arg;
}

/* As many windows and barriers for all functions of a module as for one. */
static void multi_batch(void)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);
	static struct blob b;
	struct ftrace_stats was, now;
	unsigned int i;
	pthread_t t;

	value("blob", blob_make(&b, BLOB_MAX), true);
	must("blob", blob_add(&b));
	pthread_mutex_lock(&gate);
	must("thread", pthread_create(&t, NULL, waits, NULL));
	for (i = 0; i < BLOB_MAX; i++)
		must("filter", ftrace_set_filter_ip(&ops, CODE(b.fn[i]), 0, 0));
	/* The first batch of a process asks whether the host can sync. */
	must("register", REG(&ops, one));
	must("unregister", DEL(&ops, one));
	was = stats();
	must("register", REG(&ops, one));
	must("modify", MOD(&ops, two));
	must("unregister", DEL(&ops, two));
	now = stats();
	count("windows", now.windows - was.windows, 3);
	count("syncs", now.syncs - was.syncs, 3);
	pthread_mutex_unlock(&gate);
	pthread_join(t, NULL);
}

/*
 * Direct functions come and go by the thousand while threads look them up,
 * call the functions, and a tracer comes and goes.
 */
#define ROUNDS 16
#define GROWING 32
static struct blob grown;
static unsigned long stop, wrong, looked, attached;

static bool going_on(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static void tell(unsigned long *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

static void *looks(void *arg)
{
	unsigned long i = 0, a;

	while (going_on()) {
		i = (i + 7) % GROWING;
		a = ftrace_find_rec_direct(CODE(grown.fn[i]));
		if (a && a != CODE(direct_one) && a != CODE(direct_two))
			tell(&wrong);
		if (grown.fn[i]((long)i) != (long)i + 1)
			tell(&wrong);
		tell(&looked);
	}
	return arg;
}

static void *attaches(void *arg)
{
	static struct probe q;
	int err = 0;

	while (going_on()) {
		probe_init(&q, 0);
		err |= ftrace_set_filter_ip(&q.ops, CODE(grown.fn[3]), 0, 0);
		err |= register_ftrace_function(&q.ops);
		err |= unregister_ftrace_function(&q.ops);
		ftrace_free_filter(&q.ops);
		tell(&attached);
	}
	if (err)
		tell(&wrong);
	return arg;
}

static unsigned int grow_and_shrink(unsigned long addr)
{
	unsigned int i, bad = 0;

	for (i = 0; i < GROWING; i++)
		bad += !!register_ftrace_direct(CODE(grown.fn[i]), addr);
	for (i = 0; i < GROWING; i++)
		bad += ftrace_find_rec_direct(CODE(grown.fn[i])) != addr;
	for (i = 0; i < GROWING; i++)
		bad += !!unregister_ftrace_direct(CODE(grown.fn[i]), addr);
	return bad;
}

static void direct_table_grows(void)
{
	unsigned int i, bad = 0;
	pthread_t t[2];

	value("blob", blob_make(&grown, GROWING), true);
	must("blob", blob_add(&grown));
	must("thread", pthread_create(&t[0], NULL, looks, NULL));
	must("thread", pthread_create(&t[1], NULL, attaches, NULL));
	for (i = 0; i < ROUNDS || !__atomic_load_n(&looked, __ATOMIC_RELAXED) ||
	     !__atomic_load_n(&attached, __ATOMIC_RELAXED); i++)
		bad += grow_and_shrink(i & 1 ? CODE(direct_one) :
					       CODE(direct_two));
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	count("bad", bad, 0);
	count("wrong", wrong, 0);
	for (i = 0; i < GROWING; i++)
		value("find", ftrace_find_rec_direct(CODE(grown.fn[i])), 0);
}

const struct conf_case multi_cases[] = {
	{ "multi_alone", "-", multi_alone },
	{ "multi_far", "-", multi_far },
	{ "multi_shared", "-", multi_shared },
	{ "multi_errors", "-", multi_errors },
	{ "multi_retry", "host", multi_retry },
	{ "multi_batch", "-", multi_batch },
	{ "direct_table_grows", "-", direct_table_grows },
	{ NULL, NULL, NULL },
};
