/* SPDX-License-Identifier: MIT */
/* Graph clients that are told only of what is below some functions, or not. */
#include "internal.h"

/*
 * Both lists of a client are the two sides of a filter of an ops that is never
 * registered: so patterns, objects that come and go, and what is wrong with a
 * line are filter.c's.
 *
 * Callbacks read a copy, with no lock, counted as look-ups are. It is replaced
 * and never changed, but that a function whose object went away becomes NOBODY:
 * there may be no memory for a copy then.
 *
 * Whether a call is below one of them is said by its frame, which inherits it
 * from the call's that it was made in. So nothing has to be put back when a
 * function is left.
 */
struct sites {
	struct sites *next;		/* of those replaced */
	struct ftrace_hash function, except;
};

struct ftrace_graph_filter {
	struct ftrace_ops edit;		/* func is NULL */
	struct sites *now;		/* store_release; NULL: all is told */
	struct ftrace_graph_filter *next;
};

/* No function starts there. */
#define NOBODY 1UL

static struct ftrace_graph_filter *filters;	/* of all clients; lock */
static struct sites *replaced;			/* lock */

static struct ftrace_graph_filter *filter_of(const struct ftrace_ops *ops)
{
	return (struct ftrace_graph_filter *)load_acquire(
			ops->reserved[FTRACE_OPS_GRAPH]);
}

static void sites_free(struct sites *s)
{
	struct sites *next;

	for (; s; s = next) {
		next = s->next;
		ftrace_hash_free(&s->function);
		ftrace_hash_free(&s->except);
		ftrace_host->free(s);
	}
}

/* What its lists say now, for callbacks. Lock */
static int publish(struct ftrace_graph_filter *g)
{
	struct sites *new = ftrace_host->alloc(sizeof(*new));
	const struct ftrace_ops_hash *h = g->edit.hash;

	if (!new)
		return -ENOMEM;
	if (ftrace_hash_copy(&new->function, &h->filter) ||
	    ftrace_hash_copy(&new->except, &h->except)) {
		sites_free(new);
		return -ENOMEM;
	}
	if (g->now) {
		g->now->next = replaced;
		replaced = g->now;
	}
	store_release(g->now, new);
	return 0;
}

/* @ops was edited; is it one of ours? */
int ftrace_graph_edited(const char *call, const struct ftrace_ops *ops)
{
	struct ftrace_graph_filter *g = filter_of(ops);

	if (!g || ops != &g->edit || !publish(g))
		return 0;
	return ftrace_fail(call, "no memory", -ENOMEM);
}

/* An object appeared, and what waited for it is in the lists. Lock */
int ftrace_graph_filters_resolve(void)
{
	struct ftrace_graph_filter *g;
	int err = 0;

	for (g = filters; g && !err; g = g->next)
		if (g->edit.hash && g->edit.hash->pending)
			err = publish(g);
	return err;
}

static void forget(struct ftrace_hash *h, unsigned long start,
		   unsigned long end)
{
	size_t i;

	for (i = 0; i < h->size; i++)
		if (h->ip[i] >= start && h->ip[i] < end)
			WRITE_ONCE(h->ip[i], NOBODY);
}

/* An object went away. Lock */
void ftrace_graph_filters_forget(unsigned long start, unsigned long end)
{
	struct ftrace_graph_filter *g;

	for (g = filters; g; g = g->next) {
		if (!g->now)
			continue;
		forget(&g->now->function, start, end);
		forget(&g->now->except, start, end);
	}
}

/*
 * Before look-ups are waited for, without the lock: what those may still read
 * that are under way. ftrace_graph_filters_drop() gives it back behind that.
 */
void *ftrace_graph_filters_take(void)
{
	struct sites *old;

	if (!READ_ONCE(replaced) || ftrace_lock("ftrace_set_graph_function"))
		return NULL;
	old = replaced;
	replaced = NULL;
	ftrace_unlock();
	return old;
}

void ftrace_graph_filters_drop(void *old)
{
	sites_free(old);
}

/* The client's; a new one changes nothing. NULL without memory. Lock */
static struct ftrace_graph_filter *filter_make(struct ftrace_ops *ops)
{
	struct ftrace_graph_filter *g = filter_of(ops);

	if (g)
		return g;
	g = ftrace_host->alloc(sizeof(*g));
	if (!g)
		return NULL;
	g->edit.reserved[FTRACE_OPS_GRAPH] = (unsigned long)g;
	g->next = filters;
	filters = g;
	store_release(ops->reserved[FTRACE_OPS_GRAPH], (unsigned long)g);
	ftrace_graph_limits(1);
	return g;
}

/* The client is not registered. No lock */
void ftrace_graph_filter_free(struct ftrace_ops *ops)
{
	struct ftrace_graph_filter *g, **at = &filters;

	if (!filter_of(ops) || ftrace_lock("ftrace_free_filter"))
		return;
	g = filter_of(ops);
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	ftrace_graph_limits(-1);
	ops->reserved[FTRACE_OPS_GRAPH] = 0;
	g->edit.reserved[FTRACE_OPS_GRAPH] = 0;
	ftrace_unlock();
	ftrace_free_filter(&g->edit);
	sites_free(g->now);
	ftrace_host->free(g);
}

static int set(const char *call, struct fgraph_ops *gops, const char *buf,
	       int len, int reset, bool except_side)
{
	struct ftrace_graph_filter *g;
	void *old;
	int err;

	if (!gops)
		return ftrace_fail(call, "gops is NULL", -EINVAL);
	err = ftrace_lock(call);
	if (err)
		return err;
	g = filter_make(&gops->ops);
	ftrace_unlock();
	if (!g)
		return ftrace_fail(call, "no memory", -ENOMEM);
	err = ftrace_filter_set(call, &g->edit, buf, len, reset, except_side);
	old = ftrace_graph_filters_take();
	/* What a callback may still be reading is not given back. */
	if (old && ftrace_drain_readers())
		ftrace_graph_filters_drop(old);
	return err;
}

FTRACE_PUBLIC int ftrace_set_graph_function(struct fgraph_ops *gops,
					    const char *buf, int len, int reset)
{
	return set(__func__, gops, buf, len, reset, false);
}

FTRACE_PUBLIC int ftrace_set_graph_notrace(struct fgraph_ops *gops,
					   const char *buf, int len, int reset)
{
	return set(__func__, gops, buf, len, reset, true);
}

/* From here on; then the frame stays, whether its return is wanted or not. */
static void enter(struct ftrace_frame *f, unsigned int bit)
{
	if (!(f->below & bit))
		f->hooked |= FTRACE_KEPT;
	f->below |= bit;
}

/* Is the client with @ops, whose number is @idx, told of the call of @f? */
bool ftrace_graph_shows(const struct ftrace_ops *ops, struct ftrace_frame *f,
			unsigned int idx)
{
	const struct ftrace_graph_filter *g = filter_of(ops);
	const struct sites *s;
	bool all = true;

	if (!g)
		return true;
	/* The thread has a block, or it would not be here. */
	ftrace_read_enter();
	s = load_acquire(g->now);
	if (s) {
		all = ftrace_hash_all(&s->function);
		if (ftrace_hash_has(&s->except, f->told.ent.func))
			enter(f, FTRACE_HIDDEN(idx));
		else if (ftrace_hash_has(&s->function, f->told.ent.func))
			enter(f, FTRACE_INSIDE(idx));
	}
	ftrace_read_exit();
	return !(f->below & FTRACE_HIDDEN(idx)) &&
	       (all || (f->below & FTRACE_INSIDE(idx)));
}
