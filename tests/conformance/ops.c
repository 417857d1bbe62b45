/* SPDX-License-Identifier: MIT */
/* Areas 4 and 5: who is called how often, and recursion. */
#include <pthread.h>
#include <setjmp.h>
#include <unistd.h>

#include "conformance.h"

static struct probe p1, p2, p3, all;

static void counts(unsigned long c1, unsigned long c2, unsigned long c3,
		   unsigned long c_all)
{
	count("probe1", p1.hits, c1);
	count("probe2", p2.hits, c2);
	count("probe3", p3.hits, c3);
	count("all", all.hits, c_all);
}

static void f1(void)
{
	value("f1", (unsigned long)traced_one(10), 11);
}

static void f2(void)
{
	value("f2", (unsigned long)traced_two(10), 12);
}

static void selftest_begin(void)
{
	probe_init(&p1, 0);
	probe_init(&p2, 0);
	probe_init(&p3, 0);
	probe_init(&all, 0);
	must("filter", ftrace_set_filter(&p1.ops, "traced_one", 10, 1));
	must("filter", ftrace_set_filter(&p2.ops, "traced_two", 10, 1));
	must("filter", ftrace_set_filter(&p3.ops, "traced_one", 10, 1));
	must("filter", ftrace_set_filter(&p3.ops, "traced_two", 10, 0));
	must("register", register_ftrace_function(&p1.ops));
	must("register", register_ftrace_function(&p2.ops));
	must("register", register_ftrace_function(&p3.ops));
	counts(0, 0, 0, 0);
}

/* The kernel's trace_selftest_ops(), count by count. */
static void ops_selftest(void)
{
	selftest_begin();
	f1();
	counts(1, 0, 1, 0);
	f2();
	counts(1, 1, 2, 0);
	must("register all", register_ftrace_function(&all.ops));
	f1();
	counts(2, 1, 3, 1);
	f2();
	counts(2, 2, 4, 2);
	must("f1 from probe3", ftrace_set_filter(&p3.ops, "!traced_one", 11,
						 0));
	f1();
	counts(3, 2, 4, 3);
	f2();
	counts(3, 3, 5, 4);
	must("unregister", unregister_ftrace_function(&all.ops));
	must("unregister", unregister_ftrace_function(&p1.ops));
	must("unregister", unregister_ftrace_function(&p2.ops));
	must("unregister", unregister_ftrace_function(&p3.ops));
	f1();
	f2();
	counts(3, 3, 5, 4);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	show_nop("traced_two", ftrace_location(CODE(traced_two)));
}

static void ops_arguments(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	struct probe a, b;

	probe_init(&a, 0);
	probe_init(&b, 0);
	probe_on(&a, traced_one);
	probe_on(&b, traced_one);
	must("register", register_ftrace_function(&a.ops));
	traced_one(0);
	value("ip", a.ip, ip);
	value("parent_ip is here", a.parent_ip - CODE(ops_arguments) < 4096,
	      true);
	must("register", register_ftrace_function(&b.ops));
	traced_one(0);
	value("ip", b.ip, ip);
	value("parent_ip is here", b.parent_ip - CODE(ops_arguments) < 4096,
	      true);
	must("unregister", unregister_ftrace_function(&b.ops));
	must("unregister", unregister_ftrace_function(&a.ops));
}

static void notrace_one(void)
{
	struct probe a;

	probe_init(&a, 0);
	must("notrace", ftrace_set_notrace(&a.ops, "traced_one", 10, 0));
	must("register", register_ftrace_function(&a.ops));
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
	show_thunk("traced_two", ftrace_location(CODE(traced_two)), 1);
	f1();
	f2();
	count("a", a.hits, 1);
	must("unregister", unregister_ftrace_function(&a.ops));
}

/* Many clients on one function: a list, and each exactly once. */
static void ops_many(void)
{
	static struct probe p[40];
	unsigned int i, n = sizeof(p) / sizeof(p[0]);

	for (i = 0; i < n; i++) {
		probe_init(&p[i], 0);
		probe_on(&p[i], traced_one);
		must("register", register_ftrace_function(&p[i].ops));
		f1();
	}
	show_thunk("traced_one", ftrace_location(CODE(traced_one)), n);
	for (i = 0; i < n; i++)
		count("hits", p[i].hits, n - i);
	for (i = 0; i < n; i += 2)
		must("unregister", unregister_ftrace_function(&p[i].ops));
	f1();
	for (i = 0; i < n; i++)
		count("hits", p[i].hits, n - i + (i & 1));
	for (i = 1; i < n; i += 2)
		must("unregister", unregister_ftrace_function(&p[i].ops));
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}

static unsigned long recursions;

static void guarded(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	/* A guard that did not hold must not take the stack. */
	if (recursions++ < 10)
		traced_one(0);
}

static void guards_itself(unsigned long ip, unsigned long parent_ip,
			  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	if (recursions++)
		return;
	traced_one(0);
}

static unsigned long dropped(void)
{
	struct ftrace_stats st;

	ftrace_get_stats(&st);
	return st.dropped;
}

static void recursion(ftrace_func_t func, unsigned long flags,
		      unsigned long calls, unsigned long drops)
{
	unsigned long before = dropped();
	struct probe a, other;

	probe_init(&a, flags);
	a.ops.func = func;
	probe_on(&a, traced_one);
	recursions = 0;
	must("register", register_ftrace_function(&a.ops));
	f1();
	count("alone", recursions, calls);
	count("dropped", dropped() - before, drops);
	/* Others on the same function are not held back by its guard. */
	probe_init(&other, 0);
	probe_on(&other, traced_one);
	must("register", register_ftrace_function(&other.ops));
	recursions = 0;
	f1();
	count("listed", recursions, calls);
	count("other", other.hits, 2);
	count("dropped", dropped() - before, 2 * drops);
	must("unregister", unregister_ftrace_function(&a.ops));
	must("unregister", unregister_ftrace_function(&other.ops));
}

static void recursion_guarded(void)
{
	recursion(guarded, 0, 1, 1);
	recursion(guarded, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, 1, 1);
}

static void recursion_safe(void)
{
	recursion(guards_itself, FTRACE_OPS_FL_RECURSION_SAFE, 2, 0);
	recursion(guards_itself, FTRACE_OPS_FL_RECURSION_SAFE |
			FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, 2, 0);
}

static struct probe inner;

static void calls_two(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	traced_two(0);
}

/* Another client's function, called in a callback, is traced. */
static void recursion_other(void)
{
	struct probe a;

	probe_init(&a, 0);
	probe_init(&inner, 0);
	a.ops.func = calls_two;
	probe_on(&a, traced_one);
	probe_on(&inner, traced_two);
	must("register", register_ftrace_function(&a.ops));
	must("register", register_ftrace_function(&inner.ops));
	f1();
	f2();
	count("outer", a.hits, 1);
	count("inner", inner.hits, 2);
	count("dropped", dropped(), 0);
	must("unregister", unregister_ftrace_function(&a.ops));
	f1();
	count("inner", inner.hits, 2);
	must("unregister", unregister_ftrace_function(&inner.ops));
}

static int more;

/* Its own function behind another's: dropped, as it would be before. */
static void calls_both(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	int i;

	probe_hit(ip, parent_ip, op, fregs);
	errno = 0;
	traced_two(0);
	if (more-- > 0)
		traced_one(0);
	/* More often than there are levels. */
	for (i = 0; i < 20; i++)
		traced_two(0);
}

static void calls_itself(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	errno = 5;
	if (more-- > 0)
		traced_two(0);
}

/* Each level is told from the others, and is there again behind an inner one. */
static void recursion_levels(void)
{
	struct probe a;
	int i;

	probe_init(&a, 0);
	probe_init(&inner, 0);
	a.ops.func = calls_both;
	inner.ops.func = calls_itself;
	probe_on(&a, traced_one);
	probe_on(&inner, traced_two);
	must("register", register_ftrace_function(&a.ops));
	must("register", register_ftrace_function(&inner.ops));
	for (i = 1; i <= 3; i++) {
		more = 3;
		f1();
		count("outer", a.hits, (unsigned long)i);
		count("inner", inner.hits, 21 * (unsigned long)i);
		/* The inner one twice, and the outer one. */
		count("dropped", dropped(), 3 * (unsigned long)i);
		count("left", (unsigned long)more, -19UL);
	}
	must("unregister", unregister_ftrace_function(&a.ops));
	must("unregister", unregister_ftrace_function(&inner.ops));
}

static int left;

static void goes_down(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (left-- > 0)
		traced_one(0);
}

/* Sixteen levels are called, the next is counted; each time anew. */
static void recursion_deep(void)
{
	struct probe a;
	int i;

	probe_init(&a, FTRACE_OPS_FL_RECURSION_SAFE);
	a.ops.func = goes_down;
	probe_on(&a, traced_one);
	must("register", register_ftrace_function(&a.ops));
	for (i = 1; i <= 3; i++) {
		left = 40;
		f1();
		count("levels", a.hits, 16 * (unsigned long)i);
		count("dropped", dropped(), (unsigned long)i);
	}
	must("unregister", unregister_ftrace_function(&a.ops));
}

static jmp_buf way_out;

static void leaves(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	longjmp(way_out, 1);
}

static void *leave_often(void *arg)
{
	volatile int i;

	for (i = 0; i < 10; i++)
		if (!setjmp(way_out))
			f1();
	f2();
	return arg;
}

/*
 * A callback that never returns holds nothing up, and is called again; that of
 * a thread's first call, too.
 */
static void recursion_longjmp(void)
{
	struct probe a, other;
	pthread_t t;

	probe_init(&a, 0);
	probe_init(&other, 0);
	a.ops.func = leaves;
	probe_on(&a, traced_one);
	probe_on(&other, traced_two);
	must("register", register_ftrace_function(&a.ops));
	must("register", register_ftrace_function(&other.ops));
	leave_often(NULL);
	fault.attaching = state_destroy;
	must("thread", pthread_create(&t, NULL, leave_often, NULL));
	must("join", pthread_join(t, NULL));
	value("attached", !fault.attaching, true);
	count("left", a.hits, 20);
	count("other", other.hits, 2);
	count("dropped", dropped(), 0);
	must("unregister", unregister_ftrace_function(&a.ops));
	must("unregister", unregister_ftrace_function(&other.ops));
	must("synchronize", ftrace_synchronize());
}

/* Flags that say something to a kernel, or to nobody. */
static void ops_flags(void)
{
	static const unsigned long fine[] = {
		FTRACE_OPS_FL_DYNAMIC, FTRACE_OPS_FL_RCU,
		FTRACE_OPS_FL_TRACE_ARRAY, FTRACE_OPS_FL_INITIALIZED,
	};
	static const unsigned long wrong[] = {
		FTRACE_OPS_FL_DELETED, FTRACE_OPS_FL_ADDING,
		FTRACE_OPS_FL_MODIFYING, 1UL << 11, 1UL << 31,
	};
	struct probe a;
	unsigned int i;

	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		probe_init(&a, fine[i]);
		probe_on(&a, traced_one);
		must("register", register_ftrace_function(&a.ops));
		f1();
		count("a", a.hits, 1);
		must("unregister", unregister_ftrace_function(&a.ops));
		value("flags", a.ops.flags,
		      fine[i] | FTRACE_OPS_FL_INITIALIZED);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		probe_init(&a, wrong[i]);
		probe_on(&a, traced_one);
		value("register", (unsigned long)register_ftrace_function(
					  &a.ops), (unsigned long)-EINVAL);
		value("flags", a.ops.flags, wrong[i]);
	}
}

/* A place holder is attached, and never called; it needs no func. */
static void ops_stub(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	struct probe a, b;

	probe_init(&a, FTRACE_OPS_FL_STUB);
	probe_init(&b, 0);
	probe_on(&a, traced_one);
	probe_on(&b, traced_one);
	must("register", register_ftrace_function(&a.ops));
	show_thunk("traced_one", ip, 1);
	f1();
	must("register", register_ftrace_function(&b.ops));
	show_thunk("traced_one", ip, 2);
	f1();
	must("unregister", unregister_ftrace_function(&a.ops));
	a.ops.func = NULL;
	must("register", register_ftrace_function(&a.ops));
	f1();
	count("a", a.hits, 0);
	count("b", b.hits, 2);
	must("unregister", unregister_ftrace_function(&b.ops));
	f1();
	must("unregister", unregister_ftrace_function(&a.ops));
	show_nop("traced_one", ip);
}

static void refuse_tid(const char *name, int got, int want, const char *reason)
{
	refused(name, got, want, "ftrace_set_filter_tid", reason);
}

static unsigned long here(void)
{
	return (unsigned long)gettid();
}

/* Chosen threads: none, this one, none again; and what is refused. */
static void ops_tid(void)
{
	struct probe a, b;

	probe_init(&a, FTRACE_OPS_FL_PID);
	probe_init(&b, 0);
	probe_on(&a, traced_one);
	must("register", register_ftrace_function(&a.ops));
	f1();
	count("nobody", a.hits, 0);
	must("tid", ftrace_set_filter_tid(&a.ops, here(), 0, 0));
	must("tid", ftrace_set_filter_tid(&a.ops, here(), 0, 0));
	f1();
	count("this thread", a.hits, 1);
	must("tid", ftrace_set_filter_tid(&a.ops, here(), 1, 0));
	f1();
	must("tid", ftrace_set_filter_tid(&a.ops, here(), 0, 1));
	f1();
	must("tid", ftrace_set_filter_tid(&a.ops, 0, 0, 1));
	f1();
	count("this thread", a.hits, 2);
	refuse_tid("NULL", ftrace_set_filter_tid(NULL, here(), 0, 0), -EINVAL,
		   "NULL");
	refuse_tid("no flag", ftrace_set_filter_tid(&b.ops, here(), 0, 0),
		   -EINVAL, "FTRACE_OPS_FL_PID");
	refuse_tid("thread 0", ftrace_set_filter_tid(&a.ops, 0, 0, 0),
		   -EINVAL, "number 0");
	refuse_tid("not there", ftrace_set_filter_tid(&a.ops, here(), 1, 0),
		   -ENOENT, "not there");
	must("unregister", unregister_ftrace_function(&a.ops));
	ftrace_free_filter(&a.ops);
}

const struct conf_case ops_cases[] = {
	{ "ops_selftest", "-", ops_selftest },
	{ "ops_arguments", "-", ops_arguments },
	{ "ops_notrace", "-", notrace_one },
	{ "ops_many", "-", ops_many },
	{ "ops_flags", "-", ops_flags },
	{ "ops_stub", "-", ops_stub },
	{ "ops_tid", "-", ops_tid },
	{ "recursion_guarded", "-", recursion_guarded },
	{ "recursion_safe", "-", recursion_safe },
	{ "recursion_other", "-", recursion_other },
	{ "recursion_levels", "-", recursion_levels },
	{ "recursion_deep", "-", recursion_deep },
	{ "recursion_longjmp", "host", recursion_longjmp },
	{ NULL, NULL, NULL },
};
