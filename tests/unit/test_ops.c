/* SPDX-License-Identifier: MIT */
/* generic/ops.c: coming, going, killing, and every error of these. */
#include <pthread.h>
#include <unistd.h>

#include "suites.h"

static struct fake_text text;
static struct fake_state before;
static struct probe p, q;

static void start(void)
{
	fake_setup();
	fake_text_make(&text, 8);
	probe_init(&p, 0);
	probe_init(&q, 0);
	fake_save(&before, &text);
}

static int reg(struct probe *who)
{
	return register_ftrace_function(&who->ops);
}

static int unreg(struct probe *who)
{
	return unregister_ftrace_function(&who->ops);
}

/* The same call succeeds once its reason to fail is gone. */
static void then_succeeds(unsigned long hits)
{
	fake_same(&before, &text);
	ck_assert_ptr_null(ftrace_ops_list);
	ck_assert_int_eq(reg(&p), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, hits);
}

START_TEST(null)
{
	expect_fail(-EINVAL, "register_ftrace_function",
		    register_ftrace_function(NULL));
	expect_fail(-EINVAL, "unregister_ftrace_function",
		    unregister_ftrace_function(NULL));
}
END_TEST

START_TEST(no_func)
{
	ftrace_func_t func = p.ops.func;

	p.ops.func = NULL;
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	p.ops.func = func;
	then_succeeds(1);
}
END_TEST

/* Every bit beyond those a client may set. */
START_TEST(unknown_flags)
{
	unsigned long known = FTRACE_OPS_FL_SAVE_REGS |
			      FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED |
			      FTRACE_OPS_FL_RECURSION_SAFE |
			      FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_RCU |
			      FTRACE_OPS_FL_TRACE_ARRAY |
			      FTRACE_OPS_FL_PERMANENT |
			      FTRACE_OPS_FL_INITIALIZED |
			      FTRACE_OPS_FL_SAVE_ARGS;
	unsigned long bit = 1UL << _i;

	/* Those that need more, call nobody, or have another answer. */
	if (bit & (FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_REMOVING |
		   FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PID |
		   FTRACE_OPS_FL_STUB))
		return;
	p.ops.flags = bit;
	if (!(bit & known)) {
		expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
		expect_logged(bit == FTRACE_OPS_FL_DELETED ? "is deleted" :
							     "unknown");
		ck_assert_uint_eq(p.ops.flags, bit);
		p.ops.flags = 0;
	}
	then_succeeds(1);
}
END_TEST

/* A place holder: at its functions, counted, and never called. */
START_TEST(stub)
{
	p.ops.flags = FTRACE_OPS_FL_STUB;
	if (_i & 1)
		p.ops.func = NULL;
	if (_i & 2)
		ck_assert_int_eq(reg(&q), 0);
	ck_assert_int_eq(reg(&p), 0);
	ck_assert(fake_is(&text, 1, "CALL"));
	ck_assert_uint_eq(ftrace_rec_count(fake_rec(&text, 1)),
			  _i & 2 ? 2 : 1);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 0);
	ck_assert_uint_eq(q.hits, _i & 2 ? 1 : 0);
	ck_assert_int_eq(unreg(&p), 0);
}
END_TEST

/* States that a call passes through, as others see them meanwhile. */
static unsigned long states;

static void see_states(void)
{
	states |= p.ops.flags;
}

#define STATES (FTRACE_OPS_FL_ADDING | FTRACE_OPS_FL_REMOVING | \
		FTRACE_OPS_FL_MODIFYING)

static void passes(unsigned long state, bool fails, int err)
{
	ck_assert_int_eq(err, fails ? -EPERM : 0);
	ck_assert_uint_eq(states & STATES, state);
	ck_assert_uint_eq(p.ops.flags & STATES, 0);
	states = 0;
}

/* Each once in vain and once not. */
START_TEST(states_pass)
{
	int i;

	fake.on_open = see_states;
	probe_on(&p, &text, 1);
	for (i = 1; i >= 0; i--) {
		if (i)
			fake_fail(FAKE_TEXT_CLOSE, 1);
		passes(FTRACE_OPS_FL_ADDING, i, reg(&p));
	}
	for (i = 1; i >= 0; i--) {
		if (i)
			fake_fail(FAKE_TEXT_CLOSE, 1);
		passes(FTRACE_OPS_FL_MODIFYING, i,
		       ftrace_set_filter_ip(&p.ops, fake_fn(&text, 2), 0, 0));
	}
	for (i = 1; i >= 0; i--) {
		if (i)
			fake_fail(FAKE_TEXT_CLOSE, 1);
		passes(FTRACE_OPS_FL_REMOVING, i, unreg(&p));
	}
	ck_assert_uint_eq(p.ops.flags, FTRACE_OPS_FL_INITIALIZED);
}
END_TEST

START_TEST(ipmodify_needs_a_filter)
{
	p.ops.flags = FTRACE_OPS_FL_IPMODIFY;
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	/* An allocated but empty filter is none. */
	probe_on(&p, &text, 1);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, 0, 0, 1), 0);
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	/* And one beside a notrace is too much. */
	probe_on(&p, &text, 1);
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, ":mod:fake", 9, 0), 0);
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, NULL, 0, 1), 0);
	/* Also one that waits for its object. */
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, ":mod:absent", 11, 0), 0);
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	ck_assert_int_eq(ftrace_set_notrace(&p.ops, NULL, 0, 1), 0);
	then_succeeds(1);
	ck_assert_uint_eq(p.ops.flags, FTRACE_OPS_FL_IPMODIFY |
				       FTRACE_OPS_FL_ENABLED |
				       FTRACE_OPS_FL_INITIALIZED);
	expect_fail(-EINVAL, "ftrace_set_filter_ips",
		    ftrace_set_filter_ip(&p.ops, 0, 0, 1));
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 2);
}
END_TEST

START_TEST(registered_twice)
{
	ck_assert_int_eq(reg(&p), 0);
	expect_fail(-EBUSY, "register_ftrace_function", reg(&p));
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(unreg(&p), 0);
	ck_assert_int_eq(reg(&p), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(p.hits, 2);
}
END_TEST

START_TEST(not_registered)
{
	expect_fail(-EBUSY, "unregister_ftrace_function", unreg(&p));
	ck_assert_int_eq(reg(&p), 0);
	ck_assert_int_eq(unreg(&p), 0);
	expect_fail(-EBUSY, "unregister_ftrace_function", unreg(&p));
}
END_TEST

START_TEST(regs_if_supported)
{
	p.ops.flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED;
	ck_assert_int_eq(reg(&p), 0);
	fake_call(&text, 1);
	ck_assert_ptr_nonnull(p.regs);
	ck_assert(fake_rec(&text, 1)->flags & FTRACE_FL_REGS);
}
END_TEST

/* A machine without the entry that saves all registers. */
START_TEST(no_regs)
{
	fake_without_regs = true;
	p.ops.flags = FTRACE_OPS_FL_SAVE_REGS;
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	p.ops.flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED;
	then_succeeds(1);
	ck_assert_ptr_null(p.regs);
}
END_TEST

/* A failed call leaves no flag behind. */
START_TEST(failure_leaves_flags)
{
	p.ops.flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED;
	fake_poke(&text, 4, "INT3\0\0\0\0");
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	ck_assert_uint_eq(p.ops.flags, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	fake_poke(&text, 4, FAKE_INSN_NOP);
	then_succeeds(1);
}
END_TEST

/* A failed newcomer takes nothing away from those that are there. */
START_TEST(failure_beside_others)
{
	unsigned char call[8];

	ck_assert_int_eq(reg(&q), 0);
	memcpy(call, (void *)fake_site(&text, 4), 8);
	fake_poke(&text, 4, "INT3\0\0\0\0");
	expect_fail(-EINVAL, "register_ftrace_function", reg(&p));
	fake_call(&text, 1);
	ck_assert(q.hits == 1 && p.hits == 0);
	ck_assert_ptr_eq(ftrace_ops_list, &q.ops);
	ck_assert_ptr_null(ftrace_ops_next(&q.ops));
	/* It comes as another: nothing of its first attempt is found. */
	memcpy(text.rw + (fake_site(&text, 4) - text.mod.text), call, 8);
	p.ops.flags = FTRACE_OPS_FL_SAVE_REGS;
	ck_assert_int_eq(reg(&p), 0);
	fake_call(&text, 1);
	ck_assert_ptr_nonnull(p.regs);
}
END_TEST

static int between_open_and_fail;

static void sleepy(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	__atomic_store_n(&between_open_and_fail, 1, __ATOMIC_SEQ_CST);
	usleep(50000);
	((struct probe *)op)->hits++;
}

static void *call_it(void *arg)
{
	fake_call(arg, 1);
	return NULL;
}

static pthread_t caller;

/* Stands for the moment between the first window and the second. */
static int call_then_fail(struct ftrace_window *w, unsigned int n)
{
	(void)w;
	(void)n;
	ck_assert_int_eq(pthread_create(&caller, NULL, call_it, &text), 0);
	while (!__atomic_load_n(&between_open_and_fail, __ATOMIC_SEQ_CST))
		usleep(1000);
	return -EPERM;
}

static int sync_then_call(void)
{
	fake_host.sync_core = ftrace_linux_host()->sync_core;
	return call_then_fail(NULL, 0) ? -ENOSYS : 0;
}

/* Written, called, undone: it fails only when nobody is inside any more. */
START_TEST(failure_waits_for_callers)
{
	p.ops.func = sleepy;
	fake_host.sync_core = sync_then_call;
	ck_assert_int_eq(reg(&p), -EPERM);
	ck_assert_uint_eq(p.hits, 1);
	pthread_join(caller, NULL);
	fake_same(&before, &text);
}
END_TEST

START_TEST(list_order)
{
	static struct probe r;

	probe_init(&r, 0);
	ck_assert(!reg(&p) && !reg(&q) && !reg(&r));
	ck_assert_ptr_eq(ftrace_ops_list, &r.ops);
	ck_assert_ptr_eq(ftrace_ops_next(&r.ops), &q.ops);
	ck_assert_ptr_eq(ftrace_ops_next(&q.ops), &p.ops);
	ck_assert_ptr_null(ftrace_ops_next(&p.ops));
	ck_assert_int_eq(unreg(&q), 0);
	ck_assert_ptr_eq(ftrace_ops_next(&r.ops), &p.ops);
	ck_assert_int_eq(unreg(&r), 0);
	ck_assert_ptr_eq(ftrace_ops_list, &p.ops);
	ck_assert_int_eq(unreg(&p), 0);
	ck_assert_ptr_null(ftrace_ops_list);
}
END_TEST

/* Dead: every call that would change something says so. */
START_TEST(kill)
{
	ck_assert_int_eq(reg(&q), 0);
	fake_log_clear();
	ck_assert_int_eq(ftrace_is_dead(), 0);
	ftrace_kill();
	expect_logged("libftrace: ftrace_kill: ");
	ck_assert_int_ne(ftrace_is_dead(), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(q.hits, 0);
	ck_assert(fake_is(&text, 1, "CALL"));
#define dead(name, expr) expect_fail(-ENODEV, name, expr)
	dead("register_ftrace_function", reg(&p));
	dead("ftrace_set_filter_ips",
	     ftrace_set_filter_ip(&p.ops, fake_fn(&text, 0), 0, 0));
	dead("ftrace_set_filter", ftrace_set_filter(&p.ops, "f", 1, 0));
	dead("ftrace_set_notrace", ftrace_set_notrace(&p.ops, "f", 1, 0));
	dead("register_ftrace_direct",
	     register_ftrace_direct(fake_fn(&text, 0), DIRECT_A));
	/* Letting go still works, and the memory may go. */
	ck_assert_int_eq(unreg(&q), 0);
	ck_assert_uint_eq(q.ops.flags, FTRACE_OPS_FL_INITIALIZED);
	memset(&q, 0x5a, sizeof(q));
	fake_call(&text, 1);
	ck_assert(fake_is(&text, 1, "CALL"));
	ck_assert_int_eq(ftrace_release_mod(&text.mod), 0);
	dead("ftrace_module_init", ftrace_module_init(&text.mod));
	ftrace_kill();
	ck_assert_int_ne(ftrace_is_dead(), 0);
}
END_TEST

START_TEST(kill_before_enable)
{
	static struct fake_text t;

	fake_text_map(&t, 4);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ftrace_kill();
	expect_fail(-ENODEV, "ftrace_module_enable",
		    ftrace_module_enable(&t.mod));
}
END_TEST

/* Lists fall silent as well, and nested calls. */
START_TEST(kill_a_list)
{
	ck_assert(!reg(&p) && !reg(&q));
	fake_call(&text, 1);
	ftrace_kill();
	fake_call(&text, 1);
	ck_assert(p.hits == 1 && q.hits == 1);
	ck_assert(!unreg(&p) && !unreg(&q));
}
END_TEST

static struct probe inner;

static void registers(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	(void)op;
	if (!(inner.ops.flags & FTRACE_OPS_FL_ENABLED))
		ck_assert_int_eq(reg(&inner), 0);
}

START_TEST(register_in_a_callback)
{
	probe_init(&inner, 0);
	p.ops.func = registers;
	ck_assert_int_eq(reg(&p), 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(inner.hits, 0);
	fake_call(&text, 1);
	ck_assert_uint_eq(inner.hits, 1);
}
END_TEST

static void leaves(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	ck_assert_int_eq(unregister_ftrace_function(op), -EINPROGRESS);
	__atomic_store_n(&between_open_and_fail, 1, __ATOMIC_SEQ_CST);
	usleep(50000);
	((struct probe *)op)->hits++;
}

static void *synchronizer(void *arg)
{
	(void)arg;
	ck_assert_int_eq(ftrace_synchronize(), 0);
	return NULL;
}

/* Two that synchronize at once: neither comes back before the callback. */
START_TEST(two_synchronize)
{
	pthread_t other;

	p.ops.func = leaves;
	ck_assert_int_eq(reg(&p), 0);
	ck_assert_int_eq(pthread_create(&caller, NULL, call_it, &text), 0);
	while (!__atomic_load_n(&between_open_and_fail, __ATOMIC_SEQ_CST))
		usleep(1000);
	ck_assert_int_eq(pthread_create(&other, NULL, synchronizer, NULL), 0);
	usleep(10000);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_uint_eq(p.ops.flags, FTRACE_OPS_FL_INITIALIZED);
	pthread_join(other, NULL);
	pthread_join(caller, NULL);
}
END_TEST

/* Several that left from inside: one call finishes all of them. */
START_TEST(synchronize_several)
{
	p.ops.func = leaves;
	q.ops.func = leaves;
	ck_assert(!reg(&p) && !reg(&q));
	fake_call(&text, 1);
	ck_assert(p.hits == 1 && q.hits == 1);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(p.ops.flags, FTRACE_OPS_FL_INITIALIZED);
	ck_assert_uint_eq(q.ops.flags, FTRACE_OPS_FL_INITIALIZED);
}
END_TEST

START_TEST(features)
{
	ck_assert_uint_eq(ftrace_arch_features(), FTRACE_ARCH_FEATURES);
}
END_TEST

Suite *suite_ops(void)
{
	Suite *s = suite_create("ops");
	TCase *c = tcase_create("ops");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, null);
	tcase_add_test(c, no_func);
	tcase_add_loop_test(c, unknown_flags, 0, (int)sizeof(long) * 8);
	tcase_add_loop_test(c, stub, 0, 4);
	tcase_add_test(c, states_pass);
	tcase_add_test(c, ipmodify_needs_a_filter);
	tcase_add_test(c, registered_twice);
	tcase_add_test(c, not_registered);
	tcase_add_test(c, regs_if_supported);
	tcase_add_test(c, no_regs);
	tcase_add_test(c, failure_leaves_flags);
	tcase_add_test(c, failure_beside_others);
	tcase_add_test(c, failure_waits_for_callers);
	tcase_add_test(c, list_order);
	tcase_add_test(c, kill);
	tcase_add_test(c, kill_before_enable);
	tcase_add_test(c, kill_a_list);
	tcase_add_test(c, register_in_a_callback);
	tcase_add_test(c, two_synchronize);
	tcase_add_test(c, synchronize_several);
	tcase_add_test(c, features);
	return s;
}
