/* SPDX-License-Identifier: MIT */
/* Area 13: the function profile, with exact counts. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ftrace/profile.h>

#include "graph.h"

static void start(void)
{
	struct ftrace_ops *ops = ftrace_profile_ops();

	must("filter", ftrace_set_filter(ops, "traced_*", 8, 1));
	must("enable", ftrace_profile_enable(1));
}

static void stop(void)
{
	must("disable", ftrace_profile_enable(0));
	ftrace_free_filter(ftrace_profile_ops());
}

/* One function of all that are told, which there may be once. */
static struct ftrace_profile row;
static unsigned long rows, want_ip;

static int find(const struct ftrace_profile *f, void *arg)
{
	(void)arg;
	rows++;
	if (f->ip == want_ip)
		row = *f;
	return 0;
}

static bool look(const void *fn)
{
	memset(&row, 0, sizeof(row));
	rows = 0;
	want_ip = ftrace_location(CODE(fn));
	must("for each", ftrace_profile_for_each(find, NULL));
	return row.ip;
}

static void seen(const char *name, const void *fn, unsigned long hits,
		 unsigned long returns)
{
	look(fn);
	note("%s: %llu ns", name, row.time);
	count(name, (unsigned long)row.hits, hits);
	count("returns", (unsigned long)row.returns, returns);
	value("time", row.time > 0, returns > 0);
	value("average", row.average == (returns ? row.time / returns : 0),
	      true);
}

#define THREADS 4
#define CALLS 500UL

static void *caller(void *arg)
{
	unsigned long i, bad = 0;

	(void)arg;
	for (i = 0; i < CALLS; i++) {
		bad += traced_outer(3, NULL) != 9;
		bad += traced_one(1) != 2;
	}
	return (void *)bad;
}

/* At the same time; their tables are there when they are not. */
static void profile_threads(void)
{
	pthread_t t[THREADS];
	unsigned int i, loops;
	void *bad;

	start();
	for (loops = 1; loops <= 2; loops++) {
		for (i = 0; i < THREADS; i++)
			must("create",
			     pthread_create(&t[i], NULL, caller, NULL));
		for (i = 0; i < THREADS; i++) {
			pthread_join(t[i], &bad);
			count("bad", (unsigned long)bad, 0);
		}
		seen("outer", traced_outer, loops * THREADS * CALLS,
		     loops * THREADS * CALLS);
		seen("inner", traced_inner, loops * THREADS * CALLS,
		     loops * THREADS * CALLS);
	}
	seen("one", traced_one, 2 * THREADS * CALLS, 2 * THREADS * CALLS);
	value("rows", rows, 3);
	count("missed", ftrace_profile_missed(), 0);
	stop();
	value("one", (unsigned long)traced_one(1), 2);
	seen("one, off", traced_one, 2 * THREADS * CALLS, 2 * THREADS * CALLS);
}

static void profile_recursion(void)
{
	unsigned long long outer;

	start();
	value("sum", (unsigned long)traced_sum(20), 210);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	value("tail", (unsigned long)traced_tail_calls(2, NULL), 9);
	seen("sum", traced_sum, 20, 20);
	seen("tail", traced_tail_calls, 1, 1);
	seen("outer", traced_outer, 2, 2);
	outer = row.time;
	seen("inner", traced_inner, 2, 2);
	value("what it calls is in its time", outer > row.time, true);
	stop();
}

/* What is left has been called, and has not returned. */
static void jump(void)
{
	jmp_buf env;

	if (!setjmp(env))
		traced_jumps(&env, 4);
}

static void profile_longjmp(void)
{
	unsigned int i;

	start();
	for (i = 0; i < 300; i++)
		jump();
	seen("jumps", traced_jumps, 1500, 0);
	value("jumps", (unsigned long)traced_jumps(NULL, 4), 5);
	seen("jumps", traced_jumps, 1505, 5);
	stop();
}

/* Each has its own from then on. */
static void profile_fork(void)
{
	int status = -1;
	pid_t child;

	start();
	traced_one(1);
	child = fork();
	if (!child) {
		traced_one(1);
		look(traced_one);
		if (row.hits != 2)
			_exit(1);
		ftrace_profile_reset();
		traced_one(1);
		look(traced_one);
		_exit(row.hits == 1 && rows == 1 && row.returns == 1 &&
			      !ftrace_profile_enable(0) ? 42 : 2);
	}
	waitpid(child, &status, 0);
	value("child", (unsigned long)WEXITSTATUS(status), 42);
	seen("one", traced_one, 1, 1);
	stop();
}

/* From the middle of a call, and anew. */
static void resets(void)
{
	ftrace_profile_reset();
}

static void profile_reset(void)
{
	start();
	traced_one(1);
	value("outer", (unsigned long)traced_outer(3, resets), 9);
	value("one", look(traced_one), false);
	value("rows", rows, 0);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	seen("outer", traced_outer, 1, 1);
	must("again", ftrace_profile_enable(1));
	seen("outer", traced_outer, 1, 1);
	must("off", ftrace_profile_enable(0));
	must("off", ftrace_profile_enable(0));
	seen("outer", traced_outer, 1, 1);
	must("on", ftrace_profile_enable(1));
	value("outer", look(traced_outer), false);
	stop();
}

/*
 * A handler calls at any moment. In the middle of the profile's own work that
 * is dropped and counted so; nothing is lost in silence.
 */
#define SIGNALS 300
static volatile unsigned long signals;

static void on_signal(void *context)
{
	(void)context;
	signals++;
	traced_one(1);
}

static void profile_signals(void)
{
	const struct itimerval often = { { 0, 500 }, { 0, 500 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction sa = { .sa_flags = SA_SIGINFO };
	struct ftrace_stats st;
	unsigned long calls = 0;

	sa.sa_sigaction = traced_handler;
	handler_hook = on_signal;
	start();
	sigaction(SIGVTALRM, &sa, NULL);
	setitimer(ITIMER_VIRTUAL, &often, NULL);
	while (signals < SIGNALS) {
		traced_two(1);
		calls++;
	}
	setitimer(ITIMER_VIRTUAL, &never, NULL);
	calls += 2 * signals;
	must("stats", ftrace_get_stats(&st));
	note("%lu calls, %lu dropped", calls, st.dropped);
	look(traced_two);
	calls -= (unsigned long)row.hits;
	count("returns", (unsigned long)(row.hits - row.returns), 0);
	look(traced_one);
	calls -= (unsigned long)row.hits;
	count("returns", (unsigned long)(row.hits - row.returns), 0);
	look(traced_handler);
	count("not counted", calls - (unsigned long)row.hits, st.dropped);
	count("overruns", st.overruns, 0);
	stop();
}

/* Looked at, reset, switched off and on while threads call. */
static volatile bool over;

static void *keeps_calling(void *arg)
{
	unsigned long bad = 0;

	(void)arg;
	while (!over)
		bad += traced_outer(3, NULL) != 9;
	return (void *)bad;
}

static int sane(const struct ftrace_profile *f, void *arg)
{
	*(unsigned long *)arg += f->returns > f->hits ||
		f->time / 60000000000ULL > f->returns ||
		(f->ip != ftrace_location(CODE(traced_outer)) &&
		 f->ip != ftrace_location(CODE(traced_inner)));
	return 0;
}

static void profile_live(void)
{
	unsigned long bad = 0;
	pthread_t t[THREADS];
	unsigned int i;
	void *wrong;

	start();
	for (i = 0; i < THREADS; i++)
		must("create",
		     pthread_create(&t[i], NULL, keeps_calling, NULL));
	for (i = 0; i < 200; i++) {
		ftrace_profile_for_each(sane, &bad);
		if (i % 8 == 0)
			ftrace_profile_reset();
		if (i % 16 == 0)
			bad += ftrace_profile_enable(0) ||
			       ftrace_profile_enable(1);
	}
	over = true;
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], &wrong);
		count("wrong", (unsigned long)wrong, 0);
	}
	count("bad", bad, 0);
	stop();
}

static unsigned long lines;

static int print(const char *text, void *arg)
{
	static const char *const names[] = { "  Function  ", "  --------  ",
					     "  traced_outer  ",
					     "  traced_inner  " };

	(void)arg;
	note("%s", text);
	value("line", lines < 4 && !strncmp(text, names[lines],
					    strlen(names[lines])), true);
	if (lines >= 2)
		value("hits", !strncmp(text + 34, "         3    ", 14), true);
	lines++;
	return 0;
}

static void profile_print(void)
{
	unsigned int i;

	log_clear();
	refused("NULL", ftrace_profile_print(NULL, NULL), -EINVAL,
		"ftrace_profile_print", "NULL");
	refused("NULL", ftrace_profile_for_each(NULL, NULL), -EINVAL,
		"ftrace_profile_for_each", "NULL");
	start();
	for (i = 0; i < 3; i++)
		value("outer", (unsigned long)traced_outer(3, NULL), 9);
	must("print", ftrace_profile_print(print, NULL));
	value("lines", lines, 4);
	stop();
}

const struct conf_case profile_cases[] = {
	{ "graph_profile_threads", "-", profile_threads },
	{ "graph_profile_recursion", "-", profile_recursion },
	{ "graph_profile_longjmp", "-", profile_longjmp },
	{ "graph_profile_fork", "-", profile_fork },
	{ "graph_profile_reset", "-", profile_reset },
	{ "graph_profile_signals", "-", profile_signals },
	{ "graph_profile_live", "-", profile_live },
	{ "graph_profile_print", "-", profile_print },
	{ NULL, NULL, NULL },
};
