/* SPDX-License-Identifier: MIT */
/* Everything at once, for some seconds, and each call accounted for. */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ftrace/ftrace.h>
#include <ftrace/ftrace_regs.h>

#include "stress.h"

/*
 * stress SECONDS THREADS [quiet]: so many threads call functions, and get signals
 * (not if quiet) whose handler calls them too, while others register, redirect,
 * modify, load, fork. At the end: who has a client or a direct call all the time
 * was told of every call; who is redirected was called in one place or the other;
 * no callback came when its client was gone; every result was right.
 */

#define MAX_THREADS 64
#define CODE(fn) ftrace_code((const void *)(fn))

static unsigned long stop, failures;
static unsigned long calls, handled;	/* rounds of the callers, of handlers */
static unsigned long always_hits, old_hits, new_hits;
static unsigned long toggles, redirects, modifies, loads, forks, signals;
static unsigned long toggle_hits, gone_hits;
static unsigned long direct_now;
static char plugin[4096];

/* @what went wrong, if @err is not 0. */
static void check(long err, const char *what)
{
	if (!err)
		return;
	stress_add(&failures);
	fprintf(stderr, "stress: %s: %ld\n", what, err);
}

static bool stopping(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

/* So that each gets its turn: who asks for a lock again at once mostly has it. */
static void others(unsigned int round)
{
	const struct timespec pause = { .tv_nsec = 100000 * (long)(round & 3) };

	nanosleep(&pause, NULL);
}

void stress_old(long x)
{
	(void)x;
	stress_add(&old_hits);
}

void stress_new(long x)
{
	(void)x;
	stress_add(&new_hits);
}

static void always_hit(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	stress_add(&always_hits);
}

/* Its ops is poisoned soon after, and says so. */
static void toggled_hit(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	stress_add(op->priv == &toggle_hits ? &toggle_hits : &gone_hits);
}

static void redirect_hit(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	if (op->priv != &toggle_hits)
		stress_add(&gone_hits);
	ftrace_regs_set_instruction_pointer(fregs, CODE(redirected));
}

/* What callers do, and handlers. */
static void round_of_calls(long x)
{
	unsigned int i;
	bool ok = traced_always(x) == x + 1 && traced_direct(x) == x + 1 &&
		  traced_redirect(x) == x + 1;

	for (i = 0; i < NR_TOGGLED; i++)
		ok = ok && traced_toggled[i](x) == x + 1;
	if (!ok)
		stress_add(&failures);
}

static void handler(int sig)
{
	(void)sig;
	round_of_calls(7);
	stress_add(&handled);
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
	while (!stopping()) {
		round_of_calls(x++);
		stress_add(&calls);
	}
	return NULL;
}

static struct ftrace_ops *client(ftrace_func_t func, unsigned long flags,
				 unsigned long ip)
{
	struct ftrace_ops *ops = calloc(1, sizeof(*ops));

	ops->func = func;
	ops->flags = flags;
	ops->priv = &toggle_hits;
	check(ftrace_set_filter_ip(ops, ip, 0, 0), "a filter is refused");
	return ops;
}

/* Gone, poisoned and freed at once. */
static void come_and_go(ftrace_func_t func, unsigned long flags,
			unsigned long ip, unsigned int round)
{
	struct ftrace_ops *ops = client(func, flags, ip);

	check(register_ftrace_function(ops), "a client is refused");
	if (!(round & 7))
		sched_yield();
	check(unregister_ftrace_function(ops), "a client cannot leave");
	ftrace_free_filter(ops);
	memset(ops, 0xa5, sizeof(*ops));
	free(ops);
}

static void *toggler(void *arg)
{
	unsigned int round;

	for (round = 0; !stopping(); round++) {
		/* The always called one and the direct one, too. */
		unsigned int n = round % (NR_TOGGLED + 2);
		unsigned long ip = n < NR_TOGGLED ? CODE(traced_toggled[n]) :
				   n == NR_TOGGLED ? CODE(traced_always) :
						     CODE(traced_direct);

		come_and_go(toggled_hit, FTRACE_OPS_FL_RECURSION_SAFE |
			    (round & 1 ? FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED :
					 0), ip, round);
		stress_add(&toggles);
		others(round);
	}
	return arg;
}

static void *redirector(void *arg)
{
	unsigned int round;

	for (round = 0; !stopping(); round++) {
		come_and_go(redirect_hit, FTRACE_OPS_FL_RECURSION_SAFE |
			    FTRACE_OPS_FL_IPMODIFY, CODE(traced_redirect),
			    round);
		stress_add(&redirects);
		others(round);
	}
	return arg;
}

static void *modifier(void *arg)
{
	unsigned long ip = CODE(traced_direct);
	unsigned long addr[2] = { CODE(stress_direct_old),
				  CODE(stress_direct_new) };
	unsigned int round;

	for (round = 0; !stopping(); round++) {
		check(modify_ftrace_direct(ip, addr[round & 1],
					    addr[!(round & 1)]),
		      "a direct call cannot be changed");
		stress_add(&modifies);
		others(round);
	}
	direct_now = addr[round & 1];
	return arg;
}

/*
 * The C library does not hand the loader's lock to a fork's child: one that was
 * made beside a dlopen() hangs in dl_iterate_phdr(), which every change needs.
 */
static pthread_mutex_t no_fork = PTHREAD_MUTEX_INITIALIZER;

static void *loader(void *arg)
{
	while (!stopping()) {
		long (*fn)(long) = NULL;
		void *object;

		pthread_mutex_lock(&no_fork);
		object = dlopen(plugin, RTLD_NOW);
		if (object)
			fn = (long (*)(long))dlsym(object, "plugin_traced");
		check(!fn || fn(1) != 2, "the plugin does not load, or work");
		if (object)
			dlclose(object);
		pthread_mutex_unlock(&no_fork);
		others(1);
		stress_add(&loads);
	}
	return arg;
}

/* In a child, with one thread: what it needs works, and nobody hangs. */
static int child(void)
{
	failures = 0;
	alarm(60);
	come_and_go(toggled_hit, 0, CODE(traced_always), 1);
	round_of_calls(1);
	return failures != 0;
}

static void *forker(void *arg)
{
	while (!stopping()) {
		int status = -1;
		pid_t pid;

		pthread_mutex_lock(&no_fork);
		pid = fork();
		if (!pid)
			_exit(child());
		pthread_mutex_unlock(&no_fork);
		check(waitpid(pid, &status, 0) == pid ? status : -1,
		      "a child failed");
		stress_add(&forks);
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
			stress_add(&signals);
		nanosleep(&pause, NULL);
	}
}

static void start(pthread_t *t, void *(*fn)(void *), void *arg)
{
	if (pthread_create(t, NULL, fn, arg)) {
		perror("stress: pthread_create");
		exit(2);
	}
}

static void prepare(const char *self, struct ftrace_ops *always)
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
	always->func = always_hit;
	always->flags = FTRACE_OPS_FL_RECURSION_SAFE;
	check(ftrace_set_filter_ip(always, CODE(traced_always), 0, 0) ||
	      register_ftrace_function(always), "the first client is refused");
	check(register_ftrace_direct(CODE(traced_direct),
				      CODE(stress_direct_old)),
	      "the direct call is refused");
}

static int judge(struct ftrace_ops *always)
{
	unsigned long all = calls + handled, hits;

	check((long)(always_hits - all), "not every call was told of");
	check((long)(old_hits + new_hits - all), "not every call was direct");
	check((long)(stayed + went - all), "not every call went somewhere");
	check((long)gone_hits, "callbacks read what was gone");
	check(unregister_ftrace_function(always), "the first cannot leave");
	check(unregister_ftrace_direct(CODE(traced_direct), direct_now),
	      "the direct call cannot be taken away");
	check(ftrace_synchronize(), "it does not come to an end");
	hits = always_hits + old_hits + new_hits + toggle_hits;
	round_of_calls(1);
	check((long)(always_hits + old_hits + new_hits + toggle_hits - hits),
	      "callbacks came later");
	printf("%lu calls, %lu in handlers (%lu signals); %lu toggles, "
	       "%lu redirects, %lu modifies, %lu loads, %lu forks; "
	       "%lu failures\n", all, handled, signals, toggles, redirects,
	       modifies, loads, forks, failures);
	return failures != 0;
}

int main(int argc, char **argv)
{
	static void *(*const roles[])(void *) = {
		toggler, toggler, redirector, modifier, loader, forker,
	};
	enum { ROLES = sizeof(roles) / sizeof(roles[0]) };
	unsigned int nr = argc > 2 ? (unsigned int)atoi(argv[2]) : 0, i;
	pthread_t t[MAX_THREADS], r[ROLES];
	static struct ftrace_ops always;

	if (nr < 1 || nr > MAX_THREADS) {
		fprintf(stderr, "stress SECONDS THREADS [quiet]\n");
		return 2;
	}
	prepare(argv[0], &always);
	for (i = 0; i < nr; i++)
		start(&t[i], caller, i & 1 ? &always : NULL);
	for (i = 0; i < ROLES; i++)
		start(&r[i], roles[i], NULL);
	send_signals(t, nr, (unsigned int)atoi(argv[1]), argc > 3);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < ROLES; i++)
		pthread_join(r[i], NULL);
	for (i = 0; i < nr; i++)
		pthread_join(t[i], NULL);
	return judge(&always);
}
