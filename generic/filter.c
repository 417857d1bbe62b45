/* SPDX-License-Identifier: MIT */
/* Filters: from names and addresses to the functions that a client wants. */
#include "internal.h"

/* Stands for the filters of all ops that have none of their own. */
static struct ftrace_ops global;

static struct ftrace_ops_hash *pairs;	/* of all ops, registered or not */

/* A change in the making: a copy that becomes the ops' own when all is well. */
struct edit {
	const char *call;
	struct ftrace_ops *ops;
	struct ftrace_ops_hash *new;
	struct ftrace_hash *target;	/* in @new */
	bool except_side, remove;
	unsigned long matched;
};

/*
 * What the library emptied, because an object went away, is still the ops'
 * own: no text follows when it is emptied.
 */
static bool has_own(const struct ftrace_ops_hash *h)
{
	return h && (h->filter.nr || h->filter.none || h->except.nr ||
		     h->except.none || h->pending);
}

/* The filters in force for an ops, NULL for none. */
const struct ftrace_ops_hash *ftrace_ops_filter(const struct ftrace_ops *ops)
{
	return has_own(ops->hash) ? ops->hash : global.hash;
}

static bool waits(const struct ftrace_ops_hash *h, bool except_side)
{
	const struct ftrace_pending *p;

	for (p = h->pending; p; p = p->next)
		if (p->except == except_side)
			return true;
	return false;
}

/* Is anything left out, now or as soon as an object comes? */
bool ftrace_notrace_any(const struct ftrace_ops_hash *h)
{
	return h->except.nr || waits(h, true);
}

static void pending_free(struct ftrace_ops_hash *h, bool except_side)
{
	struct ftrace_pending **at = &h->pending, *p;

	while ((p = *at)) {
		if (p->except != except_side) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		ftrace_host->free(p);
	}
}

static void hash_pair_free(struct ftrace_ops_hash *h)
{
	struct ftrace_ops_hash **at = &pairs;

	if (!h)
		return;
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	ftrace_hash_free(&h->filter);
	ftrace_hash_free(&h->except);
	pending_free(h, false);
	pending_free(h, true);
	ftrace_host->free(h);
}

static int pending_add(struct ftrace_ops_hash *h, bool except_side,
		       const char *text, size_t len)
{
	struct ftrace_pending *p = ftrace_host->alloc(sizeof(*p) + len);

	if (!p)
		return -ENOMEM;
	p->except = except_side;
	p->len = len;
	memcpy(p->text, text, len);
	p->next = h->pending;
	h->pending = p;
	return 0;
}

/* Where a line stands among the pending ones, or the end. */
static struct ftrace_pending **pending_find(struct ftrace_ops_hash *h,
					    bool except_side, const char *text,
					    size_t len)
{
	struct ftrace_pending **at = &h->pending;

	while (*at && ((*at)->except != except_side || (*at)->len != len ||
		       memcmp((*at)->text, text, len)))
		at = &(*at)->next;
	return at;
}

static struct ftrace_ops_hash *hash_pair_copy(const struct ftrace_ops_hash *old)
{
	struct ftrace_ops_hash *new = ftrace_host->alloc(sizeof(*new));
	const struct ftrace_pending *p;
	int err;

	if (!new)
		return NULL;
	new->next = pairs;
	pairs = new;
	if (!old)
		return new;
	err = ftrace_hash_copy(&new->filter, &old->filter);
	if (!err)
		err = ftrace_hash_copy(&new->except, &old->except);
	for (p = old->pending; p && !err; p = p->next)
		err = pending_add(new, p->except, p->text, p->len);
	if (!err)
		return new;
	hash_pair_free(new);
	return NULL;
}

static int edit_begin(struct edit *e, bool reset)
{
	int err;

	if (!e->ops)
		return ftrace_fail(e->call, "ops is NULL", -EINVAL);
	err = ftrace_lock_scanned(e->call);
	if (err)
		return err;
	if (ftrace_dead)
		err = ftrace_fail(e->call, "ftrace was killed", -ENODEV);
	else if ((e->ops->flags & (FTRACE_OPS_FL_DIRECT |
				   FTRACE_OPS_FL_ENABLED)) ==
		 (FTRACE_OPS_FL_DIRECT | FTRACE_OPS_FL_ENABLED))
		err = ftrace_fail(e->call, "the ops has a direct call "
				  "registered", -EBUSY);
	if (err)
		goto out;
	e->new = hash_pair_copy(e->ops->hash);
	if (!e->new) {
		err = ftrace_fail(e->call, "no memory", -ENOMEM);
		goto out;
	}
	e->target = e->except_side ? &e->new->except : &e->new->filter;
	if (reset) {
		ftrace_hash_free(e->target);
		pending_free(e->new, e->except_side);
	}
	return 0;
out:
	ftrace_unlock();
	return err;
}

/* A registered ops must stay one that could be registered. */
static int edit_allowed(const struct edit *e)
{
	if (!(e->ops->flags & FTRACE_OPS_FL_ENABLED) ||
	    !(e->ops->flags & FTRACE_OPS_FL_IPMODIFY))
		return 0;
	if (ftrace_hash_all(&e->new->filter))
		return ftrace_fail(e->call, "IPMODIFY needs a filter", -EINVAL);
	if (ftrace_notrace_any(e->new))
		return ftrace_fail(e->call, "IPMODIFY cannot have a notrace "
				   "filter", -EINVAL);
	return 0;
}

static int edit_text(struct ftrace_update *u)
{
	int err;

	ftrace_ops_flags(u->ops, FTRACE_OPS_FL_MODIFYING, 0);
	err = ftrace_share_ask(u->call, u->ops, NULL);
	if (!err)
		err = ftrace_update(u);
	ftrace_ops_flags(u->ops, 0, FTRACE_OPS_FL_MODIFYING);
	return err;
}

/*
 * Put the copy in force, or drop it. The text follows if the ops is
 * registered; all that look to the global filters change in one batch.
 */
static int edit_end(struct edit *e, int err)
{
	struct ftrace_ops_hash *old = e->ops->hash;
	struct ftrace_update u = { .kind = FTRACE_UPDATE_FILTER,
				   .call = e->call, .ops = e->ops,
				   .old = ftrace_ops_filter(e->ops) };

	/* Waiting for an object is not the same as wanting all functions. */
	if (e->matched && !e->except_side)
		e->new->filter.none = !e->new->filter.nr &&
				      waits(e->new, false);
	if (!err)
		err = edit_allowed(e);
	e->ops->hash = e->new;
	u.hash = ftrace_ops_filter(e->ops);
	if (e->ops == &global)
		u.kind = FTRACE_UPDATE_GLOBAL;
	if (!err)
		err = ftrace_graph_edited(e->call, e->ops);
	if (!err && (e->ops == &global ||
		     (e->ops->flags & FTRACE_OPS_FL_ENABLED)))
		err = edit_text(&u);
	if (err)
		e->ops->hash = old;
	ftrace_share_settle();
	hash_pair_free(err ? e->new : old);
	ftrace_unlock();
	return err;
}

static int edit_ip(struct edit *e, unsigned long ip)
{
	int err;

	if (e->remove)
		err = ftrace_hash_del(e->target, ip);
	else
		err = ftrace_hash_add(e->target, ip);
	if (!err)
		e->matched++;
	return err;
}

/* Functions may have several names; the second finds its work done. */
static int edit_match(unsigned long ip, void *arg)
{
	int err = edit_ip(arg, ip);

	return err == -ENOENT ? 0 : err;
}

/* Remember, or forget, a line that names an object. */
static int edit_pending(struct edit *e, const char *text, size_t len)
{
	struct ftrace_pending **at = pending_find(e->new, e->except_side, text,
						  len);
	struct ftrace_pending *p = *at;
	int err = 0;

	if (e->remove && p) {
		*at = p->next;
		ftrace_host->free(p);
		e->matched++;
	} else if (!e->remove && !p) {
		err = pending_add(e->new, e->except_side, text, len);
	}
	if (!e->remove && !err)
		e->matched++;
	return err;
}

static int edit_line(struct edit *e, const char *text, size_t len)
{
	struct ftrace_pattern pt;
	struct ftrace_mod *m;
	unsigned long ip;
	int err = 0;

	if (ftrace_pattern_parse(&pt, text, len))
		return ftrace_fail(e->call, "the pattern has a class without "
				   "an end, a zero byte, a backslash at its "
				   "end, or is record number 0", -EINVAL);
	if (pt.index) {
		ip = ftrace_pattern_nth(pt.index);
		err = ip ? edit_match(ip, e) : 0;
	} else {
		for_each_ftrace_module(m)
			if (!err)
				err = ftrace_pattern_each(&pt, m, edit_match,
							  e);
	}
	if (!err && pt.has_mod)
		err = edit_pending(e, text, len);
	if (err)
		return ftrace_fail(e->call, "no memory", err);
	if (e->matched)
		return 0;
	return ftrace_fail(e->call, e->remove ?
				   "removes a function that is not there" :
				   "no function of that name has a site",
			   e->remove ? -ENOENT : -EINVAL);
}

/* What pending lines name in @only (NULL: in all) joins their filters. */
static int resolve(struct ftrace_ops_hash *h, struct ftrace_mod *only)
{
	struct edit e = { .new = h };
	const struct ftrace_pending *p;
	struct ftrace_pattern pt;
	struct ftrace_mod *m;
	int err = 0;

	for (p = h ? h->pending : NULL; p; p = p->next) {
		ftrace_pattern_parse(&pt, p->text, p->len);
		e.target = p->except ? &h->except : &h->filter;
		for_each_ftrace_module(m)
			if (!err && (!only || m == only))
				err = ftrace_pattern_each(&pt, m, edit_match,
							  &e);
	}
	return err;
}

/* The ops is being registered: a file may be there that was not before. */
int ftrace_filter_resolve(struct ftrace_ops *ops)
{
	return resolve(ops->hash, NULL);
}

/* An object appeared. */
int ftrace_filters_resolve(struct ftrace_mod *m)
{
	struct ftrace_ops_hash *h;
	int err = 0;

	for (h = pairs; h && !err; h = h->next)
		err = resolve(h, m);
	return err ? err : ftrace_graph_filters_resolve();
}

int ftrace_filter_set(const char *call, struct ftrace_ops *ops, const char *buf,
		      int len, int reset, bool except_side)
{
	struct edit e = { .call = call, .ops = ops,
			  .except_side = except_side };
	int err;

	if (len < 0 || (!buf && len))
		return ftrace_fail(call, "the name is NULL or its length is "
				   "negative", -EINVAL);
	err = edit_begin(&e, reset);
	if (err)
		return err;
	if (len && *buf == '!') {
		e.remove = true;
		buf++;
		len--;
	}
	/* Only a reset may come without a name. */
	if (len || !reset)
		err = edit_line(&e, buf, (size_t)len);
	return edit_end(&e, err);
}

FTRACE_PUBLIC int ftrace_set_filter(struct ftrace_ops *ops, const char *buf,
				    int len, int reset)
{
	return ftrace_filter_set(__func__, ops, buf, len, reset, false);
}

FTRACE_PUBLIC int ftrace_set_notrace(struct ftrace_ops *ops, const char *buf,
				     int len, int reset)
{
	return ftrace_filter_set(__func__, ops, buf, len, reset, true);
}

FTRACE_PUBLIC int ftrace_set_global_filter(const char *buf, int len, int reset)
{
	return ftrace_filter_set(__func__, &global, buf, len, reset, false);
}

FTRACE_PUBLIC int ftrace_set_global_notrace(const char *buf, int len, int reset)
{
	return ftrace_filter_set(__func__, &global, buf, len, reset, true);
}

FTRACE_PUBLIC int ftrace_set_filter_ips(struct ftrace_ops *ops,
					const unsigned long *ips,
					unsigned int cnt, int remove, int reset)
{
	const char *call = "ftrace_set_filter_ips";
	struct edit e = { .call = call, .ops = ops, .remove = remove };
	unsigned int i;
	int err;

	if (!ips && cnt)
		return ftrace_fail(call, "ips is NULL", -EINVAL);
	err = edit_begin(&e, reset);
	if (err)
		return err;
	for (i = 0; i < cnt && !err; i++) {
		struct dyn_ftrace *rec = ftrace_find_rec(ips[i], NULL);

		if (!rec) {
			err = ftrace_fail_at(call, "no site", ips[i], -EINVAL);
			break;
		}
		err = edit_ip(&e, rec->ip);
		if (err == -ENOENT)
			ftrace_fail_at(call, "removes a function that is not "
				       "there", ips[i], err);
		else if (err)
			ftrace_fail(call, "no memory", err);
	}
	return edit_end(&e, err);
}

FTRACE_PUBLIC int ftrace_set_filter_ip(struct ftrace_ops *ops, unsigned long ip,
				       int remove, int reset)
{
	return ftrace_set_filter_ips(ops, &ip, ip || !reset, remove, reset);
}

FTRACE_PUBLIC void ftrace_free_filter(struct ftrace_ops *ops)
{
	const char *call = "ftrace_free_filter";
	bool free = false;

	if (!ops || ftrace_lock(call))
		return;
	if (ops->flags & (FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_REMOVING)) {
		ftrace_fail(call, "the ops is registered", -EBUSY);
	} else {
		hash_pair_free(ops->hash);
		ops->hash = NULL;
		ftrace_tids_free(ops);
		free = true;
	}
	ftrace_unlock();
	if (free)
		ftrace_graph_filter_free(ops);
}

static void forget(struct ftrace_hash *h, unsigned long start,
		   unsigned long end)
{
	size_t i = 0;

	while (i < h->size) {
		unsigned long ip = h->ip[i];

		if (!ip || ip < start || ip >= end) {
			i++;
			continue;
		}
		/* Others may move into this place: look at it again. */
		ftrace_hash_del(h, ip);
		h->none = !h->nr;
	}
}

/* An object went away: no filter may name what is mapped there next. */
void ftrace_filters_forget(unsigned long start, unsigned long end)
{
	struct ftrace_ops_hash *h;

	for (h = pairs; h; h = h->next) {
		forget(&h->filter, start, end);
		forget(&h->except, start, end);
	}
	ftrace_graph_filters_forget(start, end);
}
