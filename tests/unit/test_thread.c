/* SPDX-License-Identifier: MIT */
/* generic/thread.c: blocks, and waiting until nobody is inside. */
#include <pthread.h>
#include <unistd.h>
#include <sys/wait.h>

#include "suites.h"

static struct fake_text text;

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
}

static void in_thread(void *(*fn)(void *arg), void *arg)
{
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, fn, arg), 0);
	ck_assert_int_eq(pthread_join(t, NULL), 0);
}

static void *call_once(void *arg)
{
	ck_assert_ptr_null(ftrace_mine());
	fake_call(arg, 0);
	ck_assert_ptr_nonnull(ftrace_mine());
	ck_assert_uint_eq(ftrace_self->depth, 0);
	return NULL;
}

/* Threads come and go; their blocks are used again. */
START_TEST(blocks_of_dead_threads_are_reused)
{
	unsigned long i, n = unit_loops(5000), bytes;
	static struct probe p;

	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	in_thread(call_once, &text);
	bytes = fake_stats().bytes;
	for (i = 1; i < n; i++)
		in_thread(call_once, &text);
	ck_assert_uint_eq(p.hits, n);
	ck_assert_uint_eq(fake_stats().bytes, bytes);
	ck_assert_uint_eq(fake_stats().unattached, 0);
}
END_TEST

static pthread_barrier_t gate;

static void *call_and_stay(void *arg)
{
	fake_call(arg, 0);
	pthread_barrier_wait(&gate);
	pthread_barrier_wait(&gate);
	return NULL;
}

/* More threads at once than a chunk has blocks: a second chunk, no more. */
START_TEST(many_threads_at_once)
{
	enum { N = 250 };
	unsigned long before;
	pthread_t t[N];
	static struct probe p;
	int i, round;

	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&text, 0);
	before = fake_stats().bytes;
	pthread_barrier_init(&gate, NULL, N + 1);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < N; i++)
			ck_assert_int_eq(pthread_create(&t[i], NULL,
							call_and_stay, &text),
					 0);
		pthread_barrier_wait(&gate);
		pthread_barrier_wait(&gate);
		for (i = 0; i < N; i++)
			pthread_join(t[i], NULL);
		/*
		 * The kernel lets go of a number some time behind the join:
		 * on a busy machine the second round may need its own.
		 */
		ck_assert_uint_ge(fake_stats().bytes - before, 2 * 65536);
		ck_assert_uint_le(fake_stats().bytes - before, 5 * 65536);
	}
	ck_assert_uint_eq(p.hits, 2 * N + 1);
	ck_assert_uint_eq(fake_stats().unattached, 0);
}
END_TEST

/* No block: the call is not delivered, and counted; errno is kept. */
START_TEST(no_memory_for_a_block)
{
	static struct probe p;

	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_fail(FAKE_ALLOC_PAGES, 1);
	errno = 77;
	fake_call(&text, 0);
	ck_assert_int_eq(errno, 77);
	ck_assert_uint_eq(p.hits, 0);
	ck_assert_uint_eq(fake_stats().unattached, 1);
	ck_assert_ptr_null(ftrace_mine());
	fake_call(&text, 0);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_uint_eq(fake_stats().unattached, 1);
}
END_TEST

START_TEST(location_without_a_block)
{
	fake_fail(FAKE_ALLOC_PAGES, 1);
	ck_assert_uint_eq(ftrace_location(fake_fn(&text, 1)), 0);
	ck_assert_uint_eq(ftrace_location(fake_fn(&text, 1)),
			  fake_site(&text, 1));
	ck_assert_uint_eq(ftrace_self->reading, 0);
}
END_TEST

static struct ftrace_thread *left;
static pthread_t leaver;

static void leave(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	left = ftrace_self;
	if (pthread_equal(pthread_self(), leaver))
		pthread_exit(NULL);
}

static void *call_and_die(void *arg)
{
	leaver = pthread_self();
	fake_call(arg, 0);
	ck_abort_msg("came back");
	return NULL;
}

/* A thread that dies in a callback leaves its word up; nobody waits for it. */
START_TEST(death_in_a_callback)
{
	static struct probe p;

	probe_init(&p, 0);
	p.ops.func = leave;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	in_thread(call_and_die, &text);
	ck_assert_uint_eq(left->depth, 1);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

static unsigned long same_id(void)
{
	return 4242;
}

/* A new thread with a dead one's number adopts its block, at zero. */
START_TEST(adoption)
{
	struct ftrace_thread *first;
	static struct probe p;

	fake.thread_id = same_id;
	probe_init(&p, 0);
	p.ops.func = leave;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	in_thread(call_and_die, &text);
	first = left;
	first->reading = 3;
	ck_assert_ptr_null(ftrace_mine());
	fake_call(&text, 0);
	ck_assert_ptr_eq(ftrace_self, first);
	ck_assert_uint_eq(first->depth, 0);
	ck_assert_uint_eq(first->reading, 0);
	ck_assert_uint_eq(first->id, 4242);
	ck_assert_ptr_eq(first->errno_ptr, &errno);
}
END_TEST

static int inside, go;

static void sleepy(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		usleep(1000);
	__atomic_fetch_add((unsigned long *)&((struct probe *)op)->hits, 1,
			   __ATOMIC_SEQ_CST);
}

static void *call_site(void *arg)
{
	fake_call(&text, (size_t)arg);
	return NULL;
}

static void enter_sleep(pthread_t *t, size_t site)
{
	ck_assert_int_eq(pthread_create(t, NULL, call_site, (void *)site), 0);
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(1000);
}

static int relaxed;

static void let_go(void)
{
	if (++relaxed == 20)
		__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
}

/* Unregister waits for the one that is inside: alone and in a list. */
START_TEST(unregister_waits)
{
	static struct probe p, q;
	pthread_t t;

	probe_init(&p, 0);
	probe_init(&q, 0);
	p.ops.func = sleepy;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	if (_i)
		ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	enter_sleep(&t, 0);
	fake.on_relax = let_go;
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_ge(relaxed, 20);
	ck_assert_uint_eq(p.hits, 1);
	pthread_join(t, NULL);
	ck_assert_uint_eq(q.hits, _i);
}
END_TEST

static void must_not_wait(void)
{
	ck_abort_msg("waits for somebody else's callback");
}

/* A sleeper in one client does not delay another, even in one list. */
START_TEST(sleeper_delays_nobody_else)
{
	static struct probe p, q;
	pthread_t t;

	probe_init(&p, 0);
	probe_init(&q, 0);
	p.ops.func = sleepy;
	if (_i)
		probe_on(&q, &text, 1);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	enter_sleep(&t, 0);
	fake.on_relax = must_not_wait;
	ck_assert_int_eq(unregister_ftrace_function(&q.ops), 0);
	fake.on_relax = NULL;
	go = 1;
	pthread_join(t, NULL);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

static unsigned long barriers_at(unsigned long since)
{
	return fake.calls[FAKE_BARRIER] - since;
}

/* Two for the drain, and one before its sets are given back. */
START_TEST(barriers_of_a_removal)
{
	unsigned long since = fake.calls[FAKE_BARRIER];
	static struct probe p;

	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(barriers_at(since), 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(barriers_at(since), 3);
}
END_TEST

static int read_step;

static void *reader(void *arg)
{
	(void)arg;
	ck_assert(ftrace_read_enter());
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		usleep(1000);
	read_step = 1;
	ftrace_read_exit();
	return NULL;
}

/* A module's records outlive whoever is looking at them. */
START_TEST(release_waits_for_readers)
{
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, reader, NULL), 0);
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(1000);
	fake.on_relax = let_go;
	ck_assert_int_eq(ftrace_release_mod(&text.mod), 0);
	ck_assert_int_eq(read_step, 1);
	pthread_join(t, NULL);
}
END_TEST

/*
 * In a fork's child the first thread has another number than its block says;
 * it must keep the block when others look for those of the dead.
 */
static int forked_child(void)
{
	enum { N = 130 };
	struct ftrace_thread *mine = ftrace_self;
	pthread_t t[N];
	int i, bad;

	/* Blocks of threads that are not here are free again. */
	if (mine[1].depth || mine[1].id)
		return 3;
	pthread_barrier_init(&gate, NULL, N + 1);
	for (i = 0; i < N; i++)
		if (pthread_create(&t[i], NULL, call_and_stay, &text))
			return 2;
	pthread_barrier_wait(&gate);
	mine->depth = 7;
	bad = mine->id != ftrace_host->thread_id();
	mine->depth = 0;
	pthread_barrier_wait(&gate);
	for (i = 0; i < N; i++)
		pthread_join(t[i], NULL);
	return bad;
}

START_TEST(child_of_a_fork_keeps_its_block)
{
	static struct probe p;
	int status;
	pid_t pid;

	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&text, 0);
	in_thread(call_once, &text);
	ck_assert_uint_ne(ftrace_self[1].id, 0);
	ftrace_self[1].depth = 1;
	pid = fork();
	if (!pid)
		_exit(forked_child());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

static void *hold_lock(void *arg)
{
	(void)arg;
	ck_assert_int_eq(ftrace_lock("holder"), 0);
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	usleep(30000);
	ftrace_unlock();
	return NULL;
}

/* A fork while another thread registers: the child can still register. */
START_TEST(fork_under_the_lock)
{
	static struct probe p;
	pthread_t t;
	int status;
	pid_t pid;

	probe_init(&p, 0);
	/* Who had it once does not have it now. */
	ck_assert_int_eq(ftrace_lock("before"), 0);
	ftrace_unlock();
	ck_assert_int_eq(pthread_create(&t, NULL, hold_lock, NULL), 0);
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(1000);
	pid = fork();
	if (!pid) {
		alarm(20);
		_exit(register_ftrace_function(&p.ops) ||
		      unregister_ftrace_function(&p.ops));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	pthread_join(t, NULL);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
}
END_TEST

static volatile int stop;
static unsigned long rounds[2];

static void *looper(void *arg)
{
	unsigned long *n = arg;

	while (!stop) {
		size_t i;

		for (i = 0; i < 8; i++)
			fake_call(&text, i);
		__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void poison_hit(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)parent_ip;
	(void)fregs;
	ck_assert_ptr_eq(op->priv, op);
	ck_assert(ip >= text.mod.text && ip < text.mod.text_end);
}

static void register_free_poison(struct probe *other)
{
	struct probe *p = malloc(sizeof(*p));

	probe_init(p, 0);
	p->ops.func = poison_hit;
	p->ops.priv = p;
	ck_assert_int_eq(register_ftrace_function(&p->ops), 0);
	ck_assert_int_eq(register_ftrace_function(&other->ops), 0);
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), 0);
	memset(p, 0x5a, sizeof(*p));
	free(p);
	ck_assert_int_eq(unregister_ftrace_function(&other->ops), 0);
}

/* Two threads call; clients come, go, and are freed at once. */
START_TEST(live)
{
	unsigned long i, n = unit_loops(400);
	static struct probe other;
	pthread_t t[2];

	probe_init(&other, 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, looper,
						&rounds[i]), 0);
	for (i = 0; i < n; i++)
		register_free_poison(&other);
	stop = 1;
	for (i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		ck_assert_uint_gt(rounds[i], 0);
	}
	for (i = 0; i < 8; i++)
		ck_assert(fake_is(&text, i, "NOP "));
}
END_TEST

Suite *suite_thread(void)
{
	Suite *s = suite_create("thread");
	TCase *c = tcase_create("thread");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, blocks_of_dead_threads_are_reused);
	tcase_add_test(c, many_threads_at_once);
	tcase_add_test(c, no_memory_for_a_block);
	tcase_add_test(c, location_without_a_block);
	tcase_add_test(c, death_in_a_callback);
	tcase_add_test(c, adoption);
	tcase_add_loop_test(c, unregister_waits, 0, 2);
	tcase_add_loop_test(c, sleeper_delays_nobody_else, 0, 2);
	tcase_add_test(c, barriers_of_a_removal);
	tcase_add_test(c, release_waits_for_readers);
	tcase_add_test(c, child_of_a_fork_keeps_its_block);
	tcase_add_test(c, fork_under_the_lock);
	tcase_add_test(c, live);
	return s;
}
