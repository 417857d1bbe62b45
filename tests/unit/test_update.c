/* SPDX-License-Identifier: MIT */
/* generic/update.c: records follow their clients, all or none. */
#include "suites.h"

static struct fake_text text;
static struct probe a, b, c;

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 16);
	probe_init(&a, 0);
	probe_init(&b, 0);
	probe_init(&c, 0);
}

static void on(struct probe *p)
{
	ck_assert_int_eq(register_ftrace_function(&p->ops), 0);
}

static void off(struct probe *p)
{
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), 0);
}

static uint64_t flags(size_t i)
{
	return fake_rec(&text, i)->flags;
}

#define ON (FTRACE_FL_ENABLED | FTRACE_FL_TOUCHED)

/* The kernel's own self-test, with its counts. */
START_TEST(selftest)
{
	static struct probe all;
	int round;

	probe_init(&all, 0);
	probe_on(&a, &text, 1);
	probe_on(&b, &text, 2);
	probe_on(&c, &text, 1);
	probe_on(&c, &text, 2);
	on(&a);
	on(&b);
	on(&c);
	fake_call(&text, 1);
	ck_assert(a.hits == 1 && b.hits == 0 && c.hits == 1);
	fake_call(&text, 2);
	ck_assert(a.hits == 1 && b.hits == 1 && c.hits == 2);
	on(&all);
	fake_call(&text, 1);
	ck_assert(a.hits == 2 && b.hits == 1 && c.hits == 3);
	fake_call(&text, 2);
	ck_assert(a.hits == 2 && b.hits == 2 && c.hits == 4);
	ck_assert_uint_eq(all.hits, 2);
	ck_assert_int_eq(ftrace_set_filter_ip(&c.ops, fake_fn(&text, 1), 1, 0),
			 0);
	fake_call(&text, 1);
	ck_assert(a.hits == 3 && b.hits == 2 && c.hits == 4);
	fake_call(&text, 2);
	ck_assert(a.hits == 3 && b.hits == 3 && c.hits == 5);
	off(&all);
	off(&a);
	off(&b);
	off(&c);
	for (round = 1; round < 3; round++)
		fake_call(&text, (size_t)round);
	ck_assert(a.hits == 3 && b.hits == 3 && c.hits == 5);
	ck_assert_uint_eq(all.hits, 4);
}
END_TEST

/* One ops and nothing else: its thunk calls it, and the slot names it. */
#define ONE (ON + FTRACE_FL_TRAMP + FTRACE_FL_TRAMP_EN + FTRACE_FL_CALL_OPS + \
	     FTRACE_FL_CALL_OPS_EN + 1)

START_TEST(counts_and_flags)
{
	probe_on(&a, &text, 3);
	ck_assert_uint_eq(flags(3), 0);
	on(&a);
	ck_assert_uint_eq(flags(3), ONE);
	ck_assert_uint_eq(flags(4), 0);
	on(&b);
	ck_assert_uint_eq(flags(3), ON + 2);
	ck_assert_uint_eq(flags(4), ONE);
	probe_init(&c, FTRACE_OPS_FL_SAVE_REGS);
	on(&c);
	ck_assert_uint_eq(flags(3), ON + FTRACE_FL_REGS + FTRACE_FL_REGS_EN +
				    3);
	off(&c);
	ck_assert_uint_eq(flags(3), ON + 2);
	off(&a);
	ck_assert_uint_eq(flags(3), ONE);
	off(&b);
	ck_assert_uint_eq(flags(3), FTRACE_FL_TOUCHED);
	ck_assert_uint_eq(fake_rec(&text, 3)->set, 0);
}
END_TEST

START_TEST(direct_flags)
{
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 3), DIRECT_A),
			 0);
	ck_assert_uint_eq(flags(3), ON + FTRACE_FL_MODIFIED +
				    FTRACE_FL_DIRECT + FTRACE_FL_DIRECT_EN + 1);
	on(&a);
	ck_assert_uint_eq(flags(3), ON + FTRACE_FL_MODIFIED +
				    FTRACE_FL_DIRECT + 2);
	ck_assert_int_eq(unregister_ftrace_direct(fake_fn(&text, 3), DIRECT_A),
			 0);
	ck_assert_uint_eq(flags(3), ONE + FTRACE_FL_MODIFIED);
}
END_TEST

/* As many as a record can count are too many. */
START_TEST(too_many_clients)
{
	unsigned long ip = fake_fn(&text, 3);
	struct ftrace_set *set;

	on(&a);
	ck_assert_int_eq(register_ftrace_direct(ip, DIRECT_A), 0);
	set = ftrace_set_by_id(fake_rec(&text, 3)->set);
	set->nr = FTRACE_REF_MAX;
	expect_fail(-EOVERFLOW, "modify_ftrace_direct",
		    modify_ftrace_direct(ip, DIRECT_A, DIRECT_A));
	set->nr = 1;
	ck_assert_int_eq(modify_ftrace_direct(ip, DIRECT_A, DIRECT_A), 0);
}
END_TEST

#define MOVES (FTRACE_FL_IPMODIFY + FTRACE_FL_MODIFIED)

static void ipmodify(struct probe *p, size_t i)
{
	probe_init(p, FTRACE_OPS_FL_IPMODIFY);
	probe_on(p, &text, i);
}

/* One client that moves the instruction pointer per function. */
START_TEST(ipmodify_is_one)
{
	struct fake_state before;

	ipmodify(&a, 5);
	ipmodify(&b, 4);
	probe_on(&b, &text, 5);
	on(&a);
	ck_assert_uint_eq(flags(5), ONE + MOVES);
	fake_save(&before, &text);
	expect_fail(-EBUSY, "register_ftrace_function",
		    register_ftrace_function(&b.ops));
	fake_same(&before, &text);
	ck_assert_uint_eq(b.ops.flags, FTRACE_OPS_FL_IPMODIFY);
	/* Through the filter of a registered one it is no different. */
	ck_assert_int_eq(ftrace_set_filter_ip(&b.ops, fake_fn(&text, 5), 1, 0),
			 0);
	on(&b);
	fake_save(&before, &text);
	expect_fail(-EBUSY, "ftrace_set_filter_ips",
		    ftrace_set_filter_ip(&b.ops, fake_fn(&text, 5), 0, 0));
	fake_same(&before, &text);
	off(&a);
	probe_on(&b, &text, 5);
	ck_assert_uint_eq(flags(5), ONE + MOVES);
	off(&b);
	ck_assert_uint_eq(flags(5), FTRACE_FL_TOUCHED + FTRACE_FL_MODIFIED);
}
END_TEST

START_TEST(ipmodify_beside_others)
{
	ipmodify(&a, 5);
	on(&b);
	on(&a);
	on(&c);
	ck_assert_uint_eq(flags(5), ON + MOVES + 3);
	off(&b);
	off(&c);
	ck_assert_uint_eq(flags(5), ONE + MOVES);
	fake_call(&text, 5);
	ck_assert_uint_eq(a.hits, 1);
}
END_TEST

/* Two of them wait at a module's function: it cannot be enabled. */
START_TEST(ipmodify_meets_in_a_module)
{
	struct fake_state before;
	static struct fake_text t;

	fake_text_map(&t, 4);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	probe_init(&a, FTRACE_OPS_FL_IPMODIFY);
	probe_init(&b, FTRACE_OPS_FL_IPMODIFY);
	probe_on(&a, &t, 2);
	probe_on(&b, &t, 2);
	on(&a);
	on(&b);
	fake_save(&before, &t);
	expect_fail(-EBUSY, "ftrace_module_enable",
		    ftrace_module_enable(&t.mod));
	fake_same(&before, &t);
	off(&a);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	fake_call(&t, 2);
	ck_assert(a.hits == 0 && b.hits == 1);
}
END_TEST

/* A filter that changes: from all to some, to others, and to all again. */
START_TEST(filter_of_a_registered_client)
{
	size_t i;

	on(&a);
	ck_assert_uint_eq(fake_stats().enabled, 16);
	probe_on(&a, &text, 2);
	probe_on(&a, &text, 3);
	ck_assert_uint_eq(fake_stats().enabled, 2);
	ck_assert_int_eq(ftrace_set_filter_ip(&a.ops, fake_fn(&text, 9), 0, 1),
			 0);
	for (i = 0; i < 16; i++)
		ck_assert_int_eq(fake_is(&text, i, "CALL"), i == 9);
	ck_assert_int_eq(ftrace_set_filter_ip(&a.ops, fake_fn(&text, 9), 1, 0),
			 0);
	ck_assert_uint_eq(fake_stats().enabled, 16);
	ck_assert_int_eq(ftrace_set_filter_ip(&a.ops, 0, 0, 1), 0);
	ck_assert_uint_eq(fake_stats().enabled, 16);
	off(&a);
	ck_assert_uint_eq(fake_stats().enabled, 0);
	probe_free(&a);
}
END_TEST

/* Sites with different sets of clients in one update. */
START_TEST(mixed_sets)
{
	size_t i;

	for (i = 0; i < 16; i += 2)
		probe_on(&a, &text, i);
	for (i = 0; i < 16; i += 3)
		probe_on(&b, &text, i);
	on(&a);
	on(&b);
	on(&c);
	for (i = 0; i < 16; i++)
		fake_call(&text, i);
	ck_assert(a.hits == 8 && b.hits == 6 && c.hits == 16);
	off(&c);
	off(&a);
	for (i = 0; i < 16; i++) {
		ck_assert_int_eq(fake_is(&text, i, "CALL"), i % 3 == 0);
		fake_call(&text, i);
	}
	ck_assert(a.hits == 8 && b.hits == 12 && c.hits == 16);
}
END_TEST

/* Foreign bytes at one of a client's sites: it stays, until they are gone. */
START_TEST(unregister_at_foreign_bytes)
{
	struct fake_state before;
	unsigned char call[8];
	size_t i;

	if (_i)
		on(&b);
	on(&a);
	memcpy(call, (void *)fake_site(&text, 6), 8);
	fake_poke(&text, 6, "INT3\0\0\0\0");
	fake_save(&before, &text);
	expect_fail(-EINVAL, "unregister_ftrace_function",
		    unregister_ftrace_function(&a.ops));
	expect_logged("does not hold what it must");
	fake_same(&before, &text);
	ck_assert_uint_eq(a.ops.flags, FTRACE_OPS_FL_ENABLED |
				       FTRACE_OPS_FL_INITIALIZED);
	memcpy(text.rw + (fake_site(&text, 6) - text.mod.text), call, 8);
	for (i = 0; i < 16; i++)
		fake_call(&text, i);
	ck_assert_uint_eq(a.hits, 16);
	ck_assert_uint_eq(b.hits, _i ? 16 : 0);
	off(&a);
	if (_i)
		off(&b);
	for (i = 0; i < 16; i++)
		ck_assert(fake_is(&text, i, "NOP "));
	ck_assert_uint_eq(fake_stats().enabled, 0);
}
END_TEST

/* The text cannot be written, or nothing can be noted: the same. */
START_TEST(unregister_without_writing)
{
	static const enum fake_service way[] = {
		FAKE_TEXT_OPEN, FAKE_SYNC_CORE, FAKE_TEXT_CLOSE,
		FAKE_ALLOC_PAGES,
	};
	int err = way[_i] == FAKE_ALLOC_PAGES ? -ENOMEM : -EPERM;
	struct fake_state before;
	size_t i;

	on(&a);
	fake_save(&before, &text);
	fake_fail(way[_i], 1);
	expect_fail(err, "unregister_ftrace_function",
		    unregister_ftrace_function(&a.ops));
	ck_assert_int_eq(ftrace_is_dead(), 0);
	fake_same(&before, &text);
	for (i = 0; i < 16; i++)
		fake_call(&text, i);
	ck_assert_uint_eq(a.hits, 16);
	off(&a);
	ck_assert_uint_eq(fake_stats().enabled, 0);
	ck_assert(fake_is(&text, 7, "NOP "));
}
END_TEST

/* Many sites with thunks of their own: the notes about them grow as well. */
START_TEST(no_memory_for_notes)
{
	struct fake_state before;
	static struct fake_text t;
	int err;

	fake.odd = true;
	fake_text_make(&t, 1100);
	fake_save(&before, &t);
	fake_fail(FAKE_ALLOC_PAGES, (unsigned long)_i);
	fake_log_clear();
	err = register_ftrace_function(&a.ops);
	ck_assert_int_eq(err, -ENOMEM);
	ck_assert(fake_logged("libftrace: register_ftrace_function: no mem"));
	fake_same(&before, &t);
	on(&a);
	ck_assert_uint_eq(fake_stats().enabled, 1100 + 16);
}
END_TEST

/*
 * Sites that cannot go from call to call have a thunk of their own, and only
 * its slot changes: the text stays as it is until the last client leaves.
 */
START_TEST(private_thunks)
{
	unsigned char call[8];
	static struct fake_text t;
	unsigned long thunks;

	fake.odd = true;
	fake_text_make(&t, 4);
	probe_on(&a, &t, 3);
	probe_on(&b, &t, 3);
	on(&a);
	ck_assert_uint_eq(fake_rec(&t, 3)->flags, ON + FTRACE_FL_PRIVATE + 1);
	memcpy(call, (void *)fake_site(&t, 3), 8);
	fake_call(&t, 3);
	thunks = fake_stats().thunks;
	on(&b);
	fake_call(&t, 3);
	ck_assert(a.hits == 2 && b.hits == 1);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&t, 3), DIRECT_A), 0);
	fake_call(&t, 3);
	off(&a);
	off(&b);
	fake_call(&t, 3);
	ck_assert(a.hits == 3 && b.hits == 2);
	ck_assert_uint_eq(fake_direct_hits[0], 2);
	ck_assert_int_eq(modify_ftrace_direct(fake_fn(&t, 3), DIRECT_A,
					      DIRECT_B), 0);
	fake_call(&t, 3);
	ck_assert_uint_eq(fake_direct_hits[1], 1);
	ck_assert_int_eq(memcmp(call, (void *)fake_site(&t, 3), 8), 0);
	ck_assert_int_eq(unregister_ftrace_direct(fake_fn(&t, 3), DIRECT_B),
			 0);
	ck_assert(fake_is(&t, 3, "NOP "));
	on(&b);
	fake_call(&t, 3);
	ck_assert_uint_eq(b.hits, 3);
	ck_assert_int_eq(memcmp(call, (void *)fake_site(&t, 3), 8), 0);
	ck_assert_uint_eq(fake_stats().thunks, thunks);
}
END_TEST

/* What the host is asked does not grow with the names in a filter. */
START_TEST(named_ask_once)
{
	static const enum fake_service per_batch[] = {
		FAKE_TEXT_CHECK, FAKE_TEXT_OPEN, FAKE_TEXT_CLOSE,
		FAKE_SYNC_CORE,
	};
	static struct fake_text t;
	unsigned long *ips, before;
	size_t i;

	fake_text_make(&t, 500);
	ips = calloc(t.nr, sizeof(*ips));
	ck_assert_ptr_nonnull(ips);
	for (i = 0; i < t.nr; i++)
		ips[i] = fake_fn(&t, i);
	ck_assert_int_eq(ftrace_set_filter_ips(&a.ops, ips, t.nr, 0, 1), 0);
	before = fake.calls[per_batch[_i]];
	on(&a);
	ck_assert_uint_le(fake.calls[per_batch[_i]] - before, 1);
	for (i = 0; i < t.nr; i++)
		fake_call(&t, i);
	ck_assert_uint_eq(a.hits, t.nr);
	off(&a);
	free(ips);
}
END_TEST

/* Each has its own; a late thread at one finds who is there now. */
START_TEST(private_thunks_are_apart)
{
	static struct fake_text t;
	size_t i;

	fake.odd = true;
	fake_text_make(&t, 6);
	probe_on(&b, &t, 2);
	on(&a);
	on(&b);
	for (i = 0; i < 6; i++)
		fake_call(&t, i);
	ck_assert(a.hits == 6 && b.hits == 1);
	for (i = 1; i < 6; i++)
		ck_assert_uint_ne(fake_insn_target(fake_site(&t, i)),
				  fake_insn_target(fake_site(&t, i - 1)));
	fake_fail(FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(unregister_ftrace_function(&a.ops), -EPERM);
	for (i = 0; i < 6; i++)
		fake_call(&t, i);
	ck_assert(a.hits == 12 && b.hits == 2);
	off(&a);
	off(&b);
	for (i = 0; i < 6; i++)
		ck_assert(fake_is(&t, i, "NOP "));
}
END_TEST

Suite *suite_update(void)
{
	Suite *s = suite_create("update");
	TCase *t = tcase_create("update");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, start, fake_verify);
	tcase_add_test(t, selftest);
	tcase_add_test(t, counts_and_flags);
	tcase_add_test(t, direct_flags);
	tcase_add_test(t, too_many_clients);
	tcase_add_test(t, ipmodify_is_one);
	tcase_add_test(t, ipmodify_beside_others);
	tcase_add_test(t, ipmodify_meets_in_a_module);
	tcase_add_test(t, filter_of_a_registered_client);
	tcase_add_test(t, mixed_sets);
	tcase_add_loop_test(t, unregister_at_foreign_bytes, 0, 2);
	tcase_add_loop_test(t, unregister_without_writing, 0, 4);
	tcase_add_loop_test(t, no_memory_for_notes, 1, 5);
	tcase_add_test(t, private_thunks);
	tcase_add_loop_test(t, named_ask_once, 0, 4);
	tcase_add_test(t, private_thunks_are_apart);
	return s;
}
