/* SPDX-License-Identifier: MIT */
/* The state of a record: what its flags say, and what its site shall do. */
#include "internal.h"

/* What is wanted, and one bit below each what is: "_EN". */
#define WANTED (FTRACE_FL_REGS | FTRACE_FL_TRAMP | FTRACE_FL_DIRECT | \
		FTRACE_FL_CALL_OPS)
#define TWINS (WANTED >> 1)
_Static_assert(TWINS == (FTRACE_FL_REGS_EN | FTRACE_FL_TRAMP_EN |
			 FTRACE_FL_DIRECT_EN | FTRACE_FL_CALL_OPS_EN),
	       "each flag has its twin below it");

/* The flags and the count of the records of a set: those who are left in it. */
uint64_t ftrace_set_flags(const struct ftrace_set *set)
{
	unsigned int i, nr = 0;
	uint64_t fl = 0;

	for (i = 0; i < set->nr; i++) {
		if (!set->ops[i])
			continue;
		nr++;
		if (set->ops[i]->flags & FTRACE_OPS_FL_IPMODIFY)
			fl |= FTRACE_FL_IPMODIFY;
		if (set->ops[i]->flags & FTRACE_OPS_FL_PERMANENT)
			fl |= FTRACE_FL_PERMANENT;
	}
	if (nr && set->entry == FTRACE_ENTRY_REGS)
		fl |= FTRACE_FL_REGS;
	if (set->direct)
		fl |= FTRACE_FL_DIRECT;
	/* One ops, called straight from the entry: its slot names it. */
	if (nr == 1 && !set->listed)
		fl |= FTRACE_FL_TRAMP | FTRACE_FL_CALL_OPS;
	return fl + nr + !!set->direct;
}

/* What the text does for such flags; some are for one client alone. */
static uint64_t twins_of(uint64_t fl)
{
	if ((fl & FTRACE_REF_MAX) != 1)
		fl &= ~(FTRACE_FL_DIRECT | FTRACE_FL_CALL_OPS);
	return (fl & WANTED) >> 1;
}

/*
 * What the site calls for the clients in @set, who registered for it, with the
 * switch at @off: ftrace_off as it is or will be. This is the whole rule of
 * "off": without a permanent or direct client a nop, else all clients but
 * ordinary ones that came since, and nothing else remembers it. After a kill a
 * record's set is what its site calls: see ftrace_give_up().
 */
int ftrace_set_called(const struct dyn_ftrace *rec, struct ftrace_set *set,
		      unsigned long off, struct ftrace_set **call)
{
	*call = set;
	if (!set || !off || ftrace_dead)
		return 0;
	*call = NULL;
	if (!(set->flags & (FTRACE_FL_PERMANENT | FTRACE_FL_DIRECT)))
		return 0;
	*call = ftrace_set_before(set, off, ftrace_rec_private(rec));
	return *call ? 0 : -ENOMEM;
}

/* What it calls now. It was made when the site was, and is only found. */
struct ftrace_set *ftrace_rec_calls(const struct dyn_ftrace *rec)
{
	struct ftrace_set *call;

	ftrace_set_called(rec, ftrace_set_by_id(rec->set), ftrace_off, &call);
	return call;
}

/* What a record that said @was says when it has @want and calls @call. */
uint64_t ftrace_flags_new(uint64_t was, const struct ftrace_set *want,
			  const struct ftrace_set *call)
{
	uint64_t fl = was & FTRACE_FL_STICKY;

	/* Of a conservative module: for ever. */
	if (was & FTRACE_FL_PRIVATE)
		fl |= was & FTRACE_FL_JUMP;
	if (want)
		fl |= want->flags;
	if (!call)
		return fl;
	if (FTRACE_GRAPH_JUMP && call->graph && !(was & FTRACE_FL_PRIVATE))
		fl |= FTRACE_FL_JUMP;
	fl |= twins_of(call->flags) | FTRACE_FL_ENABLED | FTRACE_FL_TOUCHED;
	if (call->flags & (FTRACE_FL_IPMODIFY | FTRACE_FL_DIRECT))
		fl |= FTRACE_FL_MODIFIED;
	return fl;
}

static inline enum ftrace_action check_record(const struct dyn_ftrace *rec,
					      const struct ftrace_set *call)
{
	if ((rec->flags & (FTRACE_FL_DISABLED | FTRACE_FL_ENABLED)) ==
	    FTRACE_FL_DISABLED)
		return FTRACE_UPDATE_IGNORE;
	if (!(rec->flags & FTRACE_FL_ENABLED))
		return call ? FTRACE_UPDATE_MAKE_CALL : FTRACE_UPDATE_IGNORE;
	if (!call)
		return FTRACE_UPDATE_MAKE_NOP;
	if (ftrace_rec_calls(rec) != call ||
	    (rec->flags & TWINS) != twins_of(call->flags))
		return FTRACE_UPDATE_MODIFY_CALL;
	return FTRACE_UPDATE_IGNORE;
}

/* What has to be done so that @rec calls @call. */
enum ftrace_action ftrace_test_record(const struct dyn_ftrace *rec,
				      const struct ftrace_set *call)
{
	return check_record(rec, call);
}

/*
 * The same, and the record says so from now on, and that its clients are those
 * in @want; the text does already.
 */
enum ftrace_action ftrace_update_record(struct dyn_ftrace *rec,
					struct ftrace_set *want,
					const struct ftrace_set *call)
{
	enum ftrace_action action = check_record(rec, call);
	struct ftrace_set *now = ftrace_set_by_id(rec->set);

	if (now)
		now->users--;
	if (want)
		want->users++;
	rec->set = want ? want->id : 0;
	rec->flags = ftrace_flags_new(rec->flags, want, call);
	return action;
}

/* Where the site goes for @call: the direct function itself, or a thunk. */
int ftrace_get_addr_new(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			struct ftrace_set *call, unsigned long *addr)
{
	struct ftrace_thunk *t;
	int err = 0;

	*addr = 0;
	if (!call)
		return 0;
	if (ftrace_rec_jumps(rec, call))
		return ftrace_jump_get(m, rec, call, addr);
	if (ftrace_rec_private(rec)) {
		t = ftrace_thunk_private(m, rec, &err);
	} else if (!call->nr && arch_ftrace_in_reach(rec->ip, call->direct)) {
		*addr = call->direct;
		return 0;
	} else {
		t = ftrace_thunk_get(m, rec, call, &err);
	}
	if (t)
		*addr = t->addr;
	return err;
}

/* Where it goes now. */
int ftrace_get_addr_curr(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			 unsigned long *addr)
{
	return ftrace_get_addr_new(m, rec, ftrace_rec_calls(rec), addr);
}
