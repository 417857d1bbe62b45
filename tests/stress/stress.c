/* SPDX-License-Identifier: MIT */
/* Everything at once, for some seconds, and each call accounted for. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stress.h"

/*
 * stress SECONDS THREADS [quiet]: so many threads call functions, and get signals
 * (not if quiet) whose handler calls them too, while others load, fork, and have
 * a tool change what happens at the functions.
 */

#define MAX_THREADS 64
#define MAX_CHANGERS 8
#define HANG 60		/* seconds after the end */

struct stress *stress;
static char plugin[4096];

/* @what went wrong, if @err is not 0. */
void stress_check(long err, const char *what)
{
	if (!err)
		return;
	if (!stress->failures)
		stress->first = what;
	stress_add(&stress->failures);
	if (!stress_tool.may_crash)
		fprintf(stderr, "stress: %s: %ld\n", what, err);
}

/* So that each gets its turn: who asks for a lock again at once mostly has it. */
void stress_others(unsigned int round)
{
	const struct timespec pause = { .tv_nsec = 100000 * (long)(round & 3) };

	nanosleep(&pause, NULL);
}

/* What callers do, and handlers. */
void stress_calls(long x)
{
	unsigned int i;
	bool ok = traced_always(x) == x + 1 && traced_direct(x) == x + 1 &&
		  traced_redirect(x) == x + 1;

	for (i = 0; i < NR_TOGGLED; i++)
		ok = ok && traced_toggled[i](x) == x + 1;
	stress_check(!ok, "a traced function's result is wrong");
}

static void handler(int sig)
{
	(void)sig;
	stress_calls(7);
	stress_add(&stress->handled);
}

static void *caller(void *arg)
{
	stack_t st = { .ss_sp = malloc(1 << 17), .ss_size = 1 << 17 };
	sigset_t usr1;
	long x = 0;

	/* Half of them have another stack for signals. */
	if (arg)
		sigaltstack(&st, NULL);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	while (!stress_stopping()) {
		stress_calls(x++);
		stress_add(&stress->calls);
	}
	return NULL;
}

/*
 * The C library does not hand the loader's lock to a fork's child: one that was
 * made beside a dlopen() hangs in dl_iterate_phdr(), which every change needs.
 */
static pthread_mutex_t no_fork = PTHREAD_MUTEX_INITIALIZER;

static void *loader(void *arg)
{
	while (!stress_stopping()) {
		long (*fn)(long) = NULL;
		void *object;

		pthread_mutex_lock(&no_fork);
		object = dlopen(plugin, RTLD_NOW);
		if (object)
			fn = (long (*)(long))dlsym(object, "plugin_traced");
		stress_check(!fn || fn(1) != 2,
			     "the plugin does not load, or work");
		if (object)
			dlclose(object);
		pthread_mutex_unlock(&no_fork);
		stress_others(1);
		stress_add(&stress->loads);
	}
	return arg;
}

/* With one thread, and counts of its own: what it needs works, and nobody hangs. */
static int child(void)
{
	static struct stress mine;

	stress = &mine;
	alarm(HANG);
	return stress_tool.child() || stress->failures;
}

static void *forker(void *arg)
{
	while (!stress_stopping()) {
		int status = -1;
		pid_t pid;

		pthread_mutex_lock(&no_fork);
		pid = fork();
		if (!pid)
			_exit(child());
		pthread_mutex_unlock(&no_fork);
		stress_check(waitpid(pid, &status, 0) == pid ? status : -1,
			     "a child failed");
		stress_add(&stress->forks);
	}
	return arg;
}

static void send_signals(const pthread_t *t, unsigned int nr,
			 unsigned int seconds, bool quiet)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	time_t end = time(NULL) + seconds;
	unsigned int i;

	for (i = 0; time(NULL) < end; i++) {
		if (!quiet && !pthread_kill(t[i % nr], SIGUSR1))
			stress_add(&stress->signals);
		nanosleep(&pause, NULL);
	}
}

static void start(pthread_t *t, void *(*fn)(void *), void *arg)
{
	if (pthread_create(t, NULL, fn, arg)) {
		perror("stress: pthread_create");
		_exit(2);
	}
}

static void prepare(const char *self)
{
	struct sigaction sa = { .sa_handler = handler,
				.sa_flags = SA_RESTART | SA_ONSTACK };
	const char *slash = strrchr(self, '/');
	sigset_t usr1;

	snprintf(plugin, sizeof(plugin), "%.*s/stress-plugin.so",
		 slash ? (int)(slash - self) : 1, slash ? self : ".");
	sigaction(SIGUSR1, &sa, NULL);
	/* Callers alone get it. */
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	stress_tool.begin();
}

static void run(unsigned int seconds, unsigned int nr, bool quiet)
{
	pthread_t t[MAX_THREADS], c[MAX_CHANGERS], l, f;
	unsigned int i;

	for (i = 0; i < nr; i++)
		start(&t[i], caller, i & 1 ? &stress : NULL);
	for (i = 0; i < stress_tool.nr_changers; i++)
		start(&c[i], stress_tool.changers[i], NULL);
	start(&l, loader, NULL);
	start(&f, forker, NULL);
	send_signals(t, nr, seconds, quiet);
	__atomic_store_n(&stress->stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < stress_tool.nr_changers; i++)
		pthread_join(c[i], NULL);
	pthread_join(l, NULL);
	pthread_join(f, NULL);
	for (i = 0; i < nr; i++)
		pthread_join(t[i], NULL);
	stress_tool.end(stress->calls + stress->handled);
}

/* Of a tool that may crash a child is told of, however it ended. */
static int run_apart(unsigned int seconds, unsigned int nr, bool quiet)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		alarm(seconds + HANG);
		run(seconds, nr, quiet);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		stress_check(-1, "no child");
	return status;
}

int main(int argc, char **argv)
{
	unsigned int nr = argc > 2 ? (unsigned int)atoi(argv[2]) : 0;
	int status = 0;

	if (nr < 1 || nr > MAX_THREADS) {
		fprintf(stderr, "stress SECONDS THREADS [quiet]\n");
		return 2;
	}
	stress = mmap(NULL, sizeof(*stress), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stress == MAP_FAILED)
		return 2;
	prepare(argv[0]);
	if (stress_tool.may_crash)
		status = run_apart((unsigned int)atoi(argv[1]), nr, argc > 3);
	else
		run((unsigned int)atoi(argv[1]), nr, argc > 3);
	printf("%lu calls, %lu in handlers (%lu signals); %lu toggles, "
	       "%lu redirects, %lu modifies, %lu loads, %lu forks; "
	       "%lu failures", stress->calls + stress->handled,
	       stress->handled, stress->signals, stress->toggles,
	       stress->redirects, stress->modifies, stress->loads,
	       stress->forks, stress->failures);
	if (stress->failures)
		printf(" (the first: %s)", stress->first);
	if (stress->late)
		printf(", %lu callbacks too late", stress->late);
	if (WIFSIGNALED(status))
		printf("; ended by signal %d", WTERMSIG(status));
	putchar('\n');
	/* Another tool's faults are told of, and none of ours. */
	return stress_tool.may_crash ? !stress->toggles :
				       stress->failures || stress->late;
}
