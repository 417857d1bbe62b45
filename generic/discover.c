/* SPDX-License-Identifier: MIT */
/* Sites that no list names: found by the call that -pg leaves in them. */
#include "internal.h"

#include <stdlib.h>

/*
 * What such a function calls is in its own object: a piece of assembly with a
 * slot, a bare return while that leads nowhere. To record, the slot leads where
 * a thunk's does, to an entry, and to a set whose one callback is record():
 * the state at that call is the state at any site's.
 *
 * The callback has no lock and waits for nobody: it puts the site's address in
 * a table that is there already, once. The next call of the library takes them
 * out and makes records of them, and the sites nops.
 */
static struct {
	unsigned long *ip;	/* open addressing, 0 is free; set once */
	unsigned long *taken;	/* what was taken out; registration lock */
	size_t size;		/* of both; a power of two, more than @max */
	unsigned long max, nr;	/* places that are taken, or being taken */
	unsigned long skipped;
} callers;

static void record(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	size_t i = (size_t)(((uint64_t)ip * 0x9e3779b97f4a7c15ULL) >> 20);
	unsigned long *at, was;

	(void)parent_ip;
	(void)op;
	(void)fregs;
	/* There is a free place always: fewer are given away than there are. */
	for (;; i++) {
		at = &callers.ip[i & (callers.size - 1)];
		was = READ_ONCE(*at);
		if (was == ip)
			return;
		if (was)
			continue;
		if (__atomic_fetch_add(&callers.nr, 1, __ATOMIC_RELAXED) >=
		    callers.max)
			break;
		if (__atomic_compare_exchange_n(at, &was, ip, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return;
		__atomic_fetch_sub(&callers.nr, 1, __ATOMIC_RELAXED);
		if (was == ip)
			return;
	}
	__atomic_fetch_sub(&callers.nr, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&callers.skipped, 1, __ATOMIC_RELAXED);
}

static struct ftrace_set recorder = { .func = record, .nested = record };

/*
 * Under the lock: an object is here, and so may be the table. Where sites jump,
 * their thunks follow one another as their records do, and there is no room
 * between: its slot leads nowhere, or nowhere any more.
 */
void ftrace_discover_in(const struct ftrace_mod *m)
{
	if (!m->mcount || !callers.ip)
		return;
	if (ftrace_mod_jumps(m)) {
		store_release(m->mcount->entry, 0);
		ftrace_fail_in("ftrace_discover", "functions that no list names "
			       "are not found in a conservative module",
			       ftrace_mod_name(m), -EOPNOTSUPP);
		return;
	}
	m->mcount->set = &recorder;
	/* What is called with the entry finds the set. */
	store_release(m->mcount->entry, arch_ftrace_entry(FTRACE_ENTRY_ARGS));
}

static int table_make(const char *call, unsigned long max)
{
	unsigned long *table;
	size_t size = 64;

	while (size < ~0UL / (8 * sizeof(*table)) && size < 2 * max)
		size *= 2;
	table = max < size ? ftrace_host->alloc_pages(2 * size * sizeof(*table)) :
			     NULL;
	if (!table)
		return ftrace_fail(call, "no memory", -ENOMEM);
	callers.size = size;
	callers.max = max;
	callers.taken = table + size;
	callers.ip = table;
	return 0;
}

FTRACE_PUBLIC int ftrace_discover(unsigned long max)
{
	const char *call = "ftrace_discover";
	struct ftrace_mod *m;
	int err;

	if (!FTRACE_MCOUNT)
		return ftrace_fail(call, "what -pg leaves in functions here is "
				   "no site", -EOPNOTSUPP);
	if (!max)
		return ftrace_fail(call, "a table without room", -EINVAL);
	err = ftrace_lock(call);
	if (err)
		return err;
	if (ftrace_dead)
		err = ftrace_fail(call, "ftrace was killed", -ENODEV);
	else if (callers.ip)
		err = ftrace_fail(call, "callers are recorded already", -EBUSY);
	else
		err = table_make(call, max);
	if (!err)
		for_each_ftrace_module(m)
			ftrace_discover_in(m);
	ftrace_unlock();
	return err;
}

void ftrace_discover_sum(struct ftrace_stats *st)
{
	st->undiscovered = READ_ONCE(callers.skipped);
	st->bytes += callers.ip ? 2 * callers.size * sizeof(*callers.ip) : 0;
}

/* Is there a compiler's site of @mod, whose call is at @ip? */
static bool is_site(const struct ftrace_module *mod, unsigned long ip)
{
	unsigned long from, lead;

	for (lead = 0; lead <= FTRACE_SITE_LEAD; lead++) {
		from = ip - lead;
		if (from >= mod->text &&
		    mod->text_end - from > FTRACE_SITE_MAX_OFFSET &&
		    ftrace_call_adjust(from) == ip)
			return true;
	}
	return false;
}

/* Room for its records and @nr more. NULL without memory. */
static struct ftrace_mod *copy_make(const struct ftrace_mod *m, size_t nr)
{
	struct ftrace_mod *to = ftrace_host->alloc(sizeof(*to));

	if (!to)
		return NULL;
	*to = *m;
	to->nr = m->nr + nr;
	to->rec_size = (to->nr + 1) * sizeof(*to->rec);
	to->rec = ftrace_host->alloc_pages(to->rec_size);
	to->own = m->own ? ftrace_host->alloc_pages(to->nr * sizeof(*to->own)) :
			   NULL;
	if (to->rec && (to->own || !m->own) && ftrace_jump_room(to, m))
		return to;
	if (to->rec)
		ftrace_host->free_pages(to->rec, to->rec_size);
	if (to->own)
		ftrace_host->free_pages(to->own, to->nr * sizeof(*to->own));
	ftrace_host->free(to);
	return NULL;
}

static void copy_free(struct ftrace_mod *m)
{
	ftrace_host->free_pages(m->rec, m->rec_size);
	if (m->own)
		ftrace_host->free_pages(m->own, m->nr * sizeof(*m->own));
	ftrace_jump_free(m);
	ftrace_host->free(m);
}

/* Both lists are sorted, and have nothing in common. */
static void copy_fill(struct ftrace_mod *to, const struct ftrace_mod *m,
		      const unsigned long *ip)
{
	unsigned long old = 0, i;

	for (i = 0; i < to->nr; i++) {
		if (old == m->nr || (i - old < to->nr - m->nr &&
				     ip[i - old] < m->rec[old].ip)) {
			to->rec[i].ip = ip[i - old];
			to->rec[i].flags = FTRACE_FL_DISABLED;
			continue;
		}
		to->rec[i] = m->rec[old];
		if (m->own)
			to->own[i] = m->own[old];
		ftrace_jump_copy(to, i, m, old);
		old++;
	}
}

/* Their calls become nops, in one batch. */
static int sites_init(const char *call, struct ftrace_mod *m,
		      const unsigned long *ip, size_t nr)
{
	size_t i;
	int err = 0;

	ftrace_batch_begin(false, true);
	ftrace_text_trust(m->mod->text, m->mod->text_end);
	for (i = 0; i < nr && !err; i++) {
		struct dyn_ftrace *rec = ftrace_rec_at(m, ip[i]);

		err = ftrace_rec_made(m, rec, ftrace_init_nop(m->mod, rec));
	}
	if (!err)
		return ftrace_batch_commit(call, NULL, NULL);
	ftrace_batch_abort();
	return ftrace_fail(call, "no memory", err);
}

/* Who looks without the lock sees the old records, or all. */
static void replace(struct ftrace_mod *old, struct ftrace_mod *new)
{
	struct ftrace_mod **at = &ftrace_modules;

	while (*at != old)
		at = &(*at)->next;
	store_release(*at, new);
	new->mod->data = new;
	ftrace_drain_readers();
	copy_free(old);
}

static void sites_enable(struct ftrace_mod *m, const unsigned long *ip,
			 size_t nr, bool enable)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct dyn_ftrace *rec = ftrace_rec_at(m, ip[i]);

		if (rec->flags & FTRACE_FL_REFUSED)
			continue;
		rec->flags = enable ? rec->flags & ~FTRACE_FL_DISABLED :
				      rec->flags | FTRACE_FL_DISABLED;
	}
}

/* Clients that match join them, as those of a module; or they stay disabled. */
static void sites_join(const char *call, struct ftrace_mod *m,
		       const unsigned long *ip, size_t nr)
{
	struct ftrace_update u = { .kind = FTRACE_UPDATE_MODULE, .call = call,
				   .mod = m, .nr_ip = nr };

	if (!m->live)
		return;
	u.ip = ftrace_host->alloc(nr * sizeof(*u.ip));
	if (!u.ip || ftrace_filters_resolve(m)) {
		ftrace_host->free(u.ip);
		ftrace_fail(call, "no memory", -ENOMEM);
		return;
	}
	memcpy(u.ip, ip, nr * sizeof(*u.ip));
	if (ftrace_share_ask(call, NULL, m)) {
		ftrace_host->free(u.ip);
		return;
	}
	sites_enable(m, ip, nr, true);
	if (ftrace_update(&u))
		sites_enable(m, ip, nr, false);
}

/* @ip are sorted, of one module, and have no records yet. */
static void module_grow(const char *call, struct ftrace_mod *m,
			const unsigned long *ip, size_t nr)
{
	struct ftrace_mod *new = copy_make(m, nr);

	if (!new) {
		ftrace_fail(call, "no memory", -ENOMEM);
		return;
	}
	copy_fill(new, m, ip);
	if (sites_init(call, new, ip, nr)) {
		copy_free(new);
		return;
	}
	replace(m, new);
	sites_join(call, new, ip, nr);
}

static int by_address(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* Empty the table. What still calls comes again, and is known by then. */
static size_t callers_take(void)
{
	size_t i, nr = 0;

	for (i = 0; i < callers.size; i++) {
		unsigned long ip = __atomic_exchange_n(&callers.ip[i], 0,
						       __ATOMIC_RELAXED);

		if (!ip)
			continue;
		callers.taken[nr++] = ip;
		__atomic_fetch_sub(&callers.nr, 1, __ATOMIC_RELAXED);
	}
	qsort(callers.taken, nr, sizeof(*callers.taken), by_address);
	return nr;
}

/*
 * Those of taken[from ...] that are of @m and new, in their place; how many
 * were looked at. A thread may have been on its way to the table when the module
 * became conservative.
 */
static size_t callers_of(const struct ftrace_mod *m, size_t from, size_t nr,
			 size_t *fresh)
{
	unsigned long *ip = callers.taken;
	size_t i;

	*fresh = 0;
	for (i = from; i < nr && ip[i] < m->mod->text_end; i++)
		if (!ftrace_mod_jumps(m) &&
		    !ftrace_rec_at((struct ftrace_mod *)m, ip[i]) &&
		    is_site(m->mod, ip[i]) &&
		    !(*fresh && ip[from + *fresh - 1] == ip[i]))
			ip[from + (*fresh)++] = ip[i];
	return i - from;
}

/* Under the lock, at each call that will use what there is. */
void ftrace_discover_convert(const char *call)
{
	size_t i = 0, nr, seen, fresh;
	struct ftrace_mod *m;

	if (!READ_ONCE(callers.nr) || ftrace_dead)
		return;
	nr = callers_take();
	while (i < nr) {
		m = ftrace_mod_of(callers.taken[i]);
		if (!m) {
			i++;
			continue;
		}
		seen = callers_of(m, i, nr, &fresh);
		if (fresh)
			module_grow(call, m, callers.taken + i, fresh);
		i += seen;
	}
}
