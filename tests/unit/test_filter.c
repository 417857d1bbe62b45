/* SPDX-License-Identifier: MIT */
/* generic/filter.c: names and addresses, and each way they are refused. */
#include "suites.h"

static struct fake_text text;
static struct fake_state before;
static struct probe p;

static void start(void)
{
	fake_setup();
	fake_text_named(&text, 16);
	probe_init(&p, 0);
	fake_save(&before, &text);
}

static int by_name(const char *name, int reset)
{
	return ftrace_set_filter(&p.ops, name, (int)strlen(name), reset);
}

static int not_name(const char *name, int reset)
{
	return ftrace_set_notrace(&p.ops, name, (int)strlen(name), reset);
}

/* The client is at exactly the functions whose bits are set. */
static void traced(unsigned long bits)
{
	size_t i;

	for (i = 0; i < text.nr; i++)
		ck_assert_msg(ftrace_ops_test(p.ops.hash,
					      fake_site(&text, i)) ==
			      (bits >> i & 1), "function %zu", i);
	if (!(p.ops.flags & FTRACE_OPS_FL_ENABLED))
		return;
	for (i = 0; i < text.nr; i++)
		ck_assert_int_eq(fake_is(&text, i, "CALL"), bits >> i & 1);
}

START_TEST(null)
{
	unsigned long ip = fake_fn(&text, 0);

	expect_fail(-EINVAL, "ftrace_set_filter",
		    ftrace_set_filter(NULL, "f1", 2, 0));
	expect_fail(-EINVAL, "ftrace_set_notrace",
		    ftrace_set_notrace(NULL, "f1", 2, 0));
	expect_fail(-EINVAL, "ftrace_set_filter_ips",
		    ftrace_set_filter_ip(NULL, ip, 0, 0));
	expect_fail(-EINVAL, "ftrace_set_filter_ips",
		    ftrace_set_filter_ips(NULL, &ip, 1, 0, 0));
	expect_fail(-EINVAL, "ftrace_set_filter_ips",
		    ftrace_set_filter_ips(&p.ops, NULL, 1, 0, 0));
	expect_fail(-EINVAL, "ftrace_set_filter",
		    ftrace_set_filter(&p.ops, NULL, 2, 0));
	expect_fail(-EINVAL, "ftrace_set_filter",
		    ftrace_set_filter(&p.ops, "f1", -1, 0));
	ck_assert_ptr_null(p.ops.hash);
	ck_assert_int_eq(ftrace_set_filter_ips(&p.ops, NULL, 0, 0, 0), 0);
	ck_assert_int_eq(ftrace_set_filter(&p.ops, NULL, 0, 1), 0);
	traced(0xffff);
	ftrace_free_filter(NULL);
}
END_TEST

START_TEST(addresses)
{
	unsigned long ips[3] = { fake_fn(&text, 3), fake_site(&text, 3),
				 fake_fn(&text, 5) };

	ck_assert_int_eq(ftrace_set_filter_ips(&p.ops, ips, 3, 0, 0), 0);
	traced(1 << 3 | 1 << 5);
	/* There already: 0. */
	ck_assert_int_eq(ftrace_set_filter_ips(&p.ops, ips, 1, 0, 0), 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, ips[0], 1, 0), 0);
	traced(1 << 5);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, ips[0], 0, 1), 0);
	traced(1 << 3);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, 0, 0, 1), 0);
	traced(0xffff);
}
END_TEST

START_TEST(bad_addresses)
{
	unsigned long ips[3] = { fake_fn(&text, 1), text.mod.text + 4,
				 fake_fn(&text, 2) };
	unsigned long away[2] = { fake_fn(&text, 1), fake_fn(&text, 2) };

	expect_fail(-EINVAL, "ftrace_set_filter_ips",
		    ftrace_set_filter_ips(&p.ops, ips, 3, 0, 0));
	traced(0xffff);
	expect_fail(-EINVAL, "ftrace_set_filter_ips",
		    ftrace_set_filter_ip(&p.ops, 0, 0, 0));
	ck_assert_int_eq(ftrace_set_filter_ips(&p.ops, ips, 1, 0, 0), 0);
	expect_fail(-ENOENT, "ftrace_set_filter_ips",
		    ftrace_set_filter_ips(&p.ops, away, 2, 1, 0));
	traced(1 << 1);
	expect_fail(-ENOENT, "ftrace_set_filter_ips",
		    ftrace_set_filter_ip(&p.ops, ips[0], 1, 1));
	traced(1 << 1);
}
END_TEST

START_TEST(names)
{
	ck_assert_int_eq(by_name("f3", 0), 0);
	traced(1 << 3);
	ck_assert_int_eq(by_name("f15", 0), 0);
	ck_assert_int_eq(by_name("f15", 0), 0);
	traced(1 << 3 | 1 << 15);
	ck_assert_int_eq(by_name("!f3", 0), 0);
	traced(1 << 15);
	ck_assert_int_eq(by_name("f1", 1), 0);
	traced(1 << 1);
	ck_assert_int_eq(by_name("", 1), 0);
	traced(0xffff);
	/* Only so many bytes of the buffer count. */
	ck_assert_int_eq(ftrace_set_filter(&p.ops, "f12", 2, 0), 0);
	traced(1 << 1);
}
END_TEST

START_TEST(bad_names)
{
	static const char *const bad[] = { "", "f", "f16", "g1", "f1 ", "F1",
					   "f[", "g*", "f\\", "0", "!" };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = bad[i][0] == '!' ? -ENOENT : -EINVAL;

		expect_fail(err, "ftrace_set_filter", by_name(bad[i], 0));
		expect_fail(err, "ftrace_set_notrace", not_name(bad[i], 0));
	}
	ck_assert_ptr_null(p.ops.hash);
	ck_assert_int_eq(by_name("f2", 0), 0);
	expect_fail(-ENOENT, "ftrace_set_filter", by_name("!f1", 0));
	expect_fail(-ENOENT, "ftrace_set_filter", by_name("!f2", 1));
	expect_fail(-EINVAL, "ftrace_set_filter", by_name("f99", 1));
	traced(1 << 2);
}
END_TEST

/* A length that counts the terminator is no name's, wherever it lies. */
START_TEST(terminator_in_the_name)
{
	int i;

	for (i = 0; i < 16; i++) {
		char name[8] = "";

		snprintf(name, sizeof(name), "f%d", i);
		expect_fail(-EINVAL, "ftrace_set_filter",
			    ftrace_set_filter(&p.ops, name,
					      (int)strlen(name) + 1, 0));
		expect_fail(-EINVAL, "ftrace_set_filter",
			    ftrace_set_filter(&p.ops, name, 8, 0));
	}
}
END_TEST

START_TEST(notrace_names)
{
	ck_assert_int_eq(not_name("f3", 0), 0);
	traced(0xffff & ~(1 << 3));
	ck_assert_int_eq(by_name("f3", 0), 0);
	ck_assert_int_eq(by_name("f4", 0), 0);
	traced(1 << 4);
	ck_assert_int_eq(not_name("!f3", 0), 0);
	traced(1 << 3 | 1 << 4);
	ck_assert_int_eq(not_name("f4", 1), 0);
	traced(1 << 3);
	ck_assert_int_eq(not_name("", 1), 0);
	traced(1 << 3 | 1 << 4);
}
END_TEST

/* A change to the filter of a registered client is in the text at once. */
START_TEST(registered)
{
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	traced(0xffff);
	ck_assert_int_eq(not_name("f3", 0), 0);
	traced(0xffff & ~(1 << 3));
	ck_assert_int_eq(by_name("f3", 0), 0);
	traced(0);
	ck_assert_int_eq(by_name("f5", 0), 0);
	traced(1 << 5);
	ck_assert_int_eq(not_name("f5", 1), 0);
	traced(1 << 3);
	ck_assert_int_eq(by_name("", 1), 0);
	traced(0xffff & ~(1 << 5));
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	traced(0xffff & ~(1 << 5));
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

/* Patching fails: the old filter is in force again, and the text is its. */
START_TEST(patching_fails)
{
	struct fake_state now;

	ck_assert_int_eq(by_name("f3", 0), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_poke(&text, 6, "INT3\0\0\0\0");
	fake_save(&now, &text);
	expect_fail(-EINVAL, "ftrace_set_filter", by_name("f6", 1));
	fake_same(&now, &text);
	traced(1 << 3);
	fake_poke(&text, 6, FAKE_INSN_NOP);
	fake_fail(FAKE_TEXT_OPEN, 1);
	expect_fail(-EPERM, "ftrace_set_filter", by_name("f6", 1));
	traced(1 << 3);
	ck_assert_int_eq(by_name("f6", 1), 0);
	traced(1 << 6);
}
END_TEST

/* Every allocation of a change in turn; nothing leaks on the way. */
START_TEST(no_memory)
{
	static const unsigned long most = 40;
	long live, pages;
	unsigned long k;

	ck_assert_int_eq(by_name("f3", 0), 0);
	ck_assert_int_eq(not_name("f4", 0), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (k = 1; k < most; k++) {
		const char *name = k % 2 ? "f7" : "f9";
		int err;

		live = fake.live;
		pages = fake.live_pages;
		fake_fail(FAKE_MEMORY, k);
		fake_log_clear();
		err = by_name(name, 0);
		fake_heal();
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		expect_logged("libftrace: ftrace_set_filter: no memory");
		traced(1 << 3);
		/* A set or a thunk may stay; filters and rooms may not. */
		ck_assert_int_le(fake.live, live + 4);
		ck_assert_int_le(fake.live_pages, pages + 2 * 4096);
	}
	ck_assert_uint_gt(k, 5);
	ck_assert_uint_lt(k, most);
	traced(1 << 3 | (k % 2 ? 1 << 7 : 1 << 9));
}
END_TEST

/* No memory for the names is not "no such name", and does not stay. */
START_TEST(no_memory_for_names)
{
	static const enum fake_service way[] = { FAKE_ALLOC, FAKE_MAP_FILE };
	int err;

	/* The pair, its copy of nothing, then the table of names. */
	fake_fail(way[_i], _i ? 1 : 2);
	err = by_name("f3", 0);
	ck_assert_int_lt(err, 0);
	if (!_i)
		ck_assert_int_eq(err, -ENOMEM);
	fake_heal();
	ck_assert_int_eq(by_name("f3", 0), 0);
	traced(1 << 3);
}
END_TEST

START_TEST(free_filter)
{
	ck_assert_int_eq(by_name("f3", 0), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_log_clear();
	ftrace_free_filter(&p.ops);
	expect_logged("libftrace: ftrace_free_filter: ");
	traced(1 << 3);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	fake_log_clear();
	ftrace_free_filter(&p.ops);
	ck_assert_uint_eq(fake.nr_log, 0);
	ck_assert_ptr_null(p.ops.hash);
	ftrace_free_filter(&p.ops);
}
END_TEST

/* A registered direct client's filter is not to be changed. */
START_TEST(direct_client)
{
	p.ops.flags = FTRACE_OPS_FL_DIRECT | FTRACE_OPS_FL_ENABLED;
	expect_fail(-EBUSY, "ftrace_set_filter", by_name("f3", 0));
	p.ops.flags = FTRACE_OPS_FL_DIRECT;
	ck_assert_int_eq(by_name("f3", 0), 0);
	probe_free(&p);
}
END_TEST

/* An object goes: the filter that named it now matches nothing. */
START_TEST(release_with_a_live_filter)
{
	static struct fake_text other;
	static struct probe q;
	size_t i;

	fake_text_make(&other, 4);
	probe_init(&q, 0);
	ck_assert_int_eq(by_name("f3", 0), 0);
	ck_assert_int_eq(by_name("f5", 0), 0);
	ck_assert_int_eq(not_name("f3", 0), 0);
	probe_on(&q, &text, 4);
	probe_on(&q, &other, 2);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	ck_assert_int_eq(ftrace_release_mod(&text.mod), 0);
	ck_assert(p.ops.hash->filter.none && !p.ops.hash->filter.nr);
	ck_assert(p.ops.hash->except.none && !p.ops.hash->except.nr);
	ck_assert_uint_eq(q.ops.hash->filter.nr, 1);
	ck_assert(!q.ops.hash->filter.none);
	fake_call(&other, 1);
	fake_call(&other, 2);
	ck_assert(p.hits == 0 && q.hits == 1);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	/* The same memory comes back as another object. */
	for (i = 0; i < 16; i++)
		fake_poke(&text, i, FAKE_INSN_NOP);
	ck_assert_int_eq(ftrace_module_init(&text.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&text.mod), 0);
	fake_call(&text, 5);
	fake_call(&other, 1);
	ck_assert_uint_eq(p.hits, 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, 0, 0, 1), 0);
	fake_call(&other, 1);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

/* Many names of one object leave the table in one go. */
START_TEST(forget_many)
{
	static struct fake_text big;
	unsigned long i;

	fake_text_make(&big, 500);
	for (i = 0; i < 500; i += 2)
		probe_on(&p, &big, i);
	probe_on(&p, &text, 1);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_release_mod(&big.mod), 0);
	ck_assert_uint_eq(p.ops.hash->filter.nr, 1);
	traced(1 << 1);
}
END_TEST

Suite *suite_filter(void)
{
	Suite *s = suite_create("filter");
	TCase *c = tcase_create("filter");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, null);
	tcase_add_test(c, addresses);
	tcase_add_test(c, bad_addresses);
	tcase_add_test(c, names);
	tcase_add_test(c, bad_names);
	tcase_add_test(c, terminator_in_the_name);
	tcase_add_test(c, notrace_names);
	tcase_add_test(c, registered);
	tcase_add_test(c, patching_fails);
	tcase_add_test(c, no_memory);
	tcase_add_loop_test(c, no_memory_for_names, 0, 2);
	tcase_add_test(c, free_filter);
	tcase_add_test(c, direct_client);
	tcase_add_test(c, release_with_a_live_filter);
	tcase_add_test(c, forget_many);
	return s;
}
