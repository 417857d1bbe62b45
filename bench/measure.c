/* SPDX-License-Identifier: MIT */
/* The clock, medians, clients that count, and giving up. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

static double read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double bench_cpu_now(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double bench_time_calls(bench_fn *volatile fn, long calls)
{
	double start = bench_cpu_now();
	long v = 0, i;

	for (i = 0; i < calls; i++)
		v = fn(v);
	if (v != calls)
		bench_die("a function's result is wrong");
	return (bench_cpu_now() - start) / (double)calls;
}

void bench_die(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "bench: %s: the figures do not count\n", what);
	exit(1);
}

/* Kept until the end: few, and short. */
const char *bench_text(const char *fmt, ...)
{
	va_list args;
	char *text;
	int err;

	va_start(args, fmt);
	err = vasprintf(&text, fmt, args);
	va_end(args);
	if (err < 0)
		bench_die("no memory");
	return text;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* What is above @zero, over what of @ref is above its own; either may be NULL. */
static double median_of(const double *v, const double *zero, const double *ref,
			const double *ref_zero, int nr)
{
	double *each = malloc((size_t)nr * sizeof(*each)), median;
	int i;

	if (!each)
		bench_die("no memory");
	for (i = 0; i < nr; i++) {
		each[i] = v[i] - (zero ? zero[i] : 0);
		if (ref)
			each[i] /= ref[i] - (ref_zero ? ref_zero[i] : 0);
	}
	qsort(each, (size_t)nr, sizeof(*each), by_value);
	median = each[nr / 2];
	free(each);
	return median;
}

double bench_median(const double *v, int nr)
{
	return median_of(v, NULL, NULL, NULL, nr);
}

double bench_median_above(const double *v, const double *zero, int nr)
{
	return median_of(v, zero, NULL, NULL, nr);
}

/* Repeat by repeat: what makes the machine slow for a while is in both. */
double bench_ratio(const double *v, const double *v_zero, const double *ref,
		   const double *ref_zero, int nr)
{
	return median_of(v, v_zero, ref, ref_zero, nr);
}

void bench_count(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	((struct bench_client *)op)->calls++;
}

/* @fn is the function to call at; NULL for all. */
void bench_attach(struct bench_client *c, ftrace_func_t func,
		  unsigned long flags, const void *fn)
{
	memset(&c->ops, 0, sizeof(c->ops));
	c->ops.func = func;
	c->ops.flags = flags;
	if ((fn && ftrace_set_filter_ip(&c->ops, (unsigned long)fn, 0, 1)) ||
	    register_ftrace_function(&c->ops))
		bench_die("a client could not be registered");
}

void bench_detach(struct bench_client *c)
{
	if (unregister_ftrace_function(&c->ops))
		bench_die("a client could not be unregistered");
	ftrace_free_filter(&c->ops);
}

struct ftrace_stats bench_stats(void)
{
	struct ftrace_stats st;

	if (ftrace_get_stats(&st))
		bench_die("no statistics");
	return st;
}
