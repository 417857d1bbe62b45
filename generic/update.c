/* SPDX-License-Identifier: MIT */
/* From what clients want to what the text says: one batch an update. */
#include "internal.h"

#include <stdlib.h>

/*
 * An update is a walk over the records that may be concerned. For each it asks
 * which set the record wants now, and has the architecture change the site.
 * It is walked three times: all sites are verified, and sets and thunks made;
 * then the text is written, when all of that is only looked up; at last the
 * records say so. The answer depends on nothing that the walks change before.
 */

struct ftrace_applied {
	struct dyn_ftrace *rec;
	uint32_t set;
};

/* Is one of its clients of those that a function can have one of? */
static bool moves_ip(const struct ftrace_set *set)
{
	unsigned int i;

	for (i = 0; set && i < set->nr; i++)
		if (set->ops[i] && (set->ops[i]->flags & FTRACE_OPS_FL_IPMODIFY))
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

static int busy_direct(struct ftrace_update *u)
{
	u->why = "the function has a direct call";
	return -EBUSY;
}

/* All clients that want @rec, and the direct call that it has. */
static int want_all(struct ftrace_update *u, const struct dyn_ftrace *rec,
		    const struct ftrace_set *now, struct ftrace_set **want)
{
	struct ftrace_set_key key = { .ops = u->list,
				      .direct = now ? now->direct : 0,
				      .list = ftrace_rec_private(rec) };
	bool moves = false;
	struct ftrace_ops *op;

	for_each_ftrace_ops(op) {
		if (!ftrace_ops_test(ftrace_ops_filter(op), rec->ip))
			continue;
		if (op->flags & FTRACE_OPS_FL_DIRECT) {
			if (!now && key.direct)
				return busy_direct(u);
			key.direct = op->direct_call;
			continue;
		}
		if (op->flags & FTRACE_OPS_FL_IPMODIFY) {
			if (moves)
				return -EBUSY;
			moves = true;
		}
		u->list[key.nr++] = op;
	}
	*want = NULL;
	if (!key.nr && !key.direct)
		return 0;
	*want = ftrace_set_get(&key);
	return *want ? 0 : -ENOMEM;
}

/* The set that @now becomes when its direct call is @u's. */
static int want_direct(const struct ftrace_update *u,
		       const struct dyn_ftrace *rec, struct ftrace_set *now,
		       struct ftrace_set **want)
{
	*want = now;
	if (u->direct == (now ? now->direct : 0))
		return 0;
	*want = NULL;
	/* A set without calls would jump to address 0. */
	if (nobody_left(now, NULL, u->direct))
		return 0;
	*want = ftrace_set_redirect(now, u->direct, ftrace_rec_private(rec));
	return *want ? 0 : -ENOMEM;
}

/* The set that @now becomes when @ops joins it, or leaves it. */
static int want_change(const struct ftrace_update *u,
		       const struct dyn_ftrace *rec, struct ftrace_set *now,
		       bool leaves, struct ftrace_set **want)
{
	bool list = ftrace_rec_private(rec);

	*want = now;
	if (u->kind == FTRACE_UPDATE_SWITCH)
		return 0;
	*want = NULL;
	if (!leaves && (u->ops->flags & FTRACE_OPS_FL_IPMODIFY) &&
	    moves_ip(now))
		return -EBUSY;
	if (leaves && nobody_left(now, u->ops, now->direct))
		return 0;
	*want = leaves ? ftrace_set_del(now, u->ops, list) :
			 ftrace_set_add(now, u->ops, list);
	return *want ? 0 : -ENOMEM;
}

/* From whom the record has to whom it calls, and where. */
static int addresses(const struct ftrace_update *u, struct ftrace_mod *m,
		     const struct dyn_ftrace *rec, struct ftrace_way *w)
{
	int err = ftrace_set_called(rec, w->want, u->off, &w->call);

	if (err)
		return err;
	err = ftrace_get_addr_curr(m, rec, &w->from);
	if (!err)
		err = ftrace_get_addr_new(m, rec, w->call, &w->to);
	if (err)
		ftrace_expected = (struct ftrace_site_error){
			.addr = rec->ip,
			.what = err == -EPERM ?
				"the host's protect failed: no thunk can be "
				"made executable" : err == -ERANGE ?
				"no memory for a thunk in reach of the site" :
				"no memory for a thunk",
		};
	return err;
}

/* Does all of a module reach it, so that it serves the next record as well? */
static bool reaches_all(const struct ftrace_mod *m, unsigned long addr)
{
	return !addr || (arch_ftrace_in_reach(m->mod->text, addr) &&
			 arch_ftrace_in_reach(m->mod->text_end, addr));
}

/*
 * A direct call and a client that changes the instruction pointer meet at
 * @rec: that client was asked whose the direct call is, if it can be.
 */
static int may_join(struct ftrace_update *u, const struct dyn_ftrace *rec,
		    const struct ftrace_way *w)
{
	const uint64_t both = FTRACE_FL_DIRECT | FTRACE_FL_IPMODIFY;
	const struct ftrace_ops *owner;

	if (u->kind == FTRACE_UPDATE_DIRECT && (rec->flags & FTRACE_FL_DIRECT) &&
	    u->ops && (u->ops->flags & FTRACE_OPS_FL_ADDING))
		return busy_direct(u);
	if (!w->want || (w->want->flags & both) != both ||
	    (rec->flags & both) == both)
		return 0;
	owner = ftrace_direct_owner(rec->ip);
	if (owner && owner->ops_func)
		return 0;
	u->why = "a direct call without ops_func and a client that changes the "
		 "instruction pointer cannot share the function";
	return -EBUSY;
}

/*
 * Shall @rec lose the ops, if it has it, or get it, if it has not? The switch
 * concerns all that have any.
 */
static inline bool leaves(const struct ftrace_update *u,
			  const struct dyn_ftrace *rec)
{
	return u->kind == FTRACE_UPDATE_DEL ||
	       u->kind == FTRACE_UPDATE_SWITCH ||
	       (!u->everywhere && !ftrace_ops_test(u->hash, rec->ip));
}

/* Does an update change those records that have, or have not, the ops? */
static inline bool changes(const struct ftrace_update *u,
			   const struct dyn_ftrace *rec, bool has)
{
	return u->kind == FTRACE_UPDATE_DIRECT || leaves(u, rec) == has;
}

/* Is or will there be a thunk that serves @rec alone? */
static inline bool has_own(const struct dyn_ftrace *rec,
			   const struct ftrace_set *call)
{
	return rec->flags & (FTRACE_FL_PRIVATE | FTRACE_FL_JUMP) ||
	       ftrace_rec_jumps(rec, call);
}

/* Fill in how @rec changes; NULL with *@err 0 if it does not. */
static struct ftrace_way *way_of(struct ftrace_update *u, struct ftrace_mod *m,
				 const struct dyn_ftrace *rec, int *err)
{
	struct ftrace_way *w = ftrace_way_at(u, rec);
	struct ftrace_set *now;

	*err = 0;
	if (ftrace_way_known(w, m, rec))
		return changes(u, rec, w->in) && !w->stays ? w : NULL;
	now = ftrace_set_by_id(rec->set);
	*w = (struct ftrace_way){ .m = m, .now = now, .id = rec->set,
				  .in = u->kind != FTRACE_UPDATE_DIRECT && now &&
					(!u->ops ||
					 ftrace_set_has(now, u->ops)) };
	if (!changes(u, rec, w->in)) {
		w->stays = w->open = u->whole;
		return NULL;
	}
	if (u->kind == FTRACE_UPDATE_DIRECT)
		*err = want_direct(u, rec, now, &w->want);
	else
		*err = want_change(u, rec, now, w->in, &w->want);
	if (!*err)
		*err = addresses(u, m, rec, w);
	w->flags = ftrace_flags_new(0, w->want, w->call);
	/* A thunk of its own serves no other record. */
	w->open = !*err && !has_own(rec, w->call) &&
		  reaches_all(m, w->from) && reaches_all(m, w->to);
	return w;
}

/* The kinds whose records have nothing in common. */
static struct ftrace_way *way_alone(struct ftrace_update *u,
				    struct ftrace_mod *m,
				    const struct dyn_ftrace *rec, int *err)
{
	struct ftrace_set *now = ftrace_set_by_id(rec->set);
	struct ftrace_way *w = &u->way[0];

	*err = want_all(u, rec, now, &w->want);
	if (!*err)
		*err = addresses(u, m, rec, w);
	return w;
}

/*
 * Slots of thunks that are one site's: filled in before it goes there, and
 * swapped or emptied, one store, when all text is written.
 */
static int own_add(struct ftrace_update *u, struct dyn_ftrace *rec,
		   const struct ftrace_set *call)
{
	size_t cap = u->cap_own ? u->cap_own * 4 : 256;
	struct ftrace_applied *bigger;

	if (u->nr_own == u->cap_own) {
		bigger = ftrace_host->alloc_pages(cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		if (u->own) {
			memcpy(bigger, u->own, u->nr_own * sizeof(*bigger));
			ftrace_host->free_pages(u->own, u->cap_own *
							sizeof(*bigger));
		}
		u->own = bigger;
		u->cap_own = cap;
	}
	u->own[u->nr_own++] = (struct ftrace_applied){ rec,
						       call ? call->id : 0 };
	return 0;
}

static inline bool is_nop(const struct dyn_ftrace *rec)
{
	return !(rec->flags & FTRACE_FL_ENABLED);
}

static void own_slots(const struct ftrace_update *u, bool before)
{
	size_t i;

	for (i = 0; i < u->nr_own; i++) {
		const struct dyn_ftrace *rec = u->own[i].rec;
		struct ftrace_set *call = ftrace_set_by_id(u->own[i].set);
		struct ftrace_mod *m = ftrace_mod_of(rec->ip);

		if (!ftrace_rec_private(rec))
			ftrace_jump_move(m, rec, ftrace_rec_calls(rec), call,
					 before);
		else if (before == is_nop(rec))
			ftrace_thunk_point(m, rec, call);
	}
}

/* The batch was undone: no slot leads to a set that nobody uses. */
static void own_slots_reset(const struct ftrace_update *u)
{
	size_t i;

	for (i = 0; i < u->nr_own; i++) {
		const struct dyn_ftrace *rec = u->own[i].rec;
		struct ftrace_mod *m = ftrace_mod_of(rec->ip);

		if (!ftrace_rec_private(rec))
			ftrace_jump_undo(m, rec, ftrace_rec_calls(rec),
					 ftrace_set_by_id(u->own[i].set));
		else if (is_nop(rec))
			ftrace_thunk_point(m, rec, NULL);
	}
}

static int fail_at(const struct ftrace_update *u, struct dyn_ftrace *rec,
		   int err)
{
	const char *what = ftrace_expected.what;

	if (err == -EOPNOTSUPP)
		return ftrace_fail_at(u->call, "in a conservative module no "
				      "return can be traced", rec->ip, err);
	if (err == -EBUSY)
		return ftrace_fail_at(u->call, u->why ? u->why :
				      "another client may change the "
				      "instruction pointer here", rec->ip, err);
	if (err == -EOVERFLOW)
		return ftrace_fail_at(u->call, "too many clients", rec->ip,
				      err);
	if (!what && err == -ENOMEM)
		return ftrace_fail(u->call, "no memory", err);
	ftrace_bug(err, rec);
	return ftrace_fail_at(u->call, what ? what :
					      "the thunk is out of reach",
			      rec->ip, err);
}

/* Have the site changed as @w says. */
static int change_site(struct ftrace_mod *m, struct dyn_ftrace *rec,
		       const struct ftrace_way *w)
{
	static const char *const doing[] = {
		[FTRACE_UPDATE_MAKE_CALL] = "from nop to call",
		[FTRACE_UPDATE_MAKE_NOP] = "from call to nop",
		[FTRACE_UPDATE_MODIFY_CALL] = "from call to call",
	};
	enum ftrace_action action = ftrace_test_record(rec, w->call);
	/* In a conservative module it is for ever what it was made. */
	bool jump = ftrace_rec_private(rec) ? rec->flags & FTRACE_FL_JUMP :
					      ftrace_rec_jumps(rec, w->call);

	ftrace_doing = doing[action];
	switch (action) {
	case FTRACE_UPDATE_MAKE_CALL:
		return ftrace_make_call(rec, w->to, jump);
	case FTRACE_UPDATE_MAKE_NOP:
		return ftrace_make_nop(m->mod, rec, w->from);
	case FTRACE_UPDATE_MODIFY_CALL:
		/* A thunk of its own stays, and only its slot moves. */
		if (w->from != w->to)
			return ftrace_modify_call(rec, w->from, w->to, jump);
		break;
	case FTRACE_UPDATE_IGNORE:
		break;
	}
	return 0;
}

static int visit(struct ftrace_update *u, struct ftrace_mod *m,
		 struct dyn_ftrace *rec)
{
	struct ftrace_way *w;
	int err = 0;

	if (rec->flags & FTRACE_FL_DISABLED)
		return 0;
	/* Not every error is one of bytes; the last one's are stale. */
	ftrace_expected.what = NULL;
	ftrace_expected.len = 0;
	w = u->kind <= FTRACE_UPDATE_DIRECT ? way_of(u, m, rec, &err) :
					      way_alone(u, m, rec, &err);
	if (!w)
		return 0;
	if (!err && u->pass == FTRACE_PASS_VERIFY)
		err = may_join(u, rec, w);
	/* A return destroys what its caller may rely on there. */
	if (!err && w->want && w->want->graph && ftrace_mod_keeps(m))
		err = -EOPNOTSUPP;
	if (!err && w->want && w->want->nr == FTRACE_REF_MAX)
		err = -EOVERFLOW;
	if (!err && u->pass == FTRACE_PASS_APPLY) {
		ftrace_update_record(rec, w->want, w->call);
		return 0;
	}
	if (!err)
		err = change_site(m, rec, w);
	if (u->pass != FTRACE_PASS_VERIFY)
		return err;
	if (!err && has_own(rec, w->call) &&
	    ftrace_test_record(rec, w->call) != FTRACE_UPDATE_IGNORE)
		err = own_add(u, rec, w->call);
	return err ? fail_at(u, rec, err) : 0;
}

static int visit_module(struct ftrace_update *u, struct ftrace_mod *m)
{
	unsigned long i;
	int err = 0;

	/* If this fails each site is asked for by itself. */
	if (m->nr && u->pass == FTRACE_PASS_VERIFY)
		ftrace_text_trust(m->mod->text, m->mod->text_end);
	for (i = 0; i < m->nr && !err; i++) {
		i = ftrace_bulk(u, m, i, &err);
		if (!err && i < m->nr)
			err = visit(u, m, &m->rec[i]);
	}
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

static struct ftrace_mod *enter_module(const struct ftrace_update *u, size_t i)
{
	struct ftrace_mod *m = ftrace_mod_of(u->ip[i]);

	/* If this fails each site is asked for by itself. */
	if (m && u->pass == FTRACE_PASS_VERIFY && u->nr_ip - i > MANY_NAMES &&
	    u->ip[i + MANY_NAMES] < m->mod->text_end)
		ftrace_text_trust(m->mod->text, m->mod->text_end);
	return m;
}

static int visit_named(struct ftrace_update *u)
{
	struct dyn_ftrace *rec = NULL;
	struct ftrace_mod *m = NULL;
	size_t i;
	int err = 0;

	for (i = 0; i < u->nr_ip && !err; i++) {
		unsigned long ip = u->ip[i];

		if (i && ip == u->ip[i - 1])
			continue;
		if (!m || ip < m->mod->text || ip >= m->mod->text_end) {
			m = enter_module(u, i);
			rec = NULL;
		}
		/* The next name is mostly that of the next record. */
		if (rec && rec + 1 < m->rec + m->nr && rec[1].ip == ip)
			rec++;
		else
			rec = m ? ftrace_rec_at(m, ip) : NULL;
		if (rec && (u->kind != FTRACE_UPDATE_DIRECT ||
			    ftrace_ops_test(u->hash, ip)))
			err = visit(u, m, rec);
	}
	return err;
}

static int walk(void *arg)
{
	struct ftrace_update *u = arg;
	struct ftrace_mod *m;
	int err = 0;

	if (u->kind == FTRACE_UPDATE_MODULE && !u->ip)
		return visit_module(u, u->mod);
	if (u->rec)
		return visit(u, u->mod, u->rec);
	if (u->ip)
		return visit_named(u);
	for_each_ftrace_module(m) {
		err = m->live ? visit_module(u, m) : 0;
		if (err)
			break;
	}
	return err;
}

/* The records that two filters name, in address order. */
static int names_sort(struct ftrace_update *u, const struct ftrace_hash *a,
		      const struct ftrace_hash *b)
{
	const struct ftrace_hash *both[2] = { a, b };
	size_t i;
	int h;

	u->ip = ftrace_host->alloc((a->nr + (b ? b->nr : 0) + 1) *
				   sizeof(*u->ip));
	if (!u->ip)
		return -ENOMEM;
	for (h = 0; h < 2 && both[h]; h++)
		for (i = 0; i < both[h]->size; i++)
			if (both[h]->ip[i])
				u->ip[u->nr_ip++] = both[h]->ip[i];
	qsort(u->ip, u->nr_ip, sizeof(*u->ip), by_address);
	return 0;
}

static bool changes_filter(const struct ftrace_update *u)
{
	return u->kind == FTRACE_UPDATE_FILTER ||
	       u->kind == FTRACE_UPDATE_GLOBAL;
}

/* What the walks need, and must not ask for while text is open. */
static int prepare(struct ftrace_update *u)
{
	const struct ftrace_hash *old = u->old ? &u->old->filter : NULL;
	const struct ftrace_hash *new = u->hash ? &u->hash->filter : NULL;
	struct ftrace_ops *op;
	size_t nr = 1;

	if (u->kind == FTRACE_UPDATE_MODULE ||
	    u->kind == FTRACE_UPDATE_GLOBAL) {
		for_each_ftrace_ops(op)
			nr++;
		u->list = ftrace_host->alloc(nr * sizeof(*u->list));
		if (!u->list)
			return -ENOMEM;
	}
	if (u->kind != FTRACE_UPDATE_SWITCH)
		u->off = ftrace_off;
	u->everywhere = !u->hash || (ftrace_hash_all(new) &&
				     !u->hash->except.nr);
	u->whole = u->kind == FTRACE_UPDATE_DEL ||
		   u->kind == FTRACE_UPDATE_SWITCH ||
		   (u->kind == FTRACE_UPDATE_ADD && u->everywhere);
	/* Both filters of a change must have names, or all are concerned. */
	if (!new || ftrace_hash_all(new) ||
	    (changes_filter(u) && (!old || ftrace_hash_all(old))))
		return 0;
	return names_sort(u, new, old);
}

static int run(struct ftrace_update *u)
{
	int err;

	ftrace_batch_begin(false, false);
	u->pass = FTRACE_PASS_VERIFY;
	err = walk(u);
	if (err) {
		ftrace_batch_abort();
		return err;
	}
	own_slots(u, true);
	u->pass = FTRACE_PASS_WRITE;
	err = ftrace_batch_commit(u->call, walk, u);
	if (!err) {
		own_slots(u, false);
		u->pass = FTRACE_PASS_APPLY;
		walk(u);
	} else if (!ftrace_dead) {
		own_slots_reset(u);
	}
	return err;
}

/* Returns 0, or an error with the reason logged and nothing changed. */
int ftrace_update(struct ftrace_update *u)
{
	unsigned long long start = ftrace_host->clock();
	int err = prepare(u);

	err = err ? ftrace_fail(u->call, "no memory", err) : run(u);
	ftrace_host->free(u->ip);
	ftrace_host->free(u->list);
	if (u->own)
		ftrace_host->free_pages(u->own, u->cap_own * sizeof(*u->own));
	if (!err)
		ftrace_update_ns = ftrace_host->clock() - start;
	return err;
}
