/* SPDX-License-Identifier: MIT */
/* generic/share.c: direct calls and clients that move the instruction pointer. */
#include "suites.h"

#define NR 8

static struct fake_text text, more;
static struct fake_state before;
static struct ftrace_ops d;
static struct probe a, b;

/* What ops_func was asked, in turn, and what it says and does. */
static enum ftrace_ops_cmd told[16];
static unsigned int nr_told;
static int answer;
static unsigned long switch_to;

#define SELF FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_SELF
#define PEER FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_PEER
#define OVER FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER
#define GONE FTRACE_OPS_CMD_MODULE_GONE

static int ops_func(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	ck_assert_ptr_eq(op, &d);
	ck_assert_uint_lt(nr_told, 16);
	told[nr_told++] = cmd;
	if (switch_to && modify_ftrace_direct_multi_nolock(op, switch_to))
		return -ENOSPC;
	return answer;
}

static void expect_told(unsigned int nr, enum ftrace_ops_cmd last)
{
	ck_assert_uint_eq(nr_told, nr);
	if (nr)
		ck_assert_int_eq(told[nr - 1], last);
	nr_told = 0;
}

static void moves(unsigned long ip, unsigned long parent, struct ftrace_ops *op,
		  struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent;
	((struct probe *)op)->hits++;
	ftrace_regs_set_instruction_pointer(fregs, 0x77770000);
}

static void mover(struct probe *p, const struct fake_text *t, size_t i)
{
	probe_init(p, FTRACE_OPS_FL_IPMODIFY);
	p->ops.func = moves;
	probe_on(p, t, i);
}

static void start(void)
{
	fake_setup();
	fake_text_make(&text, NR);
	memset(&d, 0, sizeof(d));
	d.ops_func = ops_func;
	ck_assert_int_eq(ftrace_set_filter_ip(&d, fake_fn(&text, 1), 0, 0), 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&d, fake_fn(&text, 3), 0, 0), 0);
	mover(&a, &text, 3);
	mover(&b, &text, 1);
	answer = 0;
	switch_to = 0;
	nr_told = 0;
	fake_save(&before, &text);
}

#define DIRECT_ON() register_ftrace_direct_multi(&d, DIRECT_A)
#define DIRECT_OFF() unregister_ftrace_direct_multi(&d, DIRECT_A)
#define ON(p) register_ftrace_function(&(p).ops)
#define OFF(p) unregister_ftrace_function(&(p).ops)

/* Both are called, and it goes on where the client says. */
static void both_run(size_t i, struct probe *p)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT };

	p->hits = fake_direct_hits[0] = 0;
	ck_assert_uint_eq(fake_run(fake_fn(&text, i), &cpu), 0x77770000);
	ck_assert(p->hits == 1 && fake_direct_hits[0] == 1);
}

/* The direct client is there first: it is asked as the other's peer. */
START_TEST(direct_first)
{
	ck_assert_int_eq(DIRECT_ON(), 0);
	expect_told(0, 0);
	ck_assert_int_eq(ON(a), 0);
	expect_told(1, PEER);
	both_run(3, &a);
	ck_assert_int_eq(OFF(a), 0);
	expect_told(1, OVER);
	ck_assert_int_eq(DIRECT_OFF(), 0);
	expect_told(0, 0);
	fake_gone(&before, &text);
}
END_TEST

/* The other one is there first: the direct client is asked as it comes. */
START_TEST(direct_second)
{
	ck_assert_int_eq(ON(a), 0);
	expect_told(0, 0);
	ck_assert_int_eq(DIRECT_ON(), 0);
	expect_told(1, SELF);
	both_run(3, &a);
	if (_i) {
		ck_assert_int_eq(OFF(a), 0);
		expect_told(1, OVER);
	}
	ck_assert_int_eq(DIRECT_OFF(), 0);
	expect_told(0, 0);
	if (!_i)
		ck_assert_int_eq(OFF(a), 0);
	expect_told(0, 0);
	fake_gone(&before, &text);
}
END_TEST

/* Once for the first function, and once behind the last. */
START_TEST(many)
{
	ck_assert_int_eq(DIRECT_ON(), 0);
	ck_assert_int_eq(ON(a), 0);
	expect_told(1, PEER);
	ck_assert_int_eq(ON(b), 0);
	expect_told(0, 0);
	both_run(3, &a);
	both_run(1, &b);
	ck_assert_int_eq(OFF(a), 0);
	expect_told(0, 0);
	ck_assert_int_eq(OFF(b), 0);
	expect_told(1, OVER);
	ck_assert_int_eq(DIRECT_OFF(), 0);
}
END_TEST

START_TEST(elsewhere)
{
	ck_assert_int_eq(DIRECT_ON(), 0);
	mover(&b, &text, 2);
	ck_assert_int_eq(ON(b), 0);
	ck_assert_int_eq(OFF(b), 0);
	expect_told(0, 0);
}
END_TEST

static void refused(int err, int (*call)(void), const char *name)
{
	fake_same(&before, &text);
	fake_save(&before, &text);
	fake_log_clear();
	ck_assert_int_eq(call(), err);
	ck_assert(fake_logged(name));
	fake_same(&before, &text);
	fake_save(&before, &text);
}

static int a_on(void)
{
	return ON(a);
}

static int direct_on(void)
{
	return DIRECT_ON();
}

/* It says no, or there is nobody to ask: nothing changes, in both orders. */
START_TEST(says_no)
{
	static const struct {
		int answer, err;
		bool nobody;
	} way[] = {
		{ -EAGAIN, -EAGAIN, false },
		{ 1, -EBUSY, false },
		{ 0, -EBUSY, true },
	};

	answer = way[_i].answer;
	if (way[_i].nobody)
		d.ops_func = NULL;
	ck_assert_int_eq(DIRECT_ON(), 0);
	fake_save(&before, &text);
	refused(way[_i].err, a_on, "register_ftrace_function: ");
	expect_told(!way[_i].nobody, PEER);
	ck_assert_uint_eq(a.ops.flags & FTRACE_OPS_FL_ENABLED, 0);
	ck_assert_int_eq(DIRECT_OFF(), 0);
	ck_assert_int_eq(ON(a), 0);
	fake_save(&before, &text);
	refused(way[_i].err, direct_on, "register_ftrace_direct_multi: ");
	expect_told(!way[_i].nobody, SELF);
	ck_assert_uint_eq(d.flags & FTRACE_OPS_FL_DIRECT, 0);
	/* The same call may be made again. */
	answer = 0;
	d.ops_func = ops_func;
	ck_assert_int_eq(DIRECT_ON(), 0);
	expect_told(1, SELF);
	both_run(3, &a);
}
END_TEST

/* A direct call that is nobody's has nobody to ask. */
START_TEST(plain)
{
	unsigned long f = fake_fn(&text, 3);

	ck_assert_int_eq(register_ftrace_direct(f, DIRECT_A), 0);
	expect_fail(-EBUSY, "register_ftrace_function", ON(a));
	ck_assert_int_eq(unregister_ftrace_direct(f, DIRECT_A), 0);
	fake_gone(&before, &text);
	ck_assert_int_eq(ON(a), 0);
	expect_fail(-EBUSY, "register_ftrace_direct",
		    register_ftrace_direct(f, DIRECT_A));
	ck_assert_int_eq(OFF(a), 0);
	ck_assert_int_eq(register_ftrace_direct(f, DIRECT_A), 0);
}
END_TEST

/* The same trampoline at one function that may share, and one that may not. */
START_TEST(plain_beside)
{
	unsigned long f = fake_fn(&text, 2);

	ck_assert_int_eq(DIRECT_ON(), 0);
	ck_assert_int_eq(register_ftrace_direct(f, DIRECT_A), 0);
	probe_on(&a, &text, 2);
	fake_save(&before, &text);
	refused(-EBUSY, a_on, "register_ftrace_function: ");
	/* It was asked before the other was found, and told afterwards. */
	expect_told(2, OVER);
	ck_assert_int_eq(unregister_ftrace_direct(f, DIRECT_A), 0);
	ck_assert_int_eq(ON(a), 0);
}
END_TEST

/* It switches to another function while it is asked, and back. */
START_TEST(switches)
{
	ck_assert_int_eq(DIRECT_ON(), 0);
	switch_to = DIRECT_B;
	ck_assert_int_eq(ON(a), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, 1)), DIRECT_B);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, 3)), DIRECT_B);
	switch_to = DIRECT_A;
	ck_assert_int_eq(OFF(a), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, 3)), DIRECT_A);
	ck_assert_int_eq(DIRECT_OFF(), 0);
	fake_gone(&before, &text);
	/* And while it comes. */
	ck_assert_int_eq(ON(a), 0);
	switch_to = DIRECT_B;
	ck_assert_int_eq(DIRECT_ON(), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, 1)), DIRECT_B);
	ck_assert_int_eq(unregister_ftrace_direct_multi(&d, DIRECT_B), 0);
}
END_TEST

/*
 * Text cannot be written, first when it switches, then for what it has agreed
 * on: all is as before, and in the second case it is told.
 */
START_TEST(fails_later)
{
	static const int errs[] = { -ENOSPC, -EPERM, 0 };
	unsigned long k;

	ck_assert_int_eq(DIRECT_ON(), 0);
	for (k = 0; k < 3; k++) {
		switch_to = k == 1 ? DIRECT_A : DIRECT_B;
		fake_save(&before, &text);
		fake_fail(FAKE_TEXT_OPEN, k == 1 ? 1 : k + 1);
		ck_assert_int_eq(ON(a), errs[k]);
		fake_heal();
		if (k == 2)
			break;
		fake_same(&before, &text);
		expect_told(k + 1, k ? OVER : PEER);
		ck_assert_uint_eq(a.ops.flags & FTRACE_OPS_FL_ENABLED, 0);
	}
	expect_told(1, PEER);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, 3)), DIRECT_B);
}
END_TEST

/* A filter changes: they meet, and they part. */
START_TEST(filter)
{
	unsigned long f = fake_fn(&text, 3), g = fake_fn(&text, 5);

	mover(&a, &text, 5);
	ck_assert_int_eq(DIRECT_ON(), 0);
	ck_assert_int_eq(ON(a), 0);
	expect_told(0, 0);
	answer = -EAGAIN;
	ck_assert_int_eq(ftrace_set_filter_ip(&a.ops, f, 0, 0), -EAGAIN);
	expect_told(1, PEER);
	answer = 0;
	ck_assert_int_eq(ftrace_set_filter_ip(&a.ops, f, 0, 0), 0);
	expect_told(1, PEER);
	both_run(3, &a);
	/* A change that does not come about leaves it as it was. */
	fake_fail(FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(ftrace_set_filter_ip(&a.ops, g, 0, 1), -EPERM);
	fake_heal();
	expect_told(0, 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&a.ops, g, 0, 1), 0);
	expect_told(1, OVER);
}
END_TEST

/* A module with functions of both comes and goes. */
START_TEST(module)
{
	fake_text_map(&more, 4);
	ck_assert_int_eq(ftrace_module_init(&more.mod), 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&d, fake_fn(&more, 2), 0, 0), 0);
	mover(&b, &more, 2);
	b.ops.ops_func = NULL;
	ck_assert_int_eq(DIRECT_ON(), 0);
	ck_assert_int_eq(ON(b), 0);
	expect_told(1, PEER);
	ck_assert_int_eq(ftrace_module_enable(&more.mod), 0);
	expect_told(0, 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&more, 2)), DIRECT_A);
	fake_text_drop(&more);
	ck_assert_uint_eq(nr_told, 2);
	ck_assert_int_eq(told[0], GONE);
	ck_assert_int_eq(told[1], OVER);
	nr_told = 0;
	ck_assert_int_eq(OFF(b), 0);
	ck_assert_int_eq(DIRECT_OFF(), 0);
	expect_told(0, 0);
}
END_TEST

/* It is asked of no lock, and refused none: it comes back, with an error. */
static int calls_back(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	(void)cmd;
	nr_told++;
	ck_assert_int_eq(register_ftrace_function(&b.ops), -EDEADLK);
	ck_assert_int_eq(unregister_ftrace_function(&b.ops), -EDEADLK);
	ck_assert_int_eq(modify_ftrace_direct_multi(op, DIRECT_B), -EDEADLK);
	ck_assert_int_eq(ftrace_synchronize(), -EDEADLK);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, 1)), 0);
	ck_assert_uint_eq(ftrace_location(fake_fn(&text, 1)),
			  fake_site(&text, 1));
	return 0;
}

START_TEST(inside)
{
	d.ops_func = calls_back;
	ck_assert_int_eq(DIRECT_ON(), 0);
	ck_assert_int_eq(ON(a), 0);
	ck_assert_int_eq(OFF(a), 0);
	ck_assert_uint_eq(nr_told, 2);
	ck_assert_int_eq(modify_ftrace_direct_multi(&d, DIRECT_B), 0);
}
END_TEST

Suite *suite_share(void)
{
	Suite *s = suite_create("share");
	TCase *c = tcase_create("share");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, direct_first);
	tcase_add_loop_test(c, direct_second, 0, 2);
	tcase_add_test(c, many);
	tcase_add_test(c, elsewhere);
	tcase_add_loop_test(c, says_no, 0, 3);
	tcase_add_test(c, plain);
	tcase_add_test(c, plain_beside);
	tcase_add_test(c, switches);
	tcase_add_test(c, fails_later);
	tcase_add_test(c, filter);
	tcase_add_test(c, module);
	tcase_add_test(c, inside);
	return s;
}
