/* SPDX-License-Identifier: MIT */
/* Calls that will not return: which stack are they on, and is it in use above? */
#include "internal.h"

/*
 * A stack pointer that is lower than the present one is of a call that is over
 * if both are on one stack. Nobody tells which stacks there are but the host, for
 * a thread's own, and whoever declares others: frames elsewhere are never judged.
 */
struct stack {
	unsigned long low;
	unsigned long high;	/* store_release; 0: none here */
};

static struct stack declared[FTRACE_GRAPH_STACKS];	/* lock; read without */

/* One of those declared, or the thread's own; NULL: any other. */
static const void *stack_of(const struct ftrace_thread *t, unsigned long sp)
{
	unsigned int i;

	for (i = 0; i < FTRACE_GRAPH_STACKS; i++) {
		unsigned long high = load_acquire(declared[i].high);

		if (sp < high && sp >= READ_ONCE(declared[i].low))
			return &declared[i];
	}
	return sp >= t->stack_low && sp < t->stack_high ? t : NULL;
}

/* Ask the host: at first, and @again, as it may have grown. */
static bool know_own(struct ftrace_thread *t, bool again)
{
	unsigned long low, high;

	if (!ftrace_host->own_stack || (t->stack_low && !again))
		return false;
	t->stack_low = ~0UL;
	if (ftrace_host->own_stack(&low, &high))
		return false;
	t->stack_high = high;
	t->stack_low = low;
	return true;
}

/* Free @f if the call at @sp tells that it was left. */
static bool free_left(const struct ftrace_thread *t, struct ftrace_frame *f,
		      unsigned long sp)
{
	const void *stack = stack_of(t, sp);
	unsigned long at = READ_ONCE(f->sp);

	return stack && at && at < sp && stack_of(t, at) == stack &&
	       ftrace_host->same_stack(at, sp) &&
	       __atomic_compare_exchange_n(&f->sp, &at, 0, false,
					   __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/*
 * The call at @sp is made in @prev, or in none, by its stack pointer; but the
 * thread's last one that is known to be entered is not @prev. What lies between
 * was left, and its frames are free where that can be told; or this is a signal
 * handler on a stack of its own, above what it interrupted. What it
 * is made in.
 */
struct ftrace_frame *ftrace_frames_pass(struct ftrace_thread *t,
					struct ftrace_frame *prev,
					unsigned long sp)
{
	struct ftrace_frame *f = t->top, *next;
	unsigned long top = READ_ONCE(f->sp);
	unsigned int steps = 0;

	know_own(t, false);
	if (top && !ftrace_host->same_stack(top, sp) &&
	    !(t->stack_high &&
	      ftrace_host->same_stack(sp, t->stack_high - 1)))
		return f;
	t->top = prev;
	for (; f != prev && steps++ < FTRACE_GRAPH_CALLS; f = next) {
		next = f->prev;
		free_left(t, f, sp);
	}
	return prev;
}

static bool sweep(const struct ftrace_thread *t, struct ftrace_frame *f,
		  unsigned long sp)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < FTRACE_GRAPH_CALLS; i++)
		any |= free_left(t, &f[i], sp);
	return any;
}

/*
 * There is no frame for a call at @sp: free those of its stack that were left.
 * Who calls too deep does not ask each time where the stack lies.
 */
bool ftrace_frames_sweep(struct ftrace_thread *t, struct ftrace_frame *f,
			 unsigned long sp)
{
	return sweep(t, f, sp) ||
	       (!(t->overruns % FTRACE_GRAPH_CALLS) && know_own(t, true) &&
		sweep(t, f, sp));
}

/* Lock. Where @low is declared, or a free place; NULL without. */
static struct stack *find(unsigned long low, bool gone)
{
	unsigned int i;

	for (i = 0; i < FTRACE_GRAPH_STACKS; i++)
		if (gone ? declared[i].high && declared[i].low == low :
			   !declared[i].high)
			return &declared[i];
	return NULL;
}

static int declare(const char *call, unsigned long low, unsigned long high)
{
	struct stack *s = find(low, !high);
	unsigned int i;

	if (!high && !s)
		return ftrace_fail_at(call, "no such stack", low, -EINVAL);
	for (i = 0; i < FTRACE_GRAPH_STACKS; i++)
		if (low < declared[i].high && high > declared[i].low)
			return ftrace_fail_at(call, "overlaps another", low,
					      -EBUSY);
	if (!s)
		return ftrace_fail(call, "there are as many stacks as there "
				   "can be", -ENOSPC);
	if (high)
		WRITE_ONCE(s->low, low);
	store_release(s->high, high);
	return 0;
}

FTRACE_PUBLIC int ftrace_graph_stack(unsigned long low, unsigned long high)
{
	int err;

	if (!low || (high && low >= high))
		return ftrace_fail(__func__, "its end is not above its "
				   "beginning", -EINVAL);
	err = ftrace_lock(__func__);
	if (err)
		return err;
	err = declare(__func__, low, high);
	ftrace_unlock();
	return err;
}
