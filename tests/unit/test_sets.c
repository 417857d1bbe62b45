/* SPDX-License-Identifier: MIT */
/* generic/sets.c: interning, order, recursion, and dying. */
#include "suites.h"

static struct fake_text text;
static struct probe a, b, c;

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
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

static void called(const char *who)
{
	unsigned int i;

	ck_assert_uint_eq(fake_nr_order, strlen(who));
	for (i = 0; i < fake_nr_order; i++)
		ck_assert_ptr_eq(fake_order[i], who[i] == 'a' ? &a :
						who[i] == 'b' ? &b : &c);
	fake_nr_order = 0;
}

START_TEST(newest_first)
{
	on(&a);
	fake_call(&text, 0);
	called("a");
	on(&b);
	fake_call(&text, 0);
	called("ba");
	on(&c);
	fake_call(&text, 0);
	called("cba");
	off(&b);
	fake_call(&text, 0);
	called("ca");
	on(&b);
	fake_call(&text, 0);
	called("bca");
	off(&b);
	off(&a);
	fake_call(&text, 0);
	called("c");
	off(&c);
	fake_call(&text, 0);
	called("");
}
END_TEST

/* The order is that of registering, however they come to share a site. */
START_TEST(order_after_a_change_of_filter)
{
	probe_on(&a, &text, 1);
	on(&a);
	on(&b);
	on(&c);
	probe_on(&a, &text, 0);
	fake_call(&text, 0);
	called("cba");
	ck_assert_uint_eq(fake_rec(&text, 0)->set, fake_rec(&text, 1)->set);
	ck_assert_uint_ne(fake_rec(&text, 0)->set, fake_rec(&text, 2)->set);
}
END_TEST

static struct ftrace_set *get(struct probe *x, struct probe *y,
			      unsigned long direct, bool list)
{
	struct ftrace_ops *ops[2] = { &x->ops, y ? &y->ops : NULL };
	const struct ftrace_set_key key = { ops, y ? 2 : 1, direct, list };
	struct ftrace_set *set = ftrace_set_get(&key);

	ck_assert_ptr_nonnull(set);
	ck_assert_ptr_eq(ftrace_set_get(&key), set);
	ck_assert_ptr_eq(ftrace_set_by_id(set->id), set);
	return set;
}

START_TEST(same_clients_same_set)
{
	struct ftrace_set *s[6];
	int i, k;

	ftrace_lock("test");
	s[0] = get(&a, &b, 0, false);
	s[1] = get(&b, &a, 0, false);
	s[2] = get(&a, &b, 8, false);
	s[3] = get(&a, NULL, 0, false);
	s[4] = get(&a, NULL, 0, true);
	s[5] = get(&a, NULL, 8, false);
	for (i = 0; i < 6; i++)
		for (k = 0; k < i; k++)
			ck_assert_ptr_ne(s[i], s[k]);
	/* What must be a list is one, and found as one. */
	ck_assert_ptr_eq(get(&a, &b, 0, true), s[0]);
	ck_assert_ptr_eq(get(&a, NULL, 8, true), s[5]);
	ck_assert_ptr_null(ftrace_set_by_id(0));
	ck_assert_ptr_null(ftrace_set_by_id(~0U));
	ck_assert_ptr_null(ftrace_set_by_id(7));
	ck_assert_ptr_eq(ftrace_set_by_id(6), s[5]);
	ftrace_unlock();
}
END_TEST

START_TEST(one_set_for_all_sites)
{
	size_t i;

	on(&a);
	on(&b);
	for (i = 1; i < 8; i++)
		ck_assert_uint_eq(fake_rec(&text, i)->set,
				  fake_rec(&text, 0)->set);
	ck_assert_uint_eq(fake_stats().sets, 1);
	ck_assert_uint_eq(ftrace_set_by_id(fake_rec(&text, 0)->set)->users, 8);
	off(&b);
	ck_assert_uint_eq(fake_stats().sets, 1);
	off(&a);
	ck_assert_uint_eq(fake_stats().sets, 0);
}
END_TEST

/* What an ops was in is never found again; what it was not in, is. */
START_TEST(dead_sets_are_not_found)
{
	uint32_t alone, both;

	on(&a);
	alone = fake_rec(&text, 0)->set;
	on(&b);
	both = fake_rec(&text, 0)->set;
	ftrace_lock("test");
	ftrace_sets_kill_ops(&b.ops);
	ftrace_unlock();
	ck_assert(ftrace_set_by_id(both)->dead);
	ck_assert_ptr_null(ftrace_set_by_id(both)->ops[0]);
	ck_assert_ptr_eq(ftrace_set_by_id(both)->ops[1], &a.ops);
	ck_assert(!ftrace_set_by_id(alone)->dead);
	off(&b);
	off(&a);
	ck_assert_uint_eq(fake_stats().sets, 0);
	on(&a);
	ck_assert_uint_ne(fake_rec(&text, 0)->set, alone);
	on(&b);
	ck_assert_uint_ne(fake_rec(&text, 0)->set, both);
	fake_call(&text, 0);
	called("ba");
}
END_TEST

START_TEST(dead_set_of_one)
{
	const struct ftrace_set *set;

	on(&a);
	set = ftrace_set_by_id(fake_rec(&text, 0)->set);
	ck_assert(set->func == a.ops.func);
	ftrace_lock("test");
	ftrace_sets_kill_ops(&a.ops);
	ftrace_unlock();
	ck_assert(set->func == ftrace_stub);
	ck_assert(set->nested == ftrace_stub);
	ck_assert_ptr_eq(set->arg, &a.ops);
	fake_call(&text, 0);
	called("");
	fake.differ = 8;
}
END_TEST

/* A thread that comes late to a thunk of the past is sent back to the site. */
START_TEST(late_thread_at_a_retired_thunk)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT };
	unsigned char call[8], now[8];

	if (_i & 2)
		fake_features &= ~FTRACE_FEATURE_ARGS;
	on(&a);
	memcpy(call, (void *)fake_site(&text, 0), 8);
	if (_i & 1)
		on(&b);
	off(&a);
	memcpy(now, text.rw, 8);
	memcpy(text.rw, call, 8);
	ck_assert_uint_eq(fake_run(fake_fn(&text, 0), &cpu),
			  fake_site(&text, 0));
	called("");
	memcpy(text.rw, now, 8);
	fake_call(&text, 0);
	called(_i & 1 ? "b" : "");
}
END_TEST

/* Clients that come and go leave nothing: not a set, not a thunk. */
START_TEST(sets_are_given_back)
{
	long live = 0, pages = 0;
	int i;

	on(&b);
	for (i = 0; i < 2000; i++) {
		if (i == 1000) {
			live = fake.live;
			pages = fake.live_pages;
		}
		on(&a);
		fake_call(&text, (size_t)i % 8);
		off(&a);
	}
	ck_assert_uint_eq(a.hits, 2000);
	ck_assert_uint_eq(b.hits, 2000);
	ck_assert_int_eq(fake.live, live);
	ck_assert_int_eq(fake.live_pages, pages);
}
END_TEST

/* More clients than the stack's list has room for. */
START_TEST(forty_clients)
{
	static struct probe many[40];
	struct fake_state before;
	int i, round;

	for (i = 0; i < 40; i++) {
		probe_init(&many[i], 0);
		if (i == 39) {
			fake_save(&before, &text);
			fake_fail(FAKE_ALLOC, 1);
			expect_fail(-ENOMEM, "register_ftrace_function",
				    register_ftrace_function(&many[i].ops));
			fake_same(&before, &text);
		}
		on(&many[i]);
	}
	ck_assert_uint_eq(ftrace_rec_count(fake_rec(&text, 0)), 40);
	for (round = 0; round < 2; round++) {
		fake_nr_order = 0;
		fake_call(&text, 0);
		ck_assert_uint_eq(fake_nr_order, 40 - round);
		for (i = 0; i < 40 - round; i++)
			ck_assert_ptr_eq(fake_order[i],
					 &many[39 - i - (round && i >= 19)]);
		if (!round)
			off(&many[20]);
	}
}
END_TEST

static void again(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = (struct probe *)op;

	(void)ip;
	(void)parent_ip;
	(void)fregs;
	if (p->hits++ < 3)
		fake_call(&text, (size_t)p->ops.priv);
}

/* A guarded ops that calls its own function: once, and the rest counted. */
START_TEST(recursion_is_dropped)
{
	a.ops.func = again;
	on(&a);
	fake_call(&text, 0);
	ck_assert_uint_eq(a.hits, 1);
	ck_assert_uint_eq(fake_stats().dropped, 1);
	ck_assert_uint_eq(ftrace_self->depth, 0);
	fake_call(&text, 0);
	ck_assert_uint_eq(a.hits, 2);
	ck_assert_uint_eq(fake_stats().dropped, 2);
}
END_TEST

START_TEST(recursion_safe_runs)
{
	probe_init(&a, FTRACE_OPS_FL_RECURSION_SAFE);
	a.ops.func = again;
	on(&a);
	fake_call(&text, 0);
	ck_assert_uint_eq(a.hits, 4);
	ck_assert_uint_eq(fake_stats().dropped, 0);
}
END_TEST

/* Others run inside a callback: in the same list, and at other sites. */
START_TEST(recursion_drops_only_itself)
{
	a.ops.func = again;
	if (_i == 2) {
		a.ops.priv = (void *)1;
		probe_on(&a, &text, 0);
		probe_on(&b, &text, 1);
	}
	on(_i == 1 ? &b : &a);
	on(_i == 1 ? &a : &b);
	fake_call(&text, 0);
	ck_assert_uint_eq(a.hits, 1);
	ck_assert_uint_eq(b.hits, _i == 2 ? 1 : 2);
	ck_assert_uint_eq(fake_stats().dropped, _i == 2 ? 0 : 1);
}
END_TEST

/* Through a second client and back: the first is inside all the same. */
START_TEST(recursion_through_another)
{
	a.ops.func = again;
	a.ops.priv = (void *)1;
	b.ops.func = again;
	b.ops.priv = (void *)0;
	probe_on(&a, &text, 0);
	probe_on(&b, &text, 1);
	on(&a);
	on(&b);
	fake_call(&text, 0);
	ck_assert_uint_eq(a.hits, 1);
	ck_assert_uint_eq(b.hits, 1);
	ck_assert_uint_eq(fake_stats().dropped, 1);
}
END_TEST

static void dive(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = (struct probe *)op;

	(void)ip;
	(void)parent_ip;
	(void)fregs;
	ck_assert_uint_eq(ftrace_self->depth, p->hits + 1);
	p->hits++;
	fake_call(&text, 0);
}

/* Levels are bounded: the one beyond is dropped, alone and in a list. */
START_TEST(nesting_is_bounded)
{
	probe_init(&a, FTRACE_OPS_FL_RECURSION_SAFE);
	a.ops.func = dive;
	if (_i)
		ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 0),
							DIRECT_A), 0);
	on(&a);
	fake_call(&text, 0);
	ck_assert_uint_eq(a.hits, FTRACE_MAX_DEPTH);
	ck_assert_uint_eq(fake_stats().dropped, 1);
	ck_assert_uint_eq(ftrace_self->depth, 0);
	/* A direct call is never lost, however deep. */
	ck_assert_uint_eq(fake_direct_hits[0], _i ? FTRACE_MAX_DEPTH + 1 : 0);
	off(&a);
}
END_TEST

static void leave_inside(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = (struct probe *)op;

	(void)ip;
	(void)parent_ip;
	(void)fregs;
	p->hits++;
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), -EINPROGRESS);
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), -EBUSY);
	ck_assert_int_eq(ftrace_synchronize(), -EDEADLK);
	/* Gone already, though this thread still stands in it. */
	fake_call(&text, 0);
	ck_assert_uint_eq(p->hits, 1);
}

/* Unregistering from inside; the older client behind it still runs. */
START_TEST(unregister_from_inside)
{
	if (_i)
		on(&b);
	a.ops.func = leave_inside;
	on(&a);
	fake_call(&text, 0);
	ck_assert_uint_eq(b.hits, _i ? 2 : 0);
	ck_assert(a.ops.flags & FTRACE_OPS_FL_REMOVING);
	expect_fail(-EBUSY, "register_ftrace_function",
		    register_ftrace_function(&a.ops));
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert(!(a.ops.flags & FTRACE_OPS_FL_REMOVING));
	fake_call(&text, 0);
	ck_assert_uint_eq(a.hits, 1);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	on(&a);
}
END_TEST

static void remove_b(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	((struct probe *)op)->hits++;
	if (b.ops.flags & FTRACE_OPS_FL_ENABLED)
		ck_assert_int_eq(unregister_ftrace_function(&b.ops),
				 -EINPROGRESS);
}

/* A client that the one before it in the list takes away is not called. */
START_TEST(removed_while_the_list_runs)
{
	on(&c);
	on(&b);
	a.ops.func = remove_b;
	on(&a);
	fake_call(&text, 0);
	called("c");
	ck_assert_uint_eq(a.hits, 1);
	ck_assert_uint_eq(b.hits, 0);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_ptr_null(ftrace_self->run[0].ops);
}
END_TEST

START_TEST(errno_and_regs)
{
	on(&a);
	errno = 33;
	fake_call(&text, 5);
	ck_assert_int_eq(errno, 33);
	ck_assert_uint_eq(a.ip, fake_site(&text, 5));
	ck_assert_uint_eq(a.parent, FAKE_PARENT);
	ck_assert_ptr_null(a.regs);
	probe_init(&b, FTRACE_OPS_FL_SAVE_REGS);
	on(&b);
	fake_call(&text, 5);
	ck_assert_ptr_nonnull(b.regs);
	ck_assert_ptr_nonnull(a.regs);
}
END_TEST

/* Sets that did not come to be leave nothing that a later ops would find. */
START_TEST(no_memory_for_a_set)
{
	struct fake_state before;

	fake_save(&before, &text);
	fake_fail(FAKE_ALLOC, (unsigned long)_i);
	expect_fail(-ENOMEM, "register_ftrace_function",
		    register_ftrace_function(&a.ops));
	expect_logged("no memory");
	fake_same(&before, &text);
	on(&a);
	fake_call(&text, 0);
	called("a");
}
END_TEST

/* The table of ids grows: old ids go on naming what they named. */
START_TEST(three_hundred_sets)
{
	static struct ftrace_ops ops[300];
	struct ftrace_set *s[300];
	long live = fake.live;
	int i;

	ftrace_lock("test");
	for (i = 0; i < 300; i++) {
		struct ftrace_ops *op = &ops[i];

		op->func = ftrace_stub;
		s[i] = ftrace_set_get(&(struct ftrace_set_key){ .ops = &op,
								.nr = 1 });
		ck_assert_uint_eq(s[i]->id, i + 1);
	}
	for (i = 0; i < 300; i++)
		ck_assert_ptr_eq(ftrace_set_by_id((uint32_t)i + 1), s[i]);
	ck_assert_int_eq(fake.live - live, 301);
	ftrace_unlock();
}
END_TEST

Suite *suite_sets(void)
{
	Suite *s = suite_create("sets");
	TCase *t = tcase_create("sets");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, start, fake_verify);
	tcase_add_test(t, newest_first);
	tcase_add_test(t, order_after_a_change_of_filter);
	tcase_add_test(t, same_clients_same_set);
	tcase_add_test(t, one_set_for_all_sites);
	tcase_add_test(t, dead_sets_are_not_found);
	tcase_add_test(t, dead_set_of_one);
	tcase_add_test(t, sets_are_given_back);
	tcase_add_loop_test(t, late_thread_at_a_retired_thunk, 0, 4);
	tcase_add_test(t, forty_clients);
	tcase_add_test(t, recursion_is_dropped);
	tcase_add_test(t, recursion_safe_runs);
	tcase_add_loop_test(t, recursion_drops_only_itself, 0, 3);
	tcase_add_test(t, recursion_through_another);
	tcase_add_loop_test(t, nesting_is_bounded, 0, 2);
	tcase_add_loop_test(t, unregister_from_inside, 0, 2);
	tcase_add_test(t, removed_while_the_list_runs);
	tcase_add_test(t, errno_and_regs);
	tcase_add_loop_test(t, no_memory_for_a_set, 1, 4);
	tcase_add_test(t, three_hundred_sets);
	return s;
}
