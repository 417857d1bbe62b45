/* SPDX-License-Identifier: MIT */
/* Who is registered: clients come, change their filters, and go. */
#include "internal.h"

#define CLIENT_FLAGS                                                          \
	(FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED |     \
	 FTRACE_OPS_FL_RECURSION_SAFE | FTRACE_OPS_FL_IPMODIFY |              \
	 FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_RCU |                          \
	 FTRACE_OPS_FL_TRACE_ARRAY)
#define STATE_FLAGS                                                           \
	(FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_INITIALIZED |                  \
	 FTRACE_OPS_FL_DELETED | FTRACE_OPS_FL_REMOVING)

struct ftrace_ops *ftrace_ops_list;
bool ftrace_dead;

static unsigned long next_seq;
static struct ftrace_ops *removing;	/* unlinked in a callback, not drained */

static const char *ops_wrong(const struct ftrace_ops *ops)
{
	if (!ops->func)
		return "the ops has no func";
	if (ops->flags & ~(CLIENT_FLAGS | STATE_FLAGS))
		return "the ops has a flag that is unknown or not supported";
	if ((ops->flags & FTRACE_OPS_FL_SAVE_REGS) &&
	    !arch_ftrace_entry(FTRACE_ENTRY_REGS))
		return "SAVE_REGS: this target has no ftrace_regs_caller";
	if ((ops->flags & FTRACE_OPS_FL_IPMODIFY) &&
	    (!ops->hash || !ops->hash->filter.nr))
		return "IPMODIFY needs a filter";
	if ((ops->flags & FTRACE_OPS_FL_IPMODIFY) && ops->hash->except.nr)
		return "IPMODIFY cannot have a notrace filter";
	return NULL;
}

static void link_ops(struct ftrace_ops *ops)
{
	ops->reserved[FTRACE_OPS_SEQ] = ++next_seq;
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

static int add_ops(struct ftrace_ops *ops)
{
	const char *call = "register_ftrace_function";
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
	if ((flags & FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED) &&
	    arch_ftrace_entry(FTRACE_ENTRY_REGS))
		ops->flags |= FTRACE_OPS_FL_SAVE_REGS;
	ops->flags &= ~FTRACE_OPS_FL_DELETED;
	ops->flags |= FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_INITIALIZED;
	link_ops(ops);
	err = ftrace_filter_resolve(ops);
	if (err)
		ftrace_fail(call, "no memory", err);
	else
		err = ftrace_update(&u);
	if (err) {
		unlink_from(&ftrace_ops_list, ops);
		/* A set made on the way must not be found by a later ops. */
		ftrace_sets_kill_ops(ops);
		ops->flags = flags;
	}
	return err;
}

static void give_back(const char *call)
{
	if (ftrace_lock(call))
		return;
	ftrace_sets_reclaim();
	ftrace_unlock();
}

FTRACE_PUBLIC int register_ftrace_function(struct ftrace_ops *ops)
{
	const char *call = "register_ftrace_function";
	int err;

	if (!ops)
		return ftrace_fail(call, "ops is NULL", -EINVAL);
	err = ftrace_lock(call);
	if (err)
		return err;
	err = add_ops(ops);
	ftrace_unlock();
	if (!err || ftrace_in_callback())
		return err;
	/* Its calls may have stood in the text for a moment, and been taken. */
	if (err == -EPERM)
		ftrace_drain(ops);
	give_back(call);
	return err;
}

/* Out of the text and out of every set; the drain is the caller's. */
static int del_ops(struct ftrace_ops *ops)
{
	const char *call = "unregister_ftrace_function";
	struct ftrace_update u = { .kind = FTRACE_UPDATE_DEL, .call = call,
				   .ops = ops,
				   .hash = ftrace_ops_filter(ops) };
	int err;

	if (!(ops->flags & FTRACE_OPS_FL_ENABLED))
		return ftrace_fail(call, "the ops is not registered", -EBUSY);
	if (!ftrace_dead) {
		err = ftrace_update(&u);
		if (err)
			return err;
	}
	unlink_from(&ftrace_ops_list, ops);
	ftrace_sets_kill_ops(ops);
	ops->flags &= ~FTRACE_OPS_FL_ENABLED;
	ops->flags |= FTRACE_OPS_FL_REMOVING;
	return 0;
}

/* Wait, without the lock, and give back what the client had. */
static void finish_removal(struct ftrace_ops *ops)
{
	ftrace_drain(ops);
	ops->flags &= ~FTRACE_OPS_FL_REMOVING;
	ops->flags |= FTRACE_OPS_FL_DELETED;
	give_back("unregister_ftrace_function");
}

FTRACE_PUBLIC int unregister_ftrace_function(struct ftrace_ops *ops)
{
	const char *call = "unregister_ftrace_function";
	bool inside = ftrace_in_callback();
	int err;

	if (!ops)
		return ftrace_fail(call, "ops is NULL", -EINVAL);
	err = ftrace_lock(call);
	if (err)
		return err;
	err = del_ops(ops);
	if (!err && inside) {
		ops->reserved[FTRACE_OPS_NEXT] = (unsigned long)removing;
		removing = ops;
		err = -EINPROGRESS;
	}
	ftrace_unlock();
	if (err)
		return err;
	finish_removal(ops);
	return 0;
}

FTRACE_PUBLIC int ftrace_synchronize(void)
{
	const char *call = "ftrace_synchronize";
	struct ftrace_ops *op, *next;
	int err;

	if (ftrace_in_callback())
		return ftrace_fail(call, "called in a callback", -EDEADLK);
	/* A second one here waits for what the first one took from the list. */
	ftrace_sync_lock();
	err = ftrace_lock(call);
	if (err)
		goto out;
	op = removing;
	removing = NULL;
	ftrace_unlock();
	for (; op; op = next) {
		next = ftrace_ops_next(op);
		finish_removal(op);
	}
out:
	ftrace_sync_unlock();
	return err;
}

/* Under the lock. */
void ftrace_give_up(void)
{
	ftrace_dead = true;
	ftrace_sets_kill_all();
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
