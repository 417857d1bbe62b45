/* SPDX-License-Identifier: MIT */
/*
 * What a call costs, beside clang's XRay in the same process: medians of
 * interleaved repeats, as nanoseconds above a plain call and as a ratio.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ftrace/ftrace.h>

#include "bench.h"

#define REPEATS 15
#define CALLS 2000000L
#define OTHERS 100

static long counted;

static void count(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	counted++;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

/* Clients of the functions that are measured, and of another one. */
static struct ftrace_ops ops[20], others[OTHERS];

static void attach(struct ftrace_ops *op, unsigned long flags, bench_fn *fn)
{
	memset(op, 0, sizeof(*op));
	op->func = count;
	op->flags = flags;
	if (ftrace_set_filter_ip(op, (unsigned long)fn, 0, 1) ||
	    register_ftrace_function(op))
		die("attach");
}

static void detach(struct ftrace_ops *op)
{
	if (unregister_ftrace_function(op))
		die("detach");
	ftrace_free_filter(op);
}

static void on_others(void)
{
	int i;

	for (i = 0; i < OTHERS; i++)
		attach(&others[i], 0, bench_other);
}

static void off_others(void)
{
	int i;

	for (i = 0; i < OTHERS; i++)
		detach(&others[i]);
}

/* Attached anew each time: by then only used thunks are left. */
static void on_again(void)
{
	attach(&ops[19], 0, bench_again);
}

static void off_again(void)
{
	detach(&ops[19]);
}

static void on_xray(void)
{
	if (bench_xray_patch(1))
		die("xray");
}

static void off_xray(void)
{
	if (bench_xray_patch(0))
		die("xray");
}

/* What stays attached from beginning to end. */
static void attach_all(void)
{
	int i;

	attach(&ops[0], 0, bench_1);
	attach(&ops[1], FTRACE_OPS_FL_RECURSION_SAFE, bench_safe);
	attach(&ops[2], FTRACE_OPS_FL_SAVE_REGS, bench_regs);
	for (i = 3; i < 5; i++)
		attach(&ops[i], 0, bench_2);
	for (; i < 9; i++)
		attach(&ops[i], 0, bench_4);
	for (; i < 17; i++)
		attach(&ops[i], 0, bench_8);
	if (register_ftrace_direct((unsigned long)bench_direct,
				   (unsigned long)bench_stub))
		die("direct");
}

static struct row {
	const char *name;
	bench_fn *fn;
	int per_call;		/* callbacks that each call must make */
	void (*on)(void), (*off)(void);
	double ns[REPEATS], median;
} rows[] = {
	{ .name = "plain call", .fn = bench_plain },
	{ .name = "XRay entry", .fn = bench_xray, .per_call = 1,
	  .on = on_xray, .off = off_xray },
	{ .name = "XRay off", .fn = bench_xray },
	{ .name = "site off", .fn = bench_site },
	{ .name = "five one-byte nops", .fn = bench_nops },
	{ .name = "empty stub at the site", .fn = bench_direct },
	{ .name = "one ops", .fn = bench_1, .per_call = 1 },
	{ .name = "one ops, RECURSION_SAFE", .fn = bench_safe, .per_call = 1 },
	{ .name = "one ops, 100 elsewhere", .fn = bench_1, .per_call = 1,
	  .on = on_others, .off = off_others },
	{ .name = "one ops, used thunk", .fn = bench_again, .per_call = 1,
	  .on = on_again, .off = off_again },
	{ .name = "one ops, SAVE_REGS", .fn = bench_regs, .per_call = 1 },
	{ .name = "two ops", .fn = bench_2, .per_call = 2 },
	{ .name = "four ops", .fn = bench_4, .per_call = 4 },
	{ .name = "eight ops", .fn = bench_8, .per_call = 8 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define PLAIN (&rows[0])
#define XRAY (&rows[1])

static double time_calls(bench_fn *volatile fn)
{
	double start = now();
	long v = 0, i;

	for (i = 0; i < CALLS; i++)
		v = fn(v);
	if (v != CALLS)
		die("wrong result");
	return (now() - start) / (double)CALLS;
}

static void run(struct row *r, int repeat)
{
	const long *counter = r == XRAY ? &bench_xray_calls : &counted;
	long before;

	if (r->on)
		r->on();
	before = *counter;
	r->ns[repeat] = time_calls(r->fn);
	if (*counter - before != CALLS * r->per_call)
		die(r->name);
	if (r->off)
		r->off();
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *how)
{
	size_t i;

	if (!strcmp(how, "json"))
		printf("[\n");
	else
		printf("%-26s %8s %8s %8s\n", "", "ns", "above", "of XRay's");
	for (i = 0; i < ROWS; i++) {
		double above = rows[i].median - PLAIN->median;
		double ratio = above / (XRAY->median - PLAIN->median);

		if (!strcmp(how, "json"))
			printf("  {\"row\": \"%s\", \"ns\": %.3f, \"above\": "
			       "%.3f, \"of_xray\": %.3f}%s\n",
			       rows[i].name, rows[i].median, above, ratio,
			       i + 1 < ROWS ? "," : "");
		else
			printf("%-26s %8.2f %8.2f %8.2f\n", rows[i].name,
			       rows[i].median, above, ratio);
	}
	printf(!strcmp(how, "json") ? "]\n" : "all counts as they must be\n");
}

int main(int argc, char **argv)
{
	int repeat;
	size_t i;

	attach_all();
	for (repeat = 0; repeat < REPEATS; repeat++)
		for (i = 0; i < ROWS; i++)
			run(&rows[i], repeat);
	for (i = 0; i < ROWS; i++) {
		qsort(rows[i].ns, REPEATS, sizeof(double), by_value);
		rows[i].median = rows[i].ns[REPEATS / 2];
	}
	report(argc > 1 ? argv[1] : "text");
	return 0;
}
