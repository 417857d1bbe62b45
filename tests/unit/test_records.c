/* SPDX-License-Identifier: MIT */
/* generic/records.c: from an address to its record. */
#include "suites.h"

static struct fake_text text;

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
}

START_TEST(function_or_site)
{
	size_t i;

	for (i = 0; i < 8; i++) {
		ck_assert_uint_eq(ftrace_location(fake_fn(&text, i)),
				  fake_site(&text, i));
		ck_assert_uint_eq(ftrace_location(fake_site(&text, i)),
				  fake_site(&text, i));
	}
}
END_TEST

/* No other address is a function's, near a site or far from all. */
START_TEST(nothing_else)
{
	unsigned long a;

	for (a = text.mod.text - 40; a < text.mod.text_end + 40; a++) {
		size_t i = (a - text.mod.text) / FAKE_STRIDE;
		bool known = a >= text.mod.text && a < text.mod.text_end &&
			     (a == fake_fn(&text, i) ||
			      a == fake_site(&text, i));

		ck_assert_uint_eq(ftrace_location(a),
				  known ? fake_site(&text, i) : 0);
	}
	ck_assert_uint_eq(ftrace_location(0), 0);
	ck_assert_uint_eq(ftrace_location(~0UL), 0);
}
END_TEST

START_TEST(module_of)
{
	struct ftrace_mod *m = text.mod.data;

	ck_assert_ptr_eq(ftrace_mod_of(text.mod.text), m);
	ck_assert_ptr_eq(ftrace_mod_of(text.mod.text_end - 1), m);
	ck_assert_ptr_null(ftrace_mod_of(text.mod.text_end));
	ck_assert_ptr_null(ftrace_mod_of(text.mod.text - 1));
}
END_TEST

START_TEST(from_and_at)
{
	struct ftrace_mod *m = text.mod.data;

	ck_assert_ptr_eq(ftrace_rec_from(m, 0), m->rec);
	ck_assert_ptr_eq(ftrace_rec_from(m, fake_site(&text, 2)), m->rec + 2);
	ck_assert_ptr_eq(ftrace_rec_from(m, fake_site(&text, 2) + 1),
			 m->rec + 3);
	ck_assert_ptr_eq(ftrace_rec_from(m, fake_site(&text, 7)), m->rec + 7);
	ck_assert_ptr_null(ftrace_rec_from(m, fake_site(&text, 7) + 1));
	ck_assert_ptr_eq(ftrace_rec_at(m, fake_site(&text, 7)), m->rec + 7);
	ck_assert_ptr_null(ftrace_rec_at(m, fake_site(&text, 7) + 8));
	ck_assert_ptr_null(ftrace_rec_at(m, fake_site(&text, 2) + 1));
}
END_TEST

START_TEST(several_modules)
{
	struct fake_text more[3];
	struct ftrace_mod *m;
	int i;

	for (i = 0; i < 3; i++)
		fake_text_make(&more[i], 5);
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(ftrace_location(fake_fn(&more[i], 3)),
				  fake_site(&more[i], 3));
		ck_assert_ptr_nonnull(ftrace_find_rec(fake_fn(&more[i], 2),
						      &m));
		ck_assert_ptr_eq(m, more[i].mod.data);
	}
	ck_assert_int_eq(ftrace_release_mod(&more[1].mod), 0);
	ck_assert_uint_eq(ftrace_location(fake_fn(&more[1], 3)), 0);
	ck_assert_uint_ne(ftrace_location(fake_fn(&more[0], 3)), 0);
	ck_assert_uint_ne(ftrace_location(fake_fn(&more[2], 3)), 0);
}
END_TEST

START_TEST(code)
{
	ck_assert_uint_eq(ftrace_code(NULL), 0);
	ck_assert_uint_eq(ftrace_code((void *)DIRECT_A), DIRECT_A);
}
END_TEST

Suite *suite_records(void)
{
	Suite *s = suite_create("records");
	TCase *c = tcase_create("records");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, NULL);
	tcase_add_test(c, function_or_site);
	tcase_add_test(c, nothing_else);
	tcase_add_test(c, module_of);
	tcase_add_test(c, from_and_at);
	tcase_add_test(c, several_modules);
	tcase_add_test(c, code);
	return s;
}
