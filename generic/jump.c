/* SPDX-License-Identifier: MIT */
/* Sites of graph clients: each jumps to a thunk that knows it. */
#include "internal.h"

/*
 * The body of a function that graph clients are told of is called by the
 * library. Were the library called by the site, that call would have no return:
 * the CPU's own stack of returns would be one behind up to main. So the site
 * jumps, and its thunk provides what a call would have.
 *
 * A site has one such thunk for each entry, made with those of its neighbours.
 * It serves that site for ever, so that only its slot's set is ever stored. Who
 * arrives when no set is there goes back to the site: it does not jump here any
 * more, or is about to be told where to.
 */

/* Pages that are made at once, when one site after the other wants a thunk. */
#define PAGES_MAX 64

static void again(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)parent_ip;
	(void)op;
	arch_ftrace_again(fregs, ip);
}

/* An entry reads the first client of a set before it asks for its function. */
static struct ftrace_set nobody = {
	.func = again, .nested = again, .listed = true, .ops = { NULL },
};

static inline unsigned int kind_of(const struct ftrace_set *set)
{
	return set->entry == FTRACE_ENTRY_REGS;
}

static unsigned long entry_of(unsigned int kind)
{
	return arch_ftrace_entry(kind ? FTRACE_ENTRY_GRAPH_REGS :
					FTRACE_ENTRY_GRAPH);
}

/* That of @rec; without a page: not made yet. */
static struct ftrace_jump *jump_at(const struct ftrace_mod *m,
				   const struct dyn_ftrace *rec,
				   unsigned int kind)
{
	return &m->jump[kind][rec - m->rec];
}

static struct ftrace_slot *slot_of(const struct ftrace_jump *j)
{
	return &j->page->slots[j->n];
}

static unsigned long thunk_of(const struct ftrace_jump *j)
{
	return j->page->code + j->n * FTRACE_GRAPH_THUNK_SIZE;
}

static bool reaches(const struct dyn_ftrace *rec,
		    const struct ftrace_thunk_page *p)
{
	return arch_ftrace_in_reach(rec->ip, p->code) &&
	       arch_ftrace_in_reach(rec->ip, p->code + p->code_size);
}

/*
 * How many pages: one, but where the last ones end twice as many as those, so
 * that the thunks of all functions are made by few calls of the system.
 */
static unsigned int pages_for(const struct ftrace_mod *m,
			      const struct dyn_ftrace *first, unsigned int nr)
{
	const struct ftrace_jump_run *last = &m->jump_run;
	unsigned long left = m->nr - (unsigned long)(first - m->rec);
	unsigned long most = (left + nr - 1) / nr;
	unsigned int pages = last->pages && last->end == first->ip ?
				     2 * last->pages : 1;

	if (pages > PAGES_MAX)
		pages = PAGES_MAX;
	return pages < most ? pages : (unsigned int)most;
}

/* Thunks for @rec, and for those around it that have none. */
static int pages_make(struct ftrace_mod *m, const struct dyn_ftrace *rec,
		      unsigned int kind)
{
	unsigned int nr = ftrace_host->page_size() / FTRACE_GRAPH_THUNK_SIZE, i;
	const struct dyn_ftrace *r = m->rec + (rec - m->rec) / nr * nr;
	const struct dyn_ftrace *end = m->rec + m->nr;
	unsigned int pages = pages_for(m, r, nr);
	struct ftrace_thunk_page *p;
	int err = ftrace_thunk_page(m, rec, r, pages, &p);

	if (err)
		return err;
	if (!reaches(rec, p))
		return -ERANGE;
	for (i = 0; i < p->used; i++, r++) {
		p->slots[i].entry = entry_of(kind);
		p->slots[i].set = &nobody;
		if (!jump_at(m, r, kind)->page && reaches(r, p))
			*jump_at(m, r, kind) = (struct ftrace_jump){ p, i };
	}
	m->jump_run.pages = r < end ? pages : 0;
	m->jump_run.end = r < end ? r->ip : 0;
	return 0;
}

/* Where @rec's site jumps to for @set. */
int ftrace_jump_get(struct ftrace_mod *m, const struct dyn_ftrace *rec,
		    const struct ftrace_set *set, unsigned long *addr)
{
	unsigned int kind = kind_of(set);
	int err = 0;

	if (!m->jump[kind])
		m->jump[kind] = ftrace_host->alloc_pages(
			m->nr * sizeof(*m->jump[kind]));
	if (!m->jump[kind])
		return -ENOMEM;
	if (!jump_at(m, rec, kind)->page)
		err = pages_make(m, rec, kind);
	if (!err)
		*addr = thunk_of(jump_at(m, rec, kind));
	return err;
}

static void point(const struct ftrace_mod *m, const struct dyn_ftrace *rec,
		  const struct ftrace_set *like, struct ftrace_set *set)
{
	store_release(slot_of(jump_at(m, rec, kind_of(like)))->set, set);
}

/*
 * @rec's site goes from @now to @call, who of both jump: their slots @before the
 * text is written, and behind. Where it jumps to the same thunk as before the
 * slot is all there is to change.
 */
void ftrace_jump_move(const struct ftrace_mod *m, const struct dyn_ftrace *rec,
		      const struct ftrace_set *now, struct ftrace_set *call,
		      bool before)
{
	bool from = ftrace_rec_jumps(rec, now), to = ftrace_rec_jumps(rec, call);
	bool same = from && to && kind_of(now) == kind_of(call);

	if (to && before != same)
		point(m, rec, call, call);
	if (from && !before && !same)
		point(m, rec, now, &nobody);
}

/* The same was undone before the text said so. */
void ftrace_jump_undo(const struct ftrace_mod *m, const struct dyn_ftrace *rec,
		      const struct ftrace_set *now,
		      const struct ftrace_set *call)
{
	if (ftrace_rec_jumps(rec, call) &&
	    !(ftrace_rec_jumps(rec, now) && kind_of(now) == kind_of(call)))
		point(m, rec, call, &nobody);
}

/* For ftrace_verify(): what is wrong with the thunks of @rec, or NULL. */
const char *ftrace_jump_wrong(const struct ftrace_mod *m,
			      const struct dyn_ftrace *rec)
{
	struct ftrace_set *call = ftrace_rec_calls(rec), *want;
	unsigned char code[FTRACE_GRAPH_THUNK_SIZE] = { 0 };
	const struct ftrace_jump *j;
	const struct ftrace_slot *slot;
	unsigned int kind;

	for (kind = 0; kind < FTRACE_JUMP_KINDS; kind++) {
		j = m->jump[kind] ? jump_at(m, rec, kind) : NULL;
		if (!j || !j->page)
			continue;
		slot = slot_of(j);
		want = ftrace_rec_jumps(rec, call) && kind_of(call) == kind ?
			       call : &nobody;
		if (slot->set != want)
			return "the slot does not lead to its set";
		if (slot->entry != entry_of(kind))
			return "the slot has another entry than its set";
		ftrace_jump_write(code, thunk_of(j), slot, rec);
		if (memcmp((const void *)thunk_of(j), code, sizeof(code)))
			return "the thunk does not name its slot";
	}
	return NULL;
}

/* A module's tables, of @nr records. */
void ftrace_jump_free(const struct ftrace_mod *m)
{
	unsigned int kind;

	for (kind = 0; kind < FTRACE_JUMP_KINDS; kind++)
		if (m->jump[kind])
			ftrace_host->free_pages(m->jump[kind],
						m->nr * sizeof(*m->jump[kind]));
}

/* Bytes of them. */
size_t ftrace_jump_size(const struct ftrace_mod *m)
{
	size_t one = m->nr * sizeof(*m->jump[0]), size = 0;
	unsigned int kind;

	for (kind = 0; kind < FTRACE_JUMP_KINDS; kind++)
		size += m->jump[kind] ? one : 0;
	return size;
}

/* Those of @from, with room for as many as @to has; false without memory. */
bool ftrace_jump_room(struct ftrace_mod *to, const struct ftrace_mod *from)
{
	unsigned int kind;
	bool all = true;

	for (kind = 0; kind < FTRACE_JUMP_KINDS; kind++) {
		to->jump[kind] = from->jump[kind] ?
			ftrace_host->alloc_pages(to->nr *
						 sizeof(*to->jump[kind])) :
			NULL;
		all &= to->jump[kind] || !from->jump[kind];
	}
	if (!all)
		ftrace_jump_free(to);
	return all;
}

/* Record @i of @to is @from's @old. */
void ftrace_jump_copy(struct ftrace_mod *to, unsigned long i,
		      const struct ftrace_mod *from, unsigned long old)
{
	unsigned int kind;

	for (kind = 0; kind < FTRACE_JUMP_KINDS; kind++)
		if (from->jump[kind])
			to->jump[kind][i] = from->jump[kind][old];
}
