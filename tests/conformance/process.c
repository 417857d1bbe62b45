/* SPDX-License-Identifier: MIT */
/* Area 12: what a child has of its parent's clients, and programs that follow. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"

/* Nobody is left behind if it hangs, and all that it said is read. */
static pid_t child_of(void (*run)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	alarm(60);
	run();
	fflush(stdout);
	_exit(0);
}

static void ends_well(pid_t pid)
{
	int status = -1;

	value("waitpid", waitpid(pid, &status, 0) == pid, true);
	value("child", (unsigned long)status, 0);
}

/*
 * Clients of each kind: alone, two on a function, with all registers, and
 * direct calls near and far.
 */
static struct probe one, two, full;
static unsigned long far_addr, far_hits;

static void clients_come(void)
{
	probe_init(&one, 0);
	probe_on(&one, traced_one);
	probe_on(&one, traced_two);
	probe_init(&two, 0);
	probe_on(&two, traced_two);
	probe_init(&full, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	probe_on(&full, traced_far_a);
	must("register", register_ftrace_function(&one.ops));
	must("register", register_ftrace_function(&two.ops));
	must("register", register_ftrace_function(&full.ops));
	far_addr = far_make(&far_hits);
	if (!far_addr)
		far_addr = CODE(direct_two);
	must("direct", register_ftrace_direct(CODE(traced_lonely_a),
					      CODE(direct_one)));
	must("direct", register_ftrace_direct(CODE(traced_lonely_b),
					      far_addr));
}

/* They are called, once more than @before times. */
static void clients_work(unsigned long before)
{
	value("result", (unsigned long)traced_one(1), 2);
	value("result", (unsigned long)traced_two(1), 3);
	traced_far_a(1);
	traced_lonely_a(1);
	traced_lonely_b(1);
	count("one", one.hits, 2 * before + 2);
	count("two", two.hits, before + 1);
	count("full", full.hits, before + 1);
	count("direct", direct_hits[1], before + 1);
	count("far", far_hits + direct_hits[2], before + 1);
	show_thunk("traced_one", ftrace_location(CODE(traced_one)), 1);
	show_thunk("traced_two", ftrace_location(CODE(traced_two)), 2);
}

static void clients_go(void)
{
	must("unregister", unregister_ftrace_function(&two.ops));
	must("unregister", unregister_ftrace_function(&one.ops));
	must("unregister", unregister_ftrace_function(&full.ops));
	must("direct", unregister_ftrace_direct(CODE(traced_lonely_a),
						CODE(direct_one)));
	must("direct", unregister_ftrace_direct(CODE(traced_lonely_b),
						far_addr));
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	show_nop("traced_two", ftrace_location(CODE(traced_two)));
	show_nop("traced_far_a", ftrace_location(CODE(traced_far_a)));
}

static void grandchild(void)
{
	clients_work(2);
	clients_go();
	clients_come();
	memset(direct_hits, 0, sizeof(direct_hits));
	far_hits = 0;
	clients_work(0);
	clients_go();
}

static void child(void)
{
	clients_work(1);
	ends_well(child_of(grandchild));
	clients_work(2);
	clients_go();
}

static void process_fork(void)
{
	pid_t pid;

	clients_come();
	clients_work(0);
	pid = child_of(child);
	/* At the same time, in text of its own. */
	clients_work(1);
	ends_well(pid);
	clients_work(2);
	clients_go();
}

/*
 * A thread that forks while another one is between two stores of its change.
 */
static int go, forked, stop;
static pid_t in_the_middle;

static void wait_for(int *flag)
{
	while (!__atomic_load_n(flag, __ATOMIC_SEQ_CST))
		sched_yield();
}

static void set(int *flag, int to)
{
	__atomic_store_n(flag, to, __ATOMIC_SEQ_CST);
}

/* All or nothing of the change, and all can be done that could be before. */
static void consistent(void)
{
	unsigned long ip = ftrace_location(CODE(traced_two));
	struct ftrace_site_info info;
	static struct probe own;
	unsigned long hits = one.hits;

	value("listed", site_info(ip, &info), true);
	if (info.flags & FTRACE_SITE_ENABLED)
		show_thunk("traced_two", ip, 1);
	else
		show_nop("traced_two", ip);
	value("result", (unsigned long)traced_two(1), 3);
	count("hits", one.hits - hits,
	      info.flags & FTRACE_SITE_ENABLED ? 1 : 0);
	probe_init(&own, 0);
	probe_on(&own, traced_one);
	probe_on(&own, traced_two);
	must("own", register_ftrace_function(&own.ops));
	traced_one(1);
	traced_two(1);
	count("own", own.hits, 2);
	must("own", unregister_ftrace_function(&own.ops));
	if (info.flags & FTRACE_SITE_ENABLED)
		must("inherited", unregister_ftrace_function(&one.ops));
	show_nop("traced_two", ip);
}

static void *forks_then(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		if (!__atomic_load_n(&go, __ATOMIC_SEQ_CST)) {
			sched_yield();
			continue;
		}
		set(&go, 0);
		in_the_middle = child_of(consistent);
		set(&forked, 1);
	}
	return unused;
}

/* It is about to fork, and has the time to, if nobody makes it wait. */
static void in_a_change(void)
{
	int i;

	set(&forked, 0);
	set(&go, 1);
	for (i = 0; i < 100 && !__atomic_load_n(&forked, __ATOMIC_SEQ_CST); i++)
		usleep(1000);
}

static void process_fork_update(void)
{
	pthread_t t;
	int err;

	probe_init(&one, 0);
	probe_on(&one, traced_two);
	must("thread", pthread_create(&t, NULL, forks_then, NULL));
	fault.syncing = in_a_change;
	err = register_ftrace_function(&one.ops);
	/* Before a word: the child's stdout would be locked for ever. */
	wait_for(&forked);
	must("register", err);
	value("was in it", !fault.syncing, true);
	ends_well(in_the_middle);
	traced_two(1);
	count("hits", one.hits, 1);
	fault.syncing = in_a_change;
	err = unregister_ftrace_function(&one.ops);
	wait_for(&forked);
	must("unregister", err);
	value("was in it", !fault.syncing, true);
	ends_well(in_the_middle);
	set(&stop, 1);
	pthread_join(t, NULL);
}

/*
 * A child that runs in its parent's memory, on the block that it takes there
 * by its first traced call. Its parent goes on with that, and is waited for.
 */
static int asleep, wake;

static void sleeps(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	set(&asleep, 1);
	wait_for(&wake);
}

static void *vforks(void *arg)
{
	volatile pid_t pid = vfork();

	/* An emulator may have given the child memory of its own. */
	if (!pid)
		_exit(traced_one(1) != 2 || one.hits != 1);
	ends_well(pid);
	traced_two(1);
	return arg;
}

static void process_vfork(void)
{
	pthread_t t;

	probe_init(&one, 0);
	probe_on(&one, traced_one);
	probe_init(&two, 0);
	two.ops.func = sleeps;
	probe_on(&two, traced_two);
	must("register", register_ftrace_function(&one.ops));
	must("register", register_ftrace_function(&two.ops));
	must("thread", pthread_create(&t, NULL, vforks, NULL));
	wait_for(&asleep);
	value("timeout", (unsigned long)unregister_ftrace_function_timeout(
				 &two.ops, 20), (unsigned long)-ETIMEDOUT);
	set(&wake, 1);
	pthread_join(t, NULL);
	must("unregister", unregister_ftrace_function(&two.ops));
	must("unregister", unregister_ftrace_function(&one.ops));
}

/*
 * This program again, by the words that it was started with: under an emulator
 * those are the emulator's, if they are asked for as nobody else does.
 */
#define PROGRAM "/proc/thread-self/exe"

static char words[4096], *again[64];

static void start_words(char *last)
{
	int fd = open("/proc/thread-self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t i, n = fd < 0 ? 0 : read(fd, words, sizeof(words) - 1);
	unsigned int nr = 0;

	close(fd);
	for (i = 0; i < n && nr < 63; i += (ssize_t)strlen(words + i) + 1)
		again[nr++] = words + i;
	value("words", nr > 1, true);
	if (last)
		again[nr - 1] = last;
	again[nr] = NULL;
}

static unsigned long changes;

static void *changer(void *arg)
{
	unsigned long *bad = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		*bad += !!register_ftrace_function(&one.ops);
		*bad += !!unregister_ftrace_function(&one.ops);
		__atomic_fetch_add(&changes, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* The C library's way, while all that this program has is changed. */
static void process_spawn(void)
{
	static char list[] = "--list";
	char *const none[] = { NULL };
	posix_spawn_file_actions_t quiet;
	unsigned long bad = 0, i;
	pthread_t t;
	pid_t pid;

	start_words(list);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	probe_init(&one, 0);
	probe_init(&two, 0);
	must("register", register_ftrace_function(&two.ops));
	must("thread", pthread_create(&t, NULL, changer, &bad));
	/* It has begun, however late it gets a CPU. */
	while (!__atomic_load_n(&changes, __ATOMIC_SEQ_CST))
		sched_yield();
	for (i = 0; i < 5; i++) {
		must("spawn", posix_spawn(&pid, PROGRAM, &quiet, NULL, again,
					  none));
		ends_well(pid);
		value("result", (unsigned long)traced_one((long)i), i + 1);
	}
	set(&stop, 1);
	pthread_join(t, NULL);
	count("bad rounds", bad, 0);
	must("unregister", unregister_ftrace_function(&two.ops));
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	posix_spawn_file_actions_destroy(&quiet);
}

/* Another program in the place of this one, from inside a callback. */
static void *sleeper(void *unused)
{
	traced_two(1);
	return unused;
}

static void execs(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	static char second[] = "CONFORMANCE_SECOND=1";
	char *const env[] = { second, NULL };

	probe_hit(ip, parent_ip, op, fregs);
	fflush(stdout);
	execve(PROGRAM, again, env);
	value("execve", (unsigned long)errno, 0);
}

static void process_exec(void)
{
	struct ftrace_stats st;
	pthread_t t;

	if (getenv("CONFORMANCE_SECOND")) {
		ftrace_get_stats(&st);
		value("thunks", st.thunks, 0);
		show_nop("traced_one", ftrace_location(CODE(traced_one)));
		show_nop("traced_two", ftrace_location(CODE(traced_two)));
		clients_come();
		clients_work(0);
		clients_go();
		return;
	}
	start_words(NULL);
	probe_init(&one, 0);
	one.ops.func = execs;
	probe_on(&one, traced_one);
	probe_init(&two, 0);
	two.ops.func = sleeps;
	probe_on(&two, traced_two);
	must("register", register_ftrace_function(&one.ops));
	must("register", register_ftrace_function(&two.ops));
	must("thread", pthread_create(&t, NULL, sleeper, NULL));
	wait_for(&asleep);
	traced_one(1);
	value("still here", 1, 0);
}

const struct conf_case process_cases[] = {
	{ "process_fork", "-", process_fork },
	{ "process_fork_update", "host", process_fork_update },
	{ "process_vfork", "-", process_vfork },
	{ "process_spawn", "-", process_spawn },
	{ "process_exec", "-", process_exec },
	{ NULL, NULL, NULL },
};
