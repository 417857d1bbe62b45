/* SPDX-License-Identifier: MIT */
/* Direct clients beside those that move the instruction pointer. */
#include "internal.h"

/*
 * A direct function that goes back to where its return address says serves a
 * function whose instruction pointer a client moves; one that calls the traced
 * function by its own address takes the other client's work away. Only its
 * owner knows which it is, so the owner is asked, through ops_func: once when
 * its first function comes to have such a client too, and told once when the
 * last such function has none any more. Whether it shares follows from the
 * filters; what it was told last stands in reserved[FTRACE_OPS_SHARES].
 *
 * All under the registration lock, and never while text is open. ops_func can
 * call modify_ftrace_direct_multi_nolock(); what takes the lock is refused.
 */

static struct ftrace_ops *asked;	/* whose ops_func runs */

static bool is_direct(const struct ftrace_ops *op)
{
	return op->flags & FTRACE_OPS_FL_DIRECT;
}

/* The direct client whose function @ip is; of one function there is one. */
struct ftrace_ops *ftrace_direct_owner(unsigned long ip)
{
	struct ftrace_ops *op;

	for_each_ftrace_ops(op)
		if (is_direct(op) && ftrace_ops_test(op->hash, ip))
			return op;
	return NULL;
}

/* Have they a function of @m in common? Neither filter stands for all. */
static bool meet(const struct ftrace_ops_hash *a,
		 const struct ftrace_ops_hash *b, const struct ftrace_mod *m)
{
	const struct ftrace_ops_hash *few = a->filter.nr < b->filter.nr ? a : b;
	size_t i;

	for (i = 0; i < few->filter.size; i++) {
		unsigned long ip = few->filter.ip[i];

		if (ip && (!m || (ip >= m->mod->text && ip < m->mod->text_end)) &&
		    ftrace_ops_test(a, ip) && ftrace_ops_test(b, ip))
			return true;
	}
	return false;
}

/* In all modules, or in @m; with any client, or with @one, or being it. */
static bool shares(const struct ftrace_ops *direct,
		   const struct ftrace_ops *one, const struct ftrace_mod *m)
{
	struct ftrace_ops *op;

	for_each_ftrace_ops(op)
		if ((op->flags & FTRACE_OPS_FL_IPMODIFY) &&
		    (!one || one == op || one == direct) &&
		    meet(op->hash, direct->hash, m))
			return true;
	return false;
}

static int tell(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	int err;

	asked = op;
	err = op->ops_func(op, cmd);
	asked = NULL;
	return err;
}

/* Is this the thread whose @ops is being asked? */
bool ftrace_share_asks(const struct ftrace_ops *ops)
{
	return ftrace_lock_mine() && asked == ops;
}

/*
 * A client comes or has another filter, or (@ops NULL) a module comes, and the
 * text will follow: ask those that are about to share. Nobody is asked for what
 * others did, or an old refusal would be the newcomer's. A direct client
 * without ops_func is refused later, with the name of the function.
 */
int ftrace_share_ask(const char *call, const struct ftrace_ops *ops,
		     const struct ftrace_mod *m)
{
	struct ftrace_ops *op;
	int err;

	if (ops && !(ops->flags & (FTRACE_OPS_FL_DIRECT |
				   FTRACE_OPS_FL_IPMODIFY)))
		return 0;
	for_each_ftrace_ops(op) {
		if (!is_direct(op) || !op->ops_func ||
		    op->reserved[FTRACE_OPS_SHARES] || !shares(op, ops, m))
			continue;
		err = tell(op, op->flags & FTRACE_OPS_FL_ADDING ?
				       FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_SELF :
				       FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_PEER);
		if (err)
			return ftrace_fail(call, "a direct client does not "
					   "share its function with one that "
					   "changes the instruction pointer",
					   err < 0 ? err : -EBUSY);
		op->reserved[FTRACE_OPS_SHARES] = 1;
	}
	return 0;
}

/* Who was told last that it shares does. */
bool ftrace_share_right(const struct ftrace_ops *op)
{
	return !op->reserved[FTRACE_OPS_SHARES] || shares(op, NULL, NULL);
}

/* The change is made, or undone: tell those that do not share any more. */
void ftrace_share_settle(void)
{
	struct ftrace_ops *op;

	for_each_ftrace_ops(op) {
		if (ftrace_share_right(op))
			continue;
		op->reserved[FTRACE_OPS_SHARES] = 0;
		/* It may go on as it is: what serves both serves one. */
		tell(op, FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER);
	}
}

/* Its records are out of sight, and still in the filters. */
void ftrace_share_gone(const struct ftrace_mod *m)
{
	struct ftrace_ops *op;
	size_t i;

	for_each_ftrace_ops(op) {
		if (!op->ops_func || !(op->flags & (FTRACE_OPS_FL_DIRECT |
						    FTRACE_OPS_FL_IPMODIFY)))
			continue;
		for (i = 0; i < op->hash->filter.size; i++)
			if (op->hash->filter.ip[i] >= m->mod->text &&
			    op->hash->filter.ip[i] < m->mod->text_end)
				break;
		if (i < op->hash->filter.size)
			tell(op, FTRACE_OPS_CMD_MODULE_GONE);
	}
}
