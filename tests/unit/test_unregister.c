/* SPDX-License-Identifier: MIT */
/* generic/ops.c: leaving without waiting, or not for ever. */
#include <pthread.h>
#include <unistd.h>

#include "suites.h"

static struct fake_text text;
static struct probe p, q;
static int inside, go;
static unsigned long clock_ms, nr_released;
static pthread_t sleeper;

/* A clock that goes on only while somebody waits. */
static unsigned long long now(void)
{
	return clock_ms * 1000000ULL;
}

static void tick(void)
{
	clock_ms++;
}

static void start(void)
{
	fake_setup();
	fake_host.clock = now;
	fake.on_relax = tick;
	fake_text_make(&text, 8);
	probe_init(&p, 0);
	probe_init(&q, 0);
}

static int reg(struct probe *who)
{
	return register_ftrace_function(&who->ops);
}

static int unreg(struct probe *who)
{
	return unregister_ftrace_function(&who->ops);
}

static int timeout(unsigned int ms)
{
	return unregister_ftrace_function_timeout(&p.ops, ms);
}

static void asleep(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		usleep(1000);
	((struct probe *)op)->hits++;
}

static void *call_it(void *arg)
{
	fake_call(&text, (size_t)arg);
	return NULL;
}

/* Somebody sleeps in p, alone on its functions or with q. */
static void sleep_in_p(bool listed)
{
	p.ops.func = asleep;
	ck_assert_int_eq(reg(&p), 0);
	if (listed)
		ck_assert_int_eq(reg(&q), 0);
	ck_assert_int_eq(pthread_create(&sleeper, NULL, call_it, (void *)1),
			 0);
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(1000);
}

static void wake(void)
{
	__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
	ck_assert_int_eq(pthread_join(sleeper, NULL), 0);
}

/* Another client comes and goes: what is left over is given back. */
static void others_come_and_go(void)
{
	struct probe other;

	probe_init(&other, 0);
	ck_assert_int_eq(reg(&other), 0);
	ck_assert_int_eq(unreg(&other), 0);
}

static void released(struct ftrace_ops *ops)
{
	ck_assert_ptr_eq(ops, &p.ops);
	ck_assert_uint_eq(ops->flags, FTRACE_OPS_FL_INITIALIZED);
	nr_released++;
	ftrace_free_filter(ops);
	memset(ops, 0x5a, sizeof(*ops));
}

static int async(void)
{
	return unregister_ftrace_function_async(&p.ops, released);
}

/* Gone at once; told, once, by a later call that finds it stopped. */
START_TEST(async_is_told_later)
{
	sleep_in_p(_i & 1);
	ck_assert_int_eq(async(), 0);
	ck_assert_int_eq(p.ops.flags & FTRACE_OPS_FL_ENABLED, 0);
	ck_assert_uint_eq(clock_ms, 0);
	others_come_and_go();
	ck_assert_uint_eq(nr_released, 0);
	wake();
	ck_assert_uint_eq(nr_released, 0);
	if (_i & 2)
		ck_assert_int_eq(ftrace_synchronize(), 0);
	else
		others_come_and_go();
	ck_assert_uint_eq(nr_released, 1);
	others_come_and_go();
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 1);
}
END_TEST

/* Which calls tell: all that come or go, but for the one that asks. */
START_TEST(async_who_tells)
{
	static struct probe other;

	probe_init(&other, 0);
	if (_i)
		ck_assert_int_eq(reg(&other), 0);
	ck_assert_int_eq(reg(&p), 0);
	ck_assert_int_eq(async(), 0);
	ck_assert_uint_eq(nr_released, 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 0);
	if (_i == 0)
		ck_assert_int_eq(reg(&other), 0);
	else if (_i == 1)
		ck_assert_int_eq(unreg(&other), 0);
	else
		ck_assert_int_eq(unregister_ftrace_function_timeout(&other.ops,
								    0), 0);
	ck_assert_uint_eq(nr_released, 1);
}
END_TEST

START_TEST(async_errors)
{
	const char *call = "unregister_ftrace_function_async";
	struct fake_state before;

	expect_fail(-EINVAL, "unregister_ftrace_function_async",
		    unregister_ftrace_function_async(NULL, released));
	expect_fail(-EINVAL, "unregister_ftrace_function_async",
		    unregister_ftrace_function_async(&p.ops, NULL));
	expect_fail(-EBUSY, "unregister_ftrace_function_async", async());
	ck_assert_int_eq(reg(&p), 0);
	expect_fail(-EINVAL, "unregister_ftrace_function_async",
		    unregister_ftrace_function_async(&p.ops, NULL));
	fake_save(&before, &text);
	fake_fail(FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(async(), -EPERM);
	ck_assert(fake_logged(call));
	fake_same(&before, &text);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_int_eq(async(), 0);
	expect_fail(-EBUSY, "unregister_ftrace_function_async", async());
	expect_fail(-EBUSY, "unregister_ftrace_function", unreg(&p));
	expect_fail(-EBUSY, "register_ftrace_function", reg(&p));
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 1);
}
END_TEST

static void leaves(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	((struct probe *)op)->hits++;
	ck_assert_int_eq(async(), 0);
	/* In a callback nobody is told, whatever is called. */
	ck_assert_int_eq(reg(&q), 0);
	ck_assert_int_eq(unreg(&q), -EINPROGRESS);
	ck_assert_uint_eq(nr_released, 0);
}

START_TEST(async_in_its_own_callback)
{
	p.ops.func = leaves;
	ck_assert_int_eq(reg(&p), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_uint_eq(nr_released, 0);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 1);
	ck_assert_uint_eq(q.ops.flags, FTRACE_OPS_FL_INITIALIZED);
}
END_TEST

static void uses_the_library(struct ftrace_ops *ops)
{
	struct probe other;

	probe_init(&other, 0);
	nr_released++;
	expect_fail(-EDEADLK, "ftrace_synchronize", ftrace_synchronize());
	ck_assert_int_eq(reg(&other), 0);
	ck_assert_int_eq(unreg(&other), 0);
	if (nr_released > 1)
		return;
	ck_assert_int_eq(register_ftrace_function(ops), 0);
	ck_assert_int_eq(unregister_ftrace_function_async(
				 ops, uses_the_library), 0);
	/* Never one inside another. */
	others_come_and_go();
	ck_assert_uint_eq(nr_released, 1);
}

START_TEST(released_may_use_the_library)
{
	ck_assert_int_eq(reg(&p), 0);
	ck_assert_int_eq(unregister_ftrace_function_async(&p.ops,
						uses_the_library), 0);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 2);
}
END_TEST

static void slow(struct ftrace_ops *ops)
{
	(void)ops;
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		usleep(1000);
	nr_released++;
}

static void *come_and_go(void *arg)
{
	(void)arg;
	others_come_and_go();
	return NULL;
}

static void *wake_late(void *arg)
{
	(void)arg;
	usleep(30000);
	__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Another thread is in the released function: behind it, and no hang. */
START_TEST(synchronize_waits_for_released)
{
	pthread_t waker;

	ck_assert_int_eq(reg(&p), 0);
	ck_assert_int_eq(unregister_ftrace_function_async(&p.ops, slow), 0);
	ck_assert_int_eq(pthread_create(&sleeper, NULL, come_and_go, NULL), 0);
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(1000);
	/* Who only passes by does not wait for it. */
	others_come_and_go();
	/* Nor who holds the lock that it may want. */
	ck_assert_int_eq(ftrace_lock("test"), 0);
	expect_fail(-EDEADLK, "ftrace_synchronize", ftrace_synchronize());
	ftrace_unlock();
	ck_assert_int_eq(pthread_create(&waker, NULL, wake_late, NULL), 0);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 1);
	pthread_join(waker, NULL);
	pthread_join(sleeper, NULL);
}
END_TEST

static void interrupts(void)
{
	expect_fail(-EDEADLK, "ftrace_synchronize", ftrace_synchronize());
	/* What needs no more than the other lock is free to go. */
	ck_assert_int_eq(reg(&q), 0);
	ck_assert_int_eq(unreg(&q), 0);
	fake.on_relax = tick;
	__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
}

/* As a signal handler would, while ftrace_synchronize() waits. */
START_TEST(synchronize_interrupted)
{
	sleep_in_p(false);
	ck_assert_int_eq(async(), 0);
	fake.on_relax = interrupts;
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(nr_released, 1);
	wake();
}
END_TEST

/* Given up after so many ms, and again; then it stops, and is no client. */
START_TEST(timeout_then_again)
{
	sleep_in_p(_i & 1);
	ck_assert_int_eq(timeout(0), -ETIMEDOUT);
	ck_assert_uint_le(clock_ms, 1);
	clock_ms = 0;
	ck_assert_int_eq(timeout(50), -ETIMEDOUT);
	ck_assert_uint_ge(clock_ms, 50);
	ck_assert_uint_le(clock_ms, 52);
	ck_assert(p.ops.flags & FTRACE_OPS_FL_REMOVING);
	expect_fail(-EBUSY, "register_ftrace_function", reg(&p));
	wake();
	/* Somebody else may find it stopped before its owner does. */
	if (_i & 2)
		ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_int_eq(timeout(0), 0);
	ck_assert_uint_eq(p.hits, 1);
	expect_fail(-EBUSY, "unregister_ftrace_function_timeout", timeout(0));
	p.ops.func = q.ops.func;
	ck_assert_int_eq(reg(&p), 0);
	fake_call(&text, 2);
	ck_assert_uint_eq(p.hits, 2);
	ck_assert_int_eq(timeout(0), 0);
	fake_call(&text, 2);
	ck_assert_uint_eq(p.hits, 2);
}
END_TEST

/* The plain call waits for the rest, a new start needs no second goodbye. */
START_TEST(timeout_then_otherwise)
{
	sleep_in_p(false);
	ck_assert_int_eq(timeout(3), -ETIMEDOUT);
	wake();
	if (_i == 0) {
		ck_assert_int_eq(unreg(&p), 0);
		ck_assert_int_eq(unreg(&p), -EBUSY);
	} else if (_i == 1) {
		ck_assert_int_eq(async(), 0);
		ck_assert_int_eq(ftrace_synchronize(), 0);
		ck_assert_uint_eq(nr_released, 1);
	} else {
		ck_assert_int_eq(ftrace_synchronize(), 0);
		p.ops.func = q.ops.func;
		ck_assert_int_eq(reg(&p), 0);
		ck_assert_int_eq(unreg(&p), 0);
		fake_call(&text, 2);
		ck_assert_uint_eq(p.hits, 1);
	}
}
END_TEST

START_TEST(timeout_errors)
{
	expect_fail(-EINVAL, "unregister_ftrace_function_timeout",
		    unregister_ftrace_function_timeout(NULL, 1));
	expect_fail(-EBUSY, "unregister_ftrace_function_timeout", timeout(1));
	ck_assert_int_eq(reg(&p), 0);
	fake_fail(FAKE_TEXT_OPEN, 1);
	expect_fail(-EPERM, "unregister_ftrace_function_timeout", timeout(1));
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(timeout(1), 0);
}
END_TEST

static void *unreg_p(void *arg)
{
	(void)arg;
	ck_assert_int_eq(unreg(&p), 0);
	return NULL;
}

/* Two owners: the second is told so, and does not wait with the first. */
START_TEST(only_one_waits)
{
	pthread_t first;

	sleep_in_p(false);
	ck_assert_int_eq(pthread_create(&first, NULL, unreg_p, NULL), 0);
	while (READ_ONCE(p.ops.flags) & FTRACE_OPS_FL_ENABLED)
		usleep(1000);
	expect_fail(-EBUSY, "unregister_ftrace_function", unreg(&p));
	expect_fail(-EBUSY, "unregister_ftrace_function_timeout", timeout(0));
	expect_fail(-EBUSY, "unregister_ftrace_function_async", async());
	wake();
	pthread_join(first, NULL);
}
END_TEST

/*
 * What others give back meanwhile hides nobody: the set that the sleeper is
 * in, and the way to it.
 */
START_TEST(sleeper_is_seen_in_a_retired_set)
{
	sleep_in_p(_i);
	ck_assert_int_eq(timeout(0), -ETIMEDOUT);
	others_come_and_go();
	others_come_and_go();
	ck_assert_int_eq(timeout(0), -ETIMEDOUT);
	wake();
	ck_assert_int_eq(timeout(0), 0);
}
END_TEST

/* And it delays nobody else: not a timeout, not a release. */
START_TEST(sleeper_delays_no_other)
{
	static struct probe other;

	probe_init(&other, 0);
	sleep_in_p(_i);
	ck_assert_int_eq(timeout(0), -ETIMEDOUT);
	clock_ms = 0;
	ck_assert_int_eq(reg(&other), 0);
	ck_assert_int_eq(unregister_ftrace_function_timeout(&other.ops, 0), 0);
	ck_assert_int_eq(reg(&other), 0);
	ck_assert_int_eq(unreg(&other), 0);
	if (_i)
		ck_assert_int_eq(unreg(&q), 0);
	ck_assert_uint_eq(clock_ms, 0);
	wake();
	ck_assert_int_eq(timeout(0), 0);
}
END_TEST

Suite *suite_unregister(void)
{
	Suite *s = suite_create("unregister");
	TCase *c = tcase_create("unregister");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_loop_test(c, async_is_told_later, 0, 4);
	tcase_add_loop_test(c, async_who_tells, 0, 3);
	tcase_add_test(c, async_errors);
	tcase_add_test(c, async_in_its_own_callback);
	tcase_add_test(c, released_may_use_the_library);
	tcase_add_test(c, synchronize_waits_for_released);
	tcase_add_test(c, synchronize_interrupted);
	tcase_add_loop_test(c, timeout_then_again, 0, 4);
	tcase_add_loop_test(c, timeout_then_otherwise, 0, 3);
	tcase_add_test(c, timeout_errors);
	tcase_add_test(c, only_one_waits);
	tcase_add_loop_test(c, sleeper_is_seen_in_a_retired_set, 0, 2);
	tcase_add_loop_test(c, sleeper_delays_no_other, 0, 2);
	return s;
}
