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
	unsigned long lowest = fake_site(&text, 0);
	static struct fake_text more[3];
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
	/* The lowest, whoever came first, and last. */
	for (i = 0; i < 3; i++)
		if (fake_site(&more[i], 0) < lowest)
			lowest = fake_site(&more[i], 0);
	for (i = 0; i < 4; i++) {
		struct ftrace_module *oldest = i ? &more[i - 1].mod : &text.mod;

		ck_assert_uint_eq(ftrace_location_range(0, ~0UL), lowest);
		ck_assert_int_eq(ftrace_release_mod(oldest), 0);
		ck_assert_int_eq(ftrace_module_init(oldest), 0);
		ck_assert_int_eq(ftrace_module_enable(oldest), 0);
	}
	ck_assert_int_eq(ftrace_release_mod(&more[1].mod), 0);
	ck_assert_uint_eq(ftrace_location(fake_fn(&more[1], 3)), 0);
	ck_assert_uint_ne(ftrace_location(fake_fn(&more[0], 3)), 0);
	ck_assert_uint_ne(ftrace_location(fake_fn(&more[2], 3)), 0);
}
END_TEST

/* The site that holds @a, 0 for none; with what stands before its call. */
static unsigned long owner(const struct fake_text *t, unsigned long a,
			   bool whole)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		unsigned long from = whole ? fake_fn(t, i) : fake_site(t, i);

		if (a >= from && a < fake_site(t, i) + MCOUNT_INSN_SIZE)
			return fake_site(t, i);
	}
	return 0;
}

START_TEST(ranges)
{
	unsigned long a, b, lo = text.mod.text - 4, hi = text.mod.text_end + 4;

	for (a = lo; a < hi; a++) {
		unsigned long site = 0;
		bool reserved = false;

		for (b = a; b < a + 70 && b < hi; b++) {
			if (!site)
				site = owner(&text, b, false);
			reserved |= owner(&text, b, true) != 0;
			ck_assert_uint_eq(ftrace_location_range(a, b), site);
			ck_assert_int_eq(!!ftrace_text_reserved((void *)a,
							       (void *)b),
					 reserved);
		}
	}
}
END_TEST

START_TEST(odd_ranges)
{
	static struct fake_text more;
	unsigned long first;

	fake_text_make(&more, 4);
	first = fake_site(more.at < text.at ? &more : &text, 0);
	ck_assert_uint_eq(ftrace_location_range(0, ~0UL), first);
	ck_assert_int_ne(ftrace_text_reserved(NULL, (void *)~0UL), 0);
	ck_assert_uint_eq(ftrace_location_range(0, 0), 0);
	ck_assert_uint_eq(ftrace_location_range(~0UL, ~0UL), 0);
	ck_assert_int_eq(ftrace_text_reserved(NULL, NULL), 0);
	/* The wrong way round, outside a site and in one. */
	ck_assert_uint_eq(ftrace_location_range(first + 4, first + 2), 0);
	ck_assert_int_eq(ftrace_text_reserved((void *)(first + 4),
					      (void *)(first + 2)), 0);
	ck_assert_uint_eq(ftrace_location_range(first + 8, first), 0);
	ck_assert_int_eq(ftrace_text_reserved((void *)(first + 8),
					      (void *)first), 0);
	ck_assert_int_eq(ftrace_release_mod(&more.mod), 0);
	ck_assert_int_eq(ftrace_release_mod(&text.mod), 0);
	ck_assert_uint_eq(ftrace_location_range(0, ~0UL), 0);
	ck_assert_int_eq(ftrace_text_reserved(NULL, (void *)~0UL), 0);
}
END_TEST

/* A thread that gets no block cannot look: nothing is free to it. */
START_TEST(cannot_look)
{
	unsigned long ip = fake_site(&text, 2);

	fake_fail_n(FAKE_ALLOC_PAGES, 1, 1000);
	ck_assert_uint_eq(ftrace_location_range(ip, ip), 0);
	ck_assert_int_ne(ftrace_text_reserved((void *)(ip + 16),
					      (void *)(ip + 16)), 0);
	fake_heal();
	ck_assert_uint_eq(ftrace_location_range(ip, ip), ip);
	ck_assert_int_eq(ftrace_text_reserved((void *)(ip + 16),
					      (void *)(ip + 16)), 0);
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
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, function_or_site);
	tcase_add_test(c, nothing_else);
	tcase_add_test(c, module_of);
	tcase_add_test(c, from_and_at);
	tcase_add_test(c, several_modules);
	tcase_add_test(c, ranges);
	tcase_add_test(c, odd_ranges);
	tcase_add_test(c, cannot_look);
	tcase_add_test(c, code);
	return s;
}
