/* SPDX-License-Identifier: MIT */
/* generic/log.c: text without stdio, and the hook. */
#include <ftrace/version.h>

#include "suites.h"

/* Room of every size up to more than enough: as snprintf, never beyond. */
START_TEST(room_for_each_length)
{
	static const char whole[] = "ab12345fx0x7fcd 0a ff";
	char room[40];
	struct ftrace_buf b;
	size_t size = (size_t)_i;

	memset(room, '#', sizeof(room));
	ftrace_buf_init(&b, room, size);
	ftrace_put(&b, "ab");
	ftrace_put_dec(&b, 12345);
	ftrace_put_n(&b, "fxxx", 2);
	ftrace_put_hex(&b, 0x7f);
	ftrace_put_bytes(&b, "\xcd\x0a\xff", 3);
	ck_assert_uint_eq(b.len, strlen(whole));
	if (size) {
		ck_assert_uint_eq(strlen(room),
				  size > strlen(whole) ? strlen(whole) :
							 size - 1);
		ck_assert_int_eq(strncmp(room, whole, strlen(room)), 0);
	}
	for (; size < sizeof(room); size++)
		ck_assert_int_eq(room[size], '#');
}
END_TEST

START_TEST(empty_text)
{
	char room[2] = "##";
	struct ftrace_buf b;

	ftrace_buf_init(&b, NULL, 0);
	ftrace_put(&b, "x");
	ck_assert_uint_eq(b.len, 1);
	ftrace_buf_init(&b, room, 1);
	ck_assert_int_eq(room[0], 0);
	ck_assert_int_eq(room[1], '#');
	ftrace_put(&b, "");
	ftrace_put_bytes(&b, "", 0);
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

START_TEST(numbers)
{
	static const unsigned long v[] = { 0, 1, 9, 10, 15, 16, 99, 255, 256,
					   1000, ~0UL, ~0UL / 2, ~0UL - 9 };
	char got[64], want[64];
	struct ftrace_buf b;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ftrace_buf_init(&b, got, sizeof(got));
		ftrace_put_dec(&b, v[i]);
		ftrace_put(&b, " ");
		ftrace_put_hex(&b, v[i]);
		snprintf(want, sizeof(want), "%lu 0x%lx", v[i], v[i]);
		ck_assert_str_eq(got, want);
	}
}
END_TEST

START_TEST(fail_says_call_and_reason)
{
	ck_assert_int_eq(ftrace_fail("call", "reason", -EBUSY), -EBUSY);
	ck_assert_str_eq(fake.log[0], "libftrace: call: reason (error 16)");
	ck_assert_int_eq(ftrace_fail_at("call", "reason", 0xab0, -EPERM),
			 -EPERM);
	ck_assert_str_eq(fake.log[1],
			 "libftrace: call: reason at 0xab0 (error 1)");
	ck_assert_uint_eq(fake.nr_log, 2);
}
END_TEST

START_TEST(long_line_is_cut)
{
	char reason[400];

	memset(reason, 'r', sizeof(reason));
	reason[399] = 0;
	ck_assert_int_eq(ftrace_fail("call", reason, -EBUSY), -EBUSY);
	ck_assert_uint_eq(strlen(fake.log[0]), 255);
	ck_assert_int_eq(strncmp(fake.log[0], "libftrace: call: rrr", 20), 0);
}
END_TEST

static char hooked[256];

static void hook(const char *line)
{
	snprintf(hooked, sizeof(hooked), "%s", line);
}

START_TEST(hook_instead_of_host)
{
	ftrace_set_log(hook);
	ftrace_log("one");
	ck_assert_str_eq(hooked, "one");
	ck_assert_uint_eq(fake.nr_log, 0);
	ftrace_set_log(NULL);
	ftrace_log("two");
	ck_assert_str_eq(hooked, "one");
	ck_assert_str_eq(fake.log[0], "two");
}
END_TEST

/* A hook set first does not use up the choice of a host. */
START_TEST(hook_before_host)
{
	ftrace_set_log(hook);
	ftrace_log("early");
	ck_assert_str_eq(hooked, "early");
	ck_assert_ptr_null(ftrace_host);
}
END_TEST

START_TEST(version)
{
	ck_assert_uint_eq(ftrace_version(),
			  (unsigned int)(LIBFTRACE_VERSION_MAJOR << 16 |
					 LIBFTRACE_VERSION_MINOR << 8 |
					 LIBFTRACE_VERSION_PATCH));
}
END_TEST

Suite *suite_log(void)
{
	Suite *s = suite_create("log");
	TCase *c = fake_case(s, "log");
	TCase *fresh = tcase_create("fresh");

	tcase_add_loop_test(c, room_for_each_length, 0, 30);
	tcase_add_test(c, empty_text);
	tcase_add_test(c, numbers);
	tcase_add_test(c, fail_says_call_and_reason);
	tcase_add_test(c, long_line_is_cut);
	tcase_add_test(c, hook_instead_of_host);
	tcase_add_test(c, version);
	suite_add_tcase(s, fresh);
	tcase_add_test(fresh, hook_before_host);
	return s;
}
