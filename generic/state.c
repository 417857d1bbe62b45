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

/* The flags and the count of the records that call a set. */
uint64_t ftrace_set_flags(const struct ftrace_set *set)
{
	uint64_t fl = 0;
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		if (set->ops[i]->flags & FTRACE_OPS_FL_IPMODIFY)
			fl |= FTRACE_FL_IPMODIFY;
		if (set->ops[i]->flags & FTRACE_OPS_FL_PERMANENT)
			fl |= FTRACE_FL_PERMANENT;
	}
	if (set->nr && set->entry == FTRACE_ENTRY_REGS)
		fl |= FTRACE_FL_REGS;
	if (set->direct)
		fl |= FTRACE_FL_DIRECT;
	/* One ops, called straight from the entry: its slot names it. */
	if (set->nr == 1 && !set->listed)
		fl |= FTRACE_FL_TRAMP | FTRACE_FL_CALL_OPS;
	return fl + set->nr + !!set->direct;
}

/* What the text does for such flags; some are for one client alone. */
static uint64_t twins_of(uint64_t fl)
{
	if ((fl & FTRACE_REF_MAX) != 1)
		fl &= ~(FTRACE_FL_DIRECT | FTRACE_FL_CALL_OPS);
	return (fl & WANTED) >> 1;
}

/* What a record that said @was says when it calls @want. */
uint64_t ftrace_flags_new(uint64_t was, const struct ftrace_set *want)
{
	uint64_t fl = was & FTRACE_FL_STICKY;

	if (!want)
		return fl;
	fl |= want->flags | twins_of(want->flags) | FTRACE_FL_ENABLED |
	      FTRACE_FL_TOUCHED;
	if (fl & (FTRACE_FL_IPMODIFY | FTRACE_FL_DIRECT))
		fl |= FTRACE_FL_MODIFIED;
	return fl;
}

static inline enum ftrace_action check_record(const struct dyn_ftrace *rec,
					      const struct ftrace_set *want)
{
	if ((rec->flags & (FTRACE_FL_DISABLED | FTRACE_FL_ENABLED)) ==
	    FTRACE_FL_DISABLED)
		return FTRACE_UPDATE_IGNORE;
	if (!(rec->flags & FTRACE_FL_ENABLED))
		return want ? FTRACE_UPDATE_MAKE_CALL : FTRACE_UPDATE_IGNORE;
	if (!want)
		return FTRACE_UPDATE_MAKE_NOP;
	if (rec->set != want->id ||
	    (rec->flags & TWINS) != twins_of(want->flags))
		return FTRACE_UPDATE_MODIFY_CALL;
	return FTRACE_UPDATE_IGNORE;
}

/* What has to be done so that @rec calls @want. */
enum ftrace_action ftrace_test_record(const struct dyn_ftrace *rec,
				      const struct ftrace_set *want)
{
	return check_record(rec, want);
}

/* The same, and the record says so from now on; the text does already. */
enum ftrace_action ftrace_update_record(struct dyn_ftrace *rec,
					struct ftrace_set *want)
{
	enum ftrace_action action = check_record(rec, want);
	struct ftrace_set *now;

	if (action != FTRACE_UPDATE_IGNORE && rec->set) {
		now = ftrace_set_by_id(rec->set);
		now->users--;
	}
	if (action != FTRACE_UPDATE_IGNORE && want)
		want->users++;
	rec->set = want ? want->id : 0;
	rec->flags = ftrace_flags_new(rec->flags, want);
	return action;
}

/* What the site calls for @want: the direct function itself, or a thunk. */
int ftrace_get_addr_new(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			struct ftrace_set *want, unsigned long *addr)
{
	struct ftrace_thunk *t;
	int err = 0;

	*addr = 0;
	if (!want)
		return 0;
	if (ftrace_rec_private(rec)) {
		t = ftrace_thunk_private(m, rec, &err);
	} else if (!want->nr && arch_ftrace_in_reach(rec->ip, want->direct)) {
		*addr = want->direct;
		return 0;
	} else {
		t = ftrace_thunk_get(m, rec, want, &err);
	}
	if (t)
		*addr = t->addr;
	return err;
}

/* What it calls now. */
int ftrace_get_addr_curr(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			 unsigned long *addr)
{
	return ftrace_get_addr_new(m, rec, ftrace_set_by_id(rec->set), addr);
}
