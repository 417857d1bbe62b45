/* SPDX-License-Identifier: MIT */
/* Area 5: a callback that comes by a traced function again, by any way. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "conformance.h"
#include "../../generic/internal.h"

#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED

static unsigned long dropped(void)
{
	struct ftrace_stats st;

	ftrace_get_stats(&st);
	return st.dropped;
}

static void probe_start(struct probe *p, unsigned long flags,
			ftrace_func_t func, const void *fn, const void *also)
{
	probe_init(p, flags);
	p->ops.func = func;
	probe_on(p, fn);
	if (also)
		probe_on(p, also);
	must("register", register_ftrace_function(&p->ops));
}

static void probe_end(struct probe *p, unsigned long hits)
{
	must("unregister", unregister_ftrace_function(&p->ops));
	count("hits", p->hits, hits);
}

/* No guard that failed may take the stack. */
#define ENOUGH 10

static void calls_one(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = op->priv;

	probe_hit(ip, parent_ip, op, fregs);
	if (p->hits < ENOUGH)
		traced_one(0);
}

static void calls_two(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = op->priv;

	probe_hit(ip, parent_ip, op, fregs);
	if (p->hits < ENOUGH)
		traced_two(0);
}

static void calls_once(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = op->priv;

	probe_hit(ip, parent_ip, op, fregs);
	if (p->hits == 1)
		traced_two(0);
}

/* The same client on both functions: its callback at one calls the other. */
static void one_client(unsigned long flags)
{
	unsigned long before = dropped();
	struct probe a, b;

	probe_start(&a, flags, calls_two, traced_one,
		    traced_two);
	probe_start(&b, 0, probe_hit, traced_two, NULL);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 1);
	count("b", b.hits, 1);
	count("dropped", dropped() - before, 1);
	probe_end(&a, 1);
	probe_start(&a, flags | FTRACE_OPS_FL_RECURSION_SAFE, calls_once,
		    traced_one, traced_two);
	value("result", (unsigned long)traced_one(1), 2);
	count("dropped", dropped() - before, 1);
	probe_end(&a, 2);
	probe_end(&b, 2);
}

/* Two clients, each calling the function of the other. */
static void two_clients(unsigned long flags)
{
	unsigned long before = dropped();
	struct probe a, b;

	probe_start(&a, flags, calls_two, traced_one, NULL);
	probe_start(&b, flags, calls_one, traced_two, NULL);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 1);
	count("b", b.hits, 1);
	count("dropped", dropped() - before, 1);
	value("result", (unsigned long)traced_two(1), 3);
	count("dropped", dropped() - before, 2);
	probe_end(&a, 2);
	probe_end(&b, 2);
}

static void recursion_second(void)
{
	one_client(0);
	one_client(REGS);
	two_clients(0);
	two_clients(REGS);
}

/* Two threads: what one is in is nothing to the other. */
#define CALLS 1000

static __thread unsigned int inside;
static unsigned long entered, came_back;
static pthread_barrier_t both;

static void again(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	__atomic_fetch_add(&entered, 1, __ATOMIC_RELAXED);
	if (inside++ == 0 && traced_one(1) == 2)
		__atomic_fetch_add(&came_back, 1, __ATOMIC_RELAXED);
	inside--;
}

static void *thread(void *arg)
{
	unsigned int i;

	(void)arg;
	pthread_barrier_wait(&both);
	for (i = 0; i < CALLS; i++)
		traced_one(0);
	return NULL;
}

static void with_threads(unsigned long flags)
{
	bool safe = flags & FTRACE_OPS_FL_RECURSION_SAFE;
	unsigned long before = dropped();
	struct probe a, b;
	pthread_t t[2];
	unsigned int i;

	entered = came_back = 0;
	probe_start(&a, flags, again, traced_one, NULL);
	for (i = 0; i < 2; i++)
		must("thread", pthread_create(&t[i], NULL, thread, NULL));
	for (i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	count("entered", entered, safe ? 4 * CALLS : 2 * CALLS);
	count("came back", came_back, 2 * CALLS);
	count("dropped", dropped() - before, safe ? 0 : 2 * CALLS);
	/* Once more with another beside it, through the list. */
	probe_start(&b, flags, probe_hit, traced_two, NULL);
	must("widen", ftrace_set_filter_ip(&b.ops, CODE(traced_one), 0, 0));
	traced_one(0);
	count("entered", entered, safe ? 4 * CALLS + 2 : 2 * CALLS + 1);
	probe_end(&b, 2);
	probe_end(&a, 0);
}

static void recursion_threads(void)
{
	pthread_barrier_init(&both, NULL, 2);
	with_threads(0);
	with_threads(REGS);
	with_threads(FTRACE_OPS_FL_RECURSION_SAFE);
	with_threads(FTRACE_OPS_FL_RECURSION_SAFE | REGS);
}

/* A handler with a site, and what it calls. */
static unsigned long handled;

static void in_handler(void *context)
{
	(void)context;
	handled++;
	if (traced_two(1) != 3)
		value("in the handler", 0, 1);
}

static void on_signal(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = traced_handler,
				.sa_flags = SA_SIGINFO | flags };

	handler_hook = in_handler;
	must("sigaction", sigaction(sig, &sa, NULL));
}

static void raises(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	raise(SIGUSR1);
}

/* @a is busy and dropped at the handler; others are called as ever. */
static void raised(unsigned long flags)
{
	unsigned long before = dropped();
	struct probe a, b, c;

	handled = 0;
	probe_start(&a, flags, raises, traced_one,
		    traced_handler);
	probe_start(&b, flags, probe_hit, traced_handler, NULL);
	probe_start(&c, 0, probe_hit, traced_two, NULL);
	value("result", (unsigned long)traced_one(1), 2);
	count("handled", handled, 1);
	count("dropped", dropped() - before, 1);
	value("result", (unsigned long)traced_one(1), 2);
	probe_end(&a, 2);
	probe_end(&b, 2);
	probe_end(&c, 2);
}

static void recursion_signal(void)
{
	static char other[65536];
	stack_t st = { .ss_sp = other, .ss_size = sizeof(other) };

	on_signal(SIGUSR1, 0);
	raised(0);
	raised(REGS);
	must("sigaltstack", sigaltstack(&st, NULL));
	on_signal(SIGUSR1, SA_ONSTACK);
	raised(0);
	raised(REGS);
}

/*
 * Signals wherever they strike: in the function, in the entry, in the
 * callback. Each call and each handler is a hit of @a or, when it was busy, a
 * drop; @b misses no handler.
 */
#define STRIKES 300

static void struck(unsigned long flags, unsigned int others)
{
	struct itimerval every = { { 0, 200 }, { 0, 200 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	unsigned long before = dropped(), calls = 0, wrong = 0;
	struct probe a, b, c;

	handled = 0;
	probe_start(&a, flags, probe_hit, traced_one,
		    traced_handler);
	probe_start(&b, flags, probe_hit, traced_handler, NULL);
	if (others)
		probe_start(&c, 0, probe_hit, traced_one, NULL);
	must("timer", setitimer(ITIMER_REAL, &every, NULL));
	for (; __atomic_load_n(&handled, __ATOMIC_RELAXED) < STRIKES; calls++)
		wrong += traced_one((long)calls) != (long)calls + 1;
	must("timer", setitimer(ITIMER_REAL, &never, NULL));
	count("wrong", wrong, 0);
	count("hits and drops", a.hits + dropped() - before, calls + handled);
	probe_end(&a, a.hits);
	probe_end(&b, handled);
	if (others)
		probe_end(&c, calls);
}

static void recursion_struck(void)
{
	on_signal(SIGALRM, SA_RESTART);
	struck(0, 0);
	struck(REGS, 0);
	struck(0, 1);
	struck(REGS, 1);
}

/* As many callbacks inside each other as there are levels for. */
#define LEVELS 16
#define PAGE 65536

/* Its ops has a page of its own. */
static union {
	struct probe p;
	char page[PAGE];
} hidden __attribute__((aligned(PAGE)));

static void hide(int prot)
{
	must("mprotect", mprotect(&hidden, sizeof(hidden), prot));
}

/* At the last level it calls one that cannot be looked at. */
static void goes_to_the_end(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = op->priv;

	probe_hit(ip, parent_ip, op, fregs);
	if (p->hits < LEVELS) {
		traced_one(0);
		return;
	}
	hide(PROT_NONE);
	traced_two(0);
}

static void beyond_the_end(void *context)
{
	(void)context;
	handled++;
	hide(PROT_READ | PROT_WRITE);
	traced_far_a(0);
}

/*
 * The entry that finds no level left looks whether it may call the hidden
 * client. The fault's handler calls a traced function there: one level more.
 */
static void beyond(unsigned long flags)
{
	unsigned long before = dropped();
	struct probe a, c;

	handled = 0;
	probe_start(&a, flags | FTRACE_OPS_FL_RECURSION_SAFE, goes_to_the_end,
		    traced_one, NULL);
	probe_start(&hidden.p, flags, probe_hit, traced_two, NULL);
	probe_start(&c, flags, probe_hit, traced_far_a, NULL);
	value("result", (unsigned long)traced_one(1), 2);
	count("handled", handled, 1);
	count("dropped", dropped() - before, 2);
	/* What lies behind the last level's run. */
	value("owner", ftrace_self->id, ftrace_host->thread_id());
	value("reading", ftrace_self->reading, 0);
	probe_end(&a, LEVELS);
	probe_end(&hidden.p, 0);
	probe_end(&c, 0);
}

static void recursion_beyond(void)
{
	on_signal(SIGSEGV, 0);
	handler_hook = beyond_the_end;
	beyond(0);
	beyond(REGS);
}

const struct conf_case recursion_cases[] = {
	{ "recursion_second", "-", recursion_second },
	{ "recursion_threads", "-", recursion_threads },
	{ "recursion_signal", "-", recursion_signal },
	{ "recursion_struck", "-", recursion_struck },
	{ "recursion_beyond", "-", recursion_beyond },
	{ NULL, NULL, NULL },
};
