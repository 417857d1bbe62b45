/* SPDX-License-Identifier: MIT */
/* generic/host.c: which host is in force. */
#include "suites.h"

START_TEST(linux_is_the_default)
{
	ck_assert_ptr_null(ftrace_host);
	ck_assert_ptr_eq(ftrace_host_get(), ftrace_linux_host());
	ck_assert_ptr_eq(ftrace_host, ftrace_linux_host());
}
END_TEST

START_TEST(null_is_refused)
{
	ck_assert_int_eq(ftrace_set_host(NULL), -EINVAL);
	ck_assert_ptr_null(ftrace_host);
}
END_TEST

START_TEST(wrong_size_is_refused)
{
	fake_host_build();
	fake_host.size--;
	ck_assert_int_eq(ftrace_set_host(&fake_host), -EINVAL);
	fake_host.size += 2;
	ck_assert_int_eq(ftrace_set_host(&fake_host), -EINVAL);
	ck_assert_ptr_null(ftrace_host);
	fake_host.size--;
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
	ck_assert_ptr_eq(ftrace_host_get(), &fake_host);
}
END_TEST

#define FIRST offsetof(struct ftrace_host_ops, page_size)
#define LAST offsetof(struct ftrace_host_ops, text_poke)
#define MEMBERS ((int)((LAST - FIRST) / sizeof(void (*)(void))))

/* Each member in turn, from the first to the last that must be there. */
START_TEST(missing_member_is_refused)
{
	fake_host_build();
	memset((char *)&fake_host + FIRST + (size_t)_i * sizeof(void *), 0,
	       sizeof(void *));
	ck_assert_int_eq(ftrace_set_host(&fake_host), -EINVAL);
	ck_assert_ptr_null(ftrace_host);
	fake_host_build();
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
}
END_TEST

START_TEST(frames_may_be_missing)
{
	static struct fake_text t;
	static struct probe p;

	fake_host_build();
	fake_host.register_frames = NULL;
	fake_host.deregister_frames = NULL;
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
	fake_text_make(&t, 4);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, 0);
	ck_assert_uint_eq(p.hits, 1);
	fake_text_drop(&t);
}
END_TEST

/* One of the two is enough to come through a module's whole life. */
START_TEST(one_of_the_frame_calls_may_be_missing)
{
	static struct fake_text t;
	static struct probe p;

	fake_host_build();
	fake_host.deregister_frames = NULL;
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
	fake_text_make(&t, 4);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	fake_text_drop(&t);
}
END_TEST

START_TEST(set_twice)
{
	static struct ftrace_host_ops other;

	fake_host_build();
	other = fake_host;
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
	ck_assert_int_eq(ftrace_set_host(&other), -EBUSY);
	ck_assert_ptr_eq(ftrace_host_get(), &fake_host);
}
END_TEST

START_TEST(busy_after_first_use)
{
	fake_host_build();
	ck_assert_ptr_nonnull(ftrace_host_get());
	ck_assert_int_eq(ftrace_set_host(&fake_host), -EBUSY);
	ck_assert_ptr_eq(ftrace_host_get(), ftrace_linux_host());
}
END_TEST

START_TEST(harmless_calls_do_not_choose_a_host)
{
	fake_host_build();
	ck_assert_uint_eq(ftrace_location((unsigned long)&fake), 0);
	ck_assert_int_eq(ftrace_is_dead(), 0);
	ck_assert_uint_eq(ftrace_arch_features(), FTRACE_ARCH_FEATURES);
	ck_assert_int_eq(ftrace_set_host(&fake_host), 0);
}
END_TEST

Suite *suite_host(void)
{
	Suite *s = suite_create("host");
	TCase *c = tcase_create("host");

	suite_add_tcase(s, c);
	tcase_add_test(c, linux_is_the_default);
	tcase_add_test(c, null_is_refused);
	tcase_add_test(c, wrong_size_is_refused);
	tcase_add_loop_test(c, missing_member_is_refused, 0, MEMBERS);
	tcase_add_test(c, frames_may_be_missing);
	tcase_add_test(c, one_of_the_frame_calls_may_be_missing);
	tcase_add_test(c, set_twice);
	tcase_add_test(c, busy_after_first_use);
	tcase_add_test(c, harmless_calls_do_not_choose_a_host);
	return s;
}
