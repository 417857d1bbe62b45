/* SPDX-License-Identifier: MIT */
/* Who is registered: clients come, change their filters, and go. */
#include "internal.h"

#define CLIENT_FLAGS                                                          \
	(FTRACE_OPS_FL_SAVE_ARGS | FTRACE_OPS_FL_SAVE_REGS |                  \
	 FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED |                               \
	 FTRACE_OPS_FL_RECURSION_SAFE | FTRACE_OPS_FL_IPMODIFY |              \
	 FTRACE_OPS_FL_PERMANENT |                                            \
	 FTRACE_OPS_FL_PID | FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_RCU |      \
	 FTRACE_OPS_FL_TRACE_ARRAY | FTRACE_OPS_FL_STUB)

struct ftrace_ops *ftrace_ops_list;
bool ftrace_dead;

static unsigned long next_seq;

/*
 * Unlinked, and not known to have stopped. Registration lock; who takes one
 * from here has made sure. reserved[FTRACE_OPS_RELEASED] says what for: a
 * function to be called, a call that waits, or gave up and may come again, or
 * nobody but ftrace_synchronize().
 */
static struct ftrace_ops *removing;
#define NOBODY	0UL
#define WAITING	1UL
#define GAVE_UP	2UL

static const char *ops_wrong(const struct ftrace_ops *ops)
{
	if (!ops->func && !(ops->flags & FTRACE_OPS_FL_STUB))
		return "the ops has no func";
	if (ops->flags & FTRACE_OPS_FL_DELETED)
		return "the ops is deleted, and must not come again";
	if (ops->flags & ~(CLIENT_FLAGS | FTRACE_OPS_FL_INITIALIZED))
		return "the ops has a flag that is unknown or not supported";
	if ((ops->flags & FTRACE_OPS_FL_SAVE_REGS) &&
	    !arch_ftrace_entry(FTRACE_ENTRY_REGS))
		return "SAVE_REGS: this target has no ftrace_regs_caller";
	if ((ops->flags & FTRACE_OPS_FL_IPMODIFY) &&
	    (!ops->hash || !ops->hash->filter.nr))
		return "IPMODIFY needs a filter";
	if ((ops->flags & FTRACE_OPS_FL_IPMODIFY) &&
	    ftrace_notrace_any(ops->hash))
		return "IPMODIFY cannot have a notrace filter";
	return NULL;
}

/* What means SAVE_REGS on a target that has it. */
static unsigned long regs_flags(void)
{
	unsigned long flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED;

	/* There is no other way to the arguments, or to change anything. */
	if (!ftrace_has_args())
		flags |= FTRACE_OPS_FL_SAVE_ARGS | FTRACE_OPS_FL_IPMODIFY;
	return flags;
}

void ftrace_ops_link(struct ftrace_ops *ops)
{
	ops->reserved[FTRACE_OPS_SEQ] = ++next_seq;
	ops->reserved[FTRACE_OPS_RELEASED] = NOBODY;
	ops->reserved[FTRACE_OPS_NEXT] = (unsigned long)ftrace_ops_list;
	ftrace_ops_list = ops;
}

static void unlink_from(struct ftrace_ops **list, struct ftrace_ops *ops)
{
	struct ftrace_ops *before = *list;

	if (before == ops) {
		*list = ftrace_ops_next(ops);
		return;
	}
	while (before && ftrace_ops_next(before) != ops)
		before = ftrace_ops_next(before);
	if (before)
		before->reserved[FTRACE_OPS_NEXT] =
				ops->reserved[FTRACE_OPS_NEXT];
}

void ftrace_ops_unlink(struct ftrace_ops *ops)
{
	unlink_from(&ftrace_ops_list, ops);
}

/*
 * No barrier was made since a client left the text, or before its memory may
 * go: who is in which callback is not known until one is. Lock.
 */
static bool owed;

static bool barrier_made(void)
{
	owed = !ftrace_barrier();
	return !owed;
}

static int add_ops(const char *call, struct ftrace_ops *ops)
{
	struct ftrace_update u = { .kind = FTRACE_UPDATE_ADD, .call = call,
				   .ops = ops,
				   .hash = ftrace_ops_filter(ops) };
	unsigned long flags = ops->flags;
	const char *wrong;
	int err;

	if (ftrace_dead)
		return ftrace_fail(call, "ftrace was killed", -ENODEV);
	if (flags & (FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_REMOVING))
		return ftrace_fail(call, "the ops is registered", -EBUSY);
	wrong = ops_wrong(ops);
	if (wrong)
		return ftrace_fail(call, wrong, -EINVAL);
	wrong = ftrace_off ? ftrace_policy_forbids(ops) : NULL;
	if (wrong)
		return ftrace_fail(call, wrong, -EBUSY);
	if ((flags & regs_flags()) && arch_ftrace_entry(FTRACE_ENTRY_REGS))
		ops->flags |= FTRACE_OPS_FL_SAVE_REGS;
	ops->flags |= FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_INITIALIZED |
		      FTRACE_OPS_FL_ADDING;
	ftrace_ops_link(ops);
	err = ftrace_filter_resolve(ops);
	if (err)
		ftrace_fail(call, "no memory", err);
	else
		err = ftrace_share_ask(call, ops, NULL);
	if (!err)
		err = ftrace_graph_join(call, ops);
	if (!err)
		err = ftrace_update(&u);
	if (err) {
		ftrace_ops_unlink(ops);
		ftrace_share_settle();
		/* A set made on the way must not be found by a later ops. */
		ftrace_sets_kill_ops(ops);
		ftrace_graph_forget(ops);
		WRITE_ONCE(ops->flags, flags);
		owed |= err == -EPERM;
	}
	ftrace_ops_flags(ops, 0, FTRACE_OPS_FL_ADDING);
	return err;
}

#define NO_BARRIER "the host's barrier failed: nobody can tell who still runs"

/*
 * 0 with the lock held once @ops has stopped; -ETIMEDOUT without. Waits
 * without it too, as the callback may want it.
 */
static int wait_stopped(const char *call, struct ftrace_ops *ops,
			unsigned long ms)
{
	unsigned long long until = ftrace_host->clock() + ms * 1000000ULL;
	bool over = false;
	int err;

	while (!over) {
		err = ftrace_lock(call);
		if (err)
			return err;
		over = owed && !barrier_made();
		if (!over && !ftrace_runs(ops)) {
			if (barrier_made())
				return 0;
			over = true;
		}
		if (over)
			ftrace_fail(call, NO_BARRIER, -ETIMEDOUT);
		over |= ms != FTRACE_FOREVER && ftrace_host->clock() >= until;
		if (over && (ops->flags & FTRACE_OPS_FL_REMOVING))
			ops->reserved[FTRACE_OPS_RELEASED] = GAVE_UP;
		ftrace_unlock();
		ftrace_host->relax();
	}
	return -ETIMEDOUT;
}

/* Lock. One that has stopped, who left first before others; or NULL. */
static struct ftrace_ops *take_stopped(void)
{
	struct ftrace_ops *op, *first = NULL;

	if (owed && !barrier_made())
		return NULL;
	for (op = removing; op; op = ftrace_ops_next(op))
		if (!ftrace_runs(op))
			first = op;
	if (!first || !barrier_made())
		return NULL;
	unlink_from(&removing, first);
	first->flags &= ~FTRACE_OPS_FL_REMOVING;
	return first;
}

/*
 * Tell clients that have stopped. Under the sync lock, so that a call of
 * ftrace_synchronize() elsewhere comes back behind the last of them.
 */
static int release_stopped(const char *call)
{
	void (*released)(struct ftrace_ops *ops);
	struct ftrace_ops *op;
	int err;

	for (;;) {
		err = ftrace_lock(call);
		if (err)
			return err;
		op = take_stopped();
		released = NULL;
		/* Whose call waits, or comes again, may free it from now on. */
		if (op && op->reserved[FTRACE_OPS_RELEASED] > GAVE_UP) {
			released = (void (*)(struct ftrace_ops *))
					op->reserved[FTRACE_OPS_RELEASED];
			op->reserved[FTRACE_OPS_RELEASED] = NOBODY;
		}
		ftrace_sets_reclaim();
		ftrace_unlock();
		if (!op)
			return 0;
		if (released)
			released(op);
	}
}

/* Behind each call that comes or goes: what others could not wait for. */
static void give_back(const char *call)
{
	if (!ftrace_sync_trylock())
		return;
	release_stopped(call);
	ftrace_sync_unlock();
}

int ftrace_ops_register(const char *call, struct ftrace_ops *ops)
{
	int err;

	if (!ops)
		return ftrace_fail(call, "ops is NULL", -EINVAL);
	err = ftrace_lock_scanned(call);
	if (err)
		return err;
	err = add_ops(call, ops);
	ftrace_unlock();
	if (ftrace_in_callback())
		return err;
	/* Its calls may have stood in the text for a moment, and been taken. */
	if (err == -EPERM && !wait_stopped(call, ops, FTRACE_FOREVER))
		ftrace_unlock();
	if (err || READ_ONCE(removing))
		give_back(call);
	return err;
}

FTRACE_PUBLIC int register_ftrace_function(struct ftrace_ops *ops)
{
	return ftrace_ops_register(__func__, ops);
}

/* Out of the text and out of every set; the drain is the caller's. */
static int del_ops(const char *call, struct ftrace_ops *ops)
{
	struct ftrace_update u = { .kind = FTRACE_UPDATE_DEL, .call = call,
				   .ops = ops,
				   .hash = ftrace_ops_filter(ops) };
	int err;

	if (!(ops->flags & FTRACE_OPS_FL_ENABLED))
		return ftrace_fail(call, "the ops is not registered", -EBUSY);
	if (ops->flags & FTRACE_OPS_FL_DIRECT)
		return ftrace_fail(call, "the ops has a direct call, which "
				   "unregister_ftrace_direct_multi() takes "
				   "away", -EINVAL);
	ftrace_ops_flags(ops, FTRACE_OPS_FL_REMOVING, 0);
	err = ftrace_dead ? 0 : ftrace_update(&u);
	if (err) {
		ftrace_ops_flags(ops, 0, FTRACE_OPS_FL_REMOVING);
		return err;
	}
	ftrace_ops_unlink(ops);
	ftrace_sets_kill_ops(ops);
	ftrace_graph_forget(ops);
	if (ftrace_dead)
		ftrace_records_killed();
	ftrace_ops_flags(ops, 0, FTRACE_OPS_FL_ENABLED);
	ftrace_share_settle();
	return 0;
}

/* Unlinked now, or by a call that gave up waiting; @who waits for the rest. */
static int begin_removal(const char *call, struct ftrace_ops *ops,
			 unsigned long who)
{
	int err;

	if (!ops)
		return ftrace_fail(call, "ops is NULL", -EINVAL);
	err = ftrace_lock_pruned(call);
	if (err)
		return err;
	if (ops->reserved[FTRACE_OPS_RELEASED] == GAVE_UP)
		unlink_from(&removing, ops);
	else
		err = del_ops(call, ops);
	if (!err) {
		ftrace_ops_flags(ops, FTRACE_OPS_FL_REMOVING, 0);
		ops->reserved[FTRACE_OPS_RELEASED] = who;
		ops->reserved[FTRACE_OPS_SEQ] = ++next_seq;
		ops->reserved[FTRACE_OPS_NEXT] = (unsigned long)removing;
		WRITE_ONCE(removing, ops);
		/* From now on who is in it has said so: see thread.c. */
		barrier_made();
	}
	ftrace_unlock();
	return err;
}

int ftrace_ops_unregister(const char *call, struct ftrace_ops *ops,
			  unsigned long ms)
{
	bool in_callback = ftrace_in_callback();
	int err = begin_removal(call, ops, in_callback ? NOBODY : WAITING);

	if (err)
		return err;
	if (in_callback)
		return -EINPROGRESS;
	err = wait_stopped(call, ops, ms);
	if (err)
		return err;
	/* Somebody else may have noticed, and taken it, before. */
	unlink_from(&removing, ops);
	ftrace_ops_flags(ops, 0, FTRACE_OPS_FL_REMOVING);
	ops->reserved[FTRACE_OPS_RELEASED] = NOBODY;
	ftrace_sets_reclaim();
	ftrace_unlock();
	if (READ_ONCE(removing))
		give_back(call);
	return 0;
}

FTRACE_PUBLIC int unregister_ftrace_function(struct ftrace_ops *ops)
{
	return ftrace_ops_unregister(__func__, ops, FTRACE_FOREVER);
}

FTRACE_PUBLIC int unregister_ftrace_function_timeout(struct ftrace_ops *ops,
						     unsigned int ms)
{
	return ftrace_ops_unregister(__func__, ops, ms);
}

FTRACE_PUBLIC int
unregister_ftrace_function_async(struct ftrace_ops *ops,
				 void (*released)(struct ftrace_ops *ops))
{
	if (!released)
		return ftrace_fail(__func__, "released is NULL", -EINVAL);
	return begin_removal(__func__, ops, (unsigned long)released);
}

FTRACE_PUBLIC int ftrace_synchronize(void)
{
	const char *call = "ftrace_synchronize";
	unsigned long until = 0;
	struct ftrace_ops *op;
	int err;

	if (ftrace_in_callback())
		return ftrace_fail(call, "called in a callback", -EDEADLK);
	err = ftrace_sync_lock(call);
	if (err)
		return err;
	for (;;) {
		err = release_stopped(call);
		if (!err)
			err = ftrace_lock(call);
		if (err)
			break;
		if (!until)
			until = next_seq;
		op = removing;
		while (op && op->reserved[FTRACE_OPS_SEQ] > until)
			op = ftrace_ops_next(op);
		if (op && owed && !barrier_made())
			err = ftrace_fail(call, NO_BARRIER, -ETIMEDOUT);
		ftrace_unlock();
		if (!op || err)
			break;
		ftrace_host->relax();
	}
	ftrace_sync_unlock();
	return err;
}

/*
 * Under the lock. From now on a record's set is what its site calls, and who
 * waits for the switch waits for nothing; those who stay are said by records.
 */
void ftrace_give_up(void)
{
	ftrace_records_settle();
	ftrace_dead = true;
	ftrace_sets_kill_ordinary();
	ftrace_records_killed();
}

/*
 * Ordinary clients fall silent; direct calls go on. No text is touched, so
 * that this works when text cannot be trusted.
 */
FTRACE_PUBLIC void ftrace_kill(void)
{
	if (ftrace_lock("ftrace_kill"))
		return;
	ftrace_give_up();
	ftrace_unlock();
	ftrace_fail("ftrace_kill", "no site will be changed from now on",
		    -ENODEV);
}

FTRACE_PUBLIC int ftrace_is_dead(void)
{
	return READ_ONCE(ftrace_dead);
}

FTRACE_PUBLIC unsigned long ftrace_arch_features(void)
{
	return FTRACE_ARCH_FEATURES;
}
