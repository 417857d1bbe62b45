/* SPDX-License-Identifier: MIT */
/* The library under stress: clients come, go, redirect; direct calls change. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <ftrace/ftrace.h>
#include <ftrace/ftrace_regs.h>
#include <ftrace/switch.h>

#include "stress.h"

/*
 * At the end: who has a client or a direct call all the time was told of every
 * call; who is redirected was called in one place or the other; no callback came
 * when its client was gone; and all is as the library says.
 */

#define CODE(fn) ftrace_code((const void *)(fn))

static unsigned long old_hits, new_hits, direct_now;
static struct ftrace_ops always;
static const char here;		/* the priv of clients that are not gone */

void stress_old(long x)
{
	(void)x;
	stress_add(&old_hits);
}

void stress_new(long x)
{
	(void)x;
	stress_add(&new_hits);
}

static void always_hit(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	stress_add(&stress->always_hits);
}

/* Its ops is poisoned soon after, and says so. */
static void toggled_hit(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	stress_add(op->priv == &here ? &stress->toggle_hits : &stress->late);
}

static void redirect_hit(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	if (op->priv != &here)
		stress_add(&stress->late);
	ftrace_regs_set_instruction_pointer(fregs, CODE(redirected));
}

static struct ftrace_ops *client(ftrace_func_t func, unsigned long flags,
				 unsigned long ip)
{
	struct ftrace_ops *ops = calloc(1, sizeof(*ops));

	ops->func = func;
	ops->flags = flags;
	ops->priv = (void *)&here;
	stress_check(ftrace_set_filter_ip(ops, ip, 0, 0),
		     "a filter is refused");
	return ops;
}

/* Gone, poisoned and freed at once. */
static void come_and_go(ftrace_func_t func, unsigned long flags,
			unsigned long ip, unsigned int round)
{
	struct ftrace_ops *ops = client(func, flags, ip);

	stress_check(register_ftrace_function(ops), "a client is refused");
	if (!(round & 7))
		sched_yield();
	stress_check(unregister_ftrace_function(ops), "a client cannot leave");
	ftrace_free_filter(ops);
	memset(ops, 0xa5, sizeof(*ops));
	free(ops);
}

static void *toggler(void *arg)
{
	unsigned int round;

	for (round = 0; !stress_stopping(); round++) {
		/* The always called one and the direct one, too. */
		unsigned int n = round % (NR_TOGGLED + 2);
		unsigned long ip = n < NR_TOGGLED ? CODE(traced_toggled[n]) :
				   n == NR_TOGGLED ? CODE(traced_always) :
						     CODE(traced_direct);

		come_and_go(toggled_hit, FTRACE_OPS_FL_RECURSION_SAFE |
			    (round & 1 ? FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED :
					 0), ip, round);
		stress_add(&stress->toggles);
		stress_others(round);
	}
	return arg;
}

static void *redirector(void *arg)
{
	unsigned int round;

	for (round = 0; !stress_stopping(); round++) {
		come_and_go(redirect_hit, FTRACE_OPS_FL_RECURSION_SAFE |
			    FTRACE_OPS_FL_IPMODIFY, CODE(traced_redirect),
			    round);
		stress_add(&stress->redirects);
		stress_others(round);
	}
	return arg;
}

static void *modifier(void *arg)
{
	unsigned long ip = CODE(traced_direct);
	unsigned long addr[2] = { CODE(stress_direct_old),
				  CODE(stress_direct_new) };
	unsigned int round;

	for (round = 0; !stress_stopping(); round++) {
		stress_check(modify_ftrace_direct(ip, addr[round & 1],
						  addr[!(round & 1)]),
			     "a direct call cannot be changed");
		stress_add(&stress->modifies);
		stress_others(round);
	}
	direct_now = addr[round & 1];
	return arg;
}

static void begin(void)
{
	always.func = always_hit;
	always.flags = FTRACE_OPS_FL_RECURSION_SAFE;
	stress_check(ftrace_set_filter_ip(&always, CODE(traced_always), 0, 0) ||
		     register_ftrace_function(&always),
		     "the first client is refused");
	stress_check(register_ftrace_direct(CODE(traced_direct),
					    CODE(stress_direct_old)),
		     "the direct call is refused");
}

static int child(void)
{
	come_and_go(toggled_hit, 0, CODE(traced_always), 1);
	stress_calls(1);
	stress_check(ftrace_verify(), "records are wrong in a child");
	return 0;
}

static unsigned long all_hits(void)
{
	return stress->always_hits + old_hits + new_hits + stress->toggle_hits;
}

static void end(unsigned long rounds)
{
	unsigned long hits;

	stress_check((long)(stress->always_hits - rounds),
		     "not every call was told of");
	stress_check((long)(old_hits + new_hits - rounds),
		     "not every call was direct");
	stress_check((long)(stayed + went - rounds),
		     "not every call went somewhere");
	stress_check((long)stress->late, "callbacks read what was gone");
	stress_check(ftrace_verify(), "records are wrong");
	stress_check(unregister_ftrace_function(&always),
		     "the first cannot leave");
	stress_check(unregister_ftrace_direct(CODE(traced_direct), direct_now),
		     "the direct call cannot be taken away");
	stress_check(ftrace_synchronize(), "it does not come to an end");
	hits = all_hits();
	stress_calls(1);
	stress_check((long)(all_hits() - hits), "callbacks came later");
	stress_check(ftrace_verify(), "records are wrong at the end");
}

static void *(*const changers[])(void *) = {
	toggler, toggler, redirector, modifier,
};

const struct stress_tool stress_tool = {
	.changers = changers,
	.nr_changers = sizeof(changers) / sizeof(changers[0]),
	.begin = begin,
	.child = child,
	.end = end,
};
