/* SPDX-License-Identifier: MIT */
/* A target without FTRACE_FEATURE_ARGS: registers only for who asks for them. */
#include "suites.h"

static struct fake_text text;
static struct probe p, q;

#define F (fake_fn(&text, 3))

static void start(void)
{
	fake_setup();
	fake_features &= ~FTRACE_FEATURE_ARGS;
	fake_text_make(&text, 8);
	probe_init(&p, 0);
	probe_init(&q, 0);
	probe_on(&q, &text, 3);
}

static bool has_regs(void)
{
	return fake_rec(&text, 3)->flags & FTRACE_FL_REGS;
}

/* One call reaches both, and who gets registers has them all. */
static void call(bool regs)
{
	unsigned long p_hits = p.hits, q_hits = q.hits;

	p.fregs = q.fregs = (void *)-1;
	fake_call(&text, 3);
	ck_assert_uint_eq(p.hits, p_hits + 1);
	ck_assert(!p.fregs == !regs && !p.regs == !regs);
	if (q.hits != q_hits)
		ck_assert(!q.fregs == !regs && !q.regs == !regs);
	ck_assert_uint_eq(has_regs(), regs);
}

START_TEST(null)
{
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	call(false);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	call(false);
	ck_assert_uint_eq(q.hits, 1);
	ck_assert(p.ip == fake_site(&text, 3) && p.parent == FAKE_PARENT);
	ck_assert_int_eq(unregister_ftrace_function(&q.ops), 0);
	call(false);
}
END_TEST

/* Each of these is a wish for registers, for all on the function, and no more. */
START_TEST(asked_for)
{
	static const unsigned long flags[] = {
		FTRACE_OPS_FL_SAVE_ARGS, FTRACE_OPS_FL_SAVE_REGS,
		FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, FTRACE_OPS_FL_IPMODIFY,
	};

	q.ops.flags = flags[_i];
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	call(false);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	call(true);
	ck_assert_uint_eq(q.hits, 1);
	ck_assert(!(fake_rec(&text, 2)->flags & FTRACE_FL_REGS));
	ck_assert_int_eq(unregister_ftrace_function(&q.ops), 0);
	call(false);
}
END_TEST

/* A direct call asks too, while it is shared. */
START_TEST(shared_direct)
{
	fake_direct_hits[0] = 0;
	ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	fake_call(&text, 3);
	ck_assert_uint_eq(fake_direct_hits[0], 1);
	ck_assert(!has_regs());
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	call(true);
	ck_assert_uint_eq(fake_direct_hits[0], 2);
	ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_A), 0);
	call(false);
	ck_assert_uint_eq(fake_direct_hits[0], 2);
}
END_TEST

/* With arguments there is nothing to ask for. */
START_TEST(with_args)
{
	fake_features |= FTRACE_FEATURE_ARGS;
	p.ops.flags = FTRACE_OPS_FL_SAVE_ARGS;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	fake_call(&text, 3);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert(p.fregs && !p.regs && !has_regs());
	ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_A), 0);
}
END_TEST

Suite *suite_noargs(void)
{
	Suite *s = suite_create("noargs");
	TCase *c = tcase_create("noargs");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, null);
	tcase_add_loop_test(c, asked_for, 0, 4);
	tcase_add_test(c, shared_direct);
	tcase_add_test(c, with_args);
	return s;
}
