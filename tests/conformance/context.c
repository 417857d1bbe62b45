/* SPDX-License-Identifier: MIT */
/* Every kind of call from every place that a call can come from: where from. */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"

bool in_callback;
volatile bool interrupting, in_handler;
volatile unsigned long handled;

static const struct row *row;

/*
 * Context: any thread
 */
static void *thread(void *arg)
{
	(void)arg;
	row->run();
	return NULL;
}

static void join(pthread_t t)
{
	value("join", (unsigned long)pthread_join(t, NULL), 0);
}

static void on_thread(void)
{
	pthread_t t;

	value("thread", (unsigned long)pthread_create(&t, NULL, thread, NULL),
	      0);
	join(t);
}

/*
 * Context: a callback
 */
static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	in_callback = true;
	row->run();
	in_callback = false;
}

static void on_callback(void)
{
	static struct probe p;

	probe_go(&p, 0, callback, traced_two);
	value("result", (unsigned long)traced_two(1), 3);
	count("callbacks", p.hits, 1);
	value("synchronize", (unsigned long)ftrace_synchronize(), 0);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

static void row_call_in_its_own(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	row_call_inside();
}

/* The guarded client itself calls: it is not called again. */
static void on_its_own_callback(void)
{
	guarded.ops.func = row_call_in_its_own;
	value("unregister", (unsigned long)unregister_ftrace_function(
				    &guarded.ops), 0);
	value("register", (unsigned long)register_ftrace_function(
				  &guarded.ops), 0);
	value("result", (unsigned long)traced_two(1), 3);
	count("guarded", guarded.hits, 1);
}

/*
 * Context: a signal handler
 */
static HANDLER void handler(int sig)
{
	(void)sig;
	handled++;
	in_handler = true;
	row->run();
	in_handler = false;
}

static void interrupt(void)
{
	interrupting = true;
	raise(SIGUSR1);
	interrupting = false;
}

static int interrupt_walk(const struct ftrace_site_info *site, void *arg)
{
	(void)site;
	(void)arg;
	interrupt();
	return 1;
}

/* In the middle of calls that hold the lock: a walk, and a change of text. */
static void on_signal_inside(void)
{
	static struct probe p;

	signal(SIGUSR1, handler);
	value("walk", (unsigned long)ftrace_for_each_site(interrupt_walk,
							   NULL), 1);
	probe_init(&p, 0);
	probe_on(&p, traced_far_a);
	fault.during = interrupt;
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("interrupted", !fault.during, true);
	fault.during = interrupt;
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	value("interrupted", !fault.during, true);
	count("handled", handled, 3);
}

static void raises(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	raise(SIGUSR1);
}

/* In a callback, and in no call at all. */
static void on_signal_outside(void)
{
	static struct probe p;

	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	probe_go(&p, 0, raises, traced_two);
	value("result", (unsigned long)traced_two(1), 3);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	count("handled", handled, 2);
}

static void on_signal(void)
{
	on_signal_outside();
	handled = 0;
	on_signal_inside();
}

/*
 * Context: the child of a fork, whose parent has threads, one of them asleep
 * in a callback. The child is not to wait for it.
 */
static int asleep, wake;

static void sleeps(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	__atomic_store_n(&asleep, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&wake, __ATOMIC_SEQ_CST))
		sched_yield();
}

static void *sleeper(void *arg)
{
	(void)arg;
	value("result", (unsigned long)traced_two(1), 3);
	return NULL;
}

static void child(struct probe *p)
{
	alarm(60);
	row->run();
	row->finish();
	value("unregister", (unsigned long)unregister_ftrace_function(&p->ops),
	      0);
	fflush(stdout);
	_exit(0);
}

static void on_fork(void)
{
	static struct probe p;
	int status = -1;
	pthread_t t;
	pid_t pid;

	probe_go(&p, 0, sleeps, traced_two);
	value("thread", (unsigned long)pthread_create(&t, NULL, sleeper, NULL),
	      0);
	while (!__atomic_load_n(&asleep, __ATOMIC_SEQ_CST))
		sched_yield();
	/* This thread is known to the library by its number, which changes. */
	value("location", ftrace_location(CODE(traced_one)) != 0, true);
	pid = fork();
	if (!pid)
		child(&p);
	value("waitpid", waitpid(pid, &status, 0) == pid, true);
	value("child", (unsigned long)status, 0);
	/* The parent's own is as it was. */
	value("timeout", (unsigned long)unregister_ftrace_function_timeout(
				 &p.ops, 0), (unsigned long)-ETIMEDOUT);
	__atomic_store_n(&wake, 1, __ATOMIC_SEQ_CST);
	join(t);
	value("timeout", (unsigned long)unregister_ftrace_function_timeout(
				 &p.ops, 0), 0);
}

/*
 * Context: the constructor of an object that is being loaded, which holds the
 * loader's lock, while another thread changes text. See plugin.c.
 */
static int constructed, stop;

static void *changer(void *arg)
{
	static struct probe p;
	unsigned long *bad = arg;

	probe_init(&p, 0);
	probe_on(&p, traced_lonely_a);
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		*bad += !!register_ftrace_function(&p.ops);
		*bad += !!unregister_ftrace_function(&p.ops);
		__atomic_store_n(&asleep, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* Called by the constructor, with a traced function of its object. */
void conformance_constructor(long (*fn)(long x));

void (*plugin_hook)(traced_fn *fn);

void conformance_constructor(long (*fn)(long x))
{
	static struct probe own;
	unsigned long result;

	if (plugin_hook) {
		plugin_hook(fn);
		return;
	}
	result = (unsigned long)fn(1);
	constructed++;
	probe_init(&own, 0);
	value("own filter", (unsigned long)ftrace_set_filter_ip(
				    &own.ops, ftrace_code((void *)fn), 0, 0),
	      0);
	value("own", (unsigned long)register_ftrace_function(&own.ops), 0);
	value("own result", (unsigned long)fn(1), result);
	count("own hits", own.hits, 1);
	row->run();
	value("own", (unsigned long)unregister_ftrace_function(&own.ops), 0);
}

static void load_plugin(void)
{
	char path[4096] = "";
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	struct ftrace_stats before, after;
	void *dl;

	while (n > 0 && path[n - 1] != '/')
		n--;
	strcpy(path + (n > 0 ? n : 0), "plugin.so");
	ftrace_get_stats(&before);
	dl = dlopen(path, RTLD_NOW);
	if (!dl)
		note("%s", dlerror());
	value("dlopen", dl != NULL, true);
	value("dlclose", (unsigned long)dlclose(dl), 0);
	ftrace_get_stats(&after);
	value("sites", after.sites, before.sites);
}

static void beside_changer(void (*load)(void))
{
	unsigned long bad = 0;
	pthread_t t;

	value("thread", (unsigned long)pthread_create(&t, NULL, changer, &bad),
	      0);
	while (!__atomic_load_n(&asleep, __ATOMIC_SEQ_CST))
		sched_yield();
	load();
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	join(t);
	count("bad rounds", bad, 0);
}

static void on_constructor(void)
{
	beside_changer(load_plugin);
	value("constructed", (unsigned long)constructed, 1);
}

/*
 * A static program loads nothing: there it is the program's own constructor.
 */
static void call_constructor(void)
{
	conformance_constructor(traced_lonely_b);
}

static const struct row *row_of_constructor(void)
{
	static const struct {
		const char *name;
		const struct row *row;
	} cases[] = {
		{ "context_change_constructor", &change },
		{ "context_leave_constructor", &leave },
		{ "context_looking_constructor", &looking },
		{ "context_calling_constructor", &calling },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(case_name(), cases[i].name))
			return cases[i].row;
	return NULL;
}

__attribute__((constructor)) static void construct(void)
{
	row = CONF_STATIC ? row_of_constructor() : NULL;
	if (!row)
		return;
	log_start();
	row->prepare();
	beside_changer(call_constructor);
}

static void cell(const struct row *r, void (*context)(void))
{
	row = r;
	r->prepare();
	context();
	r->finish();
}

static void constructor_cell(const struct row *r)
{
	if (CONF_STATIC) {
		value("constructed", (unsigned long)constructed, 1);
		r->finish();
	} else {
		cell(r, on_constructor);
	}
}

#define CELL(r, c)                          \
	static void context_##r##_##c(void) \
	{                                   \
		cell(&r, on_##c);           \
	}

#define CONSTRUCTOR_CELL(r)                     \
	static void context_##r##_constructor(void) \
	{                                       \
		constructor_cell(&r);           \
	}

CELL(change, thread)
CELL(change, callback)
CELL(change, signal_inside)
CELL(change, fork)
CONSTRUCTOR_CELL(change)
CELL(leave, thread)
CELL(leave, callback)
CELL(leave, signal_inside)
CELL(leave, fork)
CONSTRUCTOR_CELL(leave)
CELL(looking, thread)
CELL(looking, callback)
CELL(looking, signal)
CELL(looking, fork)
CONSTRUCTOR_CELL(looking)
CELL(calling, thread)
CELL(calling, callback)
CELL(calling, its_own_callback)
CELL(calling, signal)
CELL(calling, fork)
CONSTRUCTOR_CELL(calling)

#define CASE(needs, r, c) { "context_" #r "_" #c, needs, context_##r##_##c }

const struct conf_case context_cases[] = {
	CASE("-", change, thread),
	CASE("-", change, callback),
	CASE("host", change, signal_inside),
	CASE("-", change, fork),
	CASE("-", change, constructor),
	CASE("-", leave, thread),
	CASE("-", leave, callback),
	CASE("host", leave, signal_inside),
	CASE("-", leave, fork),
	CASE("-", leave, constructor),
	CASE("-", looking, thread),
	CASE("-", looking, callback),
	CASE("host", looking, signal),
	CASE("-", looking, fork),
	CASE("-", looking, constructor),
	CASE("-", calling, thread),
	CASE("-", calling, callback),
	CASE("-", calling, its_own_callback),
	CASE("host", calling, signal),
	CASE("-", calling, fork),
	CASE("-", calling, constructor),
	{ NULL, NULL, NULL },
};
