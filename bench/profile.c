/* SPDX-License-Identifier: MIT */
/* What the function profile costs a call, beside uftrace that writes nothing. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ftrace/graph.h>
#include <ftrace/profile.h>

#include "bench.h"

#define REPEATS 31
#define CALLS 100000L

static double plain[REPEATS], ours[REPEATS], clocks[REPEATS], returns[REPEATS];
static double theirs[REPEATS], their_plain[REPEATS];

/* What both are timed by: the host's clock, and uftrace's when not told else. */
static long read_clock(long v)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return v + 1;
}

static int all_counted(const struct ftrace_profile *f, void *arg)
{
	(void)arg;
	return f->hits == REPEATS * CALLS && f->returns == f->hits;
}

static void measure_ours(void)
{
	struct ftrace_ops *ops = ftrace_profile_ops();
	int r;

	if (ftrace_set_filter_ip(ops, (unsigned long)bench_profiled, 0, 1) ||
	    ftrace_profile_enable(1))
		bench_die("no profile");
	for (r = 0; r < REPEATS; r++) {
		plain[r] = bench_time_calls(bench_plain, CALLS);
		ours[r] = bench_time_calls(bench_profiled, CALLS);
		clocks[r] = bench_time_calls(read_clock, CALLS);
	}
	if (ftrace_profile_enable(0) ||
	    ftrace_profile_for_each(all_counted, NULL) != 1)
		bench_die("the profile did not count each call");
	ftrace_free_filter(ops);
}

static int nothing(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	(void)trace;
	(void)fregs;
	++*(long *)gops->priv;
	return 1;
}

static void nothing_more(struct ftrace_graph_ret *trace,
			 struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	(void)trace;
	(void)fregs;
	++*(long *)gops->priv;
}

/* The same call with handlers that only count: what is not the profile's. */
static void measure_graph(void)
{
	static struct fgraph_ops gops = { .entryfunc = nothing,
					  .retfunc = nothing_more };
	long calls = 0;
	int r;

	gops.priv = &calls;
	if (ftrace_set_filter_ip(&gops.ops, (unsigned long)bench_profiled, 0,
				 1) || register_ftrace_graph(&gops))
		bench_die("no graph client");
	for (r = 0; r < REPEATS; r++)
		returns[r] = bench_time_calls(bench_profiled, CALLS);
	if (unregister_ftrace_graph(&gops) || calls != 2 * REPEATS * CALLS)
		bench_die("handlers were not as many as calls");
	ftrace_free_filter(&gops.ops);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* Nothing takes a second, so that nothing is written for a call. */
static void run_uftrace(const char *dir, const char *self, int out)
{
	const char *slash = strrchr(self, '/');
	const char *path = bench_text("%.*sbench-uftrace",
				      slash ? (int)(slash + 1 - self) : 0,
				      self);
	const char *repeats = bench_text("%d", REPEATS);
	const char *calls = bench_text("%ld", CALLS);

	dup2(out, 1);
	execlp("uftrace", "uftrace", "record", "-t", "1s", "-d", dir, path,
	       repeats, calls, NULL);
	_exit(127);
}

/* False if there is none. */
static bool measure_theirs(const char *self)
{
	char dir[] = "/tmp/bench-uftrace-XXXXXX";
	int fd[2], status, r;
	FILE *from;
	pid_t pid;

	if (!mkdtemp(dir) || pipe(fd))
		bench_die("no room for what uftrace keeps");
	pid = fork();
	if (!pid) {
		close(fd[0]);
		run_uftrace(bench_text("%s/data", dir), self, fd[1]);
	}
	close(fd[1]);
	from = fdopen(fd[0], "r");
	for (r = 0; r < REPEATS; r++)
		if (fscanf(from, "%lf %lf", &theirs[r], &their_plain[r]) != 2)
			break;
	fclose(from);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bench_die("no process");
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return false;
	if (status || r != REPEATS)
		bench_die("uftrace failed");
	return true;
}

void bench_profile(const char *self)
{
	struct bench_row row = {
		.what = "the function profile", .unit = "ns",
		.checked = "hits and returns counted",
	};

	bench_section("A profiled call: ns above a plain one; both read the "
		      "same clock twice");
	measure_ours();
	measure_graph();
	bench_row(&(struct bench_row){
		.what = "the clock, read once", .unit = "ns",
		.value = bench_median_above(clocks, plain, REPEATS),
		.checked = "-" });
	bench_row(&(struct bench_row){
		.what = "entry and return, handlers that count", .unit = "ns",
		.value = bench_median_above(returns, plain, REPEATS),
		.checked = "handlers counted" });
	row.value = bench_median_above(ours, plain, REPEATS);
	if (measure_theirs(self)) {
		row.ref = "uftrace, which writes nothing";
		row.ref_value = bench_median_above(theirs, their_plain,
						   REPEATS);
		row.ratio = bench_ratio(ours, plain, theirs, their_plain,
					REPEATS);
	} else {
		bench_absent("uftrace", "not installed");
	}
	bench_row(&row);
}
