/* SPDX-License-Identifier: MIT */
/* From what clients want to what the text says: one batch an update. */
#include "internal.h"

#include <stdlib.h>

/*
 * An update visits each record that may be concerned, asks which set it wants
 * now, and has the architecture verify the site and encode the change. When
 * all of them could, the batch is written, and only then do the records change.
 */

struct ftrace_applied {
	struct dyn_ftrace *rec;
	uint32_t set;
};

static bool is_private(const struct dyn_ftrace *rec)
{
	return rec->flags & FTRACE_FL_PRIVATE;
}

/* How a site reaches @set: the direct function itself if it can. */
int ftrace_site_target(struct ftrace_mod *m, const struct dyn_ftrace *rec,
		       struct ftrace_set *set, unsigned long *addr)
{
	struct ftrace_thunk *t;
	int err = 0;

	if (is_private(rec)) {
		t = ftrace_thunk_private(m, rec->ip, &err);
	} else if (!set->nr && arch_ftrace_in_reach(rec->ip, set->direct)) {
		*addr = set->direct;
		return 0;
	} else {
		t = ftrace_thunk_get(m, rec->ip, set, &err);
	}
	if (t)
		*addr = t->addr;
	return err;
}

/* Is one of its clients of those that a function can have one of? */
static bool moves_ip(const struct ftrace_set *set)
{
	unsigned int i;

	for (i = 0; set && i < set->nr; i++)
		if (set->ops[i] && (set->ops[i]->flags & FTRACE_OPS_FL_IPMODIFY))
			return true;
	return false;
}

/* The flags and the count that go with a set. */
static uint64_t set_flags(const struct ftrace_set *set)
{
	uint64_t fl = FTRACE_FL_ENABLED | FTRACE_FL_TOUCHED;

	if (!set)
		return 0;
	if (set->nr && set->entry == FTRACE_ENTRY_REGS)
		fl |= FTRACE_FL_REGS | FTRACE_FL_REGS_EN;
	if (set->direct)
		fl |= FTRACE_FL_DIRECT;
	if (set->direct && !set->nr)
		fl |= FTRACE_FL_DIRECT_EN;
	if (moves_ip(set))
		fl |= FTRACE_FL_IPMODIFY;
	return fl + set->nr + !!set->direct;
}

static bool joins(const struct ftrace_update *u, unsigned long ip)
{
	return ftrace_ops_test(u->hash, ip);
}

static bool has(const struct ftrace_set *set, const struct ftrace_ops *op)
{
	unsigned int i;

	for (i = 0; set && i < set->nr; i++)
		if (set->ops[i] == op)
			return true;
	return false;
}

/* Is nobody left when @gone has left and the direct call is @direct? */
static bool nobody_left(const struct ftrace_set *set,
			const struct ftrace_ops *gone, unsigned long direct)
{
	unsigned int i;

	for (i = 0; set && i < set->nr; i++)
		if (set->ops[i] && set->ops[i] != gone)
			return false;
	return !direct;
}

/* All clients that want @rec, as when its module appears. */
static int want_all(const struct dyn_ftrace *rec, struct ftrace_set **want)
{
	struct ftrace_ops *op;

	*want = NULL;
	for_each_ftrace_ops(op) {
		if (!ftrace_ops_test(op->hash, rec->ip))
			continue;
		if ((op->flags & FTRACE_OPS_FL_IPMODIFY) && moves_ip(*want))
			return -EBUSY;
		*want = ftrace_set_add(*want, op, is_private(rec));
		if (!*want)
			return -ENOMEM;
	}
	return 0;
}

/* Put the set that @rec shall call in *@want, NULL for none. */
static int want_set(struct ftrace_update *u, const struct dyn_ftrace *rec,
		    struct ftrace_set **want)
{
	struct ftrace_set *now = ftrace_set_by_id(rec->set);
	bool in = has(now, u->ops), wanted, none;

	*want = now;
	if (u->kind == FTRACE_UPDATE_MODULE)
		return want_all(rec, want);
	if (u->kind == FTRACE_UPDATE_DIRECT) {
		if (u->direct == (now ? now->direct : 0))
			return 0;
		/* A set without calls would jump to address 0. */
		if (nobody_left(now, NULL, u->direct)) {
			*want = NULL;
			return 0;
		}
		*want = ftrace_set_redirect(now, u->direct, is_private(rec));
		return *want ? 0 : -ENOMEM;
	}
	wanted = u->kind != FTRACE_UPDATE_DEL && joins(u, rec->ip);
	if (wanted == in)
		return 0;
	if (wanted && (u->ops->flags & FTRACE_OPS_FL_IPMODIFY) &&
	    moves_ip(now))
		return -EBUSY;
	if (u->memo && u->memo_from == rec->set && !is_private(rec)) {
		*want = ftrace_set_by_id(u->memo_to);
		return 0;
	}
	none = !wanted && nobody_left(now, u->ops, now->direct);
	if (wanted)
		*want = ftrace_set_add(now, u->ops, is_private(rec));
	else
		*want = none ? NULL : ftrace_set_del(now, u->ops,
						     is_private(rec));
	if (!*want && !none)
		return -ENOMEM;
	u->memo = !is_private(rec);
	u->memo_from = rec->set;
	u->memo_to = *want ? (*want)->id : 0;
	return 0;
}

static int note(struct ftrace_update *u, struct dyn_ftrace *rec, uint32_t set)
{
	size_t cap = u->cap_applied ? u->cap_applied * 4 : 1024;
	struct ftrace_applied *bigger;

	if (u->nr_applied == u->cap_applied) {
		bigger = ftrace_host->alloc_pages(cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		if (u->applied) {
			memcpy(bigger, u->applied,
			       u->nr_applied * sizeof(*bigger));
			ftrace_host->free_pages(u->applied, u->cap_applied *
							    sizeof(*bigger));
		}
		u->applied = bigger;
		u->cap_applied = cap;
	}
	u->applied[u->nr_applied++] = (struct ftrace_applied){ rec, set };
	return 0;
}

/* Encode the way from what the site calls to what it shall call. */
static int change_site(struct ftrace_mod *m, struct dyn_ftrace *rec,
		       struct ftrace_set *want)
{
	struct ftrace_set *now = ftrace_set_by_id(rec->set);
	unsigned long from = 0, to = 0;
	int err = 0;

	if (now)
		err = ftrace_site_target(m, rec, now, &from);
	if (!err && want)
		err = ftrace_site_target(m, rec, want, &to);
	if (err) {
		ftrace_expected.what = err == -ERANGE ?
				"no memory for a thunk in reach of the site" :
				"no memory for a thunk";
		return err;
	}
	if (!from)
		return ftrace_make_call(rec, to);
	if (!to)
		return ftrace_make_nop(m->mod, rec, from);
	/* From call to call a thunk of its own stays, and only its slot moves. */
	return from == to ? 0 : ftrace_modify_call(rec, from, to);
}

/*
 * Slots of private thunks: filled in before a nop becomes a call of them, and
 * swapped or emptied, one store, when all text is written.
 */
static void slots_set(const struct ftrace_update *u, bool before)
{
	size_t i;

	for (i = 0; i < u->nr_applied; i++) {
		const struct dyn_ftrace *rec = u->applied[i].rec;
		struct ftrace_set *set = ftrace_set_by_id(u->applied[i].set);

		if (is_private(rec) && (set || rec->set) && before == !rec->set)
			ftrace_thunk_point(ftrace_mod_of(rec->ip), rec->ip,
					   set);
	}
}

static const char *what_failed(int err)
{
	if (ftrace_expected.what)
		return ftrace_expected.what;
	return err == -ENOMEM ? "no memory" : "the thunk is out of reach";
}

/* The batch was undone: no slot leads to a set that nobody uses. */
static void slots_reset(const struct ftrace_update *u)
{
	size_t i;

	for (i = 0; i < u->nr_applied; i++) {
		const struct dyn_ftrace *rec = u->applied[i].rec;

		if (is_private(rec) && !rec->set && u->applied[i].set)
			ftrace_thunk_point(ftrace_mod_of(rec->ip), rec->ip,
					   NULL);
	}
}

static int visit(struct ftrace_update *u, struct ftrace_mod *m,
		 struct dyn_ftrace *rec)
{
	struct ftrace_set *want;
	int err;

	if (rec->flags & (u->kind == FTRACE_UPDATE_MODULE ?
				  FTRACE_FL_REFUSED : FTRACE_FL_DISABLED))
		return 0;
	err = want_set(u, rec, &want);
	if (err == -EBUSY)
		return ftrace_fail_at(u->call, "another client may change the "
				      "instruction pointer here", rec->ip, err);
	if (err)
		return ftrace_fail(u->call, "no memory", err);
	if (want == ftrace_set_by_id(rec->set) &&
	    u->kind != FTRACE_UPDATE_MODULE)
		return 0;
	if (want && want->nr == FTRACE_REF_MAX)
		return ftrace_fail_at(u->call, "too many clients", rec->ip,
				      -EOVERFLOW);
	if (want != ftrace_set_by_id(rec->set)) {
		/* Not every error is one of bytes; the last one's are stale. */
		ftrace_expected = (struct ftrace_site_error){
			.addr = rec->ip,
		};
		err = change_site(m, rec, want);
		if (err) {
			ftrace_bug(err, rec);
			return ftrace_fail_at(u->call, what_failed(err),
					      rec->ip, err);
		}
	}
	err = note(u, rec, want ? want->id : 0);
	return err ? ftrace_fail(u->call, "no memory", err) : 0;
}

static int visit_module(struct ftrace_update *u, struct ftrace_mod *m)
{
	unsigned long i;
	int err = 0;

	/* If this fails each site is asked for by itself. */
	if (m->nr)
		ftrace_text_trust(m->mod->text, m->mod->text_end);
	for (i = 0; i < m->nr && !err; i++)
		err = visit(u, m, &m->rec[i]);
	return err;
}

static int by_address(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* So many names in a module, and one question about its text is cheaper. */
#define MANY_NAMES 16

static struct ftrace_mod *enter_module(const unsigned long *ip,
				       unsigned long left)
{
	struct ftrace_mod *m = ftrace_mod_of(*ip);

	/* If this fails each site is asked for by itself. */
	if (m && left > MANY_NAMES && ip[MANY_NAMES] < m->mod->text_end)
		ftrace_text_trust(m->mod->text, m->mod->text_end);
	return m;
}

/* The records that two filters name, in address order. */
static int visit_named(struct ftrace_update *u, const struct ftrace_hash *a,
		       const struct ftrace_hash *b)
{
	const struct ftrace_hash *both[2] = { a, b };
	unsigned long *ip, nr = 0, i;
	struct ftrace_mod *m = NULL;
	int h, err = 0;

	ip = ftrace_host->alloc((a->nr + (b ? b->nr : 0) + 1) * sizeof(*ip));
	if (!ip)
		return ftrace_fail(u->call, "no memory", -ENOMEM);
	for (h = 0; h < 2 && both[h]; h++)
		for (i = 0; i < both[h]->size; i++)
			if (both[h]->ip[i])
				ip[nr++] = both[h]->ip[i];
	qsort(ip, nr, sizeof(*ip), by_address);
	for (i = 0; i < nr && !err; i++) {
		struct dyn_ftrace *rec;

		if (i && ip[i] == ip[i - 1])
			continue;
		if (!m || ip[i] < m->mod->text || ip[i] >= m->mod->text_end)
			m = enter_module(ip + i, nr - i);
		rec = m ? ftrace_rec_at(m, ip[i]) : NULL;
		if (rec)
			err = visit(u, m, rec);
	}
	ftrace_host->free(ip);
	return err;
}

static int visit_all(struct ftrace_update *u)
{
	const struct ftrace_hash *old = u->old ? &u->old->filter : NULL;
	const struct ftrace_hash *new = u->hash ? &u->hash->filter : NULL;
	struct ftrace_mod *m;
	int err = 0;

	if (u->kind == FTRACE_UPDATE_MODULE)
		return visit_module(u, u->mod);
	if (u->kind == FTRACE_UPDATE_DIRECT)
		return visit(u, u->mod, u->rec);
	if (new && !ftrace_hash_all(new) &&
	    (u->kind != FTRACE_UPDATE_FILTER || (old && !ftrace_hash_all(old))))
		return visit_named(u, new, old);
	for_each_ftrace_module(m) {
		err = m->live ? visit_module(u, m) : 0;
		if (err)
			break;
	}
	return err;
}

static void apply(struct ftrace_update *u)
{
	size_t i;

	for (i = 0; i < u->nr_applied; i++) {
		struct dyn_ftrace *rec = u->applied[i].rec;
		struct ftrace_set *old = ftrace_set_by_id(rec->set);
		struct ftrace_set *new = ftrace_set_by_id(u->applied[i].set);

		if (old)
			old->users--;
		if (new)
			new->users++;
		rec->set = u->applied[i].set;
		rec->flags = set_flags(new) |
			     (rec->flags & (FTRACE_FL_TOUCHED |
					    FTRACE_FL_PRIVATE));
	}
}

/* Returns 0, or an error with the reason logged and nothing changed. */
int ftrace_update(struct ftrace_update *u)
{
	int err;

	ftrace_batch_begin(false);
	err = visit_all(u);
	if (err) {
		ftrace_batch_abort();
	} else {
		slots_set(u, true);
		err = ftrace_batch_commit(u->call);
	}
	if (!err) {
		slots_set(u, false);
		apply(u);
	} else if (!ftrace_dead) {
		slots_reset(u);
	}
	if (u->applied)
		ftrace_host->free_pages(u->applied,
					u->cap_applied * sizeof(*u->applied));
	return err;
}
