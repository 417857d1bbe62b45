/* SPDX-License-Identifier: MIT */
/* Everything on and off again: alone, and while threads call. */
#include <errno.h>

#include <ftrace/host.h>

#include "bench.h"

#define REPEATS_MAX 31
#define CALLERS_CALL 64		/* functions that a calling thread goes through */

enum { ENABLE, DISABLE, PATCH, UNPATCH, COPY, COPY_SYNCED, NR };

static struct bench_client all;
static double ns[NR][REPEATS_MAX];
static int repeats;

/* Every function once: its callback runs, once, or does not. */
static void call_all(char *text, const long *count, long per_call)
{
	unsigned long i;
	long before = *count, v = 0;

	for (i = 0; i < bench_many_nr; i++)
		v = bench_many_fn(text, i)(v);
	if (v != (long)bench_many_nr)
		bench_die("a traced function's result is wrong");
	if (*count - before != per_call * (long)bench_many_nr)
		bench_die("callbacks were not as many as functions");
}

static double per(double nanoseconds, unsigned long functions)
{
	return nanoseconds / (double)functions;
}

static void enable(void)
{
	if (register_ftrace_function(&all.ops))
		bench_die("enabling everything failed");
}

static void disable(void)
{
	if (unregister_ftrace_function(&all.ops))
		bench_die("disabling everything failed");
}

static void repeat_ours(int r, bool threads)
{
	struct ftrace_stats before = bench_stats(), st;
	unsigned long sites = before.sites - before.disabled;
	double start;

	call_all(bench_many_text, &bench_seen, 0);
	start = bench_now();
	enable();
	ns[ENABLE][r] = per(bench_now() - start, sites);
	st = bench_stats();
	if (st.enabled != sites || (threads && st.syncs == before.syncs))
		bench_die("not all enabled, or not synchronised");
	if (threads)
		bench_threads_await(bench_threads_seen());
	call_all(bench_many_text, &bench_seen, 1);
	before = st;
	start = bench_now();
	disable();
	ns[DISABLE][r] = per(bench_now() - start, sites);
	st = bench_stats();
	if (st.enabled || (threads && st.syncs == before.syncs))
		bench_die("not all disabled, or not synchronised");
	call_all(bench_many_text, &bench_seen, 0);
}

static void repeat_xray(int r)
{
	unsigned long functions = bench_xray_functions();
	double start;

	call_all(bench_many_xray, &bench_xray_calls, 0);
	start = bench_now();
	bench_xray_patch(true);
	ns[PATCH][r] = per(bench_now() - start, functions);
	call_all(bench_many_xray, &bench_xray_calls, 1);
	start = bench_now();
	bench_xray_patch(false);
	ns[UNPATCH][r] = per(bench_now() - start, functions);
	call_all(bench_many_xray, &bench_xray_calls, 0);
}

static void repeat_floor(int id, int barriers, int r)
{
	call_all(bench_many_text, &bench_seen, 0);
	ns[id][r] = per(bench_floor(barriers), bench_many_nr);
}

/*
 * Each right behind a round of calls and a run of the same that does not
 * count: so all find their text in the caches alike.
 */
static void repeat(int r, bool threads)
{
	int i;

	for (i = 0; i < 2; i++)
		repeat_ours(r, threads);
	for (i = 0; i < 2; i++)
		repeat_xray(r);
	for (i = 0; i < 2; i++)
		repeat_floor(COPY, 0, r);
	for (i = 0; i < 2; i++)
		repeat_floor(COPY_SYNCED, 3, r);
}

/* One site is not what it must be: nothing may change anywhere. */
static void check_verified(void)
{
	ftrace_set_log(bench_no_log);
	bench_foreign(bench_many_nr / 2, true);
	if (register_ftrace_function(&all.ops) != -EINVAL ||
	    bench_stats().enabled)
		bench_die("a foreign byte was not found");
	bench_foreign(bench_many_nr / 2, false);
	ftrace_set_log(NULL);
}

static void beside(const char *what, int id, const char *ref, int ref_id,
		   double part, double goal, const char *checked)
{
	double scaled[REPEATS_MAX];
	int r;

	for (r = 0; r < repeats; r++)
		scaled[r] = ns[ref_id][r] * part;
	bench_row(&(struct bench_row){
		what, "ns", bench_median(ns[id], repeats), ref,
		bench_median(scaled, repeats),
		bench_ratio(ns[id], NULL, scaled, NULL, repeats),
		goal ? BENCH_VALUE : BENCH_NO_GOAL, goal, checked });
}

static void report(const char *checked)
{
	static const char on[] = "enable all", off[] = "disable all";
	static const char copy[] = "floor, memcpy";

	beside(on, ENABLE, "XRay, both sleds", PATCH, 1, 8, checked);
	beside(on, ENABLE, "XRay, per sled", PATCH, 0.5, 0, checked);
	beside(on, ENABLE, copy, COPY, 1, 0, checked);
	beside(on, ENABLE, "floor, three barriers", COPY_SYNCED, 1, 0, checked);
	beside(off, DISABLE, "XRay, both sleds", UNPATCH, 1, 8, checked);
	beside(off, DISABLE, "XRay, per sled", UNPATCH, 0.5, 0, checked);
	beside(off, DISABLE, copy, COPY, 1, 0, checked);
	beside(off, DISABLE, "floor, three barriers", COPY_SYNCED, 1, 0,
	       checked);
}

static void measure(bool threads)
{
	int r;

	repeats = bench_many_nr > 100000 ? 11 : REPEATS_MAX;
	repeat(0, threads);	/* pages are copied on the first write */
	for (r = 0; r < repeats; r++)
		repeat(r, threads);
}

/* @other: what it took in the program with fewer functions, 0 if this is it. */
static long report_syscalls(long other)
{
	long nr = bench_syscalls(enable);
	struct bench_row row = {
		.what = "system calls of one enable", .unit = "calls",
		.value = (double)nr,
		.checked = "by ptrace, with a second thread",
	};

	if (other) {
		row.ref = "with fewer functions";
		row.ref_value = (double)other;
		row.ratio = row.value / row.ref_value;
		row.goal = BENCH_RATIO;
		row.limit = 1;
	}
	bench_row(&row);
	return nr;
}

long bench_many_alone(long syscalls)
{
	all.ops.func = bench_count_seen;
	bench_section(bench_text("%lu functions at once, alone, ns each",
				 bench_many_nr));
	check_verified();
	measure(false);
	report("verified, each called");
	return report_syscalls(syscalls);
}

void bench_many_threads(void)
{
	bench_fn *fns[CALLERS_CALL];
	int i, nr = bench_other_cpus();

	for (i = 0; i < CALLERS_CALL; i++)
		fns[i] = bench_many_fn(i & 1 ? bench_many_text :
					       bench_many_xray,
				       bench_many_nr / CALLERS_CALL *
					       (unsigned long)i);
	bench_section(bench_text("%lu functions at once, %d calling, "
				 "ns each", bench_many_nr, nr));
	bench_threads_start(nr, fns, CALLERS_CALL);
	measure(true);
	bench_threads_stop();
	report("verified, synchronised, each called");
}
