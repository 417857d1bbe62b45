/* SPDX-License-Identifier: MIT */
/* Area 11: functions built with -pg alone, found by what they call. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <ftrace/module.h>

#include "conformance.h"

#define TEN(fn) fn(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)

/* Where -pg is not enough: it says so, and nothing else happens. */
static bool starts(unsigned long max)
{
	struct snap before;
	int err;

	snap_take(&before);
	log_clear();
	err = ftrace_discover(max);
	if (FTRACE_MCOUNT) {
		must("discover", err);
		return true;
	}
	refused("discover", err, -EOPNOTSUPP, "ftrace_discover", "-pg");
	value("result", (unsigned long)found_one(1), 12);
	value("location", ftrace_location(CODE(found_one)), 0);
	snap_same("discover", &before);
	return false;
}

/* The next call of the library that looks. */
static unsigned long sites_now(void)
{
	struct ftrace_stats st;

	must("stats", ftrace_get_stats(&st));
	return st.sites;
}

static void call_all(void)
{
	value("one", (unsigned long)found_one(1), 12);
	value("two", (unsigned long)found_two(1), 13);
	value("ten", (unsigned long)TEN(found_ten), 385);
	value("double", found_double(5.5, 2.0) == 1.5, true);
}

/* Once each, whoever calls how often, and from then on a site like others. */
static void discover_found(void)
{
	static struct probe all, one;
	unsigned long before, ip, i;

	call_all();
	before = sites_now();
	value("unasked", ftrace_location(CODE(found_one)), 0);
	if (!starts(100))
		return;
	/* What does not call is not found. */
	value("none", sites_now(), before);
	for (i = 0; i < 3; i++)
		call_all();
	value("four", sites_now(), before + 4);
	ip = ftrace_location(CODE(found_one));
	show_nop("found_one", ip);
	show_nop("found_ten", ftrace_location(CODE(found_ten)));
	call_all();
	value("three", ftrace_location(CODE(found_three)), 0);
	probe_init(&one, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	must("filter", ftrace_set_filter(&one.ops, "found_ten", 9, 0));
	must("filter", ftrace_set_filter(&one.ops, "found_double", 12, 0));
	must("register", register_ftrace_function(&one.ops));
	probe_init(&all, 0);
	must("register", register_ftrace_function(&all.ops));
	call_all();
	count("one", one.hits, 2);
	count("all", all.hits, 4);
	show_thunk("found_one", ip, 1);
	show_thunk("found_ten", ftrace_location(CODE(found_ten)), 2);
	/* A client of all functions has those that come, too. */
	value("result", (unsigned long)found_three(1), 14);
	count("all", all.hits, 4);
	value("five", sites_now(), before + 5);
	value("result", (unsigned long)found_three(1), 14);
	count("all", all.hits, 5);
	show_thunk("found_three", ftrace_location(CODE(found_three)), 1);
	must("unregister", unregister_ftrace_function(&all.ops));
	must("unregister", unregister_ftrace_function(&one.ops));
	show_nop("found_ten", ftrace_location(CODE(found_ten)));
	must("direct", register_ftrace_direct(ip, CODE(direct_one)));
	value("result", (unsigned long)found_one(1), 12);
	count("direct", direct_hits[1], 1);
	value("into", direct_into, ip + MCOUNT_INSN_SIZE);
	show_direct("found_one", ip, CODE(direct_one));
	must("direct", unregister_ftrace_direct(ip, CODE(direct_one)));
	show_nop("found_one", ip);
	value("again", (unsigned long)ftrace_discover(1), (unsigned long)-EBUSY);
}

/* No room: those are skipped and counted, and found when they come again. */
static void discover_full(void)
{
	struct ftrace_stats st;
	unsigned long before = sites_now();

	if (!starts(2))
		return;
	call_all();
	found_one(1);
	value("two", sites_now(), before + 2);
	ftrace_get_stats(&st);
	value("undiscovered", st.undiscovered, 2);
	value("ten", ftrace_location(CODE(found_ten)), 0);
	call_all();
	value("four", sites_now(), before + 4);
	ftrace_get_stats(&st);
	value("undiscovered", st.undiscovered, 2);
	call_all();
}

/* Threads that call while their sites are found, traced and let go. */
static int stop;
static unsigned long wrong, rounds;

static void *caller(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		if (found_one(1) != 12 || found_two(2) != 14 ||
		    TEN(found_ten) != 385 || found_double(5.5, 2.0) != 1.5 ||
		    found_three(3) != 16)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
	}
	return arg;
}

static void one_more_round(void)
{
	unsigned long was = __atomic_load_n(&rounds, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < was + 4)
		sched_yield();
}

static unsigned long live_hits;

static void live_hit(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	__atomic_fetch_add(&live_hits, 1, __ATOMIC_SEQ_CST);
}

static void discover_live(void)
{
	static struct probe p;
	unsigned long before = sites_now();
	pthread_t t[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		must("thread", pthread_create(&t[i], NULL, caller, NULL));
	one_more_round();
	if (starts(100)) {
		one_more_round();
		value("five", sites_now(), before + 5);
		probe_init(&p, 0);
		p.ops.func = live_hit;
		must("filter", ftrace_set_filter(&p.ops, "found_*", 7, 1));
		for (i = 0; i < 50; i++) {
			must("register", register_ftrace_function(&p.ops));
			must("unregister", unregister_ftrace_function(&p.ops));
		}
		must("register", register_ftrace_function(&p.ops));
		one_more_round();
		value("called", live_hits >= 5, true);
		must("unregister", unregister_ftrace_function(&p.ops));
		show_nop("found_one", ftrace_location(CODE(found_one)));
		show_nop("found_ten", ftrace_location(CODE(found_ten)));
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	count("wrong", wrong, 0);
}

/* Where sites of a conservative module jump nothing is found, and a line says so. */
static void discover_keep(void)
{
	unsigned long before = sites_now();

	must("conservative", ftrace_set_conservative("*"));
	if (!starts(100))
		return;
	value("said", log_has("ftrace_discover", "not found in a conservative"),
	      FTRACE_KEEPER_JUMP);
	call_all();
	value("found", sites_now(), before + (FTRACE_KEEPER_JUMP ? 0 : 4));
	call_all();
}

const struct conf_case discover_cases[] = {
	{ "discover_found", "-", discover_found },
	{ "discover_full", "-", discover_full },
	{ "discover_live", "-", discover_live },
	{ "discover_keep", "-", discover_keep },
	{ NULL, NULL, NULL },
};
