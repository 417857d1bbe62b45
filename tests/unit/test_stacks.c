/* SPDX-License-Identifier: MIT */
/* generic/stacks.c: which calls are over, by the stack that they were made on. */
#include <ftrace/graph.h>

#include "suites.h"

#define NR 4
#define MOST FTRACE_GRAPH_CALLS
/* The thread's own stack, and a coroutine's below it. */
#define OWN 0x800000UL
#define OWN_END 0x900000UL
#define OTHER 0x100000UL

static struct fake_text text;
static struct fgraph_ops gops;
static unsigned long returns, asked;
static int own_err;

static void leave(struct ftrace_graph_ret *trace, struct fgraph_ops *ops,
		  struct ftrace_regs *fregs)
{
	(void)trace, (void)ops, (void)fregs;
	returns++;
}

static int own_stack(unsigned long *low, unsigned long *high)
{
	asked++;
	*low = OWN;
	*high = OWN_END;
	return own_err;
}

/* The thread's stack for signals is the upper half of its own. */
static int same_stack(unsigned long a, unsigned long b)
{
	return (a < OWN_END - 0x80000) == (b < OWN_END - 0x80000);
}

static void start(void)
{
	fake_setup();
	fake_host.own_stack = own_stack;
	fake_host.same_stack = same_stack;
	fake_text_make(&text, NR);
	gops.retfunc = leave;
	ck_assert_int_eq(register_ftrace_graph(&gops), 0);
}

static void end(void)
{
	ck_assert_int_eq(unregister_ftrace_graph(&gops), 0);
}

static struct pt_regs enter(unsigned long sp)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = sp };

	fake_run(fake_fn(&text, 1), &cpu);
	return cpu;
}

/* Calls from @sp downwards, all of them left. */
static void leave_some(unsigned long sp, unsigned int nr)
{
	while (nr--)
		enter(sp -= 16);
}

#define hooked(cpu) ((cpu).parent == FAKE_GRAPH_BACK)

/* Below on the thread's own stack: over. On another: never. */
START_TEST(judged)
{
	unsigned long i;

	enter(OTHER);
	leave_some(OWN + 0x10000, MOST - 1);
	ck_assert(hooked(enter(OWN + 0x20000)));
	ck_assert_uint_eq(asked, 1);
	for (i = 0; i < 100; i++)
		leave_some(OWN + 0x10000 + 0x1010 * (i % 7), 200);
	ck_assert(hooked(enter(OWN + 0x20000)));
	ck_assert_uint_eq(fake_stats().overruns, 0);
	/* It is still there, and the only one that is on no known stack. */
	leave_some(OTHER, MOST);
	ck_assert_uint_gt(fake_stats().overruns, 0);
	end();
}
END_TEST

/* None of a coroutine's is over, however far up the thread's own stack is used. */
START_TEST(elsewhere)
{
	leave_some(OTHER + 0x10000, MOST);
	ck_assert(!hooked(enter(OWN + 0x20000)));
	ck_assert(!hooked(enter(OTHER + 0x20000)));
	end();
}
END_TEST

/* Calls that are waited for are higher up, and stay. */
START_TEST(live)
{
	static struct pt_regs cpu[MOST];
	unsigned int i;

	for (i = 0; i < MOST; i++)
		cpu[i] = enter(OWN + 0x10000 - 16 * i);
	ck_assert(!hooked(enter(OWN + 0x100)));
	ck_assert_uint_eq(fake_stats().overruns, 1);
	while (i--)
		ck_assert_uint_eq(fake_leave(&cpu[i]), FAKE_PARENT);
	ck_assert_uint_eq(returns, MOST);
	end();
}
END_TEST

/* A handler runs above what it has interrupted, on a stack of its own. */
START_TEST(handler)
{
	leave_some(OWN + 0x10000, MOST);
	ck_assert(!hooked(enter(OWN_END - 0x100)));
	ck_assert(hooked(enter(OWN + 0x20000)));
	end();
}
END_TEST

/* It is asked again, but not for each call that is too deep. */
START_TEST(unknown)
{
	own_err = -ENOENT;
	leave_some(OWN + 0x10000, MOST);
	leave_some(OWN + 0x20000, MOST);
	ck_assert_uint_eq(fake_stats().overruns, MOST);
	ck_assert_uint_eq(asked, 2);
	own_err = 0;
	ck_assert(hooked(enter(OWN + 0x20000)));
	fake_host.own_stack = NULL;
	end();
}
END_TEST

START_TEST(no_service)
{
	fake_host.own_stack = NULL;
	leave_some(OWN + 0x10000, MOST);
	ck_assert(!hooked(enter(OWN + 0x20000)));
	end();
}
END_TEST

/* Two that were cut out of the thread's own. */
START_TEST(declared)
{
	ck_assert_int_eq(ftrace_graph_stack(OWN, OWN + 0x10000), 0);
	ck_assert_int_eq(ftrace_graph_stack(OWN + 0x10000, OWN + 0x20000), 0);
	leave_some(OWN + 0x10000, MOST);
	ck_assert(!hooked(enter(OWN + 0x20000 - 16)));
	ck_assert(!hooked(enter(OWN + 0x20000)));
	ck_assert(hooked(enter(OWN + 0x10000 - 16)));
	ck_assert_int_eq(ftrace_graph_stack(OWN, 0), 0);
	ck_assert_int_eq(ftrace_graph_stack(OWN + 0x10000, 0), 0);
	end();
}
END_TEST

START_TEST(refused)
{
	unsigned long i;

	expect_fail(-EINVAL, "ftrace_graph_stack", ftrace_graph_stack(0, 5));
	expect_fail(-EINVAL, "ftrace_graph_stack", ftrace_graph_stack(5, 5));
	expect_fail(-EINVAL, "ftrace_graph_stack", ftrace_graph_stack(5, 0));
	for (i = 1; i <= FTRACE_GRAPH_STACKS; i++)
		ck_assert_int_eq(ftrace_graph_stack(16 * i, 16 * i + 16), 0);
	expect_fail(-EBUSY, "ftrace_graph_stack", ftrace_graph_stack(24, 25));
	expect_fail(-ENOSPC, "ftrace_graph_stack", ftrace_graph_stack(1, 16));
	ck_assert_int_eq(ftrace_graph_stack(32, 0), 0);
	expect_fail(-EINVAL, "ftrace_graph_stack", ftrace_graph_stack(32, 0));
	ck_assert_int_eq(ftrace_graph_stack(33, 34), 0);
	end();
}
END_TEST

Suite *suite_stacks(void)
{
	Suite *s = suite_create("stacks");
	TCase *c = tcase_create("stacks");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, judged);
	tcase_add_test(c, elsewhere);
	tcase_add_test(c, live);
	tcase_add_test(c, handler);
	tcase_add_test(c, unknown);
	tcase_add_test(c, no_service);
	tcase_add_test(c, declared);
	tcase_add_test(c, refused);
	return s;
}
