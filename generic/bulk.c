/* SPDX-License-Identifier: MIT */
/* Many records that change alike: the three passes as short loops. */
#include "internal.h"

/*
 * Updates of all functions come by here: each pass takes the records that
 * follow one another and whose way is known, and leaves the first that is not,
 * or that does not hold what it must, to the caller, who can tell why. A run
 * is of records that call the same set.
 */

struct extent {
	unsigned long first, last;
	size_t nr;
};

#define ALONE (FTRACE_FL_PRIVATE | FTRACE_FL_DISABLED)

static inline bool in_run(const struct ftrace_way *w,
			  const struct dyn_ftrace *rec)
{
	return rec->set == w->id && !(rec->flags & ALONE);
}

static inline uint64_t insn(unsigned long ip, unsigned long addr)
{
	return addr ? arch_ftrace_call(ip, addr) : arch_ftrace_nop(ip);
}

static inline bool holds(const struct dyn_ftrace *rec,
			 const struct ftrace_way *w)
{
	return ftrace_text_at(rec->ip, MCOUNT_INSN_SIZE) ==
	       insn(rec->ip, w->from);
}

static struct dyn_ftrace *pass_over(const struct ftrace_way *w,
				    struct dyn_ftrace *rec,
				    const struct dyn_ftrace *end)
{
	while (rec < end && in_run(w, rec))
		rec++;
	return rec;
}

static struct dyn_ftrace *verify(const struct ftrace_way *w,
				 struct dyn_ftrace *rec,
				 const struct dyn_ftrace *end)
{
	while (rec < end && in_run(w, rec) && holds(rec, w))
		rec++;
	return rec;
}

/* Another patcher may have come since it was verified. */
static struct dyn_ftrace *rewrite(const struct ftrace_way *w,
				  struct dyn_ftrace *rec,
				  const struct dyn_ftrace *end, long alias)
{
	for (; rec < end && in_run(w, rec) && holds(rec, w); rec++)
		arch_ftrace_write(rec->ip, alias, insn(rec->ip, w->to));
	return rec;
}

static struct dyn_ftrace *apply(const struct ftrace_way *w,
				struct dyn_ftrace *rec,
				const struct dyn_ftrace *end)
{
	struct dyn_ftrace *from = rec;
	uint32_t id = w->want ? w->want->id : 0;

	for (; rec < end && in_run(w, rec); rec++) {
		rec->flags = (rec->flags & FTRACE_FL_STICKY) | w->flags;
		rec->set = id;
	}
	if (w->now)
		w->now->users -= (unsigned long)(rec - from);
	if (w->want)
		w->want->users += (unsigned long)(rec - from);
	return rec;
}

/* Has the text to change, or only what the records say? */
static inline bool is_text(const struct ftrace_update *u,
			   const struct ftrace_way *w)
{
	return u->pass != FTRACE_PASS_APPLY && !w->stays && w->from != w->to;
}

static struct dyn_ftrace *run(const struct ftrace_update *u,
			      const struct ftrace_way *w,
			      struct dyn_ftrace *rec,
			      const struct dyn_ftrace *end, long alias)
{
	if (u->pass != FTRACE_PASS_APPLY ? !is_text(u, w) : w->stays)
		return pass_over(w, rec, end);
	switch (u->pass) {
	case FTRACE_PASS_VERIFY:
		return verify(w, rec, end);
	case FTRACE_PASS_WRITE:
		return rewrite(w, rec, end, alias);
	default:
		return apply(w, rec, end);
	}
}

static void extend(struct extent *e, const struct dyn_ftrace *from,
		   const struct dyn_ftrace *to)
{
	if (from == to)
		return;
	if (!e->nr)
		e->first = from->ip;
	e->last = to[-1].ip;
	e->nr += (size_t)(to - from);
}

/* The first record, from @from, that the caller has to look at. */
unsigned long ftrace_bulk(struct ftrace_update *u, struct ftrace_mod *m,
			  unsigned long from, int *err)
{
	struct dyn_ftrace *rec = m->rec + from, *end = m->rec + m->nr, *next;
	struct extent e = { .nr = 0 };
	const struct ftrace_way *w;
	long alias = 0;

	if (!u->whole || (u->pass != FTRACE_PASS_APPLY &&
			  !ftrace_batch_bulk(m, &alias)))
		return from;
	for (; rec < end; rec = next) {
		w = ftrace_way_at(u, rec);
		next = ftrace_way_known(w, m, rec) ?
			       run(u, w, rec, end, alias) : rec;
		if (is_text(u, w))
			extend(&e, rec, next);
		if (next == rec)
			break;
	}
	if (e.nr)
		*err = ftrace_batch_add(e.first, e.last, e.nr);
	return (unsigned long)(rec - m->rec);
}
