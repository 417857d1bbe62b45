/* SPDX-License-Identifier: MIT */
/* generic/keep.c: conservative modules, and their thunks, one a site. */
#include <unistd.h>

#include "suites.h"

#define THUNKS ((unsigned int)getpagesize() / FTRACE_KEEPER_SIZE)

static struct probe a, b;

static void start(void)
{
	fake_setup();
	probe_init(&a, 0);
	probe_init(&b, 0);
	fake_direct_hits[0] = fake_direct_hits[1] = 0;
}

static void on(struct probe *p)
{
	ck_assert_int_eq(register_ftrace_function(&p->ops), 0);
}

static void off(struct probe *p)
{
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), 0);
}

static void make(struct fake_text *t, size_t nr, const char *name)
{
	fake_text_map(t, nr);
	t->mod.name = name;
	ck_assert_int_eq(ftrace_module_init(&t->mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t->mod), 0);
}

static bool keeps(const struct fake_text *t)
{
	return t->mod.flags & FTRACE_MODULE_CONSERVATIVE;
}

static unsigned long thunk_of(const struct fake_text *t, size_t i)
{
	return fake_insn_target(fake_site(t, i));
}

/* Each site jumps to a thunk of its own, whoever its clients are. */
START_TEST(one_each)
{
	unsigned long thunk[3];
	static struct fake_text t;
	size_t i;

	fake_text_map(&t, 3);
	t.mod.flags = FTRACE_MODULE_CONSERVATIVE;
	fake.odd = _i;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	on(&a);
	for (i = 0; i < 3; i++) {
		ck_assert(fake_is(&t, i, "JUMP"));
		ck_assert_uint_eq(fake_rec(&t, i)->flags & FTRACE_FL_JUMP,
				  FTRACE_FL_JUMP);
		thunk[i] = thunk_of(&t, i);
		ck_assert_uint_eq(thunk[i], thunk[0] + i * FTRACE_KEEPER_SIZE);
		fake_call(&t, i);
		ck_assert_uint_eq(a.ip, fake_site(&t, i));
	}
	on(&b);
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(thunk_of(&t, i), thunk[i]);
		fake_call(&t, i);
	}
	ck_assert(a.hits == 6 && b.hits == 3);
	ck_assert_uint_eq(fake_stats().thunks, 3);
	off(&a);
	off(&b);
	for (i = 0; i < 3; i++)
		ck_assert(fake_is(&t, i, "NOP "));
}
END_TEST

/* More than a page of them: those of the same records in every order. */
START_TEST(pages)
{
	unsigned int nr = 3 * THUNKS;
	static struct fake_text t;
	unsigned int i;

	fake_text_map(&t, nr);
	t.mod.flags = FTRACE_MODULE_CONSERVATIVE;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	/* From the middle: the page before is made later. */
	probe_on(&b, &t, THUNKS);
	on(&b);
	fake_call(&t, THUNKS);
	on(&a);
	for (i = 0; i < nr; i++) {
		fake_call(&t, i);
		ck_assert_uint_eq(a.ip, fake_site(&t, i));
	}
	ck_assert_uint_eq(a.hits, nr);
	ck_assert_uint_eq(b.hits, 2);
	ck_assert_uint_eq(fake_stats().thunks, nr);
	ck_assert_uint_le(fake.calls[FAKE_ALLOC_NEAR], 4);
	off(&a);
	off(&b);
	fake_text_drop(&t);
	ck_assert_uint_eq(fake.frames, 0);
}
END_TEST

/* Direct calls go through the thunk too: it alone knows the way back. */
START_TEST(direct)
{
	static struct fake_text t;

	ck_assert_int_eq(ftrace_set_conservative("here"), 0);
	make(&t, 4, "/some/where/here");
	ck_assert(keeps(&t));
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&t, 1), DIRECT_A), 0);
	ck_assert(fake_is(&t, 1, "JUMP"));
	ck_assert_uint_ne(thunk_of(&t, 1), DIRECT_A);
	fake_call(&t, 1);
	on(&a);
	fake_call(&t, 1);
	ck_assert_int_eq(modify_ftrace_direct(fake_fn(&t, 1), DIRECT_A,
					      DIRECT_B), 0);
	fake_call(&t, 1);
	ck_assert(fake_direct_hits[0] == 2 && fake_direct_hits[1] == 1);
	ck_assert_uint_eq(a.hits, 2);
	off(&a);
	ck_assert_int_eq(unregister_ftrace_direct(fake_fn(&t, 1), DIRECT_B),
			 0);
	ck_assert(fake_is(&t, 1, "NOP "));
}
END_TEST

/* Who left the site before it became a nop goes on behind it. */
START_TEST(late)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT };
	unsigned long thunk, ip;
	static struct fake_text t;

	ck_assert_int_eq(ftrace_set_conservative("*"), 0);
	make(&t, 4, "m");
	on(&a);
	thunk = thunk_of(&t, 2);
	ip = fake_site(&t, 2);
	off(&a);
	ck_assert_uint_eq(fake_arrive(ip, thunk, &cpu), ip + MCOUNT_INSN_SIZE);
	ck_assert_uint_eq(a.hits, 0);
	on(&a);
	ck_assert_uint_eq(fake_arrive(ip, thunk, &cpu), ip + MCOUNT_INSN_SIZE);
	ck_assert_uint_eq(a.hits, 1);
	off(&a);
}
END_TEST

/* Modules that are here change too, unless they have been traced. */
START_TEST(request)
{
	static struct fake_text t, other;
	struct fake_state before;

	make(&t, 4, "/lib/one.so");
	make(&other, 4, "/lib/two.so");
	ck_assert_int_eq(ftrace_set_conservative("one*"), 0);
	ck_assert(keeps(&t) && !keeps(&other));
	on(&a);
	ck_assert(fake_is(&t, 0, "JUMP") && fake_is(&other, 0, "CALL"));
	fake_save(&before, &other);
	expect_fail(-EBUSY, "ftrace_set_conservative",
		    ftrace_set_conservative("two.so"));
	expect_logged("/lib/two.so");
	fake_same(&before, &other);
	off(&a);
	ck_assert_int_eq(ftrace_set_conservative("/lib/one.so"), 0);
}
END_TEST

START_TEST(errors)
{
	struct fake_state before;
	static struct fake_text t;

	make(&t, 4, "m");
	fake_save(&before, &t);
	expect_fail(-EINVAL, "ftrace_set_conservative",
		    ftrace_set_conservative(NULL));
	expect_fail(-EINVAL, "ftrace_set_conservative",
		    ftrace_set_conservative(""));
	fake_without_keep = true;
	expect_fail(-EOPNOTSUPP, "ftrace_set_conservative",
		    ftrace_set_conservative("m"));
	fake_without_keep = false;
	fake_fail(FAKE_ALLOC, 1);
	expect_fail(-ENOMEM, "ftrace_set_conservative",
		    ftrace_set_conservative("m"));
	/* Another patcher was at the second site. */
	fake_poke(&t, 1, FAKE_INSN_ODD);
	expect_fail(-EINVAL, "ftrace_set_conservative",
		    ftrace_set_conservative("m"));
	fake_poke(&t, 1, FAKE_INSN_NOP);
	ck_assert(!keeps(&t));
	fake_same(&before, &t);
	ck_assert_int_eq(ftrace_set_conservative("m"), 0);
	ck_assert(keeps(&t));
	ftrace_kill();
	expect_fail(-ENODEV, "ftrace_set_conservative",
		    ftrace_set_conservative("n"));
}
END_TEST

/* A module that cannot be had so is not had otherwise. */
START_TEST(refused)
{
	static struct fake_text t;

	fake_text_map(&t, 4);
	t.mod.flags = FTRACE_MODULE_CONSERVATIVE;
	fake_without_keep = true;
	expect_fail(-EOPNOTSUPP, "ftrace_module_init",
		    ftrace_module_init(&t.mod));
	fake_without_keep = false;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
}
END_TEST

/* SAVE_REGS or not, callbacks get what the entry has. */
START_TEST(registers)
{
	static struct fake_text t;

	ck_assert_int_eq(ftrace_set_conservative("m"), 0);
	make(&t, 4, "m");
	probe_init(&a, FTRACE_OPS_FL_SAVE_REGS);
	on(&a);
	fake_call(&t, 0);
	ck_assert_ptr_nonnull(a.regs);
	off(&a);
}
END_TEST

/* Every thunk of a page has the rules of one, and knows its site. */
START_TEST(frames)
{
	static const unsigned char keeper[] = { FTRACE_CFI_KEEPER };
	unsigned char buf[FTRACE_CFI_MAX +
			  64 * (FTRACE_CFI_SITE + sizeof(keeper))];
	struct ftrace_cfi_rows rows = { .rule = keeper, .size = sizeof(keeper) };
	size_t none = ftrace_cfi_build(buf, 0x1000, 0x1000, &rows), all;
	const unsigned char *p = buf + none - 4 - 7; /* where padding began */
	struct dyn_ftrace rec[64] = { { .ip = 0x1234 } };
	unsigned long at;

	rows.nr = 64;
	all = ftrace_cfi_build(buf, 0x1000, 0x1000, &rows);
	ck_assert_uint_eq(all - none, 64 * sizeof(keeper));
	rec[63].ip = 0x5678;
	rows.rec = rec;
	all = ftrace_cfi_build(buf, 0x1000, 0x1000, &rows);
	ck_assert_uint_eq(all - none, 64 * (sizeof(keeper) + FTRACE_CFI_SITE));
	/* DW_CFA_val_expression, 9 bytes: DW_OP_addr */
	while (p[0] != 0x16 || p[1] != FTRACE_CFI_RETURN_COLUMN)
		p++;
	ck_assert_uint_eq(p[2], 1 + sizeof(at));
	ck_assert_uint_eq(p[3], 0x03);
	memcpy(&at, p + 4, sizeof(at));
	ck_assert_uint_eq(at, 0x1234 + MCOUNT_INSN_SIZE);
	p += 63 * (FTRACE_CFI_SITE + sizeof(keeper));
	memcpy(&at, p + 4, sizeof(at));
	ck_assert_uint_eq(at, 0x5678 + MCOUNT_INSN_SIZE);
	ck_assert(p + 4 + sizeof(at) <= buf + all - 4);
}
END_TEST

Suite *suite_keep(void)
{
	Suite *s = suite_create("keep");
	TCase *c = fake_case(s, "keep");

	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_loop_test(c, one_each, 0, 2);
	tcase_add_test(c, pages);
	tcase_add_test(c, direct);
	tcase_add_test(c, late);
	tcase_add_test(c, request);
	tcase_add_test(c, errors);
	tcase_add_test(c, refused);
	tcase_add_test(c, registers);
	tcase_add_test(c, frames);
	return s;
}
