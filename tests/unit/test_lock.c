/* SPDX-License-Identifier: MIT */
/* generic/lock.c: the registration lock knows its owner. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suites.h"

START_TEST(lock_and_unlock)
{
	int i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(ftrace_lock("call"), 0);
		ftrace_unlock();
	}
	ck_assert_uint_eq(fake.nr_log, 0);
}
END_TEST

START_TEST(again_in_the_same_thread)
{
	ck_assert_int_eq(ftrace_lock("outer"), 0);
	expect_fail(-EDEADLK, "inner", ftrace_lock("inner"));
	ftrace_unlock();
	ck_assert_int_eq(ftrace_lock("inner"), 0);
	ftrace_unlock();
}
END_TEST

static void nobody(struct ftrace_ops *ops)
{
	ck_abort_msg("released %p", (void *)ops);
}

/* Every public call that takes the lock, while this thread holds it. */
START_TEST(every_call_is_refused_inside)
{
	struct ftrace_stats st;
	static struct fake_text t;
	static struct probe p;
	char buf[64];

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	ck_assert_int_eq(ftrace_lock("test"), 0);
#define inside(name, expr) expect_fail(-EDEADLK, name, expr)
	inside("register_ftrace_function", register_ftrace_function(&p.ops));
	inside("unregister_ftrace_function",
	       unregister_ftrace_function(&p.ops));
	inside("unregister_ftrace_function_timeout",
	       unregister_ftrace_function_timeout(&p.ops, 1));
	inside("unregister_ftrace_function_async",
	       unregister_ftrace_function_async(&p.ops, nobody));
	inside("ftrace_synchronize", ftrace_synchronize());
	inside("ftrace_set_filter_ips",
	       ftrace_set_filter_ip(&p.ops, fake_fn(&t, 0), 0, 0));
	inside("ftrace_set_filter", ftrace_set_filter(&p.ops, "f", 1, 0));
	inside("ftrace_set_notrace", ftrace_set_notrace(&p.ops, "f", 1, 0));
	inside("register_ftrace_direct",
	       register_ftrace_direct(fake_fn(&t, 0), DIRECT_A));
	inside("unregister_ftrace_direct",
	       unregister_ftrace_direct(fake_fn(&t, 0), DIRECT_A));
	inside("modify_ftrace_direct",
	       modify_ftrace_direct(fake_fn(&t, 0), DIRECT_A, DIRECT_B));
	inside("ftrace_get_stats", ftrace_get_stats(&st));
	inside("ftrace_explain", ftrace_explain("f", 0, buf, sizeof(buf)));
	inside("ftrace_module_init", ftrace_module_init(&t.mod));
	inside("ftrace_module_enable", ftrace_module_enable(&t.mod));
	inside("ftrace_release_mod", ftrace_release_mod(&t.mod));
	fake_log_clear();
	ftrace_kill();
	ck_assert(fake_logged("libftrace: ftrace_kill: "));
	ck_assert_int_eq(ftrace_is_dead(), 0);
	fake_log_clear();
	ftrace_free_filter(&p.ops);
	ck_assert(fake_logged("libftrace: ftrace_free_filter: "));
	ck_assert_uint_eq(ftrace_find_rec_direct(fake_fn(&t, 0)), 0);
	/* Takes no lock. */
	ck_assert_uint_eq(ftrace_location(fake_fn(&t, 3)), fake_site(&t, 3));
	ftrace_unlock();
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
}
END_TEST

static unsigned long shared;

static void *adder(void *arg)
{
	unsigned long i, n = unit_loops(20000);

	(void)arg;
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(ftrace_lock("adder"), 0);
		shared++;
		ftrace_unlock();
	}
	return NULL;
}

START_TEST(one_at_a_time)
{
	pthread_t a, b;

	ck_assert_int_eq(pthread_create(&a, NULL, adder, NULL), 0);
	ck_assert_int_eq(pthread_create(&b, NULL, adder, NULL), 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	ck_assert_uint_eq(shared, 2 * unit_loops(20000));
}
END_TEST

static unsigned long waiter_id;
static int refused;

static void on_signal(int sig)
{
	(void)sig;
	__atomic_store_n(&refused, ftrace_lock("handler"), __ATOMIC_SEQ_CST);
}

static void *waiter(void *arg)
{
	(void)arg;
	__atomic_store_n(&waiter_id, ftrace_host->thread_id(),
			 __ATOMIC_SEQ_CST);
	ck_assert_int_eq(ftrace_lock("waiter"), 0);
	ftrace_unlock();
	return NULL;
}

static bool sleeps(unsigned long id)
{
	char path[64], stat[128] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%lu/stat", id);
	f = fopen(path, "r");
	if (!f)
		return false;
	ck_assert_ptr_nonnull(fgets(stat, sizeof(stat), f));
	fclose(f);
	return strstr(stat, ") S ");
}

/* A handler that interrupts a thread on its way to the lock, not the owner. */
START_TEST(handler_of_one_that_waits)
{
	pthread_t t;

	signal(SIGUSR1, on_signal);
	ck_assert_int_eq(ftrace_lock("owner"), 0);
	ck_assert_int_eq(pthread_create(&t, NULL, waiter, NULL), 0);
	while (!__atomic_load_n(&waiter_id, __ATOMIC_SEQ_CST) ||
	       !sleeps(waiter_id))
		usleep(1000);
	pthread_kill(t, SIGUSR1);
	while (!__atomic_load_n(&refused, __ATOMIC_SEQ_CST))
		usleep(1000);
	ck_assert_int_eq(refused, -EDEADLK);
	ftrace_unlock();
	pthread_join(t, NULL);
	/* And it left nothing behind in this thread or that. */
	ck_assert_int_eq(ftrace_lock("owner"), 0);
	ftrace_unlock();
}
END_TEST

/* The thread that forks holds the lock, and so does its copy in the child. */
START_TEST(fork_by_the_owner)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(ftrace_lock("owner"), 0);
	pid = fork();
	if (!pid) {
		alarm(20);
		if (ftrace_lock("child") != -EDEADLK)
			_exit(1);
		ftrace_unlock();
		if (ftrace_lock("child"))
			_exit(2);
		ftrace_unlock();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ftrace_unlock();
	ck_assert_int_eq(ftrace_lock("owner"), 0);
	ftrace_unlock();
}
END_TEST

Suite *suite_lock(void)
{
	Suite *s = suite_create("lock");
	TCase *c = fake_case(s, "lock");

	tcase_add_test(c, lock_and_unlock);
	tcase_add_test(c, again_in_the_same_thread);
	tcase_add_test(c, every_call_is_refused_inside);
	tcase_add_test(c, one_at_a_time);
	tcase_add_test(c, handler_of_one_that_waits);
	tcase_add_test(c, fork_by_the_owner);
	return s;
}
