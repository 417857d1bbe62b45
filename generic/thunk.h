/* SPDX-License-Identifier: MIT */
/* Thunks and how to unwind from them, as the core's files share it. */
#ifndef FTRACE_GENERIC_THUNK_H
#define FTRACE_GENERIC_THUNK_H

/* Entries of thunks that sites of graph clients jump to: see jump.h. */
#define FTRACE_JUMP_KINDS 2

/* Of one site: its page, and its number there. */
struct ftrace_jump {
	struct ftrace_thunk_page *page;
	unsigned int n;
};

/* What was made last: so many pages, for the records before the one at @end. */
struct ftrace_jump_run {
	unsigned int pages;
	unsigned long end;
};

/* thunk.c: code in reach of a module's sites. Registration lock */
struct ftrace_mod;
extern unsigned long ftrace_spare_min;	/* a test has 0 */

struct ftrace_thunk {
	struct ftrace_thunk *next;	/* of the same bucket, or of m->spare */
	unsigned long key;		/* the set's id, or a site's address, or 0 */
	unsigned long addr;
	struct ftrace_slot *slot;
	bool own;			/* of the site at @key, and in no list */
	struct ftrace_set *real;	/* behind @checked; NULL when retired */
	struct ftrace_set checked;	/* what a used slot leads to, see thunk.c */
};

#define FTRACE_THUNK_BUCKETS 64

struct ftrace_thunk_page {
	struct ftrace_thunk_page *next;
	unsigned long code;
	struct ftrace_slot *slots;
	size_t code_size, size;
	unsigned int nr, used;
	const struct dyn_ftrace *first;	/* of the first thunk, if sites jump */
	bool graph;			/* jump.c's: known by record, not here */
	struct ftrace_thunk **owner;	/* by number; NULL: not used yet. None of
					 * jump.c's */
	void *frames;
};

struct ftrace_thunk *ftrace_thunk_get(struct ftrace_mod *m,
				      const struct dyn_ftrace *rec,
				      struct ftrace_set *set, int *err);
struct ftrace_thunk *ftrace_thunk_private(struct ftrace_mod *m,
					  const struct dyn_ftrace *rec,
					  int *err);
void ftrace_thunk_point(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			struct ftrace_set *set);
unsigned long ftrace_thunk_entry(const struct ftrace_mod *m,
				 const struct ftrace_set *set);
bool ftrace_thunk_right(const struct ftrace_mod *m,
			const struct ftrace_thunk_page *p, unsigned int i);
void ftrace_thunks_retire(const struct ftrace_set *set);
void ftrace_thunks_release(const struct ftrace_set *set);
struct ftrace_set *ftrace_thunk_behind(const struct ftrace_slot *slot);
bool ftrace_thunk_leads(const struct ftrace_slot *slot,
			const struct ftrace_set *set);
void ftrace_thunk_forget(const struct ftrace_mod *m);
void ftrace_thunk_free(struct ftrace_mod *m);
void ftrace_thunk_sum(const struct ftrace_mod *m, struct ftrace_stats *st);

int ftrace_thunk_page(struct ftrace_mod *m, const struct dyn_ftrace *rec,
		      const struct dyn_ftrace *first, unsigned int pages,
		      struct ftrace_thunk_page **page);

/* cfi.c: how to unwind from them */
struct ftrace_cfi_rows {
	const unsigned char *rule;	/* of one thunk, and back */
	size_t size;
	unsigned int nr;
	const struct dyn_ftrace *rec;	/* of the first, if they know sites */
};

size_t ftrace_cfi_build(unsigned char *buf, unsigned long code, size_t size,
			const struct ftrace_cfi_rows *rows);

#define FTRACE_CFI_MAX 128	/* and what the keepers add: each its own and */
#define FTRACE_CFI_SITE (4 + sizeof(long))

#endif
