/* SPDX-License-Identifier: MIT */
/* generic/module.c: sites of two instructions, met while others may run them. */
#include "suites.h"

#define NR 8

static struct fake_text t;
static unsigned int parks;
static bool refuses;
static int (*stands)(unsigned long addr, void *arg);
static bool where_right;

static bool between(size_t i, long off)
{
	return stands(fake_site(&t, i) + (unsigned long)off, NULL);
}

static int park(int (*fn_between)(unsigned long addr, void *arg),
		int (*fn)(void *arg), void *arg)
{
	long off;

	parks++;
	stands = fn_between;
	where_right = !stands(0, arg) && !stands(~0UL, arg) &&
		      !between(2, -1) && !between(2, 0) && !between(2, 8) &&
		      !between(NR - 1, 8);
	for (off = 1; off < 8; off++)
		where_right &= between(0, off) && between(2, off) &&
			       between(NR - 1, off);
	return refuses ? -EAGAIN : fn(arg);
}

static void start(void)
{
	fake_setup();
	fake_text_map(&t, NR);
	fake_host.park = park;
	fake_without_keep = true;
	parks = 0;
	refuses = false;
	fake_poke(&t, 2, FAKE_INSN_TWO);
	fake_poke(&t, 5, FAKE_INSN_TWO);
}

static void comes(void)
{
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
}

static void all_called(unsigned long want)
{
	struct probe p;
	size_t i;

	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (i = 0; i < NR; i++)
		fake_call(&t, i);
	ck_assert_uint_eq(p.hits, want);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}

START_TEST(stopped)
{
	comes();
	ck_assert_uint_eq(parks, 1);
	ck_assert(where_right);
	ck_assert(fake_is(&t, 2, FAKE_INSN_NOP));
	ck_assert(fake_is(&t, 5, FAKE_INSN_NOP));
	ck_assert_uint_eq(fake_stats().disabled, 0);
	ck_assert_uint_eq(fake.nr_log, 0);
	all_called(NR);
	/* From then on it is like any other. */
	ck_assert_uint_eq(parks, 1);
}
END_TEST

/* The same where the module could do without: it is not made to. */
START_TEST(not_conservative)
{
	fake_without_keep = false;
	comes();
	ck_assert_uint_eq(parks, 1);
	ck_assert(!(t.mod.flags & FTRACE_MODULE_CONSERVATIVE));
	all_called(NR);
}
END_TEST

/* Not without need: one instruction each, nobody runs it, nobody else is. */
START_TEST(not_needed)
{
	if (_i == 0) {
		fake_poke(&t, 2, FAKE_INSN_GAP);
		fake_poke(&t, 5, FAKE_INSN_GAP);
	}
	t.mod.flags = _i == 1 ? FTRACE_MODULE_FRESH : 0;
	fake.alone = _i == 2;
	comes();
	ck_assert_uint_eq(parks, 0);
	ck_assert_uint_eq(fake_stats().disabled, 0);
}
END_TEST

static bool explained(size_t i)
{
	const struct dyn_ftrace *rec = fake_rec(&t, i);
	char why[256] = "";

	ftrace_explain(NULL, rec->ip, why, sizeof(why));
	return (rec->flags & FTRACE_FL_REFUSED) &&
	       (rec->flags & FTRACE_FL_DISABLED) &&
	       strstr(why, "one may stand inside its site");
}

/* Without leave, or where they cannot be stopped: those, and no others. */
START_TEST(disabled)
{
	refuses = true;
	if (_i)
		fake_host.park = NULL;
	comes();
	ck_assert_uint_eq(parks, !_i);
	ck_assert(explained(2) && explained(5));
	ck_assert_uint_eq(fake_stats().disabled, 2);
	ck_assert(fake_is(&t, 2, FAKE_INSN_TWO));
	ck_assert(fake_is(&t, 5, FAKE_INSN_TWO));
	ck_assert(fake_is(&t, 3, FAKE_INSN_NOP));
	expect_logged("ftrace_module_init: other threads run");
	ck_assert_int_eq(fake_logged("could not be stopped"), !_i);
	all_called(NR - 2);
	ck_assert(fake_is(&t, 2, FAKE_INSN_TWO));
}
END_TEST

/* Stopped in vain: nothing is changed, and the module may come again. */
START_TEST(cannot_write)
{
	fake_fail(_i ? FAKE_TEXT_CLOSE : FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(ftrace_module_init(&t.mod), -EPERM);
	fake_heal();
	ck_assert(fake_is(&t, 2, FAKE_INSN_TWO));
	ck_assert(fake_is(&t, 3, FAKE_INSN_GAP));
	/* What was written was put back in the same way. */
	ck_assert_uint_eq(parks, _i ? 2 : 1);
	ck_assert(!ftrace_is_dead());
	comes();
	all_called(NR);
}
END_TEST

Suite *suite_parked(void)
{
	Suite *s = suite_create("parked");
	TCase *c = tcase_create("parked");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, NULL);
	tcase_add_test(c, stopped);
	tcase_add_test(c, not_conservative);
	tcase_add_loop_test(c, not_needed, 0, 3);
	tcase_add_loop_test(c, disabled, 0, 2);
	tcase_add_loop_test(c, cannot_write, 0, 2);
	return s;
}
