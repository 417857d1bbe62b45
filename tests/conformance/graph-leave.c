/* SPDX-License-Identifier: MIT */
/* Area 13: calls that go away without a return, or return elsewhere. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "graph.h"
#include "stack.h"

static struct watch watch;

/* Far more calls are left than there are frames for. */
static APART long jump(long n)
{
	jmp_buf env;
	volatile long keep = 3 * n;
	int r = setjmp(env);

	return r ? r + keep : traced_jumps(&env, n);
}

static void graph_longjmp(void)
{
	const unsigned long loops = FTRACE_GRAPH_CALLS;
	unsigned long i, bad = 0;

	watch_begin(&watch);
	for (i = 0; i < loops; i++)
		bad += jump(4) != 7 + 12;
	count("bad", bad, 0);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	watch_end(&watch, 5 * loops + 2, 2);
	count("overrun", watch.overrun, 0);
}

/* Cleanups run, and with what the functions had in their registers. */
static unsigned long cleaned;

static void clean(void *arg)
{
	cleaned += *(unsigned long *)arg;
}

static void leaves(void)
{
	pthread_exit((void *)77);
}

static void is_cancelled(void)
{
	pthread_cancel(pthread_self());
	pthread_testcancel();
}

static void *leaver(void *inside)
{
	unsigned long n = 5;

	pthread_cleanup_push(clean, &n);
	traced_outer(1, (void (*)(void))inside);
	pthread_cleanup_pop(0);
	return NULL;
}

static void leave_thread(void (*inside)(void), void *result)
{
	unsigned int i;
	pthread_t t;
	void *r;

	for (i = 0; i < 50; i++) {
		cleaned = 0;
		must("create", pthread_create(&t, NULL, leaver,
					      (void *)inside));
		pthread_join(t, &r);
		value("result", (unsigned long)r, (unsigned long)result);
		count("cleaned", cleaned, 5);
	}
}

static void graph_exit(void)
{
	watch_begin(&watch);
	leave_thread(leaves, (void *)77);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	watch_end(&watch, 102, 2);
}

static void graph_cancel(void)
{
	watch_begin(&watch);
	leave_thread(is_cancelled, PTHREAD_CANCELED);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	watch_end(&watch, 102, 2);
}

/* Who is on the way to main, by call frame information. */
#define FRAMES 64
static unsigned long frame[FRAMES];
static int frames;

static _Unwind_Reason_Code add(struct _Unwind_Context *context, void *arg)
{
	(void)arg;
	if (frames < FRAMES)
		frame[frames++] = _Unwind_GetIP(context);
	return _URC_NO_REASON;
}

static void walk(void)
{
	frames = 0;
	_Unwind_Backtrace(add, NULL);
	__asm__ volatile("");
}

static int find(unsigned long fn, int from)
{
	for (; from < frames; from++)
		if (frame[from] - fn < 256)
			return from;
	return FRAMES;
}

static APART long calls_outer(long (*fn)(long, void (*)(void)), long x)
{
	long r = fn(x, walk);

	__asm__ volatile("");
	return r;
}

/* At its end a function jumps, but if the compiler does nothing for speed. */
#ifdef __OPTIMIZE__
#define JUMPS true
#else
#define JUMPS false
#endif

static void chain(void)
{
	int inner = find(CODE(traced_inner), 0);
	int outer = find(CODE(traced_outer), inner);
	int caller = find(CODE(calls_outer), outer);
	bool there = find(CODE(traced_tail_calls), 0) < FRAMES;

	value("inner", inner < outer, true);
	value("outer", outer < caller, true);
	value("caller", caller < frames, true);
	/* If it jumped it is not there any more. */
	value("tail", there && JUMPS, false);
	/* One for each of these, and one for each that it will return to. */
	value("frames", (unsigned long)(caller - inner), there ? 6 : 4);
}

static int walk_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		      struct ftrace_regs *fregs)
{
	(void)trace, (void)gops, (void)fregs;
	walk();
	value("entry", find(CODE(calls_outer), 0) < frames, true);
	return 1;
}

static void walk_return(struct ftrace_graph_ret *trace,
			struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	(void)trace, (void)gops, (void)fregs;
	walk();
	value("return", find(CODE(calls_outer), 0) < frames, true);
}

static void graph_unwind(void)
{
	watch_begin(&watch);
	value("outer", (unsigned long)calls_outer(traced_outer, 3), 9);
	chain();
	watch_end(&watch, 2, 2);
	watch_begin(&watch);
	watch_on(&watch, traced_tail_calls);
	value("tail", (unsigned long)calls_outer(traced_tail_calls, 2), 9);
	chain();
	watch_end(&watch, 3, 3);
	watch_init(&watch);
	watch.gops.entryfunc = walk_entry;
	watch.gops.retfunc = walk_return;
	watch_on(&watch, traced_outer);
	watch_on(&watch, traced_inner);
	watch_start(&watch);
	value("outer", (unsigned long)calls_outer(traced_outer, 3), 9);
	watch_end(&watch, 0, 0);
}

/* What a walk by frame pointers would find, and what it is told then. */
static unsigned long found, told;

static void looks(void)
{
	int idx = 0;

	walk();
	told = ftrace_graph_ret_addr(&idx, found);
	value("steps", (unsigned long)idx, found ? 1 : 0);
}

static int ret_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		     struct ftrace_regs *fregs)
{
	(void)gops, (void)fregs;
	watch.retaddr = trace->retaddr;
	return 1;
}

static void graph_ret_addr(void)
{
	int idx = 0;

	watch_init(&watch);
	watch.gops.entryfunc = ret_entry;
	watch.gops.retfunc = NULL;
	watch_on(&watch, traced_inner);
	watch_start(&watch);
	value("inner", (unsigned long)traced_inner(3, walk), 4);
	/* Behind the function comes where it will return to. */
	found = frame[find(CODE(traced_inner), 0) + 1];
	value("inner", (unsigned long)traced_inner(3, looks), 4);
	value("told", told, watch.retaddr);
	value("another", ftrace_graph_ret_addr(&idx, 1234), 1234);
	must("unregister", unregister_ftrace_graph(&watch.gops));
}

static int status;

static void forks(void)
{
	pid_t child = fork();

	if (child)
		waitpid(child, &status, 0);
	else
		status = -1;
}

/* The child returns by way of what it has inherited. */
static void graph_fork(void)
{
	long r;

	watch_begin(&watch);
	r = traced_outer(3, forks);
	if (status == -1)
		_exit(r == 9 && watch.returns == 2 &&
				      traced_outer(3, NULL) == 9 &&
				      watch.returns == 4 &&
				      !unregister_ftrace_graph(&watch.gops) ?
			      42 : 1);
	value("outer", (unsigned long)r, 9);
	value("child", (unsigned long)WEXITSTATUS(status), 42);
	watch_end(&watch, 2, 2);
}

/* Threads call while clients come and go: each entry has its return. */
#define CALLERS 3
static volatile bool stop;

static void *caller(void *bad)
{
	while (!stop)
		*(unsigned long *)bad += traced_outer(3, NULL) != 9;
	return NULL;
}

static unsigned long live_entries, live_returns;

static int live_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		      struct ftrace_regs *fregs)
{
	(void)trace, (void)fregs;
	*(int *)fgraph_reserve_data(gops->idx, sizeof(int)) = gops->idx;
	__atomic_fetch_add(&live_entries, 1, __ATOMIC_RELAXED);
	return 1;
}

static void live_return(struct ftrace_graph_ret *trace,
			struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	(void)trace, (void)fregs;
	if (*(int *)fgraph_retrieve_data(gops->idx, NULL) == gops->idx)
		__atomic_fetch_add(&live_returns, 1, __ATOMIC_RELAXED);
}

static void graph_live(void)
{
	unsigned long bad[CALLERS] = { 0 };
	pthread_t t[CALLERS];
	unsigned int i;

	for (i = 0; i < CALLERS; i++)
		must("create", pthread_create(&t[i], NULL, caller, &bad[i]));
	for (i = 0; i < 200; i++) {
		struct fgraph_ops *gops = calloc(1, sizeof(*gops));
		unsigned long wait = live_returns + 10;

		gops->entryfunc = live_entry;
		gops->retfunc = live_return;
		ftrace_set_filter_ip(&gops->ops, CODE(traced_outer), 0, 0);
		ftrace_set_filter_ip(&gops->ops, CODE(traced_inner), 0, 0);
		must("register", register_ftrace_graph(gops));
		while (i % 4 == 0 &&
		       __atomic_load_n(&live_returns, __ATOMIC_RELAXED) < wait)
			sched_yield();
		must("unregister", unregister_ftrace_graph(gops));
		ftrace_free_filter(&gops->ops);
		memset(gops, 0x55, sizeof(*gops));
		free(gops);
	}
	stop = true;
	for (i = 0; i < CALLERS; i++) {
		pthread_join(t[i], NULL);
		count("bad", bad[i], 0);
	}
	value("some", live_returns > 0 && live_returns <= live_entries, true);
}

/* A thread sleeps in a return handler: who unregisters waits for it alone. */
static unsigned int asleep, awake, passes;

static void sleeps(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	(void)trace, (void)gops, (void)fregs;
	if (passes && passes--)
		return;
	__atomic_store_n(&asleep, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&awake, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void *sleeper(void *arg)
{
	/* Its first call makes what the others find, and takes longer. */
	if (arg)
		traced_inner(3, NULL);
	return (void *)traced_inner(3, NULL);
}

static void asleep_beside(bool another)
{
	struct fgraph_ops gops = { .retfunc = sleeps };
	pthread_t t;
	void *r;

	asleep = awake = 0;
	passes = !another;
	if (another)
		watch_begin(&watch);
	must("filter", ftrace_set_filter_ip(&gops.ops, CODE(traced_inner), 0,
					    0));
	must("register", register_ftrace_graph(&gops));
	must("create", pthread_create(&t, NULL, sleeper,
				      another ? NULL : &t));
	while (!__atomic_load_n(&asleep, __ATOMIC_ACQUIRE))
		sched_yield();
	value("not yet", (unsigned long)
	      unregister_ftrace_function_timeout(&gops.ops, 20),
	      (unsigned long)-ETIMEDOUT);
	/* The other one's return handler has run before. */
	if (another)
		watch_end(&watch, 1, 1);
	__atomic_store_n(&awake, 1, __ATOMIC_RELEASE);
	must("now", unregister_ftrace_function_timeout(&gops.ops, 60000));
	pthread_join(t, &r);
	value("its value", (unsigned long)r, 4);
	ftrace_free_filter(&gops.ops);
}

static void graph_asleep(void)
{
	asleep_beside(true);
	asleep_beside(false);
}

/* A signal comes anywhere; its handler is traced, calls, and leaves at times. */
#define SIGNALS 400
static sigjmp_buf back;
static volatile unsigned long signals, bad_signals;

static void on_signal(void *context)
{
	(void)context;
	signals++;
	bad_signals += traced_outer(3, NULL) != 9;
	if (signals % 8 == 0)
		siglongjmp(back, 1);
}

/*
 * What it leaves by siglongjmp is known to be gone when the thread is seen higher
 * up: so this is far below the caller's calls of the library.
 */
static APART void interrupted(void)
{
	const struct itimerval often = { { 0, 500 }, { 0, 500 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	volatile char room[8192];
	volatile unsigned long bad = 0;

	room[0] = 0;
	sigsetjmp(back, 1);
	setitimer(ITIMER_VIRTUAL, &often, NULL);
	while (signals < SIGNALS)
		bad += traced_outer(3, NULL) != 9;
	setitimer(ITIMER_VIRTUAL, &never, NULL);
	count("bad", bad, room[0]);
}

static void graph_signals(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO };

	sa.sa_sigaction = traced_handler;
	handler_hook = on_signal;
	watch_begin(&watch);
	watch_on(&watch, traced_handler);
	sigaction(SIGVTALRM, &sa, NULL);
	interrupted();
	count("bad in handlers", bad_signals, 0);
	count("wrong", watch.wrong, 0);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	must("unregister", unregister_ftrace_graph(&watch.gops));
}

#if !CONF_STATIC
/* Not all C libraries have coroutines, and the only one that lacks them is static. */
/* Three coroutines whose calls do not end in the order in which they began. */
#define STACK (256 * 1024)
#define COROUTINES 3
static ucontext_t home, routine[COROUTINES];
static char stack[COROUTINES][STACK] __attribute__((aligned(16)));
static unsigned int running;
static long result[COROUTINES];

static void yield(void)
{
	swapcontext(&routine[running], &home);
}

static void body(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		result[running] += traced_outer((long)running, yield);
}

static void resume(unsigned int i)
{
	running = i;
	swapcontext(&home, &routine[i]);
	value("home", (unsigned long)traced_outer(3, NULL), 9);
}

static void make_routines(void)
{
	unsigned int i;

	for (i = 0; i < COROUTINES; i++) {
		getcontext(&routine[i]);
		routine[i].uc_stack.ss_sp = stack[i];
		routine[i].uc_stack.ss_size = STACK;
		routine[i].uc_link = &home;
		result[i] = 0;
		makecontext(&routine[i], body, 0);
	}
}

static void results(void)
{
	unsigned long i;

	for (i = 0; i < COROUTINES; i++)
		value("routine", (unsigned long)result[i], 3 * (2 * i + 3));
}

static void graph_coroutines(void)
{
	static const unsigned char order[] = { 0, 1, 2, 0, 2, 1, 1, 0, 2, 0, 1,
					       2 };
	unsigned int i;

	watch_begin(&watch);
	make_routines();
	for (i = 0; i < sizeof(order); i++)
		resume(order[i]);
	results();
	i = 2 * (3 * COROUTINES + (unsigned int)sizeof(order));
	watch_end(&watch, i, i);
}

static void *resume_all(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < COROUTINES; i++)
		resume(i);
	return NULL;
}

/* Each time on another thread: calls return where they were not entered. */
static void graph_migrate(void)
{
	unsigned int i;
	pthread_t t;

	watch_begin(&watch);
	make_routines();
	for (i = 0; i < 4; i++) {
		must("create", pthread_create(&t, NULL, resume_all, NULL));
		pthread_join(t, NULL);
	}
	results();
	i = 2 * (3 * COROUTINES + 4 * COROUTINES);
	watch_end(&watch, i, i);
}

/* The traced function is the switch: it returns on whichever stack comes back. */
static void to_home(void)
{
	traced_switches(&routine[running], &home);
}

static void switches(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		to_home();
		result[running]++;
	}
}

static void graph_switches(void)
{
	unsigned int i, n;

	watch_begin(&watch);
	watch_on(&watch, traced_switches);
	make_routines();
	for (i = 0; i < COROUTINES; i++)
		makecontext(&routine[i], switches, 0);
	for (n = 0; n < 4; n++)
		for (i = 0; i < COROUTINES; i++) {
			running = i;
			traced_switches(&home, &routine[i]);
		}
	for (i = 0; i < COROUTINES; i++)
		value("routine", (unsigned long)result[i], 3);
	/* Four times to each, three times back; then it ends. */
	watch_end(&watch, 7 * COROUTINES, 7 * COROUTINES);
}
#endif

const struct conf_case graph_leave_cases[] = {
	{ "graph_longjmp", "-", graph_longjmp },
	{ "graph_exit", "-", graph_exit },
	{ "graph_cancel", "-", graph_cancel },
	{ "graph_unwind", "-", graph_unwind },
	{ "graph_ret_addr", "-", graph_ret_addr },
	{ "graph_fork", "-", graph_fork },
	{ "graph_live", "-", graph_live },
	{ "graph_asleep", "-", graph_asleep },
	{ "graph_signals", "-", graph_signals },
#if !CONF_STATIC
	{ "graph_coroutines", "-", graph_coroutines },
	{ "graph_migrate", "-", graph_migrate },
	{ "graph_switches", "-", graph_switches },
#endif
	{ NULL, NULL, NULL },
};
