/* SPDX-License-Identifier: MIT */
/* generic/graph.c: clients come and leave while a call is anywhere on its way. */
#include "once.h"

#include <ucontext.h>

#include "reader.h"
#include "search.h"
#include "suites.h"

/*
 * The writer is this process, and runs the library; the reader calls a function
 * once, on a stack of its own. The writer goes so far, then the reader, then the
 * writer again, then the reader to its end, or up to the function's body and to its
 * end when the writer is there: all such ways are tried. The writer stops before
 * each store, sync and barrier, and where a client is there; the reader before each
 * load and store. What either stores is seen at once.
 *
 * The same is failed by as in tests/model/graph.pml, which knows all schedules,
 * and stores that are seen late.
 */
#define A 0
#define B 1
#define BIT(c) (1u << (c))
#define TO_BODY 0UL
#define TO_END ~0UL

static struct fake_text text;
static struct fgraph_ops client[2];
static struct ftrace_host_ops below;
static ucontext_t outside, inside;
static char stack[65536] __attribute__((aligned(16)));
static struct ftrace_thread *block;
static bool reads, over;	/* the reader is on; its call has returned, */
static bool whole;		/* in its first turn */
static unsigned long quota, steps[2];	/* the reader's: now, in each turn */
static unsigned long until[2];	/* the writer's events before that */
static unsigned int turn;

/* Clients, as bits. */
static unsigned int gone, coming, there;
static unsigned int in;		/* whose handler runs */
static unsigned int must;	/* those there since the call began */
static unsigned int told;	/* of the call */
static unsigned int back;	/* and are to be told of its return */

/* By so many steps; from the body it is the end that TO_BODY leads to. */
static void reader_go(unsigned long n)
{
	struct ftrace_thread *me = ftrace_self;

	if (over)
		return;
	quota = n;
	reads = true;
	ftrace_self = block;
	swapcontext(&outside, &inside);
	ftrace_self = me;
	reads = false;
}

static void event(void)
{
	if (turn == 2 || until[turn]--)
		return;
	reader_go(steps[turn]);
	whole |= !turn++ && over;
}

static void stop(bool store)
{
	if (!reads && store)
		event();
	else if (reads && quota && !--quota)
		swapcontext(&inside, &outside);
}

static int barrier(void)
{
	event();
	return below.barrier();
}

static int sync_core(void)
{
	event();
	return below.sync_core();
}

static void relax(void)
{
	reader_go(1);
}

static int alive(unsigned long id)
{
	(void)id;
	return 1;
}

static unsigned long reader_number(void)
{
	return READER_ID;
}

static unsigned int bit_of(const struct fgraph_ops *gops)
{
	return BIT(gops - client);
}

static int enters(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		  struct ftrace_regs *fregs)
{
	unsigned int bit = bit_of(gops);

	(void)trace;
	(void)fregs;
	sure(!(gone & bit));
	in = bit;
	told |= bit;
	back |= bit & coming;
	stop(false);
	in = 0;
	return 1;
}

static void leaves(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	unsigned int bit = bit_of(gops);

	(void)trace;
	(void)fregs;
	sure(!(gone & bit) && (told & bit));
	in = bit;
	back &= ~bit;
	stop(false);
	in = 0;
}

static void call(void)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = 0x5000 };
	unsigned long site = fake_site(&text, 0), at = site;

	must = there;
	while (at == site)
		at = fake_run(site, &cpu);
	sure(at == site + FAKE_INSN_SIZE);
	sure(!(must & ~told));
	if (quota == TO_BODY)
		swapcontext(&inside, &outside);
	stop(false);
	sure(fake_leave(&cpu) == FAKE_PARENT);
	sure(!back);
	over = true;
}

static void comes(unsigned int c)
{
	gone &= ~BIT(c);
	told &= ~BIT(c);
	coming |= BIT(c);
	sure(!register_ftrace_graph(&client[c]));
	there |= BIT(c);
	event();
}

/* Nothing has to be told to it from now on. */
static void may_miss(unsigned int c)
{
	there &= ~BIT(c);
	coming &= ~BIT(c);
	must &= ~BIT(c);
	back &= ~BIT(c);
}

static void goes(unsigned int c)
{
	may_miss(c);
	sure(!unregister_ftrace_graph(&client[c]));
	sure(in != BIT(c));
	gone |= BIT(c);
}

static void again(void)
{
	comes(A);
	goes(A);
	comes(A);
	goes(A);
}

static void another(void)
{
	comes(A);
	goes(A);
	comes(B);
	goes(B);
}

static void beside(void)
{
	comes(A);
	comes(B);
	goes(A);
	comes(A);
	goes(B);
	goes(A);
}

/* Its number goes to the other one while it may still be called, and be the first. */
static void gives_up(void)
{
	int err;

	comes(A);
	comes(B);
	goes(A);
	comes(A);
	may_miss(A);
	err = unregister_ftrace_function_timeout(&client[A].ops, 0);
	sure(!err || err == -ETIMEDOUT);
	if (!err)
		gone |= BIT(A);
	goes(B);
	comes(B);
	if (err)
		goes(A);
	goes(B);
}

static void one_way(void (*run)(void), unsigned long first, unsigned long n,
		    unsigned long second, unsigned long then)
{
	until[0] = first;
	until[1] = second;
	steps[0] = n;
	steps[1] = then;
	turn = told = back = must = there = coming = 0;
	gone = BIT(A) | BIT(B);
	over = whole = false;
	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = sizeof(stack);
	inside.uc_link = &outside;
	makecontext(&inside, call, 0);
	run();
	while (!over)
		reader_go(TO_END);
	sure(ftrace_verify() == 0);
}

static void start(void)
{
	struct ftrace_thread *me = ftrace_self;
	unsigned int c;

	fake_text_make(&text, 1);
	for (c = A; c <= B; c++) {
		client[c] = (struct fgraph_ops){ .entryfunc = enters,
						 .retfunc = leaves };
		sure(!ftrace_set_filter_ip(&client[c].ops, fake_fn(&text, 0), 0,
					   0));
	}
	fake.thread_id = reader_number;
	block = ftrace_thread_attach();
	ftrace_self = me;
	fake.thread_id = NULL;
	below = fake_host;
	fake_host.barrier = barrier;
	fake_host.sync_core = sync_core;
	fake_host.thread_alive = alive;
	fake.on_relax = relax;
	once_stop = stop;
}

static void finish(void)
{
	unsigned int c;

	once_stop = NULL;
	for (c = A; c <= B; c++)
		ftrace_free_filter(&client[c].ops);
}

static const struct {
	const char *name;
	void (*run)(void);
} runs[] = {
	{ "again", again },
	{ "another", another },
	{ "beside", beside },
	{ "gives up", gives_up },
};

START_TEST(turns)
{
	unsigned long first, n, second, ways = 0;

	/* Until the writer has no such event, the reader no such step. */
	for (first = 0; !first || turn; first++)
		for (n = 1; n == 1 || (turn && !whole); n++)
			for (second = 0; !second || (turn == 2 && !whole);
			     second++, ways += 2) {
				one_way(runs[_i].run, first, n, second, TO_END);
				one_way(runs[_i].run, first, n, second, TO_BODY);
			}
	printf("  turns    %s: %lu ways\n", runs[_i].name, ways);
}
END_TEST

Suite *suite_turns(void)
{
	Suite *suite = suite_create("turns");
	TCase *c = fake_case(suite, "turns");

	cores_warn_once();
	tcase_add_checked_fixture(c, start, finish);
	tcase_add_loop_test(c, turns, 0, 4);
	return suite;
}
