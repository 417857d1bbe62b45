/* SPDX-License-Identifier: MIT */
/* The whole interface in one script, with each host call failing in turn. */
#include "suites.h"

static struct fake_text text, other;
static struct probe p, q;
static enum fake_service failing;
static unsigned long failures;

static void start(void)
{
	fake_setup();
	fake_text_named(&text, 12);
	probe_init(&p, 0);
	probe_init(&q, FTRACE_OPS_FL_SAVE_REGS);
}

/*
 * Do a step with its 1st, 2nd, ... call of the failing service refused, until
 * it succeeds in spite of that: each failure is an error that is logged and
 * leaves things as they were.
 */
static void step(int (*fn)(void), bool steady)
{
	struct fake_state before;
	unsigned long k;
	int err;

	for (k = 1; k < 100; k++) {
		fake_save(&before, &text);
		fake_log_clear();
		fake_fail(failing, k);
		err = fn();
		fake_heal();
		if (!err)
			break;
		failures++;
		ck_assert_msg(err == -ENOMEM || err == -EPERM ||
			      err == -EFAULT || err == -ERANGE ||
			      err == -EINVAL, "error %d", err);
		ck_assert(fake_logged("libftrace: "));
		ck_assert_int_eq(ftrace_is_dead(), 0);
		if (steady)
			fake_same(&before, &text);
	}
	ck_assert_uint_lt(k, 100);
	free(before.text);
	free(before.rec);
}

static int filter_p(void)
{
	return ftrace_set_filter(&p.ops, "f3", 2, 0);
}

static int filter_p_ip(void)
{
	return ftrace_set_filter_ip(&p.ops, fake_fn(&text, 5), 0, 0);
}

static int notrace_p(void)
{
	return ftrace_set_notrace(&p.ops, "f5", 2, 0);
}

static int register_p(void)
{
	return register_ftrace_function(&p.ops);
}

static int register_q(void)
{
	return register_ftrace_function(&q.ops);
}

static int narrow_q(void)
{
	return ftrace_set_filter(&q.ops, "f3", 2, 1);
}

static int widen_q(void)
{
	return ftrace_set_filter(&q.ops, "", 0, 1);
}

static int direct(void)
{
	return register_ftrace_direct(fake_fn(&text, 3), DIRECT_A);
}

static int redirect(void)
{
	return modify_ftrace_direct(fake_fn(&text, 3), DIRECT_A, DIRECT_B);
}

static int undirect(void)
{
	return unregister_ftrace_direct(fake_fn(&text, 3), DIRECT_B);
}

static int other_init(void)
{
	return ftrace_module_init(&other.mod);
}

static int other_enable(void)
{
	return ftrace_module_enable(&other.mod);
}

static int other_release(void)
{
	return ftrace_release_mod(&other.mod);
}

static int unregister_p(void)
{
	int err = unregister_ftrace_function(&p.ops);

	/* It is gone even so. */
	return err == -EBUSY ? 0 : err;
}

static int unregister_q(void)
{
	int err = unregister_ftrace_function(&q.ops);

	return err == -EBUSY ? 0 : err;
}

static int explain(void)
{
	char buf[200];

	return ftrace_explain("f3", 0, buf, sizeof(buf)) < 0;
}

static int clean(void)
{
	ftrace_free_filter(&p.ops);
	ftrace_free_filter(&q.ops);
	return 0;
}

static void call_all(unsigned long hits_p, unsigned long hits_q,
		     unsigned long hits_direct)
{
	size_t i;

	p.hits = q.hits = 0;
	fake_direct_hits[0] = fake_direct_hits[1] = 0;
	for (i = 0; i < 12; i++)
		fake_call(&text, i);
	ck_assert_uint_eq(p.hits, hits_p);
	ck_assert_uint_eq(q.hits, hits_q);
	ck_assert_uint_eq(fake_direct_hits[0] + fake_direct_hits[1],
			  hits_direct);
}

START_TEST(script)
{
	static const enum fake_service way[] = {
		FAKE_ALLOC, FAKE_ALLOC_PAGES, FAKE_MEMORY, FAKE_TEXT_OPEN,
		FAKE_TEXT_CLOSE, FAKE_SYNC_CORE, FAKE_PIN, FAKE_PROTECT,
		FAKE_TEXT_CHECK, FAKE_MAP_FILE, FAKE_ANY,
	};

	failing = way[_i];
	step(filter_p, true);
	step(filter_p_ip, true);
	step(notrace_p, true);
	step(register_p, true);
	call_all(1, 0, 0);
	step(register_q, true);
	call_all(1, 12, 0);
	step(direct, true);
	call_all(1, 12, 1);
	step(narrow_q, true);
	call_all(1, 1, 1);
	fake_text_map(&other, 1500);
	step(other_init, true);
	step(widen_q, true);
	step(other_enable, true);
	step(redirect, true);
	call_all(1, 12, 1);
	step(explain, true);
	step(unregister_p, false);
	call_all(0, 12, 1);
	step(undirect, true);
	call_all(0, 12, 0);
	step(other_release, true);
	step(unregister_q, false);
	call_all(0, 0, 0);
	step(clean, true);
	if (failing != FAKE_MAP_FILE)
		ck_assert_uint_ge(failures, 2);
	/* Whoever comes next finds a text that it can use. */
	probe_init(&p, 0);
	ck_assert_int_eq(register_p(), 0);
	call_all(12, 0, 0);
	ck_assert_int_eq(unregister_p(), 0);
	ck_assert_uint_eq(fake_stats().enabled, 0);
	fake_text_drop(&other);
	fake_text_drop(&text);
}
END_TEST

/* A script without a failure, for what it leaves behind: sets, and blocks. */
START_TEST(nothing_leaks)
{
	long live, pages;

	failing = FAKE_MAP_FILE;
	filter_p();
	register_p();
	fake_call(&text, 3);
	register_q();
	direct();
	redirect();
	unregister_p();
	undirect();
	unregister_q();
	clean();
	fake_text_drop(&text);
	live = fake.live;
	pages = fake.live_pages;
	ck_assert_int_eq(pages, 65536);
	fake_text_named(&text, 12);
	filter_p();
	clean();
	fake_text_drop(&text);
	ck_assert_int_eq(fake.live, live);
	ck_assert_int_eq(fake.live_pages, pages);
	ck_assert_uint_eq(fake.frames, 0);
}
END_TEST

Suite *suite_memory(void)
{
	Suite *s = suite_create("memory");
	TCase *c = tcase_create("memory");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_loop_test(c, script, 0, 11);
	tcase_add_test(c, nothing_leaks);
	return s;
}
