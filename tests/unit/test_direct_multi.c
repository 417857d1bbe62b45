/* SPDX-License-Identifier: MIT */
/* generic/direct.c: one trampoline for all functions of a filter. */
#include <pthread.h>
#include <sched.h>

#include "suites.h"

#define NR 8

static struct fake_text text;
static struct fake_state before;
static struct ftrace_ops ops, other;
static struct probe p;

#define REG register_ftrace_direct_multi
#define MOD modify_ftrace_direct_multi
#define DEL unregister_ftrace_direct_multi

static void on(struct ftrace_ops *o, size_t i)
{
	ck_assert_int_eq(ftrace_set_filter_ip(o, fake_fn(&text, i), 0, 0), 0);
}

static void start(void)
{
	fake_setup();
	fake_text_make(&text, NR);
	memset(&ops, 0, sizeof(ops));
	memset(&other, 0, sizeof(other));
	probe_init(&p, 0);
	on(&ops, 1);
	on(&ops, 3);
	on(&ops, 6);
	fake_save(&before, &text);
}

static bool in_ops(size_t i)
{
	return i == 1 || i == 3 || i == 6;
}

/* Calls each function; those of the ops reach A or B so often. */
static void hits(unsigned long a, unsigned long b)
{
	size_t i;

	for (i = 0; i < NR; i++) {
		fake_direct_hits[0] = fake_direct_hits[1] = 0;
		fake_call(&text, i);
		ck_assert_uint_eq(fake_direct_hits[0], in_ops(i) ? a : 0);
		ck_assert_uint_eq(fake_direct_hits[1], in_ops(i) ? b : 0);
		ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, i)),
				  !in_ops(i) ? 0 : a ? DIRECT_A :
				  b ? DIRECT_B : 0);
	}
}

/* As it was before it was ever registered, and free to go. */
static void fresh(void)
{
	ck_assert_uint_eq(ops.flags & ~FTRACE_OPS_FL_INITIALIZED, 0);
	ck_assert_uint_eq(ops.direct_call, 0);
	ck_assert_ptr_null(ftrace_ops_list);
}

START_TEST(alone)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		hits(0, 0);
		ck_assert_int_eq(REG(&ops, DIRECT_A), 0);
		ck_assert(ops.flags & FTRACE_OPS_FL_DIRECT);
		hits(1, 0);
		ck_assert_int_eq(MOD(&ops, DIRECT_B), 0);
		hits(0, 1);
		ck_assert_int_eq(MOD(&ops, DIRECT_B), 0);
		ck_assert_int_eq(DEL(&ops, DIRECT_B), 0);
		hits(0, 0);
		fresh();
		fake_gone(&before, &text);
	}
	ftrace_free_filter(&ops);
	ck_assert_ptr_null(ops.hash);
}
END_TEST

/* Functions that are left out, and tracers on some and not on others. */
START_TEST(among_others)
{
	ck_assert_int_eq(ftrace_set_filter_ip(&ops, 0, 0, 1), 0);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 0), DIRECT_B), 0);
	on(&ops, 1);
	on(&ops, 3);
	on(&ops, 6);
	probe_on(&p, &text, 3);
	probe_on(&p, &text, 4);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(REG(&ops, DIRECT_A), 0);
	fake_direct_hits[0] = fake_direct_hits[1] = 0;
	fake_call(&text, 0);
	fake_call(&text, 1);
	fake_call(&text, 3);
	fake_call(&text, 4);
	ck_assert(fake_direct_hits[0] == 2 && fake_direct_hits[1] == 1);
	ck_assert_uint_eq(p.hits, 2);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(MOD(&ops, DIRECT_B), 0);
	fake_call(&text, 3);
	ck_assert(fake_direct_hits[0] == 2 && fake_direct_hits[1] == 2);
	ck_assert_int_eq(DEL(&ops, DIRECT_B), 0);
	ck_assert_int_eq(unregister_ftrace_direct(fake_fn(&text, 0), DIRECT_B),
			 0);
	fake_gone(&before, &text);
}
END_TEST

START_TEST(left_out)
{
	static struct ftrace_ops all = { .func = NULL };
	static struct fake_text t;
	unsigned long a;

	fake_text_named(&t, 4);
	ck_assert_int_eq(ftrace_set_filter(&all, "f*", 2, 0), 0);
	ck_assert_int_eq(ftrace_set_notrace(&all, "f2", 2, 0), 0);
	ck_assert_int_eq(REG(&all, DIRECT_A), 0);
	for (a = 0; a < 4; a++)
		ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&t, a)),
				  a == 2 ? 0 : DIRECT_A);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&t, 2), DIRECT_B), 0);
	ck_assert_int_eq(DEL(&all, DIRECT_A), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&t, 2)), DIRECT_B);
}
END_TEST

static void fails(int err, const char *name, int got)
{
	ck_assert_int_eq(got, err);
	ck_assert(fake_logged(name));
	fake_log_clear();
	fake_same(&before, &text);
	fake_save(&before, &text);
}

#define FAILS(err, call, ...) fails(err, #call ": ", call(__VA_ARGS__))

START_TEST(errors)
{
	static struct ftrace_ops none = { .func = NULL };
	unsigned long f = fake_fn(&text, 2);

	FAILS(-EINVAL, register_ftrace_direct_multi, NULL, DIRECT_A);
	FAILS(-EINVAL, register_ftrace_direct_multi, &ops, 0);
	FAILS(-EINVAL, register_ftrace_direct_multi, &none, DIRECT_A);
	FAILS(-EINVAL, unregister_ftrace_direct_multi, NULL, DIRECT_A);
	FAILS(-EINVAL, unregister_ftrace_direct_multi, &ops, DIRECT_A);
	FAILS(-EINVAL, unregister_ftrace_direct_multi, &ops, 0);
	FAILS(-EINVAL, modify_ftrace_direct_multi, NULL, DIRECT_A);
	FAILS(-EINVAL, modify_ftrace_direct_multi, &ops, DIRECT_A);
	FAILS(-EINVAL, modify_ftrace_direct_multi, &ops, 0);
	FAILS(-EINVAL, modify_ftrace_direct_multi_nolock, &ops, DIRECT_A);
	ops.func = p.ops.func;
	FAILS(-EINVAL, register_ftrace_direct_multi, &ops, DIRECT_A);
	ops.func = NULL;
	ops.flags = FTRACE_OPS_FL_IPMODIFY;
	FAILS(-EINVAL, register_ftrace_direct_multi, &ops, DIRECT_A);
	ops.flags = FTRACE_OPS_FL_DELETED;
	FAILS(-EINVAL, register_ftrace_direct_multi, &ops, DIRECT_A);
	ops.flags = 0;
	ck_assert_int_eq(REG(&ops, DIRECT_A), 0);
	fake_save(&before, &text);
	FAILS(-EINVAL, register_ftrace_direct_multi, &ops, DIRECT_A);
	FAILS(-EINVAL, unregister_ftrace_direct_multi, &ops, DIRECT_B);
	FAILS(-EINVAL, modify_ftrace_direct_multi, &ops, 0);
	FAILS(-EINVAL, modify_ftrace_direct_multi_nolock, &ops, DIRECT_B);
	FAILS(-EINVAL, unregister_ftrace_function, &ops);
	FAILS(-EBUSY, register_ftrace_function, &ops);
	FAILS(-EINVAL, unregister_ftrace_direct, fake_fn(&text, 3), DIRECT_A);
	FAILS(-EINVAL, modify_ftrace_direct, fake_fn(&text, 3), DIRECT_A,
	      DIRECT_B);
	FAILS(-EBUSY, register_ftrace_direct, fake_fn(&text, 3), DIRECT_B);
	FAILS(-EBUSY, ftrace_set_filter_ips, &ops, &f, 1, 0, 0);
	hits(1, 0);
	ck_assert_int_eq(DEL(&ops, DIRECT_A), 0);
	fake_save(&before, &text);
	FAILS(-EINVAL, unregister_ftrace_direct_multi, &ops, DIRECT_A);
}
END_TEST

/* One of them has a direct call already: nobody gets one. */
START_TEST(busy)
{
	unsigned long f = fake_fn(&text, 3);

	if (_i) {
		on(&other, 3);
		on(&other, 5);
		ck_assert_int_eq(REG(&other, _i == 1 ? DIRECT_A : DIRECT_B), 0);
	} else {
		ck_assert_int_eq(register_ftrace_direct(f, DIRECT_A), 0);
	}
	fake_save(&before, &text);
	FAILS(-EBUSY, register_ftrace_direct_multi, &ops, DIRECT_A);
	ck_assert_uint_eq(ops.flags & FTRACE_OPS_FL_DIRECT, 0);
	if (_i)
		ck_assert_int_eq(DEL(&other, other.direct_call), 0);
	else
		ck_assert_int_eq(unregister_ftrace_direct(f, DIRECT_A), 0);
	ck_assert_int_eq(REG(&ops, DIRECT_A), 0);
	hits(1, 0);
}
END_TEST

static int run(unsigned int what)
{
	switch (what) {
	case 0:
		return REG(&ops, DIRECT_A);
	case 1:
		return MOD(&ops, DIRECT_B);
	default:
		return DEL(&ops, DIRECT_B);
	}
}

/* Each service fails at its k-th call, all in turn; then the call works. */
START_TEST(retry)
{
	static const char *const name[] = { "register_ftrace_direct_multi: ",
					    "modify_ftrace_direct_multi: ",
					    "unregister_ftrace_direct_multi: " };
	unsigned long k, failed = 0;
	unsigned int what;
	int err;

	for (what = 0; what < 3; what++) {
		for (k = 1; k < 100; k++) {
			fake_save(&before, &text);
			fake_fail((enum fake_service)_i, k);
			err = run(what);
			fake_heal();
			if (!err)
				break;
			ck_assert(fake_logged(name[what]));
			fake_same(&before, &text);
			hits(what == 1, what == 2);
			failed++;
		}
		hits(what == 0, what == 1);
	}
	ck_assert_uint_ge(failed, 2);
	fresh();
}
END_TEST

/* Each update opens text and tells the cores so often as for one function. */
#define MANY 20000UL
START_TEST(one_batch)
{
	static struct ftrace_ops all = { .func = NULL };
	unsigned long opened[4], syncs[4], n = unit_loops(MANY), step = 0;
	static struct fake_text t;
	size_t i;

#define STEP(expr)                                                            \
	do {                                                                  \
		opened[step] = fake.calls[FAKE_TEXT_OPEN];                    \
		syncs[step++] = fake.calls[FAKE_SYNC_CORE];                   \
		ck_assert_int_eq(expr, 0);                                    \
	} while (0)

	fake_text_make(&t, n);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(ftrace_set_filter_ip(&all, fake_fn(&t, i), 0,
						      0), 0);
	STEP(REG(&all, DIRECT_A));
	STEP(MOD(&all, DIRECT_B));
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&t, n - 1)), DIRECT_B);
	STEP(DEL(&all, DIRECT_B));
	STEP(0);
	ck_assert_uint_eq(opened[3] - opened[0], 3);
	ck_assert_uint_eq(syncs[3] - syncs[0], 3);
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

START_TEST(after_a_kill)
{
	ck_assert_int_eq(REG(&ops, DIRECT_A), 0);
	ftrace_kill();
	hits(1, 0);
	ck_assert_int_eq(MOD(&ops, DIRECT_B), -ENODEV);
	ck_assert_int_eq(DEL(&ops, DIRECT_A), 0);
	hits(0, 0);
	ck_assert_int_eq(REG(&ops, DIRECT_A), -ENODEV);
	fresh();
}
END_TEST

/* Functions that come with an object, by a line that waits for it. */
START_TEST(comes_later)
{
	static struct ftrace_ops later = { .func = NULL };
	static struct fake_text t;

	fake_text_map(&t, 4);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&later, fake_fn(&t, 2), 0, 0), 0);
	ck_assert_int_eq(REG(&later, DIRECT_A), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&t, 2)), 0);
	if (_i)
		ck_assert_int_eq(MOD(&later, DIRECT_B), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	fake_direct_hits[_i] = 0;
	fake_call(&t, 2);
	fake_call(&t, 1);
	ck_assert_uint_eq(fake_direct_hits[_i], 1);
	fake_text_drop(&t);
	ck_assert_int_eq(DEL(&later, _i ? DIRECT_B : DIRECT_A), 0);
	fake_same(&before, &text);
}
END_TEST

/*
 * 100,000 direct calls, each to an address of its own, while threads look them
 * up and a tracer comes and goes.
 */
#define TABLE 100000UL
static struct fake_text table;
static unsigned long done, wrong, looked, attached;

static void *looks(void *arg)
{
	unsigned long i = 0, n = *(unsigned long *)arg, a;

	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		i = (i * 7 + 1) % n;
		a = ftrace_find_rec_direct(fake_fn(&table, i));
		if (a && a != fake_fn(&table, n - 1 - i) + 16)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&looked, 1, __ATOMIC_RELAXED);
		sched_yield();
	}
	return NULL;
}

static void *attaches(void *arg)
{
	struct probe q;
	int err = 0;

	(void)arg;
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE) && !err) {
		probe_init(&q, 0);
		err |= ftrace_set_filter_ip(&q.ops, fake_fn(&table, 5), 0, 0);
		err |= register_ftrace_function(&q.ops);
		err |= unregister_ftrace_function(&q.ops);
		ftrace_free_filter(&q.ops);
		__atomic_fetch_add(&attached, 1, __ATOMIC_RELAXED);
		sched_yield();
	}
	if (err)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	return NULL;
}

START_TEST(direct_table_grows)
{
	unsigned long n = unit_loops(TABLE), i;
	pthread_t t[2];

	/* They look on and run nothing: no core has to be told of text. */
	fake.alone = true;
	fake_text_make(&table, n);
	ck_assert(!pthread_create(&t[0], NULL, looks, &n));
	ck_assert(!pthread_create(&t[1], NULL, attaches, NULL));
	for (i = 0; i < n; i++)
		ck_assert_int_eq(register_ftrace_direct(
			fake_fn(&table, i), fake_fn(&table, n - 1 - i) + 16), 0);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	ck_assert_uint_eq(wrong, 0);
	ck_assert(looked && attached);
	ck_assert_uint_eq(fake_stats().enabled, n);
	for (i = 0; i < n; i += 97)
		ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&table, i)),
				  fake_fn(&table, n - 1 - i) + 16);
	fake_text_drop(&table);
	ck_assert_uint_eq(fake_stats().enabled, 0);
	ck_assert_uint_eq(fake_stats().sets, 0);
}
END_TEST

/* Addresses that come and go leave nothing behind that piles up. */
START_TEST(no_pile)
{
	unsigned long f = fake_fn(&text, 2), i, sets = 0;

	for (i = 0; i < 2000; i++) {
		ck_assert_int_eq(register_ftrace_direct(f, DIRECT_A + i), 0);
		if (i % 2)
			ck_assert_int_eq(modify_ftrace_direct(
						 f, DIRECT_A + i, DIRECT_A), 0);
		ck_assert_int_eq(unregister_ftrace_direct(
					 f, i % 2 ? DIRECT_A : DIRECT_A + i), 0);
	}
	for (i = 1; i < 4000; i++)
		sets += !!ftrace_set_by_id((uint32_t)i);
	ck_assert_uint_lt(sets, 300);
	fake_gone(&before, &text);
}
END_TEST

Suite *suite_direct_multi(void)
{
	Suite *s = suite_create("direct multi");
	TCase *c = tcase_create("direct multi");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_set_timeout(c, 300);
	tcase_add_test(c, alone);
	tcase_add_test(c, among_others);
	tcase_add_test(c, left_out);
	tcase_add_test(c, errors);
	tcase_add_loop_test(c, busy, 0, 3);
	tcase_add_loop_test(c, retry, FAKE_ANY, FAKE_ANY + 1);
	tcase_add_test(c, one_batch);
	tcase_add_test(c, after_a_kill);
	tcase_add_loop_test(c, comes_later, 0, 2);
	tcase_add_test(c, direct_table_grows);
	tcase_add_test(c, no_pile);
	return s;
}
