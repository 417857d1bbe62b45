/* SPDX-License-Identifier: MIT */
/* Thunks: a page of fixed code in reach of a module, and a slot for each. */
#include "internal.h"

#include <sys/mman.h>

/*
 * A thunk page is written once, whole, before it becomes executable; from
 * then on only slots change. A slot is filled in before a site calls it. A
 * thread may arrive at a thunk long after the site was patched away from it,
 * so what a slot means cannot just change:
 *
 * - When the set behind it loses an ops, and with it its last site, the slot
 *   leads to call_checked() with nothing real behind it: who still arrives is
 *   sent back to the site, to execute what it holds by now.
 * - When nobody can be inside the old set any more the thunk is spare, and may
 *   serve another set, but through call_checked() for ever: that looks whether
 *   the site that sent the thread does call this thunk.
 *
 * A site's own thunk serves that site alone, for ever: who arrives late at one
 * that is empty goes on behind the site, where the site would send him too.
 */

/* So many spare thunks first: an unchecked one is quicker. */
unsigned long ftrace_spare_min = 128;

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/*
 * Where a page can lie so that all of [text, text_end), or failing that @ip
 * alone, reaches all of it.
 */
static int page_near(const struct ftrace_mod *m, unsigned long ip, size_t size,
		     void **p)
{
	unsigned long reach = FTRACE_BRANCH_REACH;
	unsigned long text = m->mod->text, end = m->mod->text_end;
	unsigned long lo = end > reach ? end - reach : 0;
	unsigned long hi = text + reach < text ? ~0UL : text + reach;

	if (lo < hi && !ftrace_host->alloc_near(text, lo, hi, size, p))
		return 0;
	lo = ip > reach ? ip - reach : 0;
	hi = ip + reach < ip ? ~0UL : ip + reach;
	return ftrace_host->alloc_near(ip, lo, hi, size, p);
}

static unsigned int thunk_size(const struct ftrace_mod *m,
			       const struct ftrace_thunk_page *p)
{
	if (p->graph)
		return FTRACE_GRAPH_THUNK_SIZE;
	return ftrace_mod_keeps(m) ? FTRACE_KEEPER_SIZE : FTRACE_THUNK_SIZE;
}

/* Those of sites that jump are of records that follow one another: so many. */
static unsigned int page_sites(const struct ftrace_mod *m,
			       const struct ftrace_thunk_page *p)
{
	unsigned long left = p->first ? m->nr - (p->first - m->rec) : p->nr;

	return left < p->nr ? (unsigned int)left : p->nr;
}

static unsigned long thunk_at(const struct ftrace_mod *m,
			      const struct ftrace_thunk_page *p, unsigned int i)
{
	return p->code + i * thunk_size(m, p);
}

static void thunk_write(const struct ftrace_mod *m,
			const struct ftrace_thunk_page *p, unsigned int i,
			void *dst)
{
	unsigned long slot = (unsigned long)&p->slots[i];

	if (p->graph)
		ftrace_jump_write(dst, thunk_at(m, p, i), &p->slots[i],
				  &p->first[i]);
	else if (ftrace_mod_keeps(m))
		arch_ftrace_write_keeper(dst, thunk_at(m, p, i), slot,
					 p->first ? p->first[i].ip : 0);
	else
		arch_ftrace_write_thunk(dst, thunk_at(m, p, i), slot);
}

static void page_write(const struct ftrace_mod *m, struct ftrace_thunk_page *p)
{
	unsigned int i;

	for (i = 0; i < page_sites(m, p); i++)
		thunk_write(m, p, i, (void *)thunk_at(m, p, i));
}

/* Is the page's thunk @i still what was written? */
bool ftrace_thunk_right(const struct ftrace_mod *m,
			const struct ftrace_thunk_page *p, unsigned int i)
{
	unsigned char code[FTRACE_THUNK_SIZE > FTRACE_KEEPER_SIZE ?
			   FTRACE_THUNK_SIZE : FTRACE_KEEPER_SIZE];

	thunk_write(m, p, i, code);
	return !memcmp((const void *)thunk_at(m, p, i), code, thunk_size(m, p));
}

static struct ftrace_cfi_rows page_rows(const struct ftrace_mod *m,
					const struct ftrace_thunk_page *p)
{
	static const unsigned char keeper[] = { FTRACE_CFI_KEEPER };
	static const unsigned char graph[] = { FTRACE_CFI_GRAPH };
	struct ftrace_cfi_rows rows = { .rule = keeper, .size = sizeof(keeper),
					.rec = p->first };

	if (p->graph) {
		rows.rule = graph;
		rows.size = sizeof(graph);
	}
	rows.nr = p->graph || ftrace_mod_keeps(m) ? page_sites(m, p) : 0;
	return rows;
}

static int page_fill(const struct ftrace_mod *m, struct ftrace_thunk_page *p,
		     const struct ftrace_cfi_rows *rows)
{
	int prot = (m->prot & ~PROT_WRITE) | PROT_READ | PROT_EXEC;
	size_t page = p->code_size;

	page_write(m, p);
	if (ftrace_host->protect((void *)p->code, page, prot))
		return -EPERM;
	ftrace_host->flush_icache(p->code, p->code + page);
	if (ftrace_host->register_frames) {
		ftrace_cfi_build(p->frames, p->code, page, rows);
		ftrace_host->register_frames(p->frames);
	}
	return 0;
}

/* A page's description, with room for its owners and its frames. */
static struct ftrace_thunk_page *page_alloc(const struct ftrace_thunk_page *like,
					    const struct ftrace_cfi_rows *rows)
{
	size_t cfi = FTRACE_CFI_MAX + rows->nr * (FTRACE_CFI_SITE + rows->size);
	size_t owners = like->graph ? 0 : like->nr * sizeof(*like->owner);
	struct ftrace_thunk_page *p;

	p = ftrace_host->alloc(sizeof(*p) + owners + cfi);
	if (!p)
		return NULL;
	*p = *like;
	p->owner = owners ? (struct ftrace_thunk **)(p + 1) : NULL;
	p->frames = (char *)(p + 1) + owners;
	return p;
}

/* One like @like, in reach of @rec. */
static int page_new(struct ftrace_mod *m, const struct dyn_ftrace *rec,
		    const struct ftrace_thunk_page *like,
		    struct ftrace_thunk_page **new)
{
	size_t page = like->code_size;
	size_t data = round_up(like->nr * sizeof(struct ftrace_slot),
			       ftrace_host->page_size());
	struct ftrace_cfi_rows rows = page_rows(m, like);
	struct ftrace_thunk_page *p = page_alloc(like, &rows);
	void *code;
	int err;

	if (!p)
		return -ENOMEM;
	err = page_near(m, rec->ip, page + data, &code);
	if (err)
		goto out_free;
	p->code = (unsigned long)code;
	p->size = page + data;
	p->slots = (struct ftrace_slot *)((char *)code + page);
	err = page_fill(m, p, &rows);
	if (err)
		goto out_pages;
	p->next = m->pages;
	m->pages = p;
	*new = p;
	return 0;

out_pages:
	ftrace_host->free_pages(code, page + data);
out_free:
	ftrace_host->free(p);
	return err;
}

/*
 * @pages in one for jump.c: all of its thunks are used, by @first and those
 * behind it, and it is in reach of @rec. Records may get others between them
 * later, so that the page does not know its own.
 */
int ftrace_thunk_page(struct ftrace_mod *m, const struct dyn_ftrace *rec,
		      const struct dyn_ftrace *first, unsigned int pages,
		      struct ftrace_thunk_page **page)
{
	struct ftrace_thunk_page like = {
		.code_size = pages * ftrace_host->page_size(), .first = first,
		.graph = true,
	};
	int err;

	like.nr = like.code_size / FTRACE_GRAPH_THUNK_SIZE;
	err = page_new(m, rec, &like, page);
	if (err)
		return err;
	(*page)->used = page_sites(m, *page);
	(*page)->first = NULL;
	return 0;
}

static bool page_in_reach(const struct ftrace_thunk_page *p, unsigned long ip)
{
	return arch_ftrace_in_reach(ip, p->code) &&
	       arch_ftrace_in_reach(ip, p->code + p->code_size);
}

/* That of a slot for @set, or (NULL) of one that serves every set. */
unsigned long ftrace_thunk_entry(const struct ftrace_mod *m,
				 const struct ftrace_set *set)
{
	enum ftrace_entry kind = set ? set->entry : FTRACE_ENTRY_REGS;
	unsigned long entry;

	/* A direct call that no branch reaches: the thunk is its long arm. */
	if (set && !set->nr)
		return set->direct;
	entry = arch_ftrace_entry(ftrace_mod_keeps(m) ? FTRACE_ENTRY_KEEP :
							kind);
	return entry ? entry : arch_ftrace_entry(FTRACE_ENTRY_ARGS);
}

static void call_checked(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *arg, struct ftrace_regs *fregs)
{
	struct ftrace_thunk *t = (struct ftrace_thunk *)arg;
	struct ftrace_set *set = load_acquire(t->real);

	if (set && arch_ftrace_calls(ip, t->addr) && set == READ_ONCE(t->real))
		ftrace_call_list(ip, parent_ip, (struct ftrace_ops *)set,
				 fregs);
	else if (!t->own)
		arch_ftrace_again(fregs, ip);
}

static void make_checked(struct ftrace_thunk *t)
{
	t->checked.func = t->checked.nested = call_checked;
	t->checked.arg = t;
	t->checked.listed = true;
	WRITE_ONCE(t->real, NULL);
	store_release(t->slot->set, &t->checked);
}

static struct ftrace_thunk *find(struct ftrace_mod *m, unsigned long ip,
				 unsigned long key)
{
	struct ftrace_thunk *t = m->thunk[key % FTRACE_THUNK_BUCKETS];

	while (t && (t->key != key || !arch_ftrace_in_reach(ip, t->addr)))
		t = t->next;
	return t;
}

static void add(struct ftrace_mod *m, struct ftrace_thunk *t, unsigned long key)
{
	struct ftrace_thunk **at = &m->thunk[key % FTRACE_THUNK_BUCKETS];

	/* At the end: which of several is found must not change. */
	while (*at)
		at = &(*at)->next;
	*at = t;
	t->next = NULL;
	t->key = key;
}

/* The oldest spare thunk that has the entry and is in reach. */
static struct ftrace_thunk *take_spare(struct ftrace_mod *m, unsigned long ip,
				       unsigned long entry)
{
	struct ftrace_thunk **at = &m->spare, *t;

	if (m->nr_spare <= ftrace_spare_min)
		return NULL;
	while (*at && ((*at)->slot->entry != entry ||
		       !arch_ftrace_in_reach(ip, (*at)->addr)))
		at = &(*at)->next;
	t = *at;
	if (t) {
		*at = t->next;
		m->nr_spare--;
	}
	return t;
}

/* Has the page a thunk for @rec: one that is left, or the one made for it? */
static bool page_has(const struct ftrace_thunk_page *p,
		     const struct dyn_ftrace *rec)
{
	bool has = p->first ? rec >= p->first && rec < p->first + p->nr :
			      p->used < p->nr;

	return has && !p->graph && page_in_reach(p, rec->ip);
}

static struct ftrace_thunk *take_new(struct ftrace_mod *m,
				     const struct dyn_ftrace *rec,
				     unsigned long entry, int *err)
{
	struct ftrace_thunk_page *p = m->pages, like = {
		.code_size = ftrace_host->page_size(),
		.first = ftrace_mod_jumps(m) ? rec : NULL,
	};
	struct ftrace_thunk *t;
	unsigned int n;

	while (p && !page_has(p, rec))
		p = p->next;
	if (!p) {
		like.nr = like.code_size / thunk_size(m, &like);
		*err = page_new(m, rec, &like, &p);
		if (*err)
			return NULL;
	}
	t = ftrace_host->alloc(sizeof(*t));
	if (!t) {
		*err = -ENOMEM;
		return NULL;
	}
	n = p->first ? (unsigned int)(rec - p->first) : p->used;
	t->slot = &p->slots[n];
	t->slot->entry = entry;
	t->addr = thunk_at(m, p, n);
	p->owner[n] = t;
	p->used++;
	return t;
}

/*
 * The thunk that @rec's site calls for @set; NULL with *@err set. Where
 * several are in reach the oldest is the answer, each time: it is how the
 * site's bytes are known.
 */
struct ftrace_thunk *ftrace_thunk_get(struct ftrace_mod *m,
				      const struct dyn_ftrace *rec,
				      struct ftrace_set *set, int *err)
{
	struct ftrace_thunk *t = find(m, rec->ip, set->id);

	if (t)
		return t;
	t = take_spare(m, rec->ip, ftrace_thunk_entry(m, set));
	if (t) {
		store_release(t->real, set);
	} else {
		t = take_new(m, rec, ftrace_thunk_entry(m, set), err);
		if (!t)
			return NULL;
		t->slot->set = set;
	}
	add(m, t, set->id);
	return t;
}

static struct ftrace_thunk **own_of(const struct ftrace_mod *m,
				    const struct dyn_ftrace *rec)
{
	return &m->own[rec - m->rec];
}

/*
 * The thunk of one site alone. Its set is stored by whoever changes it; its
 * entry never changes.
 */
struct ftrace_thunk *ftrace_thunk_private(struct ftrace_mod *m,
					  const struct dyn_ftrace *rec,
					  int *err)
{
	struct ftrace_thunk *t;

	if (!m->own)
		m->own = ftrace_host->alloc_pages(m->nr * sizeof(*m->own));
	if (!m->own) {
		*err = -ENOMEM;
		return NULL;
	}
	t = *own_of(m, rec);
	if (t)
		return t;
	t = take_new(m, rec, ftrace_thunk_entry(m, NULL), err);
	if (t) {
		t->own = true;
		t->key = rec->ip;
		*own_of(m, rec) = t;
	}
	return t;
}

/* Where the slot of a site's own thunk leads; NULL: on behind the site. */
void ftrace_thunk_point(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			struct ftrace_set *set)
{
	struct ftrace_thunk *t = *own_of(m, rec);

	if (set)
		store_release(t->slot->set, set);
	else
		make_checked(t);
}

/* No slot leads to @set from now on. */
void ftrace_thunks_retire(const struct ftrace_set *set)
{
	struct ftrace_thunk *t;
	struct ftrace_mod *m;

	for_each_ftrace_module(m)
		for (t = m->thunk[set->id % FTRACE_THUNK_BUCKETS]; t;
		     t = t->next)
			if (t->key == set->id)
				make_checked(t);
}

/* Nobody is in @set: its thunks may serve others. */
void ftrace_thunks_release(const struct ftrace_set *set)
{
	struct ftrace_thunk **at, **end, *t;
	struct ftrace_mod *m;

	for_each_ftrace_module(m) {
		for (end = &m->spare; *end;)
			end = &(*end)->next;
		at = &m->thunk[set->id % FTRACE_THUNK_BUCKETS];
		while ((t = *at)) {
			if (t->key != set->id) {
				at = &t->next;
				continue;
			}
			*at = t->next;
			t->next = NULL;
			t->key = 0;
			*end = t;
			end = &t->next;
			m->nr_spare++;
		}
	}
}

/*
 * The set that a thread may be in that published @slot. It may have got there
 * before the slot led to the check.
 */
struct ftrace_set *ftrace_thunk_behind(const struct ftrace_slot *slot)
{
	struct ftrace_set *set = READ_ONCE(slot->set);
	const struct ftrace_thunk *t;

	if (!set || set->func != call_checked)
		return set;
	t = set->arg;
	/* A site's own slot leads to lists only: those say whom they call. */
	return t->own ? set : ftrace_set_by_id((uint32_t)t->key);
}

/* May a thread that published @slot be in @set? */
bool ftrace_thunk_leads(const struct ftrace_slot *slot,
			const struct ftrace_set *set)
{
	const struct ftrace_thunk_page *p;
	const struct ftrace_thunk *t;
	struct ftrace_mod *m;

	for_each_ftrace_module(m) {
		for (p = m->pages; p; p = p->next) {
			if (slot < p->slots || slot >= p->slots + p->nr)
				continue;
			t = p->owner ? p->owner[slot - p->slots] : NULL;
			/* A site's own slot has led to many. */
			return !t || t->own || t->key == set->id;
		}
	}
	return false;
}

/* The module goes: ftrace_thunk_free() follows when readers were waited for. */
void ftrace_thunk_forget(const struct ftrace_mod *m)
{
	const struct ftrace_thunk_page *p;

	for (p = m->pages; p; p = p->next)
		ftrace_threads_forget(p->slots, p->nr);
}

void ftrace_thunk_free(struct ftrace_mod *m)
{
	struct ftrace_thunk_page *p;
	unsigned int i;

	while ((p = m->pages)) {
		m->pages = p->next;
		for (i = 0; p->owner && i < p->nr; i++)
			ftrace_host->free(p->owner[i]);
		if (ftrace_host->register_frames &&
		    ftrace_host->deregister_frames)
			ftrace_host->deregister_frames(p->frames);
		ftrace_host->free_pages((void *)p->code, p->size);
		ftrace_host->free(p);
	}
	if (m->own)
		ftrace_host->free_pages(m->own, m->nr * sizeof(*m->own));
	ftrace_jump_free(m);
}

void ftrace_thunk_sum(const struct ftrace_mod *m, struct ftrace_stats *st)
{
	const struct ftrace_thunk_page *p;

	st->thunks -= m->nr_spare;
	st->bytes += m->own ? m->nr * sizeof(*m->own) : 0;
	st->bytes += ftrace_jump_size(m);
	for (p = m->pages; p; p = p->next) {
		st->thunks += p->used;
		st->bytes += p->size + (p->owner ? p->used : 0) *
					       sizeof(struct ftrace_thunk);
	}
}
