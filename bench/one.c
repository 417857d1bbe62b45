/* SPDX-License-Identifier: MIT */
/* One function among many, on and off, while a second thread calls it. */
#include "bench.h"

#define REPEATS 201

enum { ENABLE, DISABLE, PATCH, UNPATCH, NR };

static double us[NR][REPEATS];
static double windows[REPEATS], syncs[REPEATS];

static void repeat_ours(struct bench_client *c, bench_fn *fn, int r)
{
	struct ftrace_stats before = bench_stats(), after;
	long seen = bench_seen;
	double start;

	if (ftrace_set_filter_ip(&c->ops, (unsigned long)fn, 0, 1))
		bench_die("no filter");
	start = bench_now();
	if (register_ftrace_function(&c->ops))
		bench_die("enabling one function failed");
	us[ENABLE][r] = (bench_now() - start) / 1e3;
	after = bench_stats();
	windows[r] = (double)(after.windows - before.windows);
	syncs[r] = (double)(after.syncs - before.syncs);
	if (after.enabled != before.enabled + 1 || !syncs[r] ||
	    fn(1) != 2 || bench_seen != seen + 1)
		bench_die("one function was to be enabled and seen");
	bench_threads_await(bench_threads_seen());
	start = bench_now();
	if (unregister_ftrace_function(&c->ops))
		bench_die("disabling one function failed");
	us[DISABLE][r] = (bench_now() - start) / 1e3;
	if (fn(1) != 2 || bench_seen != seen + 1)
		bench_die("one function was to be disabled");
}

static void repeat_xray(bench_fn *fn, unsigned long id, int r)
{
	long calls = bench_xray_calls;
	double start = bench_now();

	bench_xray_patch_one(id, true);
	us[PATCH][r] = (bench_now() - start) / 1e3;
	if (fn(1) != 2 || bench_xray_calls != calls + 1)
		bench_die("XRay was to patch one function");
	start = bench_now();
	bench_xray_patch_one(id, false);
	us[UNPATCH][r] = (bench_now() - start) / 1e3;
}

static void row(const char *what, int id, int ref)
{
	bench_row(&(struct bench_row){
		what, "us", bench_median(us[id], REPEATS),
		"XRay, one function", bench_median(us[ref], REPEATS),
		bench_ratio(us[id], NULL, us[ref], NULL, REPEATS),
		BENCH_NO_GOAL, 0, "seen by both threads" });
}

static void row_count(const char *what, const double *v, double limit)
{
	double most = 0;
	int r;

	for (r = 0; r < REPEATS; r++)
		if (v[r] > most)
			most = v[r];
	bench_row(&(struct bench_row){
		.what = what, .unit = "", .value = most, .goal = BENCH_VALUE,
		.limit = limit, .checked = "the most of all repeats" });
}

void bench_one(void)
{
	static struct bench_client client = { .ops.func = bench_count_seen };
	bench_fn *fns[2] = {
		bench_many_fn(bench_many_text, bench_many_nr / 2),
		bench_many_fn(bench_many_xray, bench_many_nr / 2),
	};
	unsigned long id = bench_xray_find(fns[1]);
	int r;

	bench_section(bench_text("One function among %lu, one thread calling",
				 bench_many_nr));
	bench_threads_start(1, fns, 2);
	for (r = 0; r < REPEATS; r++) {
		repeat_ours(&client, fns[0], r);
		repeat_xray(fns[1], id, r);
	}
	bench_threads_stop();
	ftrace_free_filter(&client.ops);
	row("enable one", ENABLE, PATCH);
	row_count("its windows", windows, 1);
	row_count("its barriers", syncs, 3);
	row("disable one", DISABLE, UNPATCH);
}
