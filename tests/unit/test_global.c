/* SPDX-License-Identifier: MIT */
/* generic/filter.c: the filters of clients that have none of their own. */
#include "suites.h"

#define ALL 0xffffUL

static struct fake_text text;
static struct probe p, q, own;

static void start(void)
{
	fake_setup();
	fake_text_named(&text, 16);
	probe_init(&p, 0);
	probe_init(&q, FTRACE_OPS_FL_SAVE_REGS);
	probe_init(&own, 0);
	probe_on(&own, &text, 1);
}

static void start_odd(void)
{
	start();
	fake_text_drop(&text);
	fake.odd = true;
	fake_text_named(&text, 16);
	ck_assert_int_eq(ftrace_set_filter_ip(&own.ops, fake_fn(&text, 1), 0,
					      1), 0);
}

static int filter(const char *name, int reset)
{
	return ftrace_set_global_filter(name, (int)strlen(name), reset);
}

static int notrace_(const char *name, int reset)
{
	return ftrace_set_global_notrace(name, (int)strlen(name), reset);
}

static void add(struct probe *c)
{
	ck_assert_int_eq(register_ftrace_function(&c->ops), 0);
}

static void del(struct probe *c)
{
	ck_assert_int_eq(unregister_ftrace_function(&c->ops), 0);
}

/* The functions of @t whose bits are set reach the client, no others do. */
static void reaches(struct probe *c, const struct fake_text *t,
		    unsigned long bits)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		c->hits = 0;
		fake_call(t, i);
		ck_assert_msg(c->hits == (bits >> i & 1), "function %zu", i);
	}
}

START_TEST(followers)
{
	ck_assert_int_eq(filter("f3", 0), 0);
	add(&p);
	add(&own);
	reaches(&p, &text, 1 << 3);
	add(&q);
	ck_assert_int_eq(filter("f1[0-2]", 0), 0);
	reaches(&p, &text, 0x1c08);
	reaches(&q, &text, 0x1c08);
	ck_assert_int_eq(notrace_("f11", 0), 0);
	reaches(&q, &text, 0x1408);
	ck_assert_int_eq(filter("!f3", 0), 0);
	reaches(&q, &text, 0x1400);
	ck_assert_int_eq(filter("", 1), 0);
	reaches(&p, &text, ALL & ~0x800UL);
	reaches(&own, &text, 1 << 1);
	ck_assert_int_eq(notrace_("f2", 1), 0);
	reaches(&p, &text, ALL & ~4UL);
	ck_assert_int_eq(filter("f5", 0), 0);
	reaches(&own, &text, 1 << 1);
	del(&p);
	reaches(&p, &text, 0);
	reaches(&q, &text, 1 << 5);
	del(&q);
	del(&own);
	ck_assert_uint_eq(fake_stats().enabled, 0);
	ck_assert_uint_eq(fake_stats().sets, 0);
}
END_TEST

/* A client comes to the global filter and leaves it while it is registered. */
START_TEST(own_filter_wins)
{
	ck_assert_int_eq(filter("f3", 0), 0);
	add(&p);
	ck_assert_int_eq(ftrace_set_filter(&p.ops, "f5", 2, 0), 0);
	reaches(&p, &text, 1 << 5);
	ck_assert_int_eq(filter("f6", 0), 0);
	reaches(&p, &text, 1 << 5);
	ck_assert_int_eq(ftrace_set_filter(&p.ops, "!f5", 3, 0), 0);
	reaches(&p, &text, 1 << 3 | 1 << 6);
	/* A notrace filter is one of its own, too. */
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, "f5", 2, 0), 0);
	reaches(&p, &text, ALL & ~0x20UL);
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, NULL, 0, 1), 0);
	reaches(&p, &text, 1 << 3 | 1 << 6);
	/* And so is one that waits for an object. */
	ck_assert_int_eq(ftrace_set_filter(&p.ops, "f5:mod:no", 9, 0), 0);
	reaches(&p, &text, 0);
	ck_assert_int_eq(ftrace_set_filter(&p.ops, "", 0, 1), 0);
	reaches(&p, &text, 1 << 3 | 1 << 6);
	del(&p);
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

/* One site cannot be changed: nobody's is, and the old filter is in force. */
START_TEST(all_or_none)
{
	static const struct {
		enum fake_service service;
		int err;
	} way[] = { { FAKE_SERVICES, -EINVAL }, { FAKE_TEXT_OPEN, -EPERM } };
	struct fake_state now;

	ck_assert_int_eq(filter("f3", 0), 0);
	add(&p);
	add(&q);
	add(&own);
	if (_i)
		fake_fail(way[_i].service, 1);
	else
		fake_poke(&text, 6, "INT3\0\0\0\0");
	fake_save(&now, &text);
	expect_fail(way[_i].err, "ftrace_set_global_filter", filter("f[46]", 1));
	fake_same(&now, &text);
	if (!_i)
		fake_poke(&text, 6, FAKE_INSN_NOP);
	reaches(&p, &text, 1 << 3);
	reaches(&q, &text, 1 << 3);
	ck_assert_int_eq(filter("f[46]", 1), 0);
	reaches(&q, &text, 1 << 4 | 1 << 6);
}
END_TEST

START_TEST(no_memory)
{
	static const unsigned long most = 60;
	unsigned long k;
	int err;

	ck_assert_int_eq(filter("f3", 0), 0);
	add(&p);
	add(&q);
	for (k = 1; k < most; k++) {
		fake_fail(FAKE_MEMORY, k);
		fake_log_clear();
		err = filter("*", 1);
		fake_heal();
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		expect_logged("libftrace: ftrace_set_global_filter: no memory");
		reaches(&p, &text, 1 << 3);
		reaches(&q, &text, 1 << 3);
	}
	ck_assert_uint_gt(k, 5);
	ck_assert_uint_lt(k, most);
	reaches(&p, &text, ALL);
	reaches(&q, &text, ALL);
}
END_TEST

START_TEST(one_window)
{
	static struct probe more[5];
	unsigned long windows;
	int i;

	ck_assert_int_eq(filter("f3", 0), 0);
	for (i = 0; i < 5; i++) {
		probe_init(&more[i], 0);
		add(&more[i]);
	}
	windows = fake_stats().windows;
	ck_assert_int_eq(filter("f5", 1), 0);
	ck_assert_uint_eq(fake_stats().windows, windows + 1);
	for (i = 0; i < 5; i++)
		reaches(&more[i], &text, 1 << 5);
}
END_TEST

/* A filter with few names costs no walk through all modules. */
START_TEST(few_names)
{
	static struct fake_text more[5];
	unsigned long looks;
	int i;

	for (i = 0; i < 5; i++)
		fake_text_make(&more[i], 4);
	ck_assert_int_eq(filter("f3", 0), 0);
	looks = fake.calls[FAKE_TEXT_CHECK];
	add(&p);
	ck_assert_int_eq(filter("f4", 0), 0);
	del(&p);
	ck_assert_uint_le(fake.calls[FAKE_TEXT_CHECK] - looks, 4);
}
END_TEST

START_TEST(direct_call_stays)
{
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 3), DIRECT_A),
			 0);
	add(&p);
	ck_assert_int_eq(filter("f5", 0), 0);
	fake_call(&text, 3);
	ck_assert(p.hits == 0 && fake_direct_hits[0] == 1);
	ck_assert_int_eq(filter("f3", 0), 0);
	fake_call(&text, 3);
	ck_assert(p.hits == 1 && fake_direct_hits[0] == 2);
	del(&p);
	fake_call(&text, 3);
	ck_assert(p.hits == 1 && fake_direct_hits[0] == 3);
	ck_assert_int_eq(unregister_ftrace_direct(fake_fn(&text, 3), DIRECT_A),
			 0);
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

/* An object is waited for, comes, goes and comes again. */
START_TEST(modules)
{
	static struct fake_text late;

	ck_assert_int_eq(filter("f3:mod:late", 0), 0);
	ck_assert_int_eq(notrace_(":mod:other", 0), 0);
	add(&p);
	reaches(&p, &text, 0);
	fake.stay_disabled = true;
	fake_text_named(&late, 8);
	late.mod.name = "/lib/late";
	ck_assert_int_eq(ftrace_module_enable(&late.mod), 0);
	reaches(&p, &text, 0);
	reaches(&p, &late, 1 << 3);
	add(&q);
	reaches(&q, &late, 1 << 3);
	fake_text_drop(&late);
	reaches(&p, &text, 0);
	fake_text_named(&late, 8);
	late.mod.name = "other";
	ck_assert_int_eq(filter("f3:mod:other", 0), 0);
	ck_assert_int_eq(ftrace_module_enable(&late.mod), 0);
	reaches(&p, &late, 0);
	ck_assert_int_eq(notrace_("", 1), 0);
	reaches(&p, &late, 1 << 3);
	del(&q);
	del(&p);
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

/*
 * A filter whose functions went away is not an empty one: neither the global
 * one, nor that of a client, registered or not.
 */
START_TEST(release)
{
	static struct fake_text other, last;
	static struct probe idle;

	fake_text_make(&other, 4);
	probe_init(&idle, 0);
	probe_on(&idle, &other, 2);
	ck_assert_int_eq(ftrace_set_filter_ip(&own.ops, fake_fn(&other, 1), 0,
					      1), 0);
	probe_on(&q, &text, 1);
	ck_assert_int_eq(ftrace_set_filter(&q.ops, "", 0, 1), 0);
	ck_assert_int_eq(filter("f9", 0), 0);
	add(&own);
	add(&p);
	ck_assert_int_eq(ftrace_release_mod(&other.mod), 0);
	reaches(&own, &text, 0);
	add(&idle);
	reaches(&idle, &text, 0);
	reaches(&p, &text, 1 << 9);
	ck_assert_int_eq(ftrace_release_mod(&text.mod), 0);
	fake_text_make(&last, 4);
	reaches(&p, &last, 0);
	add(&q);
	reaches(&q, &last, 0);
	ck_assert_int_eq(filter("", 1), 0);
	reaches(&p, &last, 0xf);
	reaches(&q, &last, 0xf);
	reaches(&own, &last, 0);
	reaches(&idle, &last, 0);
}
END_TEST

/* What is left of a notrace filter is still the client's own. */
START_TEST(release_notrace)
{
	static struct fake_text other;

	fake_text_named(&other, 4);
	ck_assert_int_eq(ftrace_set_global_filter("f3:mod:fake", 11, 0), 0);
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, "1", 1, 0), 0);
	if (ftrace_pattern_nth(1) != fake_site(&other, 0))
		ck_assert_int_eq(ftrace_set_notrace(&p.ops, "17", 2, 1), 0);
	add(&p);
	reaches(&p, &other, 0xe);
	ck_assert_int_eq(ftrace_release_mod(&other.mod), 0);
	reaches(&p, &text, ALL);
	del(&p);
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

START_TEST(ipmodify)
{
	static struct probe ip;

	probe_init(&ip, FTRACE_OPS_FL_IPMODIFY);
	ck_assert_int_eq(filter("f3", 0), 0);
	expect_fail(-EINVAL, "register_ftrace_function",
		    register_ftrace_function(&ip.ops));
	probe_on(&ip, &text, 5);
	add(&ip);
	ck_assert_int_eq(filter("f5", 0), 0);
	reaches(&ip, &text, 1 << 5);
	expect_fail(-EINVAL, "ftrace_set_filter",
		    ftrace_set_filter(&ip.ops, "", 0, 1));
	expect_fail(-EINVAL, "ftrace_set_notrace",
		    ftrace_set_notrace(&ip.ops, "f6", 2, 0));
	expect_fail(-EINVAL, "ftrace_set_notrace",
		    ftrace_set_notrace(&ip.ops, "f6:mod:x", 8, 0));
	ck_assert_int_eq(ftrace_set_filter(&ip.ops, "f6", 2, 0), 0);
	reaches(&ip, &text, 1 << 5 | 1 << 6);
}
END_TEST

START_TEST(refused)
{
	expect_fail(-EINVAL, "ftrace_set_global_filter",
		    ftrace_set_global_filter(NULL, 2, 0));
	expect_fail(-EINVAL, "ftrace_set_global_notrace",
		    ftrace_set_global_notrace(NULL, 2, 0));
	expect_fail(-EINVAL, "ftrace_set_global_filter",
		    ftrace_set_global_filter("f1", -1, 0));
	expect_fail(-EINVAL, "ftrace_set_global_filter", filter("nobody", 0));
	expect_fail(-EINVAL, "ftrace_set_global_filter", filter("f[", 0));
	expect_fail(-ENOENT, "ftrace_set_global_notrace", notrace_("!f1", 0));
	add(&p);
	reaches(&p, &text, ALL);
	ftrace_kill();
	expect_fail(-ENODEV, "ftrace_set_global_filter", filter("f1", 0));
	expect_fail(-ENODEV, "ftrace_set_global_notrace", notrace_("f1", 0));
}
END_TEST

/* The last entry goes while a line still waits: that is not "all". */
START_TEST(waiting_remains)
{
	ck_assert_int_eq(filter("f3:mod:late", 0), 0);
	ck_assert_int_eq(filter("f5", 0), 0);
	add(&p);
	reaches(&p, &text, 1 << 5);
	ck_assert_int_eq(filter("!f5", 0), 0);
	reaches(&p, &text, 0);
	ck_assert_int_eq(notrace_("f5:mod:late", 0), 0);
	ck_assert_int_eq(filter("!f3:mod:late", 0), 0);
	reaches(&p, &text, ALL);
}
END_TEST

Suite *suite_global(void)
{
	Suite *s = suite_create("global filters");
	TCase *c = tcase_create("global");
	TCase *odd = tcase_create("private thunks");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, followers);
	tcase_add_test(c, own_filter_wins);
	tcase_add_loop_test(c, all_or_none, 0, 2);
	tcase_add_test(c, no_memory);
	tcase_add_test(c, one_window);
	tcase_add_test(c, few_names);
	tcase_add_test(c, direct_call_stays);
	tcase_add_test(c, modules);
	tcase_add_test(c, release);
	tcase_add_test(c, release_notrace);
	tcase_add_test(c, ipmodify);
	tcase_add_test(c, refused);
	tcase_add_test(c, waiting_remains);
	suite_add_tcase(s, odd);
	tcase_add_checked_fixture(odd, start_odd, fake_verify);
	tcase_add_test(odd, followers);
	tcase_add_loop_test(odd, all_or_none, 0, 2);
	tcase_add_test(odd, direct_call_stays);
	return s;
}
