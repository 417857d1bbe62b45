/* SPDX-License-Identifier: MIT */
/* Direct calls: a site that calls a client's trampoline itself. */
#include "internal.h"

/* What a client may say of itself when it comes with a direct call. */
#define MULTI_FLAGS                                                           \
	(FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_RCU |                          \
	 FTRACE_OPS_FL_TRACE_ARRAY | FTRACE_OPS_FL_INITIALIZED)

/* The direct address of a record stands in its set, and nowhere else. */
static unsigned long direct_of(const struct dyn_ftrace *rec)
{
	const struct ftrace_set *set = ftrace_set_by_id(rec->set);

	return set ? set->direct : 0;
}

/*
 * Find the record of @ip and hold the lock, if the direct address is what the
 * caller says it is.
 */
static int direct_begin(const char *call, unsigned long ip, unsigned long old,
			struct ftrace_update *u)
{
	unsigned long now;
	int err = ftrace_lock_scanned(call);

	if (err)
		return err;
	u->kind = FTRACE_UPDATE_DIRECT;
	u->call = call;
	u->rec = ftrace_find_rec(ip, &u->mod);
	now = u->rec ? direct_of(u->rec) : 0;
	/* Taking a direct call away works after a kill too. */
	if (ftrace_dead && u->direct)
		err = ftrace_fail(call, "ftrace was killed", -ENODEV);
	else if (!u->rec)
		err = ftrace_fail_at(call, "no site", ip, -ENODEV);
	else if (u->rec->flags & FTRACE_FL_DISABLED)
		err = ftrace_fail_at(call, "the site is disabled", ip, -ENODEV);
	else if (!old && now)
		err = ftrace_fail_at(call, "the function has a direct call",
				     ip, -EBUSY);
	else if (old && !now)
		err = ftrace_fail_at(call, "the function has no direct call",
				     ip, -ENODEV);
	else if (old != now)
		err = ftrace_fail_at(call, "the direct call is another", ip,
				     -EINVAL);
	else if (ftrace_direct_owner(u->rec->ip))
		err = ftrace_fail_at(call, "the direct call is that of an ops",
				     ip, -EINVAL);
	if (err)
		ftrace_unlock();
	return err;
}

static int direct_change(const char *call, unsigned long ip, unsigned long old,
			 unsigned long new)
{
	struct ftrace_update u = { .direct = new };
	int err = direct_begin(call, ip, old, &u);

	if (err)
		return err;
	err = ftrace_update(&u);
	if (!err && old)
		ftrace_sets_trim();
	ftrace_unlock();
	return err;
}

FTRACE_PUBLIC int register_ftrace_direct(unsigned long ip, unsigned long addr)
{
	if (!addr)
		return ftrace_fail(__func__, "the direct address is 0",
				   -EINVAL);
	return direct_change(__func__, ip, 0, addr);
}

FTRACE_PUBLIC int unregister_ftrace_direct(unsigned long ip, unsigned long addr)
{
	if (!addr)
		return ftrace_fail(__func__, "the direct address is 0",
				   -EINVAL);
	return direct_change(__func__, ip, addr, 0);
}

FTRACE_PUBLIC int modify_ftrace_direct(unsigned long ip, unsigned long old_addr,
				       unsigned long new_addr)
{
	if (!old_addr || !new_addr)
		return ftrace_fail(__func__, "a direct address is 0", -EINVAL);
	return direct_change(__func__, ip, old_addr, new_addr);
}

FTRACE_PUBLIC unsigned long ftrace_find_rec_direct(unsigned long ip)
{
	struct dyn_ftrace *rec;
	unsigned long addr;

	if (ftrace_lock(__func__))
		return 0;
	rec = ftrace_find_rec(ip, NULL);
	addr = rec ? direct_of(rec) : 0;
	ftrace_unlock();
	return addr;
}

/* The direct call of all of the ops' functions, in one batch. */
static int multi_update(const char *call, struct ftrace_ops *ops,
			unsigned long new)
{
	struct ftrace_update u = { .kind = FTRACE_UPDATE_DIRECT, .call = call,
				   .ops = ops, .hash = ops->hash,
				   .direct = new };

	return ftrace_update(&u);
}

static const char *multi_wrong(const struct ftrace_ops *ops)
{
	if (ops->func)
		return "the ops has a func";
	if (ops->flags & (FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_REMOVING))
		return "the ops is registered";
	if (ops->flags & FTRACE_OPS_FL_DELETED)
		return "the ops is deleted, and must not come again";
	if (ops->flags & ~MULTI_FLAGS)
		return "the ops has a flag that is not for direct calls";
	if (!ops->hash || ftrace_hash_all(&ops->hash->filter))
		return "the ops has no filter";
	return NULL;
}

static int multi_add(const char *call, struct ftrace_ops *ops,
		     unsigned long addr)
{
	const char *wrong = multi_wrong(ops);
	unsigned long flags = ops->flags;
	int err;

	if (ftrace_dead)
		return ftrace_fail(call, "ftrace was killed", -ENODEV);
	if (wrong)
		return ftrace_fail(call, wrong, -EINVAL);
	ops->flags |= FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_INITIALIZED |
		      FTRACE_OPS_FL_DIRECT | FTRACE_OPS_FL_ADDING;
	ops->direct_call = addr;
	ftrace_ops_link(ops);
	err = ftrace_filter_resolve(ops);
	if (err)
		ftrace_fail(call, "no memory", err);
	else
		err = ftrace_share_ask(call, ops, NULL);
	/* Whoever was asked may have another direct function by now. */
	if (!err)
		err = multi_update(call, ops, ops->direct_call);
	if (err) {
		ftrace_ops_unlink(ops);
		ops->flags = flags;
		ops->direct_call = 0;
		ops->reserved[FTRACE_OPS_SHARES] = 0;
	}
	ops->flags &= ~FTRACE_OPS_FL_ADDING;
	return err;
}

static const char *multi_bad(const struct ftrace_ops *ops, unsigned long addr)
{
	if (!ops)
		return "ops is NULL";
	return addr ? NULL : "the direct address is 0";
}

FTRACE_PUBLIC int register_ftrace_direct_multi(struct ftrace_ops *ops,
					       unsigned long addr)
{
	const char *bad = multi_bad(ops, addr);
	int err;

	if (bad)
		return ftrace_fail(__func__, bad, -EINVAL);
	err = ftrace_lock_scanned(__func__);
	if (err)
		return err;
	err = multi_add(__func__, ops, addr);
	ftrace_unlock();
	return err;
}

/* Has it a direct call, and this one if @addr is not 0? */
static int multi_known(const char *call, const struct ftrace_ops *ops,
		       unsigned long addr)
{
	if (!(ops->flags & FTRACE_OPS_FL_DIRECT))
		return ftrace_fail(call, "the ops has no direct call", -EINVAL);
	if (addr && addr != ops->direct_call)
		return ftrace_fail(call, "the direct call is another", -EINVAL);
	return 0;
}

static int multi_del(const char *call, struct ftrace_ops *ops,
		     unsigned long addr)
{
	int err = multi_known(call, ops, addr);

	if (!err)
		err = multi_update(call, ops, 0);
	if (err)
		return err;
	ftrace_ops_unlink(ops);
	ops->flags &= ~(FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_DIRECT);
	ops->direct_call = 0;
	ops->reserved[FTRACE_OPS_SHARES] = 0;
	ftrace_sets_trim();
	return 0;
}

FTRACE_PUBLIC int unregister_ftrace_direct_multi(struct ftrace_ops *ops,
						 unsigned long addr)
{
	const char *bad = multi_bad(ops, addr);
	int err;

	if (bad)
		return ftrace_fail(__func__, bad, -EINVAL);
	err = ftrace_lock_pruned(__func__);
	if (err)
		return err;
	err = multi_del(__func__, ops, addr);
	ftrace_unlock();
	return err;
}

static int multi_modify(const char *call, struct ftrace_ops *ops,
			unsigned long addr)
{
	int err = multi_known(call, ops, 0);

	if (!err && ftrace_dead)
		err = ftrace_fail(call, "ftrace was killed", -ENODEV);
	/* One that is asked while it comes is not in the text yet. */
	if (!err && !(ops->flags & FTRACE_OPS_FL_ADDING))
		err = multi_update(call, ops, addr);
	if (!err)
		ops->direct_call = addr;
	return err;
}

FTRACE_PUBLIC int modify_ftrace_direct_multi(struct ftrace_ops *ops,
					     unsigned long addr)
{
	const char *bad = multi_bad(ops, addr);
	int err;

	if (bad)
		return ftrace_fail(__func__, bad, -EINVAL);
	err = ftrace_lock_pruned(__func__);
	if (err)
		return err;
	err = multi_modify(__func__, ops, addr);
	if (!err)
		ftrace_sets_trim();
	ftrace_unlock();
	return err;
}

FTRACE_PUBLIC int modify_ftrace_direct_multi_nolock(struct ftrace_ops *ops,
						    unsigned long addr)
{
	const char *bad = multi_bad(ops, addr);

	if (!bad && !ftrace_share_asks(ops))
		bad = "called outside the ops' own ops_func";
	if (bad)
		return ftrace_fail(__func__, bad, -EINVAL);
	return multi_modify(__func__, ops, addr);
}
