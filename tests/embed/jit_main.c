/* SPDX-License-Identifier: MIT */
/* Generated functions are traced, directed and unloaded while threads call. */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit.h"

#define THREADS 3
#define NR 3
#define CALLS 20	/* each unit is called so often, at least */

/* Counted by hand: calls of a unit, and of its functions all together. */
struct counts {
	unsigned long calls, entries, direct[2];
};

/* What the threads find: a unit, and what it must answer. */
struct published {
	struct jit_unit unit;
	struct jit_insn code[NR][JIT_INSNS];
	struct counts n;
};

static struct published published[2], *current;
static unsigned long traced[JIT_SLOTS];
static unsigned long epoch = 1, seen[THREADS], beside, helper_runs;
static bool done;

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define STORE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELEASE)
#define ADD(x, v) __atomic_fetch_add(&(x), (v), __ATOMIC_ACQ_REL)

static notrace void must(const char *what, unsigned long got,
			 unsigned long want)
{
	if (got == want)
		return;
	fprintf(stderr, "jit: %s: %ld, not %ld\n", what, (long)got, (long)want);
	exit(1);
}

/* What the code means; and how many functions are entered for it. */
static notrace long interpret(const struct jit_insn code[][JIT_INSNS],
			      unsigned int f, long acc, unsigned long *entries)
{
	const struct jit_insn *i;

	++*entries;
	for (i = code[f]; i->op != JIT_RET; i++) {
		if (i->op == JIT_ADD)
			acc += i->arg;
		else if (i->op == JIT_MUL)
			acc *= i->arg;
		else if (i->op == JIT_CALL)
			acc = interpret(code, (unsigned int)i->arg, acc, entries);
		else if (!acc)
			i += i->arg;
	}
	return acc;
}

/* Compiled code with a site of its own: its text is opened the usual way. */
static __attribute__((noipa)) long helper(long x)
{
	ADD(helper_runs, 1);
	return x;
}

static notrace void call_unit(long x)
{
	struct published *p = LOAD(current);
	unsigned long entries = 0;
	long want = interpret(p->code, 0, x, &entries);

	must("result", (unsigned long)p->unit.fn[0](x), (unsigned long)want);
	ADD(p->n.calls, 1);
	ADD(p->n.entries, entries);
	helper(x);
}

/* Between two calls a thread holds nothing: it says which epoch it has seen. */
static notrace void *caller(void *arg)
{
	unsigned long *my = arg;
	long x;

	for (x = 0; !LOAD(done); x++) {
		STORE(*my, LOAD(epoch));
		call_unit(x & 7);
	}
	STORE(*my, ~0UL);
	return NULL;
}

/* A thread that comes, calls, and goes. */
static notrace void *visitor(void *arg)
{
	call_unit(5);
	return arg;
}

static notrace void visit(void)
{
	pthread_t t;

	must("thread", (unsigned long)pthread_create(&t, NULL, visitor, NULL), 0);
	pthread_join(t, NULL);
}

/* Until every thread has been outside since. */
static notrace void quiesce(void)
{
	unsigned long now = ADD(epoch, 1) + 1;
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		while (LOAD(seen[i]) < now)
			sched_yield();
}

static notrace void wait_calls(const struct published *p, unsigned long more)
{
	unsigned long until = LOAD(p->n.calls) + more;

	while (LOAD(p->n.calls) < until)
		sched_yield();
}

static notrace void trace(unsigned long ip, unsigned long parent_ip,
			  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)parent_ip;
	(void)op;
	(void)fregs;
	ADD(traced[jit_slot(ip)], 1);
}

static notrace void count(unsigned long ip, unsigned long parent_ip,
			  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	ADD(*(unsigned long *)op->priv, 1);
}

/* f0 calls f1 and f2; f2 calls itself. Numbers differ from round to round. */
static notrace void write_code(struct published *p, int round)
{
	const struct jit_insn code[NR][JIT_INSNS] = {
		{ { JIT_CALL, 1 }, { JIT_JZ, 2 }, { JIT_ADD, 4 },
		  { JIT_CALL, 2 }, { JIT_ADD, round }, { JIT_RET, 0 } },
		{ { JIT_MUL, 3 }, { JIT_ADD, -(round % 4) }, { JIT_RET, 0 } },
		{ { JIT_JZ, 4 }, { JIT_ADD, -1 }, { JIT_JZ, 2 },
		  { JIT_MUL, 0 }, { JIT_CALL, 2 }, { JIT_ADD, 7 },
		  { JIT_RET, 0 } },
	};

	memcpy(p->code, code, sizeof(code));
	p->n = (struct counts){ 0 };
}

static notrace unsigned long entry(const struct published *p, unsigned int i)
{
	return (unsigned long)p->unit.fn[i];
}

/* Two clients come and go, and the direct call flips, while it is called. */
static notrace void change(struct published *p, struct ftrace_ops *visiting,
			   const unsigned long to[2])
{
	int i;

	for (i = 0; i < 4; i++) {
		must("modify", (unsigned long)modify_ftrace_direct(
			entry(p, 0), to[i & 1], to[!(i & 1)]), 0);
		must("filter", (unsigned long)ftrace_set_filter_ip(
			visiting, entry(p, 1 + (i & 1)), 0, 1), 0);
		must("filter", (unsigned long)ftrace_set_filter_ip(
			visiting, (unsigned long)ftrace_code((void *)helper),
			0, 0), 0);
		must("register", (unsigned long)register_ftrace_function(visiting),
		     0);
		wait_calls(p, 5);
		visit();
		must("unregister",
		     (unsigned long)unregister_ftrace_function(visiting), 0);
	}
}

/* Nobody is in @p any more: all that was counted must agree. */
static notrace void check_and_unload(struct published *p)
{
	unsigned long ip = entry(p, 0);

	must("traced", traced[p->unit.slot], p->n.entries);
	traced[p->unit.slot] = 0;
	must("direct", p->n.direct[0] + p->n.direct[1], p->n.calls);
	must("both", p->n.direct[0] && p->n.direct[1], 1);
	must("unload", (unsigned long)jit_unload(&p->unit), 0);
	must("gone", ftrace_location(ip), 0);
}

/* A unit is loaded, and found by the threads from then on. */
static notrace void publish(struct published *p, int round,
			    const unsigned long to[2])
{
	write_code(p, round);
	must("load", (unsigned long)jit_load(
		&p->unit, (unsigned int)round % JIT_SLOTS, p->code, NR), 0);
	must("direct", (unsigned long)register_ftrace_direct(entry(p, 0), to[0]),
	     0);
	STORE(current, p);
}

/* The one before it goes, with its direct call or without. */
static notrace void replaced(struct published *old, bool direct)
{
	unsigned long ip = entry(old, 0);

	quiesce();
	if (!direct)
		must("direct", (unsigned long)unregister_ftrace_direct(
			ip, ftrace_find_rec_direct(ip)), 0);
	check_and_unload(old);
}

static notrace void run(int rounds, pthread_t t[THREADS])
{
	struct ftrace_ops visiting = { .func = count, .priv = &beside };
	struct published *p;
	unsigned long to[2];
	int round, i;

	for (round = 0; round < rounds; round++) {
		p = &published[round & 1];
		for (i = 0; i < 2; i++)
			to[i] = jit_counter(2 * (round & 1) + i, &p->n.direct[i]);
		publish(p, round, to);
		for (i = 0; i < THREADS && !round; i++)
			must("thread", (unsigned long)pthread_create(
				&t[i], NULL, caller, &seen[i]), 0);
		if (round)
			replaced(&published[!(round & 1)], round & 2);
		change(p, &visiting, to);
		wait_calls(p, CALLS);
	}
	ftrace_free_filter(&visiting);
}

/*
 * Before all constructors: that of ftrace_object.o, which tells of this
 * program's own sites, is the library's first use.
 */
static notrace void set_host(void)
{
	must("host", (unsigned long)jit_init(), 0);
}

__attribute__((section(".preinit_array"), used)) static void (*const early)(void) =
	set_host;

int main(int argc, char **argv)
{
	struct ftrace_ops all = { .func = trace };
	int rounds = argc > 1 ? atoi(argv[1]) : 100, i;
	pthread_t t[THREADS];

	must("filter", (unsigned long)ftrace_set_filter(&all, ":mod:jit", 8, 1), 0);
	must("register", (unsigned long)register_ftrace_function(&all), 0);
	run(rounds, t);
	STORE(done, true);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	check_and_unload(current);
	must("unregister", (unsigned long)unregister_ftrace_function(&all), 0);
	ftrace_free_filter(&all);
	must("windows", jit_windows > 0, 1);
	must("beside", beside && helper_runs, 1);
	printf("jit: %d units, %lu windows by the other mapping\n", rounds,
	       jit_windows);
	return 0;
}
