/* SPDX-License-Identifier: MIT */
/* generic/pattern.c: by name, by number, by object, now and later. */
#include "suites.h"

static struct fake_text lib, exe;
static struct probe p;

static void start(void)
{
	fake_setup();
	fake_text_named(&lib, 12);
	lib.mod.name = "/usr/lib/libone.so";
	fake_text_named(&exe, 12);
	exe.mod.name = "two";
	probe_init(&p, 0);
}

static int add(const char *line)
{
	return ftrace_set_filter(&p.ops, line, (int)strlen(line), 0);
}

static void traced(const struct fake_text *t, unsigned long bits)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		ck_assert_msg(ftrace_ops_test(p.ops.hash, fake_site(t, i)) ==
				      (bits >> i & 1), "%zu", i);
}

START_TEST(names)
{
	ck_assert_int_eq(add("f1*"), 0);
	traced(&lib, 0xc02);
	traced(&exe, 0xc02);
	ck_assert_int_eq(add("!f?1"), 0);
	traced(&lib, 0x402);
	ck_assert_int_eq(add("!*0"), 0);
	traced(&exe, 0x2);
	ck_assert_int_eq(add("f[2-4]"), 0);
	traced(&exe, 0x1e);
	/* A function without a site is no match. */
	expect_fail(-EINVAL, "ftrace_set_filter", add("bare"));
	expect_fail(-ENOENT, "ftrace_set_filter", add("!f11"));
}
END_TEST

static int last_of(const struct ftrace_site_info *site, void *arg)
{
	*(unsigned long *)arg = site->ip;
	return 0;
}

/* Numbers are those of the walk: by address. */
START_TEST(numbers)
{
	const struct fake_text *low = lib.at < exe.at ? &lib : &exe;
	const struct fake_text *high = lib.at < exe.at ? &exe : &lib;
	unsigned long last;

	ck_assert_int_eq(ftrace_for_each_site(last_of, &last), 0);
	ck_assert_uint_eq(last, fake_site(high, 11));
	ck_assert_int_eq(add("1"), 0);
	ck_assert_int_eq(add("12"), 0);
	traced(low, 0x801);
	traced(high, 0);
	ck_assert_int_eq(add("13"), 0);
	ck_assert_int_eq(add("24"), 0);
	traced(high, 0x801);
	ck_assert_int_eq(add("!24"), 0);
	traced(high, 0x1);
	expect_fail(-EINVAL, "ftrace_set_filter", add("0"));
	expect_fail(-EINVAL, "ftrace_set_filter", add("25"));
	expect_fail(-EINVAL, "ftrace_set_filter", add("9999999999"));
	expect_fail(-EINVAL, "ftrace_set_filter", add("1x"));
	expect_fail(-ENOENT, "ftrace_set_filter", add("!2"));
}
END_TEST

START_TEST(objects)
{
	ck_assert_int_eq(add("f3:mod:two"), 0);
	traced(&lib, 0);
	traced(&exe, 0x8);
	ck_assert_int_eq(add(":mod:libone.so"), 0);
	traced(&lib, 0xfff);
	traced(&exe, 0x8);
	ck_assert_int_eq(add("!f1*:mod:/usr/lib/libone.so"), 0);
	traced(&lib, 0x3fd);
	ck_assert_int_eq(add("!*:mod:libone*"), 0);
	traced(&lib, 0);
	expect_fail(-EINVAL, "ftrace_set_filter", add("f[:mod:two"));
	expect_fail(-EINVAL, "ftrace_set_filter", add("f1:mod:["));
}
END_TEST

/* Who wants all functions of an object needs no name of them. */
START_TEST(nameless)
{
	static struct fake_text code;

	fake_text_make(&code, 6);
	code.mod.name = "generated";
	ck_assert_int_eq(add(":mod:generated"), 0);
	traced(&code, 0x3f);
	traced(&exe, 0);
	ck_assert_int_eq(add("!*:mod:gen*"), 0);
	traced(&code, 0);
	ck_assert_int_eq(add("!:mod:generated"), 0);
	ck_assert_int_eq(add("*"), 0);
	traced(&code, 0x3f);
	traced(&exe, 0xfff);
	ck_assert_int_eq(add("!f*"), 0);
	traced(&code, 0x3f);
	traced(&exe, 0);
}
END_TEST

/* Kept for an object that is not there yet; until then: nothing. */
START_TEST(pending)
{
	ck_assert_int_eq(add("f3:mod:late"), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().enabled, 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	exe.mod.name = "late";
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().enabled, 1);
	ck_assert(fake_is(&exe, 3, "CALL"));
	ck_assert_int_eq(ftrace_release_mod(&exe.mod), 0);
	ck_assert_uint_eq(fake_stats().enabled, 0);
	ck_assert_int_eq(add("!f3:mod:late"), 0);
	expect_fail(-ENOENT, "ftrace_set_filter", add("!f3:mod:late"));
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	probe_free(&p);
}
END_TEST

/* The two sides keep their lines apart; a reset takes only its own. */
START_TEST(pending_sides)
{
	ck_assert_int_eq(add("f1:mod:late"), 0);
	ck_assert_int_eq(add("f1:mod:late"), 0);
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, "f2:mod:late", 11, 0), 0);
	traced(&exe, 0);
	exe.mod.name = "late";
	ck_assert_int_eq(ftrace_set_filter(&p.ops, NULL, 0, 1), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	traced(&exe, 0xffb);
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, NULL, 0, 1), 0);
	traced(&exe, 0xfff);
	ck_assert_ptr_null(p.ops.hash->pending);
}
END_TEST

/* Enabling an object brings it the clients that waited, or fails whole. */
START_TEST(pending_at_enable)
{
	struct fake_state before;
	static struct fake_text late;
	unsigned long k;

	ck_assert_int_eq(add("f3:mod:fake"), 0);
	ck_assert_int_eq(add("f5:mod:two"), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().enabled, 1);
	fake.stay_disabled = true;
	fake_text_named(&late, 8);
	for (k = 1; k < 20; k++) {
		int err;

		fake_save(&before, &late);
		fake_fail(FAKE_MEMORY, k);
		fake_log_clear();
		err = ftrace_module_enable(&late.mod);
		fake_heal();
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		expect_logged("libftrace: ftrace_module_enable: no memory");
		fake_same(&before, &late);
	}
	ck_assert_uint_gt(k, 2);
	ck_assert_uint_lt(k, 20);
	ck_assert_uint_eq(fake_stats().enabled, 2);
	fake_call(&late, 3);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

Suite *suite_pattern(void)
{
	Suite *s = suite_create("pattern");
	TCase *c = tcase_create("pattern");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, names);
	tcase_add_test(c, numbers);
	tcase_add_test(c, objects);
	tcase_add_test(c, nameless);
	tcase_add_test(c, pending);
	tcase_add_test(c, pending_sides);
	tcase_add_test(c, pending_at_enable);
	return s;
}
