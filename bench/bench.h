/* SPDX-License-Identifier: MIT */
/* What the parts of the benchmark share. */
#ifndef FTRACE_BENCH_H
#define FTRACE_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include <ftrace/ftrace.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef long bench_fn(long);

/* report.c: the table */
enum bench_goal {
	BENCH_NO_GOAL,
	BENCH_VALUE,	/* the value at most the limit */
	BENCH_RATIO,	/* the ratio at most the limit */
	BENCH_SAME,	/* the ratio 1, give or take the limit */
};

/**
 * struct bench_row - one line of the table
 * @what: what was measured
 * @unit: of @value and @ref_value
 * @value: the median
 * @ref: what it stands beside, NULL for nothing
 * @ref_value: the median of that
 * @ratio: the median of the ratios of each repeat, not the medians' ratio
 * @goal: which of these is judged
 * @limit: by what
 * @checked: what held in this run, or the run would have ended
 */
struct bench_row {
	const char *what, *unit;
	double value;
	const char *ref;
	double ref_value, ratio;
	enum bench_goal goal;
	double limit;
	const char *checked;
};

void bench_begin(bool json, bool whole);
void bench_section(const char *title);
void bench_row(const struct bench_row *row);
void bench_absent(const char *what, const char *why);
void bench_end(bool whole);
extern bool bench_json;

/* measure.c: the clock, medians, and giving up */
double bench_now(void);		/* nanoseconds */
double bench_cpu_now(void);	/* that this thread ran: others may work too */
/* Of one of so many calls; ends the run if its result is wrong. */
double bench_time_calls(bench_fn *fn, long calls);
double bench_median(const double *v, int nr);
double bench_median_above(const double *v, const double *zero, int nr);
double bench_ratio(const double *v, const double *v_zero, const double *ref,
		   const double *ref_zero, int nr);
void bench_die(const char *what) __attribute__((noreturn));
const char *bench_text(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* A client that counts: one thread's calls, so that counting races nowhere. */
struct bench_client {
	struct ftrace_ops ops;
	long calls;
};

void bench_count(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs);
void bench_attach(struct bench_client *c, ftrace_func_t func,
		  unsigned long flags, const void *fn);
void bench_detach(struct bench_client *c);
struct ftrace_stats bench_stats(void);

/* threads.c: who calls while something changes */
#define BENCH_THREADS_MAX 8

extern __thread long bench_seen;	/* callbacks of this thread */
void bench_count_seen(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs);
int bench_other_cpus(void);
void bench_threads_start(int nr, bench_fn *const *fns, int nr_fns);
long bench_threads_seen(void);
void bench_threads_await(long seen);
void bench_threads_stop(void);

/* floor.c: what changing the same sites takes at least */
double bench_floor(int barriers);
void bench_foreign(unsigned long i, bool on);

/* host.c: what the library holds, by the host's account; silence */
extern size_t bench_held, bench_held_most;
void bench_no_log(const char *line);

/* syscalls.c */
long bench_syscalls(void (*run)(void));

/*
 * The parts, each a file: their rows are printed as they are done. Those that
 * start threads come last, as nobody is alone after that.
 */
void bench_calls(void);
void bench_profile(const char *self);
void bench_wide_attach(void);
void bench_wide(void);
long bench_many_alone(long syscalls);
void bench_direct_many(void);
void bench_memory(void);
void bench_names(void);
void bench_many_threads(void);
void bench_one(void);
void bench_leave(void);

/* many.sh: functions, at this distance from each other */
#define BENCH_STRIDE 32
extern char bench_many_text[], bench_many_xray[];
extern const unsigned long bench_many_nr;

static inline bench_fn *bench_many_fn(char *text, unsigned long i)
{
	return (bench_fn *)(void *)(text + i * BENCH_STRIDE);
}

/* graph.c: who is told of returns, too; ends the run unless of each one */
void bench_graph_attach(bench_fn *fn);
void bench_graph_detach(void);
long bench_graph_counted(void);
extern long bench_entries, bench_returns;
void bench_swap_enter(unsigned long parent);	/* these two: for body.S */
unsigned long bench_swap_leave(void);
void __cyg_profile_func_enter(void *fn, void *parent);
void __cyg_profile_func_exit(void *fn, void *parent);

/* plain.c: the body, without anything at its entry */
bench_fn bench_plain;
/* sites.c: the body with a site each, for a row each */
bench_fn bench_site, bench_direct, bench_shared, bench_far, bench_redirect,
	bench_1, bench_graph, bench_swapped,
	bench_safe, bench_regs, bench_2, bench_4, bench_8, bench_16,
	bench_again, bench_other, bench_moved, bench_leaves, bench_sleeps,
	bench_profiled;
/* body.S: by hand */
bench_fn bench_hand_call, bench_hand_far, bench_hand_jump, bench_target;
#define BENCH_BUSY 6		/* variants, see there */
extern bench_fn *const bench_busy[BENCH_BUSY],
	*const bench_busy_site[BENCH_BUSY], *const bench_busy_nops[BENCH_BUSY];
void bench_stub(void);			/* one return */
void bench_swap(void);			/* replaces a return address */
void bench_redirect_stub(void);		/* goes on elsewhere */
void bench_direct_a(void);		/* these two count their calls */
void bench_direct_b(void);
extern long bench_direct_hits[2];
extern void (*bench_far_stub)(void);	/* bench_stub's copy, out of reach */

/* instrumented.c: what a compiler makes of the body */
bench_fn bench_instrumented;

/* xray.cc, xray_*.cc: the tool beside */
bench_fn bench_xray, bench_xray_entry;
extern __thread long bench_xray_calls, bench_xray_exits;
void bench_xray_handler(bool upper);	/* one that clears upper halves */
void bench_xray_patch(bool on);
void bench_xray_patch_one(unsigned long function, bool on);
unsigned long bench_xray_functions(void);
unsigned long bench_xray_find(const void *fn);	/* its number */

#ifdef __cplusplus
}
#endif
#endif
