/* SPDX-License-Identifier: MIT */
/* generic/poke.c, and where text.c uses it: stores that the system makes. */
#include "suites.h"

static struct fake_text text;
static struct probe p;

static int lose(const struct ftrace_poke *poke, unsigned int n)
{
	(void)poke;
	(void)n;
	return 0;
}

static void start(int (*poke)(const struct ftrace_poke *p, unsigned int n))
{
	fake_host.text_poke = poke;
	fake_text_make(&text, 40);
	probe_init(&p, 0);
}

static void on_first(size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		probe_on(&p, &text, i);
}

/* Few sites: not one window. Each is written once, and seen by all. */
START_TEST(few_sites)
{
	unsigned long opens, syncs;

	start(fake_text_poke);
	on_first(16);
	opens = fake.calls[FAKE_TEXT_OPEN];
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	syncs = fake.calls[FAKE_SYNC_CORE];
	ck_assert(fake_is(&text, 0, "CALL") && fake_is(&text, 15, "CALL"));
	ck_assert(fake_is(&text, 16, "NOP "));
	fake_call(&text, 15);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert(fake_is(&text, 0, "NOP ") && fake_is(&text, 15, "NOP "));
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_OPEN], opens);
	/* The trial's, and one for all sixteen. */
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_POKE], 3);
	ck_assert_uint_eq(fake.calls[FAKE_SYNC_CORE], syncs + 1);
	ck_assert_uint_eq(fake.blocked, 0);
}
END_TEST

/* Many sites, or a process with one thread: a window is cheaper. */
START_TEST(window_is_cheaper)
{
	unsigned long opens;

	start(fake_text_poke);
	on_first(_i ? 17 : 1);
	fake.alone = !_i;
	opens = fake.calls[FAKE_TEXT_OPEN];
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_OPEN], opens + 1);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_POKE], 0);
}
END_TEST

/* Stores that nobody sees: an emulator's. The window is taken instead. */
START_TEST(unseen)
{
	unsigned long opens;

	start(lose);
	on_first(1);
	opens = fake.calls[FAKE_TEXT_OPEN];
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_OPEN], opens + 1);
	ck_assert(fake_is(&text, 0, "CALL"));
}
END_TEST

/* What can fail in the trial does: no poke, and nothing stays behind. */
START_TEST(trial_fails)
{
	static const enum fake_service way[] = {
		FAKE_TEXT_POKE, FAKE_ALLOC_PAGES, FAKE_PROTECT, FAKE_SYNC_CORE,
	};
	bool again = way[_i] == FAKE_ALLOC_PAGES;
	long pages;

	start(fake_text_poke);
	ftrace_lock("test");
	pages = fake.live_pages;
	fake_fail(way[_i], 1);
	ck_assert(!ftrace_poke_works());
	ck_assert_int_eq(fake.live_pages, pages);
	/* Only for want of memory is it tried again. */
	ck_assert_int_eq(ftrace_poke_works(), again);
	ck_assert_int_eq(fake.live_pages, pages);
	ftrace_unlock();
}
END_TEST

/* No window can be had: all is written by the system, however much. */
START_TEST(no_window)
{
	start(fake_text_poke);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 100);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert(fake_is(&text, 0, "CALL") && fake_is(&text, 39, "CALL"));
	/* 40 sites, 16 at a time, and the trial. */
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_POKE], 4);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert(fake_is(&text, 0, "NOP ") && fake_is(&text, 39, "NOP "));
}
END_TEST

/* It fails after some were stored: they are put back. */
START_TEST(fails_halfway)
{
	struct fake_state before;

	start(fake_text_poke);
	fake_save(&before, &text);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 100);
	fake_fail(FAKE_TEXT_POKE, 3);
	expect_fail(-EPERM, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	fake_same(&before, &text);
	ck_assert_int_eq(ftrace_is_dead(), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&text, 39);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

/* It worked at the trial, and never again: a window serves as well. */
START_TEST(refused_later)
{
	start(fake_text_poke);
	on_first(2);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_fail_n(FAKE_TEXT_POKE, 1, 100);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert(fake_is(&text, 0, "NOP ") && fake_is(&text, 1, "NOP "));
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_POKE], 3);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

static int first_only(const struct ftrace_poke *poke, unsigned int n)
{
	int err = fake_text_poke(poke, 1);

	return n > 1 ? -EPERM : err;
}

/* It fails behind the first store, and so does putting two back. */
START_TEST(stores_one_of_three)
{
	unsigned long syncs;

	start(first_only);
	on_first(1);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	on_first(3);
	fake_fail_n(FAKE_TEXT_POKE, 2, 100);
	syncs = fake.calls[FAKE_SYNC_CORE];
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert(fake_is(&text, 0, "NOP ") && fake_is(&text, 2, "NOP "));
	ck_assert_uint_gt(fake.calls[FAKE_SYNC_CORE], syncs);
	ck_assert_int_eq(ftrace_is_dead(), 0);
}
END_TEST

/*
 * The same, and no window can be had either. Nothing was stored, so that
 * nothing has to be put back: a module that nobody runs yet, and one that is
 * walked.
 */
START_TEST(nothing_to_put_back)
{
	struct fake_state before, known;
	static struct fake_text fresh;

	start(fake_text_poke);
	on_first(2);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_text_map(&fresh, 4);
	fresh.mod.flags = FTRACE_MODULE_FRESH;
	fake_save(&before, &fresh);
	fake_save(&known, &text);
	fake_fail_n(FAKE_TEXT_POKE, 1, 100);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 100);
	fake_fail_n(FAKE_SYNC_CORE, _i ? 2 : 1, 100);
	expect_fail(-EPERM, "ftrace_module_init",
		    ftrace_module_init(&fresh.mod));
	ck_assert_int_eq(ftrace_is_dead(), 0);
	fake_same(&before, &fresh);
	fake_heal();
	fake_fail_n(FAKE_TEXT_POKE, 1, 100);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 100);
	expect_fail(-EPERM, "unregister_ftrace_function",
		    unregister_ftrace_function(&p.ops));
	fake_same(&known, &text);
	ck_assert_int_eq(ftrace_is_dead(), 0);
	fake_heal();
	ck_assert_int_eq(ftrace_module_init(&fresh.mod), 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

Suite *suite_poke(void)
{
	Suite *s = suite_create("poke");
	TCase *c = fake_case(s, "poke");

	tcase_add_test(c, few_sites);
	tcase_add_loop_test(c, window_is_cheaper, 0, 2);
	tcase_add_test(c, unseen);
	tcase_add_loop_test(c, trial_fails, 0, 4);
	tcase_add_test(c, no_window);
	tcase_add_test(c, fails_halfway);
	tcase_add_test(c, refused_later);
	tcase_add_test(c, stores_one_of_three);
	tcase_add_loop_test(c, nothing_to_put_back, 0, 2);
	return s;
}
