/* SPDX-License-Identifier: MIT */
/* generic/state.c: flags against their twins, and what has to be done. */
#include "suites.h"

#define EN (FTRACE_FL_ENABLED | FTRACE_FL_TOUCHED)

static struct fake_text text;
static struct ftrace_ops ops[2];

static struct ftrace_set *set_of(unsigned int nr, unsigned long direct)
{
	struct ftrace_ops *list[2] = { &ops[0], &ops[1] };
	struct ftrace_set_key key = { list, nr, direct, false };
	struct ftrace_set *set = ftrace_set_get(&key);

	ck_assert_ptr_nonnull(set);
	return set;
}

static void start(unsigned long flags)
{
	fake_text_make(&text, 4);
	ops[0].func = ops[1].func = ftrace_stub;
	ops[0].flags = flags;
}

/* Every flag that a set gives its records, and the twins at count 1 only. */
START_TEST(flags_of_sets)
{
	static const struct {
		unsigned long ops;
		unsigned int nr;
		unsigned long direct;
		uint64_t wanted, twins;
	} row[] = {
		{ 0, 1, 0, FTRACE_FL_TRAMP | FTRACE_FL_CALL_OPS,
		  FTRACE_FL_TRAMP_EN | FTRACE_FL_CALL_OPS_EN },
		{ 0, 2, 0, 0, 0 },
		{ FTRACE_OPS_FL_SAVE_REGS, 2, 0, FTRACE_FL_REGS,
		  FTRACE_FL_REGS_EN },
		{ FTRACE_OPS_FL_IPMODIFY, 2, 0,
		  FTRACE_FL_IPMODIFY | FTRACE_FL_MODIFIED, 0 },
		{ FTRACE_OPS_FL_PERMANENT, 2, 0, FTRACE_FL_PERMANENT, 0 },
		{ 0, 0, 1, FTRACE_FL_DIRECT | FTRACE_FL_MODIFIED,
		  FTRACE_FL_DIRECT_EN },
		{ 0, 1, 1, FTRACE_FL_DIRECT | FTRACE_FL_MODIFIED, 0 },
	};
	struct dyn_ftrace rec = { .flags = FTRACE_FL_PRIVATE };
	struct ftrace_set *set;

	start(row[_i].ops);
	set = set_of(row[_i].nr, row[_i].direct);
	ck_assert_int_eq(ftrace_test_record(&rec, set),
			 FTRACE_UPDATE_MAKE_CALL);
	ck_assert_uint_eq(rec.flags, FTRACE_FL_PRIVATE);
	ck_assert_int_eq(ftrace_update_record(&rec, set, set),
			 FTRACE_UPDATE_MAKE_CALL);
	ck_assert_uint_eq(rec.flags, FTRACE_FL_PRIVATE + EN + row[_i].wanted +
			  row[_i].twins + row[_i].nr + !!row[_i].direct);
	ck_assert_uint_eq(rec.set, set->id);
	ck_assert_uint_eq(set->users, 1);
	ck_assert_int_eq(ftrace_test_record(&rec, set), FTRACE_UPDATE_IGNORE);
	ck_assert_int_eq(ftrace_update_record(&rec, NULL, NULL),
			 FTRACE_UPDATE_MAKE_NOP);
	ck_assert_uint_eq(set->users, 0);
	ck_assert_uint_eq(rec.flags, FTRACE_FL_PRIVATE + FTRACE_FL_TOUCHED +
			  (row[_i].wanted & FTRACE_FL_MODIFIED));
}
END_TEST

/* A twin that differs is reason enough; so is another set. */
START_TEST(modify)
{
	static const uint64_t twin[] = {
		FTRACE_FL_REGS_EN, FTRACE_FL_TRAMP_EN, FTRACE_FL_DIRECT_EN,
		FTRACE_FL_CALL_OPS_EN,
	};
	struct ftrace_ops *list[2] = { &ops[0], &ops[1] };
	struct ftrace_set_key key = { list, 1, 0, false };
	struct dyn_ftrace rec = { .flags = 0 };
	size_t i;

	start(0);
	ftrace_update_record(&rec, set_of(1, 0), set_of(1, 0));
	for (i = 0; i < 4; i++) {
		rec.flags ^= twin[i];
		ck_assert_int_eq(ftrace_test_record(&rec, set_of(1, 0)),
				 FTRACE_UPDATE_MODIFY_CALL);
		rec.flags ^= twin[i];
	}
	key.ops++;
	ck_assert_int_eq(ftrace_test_record(&rec, ftrace_set_get(&key)),
			 FTRACE_UPDATE_MODIFY_CALL);
	ck_assert_int_eq(ftrace_test_record(&rec, set_of(2, 0)),
			 FTRACE_UPDATE_MODIFY_CALL);
	ck_assert_int_eq(ftrace_update_record(&rec, set_of(2, 0),
					      set_of(2, 0)),
			 FTRACE_UPDATE_MODIFY_CALL);
	ck_assert_uint_eq(set_of(1, 0)->users, 0);
	ck_assert_uint_eq(set_of(2, 0)->users, 1);
	/* Of a record that no module has. */
	fake.differ = 1;
}
END_TEST

START_TEST(disabled_is_ignored)
{
	struct dyn_ftrace rec = { .flags = FTRACE_FL_DISABLED };

	start(0);
	ck_assert_int_eq(ftrace_test_record(&rec, set_of(1, 0)),
			 FTRACE_UPDATE_IGNORE);
	/* One that calls already is not let alone. */
	rec.flags |= FTRACE_FL_ENABLED;
	ck_assert_int_eq(ftrace_test_record(&rec, NULL),
			 FTRACE_UPDATE_MAKE_NOP);
}
END_TEST

/* The direct function alone, else a thunk; 0 for none. */
START_TEST(addresses)
{
	unsigned long near, addr;
	struct dyn_ftrace *rec;

	start(0);
	rec = fake_rec(&text, 1);
	near = fake_fn(&text, 3);
	ftrace_lock("test");
	ck_assert_int_eq(ftrace_get_addr_curr(text.mod.data, rec, &addr), 0);
	ck_assert_uint_eq(addr, 0);
	ck_assert_int_eq(ftrace_get_addr_new(text.mod.data, rec,
					     set_of(0, near), &addr), 0);
	ck_assert_uint_eq(addr, near);
	ck_assert_int_eq(ftrace_get_addr_new(text.mod.data, rec,
					     set_of(1, near), &addr), 0);
	ck_assert(addr && addr != near);
	ck_assert_int_eq(memcmp((void *)addr, "THUNK", 6), 0);
	ftrace_unlock();
}
END_TEST

Suite *suite_state(void)
{
	Suite *s = suite_create("state");
	TCase *c = fake_case(s, "state");

	tcase_add_loop_test(c, flags_of_sets, 0, 7);
	tcase_add_test(c, modify);
	tcase_add_test(c, disabled_is_ignored);
	tcase_add_test(c, addresses);
	return s;
}
