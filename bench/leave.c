/* SPDX-License-Identifier: MIT */
/* How long a client that leaves has to wait for threads that call. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#include "bench.h"

#define REPEATS 101
#define THREADS 8

static sem_t asleep, wake;

static void sleep_inside(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	sem_post(&asleep);
	while (sem_wait(&wake))
		;
}

static void *sleeper(void *arg)
{
	(void)arg;
	bench_sleeps(0);
	return NULL;
}

static double leave(struct bench_client *c, const void *fn)
{
	double start, took;
	long seen;

	bench_attach(c, bench_count_seen, 0, fn);
	bench_threads_await(bench_threads_seen());
	start = bench_now();
	if (unregister_ftrace_function(&c->ops))
		bench_die("a client could not leave");
	took = bench_now() - start;
	seen = bench_threads_seen();
	ftrace_free_filter(&c->ops);
	/* Who runs its callback now would be found out. */
	usleep(1000);
	if (bench_threads_seen() != seen)
		bench_die("a callback ran after its client had left");
	return took / 1e3;
}

/* A function's sleds off again: nobody is waited for, and no core is told. */
static double leave_xray(unsigned long id)
{
	double start;

	bench_xray_patch_one(id, true);
	start = bench_now();
	bench_xray_patch_one(id, false);
	return (bench_now() - start) / 1e3;
}

static void measure(const char *what, bench_fn *fn, int threads, double goal)
{
	static struct bench_client client;
	bench_fn *const fns[] = { fn, bench_xray };
	unsigned long id = bench_xray_find((const void *)bench_xray);
	double us[REPEATS], xray[REPEATS];
	int r;

	bench_threads_start(threads, fns, 2);
	for (r = 0; r < REPEATS; r++) {
		us[r] = leave(&client, fn);
		xray[r] = leave_xray(id);
	}
	bench_threads_stop();
	bench_row(&(struct bench_row){
		.what = what, .unit = "us",
		.value = bench_median(us, REPEATS),
		.ref = "XRay, which waits for nobody",
		.ref_value = bench_median(xray, REPEATS),
		.ratio = bench_ratio(us, NULL, xray, NULL, REPEATS),
		.goal = goal ? BENCH_VALUE : BENCH_NO_GOAL, .limit = goal,
		.checked = "no callback after it" });
}

void bench_leave(void)
{
	static struct bench_client sleeping;
	pthread_t thread;

	bench_section("A client leaves; one thread asleep in another's callback");
	if (sem_init(&asleep, 0, 0) || sem_init(&wake, 0, 0))
		bench_die("no semaphore");
	bench_attach(&sleeping, sleep_inside, 0, bench_sleeps);
	if (pthread_create(&thread, NULL, sleeper, NULL))
		bench_die("no thread");
	while (sem_wait(&asleep))
		;
	measure(bench_text("unregister, %d threads, %ld CPUs", THREADS,
			   sysconf(_SC_NPROCESSORS_ONLN)),
		bench_leaves, THREADS, 50);
	measure(bench_text("unregister, %d calling", bench_other_cpus()),
		bench_leaves, bench_other_cpus(), 0);
	sem_post(&wake);
	pthread_join(thread, NULL);
	bench_detach(&sleeping);
}
