/* SPDX-License-Identifier: MIT */
/* generic/listing.c: records, figures, and stories in words. */
#include "suites.h"

static struct fake_text text;
static struct probe p, q;
static char buf[512], want[512];

static void start(void)
{
	fake_setup();
	fake_text_named(&text, 8);
	probe_init(&p, 0);
	probe_init(&q, FTRACE_OPS_FL_SAVE_REGS);
}

struct seen {
	struct ftrace_site_info site[64];
	int nr, stop_at;
};

static int see(const struct ftrace_site_info *site, void *arg)
{
	struct seen *s = arg;

	s->site[s->nr++] = *site;
	return s->nr == s->stop_at ? 42 : 0;
}

START_TEST(walk)
{
	struct seen s = { .stop_at = 0 };
	int i;

	ck_assert_int_eq(ftrace_for_each_site(see, &s), 0);
	ck_assert_int_eq(s.nr, 8);
	for (i = 0; i < 8; i++) {
		snprintf(want, sizeof(want), "f%d", i);
		ck_assert_str_eq(s.site[i].name, want);
		ck_assert_str_eq(s.site[i].module, "fake");
		ck_assert_uint_eq(s.site[i].ip, fake_site(&text, (size_t)i));
		ck_assert_uint_eq(s.site[i].count, 0);
		ck_assert_uint_eq(s.site[i].flags, 0);
		ck_assert_uint_eq(s.site[i].target, 0);
	}
}
END_TEST

START_TEST(walk_stops)
{
	struct seen s = { .stop_at = 3 };
	static struct fake_text more;

	fake_text_make(&more, 4);
	ck_assert_int_eq(ftrace_for_each_site(see, &s), 42);
	ck_assert_int_eq(s.nr, 3);
	expect_fail(-EINVAL, "ftrace_for_each_site",
		    ftrace_for_each_site(NULL, NULL));
}
END_TEST

static int call_inside(const struct ftrace_site_info *site, void *arg)
{
	(void)site;
	(void)arg;
	return ftrace_for_each_site(see, NULL);
}

START_TEST(walk_inside_a_walk)
{
	expect_fail(-EDEADLK, "ftrace_for_each_site",
		    ftrace_for_each_site(call_inside, NULL));
}
END_TEST

/* In address order, whatever the order of loading. */
START_TEST(walk_in_address_order)
{
	struct seen s = { .stop_at = 0 };
	static struct fake_text more[5];
	int i;

	for (i = 0; i < 5; i++)
		fake_text_map(&more[i], 4);
	for (i = 0; i < 5; i++)
		ck_assert_int_eq(ftrace_module_init(&more[i * 3 % 5].mod), 0);
	ck_assert_int_eq(ftrace_for_each_site(see, &s), 0);
	ck_assert_int_eq(s.nr, 28);
	for (i = 1; i < s.nr; i++)
		ck_assert_uint_lt(s.site[i - 1].ip, s.site[i].ip);
}
END_TEST

START_TEST(what_a_walk_shows)
{
	struct seen s = { .stop_at = 0 };
	static struct fake_text dis;
	int first;

	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 2), DIRECT_A),
			 0);
	probe_on(&q, &text, 3);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	fake_text_map(&dis, 1);
	dis.mod.name = NULL;
	ck_assert_int_eq(ftrace_module_init(&dis.mod), 0);
	ck_assert_int_eq(ftrace_for_each_site(see, &s), 0);
	first = s.site[0].ip == fake_site(&dis, 0);
	ck_assert_uint_eq(s.site[first].flags,
			  FTRACE_SITE_ENABLED | FTRACE_SITE_TOUCHED |
				  FTRACE_SITE_CALL_OPS);
	ck_assert_uint_eq(s.site[first].count, 1);
	ck_assert_uint_eq(s.site[first].target,
			  fake_insn_target(fake_site(&text, 0)));
	ck_assert_uint_eq(s.site[first + 2].flags,
			  FTRACE_SITE_ENABLED | FTRACE_SITE_DIRECT |
				  FTRACE_SITE_TOUCHED | FTRACE_SITE_MODIFIED);
	ck_assert_uint_eq(s.site[first + 2].count, 2);
	ck_assert_uint_eq(s.site[first + 3].flags,
			  FTRACE_SITE_ENABLED | FTRACE_SITE_REGS |
				  FTRACE_SITE_TOUCHED);
	ck_assert_uint_eq(s.site[first ? 0 : 8].flags, FTRACE_SITE_DISABLED);
	ck_assert_str_eq(s.site[first ? 0 : 8].name, "");
	ck_assert_str_eq(s.site[first ? 0 : 8].module, "");
}
END_TEST

START_TEST(stats)
{
	struct ftrace_stats st;
	unsigned long bytes;

	expect_fail(-EINVAL, "ftrace_get_stats", ftrace_get_stats(NULL));
	memset(&st, 0xee, sizeof(st));
	ck_assert_int_eq(ftrace_get_stats(&st), 0);
	ck_assert_uint_eq(st.sites, 8);
	ck_assert_uint_eq(st.disabled, 0);
	ck_assert_uint_eq(st.modules, 1);
	ck_assert_uint_eq(st.thunks, 0);
	ck_assert_uint_eq(st.sets, 0);
	ck_assert_uint_eq(st.enabled, 0);
	ck_assert_uint_eq(st.dropped, 0);
	ck_assert_uint_eq(st.unattached, 0);
	ck_assert_uint_eq(st.windows, 1);
	/* And before the first the host was asked whether it can. */
	ck_assert_uint_eq(st.syncs, 2);
	ck_assert_uint_eq(st.reserved[0] | st.reserved[5], 0);
	bytes = st.bytes;
	ck_assert_uint_gt(bytes, 8 * sizeof(struct dyn_ftrace));
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_get_stats(&st), 0);
	ck_assert_uint_eq(st.thunks, 1);
	ck_assert_uint_eq(st.sets, 1);
	ck_assert_uint_eq(st.enabled, 8);
	ck_assert_uint_eq(st.windows, 2);
	ck_assert_uint_ge(st.bytes, bytes + 4096 + 4096);
	fake_call(&text, 0);
	ck_assert_uint_eq(fake_stats().bytes, st.bytes + 65536);
}
END_TEST

static unsigned long long now = 5000;

static unsigned long long tick(void)
{
	return now += 1000;
}

/* How long the last change took; one that failed is none. */
START_TEST(stats_time)
{
	ck_assert_uint_eq(fake_stats().converted, 8);
	fake_host.clock = tick;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().update_ns, 1000);
	fake_host.clock = ftrace_linux_host()->clock;
	fake_poke(&text, 2, "INT3\0\0\0\0");
	ck_assert_int_eq(register_ftrace_function(&q.ops), -EINVAL);
	ck_assert_uint_eq(fake_stats().update_ns, 1000);
	fake.differ = 1;
}
END_TEST

START_TEST(stats_converted)
{
	static struct fake_text t;

	fake_text_map(&t, 4);
	fake_poke(&t, 1, FAKE_INSN_ODD);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_uint_eq(fake_stats().converted, 8 + 3);
	ck_assert_uint_eq(fake_stats().disabled, 4);
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
	ck_assert_uint_eq(fake_stats().converted, 8);
}
END_TEST

/* The text of a function, as wanted and with the length of it. */
static void tells(const char *name, unsigned long ip)
{
	int n = ftrace_explain(name, ip, buf, sizeof(buf));

	ck_assert_str_eq(buf, want);
	ck_assert_int_eq(n, (int)strlen(want));
}

START_TEST(explain_free)
{
	snprintf(want, sizeof(want), "f3 [0x%lx] in fake: can be traced; "
		 "nobody is attached", fake_site(&text, 3));
	tells("f3", 0);
	tells("f3", 12345);
	tells(NULL, fake_fn(&text, 3));
	tells(NULL, fake_site(&text, 3));
}
END_TEST

START_TEST(explain_clients)
{
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	snprintf(want, sizeof(want), "f3 [0x%lx] in fake: is traced by 1 "
		 "client: ops 0x%lx", fake_site(&text, 3), (unsigned long)&p);
	tells("f3", 0);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 3), DIRECT_A),
			 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	snprintf(want, sizeof(want), "f3 [0x%lx] in fake: is traced by 3 "
		 "clients: ops 0x%lx, ops 0x%lx, direct call to 0x%lx",
		 fake_site(&text, 3), (unsigned long)&q, (unsigned long)&p,
		 DIRECT_A);
	tells("f3", 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unregister_ftrace_function(&q.ops), 0);
	snprintf(want, sizeof(want), "f3 [0x%lx] in fake: is traced by 1 "
		 "client: direct call to 0x%lx", fake_site(&text, 3), DIRECT_A);
	tells("f3", 0);
}
END_TEST

START_TEST(explain_foreign)
{
	fake_poke(&text, 3, "INT3\0\0\0\1");
	snprintf(want, sizeof(want), "f3 [0x%lx] in fake: cannot be changed: "
		 "the site does not hold what it must, which is 4e 4f 50 20 00 "
		 "00 00 00; found 49 4e 54 33 00 00 00 01",
		 fake_site(&text, 3));
	tells("f3", 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), -EINVAL);
	/* Asking changed nothing. */
	ck_assert(fake_is(&text, 3, "INT3"));
	fake_poke(&text, 3, FAKE_INSN_NOP);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_poke(&text, 3, "INT3\0\0\0\1");
	ck_assert_int_gt(ftrace_explain("f3", 0, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "cannot be changed: the site does "
				     "not hold what it must, which is 43 41 "));
	fake.differ = 1;
}
END_TEST

START_TEST(explain_disabled)
{
	static struct fake_text t;

	fake_text_map(&t, 2);
	fake_poke(&t, 1, FAKE_INSN_ODD);
	t.mod.name = NULL;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	snprintf(want, sizeof(want), "the function [0x%lx] in : cannot be "
		 "traced: its module is not enabled", fake_site(&t, 0));
	tells(NULL, fake_fn(&t, 0));
	snprintf(want, sizeof(want), "the function [0x%lx] in : cannot be "
		 "traced: its site is odd", fake_site(&t, 1));
	tells(NULL, fake_fn(&t, 1));
	fake_rec(&t, 1)->arch = 0;
	snprintf(want, sizeof(want), "the function [0x%lx] in : cannot be "
		 "traced: its site could not be made a nop when the module was "
		 "loaded", fake_site(&t, 1));
	tells(NULL, fake_fn(&t, 1));
}
END_TEST

/* Where no way of changing it while it runs is safe. */
START_TEST(explain_head)
{
	static struct fake_text t;

	fake_text_map(&t, 1);
	memcpy(t.rw + 5, FAKE_INSN_GAP, FAKE_INSN_SIZE);
	t.sites[0] = fake_fn(&t, 0) + 5;
	t.mod.name = NULL;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	snprintf(want, sizeof(want), "the function [0x%lx] in : cannot be "
		 "traced: no store of its head is one store", t.sites[0]);
	tells(NULL, t.sites[0]);
	ck_assert_int_eq(memcmp(t.rw + 5, FAKE_INSN_GAP, FAKE_INSN_SIZE), 0);
}
END_TEST

START_TEST(explain_nothing)
{
	snprintf(want, sizeof(want), "g: cannot be traced: no module has a "
		 "function of that name (inlined everywhere, stripped, or not "
		 "loaded)");
	tells("g", 0);
	snprintf(want, sizeof(want), "0x1234: cannot be traced: no function "
		 "with a site starts there");
	tells(NULL, 0x1234);
	/* A name it knows, and no site: the list did not have it. */
	snprintf(want, sizeof(want), "bare: cannot be traced: it has no site "
		 "(not built for tracing, or marked notrace)");
	tells("bare", 0);
}
END_TEST

/* Equal static names are all told of. */
START_TEST(explain_twice)
{
	static struct fake_text other;

	fake_text_named(&other, 4);
	snprintf(want, sizeof(want), "f3 [0x%lx] in fake: can be traced; "
		 "nobody is attached\nf3 [0x%lx] in fake: can be traced; "
		 "nobody is attached", fake_site(&other, 3),
		 fake_site(&text, 3));
	tells("f3", 0);
}
END_TEST

/* Room of each size: cut, terminated, and the whole length told. */
START_TEST(explain_room)
{
	size_t size = (size_t)_i;
	char small[8];
	int whole;

	expect_fail(-EINVAL, "ftrace_explain",
		    ftrace_explain("f3", 0, NULL, 10));
	whole = ftrace_explain("f3", 0, buf, sizeof(buf));
	memset(small, '#', sizeof(small));
	if (!size) {
		expect_fail(-EINVAL, "ftrace_explain",
			    ftrace_explain("f3", 0, small, 0));
	} else {
		ck_assert_int_eq(ftrace_explain("f3", 0, small, size), whole);
		ck_assert_uint_eq(strlen(small), size - 1);
		ck_assert_int_eq(strncmp(small, buf, size - 1), 0);
	}
	ck_assert_int_eq(small[size], '#');
}
END_TEST

static struct ftrace_iter it;

/* The next line of the listing is as wanted, "" for none. */
static void line_is(const char *line)
{
	int n = ftrace_iter_line(&it, buf, sizeof(buf));

	ck_assert_str_eq(buf, line);
	ck_assert_int_eq(n, (int)strlen(line));
}

static void begin(enum ftrace_list list)
{
	it = (struct ftrace_iter){ .list = list };
}

START_TEST(available)
{
	static struct fake_text code;
	size_t i;

	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	text.mod.name = "/usr/lib/libfake.so";
	for (i = 0; i < 8; i++) {
		snprintf(want, sizeof(want), "f%zu [libfake.so]", i);
		line_is(want);
	}
	line_is("");
	line_is("");
	begin(FTRACE_LIST_AVAILABLE);
	((struct ftrace_mod *)text.mod.data)->executable = true;
	line_is("f0");
	text.mod.name = NULL;
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_release_mod(&text.mod), 0);
	/* A site without a name, of a module with one and of one without. */
	fake_text_make(&code, 2);
	begin(FTRACE_LIST_AVAILABLE);
	snprintf(want, sizeof(want), "0x%lx [fake]", fake_site(&code, 0));
	line_is(want);
	code.mod.name = NULL;
	snprintf(want, sizeof(want), "0x%lx", fake_site(&code, 1));
	line_is(want);
	line_is("");
}
END_TEST

/* Callbacks and direct functions that have names: nobody calls them here. */
START_TEST(enabled)
{
	unsigned long thunk;

	begin(FTRACE_LIST_ENABLED);
	line_is("");
	p.ops.func = (ftrace_func_t)fake_fn(&text, 7);
	probe_on(&p, &text, 3);
	probe_on(&p, &text, 5);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	probe_on(&q, &text, 3);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 3),
						fake_fn(&text, 1) + 4), 0);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 6), DIRECT_A),
			 0);
	thunk = fake_insn_target(fake_site(&text, 3));
	begin(FTRACE_LIST_ENABLED);
	snprintf(want, sizeof(want), "f3 [fake] (3) R   D   M   "
		 "\ttramp: 0x%lx (0x%lx)\ttramp: 0x%lx (f7+0x0/0x20 [fake])"
		 "\n\tdirect-->f1+0x4/0x20 [fake]", thunk,
		 (unsigned long)q.ops.func, thunk);
	line_is(want);
	thunk = fake_insn_target(fake_site(&text, 5));
	snprintf(want, sizeof(want), "f5 [fake] (1)       O     "
		 "\ttramp: 0x%lx (f7+0x0/0x20 [fake])", thunk);
	line_is(want);
	snprintf(want, sizeof(want), "f6 [fake] (1)     D   M   "
		 "\n\tdirect-->0x%lx", DIRECT_A);
	line_is(want);
	line_is("");
}
END_TEST

START_TEST(columns)
{
	static const struct {
		uint64_t flag;
		unsigned long site;
		const char *line;
	} way[] = {
		{ 0, 0, "f3 [fake] (0)             " },
		{ FTRACE_FL_REGS, FTRACE_SITE_REGS,
		  "f3 [fake] (0) R           " },
		{ FTRACE_FL_IPMODIFY, FTRACE_SITE_IPMODIFY,
		  "f3 [fake] (0)   I         " },
		{ FTRACE_FL_DIRECT, FTRACE_SITE_DIRECT,
		  "f3 [fake] (0)     D       " },
		{ FTRACE_FL_CALL_OPS, FTRACE_SITE_CALL_OPS,
		  "f3 [fake] (0)       O     " },
		{ FTRACE_FL_MODIFIED, FTRACE_SITE_MODIFIED,
		  "f3 [fake] (0)         M   " },
		{ FTRACE_FL_PERMANENT, FTRACE_SITE_PERMANENT,
		  "f3 [fake] (0)           P " },
	};
	struct ftrace_site_info info;

	fake_rec(&text, 3)->flags |= FTRACE_FL_TOUCHED | way[_i].flag;
	begin(FTRACE_LIST_TOUCHED);
	line_is(way[_i].line);
	line_is("");
	begin(FTRACE_LIST_TOUCHED);
	ck_assert_int_eq(ftrace_iter_next(&it, &info), 1);
	ck_assert_uint_eq(info.flags, FTRACE_SITE_TOUCHED | way[_i].site);
	fake_rec(&text, 3)->flags = FTRACE_FL_TOUCHED;
}
END_TEST

/* Once a call, for ever in the list, and only then. */
START_TEST(touched)
{
	begin(FTRACE_LIST_TOUCHED);
	line_is("");
	probe_on(&p, &text, 3);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_poke(&text, 4, "INT3\0\0\0\0");
	ck_assert_int_eq(register_ftrace_function(&q.ops), -EINVAL);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	begin(FTRACE_LIST_TOUCHED);
	line_is("f3 [fake] (0)             ");
	line_is("");
	begin(FTRACE_LIST_ENABLED);
	line_is("");
	fake.differ = 1;
}
END_TEST

/* The same records as the walk, whatever happens between two steps. */
START_TEST(iterator)
{
	struct seen s = { .stop_at = 0 };
	struct ftrace_site_info info;
	static struct fake_text more[3];
	int i;

	for (i = 0; i < 3; i++)
		fake_text_named(&more[i], 4);
	ck_assert_int_eq(ftrace_for_each_site(see, &s), 0);
	ck_assert_int_eq(s.nr, 20);
	begin(FTRACE_LIST_AVAILABLE);
	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(ftrace_iter_next(&it, &info), 1);
		ck_assert_uint_eq(info.ip, s.site[i].ip);
		ck_assert_str_eq(info.name, s.site[i].name);
		/* It holds no lock, and no record. */
		if (i == 9)
			ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
		ck_assert_uint_eq(info.count, i > 9);
	}
	ck_assert_int_eq(ftrace_iter_next(&it, &info), 0);
	begin(FTRACE_LIST_ENABLED);
	ck_assert_int_eq(ftrace_iter_next(&it, &info), 1);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(ftrace_release_mod(&more[i].mod), 0);
	for (i = 0; ftrace_iter_next(&it, &info) == 1; i++)
		ck_assert_uint_ge(info.ip, text.mod.text);
	ck_assert_int_ge(i, 7);
	ck_assert_int_eq(ftrace_release_mod(&text.mod), 0);
	begin(FTRACE_LIST_ENABLED);
	ck_assert_int_eq(ftrace_iter_next(&it, &info), 0);
}
END_TEST

static int step_inside(const struct ftrace_site_info *site, void *arg)
{
	(void)site;
	(void)arg;
	return ftrace_iter_line(&it, buf, sizeof(buf));
}

START_TEST(iterator_refused)
{
	struct ftrace_site_info info;

	expect_fail(-EINVAL, "ftrace_iter_next", ftrace_iter_next(NULL, &info));
	expect_fail(-EINVAL, "ftrace_iter_next", ftrace_iter_next(&it, NULL));
	expect_fail(-EINVAL, "ftrace_iter_line",
		    ftrace_iter_line(NULL, buf, sizeof(buf)));
	expect_fail(-EINVAL, "ftrace_iter_line", ftrace_iter_line(&it, NULL, 9));
	expect_fail(-EINVAL, "ftrace_iter_line", ftrace_iter_line(&it, buf, 0));
	expect_fail(-EDEADLK, "ftrace_iter_line",
		    ftrace_for_each_site(step_inside, NULL));
	begin((enum ftrace_list)3);
	expect_fail(-EINVAL, "ftrace_iter_line",
		    ftrace_iter_line(&it, buf, sizeof(buf)));
	begin((enum ftrace_list)-1);
	expect_fail(-EINVAL, "ftrace_iter_next", ftrace_iter_next(&it, &info));
	/* Too little room: cut, and the whole length told. */
	begin(FTRACE_LIST_AVAILABLE);
	ck_assert_int_eq(ftrace_iter_line(&it, buf, 5), 9);
	ck_assert_str_eq(buf, "f0 [");
	line_is("f1 [fake]");
}
END_TEST

Suite *suite_listing(void)
{
	Suite *s = suite_create("listing");
	TCase *c = tcase_create("listing");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, walk);
	tcase_add_test(c, walk_stops);
	tcase_add_test(c, walk_inside_a_walk);
	tcase_add_test(c, walk_in_address_order);
	tcase_add_test(c, what_a_walk_shows);
	tcase_add_test(c, stats);
	tcase_add_test(c, stats_time);
	tcase_add_test(c, stats_converted);
	tcase_add_test(c, explain_free);
	tcase_add_test(c, explain_clients);
	tcase_add_test(c, explain_foreign);
	tcase_add_test(c, explain_disabled);
	tcase_add_test(c, explain_head);
	tcase_add_test(c, explain_nothing);
	tcase_add_test(c, explain_twice);
	tcase_add_loop_test(c, explain_room, 0, 5);
	tcase_add_test(c, available);
	tcase_add_test(c, enabled);
	tcase_add_loop_test(c, columns, 0, 7);
	tcase_add_test(c, touched);
	tcase_add_test(c, iterator);
	tcase_add_test(c, iterator_refused);
	return s;
}
