/* SPDX-License-Identifier: MIT */
/* generic/host/park.c: threads that are stopped, and those that cannot be. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "suites.h"

#define THREADS 3

static int stop, ready;
static unsigned long turns[THREADS];
static unsigned long word;	/* where nobody may stand */
static pthread_t t[THREADS];

static void *spins(void *arg)
{
	unsigned long *n = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		__atomic_add_fetch(n, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void threads_start(void *(*fn)(void *arg), size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, fn, &turns[i]), 0);
}

static void threads_end(size_t nr)
{
	size_t i;

	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < nr; i++)
		pthread_join(t[i], NULL);
}

static unsigned long turns_of(size_t i)
{
	return __atomic_load_n(&turns[i], __ATOMIC_SEQ_CST);
}

static int is_word(unsigned long addr, void *arg)
{
	(void)arg;
	return word && addr == word;
}

static int ran;

/* All stand still for a while that a running thread would use. */
static int still(void *arg)
{
	unsigned long was[THREADS];
	size_t i;

	for (i = 0; i < THREADS; i++)
		was[i] = turns_of(i);
	for (i = 0; i < 300; i++)
		sched_yield();
	for (i = 0; i < THREADS; i++)
		ran |= turns_of(i) != was[i];
	++*(int *)arg;
	return -42;
}

static int park(void)
{
	int calls = 0, err;

	errno = 55;
	err = ftrace_linux_park(is_word, still, &calls);
	ck_assert_int_eq(errno, 55);
	ck_assert_int_eq(calls, err == -42);
	ck_assert_int_eq(ran, 0);
	return err;
}

static void start(void)
{
	ck_assert_int_eq(ftrace_linux_park_signal(SIGUSR1, NULL), 0);
}

START_TEST(signal_chosen)
{
	ck_assert_int_eq(park(), -EAGAIN);
	ck_assert_int_eq(ftrace_linux_park_signal(SIGKILL, NULL), -EINVAL);
	ck_assert_int_eq(park(), -EAGAIN);
	ck_assert_int_eq(ftrace_linux_park_signal(SIGUSR1, NULL), 0);
	ck_assert_int_eq(ftrace_linux_park_signal(SIGUSR1, NULL), -EBUSY);
	ck_assert_int_eq(park(), -42);
	/* Somebody else's. */
	raise(SIGUSR1);
}
END_TEST

START_TEST(all_stand_still)
{
	unsigned int round;
	size_t i;

	threads_start(spins, THREADS);
	for (round = 0; round < 50; round++)
		ck_assert_int_eq(park(), -42);
	for (i = 0; i < THREADS; i++) {
		unsigned long was = turns_of(i);

		while (turns_of(i) == was)
			sched_yield();
	}
	threads_end(THREADS);
}
END_TEST

static void *born(void *arg)
{
	return arg;
}

/* Threads that come and go meanwhile. */
static void *mother(void *arg)
{
	pthread_t child;

	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		ck_assert_int_eq(pthread_create(&child, NULL, born, NULL), 0);
		__atomic_add_fetch((unsigned long *)arg, 1, __ATOMIC_SEQ_CST);
		pthread_join(child, NULL);
	}
	return NULL;
}

START_TEST(threads_come_and_go)
{
	unsigned int round;

	threads_start(mother, 2);
	for (round = 0; round < 100; round++)
		ck_assert_int_eq(park(), -42);
	threads_end(2);
}
END_TEST

static int nr_listed;

static int lists(unsigned long *id, int room)
{
	(void)id;
	(void)room;
	return nr_listed;
}

/* The host knows better, or does not know. */
START_TEST(host_lists)
{
	ck_assert_int_eq(ftrace_linux_park_signal(SIGUSR1, lists), 0);
	ck_assert_int_eq(park(), -42);
	nr_listed = -1;
	ck_assert_int_eq(park(), -EAGAIN);
	nr_listed = 1025;
	ck_assert_int_eq(park(), -EAGAIN);
}
END_TEST

static unsigned long spinner;

/* One that the first list did not have yet. */
static int lists_late(unsigned long *id, int room)
{
	static int lists;

	(void)room;
	*id = spinner;
	return lists++ > 0;
}

static void *spins_known(void *arg)
{
	__atomic_store_n(&spinner, (unsigned long)gettid(), __ATOMIC_SEQ_CST);
	__atomic_store_n(&ready, 1, __ATOMIC_SEQ_CST);
	return spins(arg);
}

static void until_ready(void)
{
	while (!__atomic_load_n(&ready, __ATOMIC_SEQ_CST))
		sched_yield();
}

START_TEST(lists_again)
{
	ck_assert_int_eq(ftrace_linux_park_signal(SIGUSR1, lists_late), 0);
	threads_start(spins_known, 1);
	until_ready();
	ck_assert_int_eq(park(), -42);
	threads_end(1);
}
END_TEST

static void *masked(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	__atomic_store_n(&ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) == 1)
		sched_yield();
	/* What was sent comes now, and nobody wants it any more. */
	sigemptyset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	return spins(arg);
}

START_TEST(signal_is_blocked)
{
	threads_start(masked, 1);
	until_ready();
	ck_assert_int_eq(park(), -EAGAIN);
	ck_assert_int_eq(park(), -EAGAIN);
	__atomic_store_n(&ready, 2, __ATOMIC_SEQ_CST);
	while (!turns_of(0))
		sched_yield();
	ck_assert_int_eq(park(), -42);
	threads_end(1);
}
END_TEST

/* A handler that was called where the word says has it in its signal's frame. */
static void *holds(void *arg)
{
	volatile unsigned long here = 0x1234567;

	__atomic_store_n(&ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) == 1)
		sched_yield();
	here = 0;
	spins(arg);
	return (void *)here;
}

START_TEST(stands_between)
{
	threads_start(holds, 1);
	until_ready();
	ck_assert_int_eq(park(), -42);
	word = 0x1234567;
	ck_assert_int_eq(park(), -EAGAIN);
	__atomic_store_n(&ready, 2, __ATOMIC_SEQ_CST);
	while (!turns_of(0))
		sched_yield();
	ck_assert_int_eq(park(), -42);
	threads_end(1);
}
END_TEST

/* The instruction that the thread stands at is among the words. */
static int saw_code;

static int is_code(unsigned long addr, void *arg)
{
	(void)arg;
	saw_code |= addr - (unsigned long)spins < 128;
	return 0;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

START_TEST(sees_where)
{
	threads_start(spins, 1);
	while (!turns_of(0))
		sched_yield();
	ck_assert_int_eq(ftrace_linux_park(is_code, nothing, NULL), 0);
	ck_assert_int_eq(saw_code, 1);
	threads_end(1);
}
END_TEST

static void handler(int sig)
{
	(void)sig;
	__atomic_store_n(&ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) == 1)
		sched_yield();
}

static void *elsewhere(void *arg)
{
	static char stack[65536];
	stack_t st = { .ss_sp = stack, .ss_size = sizeof(stack) }, was;

	sigaltstack(&st, &was);
	pthread_kill(pthread_self(), SIGUSR2);
	spins(arg);
	/* A sanitizer gives back what it finds there. */
	sigaltstack(&was, NULL);
	return NULL;
}

/* On a stack for signals; on its own there is nothing to hide. */
START_TEST(inside_a_handler)
{
	struct sigaction sa = { .sa_handler = handler,
				.sa_flags = _i ? SA_ONSTACK : 0 };

	sigaction(SIGUSR2, &sa, NULL);
	threads_start(elsewhere, 1);
	until_ready();
	ck_assert_int_eq(park(), _i ? -EAGAIN : -42);
	__atomic_store_n(&ready, 2, __ATOMIC_SEQ_CST);
	while (!turns_of(0))
		sched_yield();
	ck_assert_int_eq(park(), -42);
	threads_end(1);
}
END_TEST

Suite *suite_park(void)
{
	Suite *s = suite_create("host/park");
	TCase *c = tcase_create("chosen");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, signal_chosen);
	tcase_add_test(c, host_lists);
	tcase_add_test(c, lists_again);
	c = tcase_create("park");
	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, NULL);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, all_stand_still);
	tcase_add_test(c, threads_come_and_go);
	tcase_add_test(c, signal_is_blocked);
	tcase_add_test(c, stands_between);
	tcase_add_test(c, sees_where);
	tcase_add_loop_test(c, inside_a_handler, 0, 2);
	return s;
}
