/* SPDX-License-Identifier: MIT */
/* Clients on the heap come and go while threads call; under each sanitizer. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ftrace/ftrace.h>
#include <ftrace/ftrace_regs.h>
#include <ftrace/graph.h>

#define THREADS 3
#define ROUNDS 20
#define TRACED __attribute__((noinline))
#define CODE(fn) ftrace_code((const void *)(fn))

/*
 * That a site was changed, and that an entry in assembly found a client, is an
 * order of events that no tool sees: a client is written before it is
 * registered and read in its callback, which is over before unregister returns.
 * ThreadSanitizer is told of just that. It is all that it is told.
 */
#ifdef __SANITIZE_THREAD__
#define SANITIZE_THREAD 1
#elif defined(__has_feature)
#define SANITIZE_THREAD __has_feature(thread_sanitizer)
#else
#define SANITIZE_THREAD 0
#endif
#if SANITIZE_THREAD
void __tsan_acquire(void *at);
void __tsan_release(void *at);
#define HAPPENS_BEFORE(at) __tsan_release(at)
#define HAPPENS_AFTER(at) __tsan_acquire(at)
#else
#define HAPPENS_BEFORE(at) ((void)(at))
#define HAPPENS_AFTER(at) ((void)(at))
#endif

void direct_one(void);
void direct_two(void);
void direct_one_body(const long *x, long n);
void direct_two_body(const long *x, long n);

struct client {
	struct ftrace_ops ops;
	unsigned long *hits;	/* on the heap, as itself */
};

/* Entries and returns, of which those may lack that an unregister comes before. */
struct graph {
	struct fgraph_ops gops;
	unsigned long *hits;
};

static unsigned long calls, direct_hits[2], handled;
static bool done;

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define ADD(x) __atomic_fetch_add(&(x), 1, __ATOMIC_RELAXED)

static notrace void must(const char *what, long got, long want)
{
	if (got == want)
		return;
	fprintf(stderr, "sanitized: %s: %ld, not %ld\n", what, got, want);
	exit(1);
}

/* With an array on the stack, and so with red zones around it. */
static TRACED long sum(const long *x, long n)
{
	long copy[4] = { 0 }, i, all = 0;

	for (i = 0; i < n && i < 4; i++)
		copy[i] = x[i];
	__asm__ volatile("" : : "r"(copy) : "memory");
	for (i = 0; i < 4; i++)
		all += copy[i];
	return all;
}

static TRACED double scaled(const long *x, double by)
{
	return (double)sum(x, 4) * by;
}

notrace void direct_one_body(const long *x, long n)
{
	if (x[n - 1] == 4)
		ADD(direct_hits[0]);
}

notrace void direct_two_body(const long *x, long n)
{
	if (x[n - 1] == 4)
		ADD(direct_hits[1]);
}

static notrace void hit(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	HAPPENS_AFTER(&op->priv);
	ADD(*((struct client *)op->priv)->hits);
	HAPPENS_BEFORE(&op->flags);
}

static notrace struct graph *graph_of(struct fgraph_ops *gops)
{
	return (struct graph *)gops;
}

static notrace int enters(struct ftrace_graph_ent *ent, struct fgraph_ops *gops,
			  struct ftrace_regs *fregs)
{
	(void)fregs;
	HAPPENS_AFTER(&gops->entryfunc);
	must("function", ent->func != 0, 1);
	ADD(graph_of(gops)->hits[0]);
	HAPPENS_BEFORE(&gops->retfunc);
	return 1;
}

static notrace void leaves(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
			   struct ftrace_regs *fregs)
{
	(void)fregs;
	HAPPENS_AFTER(&gops->entryfunc);
	must("function", ret->func != 0, 1);
	ADD(graph_of(gops)->hits[1]);
	HAPPENS_BEFORE(&gops->retfunc);
}

static notrace void handler(int sig)
{
	static const long x[4] = { 1, 2, 3, 4 };

	(void)sig;
	must("in a handler", sum(x, 4), 10);
	ADD(handled);
}

static notrace void *caller(void *arg)
{
	long *x = malloc(4 * sizeof(*x)), i;

	for (i = 0; i < 4; i++)
		x[i] = i + 1;
	while (!LOAD(done)) {
		must("result", sum(x, 4), 10);
		must("scaled", (long)scaled(x, 0.5), 5);
		ADD(calls);
	}
	free(x);
	return arg;
}

static notrace void wait_calls(void)
{
	unsigned long until = LOAD(calls) + 2 * THREADS;

	while (LOAD(calls) < until)
		sched_yield();
}

static notrace struct client *client_new(unsigned long flags)
{
	struct client *c = calloc(1, sizeof(*c));

	c->hits = calloc(1, sizeof(*c->hits));
	c->ops.func = hit;
	c->ops.priv = c;
	c->ops.flags = flags;
	must("filter", ftrace_set_filter(&c->ops, "s[uc]*", 6, 1), 0);
	HAPPENS_BEFORE(&c->ops.priv);
	must("register", register_ftrace_function(&c->ops), 0);
	return c;
}

/* Its memory goes at once. */
static notrace void client_free(struct client *c)
{
	must("unregister", unregister_ftrace_function(&c->ops), 0);
	HAPPENS_AFTER(&c->ops.flags);
	must("hits", *c->hits != 0, 1);
	ftrace_free_filter(&c->ops);
	free(c->hits);
	free(c);
}

static notrace struct graph *graph_new(void)
{
	struct graph *g = calloc(1, sizeof(*g));

	g->hits = calloc(2, sizeof(*g->hits));
	g->gops.entryfunc = enters;
	g->gops.retfunc = leaves;
	must("filter", ftrace_set_filter(&g->gops.ops, "s[uc]*", 6, 1), 0);
	HAPPENS_BEFORE(&g->gops.entryfunc);
	must("graph", register_ftrace_graph(&g->gops), 0);
	return g;
}

static notrace void graph_free(struct graph *g)
{
	must("graph", unregister_ftrace_graph(&g->gops), 0);
	HAPPENS_AFTER(&g->gops.retfunc);
	must("entries", g->hits[0] != 0, 1);
	must("returns", g->hits[1] != 0, 1);
	must("no more", g->hits[1] <= g->hits[0], 1);
	ftrace_free_filter(&g->gops.ops);
	free(g->hits);
	free(g);
}

static notrace void round_of(unsigned long to[2])
{
	struct client *a, *b;
	struct ftrace_stats st;
	struct graph *g;

	g = graph_new();
	wait_calls();
	a = client_new(0);
	wait_calls();
	must("direct", register_ftrace_direct(CODE(sum), to[0]), 0);
	b = client_new(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	wait_calls();
	must("modify", modify_ftrace_direct(CODE(sum), to[0], to[1]), 0);
	raise(SIGUSR1);
	must("stats", ftrace_get_stats(&st), 0);
	wait_calls();
	client_free(a);
	wait_calls();
	graph_free(g);
	wait_calls();
	client_free(b);
	wait_calls();
	must("direct", unregister_ftrace_direct(CODE(sum), to[1]), 0);
}

/* The child has one thread, and the clients that its parent had. */
static notrace void forked(void)
{
	static const long x[4] = { 1, 2, 3, 4 };
	struct client *c = client_new(0);
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		sum(x, 4);
		client_free(c);
		_exit(0);
	}
	must("child", waitpid(pid, &status, 0) == pid ? status : -1, 0);
	wait_calls();
	client_free(c);
}

int main(void)
{
	unsigned long to[2] = { CODE(direct_one), CODE(direct_two) };
	pthread_t t[THREADS];
	int i;

	signal(SIGUSR1, handler);
	for (i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, caller, NULL);
	for (i = 0; i < ROUNDS; i++)
		round_of(to);
	forked();
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	must("direct", direct_hits[0] && direct_hits[1], 1);
	must("handled", (long)handled, ROUNDS);
	return 0;
}
