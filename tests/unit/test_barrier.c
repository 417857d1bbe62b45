/* SPDX-License-Identifier: MIT */
/* A host whose barrier fails: nothing is given back that somebody may read. */
#include "suites.h"

static struct fake_text text;
static struct probe p;
static unsigned long nr_released;

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
	probe_init(&p, 0);
}

static void no_barrier(void)
{
	fake_fail_n(FAKE_BARRIER, 1, 1000);
}

static int unreg(void)
{
	return unregister_ftrace_function(&p.ops);
}

/* So many were made behind the last that was refused. */
static unsigned long made(void)
{
	return fake.calls[FAKE_BARRIER] - fake.fail_to[FAKE_BARRIER];
}

static unsigned long made_before_release;

static void released(struct ftrace_ops *ops)
{
	ck_assert_ptr_eq(ops, &p.ops);
	made_before_release = made();
	nr_released++;
}

/* One that is refused is asked for again, whichever it is: nobody notices. */
START_TEST(once)
{
	unsigned long k, calls;

	for (k = 1; k < 20; k++) {
		ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
		calls = fake.calls[FAKE_BARRIER];
		fake_fail(FAKE_BARRIER, k);
		ck_assert_int_eq(unreg(), 0);
		ck_assert_uint_eq(fake_stats().enabled, 0);
		if (fake.calls[FAKE_BARRIER] - calls < k)
			break;
		fake_heal();
	}
	ck_assert_uint_ge(k, 4);
	ck_assert_uint_lt(k, 20);
}
END_TEST

/*
 * Refused twice it is not made: the one behind the unlinking is made up for
 * before anybody looks, the one before the ops may go is an error, and without
 * the last a set stays until another time.
 */
START_TEST(each)
{
	unsigned long retired[3];
	long live[3];
	int k;

	for (k = 0; k < 3; k++) {
		ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
		fake_fail_n(FAKE_BARRIER, (unsigned long)k + 1, 2);
		ck_assert_int_eq(unreg(), k == 1 ? -ETIMEDOUT : 0);
		if (k == 0)
			ck_assert_uint_eq(made(), 3);
		live[k] = fake.live;
		if (k == 1)
			ck_assert_int_eq(unreg(), 0);
		retired[k] = (unsigned long)fake.live;
	}
	/* A thunk goes with each. */
	ck_assert_int_eq(live[1] - live[0], 2);
	ck_assert_uint_eq(retired[1] - retired[0], 1);
	ck_assert_uint_eq(retired[2] - retired[1], 2);
}
END_TEST

/* For good, from the k-th on: out of the text, and its memory has to stay. */
START_TEST(unregister)
{
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_fail_n(FAKE_BARRIER, _i ? 2 : 1, 1000);
	expect_fail(-ETIMEDOUT, "unregister_ftrace_function", unreg());
	expect_logged("barrier");
	ck_assert(fake_is(&text, 1, "NOP "));
	expect_fail(-ETIMEDOUT, "unregister_ftrace_function", unreg());
	expect_fail(-ETIMEDOUT, "ftrace_synchronize", ftrace_synchronize());
	expect_fail(-EBUSY, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	fake_heal();
	ck_assert_int_eq(unreg(), 0);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

/* Nobody is told that he is released while nobody knows. */
START_TEST(async)
{
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	no_barrier();
	ck_assert_int_eq(unregister_ftrace_function_async(&p.ops, released),
			 0);
	expect_fail(-ETIMEDOUT, "ftrace_synchronize", ftrace_synchronize());
	ck_assert_uint_eq(nr_released, 0);
	fake_heal();
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 1);
}
END_TEST

/* Told behind those that were made: before a look, behind it, for the set. */
START_TEST(async_each)
{
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	if (!_i)
		fake_fail_n(FAKE_BARRIER, 1, 2);
	ck_assert_int_eq(unregister_ftrace_function_async(&p.ops, released),
			 0);
	if (_i)
		fake_fail_n(FAKE_BARRIER, 1, 2);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 1);
	ck_assert_uint_eq(made_before_release, 3);
}
END_TEST

/* A set may be in use for all that anybody knows: it is given back later. */
START_TEST(sets)
{
	struct ftrace_ops *op;
	long live;

	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unreg(), 0);
	live = fake.live;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	no_barrier();
	ck_assert_int_eq(unreg(), -ETIMEDOUT);
	ck_assert_int_gt(fake.live, live);
	fake_heal();
	ck_assert_int_eq(unreg(), 0);
	ck_assert_int_le(fake.live, live + 1);	/* and a spare thunk */
	for_each_ftrace_ops(op)
		ck_abort_msg("a client is left");
}
END_TEST

/* A module's records stay, where a look-up may be reading them. */
START_TEST(module)
{
	long live = fake.live, pages = fake.live_pages;
	struct fake_text other;

	fake_text_map(&other, 8);
	ck_assert_int_eq(ftrace_module_init(&other.mod), 0);
	ck_assert_int_gt(fake.live_pages, pages);
	fake_fail_n(FAKE_BARRIER, _i ? 2 : 1, 2);
	expect_fail(-ETIMEDOUT, "ftrace_release_mod",
		    ftrace_release_mod(&other.mod));
	ck_assert_int_gt(fake.live, live);
	ck_assert_int_gt(fake.live_pages, pages);
	ck_assert_uint_eq(fake_stats().modules, 1);
	ck_assert_uint_eq(ftrace_location(fake_fn(&other, 1)), 0);
	fake_heal();
	expect_fail(-EINVAL, "ftrace_release_mod",
		    ftrace_release_mod(&other.mod));
	ck_assert_int_eq(ftrace_module_init(&other.mod), 0);
	fake_text_drop(&other);
}
END_TEST

/* The same of a module that could not be made. */
START_TEST(half_a_module)
{
	long live = fake.live;
	struct fake_text other;

	fake_text_map(&other, 8);
	no_barrier();
	fake_fail(FAKE_TEXT_OPEN, 1);
	expect_fail(-EPERM, "ftrace_module_init",
		    ftrace_module_init(&other.mod));
	ck_assert_int_gt(fake.live, live);
	fake_heal();
	ck_assert_int_eq(ftrace_module_init(&other.mod), 0);
	fake_text_drop(&other);
}
END_TEST

/* And of a table of threads, which callbacks read. */
START_TEST(chosen_threads)
{
	unsigned long me = ftrace_host->thread_id();
	long live;

	p.ops.flags = FTRACE_OPS_FL_PID;
	ck_assert_int_eq(ftrace_set_filter_tid(&p.ops, me, 0, 0), 0);
	live = fake.live;
	no_barrier();
	ck_assert_int_eq(ftrace_set_filter_tid(&p.ops, me + 1, 0, 0), 0);
	ck_assert_int_eq(fake.live, live + 2);	/* the table, and its room */
	fake_heal();
	ck_assert_int_eq(ftrace_set_filter_tid(&p.ops, me + 2, 0, 0), 0);
	ck_assert_int_eq(fake.live, live + 2);
}
END_TEST

/* Its calls stood in the text for a moment: who took one is not known. */
START_TEST(register_undone)
{
	unsigned long calls = fake.calls[FAKE_BARRIER];

	fake_fail(FAKE_TEXT_CLOSE, 1);
	ck_assert_int_eq(register_ftrace_function(&p.ops), -EPERM);
	/* Before it is looked at, behind that, and for the set. */
	ck_assert_uint_eq(fake.calls[FAKE_BARRIER] - calls, 3);
	fake_fail(FAKE_TEXT_CLOSE, 1);
	no_barrier();
	expect_fail(-EPERM, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	expect_logged("barrier");
	fake_heal();
	expect_fail(-EBUSY, "unregister_ftrace_function", unreg());
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unreg(), 0);
}
END_TEST

Suite *suite_barrier(void)
{
	Suite *s = suite_create("barrier");
	TCase *c = tcase_create("barrier");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, NULL);
	tcase_add_test(c, once);
	tcase_add_test(c, each);
	tcase_add_loop_test(c, unregister, 0, 2);
	tcase_add_test(c, async);
	tcase_add_loop_test(c, async_each, 0, 2);
	tcase_add_test(c, sets);
	tcase_add_loop_test(c, module, 0, 2);
	tcase_add_test(c, half_a_module);
	tcase_add_test(c, chosen_threads);
	tcase_add_test(c, register_undone);
	return s;
}
