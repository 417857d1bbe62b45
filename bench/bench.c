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

/* Clients of bench_site, and of other functions. */
static struct ftrace_ops ops[8], others[OTHERS];

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

static void several(int n, unsigned long flags)
{
	int i;

	for (i = 0; i < n; i++)
		attach(&ops[i], flags, bench_site);
}

static void none(int n)
{
	while (n--)
		detach(&ops[n]);
}

static void on_1(void)
{
	several(1, 0);
}

static void on_safe(void)
{
	several(1, FTRACE_OPS_FL_RECURSION_SAFE);
}

static void on_regs(void)
{
	several(1, FTRACE_OPS_FL_SAVE_REGS);
}

static void on_2(void)
{
	several(2, 0);
}

static void on_4(void)
{
	several(4, 0);
}

static void on_8(void)
{
	several(8, 0);
}

static void off_1(void)
{
	none(1);
}

static void off_2(void)
{
	none(2);
}

static void off_4(void)
{
	none(4);
}

static void off_8(void)
{
	none(8);
}


static void on_others(void)
{
	unsigned long ip = (unsigned long)bench_other;
	int i;

	for (i = 0; i < OTHERS; i++) {
		memset(&others[i], 0, sizeof(others[i]));
		others[i].func = count;
		if (ftrace_set_filter_ip(&others[i], ip, 0, 1) ||
		    register_ftrace_function(&others[i]))
			die("others");
	}
	several(1, 0);
}

static void off_others(void)
{
	int i;

	none(1);
	for (i = 0; i < OTHERS; i++)
		detach(&others[i]);
}

static void on_stub(void)
{
	if (register_ftrace_direct((unsigned long)bench_site,
				   (unsigned long)bench_stub))
		die("direct");
}

static void off_stub(void)
{
	if (unregister_ftrace_direct((unsigned long)bench_site,
				     (unsigned long)bench_stub))
		die("direct off");
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


static struct row {
	const char *name;
	bench_fn *fn;
	void (*on)(void), (*off)(void);
	int per_call;		/* callbacks that each call must make */
	long *counter;
	double ns[REPEATS], median;
} rows[] = {
	{ "plain call", bench_plain, NULL, NULL, 0, NULL, { 0 }, 0 },
	{ "site off", bench_site, NULL, NULL, 0, NULL, { 0 }, 0 },
	{ "five one-byte nops", bench_nops, NULL, NULL, 0, NULL, { 0 }, 0 },
	{ "empty stub at the site", bench_site, on_stub, off_stub, 0, NULL,
	  { 0 }, 0 },
	{ "XRay off", bench_xray, NULL, NULL, 0, NULL, { 0 }, 0 },
	{ "XRay entry", bench_xray, on_xray, off_xray, 1, &bench_xray_calls,
	  { 0 }, 0 },
	{ "one ops", bench_site, on_1, off_1, 1, &counted, { 0 }, 0 },
	{ "one ops, RECURSION_SAFE", bench_site, on_safe, off_1, 1, &counted,
	  { 0 }, 0 },
	{ "one ops, 100 elsewhere", bench_site, on_others, off_others, 1,
	  &counted, { 0 }, 0 },
	{ "one ops, SAVE_REGS", bench_site, on_regs, off_1, 1, &counted,
	  { 0 }, 0 },
	{ "two ops", bench_site, on_2, off_2, 2, &counted, { 0 }, 0 },
	{ "four ops", bench_site, on_4, off_4, 4, &counted, { 0 }, 0 },
	{ "eight ops", bench_site, on_8, off_8, 8, &counted, { 0 }, 0 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

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
	long before;

	if (r->on)
		r->on();
	before = r->counter ? *r->counter : 0;
	r->ns[repeat] = time_calls(r->fn);
	if (r->counter && *r->counter - before != CALLS * r->per_call)
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
	const struct row *plain = &rows[0], *xray = &rows[5];
	size_t i;

	if (!strcmp(how, "json"))
		printf("[\n");
	else
		printf("%-26s %8s %8s %8s\n", "", "ns", "above", "of XRay's");
	for (i = 0; i < ROWS; i++) {
		double above = rows[i].median - plain->median;
		double ratio = above / (xray->median - plain->median);

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
