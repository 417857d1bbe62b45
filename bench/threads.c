/* SPDX-License-Identifier: MIT */
/* Threads that call traced functions without a pause, and check the results. */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "bench.h"

__thread long bench_seen;

static struct worker {
	pthread_t thread;
	long *seen;		/* its bench_seen, which only it writes */
	bool failed;
} workers[BENCH_THREADS_MAX];

static int nr_workers, ready, stop;
static bench_fn *const *functions;
static int nr_functions;

void bench_count_seen(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	bench_seen++;
}

/* Those that this thread leaves free: with more it would measure the queue. */
int bench_other_cpus(void)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN) - 1;

	if (nr > BENCH_THREADS_MAX)
		return BENCH_THREADS_MAX;
	return nr < 1 ? 1 : (int)nr;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	long v = 0;
	int i;

	__atomic_store_n(&w->seen, &bench_seen, __ATOMIC_RELEASE);
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		for (i = 0, v = 0; i < nr_functions; i++) {
			v = functions[i](v);
			if (v != i + 1)
				w->failed = true;
		}
	/* Those who sum may do so until all are gone. */
	__atomic_fetch_sub(&ready, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		sched_yield();
	return NULL;
}

/* @fns stays the caller's, and must live until they are stopped. */
void bench_threads_start(int nr, bench_fn *const *fns, int nr_fns)
{
	functions = fns;
	nr_functions = nr_fns;
	stop = 0;
	for (nr_workers = 0; nr_workers < nr; nr_workers++)
		if (pthread_create(&workers[nr_workers].thread, NULL, work,
				   &workers[nr_workers]))
			bench_die("no thread");
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < nr)
		sched_yield();
}

/* Callbacks that the threads have run, all together. */
long bench_threads_seen(void)
{
	long sum = 0;
	int i;

	for (i = 0; i < nr_workers; i++)
		sum += __atomic_load_n(workers[i].seen, __ATOMIC_RELAXED);
	return sum;
}

/* Until they have seen more than @seen, which a broken site would not let. */
void bench_threads_await(long seen)
{
	double start = bench_now();

	while (bench_threads_seen() <= seen) {
		if (bench_now() - start > 10e9)
			bench_die("threads that call see no callback");
		sched_yield();
	}
}

void bench_threads_stop(void)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	while (nr_workers--) {
		pthread_join(workers[nr_workers].thread, NULL);
		if (workers[nr_workers].failed)
			bench_die("a traced function's result is wrong");
	}
	nr_workers = 0;
}
