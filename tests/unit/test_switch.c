/* SPDX-License-Identifier: MIT */
/* generic/switch.c: off and on, permanent clients, and what a kill leaves. */
#include "suites.h"

static struct fake_text text;
static struct probe x, y, p, q;	/* ordinary, ordinary, permanent, permanent */

static void start(void)
{
	fake_setup();
	fake_text_named(&text, 8);
	probe_init(&x, 0);
	probe_init(&y, 0);
	probe_init(&p, FTRACE_OPS_FL_PERMANENT);
	probe_init(&q, FTRACE_OPS_FL_PERMANENT);
}

static void on(struct probe *c)
{
	ck_assert_int_eq(register_ftrace_function(&c->ops), 0);
	ck_assert_int_eq(ftrace_verify(), 0);
}

static void off(struct probe *c)
{
	ck_assert_int_eq(unregister_ftrace_function(&c->ops), 0);
	ck_assert_int_eq(ftrace_verify(), 0);
}

static void turn(int to)
{
	ck_assert_int_eq(ftrace_enable(to), 0);
	ck_assert_int_eq(ftrace_verify(), 0);
}

static unsigned long clients(size_t i)
{
	return ftrace_rec_count(fake_rec(&text, i));
}

static const struct {
	char name;
	struct probe *p;
} probes[] = { { 'x', &x }, { 'y', &y }, { 'p', &p }, { 'q', &q } };

/* A call of function @i: just those in @who are called. */
static void calls(size_t i, const char *who)
{
	size_t k;

	for (k = 0; k < 4; k++)
		probes[k].p->hits = 0;
	fake_direct_hits[0] = 0;
	fake_call(&text, i);
	for (k = 0; k < 4; k++)
		ck_assert_msg(probes[k].p->hits ==
				      (strchr(who, probes[k].name) != NULL),
			      "%zu: %s, but %c: %lu", i, who, probes[k].name,
			      probes[k].p->hits);
	ck_assert_uint_eq(fake_direct_hits[0], strchr(who, 'd') != NULL);
	ck_assert_int_eq(fake_is(&text, i, "NOP "), !*who);
}

static void direct(int add)
{
	ck_assert_int_eq(add ? register_ftrace_direct(fake_fn(&text, 3),
						      DIRECT_A) :
			       unregister_ftrace_direct(fake_fn(&text, 3),
							DIRECT_A), 0);
	ck_assert_int_eq(ftrace_verify(), 0);
}

START_TEST(off_and_on)
{
	probe_on(&p, &text, 3);
	on(&x);
	on(&p);
	on(&y);
	ck_assert_uint_eq(fake_stats().enabled, 8);
	turn(0);
	turn(0);
	calls(2, "");
	calls(3, "xpy");
	ck_assert_uint_eq(fake_stats().enabled, 1);
	ck_assert_uint_eq(clients(2), 2);
	ck_assert_uint_eq(clients(3), 3);
	turn(1);
	turn(1);
	calls(2, "xy");
	calls(3, "xpy");
	ck_assert_uint_eq(fake_stats().enabled, 8);
	ck_assert_uint_eq(clients(2), 2);
}
END_TEST

/* Registered while off: an ordinary client waits, on a permanent site too. */
START_TEST(register_while_off)
{
	probe_on(&p, &text, 3);
	on(&x);
	turn(0);
	on(&y);
	calls(3, "");
	ck_assert_uint_eq(clients(3), 2);
	on(&p);
	calls(3, "xp");
	ck_assert_uint_eq(clients(3), 3);
	calls(2, "");
	probe_on(&q, &text, 3);
	on(&q);
	calls(3, "xpq");
	off(&p);
	calls(3, "xq");
	off(&x);
	calls(3, "q");
	ck_assert_uint_eq(clients(3), 2);
	off(&q);
	calls(3, "");
	ck_assert_uint_eq(clients(3), 1);
	turn(1);
	calls(3, "y");
	calls(2, "y");
	turn(0);
	calls(3, "");
	off(&y);
	turn(1);
	calls(3, "");
	ck_assert_uint_eq(fake_stats().sets, 0);
}
END_TEST

/* Once it was on, who waited is like all others. */
START_TEST(waits_once)
{
	turn(0);
	on(&y);
	turn(1);
	turn(0);
	probe_on(&p, &text, 3);
	on(&p);
	calls(3, "yp");
	calls(2, "");
}
END_TEST

START_TEST(off_twice)
{
	probe_on(&p, &text, 3);
	turn(0);
	on(&p);
	on(&x);
	turn(0);
	calls(3, "p");
	turn(1);
	turn(1);
	calls(3, "px");
}
END_TEST

START_TEST(direct_and_off)
{
	on(&x);
	if (_i)
		turn(0);
	direct(1);
	if (!_i)
		turn(0);
	calls(3, "xd");
	calls(2, "");
	on(&y);
	calls(3, "xd");
	ck_assert_int_eq(ftrace_find_rec_direct(fake_fn(&text, 3)), DIRECT_A);
	direct(0);
	calls(3, "");
	direct(1);
	turn(1);
	calls(3, "xyd");
	direct(0);
	calls(3, "xy");
}
END_TEST

/* A direct call by itself: only who waits is beside it. */
START_TEST(direct_alone)
{
	turn(0);
	on(&y);
	direct(1);
	calls(3, "d");
	turn(1);
	calls(3, "yd");
	off(&y);
	turn(0);
	calls(3, "d");
	direct(0);
	calls(3, "");
}
END_TEST

START_TEST(filters_while_off)
{
	probe_on(&x, &text, 2);
	probe_on(&p, &text, 3);
	on(&x);
	on(&p);
	turn(0);
	calls(2, "");
	probe_on(&x, &text, 3);
	calls(3, "xp");
	probe_on(&p, &text, 2);
	calls(2, "xp");
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, fake_fn(&text, 2), 1, 0),
			 0);
	calls(2, "");
	ck_assert_int_eq(ftrace_verify(), 0);
	turn(1);
	calls(2, "x");
}
END_TEST

START_TEST(modules_while_off)
{
	static struct fake_text late;

	on(&x);
	turn(0);
	on(&p);
	on(&y);
	fake_text_make(&late, 4);
	ck_assert_int_eq(ftrace_verify(), 0);
	ck_assert_uint_eq(ftrace_rec_count(fake_rec(&late, 1)), 3);
	fake_call(&late, 1);
	ck_assert(x.hits == 1 && p.hits == 1 && y.hits == 0);
	fake_text_drop(&late);
	off(&p);
	fake_text_make(&late, 4);
	ck_assert(fake_is(&late, 1, "NOP "));
	ck_assert_uint_eq(ftrace_rec_count(fake_rec(&late, 1)), 2);
	turn(1);
	fake_call(&late, 1);
	ck_assert(x.hits == 2 && p.hits == 1 && y.hits == 1);
	fake_text_drop(&late);
}
END_TEST

/* All sites in one window and with one sync, however many there are. */
START_TEST(one_batch)
{
	struct ftrace_stats before;
	static struct fake_text big;
	int to;

	fake.odd = _i;
	fake_text_make(&big, 3000);
	on(&x);
	for (to = 0; to < 2; to++) {
		unsigned long asked = fake.calls[FAKE_TEXT_CHECK];

		before = fake_stats();
		ck_assert_int_eq(ftrace_enable(to), 0);
		ck_assert_uint_le(fake.calls[FAKE_TEXT_CHECK] - asked, 2);
		ck_assert_uint_eq(fake_stats().windows, before.windows + 2);
		ck_assert_uint_eq(fake_stats().syncs,
				  before.syncs + (_i ? 3 : 1));
		ck_assert_uint_eq(fake_stats().enabled, to ? 3008 : 0);
		ck_assert_int_eq(ftrace_verify(), 0);
	}
	/* Nothing to write: an ordinary client while off. */
	turn(0);
	before = fake_stats();
	on(&y);
	off(&y);
	ck_assert_uint_eq(fake_stats().windows, before.windows);
	fake_text_drop(&big);
}
END_TEST

/* A module whose sites all stay is not opened, whatever else is. */
START_TEST(what_stays_is_not_written)
{
	static struct fake_text big;
	unsigned long windows;
	size_t i;

	/* Walked first, as it is newer. */
	fake_text_make(&big, 100);
	for (i = 0; i < 8; i++)
		probe_on(&p, &text, i);
	on(&x);
	on(&p);
	windows = fake_stats().windows;
	turn(0);
	ck_assert_uint_eq(fake_stats().windows, windows + 1);
	ck_assert_uint_eq(fake_stats().enabled, 8);
	turn(1);
	ck_assert_uint_eq(fake_stats().windows, windows + 2);
	calls(3, "xp");
}
END_TEST

/* Sites that cannot go from call to call keep a thunk of their own. */
START_TEST(own_thunks)
{
	static struct fake_text odd;

	fake.odd = true;
	fake_text_make(&odd, 4);
	probe_on(&p, &odd, 2);
	on(&x);
	on(&p);
	turn(0);
	on(&y);
	fake_call(&odd, 1);
	fake_call(&odd, 2);
	ck_assert(x.hits == 1 && p.hits == 1 && y.hits == 0);
	ck_assert(fake_is(&odd, 1, "NOP "));
	turn(1);
	fake_call(&odd, 1);
	fake_call(&odd, 2);
	ck_assert(x.hits == 3 && p.hits == 2 && y.hits == 2);
	off(&p);
	turn(0);
	fake_call(&odd, 2);
	ck_assert(x.hits == 3 && y.hits == 2);
}
END_TEST

START_TEST(strict)
{
	expect_fail(-EINVAL, "ftrace_set_policy",
		    ftrace_set_policy((enum ftrace_policy)2));
	ck_assert_int_eq(ftrace_set_policy(FTRACE_PERMANENT_STRICT), 0);
	probe_on(&p, &text, 3);
	on(&p);
	on(&x);
	expect_fail(-EBUSY, "ftrace_enable", ftrace_enable(0));
	calls(2, "x");
	off(&p);
	turn(0);
	expect_fail(-EBUSY, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	ck_assert_uint_eq(p.ops.flags, FTRACE_OPS_FL_PERMANENT |
				       FTRACE_OPS_FL_INITIALIZED);
	/* An ordinary one, and a direct call, are no matter of it. */
	on(&y);
	direct(1);
	calls(3, "xd");
	turn(1);
	on(&p);
	ck_assert_int_eq(ftrace_set_policy(FTRACE_PERMANENT_SITES), 0);
	turn(0);
	calls(3, "xypd");
	calls(2, "");
}
END_TEST

/* A foreign byte: nothing changes, and the switch stays as it was. */
START_TEST(refused)
{
	struct fake_state before;
	char call[8];

	on(&x);
	fake_save(&before, &text);
	memcpy(call, (void *)fake_site(&text, 5), 8);
	fake_poke(&text, 5, "INT3\0\0\0\0");
	expect_fail(-EINVAL, "ftrace_enable", ftrace_enable(0));
	fake_poke(&text, 5, call);
	fake_same(&before, &text);
	calls(2, "x");
	turn(0);
	fake_save(&before, &text);
	fake_poke(&text, 5, "INT3\0\0\0\0");
	expect_fail(-EINVAL, "ftrace_enable", ftrace_enable(1));
	fake_poke(&text, 5, FAKE_INSN_NOP);
	fake_same(&before, &text);
	/* Who comes still waits. */
	on(&y);
	calls(2, "");
	turn(1);
	calls(2, "xy");
}
END_TEST

START_TEST(fails_and_retries)
{
	static const enum fake_service way[] = {
		FAKE_TEXT_OPEN, FAKE_TEXT_CLOSE, FAKE_SYNC_CORE, FAKE_PIN,
	};
	struct fake_state before;
	int to;

	on(&x);
	on(&p);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, fake_fn(&text, 3), 0, 0),
			 0);
	for (to = 0; to < 2; to++) {
		fake_save(&before, &text);
		fake_fail(way[_i], 1);
		expect_fail(-EPERM, "ftrace_enable", ftrace_enable(to));
		fake_same(&before, &text);
		ck_assert_int_eq(ftrace_verify(), 0);
		turn(to);
	}
	calls(2, "x");
	calls(3, "xp");
}
END_TEST

/* Every allocation of switching on fails in turn. */
START_TEST(out_of_memory)
{
	unsigned long k;
	int err;

	turn(0);
	probe_on(&p, &text, 3);
	on(&p);
	on(&x);
	on(&y);
	for (k = 1;; k++) {
		fake_fail(FAKE_MEMORY, k);
		err = ftrace_enable(1);
		fake_heal();
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert_int_eq(ftrace_verify(), 0);
	}
	ck_assert_uint_gt(k, 2);
	calls(3, "pxy");
	calls(2, "xy");
	/* All were there when it was switched off for the second time. */
	turn(0);
	calls(3, "pxy");
	calls(2, "");
}
END_TEST

/* What a kill leaves, in either state, and what may still be taken away. */
START_TEST(killed)
{
	probe_on(&p, &text, 3);
	on(&x);
	on(&p);
	direct(1);
	if (_i)
		turn(0);
	on(&y);
	ftrace_kill();
	ck_assert_int_eq(ftrace_verify(), 0);
	calls(3, "pd");
	ck_assert_uint_eq(clients(3), 2);
	ck_assert_uint_eq(clients(2), 0);
	ck_assert_int_eq(fake_is(&text, 2, "NOP "), _i);
	expect_fail(-ENODEV, "ftrace_enable", ftrace_enable(_i));
	expect_fail(-ENODEV, "ftrace_set_policy",
		    ftrace_set_policy(FTRACE_PERMANENT_STRICT));
	expect_fail(-ENODEV, "register_ftrace_function",
		    register_ftrace_function(&q.ops));
	off(&y);
	off(&x);
	off(&p);
	calls(3, "d");
	ck_assert_uint_eq(clients(3), 1);
	direct(0);
	calls(3, "");
	ck_assert_uint_eq(clients(3), 0);
}
END_TEST

/* The other way round: the direct call goes first. */
START_TEST(killed_direct_first)
{
	probe_on(&p, &text, 3);
	on(&p);
	direct(1);
	turn(0);
	on(&y);
	ftrace_kill();
	calls(3, "pd");
	direct(0);
	calls(3, "p");
	ck_assert(fake_rec(&text, 3)->flags & FTRACE_FL_PERMANENT);
	off(&p);
	ck_assert(!(fake_rec(&text, 3)->flags & FTRACE_FL_PERMANENT));
	/* Its text stays a call, of nobody. */
	ck_assert(fake_is(&text, 3, "CALL"));
	p.hits = 0;
	fake_call(&text, 3);
	ck_assert_uint_eq(p.hits, 0);
}
END_TEST

static void line_is(enum ftrace_list list, const char *want)
{
	struct ftrace_iter it = { .list = list };
	char line[256];

	ck_assert_int_ge(ftrace_iter_line(&it, line, sizeof(line)), 0);
	ck_assert_msg(!strncmp(line, want, strlen(want)),
		      "\"%s\", want \"%s\"", line, want);
}

START_TEST(listings)
{
	char buf[256];

	probe_on(&x, &text, 2);
	probe_on(&p, &text, 3);
	on(&x);
	on(&p);
	line_is(FTRACE_LIST_ENABLED, "f2 [fake] (1)       O     \ttramp: ");
	turn(0);
	line_is(FTRACE_LIST_ENABLED, "f3 [fake] (1)       O   P \ttramp: ");
	line_is(FTRACE_LIST_TOUCHED, "f2 [fake] (1)       O     ");
	ck_assert_int_gt(ftrace_explain("f2", 0, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "switched off; has 1 client"));
	ck_assert_int_gt(ftrace_explain("f3", 0, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "is traced by 1 client"));
}
END_TEST

static int inside;

static void turns(unsigned long ip, unsigned long parent,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent;
	(void)op;
	(void)fregs;
	inside += !ftrace_enable(0) && !ftrace_enable(1);
}

START_TEST(from_a_callback)
{
	x.ops.func = turns;
	on(&x);
	fake_call(&text, 1);
	ck_assert_int_eq(inside, 1);
	ck_assert_uint_eq(fake_stats().enabled, 8);
}
END_TEST

Suite *suite_switch(void)
{
	Suite *s = suite_create("switch");
	TCase *c = tcase_create("switch");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, off_and_on);
	tcase_add_test(c, register_while_off);
	tcase_add_test(c, waits_once);
	tcase_add_test(c, off_twice);
	tcase_add_loop_test(c, direct_and_off, 0, 2);
	tcase_add_test(c, direct_alone);
	tcase_add_test(c, filters_while_off);
	tcase_add_test(c, modules_while_off);
	tcase_add_loop_test(c, one_batch, 0, 2);
	tcase_add_test(c, what_stays_is_not_written);
	tcase_add_test(c, own_thunks);
	tcase_add_test(c, strict);
	tcase_add_test(c, refused);
	tcase_add_loop_test(c, fails_and_retries, 0, 4);
	tcase_add_test(c, out_of_memory);
	tcase_add_loop_test(c, killed, 0, 2);
	tcase_add_test(c, killed_direct_first);
	tcase_add_test(c, listings);
	tcase_add_test(c, from_a_callback);
	return s;
}
