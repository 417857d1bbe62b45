/* SPDX-License-Identifier: MIT */
/* generic/profile.c: hits and times, by thread, merged, and as text. */
#include <limits.h>
#include <pthread.h>

#include <ftrace/profile.h>

#include "suites.h"

#define NR 1200

static struct fake_text text;
static unsigned long long now;

static unsigned long long fake_clock(void)
{
	return now;
}

static void start(void)
{
	fake_setup();
	fake_host.clock = fake_clock;
	fake_text_named(&text, NR);
	now = 1000;
}

static struct pt_regs enter(size_t i, unsigned long sp)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = sp };

	ck_assert_uint_eq(fake_run(fake_fn(&text, i), &cpu),
			  fake_site(&text, i) + 8);
	return cpu;
}

static void leave(struct pt_regs *cpu)
{
	ck_assert_uint_eq(fake_leave(cpu), FAKE_PARENT);
}

/* A call that takes @ns. */
static void call(size_t i, unsigned long long ns)
{
	struct pt_regs cpu = enter(i, 0x5000);

	now += ns;
	leave(&cpu);
}

static void enable(int on)
{
	ck_assert_int_eq(ftrace_profile_enable(on), 0);
}

static struct ftrace_profile seen[NR];
static char names[NR][32];
static size_t nr_seen;

static int see(const struct ftrace_profile *f, void *arg)
{
	(void)arg;
	snprintf(names[nr_seen], sizeof(names[0]), "%s", f->name);
	seen[nr_seen++] = *f;
	return 0;
}

static void look(size_t functions)
{
	nr_seen = 0;
	ck_assert_int_eq(ftrace_profile_for_each(see, NULL), 0);
	ck_assert_uint_eq(nr_seen, functions);
}

START_TEST(figures)
{
	enable(1);
	enable(1);
	call(3, 100);
	call(3, 400);
	call(3, 700);
	call(5, 5000);
	enable(0);
	enable(0);
	call(5, 7);
	look(2);
	ck_assert_str_eq(names[0], "f5");
	ck_assert_uint_eq(seen[0].ip, fake_site(&text, 5));
	ck_assert(seen[0].hits == 1 && seen[0].returns == 1 &&
		  seen[0].time == 5000 && seen[0].average == 5000 &&
		  seen[0].variance == 0);
	ck_assert_str_eq(names[1], "f3");
	ck_assert(seen[1].hits == 3 && seen[1].returns == 3 &&
		  seen[1].time == 1200 && seen[1].average == 400 &&
		  seen[1].variance == 90000);
}
END_TEST

/* What a function calls is in its time; what it was left in is in no time. */
START_TEST(nested)
{
	struct pt_regs outer, inner;

	enable(1);
	outer = enter(1, 0x5000);
	now += 10;
	inner = enter(2, 0x4000);
	now += 20;
	leave(&inner);
	now += 30;
	leave(&outer);
	enter(2, 0x4000);
	now += 40;
	enable(0);
	look(2);
	ck_assert(seen[0].ip == fake_site(&text, 1) && seen[0].time == 60);
	ck_assert(seen[1].hits == 2 && seen[1].returns == 1 &&
		  seen[1].time == 20);
}
END_TEST

/* Sums that take more than one word: years. */
START_TEST(wide)
{
	unsigned long long year = 365 * 86400 * 1000000000ULL;

	enable(1);
	call(1, 100 * year);
	call(1, 100 * year + 2000000000);
	call(2, 0xffffffffffULL);
	call(2, 0xffffffffffULL);
	call(3, 0);
	call(3, 1ULL << 63);
	enable(0);
	look(3);
	ck_assert(seen[2].ip == fake_site(&text, 2) && seen[2].variance == 0);
	ck_assert_uint_eq(seen[0].variance, ULLONG_MAX);
	ck_assert(seen[1].ip == fake_site(&text, 1) &&
		  seen[1].average == 100 * year + 1000000000);
	ck_assert_uint_eq(seen[1].variance, 2000000000000000000ULL);
}
END_TEST

/* Counted from zero, and what was entered before is forgotten. */
START_TEST(reset)
{
	struct pt_regs cpu;

	enable(1);
	call(1, 100);
	cpu = enter(2, 0x5000);
	now += 50;
	ftrace_profile_reset();
	look(0);
	leave(&cpu);
	look(0);
	call(3, 70);
	look(1);
	ck_assert(seen[0].ip == fake_site(&text, 3) && seen[0].time == 70);
	/* Nor does one that comes back later take anything away. */
	cpu = enter(2, 0x9000);
	ftrace_profile_reset();
	call(3, 70);
	leave(&cpu);
	look(1);
	enable(0);
	look(1);
	enable(1);
	look(0);
	call(3, 70);
	look(1);
	ck_assert_uint_eq(seen[0].hits, 1);
	enable(0);
}
END_TEST

/* Far more functions than the first table has room for. */
START_TEST(grows)
{
	unsigned long bytes = fake_stats().bytes;
	long pages = fake.live_pages;
	size_t i, n;

	enable(1);
	for (n = 0; n < 3; n++)
		for (i = 0; i < NR; i++)
			call(i, i + 1);
	ck_assert_uint_gt(fake_stats().bytes, bytes + NR * 40);
	pages = fake.live_pages;
	look(NR);
	/* The table that it outgrew is given back. */
	ck_assert_int_lt(fake.live_pages, pages);
	for (i = 0; i < NR; i++)
		ck_assert(seen[i].ip == fake_site(&text, NR - 1 - i) &&
			  seen[i].hits == 3 && seen[i].time == 3 * (NR - i));
	ck_assert_uint_eq(ftrace_profile_missed(), 0);
	enable(0);
}
END_TEST

/* No memory for a table is told, and no more than that. */
START_TEST(no_memory)
{
	struct pt_regs cpu;
	size_t i;

	enable(1);
	call(0, 1);
	fake_fail_n(FAKE_ALLOC_PAGES, 1, 1000000);
	for (i = 0; i < NR; i++)
		call(i, 1);
	errno = 3;
	cpu = enter(NR - 1, 0x5000);
	ck_assert(errno == 3 && cpu.parent == FAKE_PARENT);
	fake_heal();
	look(NR - ftrace_profile_missed() + 1);
	ck_assert_uint_gt(ftrace_profile_missed(), NR / 2);
	fake_fail(FAKE_ALLOC, 1);
	expect_fail(-ENOMEM, "ftrace_profile_for_each",
		    ftrace_profile_for_each(see, NULL));
	ftrace_profile_reset();
	ck_assert_uint_eq(ftrace_profile_missed(), 0);
	enable(0);
}
END_TEST

#define THREADS 5
#define CALLS 2000

static void *caller(void *arg)
{
	unsigned long i;

	for (i = 0; i < CALLS; i++)
		call(i % NR, 0);
	return arg;
}

/* Each thread has a table, those that ended too, and a block's next one adds. */
START_TEST(threads)
{
	pthread_t t[THREADS];
	unsigned long i, n;

	enable(1);
	for (n = 0; n < 2; n++) {
		/* The fake machine's frames are one thread's at a time. */
		for (i = 0; i < THREADS; i++) {
			pthread_create(&t[i], NULL, caller, NULL);
			pthread_join(t[i], NULL);
		}
		look(NR);
		for (i = 0; i < NR; i++)
			ck_assert_uint_eq(seen[i].hits, (n + 1) * THREADS *
				(seen[i].ip < fake_site(&text, CALLS - NR) ?
				 2 : 1));
	}
	enable(0);
}
END_TEST

static char lines[8][160];
static unsigned int nr_lines;

static int line(const char *at, void *arg)
{
	(void)arg;
	snprintf(lines[nr_lines++], sizeof(lines[0]), "%s", at);
	return 0;
}

START_TEST(prints)
{
	enable(1);
	call(3, 1234567);
	call(3, 2234567);
	call(1, 12345678901234ULL);
	call(2, 5);
	enable(0);
	ck_assert_int_eq(ftrace_profile_print(line, NULL), 0);
	ck_assert_uint_eq(nr_lines, 5);
	ck_assert_str_eq(lines[0], "  Function                               Hit"
			 "    Time            Avg             s^2");
	ck_assert_str_eq(lines[1], "  --------                               ---"
			 "    ----            ---             ---");
	ck_assert_str_eq(lines[2], "  f1                                       1"
			 "    12345678901 us     12345678901 us     0.000 us    ");
	ck_assert_str_eq(lines[3], "  f3                                       2"
			 "    3469.134 us     1734.567 us     500000.0 us ");
	ck_assert_str_eq(lines[4], "  f2                                       1"
			 "    0.005 us        0.005 us        0.000 us    ");
}
END_TEST

static int stops(const struct ftrace_profile *f, void *arg)
{
	(void)f;
	return ++*(int *)arg;
}

static int stops_line(const char *at, void *arg)
{
	(void)at;
	return ++*(int *)arg == 3 ? 42 : 0;
}

START_TEST(refused)
{
	int n = 0;

	expect_fail(-EINVAL, "ftrace_profile_for_each",
		    ftrace_profile_for_each(NULL, NULL));
	expect_fail(-EINVAL, "ftrace_profile_print",
		    ftrace_profile_print(NULL, NULL));
	ck_assert_int_eq(ftrace_profile_for_each(stops, &n), 0);
	fake_features &= ~FTRACE_FEATURE_GRAPH;
	expect_fail(-EOPNOTSUPP, "ftrace_profile_enable",
		    ftrace_profile_enable(1));
	fake_features |= FTRACE_FEATURE_GRAPH;
	ck_assert_int_eq(ftrace_set_filter(ftrace_profile_ops(), "f1", 2, 1),
			 0);
	enable(1);
	call(1, 1);
	call(2, 1);
	look(1);
	ck_assert_int_eq(ftrace_profile_for_each(stops, &n), 1);
	n = 0;
	ck_assert_int_eq(ftrace_profile_print(stops_line, &n), 42);
	enable(0);
	ftrace_free_filter(ftrace_profile_ops());
}
END_TEST

/* Who was interrupted while it wrote, and never went on, is waited for once. */
static unsigned long relaxed;

static void relaxes(void)
{
	relaxed++;
}

static struct ftrace_thread *other;

static void find(struct ftrace_thread *t, void *arg)
{
	(void)arg;
	if (t->counts)
		other = t;
}

START_TEST(half_written)
{
	enable(1);
	call(1, 5);
	call(2, 6);
	ftrace_threads_each(find, NULL);
	/* The first word of a table says whether it is being written. */
	++*(unsigned long *)(void *)other->counts;
	fake.on_relax = relaxes;
	look(2);
	ck_assert(relaxed > 0 && relaxed < 150);
	call(1, 5);
	relaxed = 0;
	look(2);
	ck_assert(relaxed == 0 && seen[0].time == 10 && seen[0].hits == 2);
	enable(0);
}
END_TEST

Suite *suite_profile(void)
{
	Suite *s = suite_create("profile");
	TCase *c = tcase_create("profile");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, figures);
	tcase_add_test(c, nested);
	tcase_add_test(c, wide);
	tcase_add_test(c, reset);
	tcase_add_test(c, grows);
	tcase_add_test(c, no_memory);
	tcase_add_test(c, threads);
	tcase_add_test(c, prints);
	tcase_add_test(c, refused);
	tcase_add_test(c, half_written);
	return s;
}
