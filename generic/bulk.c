/* SPDX-License-Identifier: MIT */
/* Many records that change alike: the three passes as short loops. */
#include "internal.h"

/*
 * Updates of all functions come by here: each pass takes the records that
 * follow one another and whose way is known, and leaves the first that is not,
 * or that does not hold what it must, to the caller, who can tell why.
 */

struct extent {
	unsigned long first, last;
	size_t nr;
};

static inline void extend(struct extent *e, unsigned long ip)
{
	if (!e->nr++)
		e->first = ip;
	e->last = ip;
}

static inline uint64_t insn(unsigned long ip, unsigned long addr)
{
	return addr ? arch_ftrace_call(ip, addr) : arch_ftrace_nop(ip);
}

static unsigned long verify(struct ftrace_update *u, struct ftrace_mod *m,
			    unsigned long i, struct extent *e)
{
	for (; i < m->nr; i++) {
		const struct dyn_ftrace *rec = &m->rec[i];
		const struct ftrace_way *w = ftrace_way_at(u, rec);

		if (!ftrace_way_known(w, m, rec))
			break;
		if (w->stays)
			continue;
		if (ftrace_text_at(rec->ip, MCOUNT_INSN_SIZE) !=
		    insn(rec->ip, w->from))
			break;
		extend(e, rec->ip);
	}
	return i;
}

static unsigned long rewrite(struct ftrace_update *u, struct ftrace_mod *m,
			     unsigned long i, struct extent *e, long alias)
{
	for (; i < m->nr; i++) {
		const struct dyn_ftrace *rec = &m->rec[i];
		const struct ftrace_way *w = ftrace_way_at(u, rec);

		if (!ftrace_way_known(w, m, rec))
			break;
		if (w->stays)
			continue;
		/* Another patcher may have come since. */
		if (ftrace_text_at(rec->ip, MCOUNT_INSN_SIZE) !=
		    insn(rec->ip, w->from))
			break;
		arch_ftrace_write(rec->ip, alias, insn(rec->ip, w->to));
		extend(e, rec->ip);
	}
	return i;
}

static unsigned long apply(struct ftrace_update *u, struct ftrace_mod *m,
			   unsigned long i)
{
	for (; i < m->nr; i++) {
		struct dyn_ftrace *rec = &m->rec[i];
		struct ftrace_way *w = ftrace_way_at(u, rec);

		if (!ftrace_way_known(w, m, rec))
			break;
		if (w->stays)
			continue;
		rec->flags = (rec->flags & FTRACE_FL_STICKY) | w->flags;
		rec->set = w->want ? w->want->id : 0;
		if (w->now)
			w->now->users--;
		if (w->want)
			w->want->users++;
	}
	return i;
}

/* The first record, from @from, that the caller has to look at. */
unsigned long ftrace_bulk(struct ftrace_update *u, struct ftrace_mod *m,
			  unsigned long from, int *err)
{
	struct extent e = { .nr = 0 };
	unsigned long i = from;
	long alias = 0;

	if (!u->whole)
		return from;
	if (u->pass == FTRACE_PASS_APPLY)
		return apply(u, m, from);
	if (!ftrace_batch_bulk(m, &alias))
		return from;
	if (u->pass == FTRACE_PASS_VERIFY)
		i = verify(u, m, from, &e);
	else
		i = rewrite(u, m, from, &e, alias);
	if (e.nr)
		*err = ftrace_batch_add(e.first, e.last, e.nr);
	return i;
}
