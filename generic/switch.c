/* SPDX-License-Identifier: MIT */
/* The switch, its policy, and what a kill leaves of who is called where. */
#include "internal.h"

unsigned long ftrace_off;

static enum ftrace_policy policy = FTRACE_PERMANENT_SITES;

/* NULL, or why @ops and "off" do not go together. */
const char *ftrace_policy_forbids(const struct ftrace_ops *ops)
{
	if (policy != FTRACE_PERMANENT_STRICT ||
	    !(ops->flags & FTRACE_OPS_FL_PERMANENT))
		return NULL;
	return "the policy is strict, and a permanent client and \"off\" "
	       "do not go together";
}

FTRACE_PUBLIC int ftrace_set_policy(enum ftrace_policy to)
{
	int err;

	if (to != FTRACE_PERMANENT_SITES && to != FTRACE_PERMANENT_STRICT)
		return ftrace_fail(__func__, "no such policy", -EINVAL);
	err = ftrace_lock(__func__);
	if (err)
		return err;
	if (ftrace_dead)
		err = ftrace_fail(__func__, "ftrace was killed", -ENODEV);
	else
		policy = to;
	ftrace_unlock();
	return err;
}

static int turn(struct ftrace_update *u)
{
	const char *wrong = NULL;
	struct ftrace_ops *op;
	int err;

	if (ftrace_dead)
		return ftrace_fail(u->call, "ftrace was killed", -ENODEV);
	if (!u->off == !ftrace_off)
		return 0;
	for_each_ftrace_ops(op)
		if (u->off && !wrong)
			wrong = ftrace_policy_forbids(op);
	if (wrong)
		return ftrace_fail(u->call, wrong, -EBUSY);
	err = ftrace_update(u);
	if (!err)
		ftrace_off = u->off;
	return err;
}

FTRACE_PUBLIC int ftrace_enable(int on)
{
	struct ftrace_update u = { .kind = FTRACE_UPDATE_SWITCH,
				   .call = __func__ };
	int err = ftrace_lock_pruned(u.call);

	if (err)
		return err;
	/* The newest client is the first; who comes from now on is newer. */
	if (!on)
		u.off = (ftrace_ops_list ?
			 ftrace_ops_list->reserved[FTRACE_OPS_SEQ] : 0) + 1;
	err = turn(&u);
	ftrace_unlock();
	return err;
}

static void each_record(void (*fn)(struct dyn_ftrace *rec))
{
	struct ftrace_mod *m;
	unsigned long i;

	for_each_ftrace_module(m)
		for (i = 0; i < m->nr; i++)
			if (m->rec[i].set)
				fn(&m->rec[i]);
}

static void settle(struct dyn_ftrace *rec)
{
	struct ftrace_set *call = ftrace_rec_calls(rec);

	ftrace_update_record(rec, call, call);
}

static void killed(struct dyn_ftrace *rec)
{
	struct ftrace_set *set = ftrace_set_by_id(rec->set);

	rec->flags = ftrace_flags_new(rec->flags, set, set);
}

/* Before a kill: who is not called now never will be. Needs no memory. */
void ftrace_records_settle(void)
{
	each_record(settle);
}

/* After one: sets lost clients, and the text stays as it is. */
void ftrace_records_killed(void)
{
	each_record(killed);
}
