/* SPDX-License-Identifier: MIT */
/* One trampoline for every function, another one, and none again. */
#include <stdlib.h>

#include "bench.h"

#define REPEATS 21

enum { ATTACH, SWITCH, DETACH, NR };

static struct ftrace_ops ops;
static double ns[NR][REPEATS];

static void attach(void)
{
	if (register_ftrace_direct_multi(&ops, (unsigned long)bench_direct_a))
		bench_die("no direct calls");
}

static void change(void)
{
	if (modify_ftrace_direct_multi(&ops, (unsigned long)bench_direct_b))
		bench_die("no other direct calls");
}

static void detach(void)
{
	if (unregister_ftrace_direct_multi(&ops, (unsigned long)bench_direct_b))
		bench_die("direct calls stay");
}

/* Each function once: the trampolines are called so often for it. */
static void call_all(long a, long b)
{
	long was_a = bench_direct_hits[0], was_b = bench_direct_hits[1], v = 0;
	long nr = (long)bench_many_nr;
	unsigned long i;

	for (i = 0; i < bench_many_nr; i++)
		v = bench_many_fn(bench_many_text, i)(v);
	if (v != nr || bench_direct_hits[0] - was_a != a * nr ||
	    bench_direct_hits[1] - was_b != b * nr)
		bench_die("direct calls were not as many as functions");
}

static void timed(int what, int r, void (*run)(void), long a, long b)
{
	double start = bench_now();

	run();
	ns[what][r] = (bench_now() - start) / (double)bench_many_nr;
	call_all(a, b);
}

static void filter(void)
{
	unsigned long *ips = malloc(bench_many_nr * sizeof(*ips)), i;

	for (i = 0; ips && i < bench_many_nr; i++)
		ips[i] = (unsigned long)bench_many_fn(bench_many_text, i);
	if (!ips || ftrace_set_filter_ips(&ops, ips, (unsigned int)bench_many_nr,
					  0, 1))
		bench_die("no filter of all functions");
	free(ips);
}

static void figure(const char *what, int id)
{
	bench_row(&(struct bench_row){
		.what = what, .unit = "ns",
		.value = bench_median(ns[id], REPEATS),
		.checked = "each called" });
}

static void calls(const char *what, void (*run)(void))
{
	bench_row(&(struct bench_row){
		.what = what, .unit = "calls",
		.value = (double)bench_syscalls(run),
		.ref = "any number of functions", .ref_value = 64,
		.ratio = (double)bench_syscalls(run) / 64,
		.goal = BENCH_RATIO, .limit = 1,
		.checked = "by ptrace, with a second thread" });
}

void bench_direct_many(void)
{
	int r;

	bench_section(bench_text("direct calls of %lu functions, ns each",
				 bench_many_nr));
	filter();
	for (r = 0; r < REPEATS; r++) {
		timed(ATTACH, r, attach, 1, 0);
		timed(SWITCH, r, change, 0, 1);
		timed(DETACH, r, detach, 0, 0);
	}
	figure("attach one trampoline", ATTACH);
	figure("switch to another", SWITCH);
	figure("detach", DETACH);
	calls("system calls of attaching", attach);
	attach();
	calls("system calls of switching", change);
	change();
	calls("system calls of detaching", detach);
	detach();
}
