/* SPDX-License-Identifier: MIT */
/* Area 12: everything is switched while threads call, fork and end. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"

#define THREADS 2
#define ROUNDS 2000

static unsigned long stop, hits, wrong;
static unsigned long calls[THREADS];
static void (*prepare)(void);	/* what a caller does first */

static void hit(unsigned long ip, unsigned long parent_ip,
		struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	/* The ops is dead soon after: read it last. */
	__atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);
	if (op->priv != &hits)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static void *caller(void *arg)
{
	unsigned long *n = arg;

	if (prepare)
		prepare();
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (traced_one((long)*n) != (long)*n + 1)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		__atomic_store_n(n, *n + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void threads_start(pthread_t *t)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		value("thread", (unsigned long)pthread_create(&t[i], NULL,
					caller, &calls[i]), 0);
		while (!__atomic_load_n(&calls[i], __ATOMIC_RELAXED))
			sched_yield();
	}
}

static void threads_stop(pthread_t *t)
{
	unsigned int i;

	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	count("wrong", wrong, 0);
}

static unsigned long hits_now(void)
{
	return __atomic_load_n(&hits, __ATOMIC_RELAXED);
}

/* Now and then wait for a call, so that the other rounds are real too. */
static void wait_for_hit(unsigned int round)
{
	unsigned long was = hits_now();

	while (!(round & 31) && hits_now() == was)
		sched_yield();
}

static unsigned int toggle(unsigned int round, unsigned long flags)
{
	struct ftrace_ops *ops = calloc(1, sizeof(*ops));
	unsigned long after;
	unsigned int bad = 0, i;

	ops->func = hit;
	ops->priv = &hits;
	ops->flags = flags;
	bad += !!ftrace_set_filter_ip(ops, CODE(traced_one), 0, 0);
	bad += !!register_ftrace_function(ops);
	wait_for_hit(round);
	bad += !!unregister_ftrace_function(ops);
	after = hits_now();
	ftrace_free_filter(ops);
	memset(ops, 0xa5, sizeof(*ops));
	free(ops);
	for (i = 0; !(round & 63) && i < 20; i++)
		sched_yield();
	return bad + (hits_now() != after);
}

static void live_toggle(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	pthread_t t[THREADS];
	unsigned int round, bad = 0;

	threads_start(t);
	for (round = 0; round < ROUNDS; round++)
		bad += toggle(round, round & 1 ?
			      FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED : 0);
	threads_stop(t);
	count("bad rounds", bad, 0);
	value("called", hits > ROUNDS / 32, true);
	show_nop("traced_one", ip);
	note("%lu hits in %lu calls", hits, calls[0] + calls[1]);
}

static unsigned long beside_hits;

static void beside(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	__atomic_fetch_add(&beside_hits, 1, __ATOMIC_RELAXED);
}

/* Another client of the same function misses nothing meanwhile. */
static void live_beside(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	static struct probe p;
	pthread_t t[THREADS];
	unsigned int round, bad = 0;

	probe_init(&p, 0);
	p.ops.func = beside;
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	threads_start(t);
	for (round = 0; round < ROUNDS / 4; round++)
		bad += toggle(round, 0);
	threads_stop(t);
	count("beside", beside_hits, calls[0] + calls[1]);
	count("bad rounds", bad, 0);
	show_thunk("traced_one", ip, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	show_nop("traced_one", ip);
}

/* Direct 1 <-> 2 under load: every call reaches one of the two. */
static void live_modify(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	unsigned long addr[2] = { CODE(direct_one), CODE(direct_two) };
	unsigned int round, bad = 0;
	pthread_t t[THREADS];

	value("register", (unsigned long)register_ftrace_direct(ip, addr[0]),
	      0);
	threads_start(t);
	for (round = 0; round < ROUNDS; round++)
		bad += !!modify_ftrace_direct(ip, addr[round & 1],
					      addr[!(round & 1)]);
	threads_stop(t);
	count("bad rounds", bad, 0);
	count("hits", direct_hits[1] + direct_hits[2], calls[0] + calls[1]);
	show_direct("traced_one", ip, addr[0]);
	value("unregister",
	      (unsigned long)unregister_ftrace_direct(ip, addr[0]), 0);
	show_nop("traced_one", ip);
}

/*
 * The same at all functions of a filter, one of which the threads call; half
 * the rounds with a client of that function beside it.
 */
static void live_modify_multi(void)
{
	unsigned long addr[2] = { CODE(direct_one), CODE(direct_two) };
	static struct ftrace_ops ops;
	unsigned int round, bad = 0;
	pthread_t t[THREADS];

	bad += !!ftrace_set_filter_ip(&ops, CODE(traced_one), 0, 0);
	bad += !!ftrace_set_filter_ip(&ops, CODE(traced_two), 0, 0);
	bad += !!ftrace_set_filter_ip(&ops, CODE(traced_ten), 0, 0);
	bad += !!register_ftrace_direct_multi(&ops, addr[0]);
	threads_start(t);
	for (round = 0; round < ROUNDS / 2; round++)
		bad += !!modify_ftrace_direct_multi(&ops, addr[!(round & 1)]);
	for (; round < ROUNDS; round++) {
		if (!(round & 7))
			bad += toggle(round, 0);
		bad += !!modify_ftrace_direct_multi(&ops, addr[!(round & 1)]);
	}
	threads_stop(t);
	count("bad rounds", bad, 0);
	count("hits", direct_hits[1] + direct_hits[2], calls[0] + calls[1]);
	value("unregister", (unsigned long)unregister_ftrace_direct_multi(
				    &ops, addr[0]), 0);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	show_nop("traced_ten", ftrace_location(CODE(traced_ten)));
}

/* Two direct functions with a client coming and going: nothing is missed. */
static void live_share(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	unsigned long addr = CODE(direct_one);
	unsigned int round, bad = 0;
	pthread_t t[THREADS];

	value("register", (unsigned long)register_ftrace_direct(ip, addr), 0);
	threads_start(t);
	for (round = 0; round < ROUNDS / 4; round++)
		bad += toggle(round, 0);
	threads_stop(t);
	count("bad rounds", bad, 0);
	count("hits", direct_hits[1], calls[0] + calls[1]);
	show_direct("traced_one", ip, addr);
	value("unregister", (unsigned long)unregister_ftrace_direct(ip, addr),
	      0);
}

/* As live_toggle, with something done behind each round. */
static void toggle_under(unsigned int rounds, void (*each)(pthread_t *t))
{
	unsigned int round, bad = 0;
	pthread_t t[THREADS];

	threads_start(t);
	for (round = 0; round < rounds; round++) {
		bad += toggle(round, round & 1 ?
			      FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED : 0);
		if (each)
			each(t);
	}
	threads_stop(t);
	count("bad rounds", bad, 0);
	value("called", hits > 0, true);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}

static void mask_all(void)
{
	sigset_t all;

	sigfillset(&all);
	value("mask", (unsigned long)pthread_sigmask(SIG_SETMASK, &all, NULL),
	      0);
}

/* Nothing that a change needs of other threads comes to them as a signal. */
static void live_masked(void)
{
	prepare = mask_all;
	toggle_under(ROUNDS / 2, NULL);
}

/*
 * Handlers, on the stack of the thread or on another one, that call the
 * function that is being changed and one that is not.
 */
static unsigned long handled;

static HANDLER void handler(int sig)
{
	(void)sig;
	if (traced_two(1) != 3 || traced_one(1) != 2)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
}

static void alternate_stack(void)
{
	stack_t st = { .ss_sp = malloc(1 << 17), .ss_size = 1 << 17 };

	value("sigaltstack", (unsigned long)sigaltstack(&st, NULL), 0);
}

static void signal_all(pthread_t *t)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		pthread_kill(t[i], SIGUSR1);
}

static void handlers(int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };
	static struct probe p;

	/* One that the handler may find at any level, and never nests. */
	probe_init(&p, FTRACE_OPS_FL_RECURSION_SAFE);
	p.ops.func = beside;
	probe_on(&p, traced_two);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("sigaction", (unsigned long)sigaction(SIGUSR1, &sa, NULL), 0);
	toggle_under(ROUNDS / 4, signal_all);
	value("handled", handled > 0, true);
	count("beside", beside_hits, handled);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

static void live_handler(void)
{
	handlers(SA_RESTART);
}

static void live_altstack(void)
{
	prepare = alternate_stack;
	handlers(SA_RESTART | SA_ONSTACK);
}

/* In a child, with one thread: what it needs works, and nobody hangs. */
static int child(void)
{
	struct probe p;

	alarm(60);
	probe_init(&p, 0);
	if (ftrace_set_filter_ip(&p.ops, CODE(traced_two), 0, 0) ||
	    register_ftrace_function(&p.ops) || traced_two(1) != 3 ||
	    p.hits != 1 || traced_one(1) != 2 ||
	    unregister_ftrace_function(&p.ops) || ftrace_synchronize())
		return 1;
	ftrace_free_filter(&p.ops);
	return 0;
}

static unsigned long forks, bad_forks;

static void fork_once(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(child());
	if (waitpid(pid, &status, 0) != pid || status)
		__atomic_fetch_add(&bad_forks, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&forks, 1, __ATOMIC_RELAXED);
}

static void *forker(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		fork_once();
	return NULL;
}

/* At any moment of somebody else's change, and of calls. */
static void live_fork(void)
{
	pthread_t t;

	value("thread", (unsigned long)pthread_create(&t, NULL, forker, NULL),
	      0);
	while (!__atomic_load_n(&forks, __ATOMIC_RELAXED))
		sched_yield();
	toggle_under(ROUNDS / 4, NULL);
	pthread_join(t, NULL);
	count("bad forks", bad_forks, 0);
	note("%lu forks", forks);
}

static pid_t forked;

static void forks_inside(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	forked = fork();
}

/* The child comes back from the callback, as its parent does. */
static void live_fork_inside(void)
{
	int status = -1, err;
	struct probe p;

	probe_init(&p, 0);
	p.ops.func = forks_inside;
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("result", (unsigned long)traced_one(1), 2);
	count("hits", p.hits, 1);
	err = unregister_ftrace_function(&p.ops);
	if (!forked)
		_exit(err || child());
	value("unregister", (unsigned long)err, 0);
	value("waitpid", waitpid(forked, &status, 0) == forked, true);
	value("child", (unsigned long)status, 0);
}

/* Threads that end: behind their calls, or in the middle of a callback. */
static unsigned long ended;

static void ends(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	__atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
	pthread_exit(NULL);
}

static void *short_lived(void *arg)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (traced_one(1) != 2)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	if (arg)
		traced_two(1);
	return arg;
}

static void *mother(void *arg)
{
	unsigned long *born = arg, back = 0;
	pthread_t t;
	void *ret;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (pthread_create(&t, NULL, short_lived,
				   *born & 1 ? born : NULL))
			break;
		++*born;
		pthread_join(t, &ret);
		back += ret != NULL;
	}
	count("came back", back, 0);
	return NULL;
}

static void live_exit(void)
{
	static struct probe p;
	unsigned long born = 0;
	pthread_t t;

	probe_init(&p, 0);
	p.ops.func = ends;
	probe_on(&p, traced_two);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("thread", (unsigned long)pthread_create(&t, NULL, mother, &born),
	      0);
	while (__atomic_load_n(&ended, __ATOMIC_RELAXED) < 4)
		sched_yield();
	toggle_under(ROUNDS / 4, NULL);
	pthread_join(t, NULL);
	count("ended inside", ended, born / 2);
	/* Some died in its callback: they do not hold it. */
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	note("%lu threads", born);
}

const struct conf_case live_cases[] = {
	{ "live_toggle", "-", live_toggle },
	{ "live_beside", "-", live_beside },
	{ "live_modify", "-", live_modify },
	{ "live_modify_multi", "-", live_modify_multi },
	{ "live_share", "-", live_share },
	{ "live_masked", "-", live_masked },
	{ "live_handler", "-", live_handler },
	{ "live_altstack", "-", live_altstack },
	{ "live_fork", "-", live_fork },
	{ "live_fork_inside", "-", live_fork_inside },
	{ "live_exit", "-", live_exit },
	{ NULL, NULL, NULL },
};
