/* SPDX-License-Identifier: MIT */
/* The self-check: records beside text and clients, slots beside sets. */
#include "internal.h"

static const char *const call = "ftrace_verify";

static unsigned long differs(const char *what, unsigned long at)
{
	ftrace_fail_at(call, what, at, -EINVAL);
	return 1;
}

/* Has @set those who are registered for the site, and nobody else? */
static bool clients_right(const struct dyn_ftrace *rec,
			  const struct ftrace_set *set)
{
	unsigned long nr = set && set->direct;
	const struct ftrace_ops *op;

	for_each_ftrace_ops(op) {
		bool direct = op->flags & FTRACE_OPS_FL_DIRECT;

		if (ftrace_dead && !direct &&
		    !(op->flags & FTRACE_OPS_FL_PERMANENT))
			continue;
		if (!ftrace_ops_test(ftrace_ops_filter(op), rec->ip))
			continue;
		if (!set || !(direct ? set->direct == op->direct_call :
				       ftrace_set_has(set, op)))
			return false;
		nr += !direct;
	}
	return nr == ftrace_rec_count(rec);
}

/* Has the direct client agreed, where another moves the instruction pointer? */
static bool agreed(const struct dyn_ftrace *rec)
{
	const uint64_t both = FTRACE_FL_DIRECT | FTRACE_FL_IPMODIFY;
	const struct ftrace_ops *owner;

	if ((rec->flags & both) != both)
		return true;
	owner = ftrace_direct_owner(rec->ip);
	return owner && owner->reserved[FTRACE_OPS_SHARES];
}

/* Its flags, but those that remember, follow from its clients and its module. */
static bool flags_right(const struct ftrace_mod *m,
			const struct dyn_ftrace *rec, struct ftrace_set *set)
{
	uint64_t own = FTRACE_FL_TOUCHED | FTRACE_FL_MODIFIED;
	bool kept = ftrace_mod_jumps(m);

	if (ftrace_rec_private(rec) != (kept || !arch_ftrace_modifiable(rec->ip)))
		return false;
	if (ftrace_rec_private(rec) && !(rec->flags & FTRACE_FL_JUMP) != !kept)
		return false;
	return !((rec->flags ^ ftrace_flags_new(rec->flags, set,
						ftrace_rec_calls(rec))) & ~own);
}

/* The text of @len bytes at @addr is what it must be, or that is reported. */
static unsigned long check_text(struct dyn_ftrace *rec, uint64_t want)
{
	unsigned char now[8] = { 0 };
	int err = ftrace_text_read(rec->ip, now, MCOUNT_INSN_SIZE);

	if (!err && !memcmp(now, &want, sizeof(now)))
		return 0;
	ftrace_expected = (struct ftrace_site_error){
		.addr = rec->ip, .len = err ? 0 : MCOUNT_INSN_SIZE,
	};
	memcpy(ftrace_expected.actual, now, sizeof(now));
	memcpy(ftrace_expected.expected, &want, sizeof(want));
	ftrace_doing = NULL;
	ftrace_bug(err ? err : -EINVAL, rec);
	return differs("the site is not what its record says", rec->ip);
}

static unsigned long check_record(struct ftrace_mod *m, struct dyn_ftrace *rec)
{
	struct ftrace_set *set = ftrace_set_by_id(rec->set);
	unsigned long addr;

	if (rec->flags & FTRACE_FL_REFUSED)
		return set ? differs("a refused site has clients", rec->ip) : 0;
	if (rec->flags & FTRACE_FL_DISABLED) {
		if (set)
			return differs("a disabled site has clients", rec->ip);
		return check_text(rec, ftrace_site_insn(rec, 0, false));
	}
	if (rec->set && !set)
		return differs("the record has no such set", rec->ip);
	if (!clients_right(rec, set))
		return differs("the record's clients are not those that "
			       "registered", rec->ip);
	if (!flags_right(m, rec, set))
		return differs("the record's flags are not those of its "
			       "clients", rec->ip);
	if (!agreed(rec))
		return differs("a direct client shares that was not asked",
			       rec->ip);
	if (ftrace_get_addr_curr(m, rec, &addr))
		return differs("the site calls what there is not", rec->ip);
	return check_text(rec, ftrace_site_insn(rec, addr,
						rec->flags & FTRACE_FL_JUMP));
}

/* Whom a thunk leads to, and its entry; NULL: back to the site. */
static struct ftrace_set *thunk_wants(struct ftrace_mod *m,
				      const struct ftrace_thunk *t)
{
	const struct dyn_ftrace *rec = t->own ? ftrace_rec_at(m, t->key) : NULL;
	struct ftrace_set *set;

	if (t->own)
		return rec ? ftrace_rec_calls(rec) : NULL;
	set = ftrace_set_by_id((uint32_t)t->key);
	return set && !set->retired ? set : NULL;
}

/* A site's own thunk is known to its module; where sites jump, by its place. */
static bool place_right(struct ftrace_mod *m, const struct ftrace_thunk_page *p,
			unsigned int i)
{
	const struct ftrace_thunk *t = p->owner[i];
	const struct dyn_ftrace *rec = ftrace_rec_at(m, t->key);

	if (!t->own)
		return !p->first;
	return rec && m->own[rec - m->rec] == t &&
	       (!p->first || rec == p->first + i);
}

static unsigned long check_thunk(struct ftrace_mod *m,
				 const struct ftrace_thunk_page *p,
				 unsigned int i)
{
	const struct ftrace_thunk *t = p->owner[i];
	struct ftrace_set *set = thunk_wants(m, t);
	struct ftrace_set *leads = t->slot->set;

	/* One that was made for a change which then failed leads nowhere. */
	if (leads == &t->checked)
		leads = t->real;
	if (leads != set)
		return differs("the slot does not lead to its set", t->addr);
	if ((t->own || set) &&
	    t->slot->entry != ftrace_thunk_entry(m, t->own ? NULL : set))
		return differs("the slot has another entry than its set",
			       t->addr);
	if (!place_right(m, p, i))
		return differs("the thunk is another site's", t->addr);
	if (!ftrace_thunk_right(m, p, i))
		return differs("the thunk does not name its slot", t->addr);
	return 0;
}

static unsigned long check_module(struct ftrace_mod *m)
{
	const struct ftrace_thunk_page *p;
	unsigned long i, bad = 0;
	const char *wrong;

	ftrace_text_trust(m->mod->text, m->mod->text_end);
	for (i = 0; i < m->nr; i++) {
		bad += check_record(m, &m->rec[i]);
		wrong = ftrace_jump_wrong(m, &m->rec[i]);
		if (wrong)
			bad += differs(wrong, m->rec[i].ip);
	}
	/* Where sites jump there are gaps. */
	for (p = m->pages; p; p = p->next)
		for (i = 0; p->owner && i < p->nr; i++)
			if (p->owner[i])
				bad += check_thunk(m, p, (unsigned int)i);
	return bad;
}

FTRACE_PUBLIC long ftrace_verify(void)
{
	unsigned long bad = 0;
	struct ftrace_ops *op;
	struct ftrace_mod *m;
	int err = ftrace_lock_pruned(call);

	if (err)
		return err;
	/* For the memory of what was found readable; nothing is written. */
	ftrace_batch_begin(false, false);
	for_each_ftrace_module(m)
		bad += check_module(m);
	ftrace_batch_abort();
	for_each_ftrace_ops(op)
		if (!ftrace_share_right(op))
			bad += differs("a direct client was not told that it "
				       "shares no more", (unsigned long)op);
	bad += ftrace_sets_miscounted();
	ftrace_unlock();
	return (long)bad;
}
