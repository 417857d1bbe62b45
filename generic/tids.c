/* SPDX-License-Identifier: MIT */
/* Chosen threads: the table of an ops that is not for all of them. */
#include "internal.h"

/*
 * A table is never changed: callbacks read it with no lock. An edited copy
 * takes its place, and it goes when nobody reads any more, which is soon: who
 * looks a thread up does nothing else meanwhile.
 */
static struct ftrace_hash *tids_of(const struct ftrace_ops *ops)
{
	return (struct ftrace_hash *)load_acquire(
			ops->reserved[FTRACE_OPS_TIDS]);
}

/* Is the calling thread, which has a block, one of those? */
bool ftrace_tids_chosen(const struct ftrace_ops *ops)
{
	const struct ftrace_hash *tids;
	bool yes;

	if (!ftrace_read_enter())
		return false;
	tids = tids_of(ops);
	yes = tids && ftrace_hash_has(tids, ftrace_self->id);
	ftrace_read_exit();
	return yes;
}

static void table_free(struct ftrace_hash *tids)
{
	if (tids)
		ftrace_hash_free(tids);
	ftrace_host->free(tids);
}

/* The ops is not registered. Lock */
void ftrace_tids_free(struct ftrace_ops *ops)
{
	table_free(tids_of(ops));
	ops->reserved[FTRACE_OPS_TIDS] = 0;
}

/* Put an edited copy in force. */
static int edit(const char *call, struct ftrace_ops *ops, unsigned long tid,
		bool remove, bool reset)
{
	const struct ftrace_hash *old = reset ? NULL : tids_of(ops);
	struct ftrace_hash *new;
	int err = -ENOMEM;

	if (ftrace_dead)
		return ftrace_fail(call, "ftrace was killed", -ENODEV);
	new = ftrace_host->alloc(sizeof(*new));
	if (new)
		err = old ? ftrace_hash_copy(new, old) : 0;
	if (!err && tid)
		err = remove ? ftrace_hash_del(new, tid) :
			       ftrace_hash_add(new, tid);
	if (!err) {
		store_release(ops->reserved[FTRACE_OPS_TIDS],
			      (unsigned long)new);
		return 0;
	}
	table_free(new);
	return ftrace_fail(call, err == -ENOENT ?
				   "removes a thread that is not there" :
				   "no memory", err);
}

FTRACE_PUBLIC int ftrace_set_filter_tid(struct ftrace_ops *ops,
					unsigned long tid, int remove,
					int reset)
{
	const char *call = "ftrace_set_filter_tid";
	struct ftrace_hash *old;
	int err;

	if (!ops)
		return ftrace_fail(call, "ops is NULL", -EINVAL);
	if (!(ops->flags & FTRACE_OPS_FL_PID))
		return ftrace_fail(call, "the ops lacks FTRACE_OPS_FL_PID",
				   -EINVAL);
	if (!tid && !reset)
		return ftrace_fail(call, "no thread has the number 0",
				   -EINVAL);
	err = ftrace_lock(call);
	if (err)
		return err;
	old = tids_of(ops);
	err = edit(call, ops, tid, remove, reset);
	ftrace_unlock();
	/* What a callback may still be reading is not given back. */
	if (!err && old && ftrace_drain_readers())
		table_free(old);
	return err;
}
