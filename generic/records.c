/* SPDX-License-Identifier: MIT */
/* From an address to its record. */
#include "internal.h"

/* The module whose text holds @ip. */
struct ftrace_mod *ftrace_mod_of(unsigned long ip)
{
	struct ftrace_mod *m;

	for_each_ftrace_module(m)
		if (ip >= m->mod->text && ip < m->mod->text_end)
			return m;
	return NULL;
}

/* Modules by address: the first with text at or behind @ip. Lock. */
struct ftrace_mod *ftrace_mod_from(unsigned long ip)
{
	struct ftrace_mod *at, *best = NULL;

	for_each_ftrace_module(at)
		if (at->mod->text_end > ip &&
		    (!best || at->mod->text < best->mod->text))
			best = at;
	return best;
}

/* The one behind @m, the first for NULL. Lock. */
struct ftrace_mod *ftrace_mod_behind(const struct ftrace_mod *m)
{
	return ftrace_mod_from(m ? m->mod->text_end : 0);
}

/* The first record at or behind @ip, NULL if there is none. */
struct dyn_ftrace *ftrace_rec_from(struct ftrace_mod *m, unsigned long ip)
{
	unsigned long lo = 0, hi = m->nr;

	while (lo < hi) {
		unsigned long mid = lo + (hi - lo) / 2;

		if (m->rec[mid].ip < ip)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->nr ? &m->rec[lo] : NULL;
}

/* The record at exactly @ip. */
struct dyn_ftrace *ftrace_rec_at(struct ftrace_mod *m, unsigned long ip)
{
	struct dyn_ftrace *rec = ftrace_rec_from(m, ip);

	return rec && rec->ip == ip ? rec : NULL;
}

/*
 * The record of a site or of the function that starts at @ip. Only the
 * architecture knows what may stand before a site; a function that is shorter
 * than that and has none must not be given its neighbour's.
 */
struct dyn_ftrace *ftrace_find_rec(unsigned long ip, struct ftrace_mod **in)
{
	struct ftrace_mod *m = ftrace_mod_of(ip);
	struct dyn_ftrace *rec;

	if (!m)
		return NULL;
	rec = ftrace_rec_from(m, ip);
	if (!rec || (rec->ip != ip &&
		     (rec->ip - ip > FTRACE_SITE_MAX_OFFSET ||
		      !arch_ftrace_is_prologue(ip, rec))))
		return NULL;
	if (in)
		*in = m;
	return rec;
}

FTRACE_PUBLIC unsigned long ftrace_location(unsigned long ip)
{
	struct dyn_ftrace *rec;
	unsigned long site;

	if (!READ_ONCE(ftrace_modules) || !ftrace_read_enter())
		return 0;
	rec = ftrace_find_rec(ip, NULL);
	site = rec ? rec->ip : 0;
	ftrace_read_exit();
	return site;
}

/* So many bytes before the call belong to a site. */
static unsigned long lead(const struct dyn_ftrace *rec)
{
	unsigned long n = FTRACE_SITE_LEAD;

	while (n && !arch_ftrace_is_prologue(rec->ip - n, rec))
		n--;
	return n;
}

/*
 * The first record with a byte in [start, end]; what comes before its call
 * counts if @whole. Of two sites one ends before the other begins, so that
 * the first that ends behind @start decides.
 */
static struct dyn_ftrace *rec_within(unsigned long start, unsigned long end,
				     bool whole)
{
	unsigned long from = start < MCOUNT_INSN_SIZE ?
				     0 : start - MCOUNT_INSN_SIZE + 1;
	struct dyn_ftrace *rec, *best = NULL;
	struct ftrace_mod *m;

	for_each_ftrace_module(m) {
		rec = ftrace_rec_from(m, from);
		if (rec && rec->ip - (whole ? lead(rec) : 0) <= end &&
		    (!best || rec->ip < best->ip))
			best = rec;
	}
	return best;
}

FTRACE_PUBLIC unsigned long ftrace_location_range(unsigned long start,
						  unsigned long end)
{
	struct dyn_ftrace *rec;
	unsigned long site;

	if (start > end || !READ_ONCE(ftrace_modules) || !ftrace_read_enter())
		return 0;
	rec = rec_within(start, end, false);
	site = rec ? rec->ip : 0;
	ftrace_read_exit();
	return site;
}

FTRACE_PUBLIC int ftrace_text_reserved(const void *start, const void *end)
{
	bool reserved;

	if (start > end || !READ_ONCE(ftrace_modules))
		return 0;
	/* Who cannot look must not take it for free. */
	if (!ftrace_read_enter())
		return 1;
	reserved = rec_within((unsigned long)start, (unsigned long)end, true);
	ftrace_read_exit();
	return reserved;
}

FTRACE_PUBLIC unsigned long ftrace_code(const void *fn)
{
	return fn ? arch_ftrace_code(fn) : 0;
}
