/* SPDX-License-Identifier: MIT */
/* The patch and the drain protocols, on all schedules of two cores. */
#include "cores.h"
#include "search.h"
#include "suites.h"

#define A CORES_A
#define B CORES_B
#define DA CORES_DIRECT_A
#define DB CORES_DIRECT_B

static struct ftrace_ops *const a = &cores_ops[0], *const b = &cores_ops[1];
static unsigned long failing;	/* the sync that fails, of the next change */

static void add(struct ftrace_ops *op, unsigned int told0, unsigned int told1)
{
	cores_to(told0, told1);
	sure(!register_ftrace_function(op));
	cores_done();
}

static void del(struct ftrace_ops *op, unsigned int told0, unsigned int told1)
{
	cores_to(told0, told1);
	sure(!unregister_ftrace_function(op));
	cores_done();
}

static void nop_and_call(void)
{
	add(a, A, A);
	del(a, 0, 0);
}

/* The second client changes the entry too. */
static void call_to_call(void)
{
	b->flags |= FTRACE_OPS_FL_SAVE_REGS;
	add(a, A, 0);
	add(b, A | B, 0);
	del(a, B, 0);
	del(b, 0, 0);
}

static void direct(void)
{
	cores_to(DA, 0);
	sure(!register_ftrace_direct(cores_fn(0), DIRECT_A));
	cores_done();
	cores_to(DB, 0);
	sure(!modify_ftrace_direct(cores_fn(0), DIRECT_A, DIRECT_B));
	cores_done();
	cores_to(0, 0);
	sure(!unregister_ftrace_direct(cores_fn(0), DIRECT_B));
	cores_done();
}

static void direct_shared(void)
{
	cores_to(DA, 0);
	sure(!register_ftrace_direct(cores_fn(0), DIRECT_A));
	cores_done();
	add(a, A | DA, 0);
	cores_to(A | DB, 0);
	sure(!modify_ftrace_direct(cores_fn(0), DIRECT_A, DIRECT_B));
	cores_done();
	del(a, DB, 0);
	cores_to(0, 0);
	sure(!unregister_ftrace_direct(cores_fn(0), DIRECT_B));
	cores_done();
}

/* Two sites in a batch; and one that becomes a nop while the other is called. */
static void batch(void)
{
	add(a, A, A);
	del(a, 0, 0);
	sure(!ftrace_set_filter_ip(b, cores_fn(0), 0, 0));
	add(b, B, 0);
	cores_to(0, B);
	sure(!ftrace_set_filter_ip(b, cores_fn(1), 0, 1));
	cores_done();
	del(b, 0, 0);
	ftrace_free_filter(b);
}

static void turn(int to, unsigned int told0)
{
	cores_to(told0, 0);
	sure(!ftrace_enable(to));
	cores_done();
}

static void off_and_on(void)
{
	add(a, A, 0);
	cores_stays(A);
	turn(0, 0);
	turn(1, A);
	turn(0, 0);
	cores_to(0, 0);
	sure(!unregister_ftrace_function(a));
	cores_stays(0);
	cores_done();
	turn(1, 0);
}

/* Beside a client who stays. */
static void off_beside(void)
{
	turn(0, 0);
	add(a, 0, 0);
	b->flags = FTRACE_OPS_FL_PERMANENT;
	add(b, B, 0);
	turn(1, A | B);
	del(a, B, 0);
	del(b, 0, 0);
}

/* A sync fails, and what was written is put back. */
static void undo(void)
{
	cores_to(A, 0);
	cores_to(0, 0);
	fake_fail(FAKE_SYNC_CORE, failing);
	sure(register_ftrace_function(a) == -EPERM);
	cores_done();
	add(a, A, 0);
	cores_to(0, 0);
	cores_to(A, 0);
	fake_fail(FAKE_SYNC_CORE, failing);
	sure(unregister_ftrace_function(a) == -EPERM);
	cores_done();
	del(a, 0, 0);
}

/* And so do those of the undo: the text stays in an unknown, harmless state. */
static void give_up(void)
{
	cores_to(A, 0);
	cores_to(0, 0);
	fake_fail_n(FAKE_SYNC_CORE, failing, 100);
	sure(register_ftrace_function(a) == -EPERM);
	sure(ftrace_is_dead());
	cores_done();
	fake_heal();
}

/* Nothing is written any more; who unregisters waits all the same. */
static void killed(void)
{
	add(a, A, 0);
	cores_to(0, 0);
	ftrace_kill();
	sure(!unregister_ftrace_function(a));
	cores_done();
}

/* What a thread's block still says of a module that is gone is not followed. */
static void module_gone(void)
{
	add(a, A, A);
	cores_release();
	del(a, 0, 0);
}

static void at(struct ftrace_ops *op, unsigned int fn)
{
	sure(!ftrace_set_filter_ip(op, cores_fn(fn), 0, 1));
}

/* Each is called inside the other's callback. */
static void one_each(void)
{
	at(a, 0);
	at(b, 1);
	add(a, A, 0);
	add(b, A, B);
	del(a, 0, B);
	del(b, 0, 0);
	ftrace_free_filter(a);
	ftrace_free_filter(b);
}

/* One after the other, by the same thunk; who is late for the first: by none. */
static void in_turn(void)
{
	add(a, A, 0);
	del(a, 0, 0);
	add(b, B, 0);
	del(b, 0, 0);
}

/* The thunk that a function had serves another one. */
static void elsewhere(void)
{
	at(a, 0);
	at(b, 1);
	add(a, A, 0);
	del(a, 0, 0);
	add(b, 0, B);
	del(b, 0, 0);
	ftrace_free_filter(a);
	ftrace_free_filter(b);
}

/* It may still run when another comes and goes, whose set takes its own along. */
static void left_behind(void)
{
	int err;

	add(a, A, 0);
	cores_to(0, 0);
	err = unregister_ftrace_function_timeout(a, 0);
	sure(!err || err == -ETIMEDOUT);
	if (err)
		cores_stays(A);
	cores_done();
	add(b, B, 0);
	del(b, 0, 0);
	if (!err)
		return;
	cores_to(0, 0);
	sure(!unregister_ftrace_function(a));
	cores_stays(0);
	cores_done();
}

/* The first's set is given back while the used thunk leads to the second's. */
static void used_call_to_call(void)
{
	add(a, A, 0);
	del(a, 0, 0);
	call_to_call();
}

/*
 * Of a drain's two barriers the second is not needed where the sets of the
 * client are given back behind one of their own; and that one is not where the
 * site's own thunk, which leads to many sets in turn, never lets go of them.
 */
static const struct scenario {
	const char *name;
	void (*run)(void);
	const char *functions;	/* CORES_ONE ...; n: callbacks call them, too;
				 * u: thunks are used again */
	const char *barriers;	/* x: its loss is seen; ?: not tried */
	unsigned long failing;
} scenarios[] = {
	{ "nop and call", nop_and_call, "e", "x-x", 0 },
	{ "nop and call", nop_and_call, "o", "x--", 0 },
	{ "nop and call", nop_and_call, "m", "x-x", 0 },
	{ "nop and call", nop_and_call, "p", "x-x", 0 },
	/* Three steps are never the host's, whatever else is in the batch. */
	{ "nop and call", nop_and_call, "op", "x-x", 0 },
	{ "call to call", call_to_call, "e", "x-xx-x", 0 },
	{ "call to call", call_to_call, "o", "x--x--", 0 },
	{ "direct", direct, "e", "", 0 },
	{ "direct", direct, "o", "", 0 },
	{ "direct, shared", direct_shared, "e", "x-x", 0 },
	{ "direct, shared", direct_shared, "o", "x--", 0 },
	{ "two sites", batch, "oe", "x-xx-x", 0 },
	{ "off and on", off_and_on, "e", "x-x", 0 },
	{ "off and on", off_and_on, "o", "x--", 0 },
	{ "off and on beside", off_beside, "e", "x-xx-x", 0 },
	{ "off and on beside", off_beside, "o", "x--x--", 0 },
	{ "killed", killed, "e", "xx", 0 },
	{ "killed", killed, "o", "xx", 0 },
	{ "module gone", module_gone, "eo", "--x--", 0 },
	{ "undo", undo, "e", "", 1 },
	{ "undo", undo, "m", "", 1 },
	{ "undo", undo, "p", "", 1 },
	{ "undo", undo, "o", "", 1 },
	{ "undo", undo, "o", "", 2 },
	{ "undo", undo, "o", "", 3 },
	{ "give up", give_up, "e", "", 1 },
	{ "give up", give_up, "o", "", 1 },
	{ "give up", give_up, "o", "", 2 },
	{ "give up", give_up, "o", "", 3 },
}, deep[] = {
	{ "nop and call", nop_and_call, "en", "x-x", 0 },
	{ "nop and call", nop_and_call, "on", "x--", 0 },
	{ "one each", one_each, "een", "x-xx-x", 0 },
	{ "killed", killed, "en", "xx", 0 },
	{ "left behind", left_behind, "en", "?", 0 },
	{ "in turn", in_turn, "eu", "x-xx-x", 0 },
	{ "in turn", in_turn, "enu", "x-xx-x", 0 },
	{ "elsewhere", elsewhere, "du", "x-xx-x", 0 },
	{ "call to call", used_call_to_call, "eu", "x-xx-xx-x", 0 },
};

static const struct scenario *s;
static unsigned long mutants, schedules;
#define NR(table) ((int)(sizeof(table) / sizeof(table[0])))

static bool seen(const struct cores_mutant *m)
{
	struct cores_result r;

	cores_explore(s->run, m, &r);
	mutants++;
	schedules += r.schedules;
	return r.bad;
}

static void each_deleted(const struct cores_result *all)
{
	unsigned long k;

	for (k = 1; k <= all->syncs; k++)
		ck_assert_msg(seen(&(struct cores_mutant){ .sync = k }),
			      "%s: sync %lu is not missed", s->name, k);
	for (k = 1; k <= all->flushes; k++)
		ck_assert_msg(seen(&(struct cores_mutant){ .flush = k }),
			      "%s: flush %lu is not missed", s->name, k);
	/* How many there are depends on who was late. */
	for (k = 1; *s->barriers != '?' && k <= all->barriers; k++)
		ck_assert_msg(seen(&(struct cores_mutant){ .barrier = k }) ==
				      (s->barriers[k - 1] == 'x'),
			      "%s: barrier %lu", s->name, k);
	ck_assert_msg(seen(&(struct cores_mutant){ .late_slots = true }),
		      "%s: slots behind text are not noticed", s->name);
}

/* Other ways to change a site that takes three stores. */
static void each_order(void)
{
	static const char *const steps[] = { "213", "132", "23", "w" };
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		ck_assert_msg(seen(&(struct cores_mutant){ .steps = steps[i] }),
			      "%s: steps %s do no harm", s->name, steps[i]);
}

static void try_all(const struct scenario *which)
{
	struct cores_result all;
	const char *f;

	s = which;
	failing = s->failing;
	for (f = s->functions; *f; f++) {
		if (*f == 'n')
			cores_nest();
		else if (*f == 'u')
			cores_use_thunks_again();
		else
			cores_function(*f);
	}
	cores_explore(s->run, NULL, &all);
	ck_assert_msg(!all.bad, "%s: %s", s->name, all.bad);
	/* Of what is undone or given up not every sync was needed. */
	if (!failing) {
		each_deleted(&all);
		if (*s->functions == 'o')
			each_order();
	}
	printf("  cores    %s, %s: %lu states, %lu schedules; %lu mutants, "
	       "%lu schedules\n", s->name, s->functions, all.states,
	       all.schedules, mutants, schedules);
}

START_TEST(all_schedules)
{
	try_all(&scenarios[_i]);
}
END_TEST

/* Calls inside callbacks, and thunks in their second life. */
START_TEST(deep_schedules)
{
	try_all(&deep[_i]);
}
END_TEST

/* From call to call in three steps a call is let by: hence the own thunk. */
static void call_to_call_of_one(void)
{
	sure(!ftrace_set_filter_ip(a, cores_fn(0), 0, 0));
	sure(!ftrace_set_filter_ip(b, cores_fn(0), 0, 0));
	call_to_call();
	ftrace_free_filter(a);
	ftrace_free_filter(b);
}

START_TEST(call_to_call_in_steps)
{
	struct cores_result r;

	cores_function(CORES_STEPS);
	cores_explore(call_to_call_of_one, &(struct cores_mutant){ .steps = "c" }, &r);
	ck_assert_str_eq(r.bad, "a call is missed");
}
END_TEST

Suite *suite_cores(void)
{
	Suite *suite = suite_create("cores");
	TCase *c = fake_case(suite, "cores");

	cores_warn_once();
	tcase_add_loop_test(c, all_schedules, 0, NR(scenarios));
	tcase_add_test(c, call_to_call_in_steps);
	return suite;
}

Suite *suite_cores_deep(void)
{
	Suite *suite = suite_create("cores deep");
	TCase *c = fake_case(suite, "cores deep");

	cores_warn_once();
	tcase_add_loop_test(c, deep_schedules, 0, NR(deep));
	return suite;
}
