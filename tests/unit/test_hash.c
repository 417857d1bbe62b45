/* SPDX-License-Identifier: MIT */
/* generic/hash.c: against a model that is plain to see. */
#include "suites.h"

#define KEYS 512

/* Keys that are sites: multiples of 8, some of which collide. */
static unsigned long key(unsigned int i)
{
	return 0x400000 + (unsigned long)i * 8;
}

static void agree(const struct ftrace_hash *h, const bool *model)
{
	unsigned int i;
	size_t nr = 0, places = 0;

	for (i = 0; i < KEYS; i++) {
		nr += model[i];
		ck_assert_int_eq(ftrace_hash_has(h, key(i)), model[i]);
	}
	ck_assert_uint_eq(h->nr, nr);
	for (i = 0; i < h->size; i++)
		places += !!h->ip[i];
	ck_assert_uint_eq(places, nr);
	ck_assert_uint_le(nr * 4, h->size * 3);
}

/* Random adds and removes; more adds first, more removes later. */
START_TEST(random_against_model)
{
	unsigned long step, n = unit_loops(20000);
	unsigned long x = 88172645463325252UL + (unsigned long)_i;
	struct ftrace_hash h = { 0 };
	bool model[KEYS] = { false };

	for (step = 0; step < n; step++) {
		unsigned int k, add;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		k = (unsigned int)(x >> 20) % KEYS;
		add = (x >> 40) % 8 < (step * 2 < n ? 5U : 3U);
		if (add) {
			ck_assert_int_eq(ftrace_hash_add(&h, key(k)), 0);
		} else {
			ck_assert_int_eq(ftrace_hash_del(&h, key(k)),
					 model[k] ? 0 : -ENOENT);
		}
		model[k] = add;
		if (step % 256 == 0)
			agree(&h, model);
	}
	agree(&h, model);
	ftrace_hash_free(&h);
	ck_assert_int_eq(fake.live, 0);
}
END_TEST

START_TEST(empty)
{
	struct ftrace_hash h = { 0 };

	ck_assert(!ftrace_hash_has(&h, 8));
	ck_assert_int_eq(ftrace_hash_del(&h, 8), -ENOENT);
	ck_assert(ftrace_hash_all(&h));
	h.none = true;
	ck_assert(!ftrace_hash_all(&h));
	ck_assert_int_eq(ftrace_hash_add(&h, 8), 0);
	ck_assert(!h.none);
	ck_assert(!ftrace_hash_all(&h));
	ck_assert_int_eq(ftrace_hash_del(&h, 8), 0);
	ck_assert(ftrace_hash_all(&h));
	ftrace_hash_free(&h);
	ck_assert_ptr_null(h.ip);
	ck_assert_uint_eq(h.size, 0);
	ftrace_hash_free(&h);
}
END_TEST

/* Without memory nothing changes, and the next try succeeds. */
START_TEST(no_memory)
{
	struct ftrace_hash h = { 0 };
	unsigned int i;

	for (i = 0; i < 12; i++)
		ck_assert_int_eq(ftrace_hash_add(&h, key(i)), 0);
	ck_assert_uint_eq(h.size, 16);
	fake_fail(FAKE_ALLOC, 1);
	ck_assert_int_eq(ftrace_hash_add(&h, key(12)), -ENOMEM);
	ck_assert_uint_eq(h.nr, 12);
	ck_assert_uint_eq(h.size, 16);
	ck_assert_int_eq(ftrace_hash_add(&h, key(12)), 0);
	ck_assert_uint_eq(h.nr, 13);
	ck_assert_uint_eq(h.size, 32);
	for (i = 0; i < 13; i++)
		ck_assert(ftrace_hash_has(&h, key(i)));
	ftrace_hash_free(&h);
}
END_TEST

START_TEST(copy_is_another)
{
	struct ftrace_hash h = { 0 }, c;

	h.none = true;
	ck_assert_int_eq(ftrace_hash_copy(&c, &h), 0);
	ck_assert(c.none);
	ck_assert_ptr_null(c.ip);
	ck_assert_int_eq(ftrace_hash_add(&h, 8), 0);
	fake_fail(FAKE_ALLOC, 1);
	ck_assert_int_eq(ftrace_hash_copy(&c, &h), -ENOMEM);
	ck_assert_ptr_null(c.ip);
	ck_assert_int_eq(ftrace_hash_copy(&c, &h), 0);
	ck_assert_int_eq(ftrace_hash_add(&c, 16), 0);
	ck_assert_int_eq(ftrace_hash_del(&c, 8), 0);
	ck_assert(ftrace_hash_has(&h, 8) && !ftrace_hash_has(&h, 16));
	ck_assert(!ftrace_hash_has(&c, 8) && ftrace_hash_has(&c, 16));
	ftrace_hash_free(&h);
	ftrace_hash_free(&c);
	ck_assert_int_eq(fake.live, 0);
}
END_TEST

START_TEST(filter_and_except)
{
	struct ftrace_ops_hash h = { .filter = { 0 } };

	ck_assert(ftrace_ops_test(NULL, 8));
	ck_assert(ftrace_ops_test(&h, 8));
	ck_assert_int_eq(ftrace_hash_add(&h.except, 8), 0);
	ck_assert(!ftrace_ops_test(&h, 8));
	ck_assert(ftrace_ops_test(&h, 16));
	ck_assert_int_eq(ftrace_hash_add(&h.filter, 8), 0);
	ck_assert(!ftrace_ops_test(&h, 8));
	ck_assert(!ftrace_ops_test(&h, 16));
	ck_assert_int_eq(ftrace_hash_del(&h.except, 8), 0);
	ck_assert(ftrace_ops_test(&h, 8));
	ck_assert_int_eq(ftrace_hash_del(&h.filter, 8), 0);
	h.filter.none = true;
	ck_assert(!ftrace_ops_test(&h, 8));
	ftrace_hash_free(&h.filter);
	ftrace_hash_free(&h.except);
}
END_TEST

Suite *suite_hash(void)
{
	Suite *s = suite_create("hash");
	TCase *c = fake_case(s, "hash");

	tcase_add_loop_test(c, random_against_model, 0, 4);
	tcase_add_test(c, empty);
	tcase_add_test(c, no_memory);
	tcase_add_test(c, copy_is_another);
	tcase_add_test(c, filter_and_except);
	return s;
}
