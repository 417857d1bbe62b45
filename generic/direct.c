/* SPDX-License-Identifier: MIT */
/* Direct calls: a site that calls a client's trampoline itself. */
#include "internal.h"

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
