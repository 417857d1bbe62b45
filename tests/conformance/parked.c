/* SPDX-License-Identifier: MIT */
/* Sites of several instructions that appear while other threads run them. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blob.h"

#define THREADS 2
/* What a module gets whose sites cannot be made ready, see late_module. */
#define TRACED (FTRACE_KEEPER_JUMP || !SITE_SEVERAL)

static struct blob b;
static unsigned long tids[THREADS + 1];
static int nr_tids, stop, ready, leave;
static unsigned long calls[THREADS], wrong;

/* This program's own: an emulator's are not to be stopped. */
int parked_threads(unsigned long *id, int room)
{
	int i, nr = __atomic_load_n(&nr_tids, __ATOMIC_SEQ_CST);

	for (i = 0; i < nr && i < room; i++)
		id[i] = __atomic_load_n(&tids[i], __ATOMIC_SEQ_CST);
	return nr;
}

static void set(int *flag, int to)
{
	__atomic_store_n(flag, to, __ATOMIC_SEQ_CST);
}

static void wait_for(int *flag, int to)
{
	while (__atomic_load_n(flag, __ATOMIC_SEQ_CST) != to)
		sched_yield();
}

static void listed(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	tids[nr_tids] = (unsigned long)gettid();
	__atomic_fetch_add(&nr_tids, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&lock);
}

static void *caller(void *arg)
{
	unsigned long *n = arg;

	listed();
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		if (b.fn[*n % 3]((long)*n) != (long)*n + 1)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(n, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void hit(unsigned long ip, unsigned long parent_ip,
		struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	__atomic_fetch_add((unsigned long *)op->priv, 1, __ATOMIC_SEQ_CST);
}

static void more_calls(unsigned int i)
{
	unsigned long was = __atomic_load_n(&calls[i], __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&calls[i], __ATOMIC_SEQ_CST) < was + 6)
		sched_yield();
}

/* Made ready under their feet, as if they had not been there. */
static void late_parked(void)
{
	struct ftrace_site_info info;
	unsigned long hits = 0;
	pthread_t t[THREADS];
	struct probe p;
	unsigned int i;

	value("blob", blob_make(&b, 3), true);
	b.running = true;
	/* A copied bl goes nowhere; there is nothing to be stopped for, either. */
	if (!SITE_SEVERAL)
		must("add", blob_add(&b));
	for (i = 0; i < THREADS; i++)
		must("thread", pthread_create(&t[i], NULL, caller, &calls[i]));
	for (i = 0; i < THREADS; i++)
		more_calls(i);
	if (SITE_SEVERAL)
		must("add", blob_add(&b));
	value("conservative", b.mod.flags & FTRACE_MODULE_CONSERVATIVE, 0);
	probe_init(&p, 0);
	p.ops.func = hit;
	p.ops.priv = &hits;
	must("register", register_ftrace_function(&p.ops));
	for (i = 0; i < 3; i++) {
		unsigned long ip = ftrace_location(CODE(b.fn[i]));

		value("listed", site_info(ip, &info), true);
		value("disabled", info.flags & FTRACE_SITE_DISABLED, 0);
		show_thunk("blob", ip, 1);
	}
	for (i = 0; i < THREADS; i++)
		more_calls(i);
	value("called", __atomic_load_n(&hits, __ATOMIC_SEQ_CST) >= 12, true);
	must("unregister", unregister_ftrace_function(&p.ops));
	show_nop("blob", ftrace_location(CODE(b.fn[1])));
	for (i = 0; i < THREADS; i++)
		more_calls(i);
	set(&stop, 1);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	count("wrong", wrong, 0);
	must("release", ftrace_release_mod(&b.mod));
}

/* A thread that cannot be stopped, in the way of the case. */
static void *in_the_way(void *arg)
{
	void (*way)(void) = (void (*)(void))(unsigned long)arg;

	listed();
	way();
	wait_for(&leave, 1);
	return NULL;
}

static void stays(void)
{
	set(&ready, 1);
	wait_for(&leave, 1);
}

/*
 * Its module's sites are as without leave; nothing of the first try is left,
 * and when the thread is out of the way another module gets what it wants.
 */
static void cannot_stop(void (*way)(void))
{
	unsigned char before[64];
	struct ftrace_site_info info;
	static struct blob again;
	struct probe p;
	pthread_t t;

	value("blob", blob_make(&b, 3), true);
	b.running = true;
	must("thread", pthread_create(&t, NULL, in_the_way,
				      (void *)(unsigned long)way));
	wait_for(&ready, 1);
	memcpy(before, (const void *)CODE(b.fn[0]), sizeof(before));
	log_clear();
	must("add", blob_add(&b));
	value("said", log_has("ftrace_module_init", "could not be stopped"),
	      SITE_SEVERAL);
	value("named", log_has("ftrace_module_init", "stays disabled"),
	      !TRACED);
	value("listed", site_info(ftrace_location(CODE(b.fn[0])), &info), true);
	value("disabled", info.flags & FTRACE_SITE_DISABLED,
	      TRACED ? 0 : FTRACE_SITE_DISABLED);
	/* Where one instruction is all there is to it, nobody need be stopped. */
	value("as it was", !memcmp(before, (const void *)CODE(b.fn[0]),
				   sizeof(before)), SITE_SEVERAL);
	probe_init(&p, 0);
	must("register", register_ftrace_function(&p.ops));
	value("result", (unsigned long)b.fn[0](1), 2);
	count("hits", p.hits, TRACED);
	set(&leave, 1);
	pthread_join(t, NULL);
	set(&nr_tids, 0);
	value("blob", blob_make(&again, 3), true);
	again.running = true;
	must("add", blob_add(&again));
	value("conservative", again.mod.flags & FTRACE_MODULE_CONSERVATIVE, 0);
	value("result", (unsigned long)again.fn[2](1), 2);
	count("hits", p.hits, TRACED + 1);
	must("unregister", unregister_ftrace_function(&p.ops));
	must("release", ftrace_release_mod(&b.mod));
	must("release", ftrace_release_mod(&again.mod));
}

static void all_blocked(void)
{
	sigset_t all;

	sigfillset(&all);
	must("mask", pthread_sigmask(SIG_SETMASK, &all, NULL));
	stays();
}

static void late_parked_blocked(void)
{
	cannot_stop(all_blocked);
}

/* As the frame of a handler has it that was called in the middle of a site. */
static void between(void)
{
	volatile unsigned long at = ftrace_code((const void *)b.fn[1]);
	unsigned long ip = ftrace_location(CODE(traced_one));

	at += ip - CODE(traced_one) + (SITE_LEAD ? 0 : 1);
	stays();
	value("kept", at != 0, true);
}

static void late_parked_between(void)
{
	cannot_stop(between);
}

static HANDLER void handler(int sig)
{
	(void)sig;
	stays();
}

static void on_other_stack(void)
{
	stack_t st = { .ss_sp = malloc(1 << 17), .ss_size = 1 << 17 };
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

	must("sigaltstack", sigaltstack(&st, NULL));
	must("sigaction", sigaction(SIGUSR2, &sa, NULL));
	pthread_kill(pthread_self(), SIGUSR2);
}

static void late_parked_handler(void)
{
	cannot_stop(on_other_stack);
}

/* The host does not know all threads. */
static void unknown(void)
{
	set(&nr_tids, -1);
	stays();
}

static void late_parked_unknown(void)
{
	cannot_stop(unknown);
}

const struct conf_case parked_cases[] = {
	{ "late_parked", "host", late_parked },
	{ "late_parked_blocked", "host", late_parked_blocked },
	{ "late_parked_between", "host", late_parked_between },
	{ "late_parked_handler", "host", late_parked_handler },
	{ "late_parked_unknown", "host", late_parked_unknown },
	{ NULL, NULL, NULL },
};
