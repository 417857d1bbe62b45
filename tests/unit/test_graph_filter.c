/* SPDX-License-Identifier: MIT */
/* generic/graph_filter.c: what is below some functions, and what is not told. */
#include <ftrace/graph.h>

#include "suites.h"

#define NR 8

static struct fake_text text, late;
static unsigned long entries;

static int entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	(void)trace, (void)gops, (void)fregs;
	entries++;
	return 0;
}

static struct fgraph_ops gops = { .entryfunc = entry };

static void start(void)
{
	fake_setup();
	fake_text_named(&text, NR);
	ck_assert_int_eq(register_ftrace_graph(&gops), 0);
}

static void end(void)
{
	ck_assert_int_eq(unregister_ftrace_graph(&gops), 0);
	ftrace_free_filter(&gops.ops);
}

static int below(const char *line, int reset)
{
	return ftrace_set_graph_function(&gops, line, (int)strlen(line), reset);
}

static int except(const char *line, int reset)
{
	return ftrace_set_graph_notrace(&gops, line, (int)strlen(line), reset);
}

static struct pt_regs enter_in(const struct fake_text *t, size_t i,
			       unsigned long sp, unsigned long parent)
{
	struct pt_regs cpu = { .parent = parent, .sp = sp };

	fake_run(fake_fn(t, i), &cpu);
	return cpu;
}

static struct pt_regs enter(size_t i, unsigned long sp)
{
	return enter_in(&text, i, sp, FAKE_PARENT);
}

static void leave(struct pt_regs *cpu)
{
	ck_assert_uint_eq(fake_leave(cpu), FAKE_PARENT);
}

/* By what callbacks read. */
static bool named(const struct ftrace_ops *ops, unsigned long ip)
{
	struct ftrace_frame f = { .told.ent.func = ip };

	return ftrace_graph_shows(ops, &f, 1);
}

#define told(n) do { ck_assert_uint_eq(entries, n); entries = 0; } while (0)

/* The frame stays though nobody wants a return, and goes with its call. */
START_TEST(inside)
{
	struct pt_regs one, two, three;

	ck_assert_int_eq(below("f1", 1), 0);
	enter(2, 0x5000);
	told(0);
	one = enter(1, 0x5000);
	told(1);
	two = enter(2, 0x4000);
	told(1);
	ck_assert_uint_eq(two.parent, FAKE_PARENT);
	/* Again: it is below already, and needs no frame of its own. */
	three = enter(1, 0x3000);
	told(1);
	ck_assert_uint_eq(three.parent, FAKE_PARENT);
	leave(&one);
	enter(2, 0x4000);
	told(0);
	end();
}
END_TEST

/* It jumped to another at its end: that one is below, until both return. */
START_TEST(tail)
{
	struct pt_regs cpu;

	ck_assert_int_eq(below("f1", 1), 0);
	cpu = enter(1, 0x5000);
	cpu = enter_in(&text, 2, 0x5000, cpu.parent);
	told(2);
	leave(&cpu);
	enter(2, 0x5000);
	told(0);
	end();
}
END_TEST

START_TEST(hidden)
{
	struct pt_regs one, two;

	ck_assert_int_eq(except("f1", 1), 0);
	ck_assert_int_eq(below("f[23]", 1), 0);
	two = enter(2, 0x5000);
	told(1);
	one = enter(1, 0x4000);
	enter(3, 0x3000);
	enter(4, 0x3000);
	told(0);
	leave(&one);
	enter(4, 0x3000);
	told(1);
	leave(&two);
	told(0);
	end();
}
END_TEST

/* It was left; as soon as the stack is used as far up again that is known. */
START_TEST(left)
{
	ck_assert_int_eq(below("f1", 1), 0);
	enter(1, 0x5000);
	told(1);
	enter(2, 0x5000);
	told(0);
	enter(1, 0x4000);
	told(1);
	enter(2, 0x4010);
	enter(2, 0x3000);
	told(0);
	end();
}
END_TEST

/* A handler's stack lies above that of what it interrupts, which goes on. */
static int apart(unsigned long a, unsigned long b)
{
	return (a < 0x8000) == (b < 0x8000);
}

START_TEST(handler)
{
	struct pt_regs one, in, in_one;

	fake_host.same_stack = apart;
	fake_host.own_stack = NULL;
	ck_assert_int_eq(below("f1", 1), 0);
	one = enter(1, 0x5000);
	told(1);
	in = enter(2, 0x9000);
	told(1);
	in_one = enter(1, 0x8800);
	told(1);
	leave(&in_one);
	leave(&in);
	enter(2, 0x4000);
	told(1);
	leave(&one);
	enter(2, 0x4000);
	told(0);
	end();
}
END_TEST

/* A client in the place of one that left is below nothing. */
START_TEST(another)
{
	static struct fgraph_ops other = { .entryfunc = entry };
	struct pt_regs one;

	ck_assert_int_eq(below("f1", 1), 0);
	one = enter(1, 0x5000);
	told(1);
	end();
	ck_assert_int_eq(ftrace_set_graph_function(&other, "f3", 2, 1), 0);
	ck_assert_int_eq(register_ftrace_graph(&other), 0);
	ck_assert_int_eq(other.idx, gops.idx);
	enter(2, 0x4000);
	told(0);
	leave(&one);
	ck_assert_int_eq(unregister_ftrace_graph(&other), 0);
	ftrace_free_filter(&other.ops);
}
END_TEST

/* An object is waited for, comes and goes, and takes no memory along. */
START_TEST(modules)
{
	struct pt_regs cpu;
	unsigned long gone;
	long live = 0;
	int i;

	ck_assert_int_eq(below("f3:mod:late", 1), 0);
	enter(1, 0x5000);
	told(0);
	fake.stay_disabled = true;
	for (i = 0; i < 20; i++) {
		fake_text_named(&late, NR);
		late.mod.name = "/lib/late";
		ck_assert_int_eq(ftrace_module_enable(&late.mod), 0);
		enter_in(&late, 2, 0x5000, FAKE_PARENT);
		told(0);
		cpu = enter_in(&late, 3, 0x5000, FAKE_PARENT);
		enter(1, 0x4000);
		told(2);
		leave(&cpu);
		gone = fake_site(&late, 3);
		fake_text_drop(&late);
		ck_assert(!ftrace_location(gone));
		enter(1, 0x5000);
		told(0);
		if (i == 1)
			live = fake.live;
	}
	ck_assert_int_eq(fake.live, live);
	end();
}
END_TEST

/* Another function may come to lie where one was. */
START_TEST(gone)
{
	unsigned long ip;

	fake_text_named(&late, NR);
	ck_assert_int_eq(below("f2:mod:fake", 1), 0);
	ip = fake_site(&late, 2);
	ck_assert(named(&gops.ops, ip));
	fake_text_drop(&late);
	ck_assert(!named(&gops.ops, ip));
	ck_assert(named(&gops.ops, fake_site(&text, 2)));
	end();
}
END_TEST

START_TEST(refused)
{
	long live;

	ck_assert_int_eq(below("f1", 1), 0);
	live = fake.live;
	expect_fail(-EINVAL, "ftrace_set_graph_function",
		    ftrace_set_graph_function(NULL, "f1", 2, 0));
	expect_fail(-EINVAL, "ftrace_set_graph_notrace",
		    ftrace_set_graph_notrace(NULL, "f1", 2, 0));
	expect_fail(-EINVAL, "ftrace_set_graph_function", below("no", 1));
	expect_fail(-ENOENT, "ftrace_set_graph_notrace", except("!f1", 0));
	while (fake_fail(FAKE_ALLOC, (unsigned long)_i + 1), _i < 3) {
		expect_fail(-ENOMEM, "ftrace_set_graph_function",
			    below("f2", 0));
		_i++;
	}
	fake_heal();
	ck_assert_int_eq(fake.live, live);
	enter(2, 0x5000);
	told(0);
	enter(1, 0x5000);
	told(1);
	ck_assert_int_eq(below("f2", 0), 0);
	end();
}
END_TEST

static void nothing(struct ftrace_graph_ret *trace, struct fgraph_ops *g,
		    struct ftrace_regs *fregs)
{
	(void)trace, (void)g, (void)fregs;
}

/* A function in between has another client alone: below it is below. */
START_TEST(through)
{
	struct fgraph_ops other = { .retfunc = nothing };
	struct pt_regs one, two;

	ck_assert_int_eq(below("f1", 1), 0);
	ck_assert_int_eq(ftrace_set_notrace(&gops.ops, "f2", 2, 1), 0);
	ck_assert_int_eq(ftrace_set_filter(&other.ops, "f2", 2, 1), 0);
	ck_assert_int_eq(register_ftrace_graph(&other), 0);
	one = enter(1, 0x5000);
	told(1);
	two = enter(2, 0x4000);
	told(0);
	ck_assert_uint_ne(two.parent, FAKE_PARENT);
	enter(3, 0x3000);
	told(1);
	leave(&two);
	leave(&one);
	ck_assert_int_eq(unregister_ftrace_graph(&other), 0);
	ftrace_free_filter(&other.ops);
	end();
}
END_TEST

static bool plain(const struct fgraph_ops *only)
{
	struct pt_regs cpu = enter(2, 0x5000);

	leave(&cpu);
	return ftrace_self->run[0].frame->only == &only->ops;
}

/* The short way of who is alone is closed while anybody has lists. */
START_TEST(short_way)
{
	struct fgraph_ops other = { .retfunc = nothing };

	ck_assert_int_eq(ftrace_set_notrace(&gops.ops, "f2", 2, 1), 0);
	ck_assert_int_eq(ftrace_set_filter(&other.ops, "f2", 2, 1), 0);
	ck_assert_int_eq(register_ftrace_graph(&other), 0);
	plain(&other);
	ck_assert(plain(&other));
	ck_assert_int_eq(below("f1", 1), 0);
	ck_assert(!plain(&other));
	ftrace_graph_set_max_depth(9);
	end();
	ck_assert(!plain(&other));
	ftrace_graph_set_max_depth(8);
	ck_assert(!plain(&other));
	ftrace_graph_set_max_depth(0);
	ck_assert(plain(&other));
	ck_assert_int_eq(unregister_ftrace_graph(&other), 0);
	ftrace_free_filter(&other.ops);
}
END_TEST

/* What its lists took is given back with them. */
START_TEST(freed)
{
	long live;
	int i;

	/* Names are read, and stay. */
	ck_assert_int_eq(below("f1", 1), 0);
	end();
	live = fake.live;
	ck_assert_int_eq(below("f1", 1), 0);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(except("f*", i % 2), 0);
	ck_assert_int_gt(fake.live, live);
	ftrace_free_filter(&gops.ops);
	ck_assert_int_eq(fake.live, live);
}
END_TEST

Suite *suite_graph_filter(void)
{
	Suite *s = suite_create("graph_filter");
	TCase *c = tcase_create("graph_filter");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, inside);
	tcase_add_test(c, tail);
	tcase_add_test(c, hidden);
	tcase_add_test(c, left);
	tcase_add_test(c, handler);
	tcase_add_test(c, another);
	tcase_add_test(c, through);
	tcase_add_test(c, short_way);
	tcase_add_test(c, modules);
	tcase_add_test(c, gone);
	tcase_add_test(c, refused);
	tcase_add_test(c, freed);
	return s;
}
