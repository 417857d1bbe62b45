/* SPDX-License-Identifier: MIT */
/* generic/tids.c: clients that are called on chosen threads only. */
#include <pthread.h>
#include <unistd.h>

#include "suites.h"

static struct fake_text text;
static struct probe p, q;
static unsigned long self;
#define NOBODY (1UL << 30)	/* no thread has such a number */

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
	probe_init(&p, FTRACE_OPS_FL_PID);
	probe_init(&q, 0);
	self = ftrace_host->thread_id();
}

static int pick(unsigned long tid, int remove, int reset)
{
	return ftrace_set_filter_tid(&p.ops, tid, remove, reset);
}

static void on(struct probe *who)
{
	ck_assert_int_eq(register_ftrace_function(&who->ops), 0);
}

static void off(struct probe *who)
{
	ck_assert_int_eq(unregister_ftrace_function(&who->ops), 0);
}

static void call_gets(unsigned long hits)
{
	unsigned long before = p.hits;

	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits - before, hits);
}

static void *call_here(void *arg)
{
	fake_call(&text, (size_t)arg);
	return NULL;
}

static void call_elsewhere(size_t i)
{
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, call_here, (void *)i), 0);
	ck_assert_int_eq(pthread_join(t, NULL), 0);
}

/* Alone and in a list; nobody is picked, this thread is, and is not again. */
START_TEST(only_chosen_threads)
{
	if (_i)
		on(&q);
	on(&p);
	call_gets(0);
	ck_assert_int_eq(pick(NOBODY, 0, 0), 0);
	call_gets(0);
	ck_assert_int_eq(pick(self, 0, 0), 0);
	call_gets(1);
	call_elsewhere(1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(pick(self, 0, 0), 0);
	ck_assert_int_eq(pick(self, 1, 0), 0);
	call_gets(0);
	ck_assert_int_eq(pick(self, 0, 1), 0);
	expect_fail(-ENOENT, "ftrace_set_filter_tid", pick(NOBODY, 1, 0));
	call_gets(1);
	ck_assert_int_eq(pick(0, 0, 1), 0);
	call_gets(0);
	ck_assert_uint_eq(q.hits, _i ? 7 : 0);
	ck_assert_uint_eq(fake_stats().dropped, 0);
}
END_TEST

/* One that is not chosen keeps its place in the order of the others. */
START_TEST(chosen_before_registering)
{
	ck_assert_int_eq(pick(self, 0, 0), 0);
	on(&p);
	call_gets(1);
	off(&p);
	/* The choice stays, as filters do. */
	on(&p);
	call_gets(1);
	off(&p);
	probe_free(&p);
	on(&p);
	call_gets(0);
}
END_TEST

static void nests(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *who = (struct probe *)op;

	(void)ip;
	(void)parent_ip;
	(void)fregs;
	if (who->hits++ < 2)
		fake_call(&text, 1);
}

/* Inside another callback: who is not chosen was not dropped either. */
START_TEST(nested)
{
	q.ops.func = nests;
	q.ops.flags = FTRACE_OPS_FL_RECURSION_SAFE;
	probe_on(&q, &text, 0);
	probe_on(&p, &text, 1);
	on(&q);
	on(&p);
	fake_call(&text, 0);
	ck_assert_uint_eq(p.hits, 0);
	ck_assert_uint_eq(fake_stats().dropped, 0);
	ck_assert_int_eq(pick(self, 0, 0), 0);
	q.hits = 0;
	fake_call(&text, 0);
	ck_assert_uint_eq(p.hits, 1);
	/* And where it calls its own function: dropped if it was chosen. */
	p.ops.func = nests;
	p.hits = q.hits = 0;
	off(&p);
	on(&p);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_uint_eq(fake_stats().dropped, 1);
	ck_assert_int_eq(pick(0, 0, 1), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_uint_eq(fake_stats().dropped, 1);
}
END_TEST

START_TEST(errors)
{
#define wrong(err, expr) expect_fail(err, "ftrace_set_filter_tid", expr)
	wrong(-EINVAL, ftrace_set_filter_tid(NULL, self, 0, 0));
	wrong(-EINVAL, ftrace_set_filter_tid(&q.ops, self, 0, 0));
	wrong(-EINVAL, pick(0, 0, 0));
	wrong(-EINVAL, pick(0, 1, 0));
	wrong(-ENOENT, pick(self, 1, 0));
	wrong(-ENOENT, pick(self, 1, 1));
	ck_assert_int_eq(ftrace_lock("test"), 0);
	wrong(-EDEADLK, pick(self, 0, 0));
	ftrace_unlock();
	ck_assert_int_eq(pick(self, 0, 0), 0);
	on(&p);
	ftrace_kill();
	wrong(-ENODEV, pick(self, 0, 0));
	off(&p);
}
END_TEST

/* Every allocation in turn; the old choice stays in force. */
START_TEST(no_memory)
{
	long live = fake.live;
	unsigned long k;
	int err;

	ck_assert_int_eq(pick(self, 0, 0), 0);
	on(&p);
	for (k = 1;; k++) {
		fake_fail(FAKE_ALLOC, k);
		err = pick(NOBODY, 0, 0);
		fake_heal();
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		expect_logged("libftrace: ftrace_set_filter_tid: no memory");
		call_gets(1);
	}
	ck_assert_uint_eq(k, 3);
	off(&p);
	probe_free(&p);
	/* But for the table of sets, which is kept. */
	ck_assert_int_le(fake.live, live + 4);
}
END_TEST

/* A table comes and goes a thousand times; none is left. */
START_TEST(tables_are_given_back)
{
	unsigned long i, n = unit_loops(1000);
	long live;

	on(&p);
	ck_assert_int_eq(pick(self, 0, 0), 0);
	live = fake.live;
	for (i = 1; i < n; i++)
		ck_assert_int_eq(pick(NOBODY + i, 0, i % 10 == 0), 0);
	ck_assert_int_eq(pick(self, 0, 1), 0);
	ck_assert_int_eq(fake.live, live);
	call_gets(1);
}
END_TEST

static int inside, go, read_on;

static void *reader(void *arg)
{
	(void)arg;
	ck_assert(ftrace_read_enter());
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		usleep(1000);
	read_on = 1;
	ftrace_read_exit();
	return NULL;
}

static int relaxed;

static void let_go(void)
{
	if (++relaxed == 20)
		__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
}

/* A table outlives whoever looks a thread up in it. */
START_TEST(waits_for_readers)
{
	pthread_t t;

	on(&p);
	ck_assert_int_eq(pick(self, 0, 0), 0);
	ck_assert_int_eq(pthread_create(&t, NULL, reader, NULL), 0);
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(1000);
	fake.on_relax = let_go;
	ck_assert_int_eq(pick(NOBODY, 0, 0), 0);
	ck_assert_int_eq(read_on, 1);
	pthread_join(t, NULL);
}
END_TEST

static void picks(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	((struct probe *)op)->hits++;
	ck_assert_int_eq(ftrace_set_filter_tid(op, self, 1, 0), 0);
	fake_call(&text, 1);
}

/* In the client's own callback: this was the last call, and none is dropped. */
START_TEST(in_a_callback)
{
	p.ops.func = picks;
	ck_assert_int_eq(pick(self, 0, 0), 0);
	if (_i)
		on(&q);
	on(&p);
	call_gets(1);
	call_gets(0);
	ck_assert_uint_eq(ftrace_self->reading, 0);
	ck_assert_uint_eq(fake_stats().dropped, 0);
}
END_TEST

static volatile int stop;
static unsigned long calls[2], tids[2];

static void *looper(void *arg)
{
	unsigned long i = (unsigned long)arg;

	__atomic_store_n(&tids[i], ftrace_host->thread_id(), __ATOMIC_SEQ_CST);
	while (!stop) {
		fake_call(&text, i);
		__atomic_fetch_add(&calls[i], 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void wrong_thread(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)parent_ip;
	(void)fregs;
	ck_assert_uint_eq(ip, fake_site(&text, 0));
	__atomic_fetch_add(&((struct probe *)op)->hits, 1, __ATOMIC_RELAXED);
}

/* Tables are swapped while two threads look themselves up. */
START_TEST(live)
{
	unsigned long i, n = unit_loops(2000);
	pthread_t t[2];

	p.ops.func = wrong_thread;
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_create(&t[i], NULL, looper, (void *)i),
				 0);
		while (!__atomic_load_n(&tids[i], __ATOMIC_SEQ_CST))
			usleep(1000);
	}
	ck_assert_int_eq(pick(tids[0], 0, 0), 0);
	on(&p);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(pick(NOBODY + i, 0, 0), 0);
		ck_assert_int_eq(pick(NOBODY + i, 1, 0), 0);
	}
	while (!__atomic_load_n(&p.hits, __ATOMIC_RELAXED))
		usleep(1000);
	stop = 1;
	for (i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	off(&p);
	ck_assert_uint_le(p.hits, calls[0]);
}
END_TEST

Suite *suite_tids(void)
{
	Suite *s = suite_create("tids");
	TCase *c = tcase_create("tids");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_loop_test(c, only_chosen_threads, 0, 2);
	tcase_add_test(c, chosen_before_registering);
	tcase_add_test(c, nested);
	tcase_add_test(c, errors);
	tcase_add_test(c, no_memory);
	tcase_add_test(c, tables_are_given_back);
	tcase_add_test(c, waits_for_readers);
	tcase_add_loop_test(c, in_a_callback, 0, 2);
	tcase_add_test(c, live);
	return s;
}
