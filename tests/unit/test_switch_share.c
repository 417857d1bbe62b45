/* SPDX-License-Identifier: MIT */
/* The switch beside conservative modules, direct calls by a filter, sharing. */
#include "suites.h"

static struct fake_text text, kept;
static struct ftrace_ops d;
static struct probe a, fixed, mover;
static unsigned int asked;
static int answer;

static int ops_func(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	ck_assert_ptr_eq(op, &d);
	asked += cmd != FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER;
	return answer;
}

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
	fake_text_map(&kept, 8);
	kept.mod.name = "kept";
	kept.mod.flags = FTRACE_MODULE_CONSERVATIVE;
	ck_assert_int_eq(ftrace_module_init(&kept.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&kept.mod), 0);
	probe_init(&a, 0);
	probe_init(&fixed, FTRACE_OPS_FL_PERMANENT);
	probe_init(&mover, FTRACE_OPS_FL_IPMODIFY);
	memset(&d, 0, sizeof(d));
	d.ops_func = ops_func;
}

static void on(struct probe *p)
{
	ck_assert_int_eq(register_ftrace_function(&p->ops), 0);
}

static void off(struct probe *p)
{
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), 0);
}

static void turn(int to)
{
	ck_assert_int_eq(ftrace_enable(to), 0);
	ck_assert_int_eq(ftrace_verify(), 0);
}

/* Who is called, and the direct function. */
static void calls(const struct fake_text *t, size_t i, unsigned long hits_a,
		  unsigned long hits_fixed, unsigned long hits_direct)
{
	a.hits = fixed.hits = fake_direct_hits[0] = 0;
	fake_call(t, i);
	ck_assert_uint_eq(a.hits, hits_a);
	ck_assert_uint_eq(fixed.hits, hits_fixed);
	ck_assert_uint_eq(fake_direct_hits[0], hits_direct);
}

/* A site that jumps to its own thunk becomes a nop, and jumps there again. */
START_TEST(keeper)
{
	unsigned long thunk;

	probe_on(&fixed, &kept, 5);
	on(&a);
	on(&fixed);
	calls(&kept, 3, 1, 0, 0);
	calls(&kept, 5, 1, 1, 0);
	thunk = fake_insn_target(fake_site(&kept, 3));
	turn(0);
	ck_assert(fake_is(&kept, 3, "NOP "));
	ck_assert(fake_is(&kept, 5, "JUMP"));
	calls(&kept, 5, 1, 1, 0);
	off(&fixed);
	ck_assert(fake_is(&kept, 5, "NOP "));
	on(&fixed);
	calls(&kept, 5, 1, 1, 0);
	turn(1);
	ck_assert_uint_eq(fake_insn_target(fake_site(&kept, 3)), thunk);
	calls(&kept, 3, 1, 0, 0);
	if (_i)
		turn(0);
	ftrace_kill();
	calls(&kept, 5, 0, 1, 0);
	calls(&kept, 3, 0, 0, 0);
	ck_assert_int_eq(ftrace_verify(), 0);
	off(&a);
	off(&fixed);
	calls(&kept, 5, 0, 0, 0);
}
END_TEST

/* Who waits for the switch has functions there: too late to convert it. */
START_TEST(too_late)
{
	static struct fake_text late;

	fake_text_map(&late, 4);
	late.mod.name = "late";
	ck_assert_int_eq(ftrace_module_init(&late.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&late.mod), 0);
	turn(0);
	probe_on(&a, &late, 1);
	on(&a);
	expect_fail(-EBUSY, "ftrace_set_conservative",
		    ftrace_set_conservative("late"));
	off(&a);
	ck_assert_int_eq(ftrace_set_conservative("late"), 0);
	on(&a);
	turn(1);
	ck_assert(fake_is(&late, 1, "JUMP"));
	calls(&late, 1, 1, 0, 0);
}
END_TEST

/* While off the direct call of a filter comes at once, kept sites' too. */
START_TEST(multi)
{
	ck_assert_int_eq(ftrace_set_filter_ip(&d, fake_fn(&text, 2), 0, 0), 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&d, fake_fn(&kept, 2), 0, 0), 0);
	on(&a);
	turn(0);
	ck_assert_int_eq(register_ftrace_direct_multi(&d, DIRECT_B), 0);
	ck_assert_int_eq(modify_ftrace_direct_multi(&d, DIRECT_A), 0);
	on(&fixed);
	calls(&text, 2, 1, 1, 1);
	calls(&kept, 2, 1, 1, 1);
	calls(&text, 3, 1, 1, 0);
	off(&fixed);
	calls(&text, 3, 0, 0, 0);
	calls(&kept, 2, 1, 0, 1);
	if (_i) {
		ftrace_kill();
		calls(&text, 2, 0, 0, 1);
		calls(&kept, 2, 0, 0, 1);
		ck_assert_int_eq(ftrace_verify(), 0);
	}
	ck_assert_int_eq(unregister_ftrace_direct_multi(&d, DIRECT_A), 0);
	calls(&text, 2, 0, 0, 0);
	calls(&kept, 2, 0, 0, 0);
	if (!_i)
		turn(1);
	calls(&text, 2, !_i, 0, 0);
}
END_TEST

/* Sharing is agreed on when both are registered, whoever waits. */
START_TEST(shares)
{
	unsigned long f = fake_fn(&text, 3);

	asked = 0;
	answer = -EAGAIN;
	ck_assert_int_eq(ftrace_set_filter_ip(&d, f, 0, 0), 0);
	probe_on(&mover, &text, 3);
	turn(0);
	on(&mover);
	ck_assert_int_eq(register_ftrace_direct_multi(&d, DIRECT_A), -EAGAIN);
	ck_assert_int_eq(ftrace_verify(), 0);
	answer = 0;
	ck_assert_int_eq(register_ftrace_direct_multi(&d, DIRECT_A), 0);
	ck_assert_uint_eq(asked, 2);
	/* It came while off: the direct call is alone until it is on. */
	fake_call(&text, 3);
	ck_assert_uint_eq(mover.hits, 0);
	turn(1);
	ck_assert_uint_eq(asked, 2);
	fake_call(&text, 3);
	ck_assert_uint_eq(mover.hits, 1);
	turn(0);
	fake_call(&text, 3);
	ck_assert_uint_eq(mover.hits, 2);
	ftrace_kill();
	fake_call(&text, 3);
	ck_assert_uint_eq(mover.hits, 2);
	ck_assert_int_eq(ftrace_verify(), 0);
	off(&mover);
}
END_TEST

Suite *suite_switch_share(void)
{
	Suite *s = suite_create("switch share");
	TCase *c = tcase_create("switch share");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_loop_test(c, keeper, 0, 2);
	tcase_add_test(c, too_late);
	tcase_add_loop_test(c, multi, 0, 2);
	tcase_add_test(c, shares);
	return s;
}
