/* SPDX-License-Identifier: MIT */
/* generic/bug.c: what is wrong with a site, in full. */
#include "suites.h"

static struct fake_text text;
static struct probe p, q;

static void start(void)
{
	fake_setup();
	fake_text_named(&text, 8);
	probe_init(&p, 0);
	probe_init(&q, FTRACE_OPS_FL_SAVE_REGS);
}

static unsigned long fake_rec_target(const struct fake_text *t, size_t i)
{
	unsigned long addr;

	ck_assert_int_eq(ftrace_get_addr_curr(t->mod.data, fake_rec(t, i),
					      &addr), 0);
	return addr;
}

START_TEST(words_for_each_error)
{
	static const struct {
		int err;
		const char *words;
	} say[] = {
		{ -EFAULT, "ftrace faulted on reading f5 [0x" },
		{ -EINVAL, "ftrace found other bytes than it must f5 [0x" },
		{ -EPERM, "ftrace cannot write f5 [0x" },
		{ -ERANGE, "ftrace has no way that reaches that far f5 [0x" },
		{ -EAGAIN, "ftrace cannot change this site while threads run" },
		{ -ENOMEM, "ftrace has no memory f5" },
		{ -EIO, "ftrace failed f5" },
	};

	ftrace_lock("test");
	ftrace_bug(say[_i].err, fake_rec(&text, 5));
	ftrace_unlock();
	ck_assert_int_eq(strncmp(fake.log[0], "------------[ ftrace bug ]---",
				 29), 0);
	expect_logged(say[_i].words);
	/* No bytes were being looked for: a line less. */
	ck_assert_uint_eq(fake.nr_log, 2);
	ck_assert_str_eq(fake.log[1], " record:   nop (0)");
}
END_TEST

START_TEST(whole_report)
{
	char want[256];

	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 7), DIRECT_A),
			 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	fake_poke(&text, 7, "INT3\1\2\3\xff");
	fake_log_clear();
	ck_assert_int_eq(register_ftrace_function(&p.ops), -EINVAL);
	ck_assert_uint_eq(fake.nr_log, 4);
	snprintf(want, sizeof(want), "f7 [0x%lx]", fake_site(&text, 7));
	ck_assert_ptr_nonnull(strstr(fake.log[0], want));
	ck_assert_ptr_nonnull(strstr(fake.log[0], "], from call to call"));
	ck_assert_ptr_nonnull(strstr(fake.log[1], " actual:   49 4e 54 33 01 "
				     "02 03 ff  expected: 43 41 4c 4c "));
	snprintf(want, sizeof(want), "  at 0x%lx", fake_site(&text, 7));
	ck_assert_ptr_nonnull(strstr(fake.log[1], want));
	snprintf(want, sizeof(want), " record:   enabled R D (2) ops 0x%lx "
		 "(0x%lx) direct-->0x%lx tramp: 0x%lx", (unsigned long)&q,
		 (unsigned long)q.ops.func, DIRECT_A,
		 fake_rec_target(&text, 7));
	ck_assert_str_eq(fake.log[2], want);
	fake.differ = 1;
}
END_TEST

START_TEST(flags)
{
	struct dyn_ftrace rec = {
		.ip = 0x1230,
		.flags = FTRACE_FL_ENABLED | FTRACE_FL_IPMODIFY |
			 FTRACE_FL_PERMANENT | FTRACE_FL_DISABLED | 7,
	};

	ftrace_lock("test");
	ftrace_bug(-EIO, &rec);
	ftrace_unlock();
	expect_logged("ftrace failed ? [0x1230]");
	ck_assert_str_eq(fake.log[1], " record:   enabled I P disabled (7)");
}
END_TEST

/* What was to be done, in words; a client by the name of its callback. */
START_TEST(operation)
{
	char want[256];

	q.ops.func = (ftrace_func_t)fake_fn(&text, 2);
	probe_on(&q, &text, 3);
	probe_on(&p, &text, 3);
	fake_fail(FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(register_ftrace_function(&q.ops), -EPERM);
	expect_logged("], from nop to call");
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	fake_fail(FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(register_ftrace_function(&p.ops), -EPERM);
	expect_logged("], from call to call");
	snprintf(want, sizeof(want), " record:   enabled R (1) ops 0x%lx "
		 "(f2+0x0/0x20 [fake]) tramp: 0x%lx", (unsigned long)&q,
		 fake_rec_target(&text, 3));
	expect_logged(want);
	fake_fail(FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(unregister_ftrace_function(&q.ops), -EPERM);
	expect_logged("], from call to nop");
}
END_TEST

/* An error without bytes does not show those of the last one. */
START_TEST(no_stale_bytes)
{
	fake_poke(&text, 3, "INT3\0\0\0\0");
	ck_assert_int_eq(register_ftrace_function(&p.ops), -EINVAL);
	fake_poke(&text, 3, FAKE_INSN_NOP);
	expect_logged("actual: ");
	fake_log_clear();
	fake_fail(FAKE_ALLOC_PAGES, 1);
	ck_assert_int_eq(register_ftrace_function(&p.ops), -ENOMEM);
	ck_assert(!fake_logged("actual: "));
	expect_logged("no memory");
	ck_assert(!fake_logged("does not hold"));
}
END_TEST

Suite *suite_bug(void)
{
	Suite *s = suite_create("bug");
	TCase *c = tcase_create("bug");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_loop_test(c, words_for_each_error, 0, 7);
	tcase_add_test(c, whole_report);
	tcase_add_test(c, flags);
	tcase_add_test(c, operation);
	tcase_add_test(c, no_stale_bytes);
	return s;
}
