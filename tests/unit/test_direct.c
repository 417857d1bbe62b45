/* SPDX-License-Identifier: MIT */
/* generic/direct.c: direct calls, alone and shared, near and far. */
#include <sys/mman.h>

#include "suites.h"

static struct fake_text text;
static struct fake_state before;
static struct probe p, q;

#define F (fake_fn(&text, 3))

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
	probe_init(&p, 0);
	probe_init(&q, 0);
	fake_save(&before, &text);
}

static void hits(unsigned long a, unsigned long b)
{
	fake_direct_hits[0] = fake_direct_hits[1] = 0;
	fake_call(&text, 3);
	ck_assert_uint_eq(fake_direct_hits[0], a);
	ck_assert_uint_eq(fake_direct_hits[1], b);
}

START_TEST(alone)
{
	ck_assert_uint_eq(ftrace_find_rec_direct(F), 0);
	ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(F), DIRECT_A);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_site(&text, 3)),
			  DIRECT_A);
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&text, 2)), 0);
	hits(1, 0);
	ck_assert_int_eq(modify_ftrace_direct(F, DIRECT_A, DIRECT_B), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(F), DIRECT_B);
	hits(0, 1);
	ck_assert_int_eq(modify_ftrace_direct(F, DIRECT_B, DIRECT_B), 0);
	hits(0, 1);
	ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_B), 0);
	hits(0, 0);
	ck_assert(fake_is(&text, 3, "NOP "));
	ck_assert_uint_eq(ftrace_find_rec_direct(F), 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(0), 0);
}
END_TEST

START_TEST(errors)
{
#define fails(err, call, ...) \
	expect_fail(-err, #call, call(__VA_ARGS__))
	unsigned long none = text.mod.text + 4;

	fails(EINVAL, register_ftrace_direct, F, 0);
	fails(ENODEV, register_ftrace_direct, none, DIRECT_A);
	fails(ENODEV, unregister_ftrace_direct, none, DIRECT_A);
	fails(ENODEV, unregister_ftrace_direct, F, DIRECT_A);
	fails(EINVAL, unregister_ftrace_direct, F, 0);
	fails(ENODEV, modify_ftrace_direct, none, DIRECT_A, DIRECT_B);
	fails(ENODEV, modify_ftrace_direct, F, DIRECT_A, DIRECT_B);
	fails(EINVAL, modify_ftrace_direct, F, DIRECT_A, 0);
	fails(EINVAL, modify_ftrace_direct, F, 0, DIRECT_B);
	fake_same(&before, &text);
	ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	fails(EBUSY, register_ftrace_direct, F, DIRECT_A);
	fails(EBUSY, register_ftrace_direct, F, DIRECT_B);
	fails(EINVAL, unregister_ftrace_direct, F, DIRECT_B);
	fails(EINVAL, modify_ftrace_direct, F, DIRECT_B, DIRECT_A);
	fails(EINVAL, modify_ftrace_direct, F, DIRECT_A, 0);
	hits(1, 0);
	ck_assert_int_eq(modify_ftrace_direct(F, DIRECT_A, DIRECT_B), 0);
	ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_B), 0);
}
END_TEST

START_TEST(disabled_site)
{
	static struct fake_text t;

	fake_text_map(&t, 4);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	expect_fail(-ENODEV, "register_ftrace_direct",
		    register_ftrace_direct(fake_fn(&t, 0), DIRECT_A));
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&t, 0), DIRECT_A), 0);
}
END_TEST

/* Callbacks first, then the direct function, whoever came first. */
START_TEST(shared)
{
	unsigned long regs = _i & 2 ? FTRACE_OPS_FL_SAVE_REGS : 0;

	probe_init(&p, regs);
	if (_i & 1)
		ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	if (!(_i & 1))
		ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	hits(1, 0);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	hits(1, 0);
	ck_assert(p.hits == 2 && q.hits == 1);
	ck_assert_int_eq(modify_ftrace_direct(F, DIRECT_A, DIRECT_B), 0);
	hits(0, 1);
	ck_assert(p.hits == 3 && q.hits == 2);
	if (_i & 4)
		ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_B), 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unregister_ftrace_function(&q.ops), 0);
	hits(0, !(_i & 4));
	if (!(_i & 4))
		ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_B), 0);
	hits(0, 0);
	ck_assert(p.hits == 3 && q.hits == 2);
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

/* A copy of a direct function beyond any branch: entered through a thunk. */
static unsigned long far_away;

static void far_direct(struct pt_regs *cpu)
{
	cpu->ret++;
}

static void find_far(void)
{
	unsigned long d = (unsigned long)far_direct, s = text.mod.text;

	/* The program lies far from what mmap gives, or there is no far. */
	far_away = s > d ? s - d : d - s;
	ck_assert_uint_gt(far_away, 0x7fffffffUL);
}

START_TEST(far)
{
	unsigned long target = (unsigned long)far_direct, addr;
	struct pt_regs cpu = { .ret = 0 };
	struct ftrace_set *set;

	find_far();
	ck_assert_int_eq(register_ftrace_direct(F, target), 0);
	set = ftrace_set_by_id(fake_rec(&text, 3)->set);
	ftrace_lock("test");
	ck_assert_int_eq(ftrace_get_addr_new(text.mod.data, fake_rec(&text, 3),
					    set, &addr), 0);
	ftrace_unlock();
	ck_assert_uint_ne(addr, target);
	ck_assert_uint_eq(fake_insn_target(fake_site(&text, 3)), addr);
	ck_assert_uint_eq(fake_run(F, &cpu), fake_site(&text, 3) + 8);
	ck_assert_uint_eq(cpu.ret, 1);
	ck_assert_int_eq(modify_ftrace_direct(F, target, DIRECT_A), 0);
	hits(1, 0);
	ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_A), 0);
	ck_assert(fake_is(&text, 3, "NOP "));
}
END_TEST

/* In reach: the site calls it itself, and no thunk is made. */
START_TEST(near_is_patched_in)
{
	unsigned long near = fake_fn(&text, 7);

	ck_assert_int_eq(register_ftrace_direct(F, near), 0);
	ck_assert_uint_eq(fake_insn_target(fake_site(&text, 3)), near);
	ck_assert_uint_eq(fake_stats().thunks, 0);
	ck_assert_int_eq(modify_ftrace_direct(F, near, near + 8), 0);
	ck_assert_uint_eq(fake_insn_target(fake_site(&text, 3)), near + 8);
	ck_assert_int_eq(unregister_ftrace_direct(F, near + 8), 0);
	ck_assert(fake_is(&text, 3, "NOP "));
}
END_TEST

/* Each failure changes nothing, and the same call then succeeds. */
START_TEST(retry)
{
	static const struct {
		enum fake_service s;
		int err;
	} way[] = {
		{ FAKE_ALLOC, -ENOMEM },	{ FAKE_ALLOC_PAGES, -ENOMEM },
		{ FAKE_TEXT_OPEN, -EPERM },	{ FAKE_SYNC_CORE, -EPERM },
		{ FAKE_PROTECT, -EPERM },	{ FAKE_TEXT_CHECK, -EFAULT },
	};

	fake_fail(way[_i].s, 1);
	expect_fail(way[_i].err, "register_ftrace_direct",
		    register_ftrace_direct(F, DIRECT_A));
	fake_same(&before, &text);
	ck_assert_uint_eq(ftrace_find_rec_direct(F), 0);
	ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	hits(1, 0);
	if (way[_i].s == FAKE_PROTECT)
		return;
	fake_fail(way[_i].s, 1);
	expect_fail(way[_i].err, "modify_ftrace_direct",
		    modify_ftrace_direct(F, DIRECT_A, DIRECT_B));
	hits(1, 0);
	ck_assert_int_eq(modify_ftrace_direct(F, DIRECT_A, DIRECT_B), 0);
	if (way[_i].s == FAKE_ALLOC)
		return;
	fake_fail(way[_i].s, 1);
	expect_fail(way[_i].err, "unregister_ftrace_direct",
		    unregister_ftrace_direct(F, DIRECT_B));
	hits(0, 1);
	ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_B), 0);
	hits(0, 0);
}
END_TEST

START_TEST(foreign_bytes)
{
	fake_poke(&text, 3, "INT3\0\0\0\0");
	expect_fail(-EINVAL, "register_ftrace_direct",
		    register_ftrace_direct(F, DIRECT_A));
	fake_poke(&text, 3, FAKE_INSN_NOP);
	fake_same(&before, &text);
	ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
}
END_TEST

/* A kill never takes a direct call away; its own unregister does. */
START_TEST(after_a_kill)
{
	if (_i)
		ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_direct(F, DIRECT_A), 0);
	ftrace_kill();
	hits(1, 0);
	ck_assert_uint_eq(p.hits, 0);
	ck_assert_uint_eq(ftrace_find_rec_direct(F), DIRECT_A);
	expect_fail(-ENODEV, "modify_ftrace_direct",
		    modify_ftrace_direct(F, DIRECT_A, DIRECT_B));
	expect_fail(-EINVAL, "unregister_ftrace_direct",
		    unregister_ftrace_direct(F, DIRECT_B));
	ck_assert_int_eq(unregister_ftrace_direct(F, DIRECT_A), 0);
	hits(0, 0);
	ck_assert(fake_is(&text, 3, "NOP "));
	ck_assert_uint_eq(ftrace_find_rec_direct(F), 0);
}
END_TEST

Suite *suite_direct(void)
{
	Suite *s = suite_create("direct");
	TCase *c = tcase_create("direct");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, alone);
	tcase_add_test(c, errors);
	tcase_add_test(c, disabled_site);
	tcase_add_loop_test(c, shared, 0, 8);
	tcase_add_test(c, far);
	tcase_add_test(c, near_is_patched_in);
	tcase_add_loop_test(c, retry, 0, 6);
	tcase_add_test(c, foreign_bytes);
	tcase_add_loop_test(c, after_a_kill, 0, 2);
	return s;
}
