/* SPDX-License-Identifier: MIT */
/*
 * Systems that refuse a service: all works by another way, or an error names
 * what is missing and nothing was changed. They are made by filters of system
 * calls, which take no privilege; in an emulator there are none, and the cases
 * of a failing host stand for them.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blob.h"

#ifndef PR_MDWE_REFUSE_EXEC_GAIN
#undef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
			    offsetof(struct seccomp_data, what))
#define UNLESS_SKIP(n, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, n, 0, skip)
#define REFUSE(err) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (err))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOW (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4)

static void filter(const struct sock_filter *code, size_t size)
{
	struct sock_fprog prog = {
		.len = (unsigned short)(size / sizeof(*code)),
		.filter = (struct sock_filter *)code,
	};

	value("no new privileges",
	      (unsigned long)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	value("filter", (unsigned long)prctl(PR_SET_SECCOMP,
					     SECCOMP_MODE_FILTER, &prog), 0);
}

#define FILTER(code) filter(code, sizeof(code))

/* A system call that is refused, whatever it is asked for. */
static void refuse_call(unsigned int nr, int err)
{
	const struct sock_filter code[] = {
		LOAD(nr), UNLESS_SKIP(nr, 1), REFUSE((unsigned int)err), ALLOW,
	};

	FILTER(code);
}

/* Memory that can be executed gets no protection anew. */
static void refuse_exec(void)
{
	const struct sock_filter code[] = {
		LOAD(nr), UNLESS_SKIP(SYS_mprotect, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[2]) + LOW),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
		REFUSE(EACCES), ALLOW,
	};

	FILTER(code);
}

/* Nothing of /proc can be opened, or asked for. */
static void refuse_files(void)
{
	refuse_call(SYS_openat, ENOENT);
#ifdef SYS_open
	refuse_call(SYS_open, ENOENT);
#endif
	refuse_call(SYS_readlinkat, ENOENT);
#ifdef SYS_readlink
	refuse_call(SYS_readlink, ENOENT);
#endif
}

static void refuse_mem(void)
{
	refuse_call(SYS_pwrite64, EPERM);
}

static void refuse_membarrier(void)
{
	refuse_call(SYS_membarrier, EPERM);
}

static void refuse_fences(void)
{
	refuse_membarrier();
	refuse_call(SYS_sched_setaffinity, EPERM);
}

/* Where the kernel has it not, a filter is the nearest thing. */
static void refuse_gain(void)
{
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
		refuse_exec();
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static unsigned long calls, misses;

static void *caller(void *arg)
{
	while (pthread_mutex_trylock(&gate)) {
		misses += traced_one(1) != 2;
		__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&gate);
	return arg;
}

static struct probe p;

/* Come and go while another thread calls. */
static void toggles(unsigned int n)
{
	unsigned long was;
	unsigned int i;

	for (i = 0; i < n; i++) {
		value("register",
		      (unsigned long)register_ftrace_function(&p.ops), 0);
		was = p.hits;
		value("result", (unsigned long)traced_one(1), 2);
		value("hit", p.hits > was, true);
		value("unregister",
		      (unsigned long)unregister_ftrace_function(&p.ops), 0);
		was = p.hits;
		value("result", (unsigned long)traced_one(1), 2);
		count("hits", p.hits, was);
	}
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}

static void with_thread(void (*refuse)(void), void (*run)(void))
{
	pthread_t t;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	pthread_mutex_lock(&gate);
	refuse();
	value("thread", (unsigned long)pthread_create(&t, NULL, caller, NULL),
	      0);
	while (!__atomic_load_n(&calls, __ATOMIC_RELAXED))
		;
	run();
	pthread_mutex_unlock(&gate);
	pthread_join(t, NULL);
	count("misses", misses, 0);
}

static void works(void)
{
	toggles(20);
}

/* With an error that names the service; and the text is as it was. */
static void cannot(const char *service)
{
	struct snap before;
	int i;

	for (i = 0; i < 3; i++) {
		snap_take(&before);
		log_clear();
		refused("register", register_ftrace_function(&p.ops), -EPERM,
			"register_ftrace_function", service);
		snap_same("register", &before);
		value("result", (unsigned long)traced_one(1), 2);
		count("hits", p.hits, 0);
	}
}

static void no_window(void)
{
	cannot("text_open");
}

static void no_sync(void)
{
	cannot("sync_core");
}

/* Alone: the thunk is mapped, the system stores into the text. */
static void alone(void (*refuse)(void))
{
	probe_init(&p, 0);
	probe_on(&p, traced_one);
	refuse();
	toggles(20);
}

/* Nothing that was written can be mapped, either. */
static void hard_memory(void)
{
	probe_init(&p, 0);
	probe_on(&p, traced_one);
	refuse_call(SYS_memfd_create, EPERM);
	refuse_gain();
	cannot("protect");
}

static void hard_mdwe(void)
{
	alone(refuse_gain);
}

static void hard_mprotect(void)
{
	alone(refuse_exec);
}

/* Beside other threads the system's store is a single one on some machines. */
static void hard_mdwe_threads(void)
{
	with_thread(refuse_gain, FTRACE_POKE_SIZE < 4 ? no_window : works);
}

static void hard_mprotect_threads(void)
{
	with_thread(refuse_exec, FTRACE_POKE_SIZE < 4 ? no_window : works);
}

static void hard_membarrier(void)
{
	with_thread(refuse_membarrier, works);
}

static void hard_fences(void)
{
	with_thread(refuse_fences, no_sync);
}

/* Where the thunk goes is found by asking, and names are there by now. */
static void hard_proc(void)
{
	with_thread(refuse_files, works);
}

static void hard_mem(void)
{
	with_thread(refuse_mem, works);
}

const struct conf_case hardened_cases[] = {
	{ "hard_mdwe", "-", hard_mdwe },
	{ "hard_mdwe_threads", "-", hard_mdwe_threads },
	{ "hard_mprotect", "-", hard_mprotect },
	{ "hard_mprotect_threads", "-", hard_mprotect_threads },
	{ "hard_memory", "-", hard_memory },
	{ "hard_membarrier", "-", hard_membarrier },
	{ "hard_fences", "-", hard_fences },
	{ "hard_proc", "-", hard_proc },
	{ "hard_mem", "-", hard_mem },
	{ NULL, NULL, NULL },
};
