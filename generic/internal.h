/* SPDX-License-Identifier: MIT */
/* What the files of the core share among themselves. */
#ifndef FTRACE_INTERNAL_H
#define FTRACE_INTERNAL_H

#include <errno.h>
#include <string.h>

#include <ftrace/graph.h>
#include <ftrace/host.h>
#include <ftrace/module.h>

#include "entry_layout.h"
#include "ftrace_arch.h"
#include "log.h"

#define FTRACE_PUBLIC __attribute__((visibility("default")))
#ifndef READ_ONCE	/* or those of tests/unit/once.h */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define load_acquire(x) __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define store_release(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELEASE)
#endif

/* Without them ftrace_caller's registers are the core's own: see ftrace_call_list(). */
static inline bool ftrace_has_args(void)
{
	return FTRACE_ARCH_FEATURES & FTRACE_FEATURE_ARGS;
}

/* host.c: the host in force, installed on first use */
extern const struct ftrace_host_ops *ftrace_host;
const struct ftrace_host_ops *ftrace_host_get(void);

/* lock.c: the registration lock; guards all that says so below */
int ftrace_lock(const char *call);
void ftrace_unlock(void);
bool ftrace_lock_mine(void);
int ftrace_lock_pruned(const char *call);	/* these two: scan.c */
int ftrace_lock_scanned(const char *call);
int ftrace_sync_lock(const char *call);	/* before the registration lock */
bool ftrace_sync_trylock(void);
void ftrace_sync_unlock(void);

/* thread.c: who is inside a callback */
struct ftrace_set;

struct ftrace_slot {
	unsigned long entry;
	struct ftrace_set *set;	/* entries load it after run[].slot is stored */
};

/* One level of nesting. Written by its thread, read by ftrace_runs(). */
struct ftrace_run {
	struct ftrace_slot *slot;	/* NULL: left without a return */
	unsigned long sp;		/* of the entry's frame, or above it */
	struct ftrace_ops *ops;	/* being called, when the set has several */
	struct ftrace_frame *frame;	/* of the call, for graph clients */
};

struct ftrace_thread {
	unsigned long depth;	/* its thread's; drained by two barriers */
	int *errno_ptr;
	struct ftrace_frames *frames;	/* this block's for ever, once made */
	struct ftrace_frame *top;	/* a hint: the call entered last; not NULL */
	struct ftrace_run run[FTRACE_MAX_DEPTH + 1];
	unsigned long id;	/* owner, 0 when free; claimed by exchange */
	unsigned long reading;	/* its thread's: inside a lock-free look-up */
	unsigned long dropped, overruns;	/* its thread's; for statistics */
	unsigned long stack_low, stack_high;	/* its own, for stacks.c; or 0 */
	struct ftrace_counts *counts;	/* profile.c; its thread's, release */
} __attribute__((aligned(64)));	/* what each call stores: one cache line */

extern const struct ftrace_thread ftrace_nobody;

/* The calling thread's block, or NULL. */
static inline struct ftrace_thread *ftrace_mine(void)
{
	return ftrace_self == &ftrace_nobody ? NULL : ftrace_self;
}

bool ftrace_in_callback(void);
void ftrace_thread_prune(struct ftrace_thread *t, unsigned long level,
			 unsigned long sp);
void ftrace_thread_forked(void);
bool ftrace_runs(const struct ftrace_ops *ops);
bool ftrace_barrier(void);
bool ftrace_drain_readers(void);
void ftrace_threads_forget(const struct ftrace_slot *slot, unsigned long nr);
bool ftrace_read_enter(void);
void ftrace_read_exit(void);
bool ftrace_any_run(bool (*fn)(const struct ftrace_slot *slot, const void *arg),
		    const void *arg);
void ftrace_thread_sum(struct ftrace_stats *st);

#include "graph.h"

/* sets.c: interned lists of clients. Registration lock, but as said */
struct ftrace_set {
	ftrace_func_t func;	/* entries read these three; func and nested */
	ftrace_func_t nested;	/* change once, to the stub, when ops dies */
	void *arg;		/* the one ops, or this set for the list */
	uint32_t id, hash;
	enum ftrace_entry entry;
	bool listed;		/* called through the list */
	bool dead;		/* lost an ops: not found again */
	bool graph;		/* has clients that are told of returns */
	unsigned long direct;	/* changes old to new only */
	struct ftrace_set *next;
	unsigned long users;	/* records */
	bool retired;		/* no slot leads here; freed when nobody is in */
	uint64_t flags;		/* what its records say, count included */
	unsigned int nr;
	struct ftrace_ops *ops[];	/* an ops that dies becomes NULL */
};

extern uint32_t ftrace_next_id;	/* tests make it the same again */
struct ftrace_set *ftrace_set_by_id(uint32_t id);
struct ftrace_set_key {
	struct ftrace_ops *const *ops;
	unsigned int nr;
	unsigned long direct;
	bool list;	/* call even one ops through the list */
};

struct ftrace_set *ftrace_set_get(const struct ftrace_set_key *key);
bool ftrace_set_has(const struct ftrace_set *set, const struct ftrace_ops *op);
struct ftrace_set *ftrace_set_add(struct ftrace_set *old, struct ftrace_ops *ops,
				  bool list);
struct ftrace_set *ftrace_set_del(struct ftrace_set *old, struct ftrace_ops *ops,
				  bool list);
struct ftrace_set *ftrace_set_redirect(struct ftrace_set *old,
				       unsigned long direct, bool list);
void ftrace_sets_kill_ops(struct ftrace_ops *ops);
struct ftrace_set *ftrace_set_before(struct ftrace_set *set, unsigned long seq,
				     bool list);
void ftrace_sets_kill_ordinary(void);
void ftrace_sets_reclaim(void);
void ftrace_sets_trim(void);
void ftrace_call_list(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *arg, struct ftrace_regs *fregs);
bool ftrace_set_runs(const struct ftrace_set *set,
		     const struct ftrace_run *run,
		     const struct ftrace_ops *ops);
unsigned long ftrace_sets_count(void);
unsigned long ftrace_sets_miscounted(void);
void ftrace_stub(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs);

#include "thunk.h"

/* symbols.c: names, read on first need. Registration lock */
struct ftrace_symbol {
	unsigned long addr, size;
	const char *name;
};

struct ftrace_symbols {
	bool loaded;
	struct ftrace_symbol *sym;	/* by address */
	size_t nr;
	const void *file;
	size_t file_size;
};

int ftrace_symbols_load(struct ftrace_mod *m);
int ftrace_symbols_want(struct ftrace_mod *m);
void ftrace_symbols_mark(struct ftrace_mod *m);
void ftrace_symbols_free(struct ftrace_mod *m);
const struct ftrace_symbol *ftrace_symbol_at(struct ftrace_mod *m,
					     unsigned long ip);
int ftrace_symbol_each(struct ftrace_mod *m, const char *name, size_t len,
		       int (*fn)(const struct ftrace_symbol *s, void *arg),
		       void *arg);

/* module.c: objects and their records */
struct ftrace_mod {
	struct ftrace_mod *next;	/* store_release under the lock */
	struct ftrace_module *mod;
	struct dyn_ftrace *rec;		/* sorted by ip; never moves */
	unsigned long nr;
	size_t rec_size;
	unsigned long skipped;
	char *file;			/* to open; NULL for generated code */
	unsigned long base;		/* what file addresses are relative to */
	uint64_t build_id;		/* a digest; 0: none in memory */
	bool found;			/* in its file; @mod is the library's */
	int prot;			/* PROT_* of the text */
	bool live;			/* enabled */
	bool executable;		/* the process's own */
	struct ftrace_slot *mcount;	/* discover.c; in the object, or NULL */
	struct ftrace_thunk *thunk[FTRACE_THUNK_BUCKETS];
	struct ftrace_thunk *spare;	/* have led to sets that are gone */
	unsigned long nr_spare;
	struct ftrace_thunk_page *pages;
	struct ftrace_thunk **own;	/* by number of the record; or NULL */
	struct ftrace_jump *jump[FTRACE_JUMP_KINDS];	/* the same */
	struct ftrace_jump_run jump_run;
	struct ftrace_symbols symbols;
};

/* keep.c: conservative modules */
int ftrace_keep_module(struct ftrace_module *mod);

static inline bool ftrace_mod_keeps(const struct ftrace_mod *m)
{
	return m->mod->flags & FTRACE_MODULE_CONSERVATIVE;
}

static inline bool ftrace_mod_jumps(const struct ftrace_mod *m)
{
	return FTRACE_KEEPER_JUMP && ftrace_mod_keeps(m);
}

#define for_each_ftrace_module(m) \
	for (m = load_acquire(ftrace_modules); m; m = load_acquire((m)->next))

extern struct ftrace_mod *ftrace_modules;
int ftrace_mod_init(struct ftrace_module *mod, const struct ftrace_mod *like);
int ftrace_mod_enable(struct ftrace_mod *m);
int ftrace_rec_made(const struct ftrace_mod *m, struct dyn_ftrace *rec, int err);
void ftrace_mod_unlink(struct ftrace_mod *m);
int ftrace_mod_free(const char *call, struct ftrace_mod *m);
struct ftrace_mod *ftrace_mod_of(unsigned long ip);
struct ftrace_mod *ftrace_mod_from(unsigned long ip);
struct ftrace_mod *ftrace_mod_behind(const struct ftrace_mod *m);
struct dyn_ftrace *ftrace_rec_at(struct ftrace_mod *m, unsigned long ip);
struct dyn_ftrace *ftrace_rec_from(struct ftrace_mod *m, unsigned long ip);
const char *ftrace_mod_name(const struct ftrace_mod *m);

/* object.c: what a loaded object is like */
void ftrace_object_text(const struct ftrace_host_object *o,
			struct ftrace_module *mod, struct ftrace_mod *like);
int ftrace_object_names(const struct ftrace_host_object *o,
			struct ftrace_module *mod, struct ftrace_mod *like);

/* scan.c: objects that do not announce themselves. Registration lock */
bool ftrace_object_gone(const struct ftrace_mod *m);

/* discover.c: sites found by what they call. Registration lock */
void ftrace_discover_in(const struct ftrace_mod *m);
void ftrace_discover_convert(const char *call);
void ftrace_discover_sum(struct ftrace_stats *st);

/* listing.c: code by name; does the site hold what its record does not say? */
void ftrace_put_code(struct ftrace_buf *b, unsigned long addr);
bool ftrace_site_foreign(struct ftrace_mod *m, struct dyn_ftrace *rec);

/* records.c: record look-up. Lock, or ftrace_read_enter() */
struct dyn_ftrace *ftrace_find_rec(unsigned long ip, struct ftrace_mod **m);

/* glob.c: patterns. Pure */
enum ftrace_glob_shape {
	FTRACE_GLOB_FULL,	/* abc */
	FTRACE_GLOB_FRONT,	/* abc* */
	FTRACE_GLOB_END,	/* *abc */
	FTRACE_GLOB_MIDDLE,	/* *abc* */
	FTRACE_GLOB_ANY,
};

struct ftrace_glob {
	enum ftrace_glob_shape shape;
	const char *p;		/* the caller's, without the stars of a shape */
	size_t len;
};

int ftrace_glob_parse(struct ftrace_glob *g, const char *p, size_t len);
bool ftrace_glob_all(const struct ftrace_glob *g);
bool ftrace_glob_match(const struct ftrace_glob *g, const char *s);

/* pattern.c: what a filter line names. Registration lock */
struct ftrace_pattern {
	unsigned long index;	/* 1-based; 0: by name */
	struct ftrace_glob name, mod;
	bool has_mod;
};

int ftrace_pattern_parse(struct ftrace_pattern *pt, const char *text,
			 size_t len);
int ftrace_pattern_each(const struct ftrace_pattern *pt, struct ftrace_mod *m,
			int (*fn)(unsigned long ip, void *arg), void *arg);
unsigned long ftrace_pattern_nth(unsigned long index);

/* hash.c: sets of addresses. Registration lock */
struct ftrace_hash {
	unsigned long *ip;	/* open addressing, 0 is free */
	size_t size, nr;
	bool none;		/* emptied by the library: matches nothing, and
				 * is still the client's own */
};

/* A line with ":mod:", kept for objects that are not loaded yet. */
struct ftrace_pending {
	struct ftrace_pending *next;
	bool except;		/* of the notrace side */
	size_t len;
	char text[];
};

struct ftrace_ops_hash {
	struct ftrace_ops_hash *next;	/* of all that there are */
	struct ftrace_hash filter, except;
	struct ftrace_pending *pending;
};

bool ftrace_hash_has(const struct ftrace_hash *h, unsigned long ip);
int ftrace_hash_add(struct ftrace_hash *h, unsigned long ip);
int ftrace_hash_del(struct ftrace_hash *h, unsigned long ip);
int ftrace_hash_copy(struct ftrace_hash *to, const struct ftrace_hash *from);
void ftrace_hash_free(struct ftrace_hash *h);
bool ftrace_hash_all(const struct ftrace_hash *h);
bool ftrace_ops_test(const struct ftrace_ops_hash *h, unsigned long ip);
bool ftrace_notrace_any(const struct ftrace_ops_hash *h);
void ftrace_filters_forget(unsigned long start, unsigned long end);
int ftrace_filter_resolve(struct ftrace_ops *ops);
int ftrace_filters_resolve(struct ftrace_mod *m);
const struct ftrace_ops_hash *ftrace_ops_filter(const struct ftrace_ops *ops);

/* tids.c: chosen threads */
bool ftrace_tids_chosen(const struct ftrace_ops *ops);
void ftrace_tids_free(struct ftrace_ops *ops);

/* ops.c: who is registered. Registration lock */
#define FTRACE_OPS_NEXT 0	/* members of ops->reserved */
#define FTRACE_OPS_SEQ 1	/* when it came, and then when it left */
#define FTRACE_OPS_RELEASED 2	/* who is told when it stopped, see ops.c */
#define FTRACE_OPS_TIDS 3	/* tids.c's table */
#define FTRACE_OPS_SHARES 4	/* share.c: it has agreed, and was not told
				 * that this is over */

/* Its callback may be running, and looks at other flags meanwhile. */
static inline void ftrace_ops_flags(struct ftrace_ops *ops, unsigned long set,
				    unsigned long clear)
{
	WRITE_ONCE(ops->flags, (ops->flags | set) & ~clear);
}

int ftrace_ops_register(const char *call, struct ftrace_ops *ops);
int ftrace_ops_unregister(const char *call, struct ftrace_ops *ops,
			  unsigned long ms);
#define FTRACE_FOREVER (~0UL)

extern struct ftrace_ops *ftrace_ops_list;	/* newest first */
extern bool ftrace_dead;
void ftrace_give_up(void);
void ftrace_ops_link(struct ftrace_ops *ops);
void ftrace_ops_unlink(struct ftrace_ops *ops);

static inline struct ftrace_ops *ftrace_ops_next(const struct ftrace_ops *op)
{
	return (struct ftrace_ops *)op->reserved[FTRACE_OPS_NEXT];
}

#define for_each_ftrace_ops(op) \
	for (op = ftrace_ops_list; op; op = ftrace_ops_next(op))

/* share.c: direct clients and those that move the instruction pointer. Lock */
struct ftrace_ops *ftrace_direct_owner(unsigned long ip);
int ftrace_share_ask(const char *call, const struct ftrace_ops *ops,
		     const struct ftrace_mod *m);
bool ftrace_share_asks(const struct ftrace_ops *ops);
bool ftrace_share_right(const struct ftrace_ops *op);
void ftrace_share_settle(void);
void ftrace_share_gone(const struct ftrace_mod *m);

/*
 * switch.c: 0 while switched on, else the FTRACE_OPS_SEQ from which on ordinary
 * clients wait until it is again. Registration lock
 */
extern unsigned long ftrace_off;
const char *ftrace_policy_forbids(const struct ftrace_ops *ops);
void ftrace_records_settle(void);
void ftrace_records_killed(void);

/* site.c: what a site holds, and the verbs. Registration lock */
uint64_t ftrace_site_insn(const struct dyn_ftrace *rec, unsigned long addr,
			  bool jump);
int ftrace_make_nop(struct ftrace_module *mod, struct dyn_ftrace *rec,
		    unsigned long addr);
int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr, bool jump);
int ftrace_modify_call(struct dyn_ftrace *rec, unsigned long old_addr,
		       unsigned long addr, bool jump);

/* state.c: what a record says, and what its site shall do */
enum ftrace_action {
	FTRACE_UPDATE_IGNORE,
	FTRACE_UPDATE_MAKE_CALL,
	FTRACE_UPDATE_MODIFY_CALL,
	FTRACE_UPDATE_MAKE_NOP,
};

enum ftrace_action ftrace_test_record(const struct dyn_ftrace *rec,
				      const struct ftrace_set *call);
enum ftrace_action ftrace_update_record(struct dyn_ftrace *rec,
					struct ftrace_set *want,
					const struct ftrace_set *call);
uint64_t ftrace_flags_new(uint64_t was, const struct ftrace_set *want,
			  const struct ftrace_set *call);
int ftrace_set_called(const struct dyn_ftrace *rec, struct ftrace_set *set,
		      unsigned long off, struct ftrace_set **call);
struct ftrace_set *ftrace_rec_calls(const struct dyn_ftrace *rec);
/* What stays of a record's flags when all else follows its set. */
#define FTRACE_FL_STICKY (FTRACE_FL_TOUCHED | FTRACE_FL_MODIFIED | \
			  FTRACE_FL_PRIVATE | FTRACE_FL_VARIANT)
int ftrace_get_addr_curr(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			 unsigned long *addr);
int ftrace_get_addr_new(struct ftrace_mod *m, const struct dyn_ftrace *rec,
			struct ftrace_set *call, unsigned long *addr);
uint64_t ftrace_set_flags(const struct ftrace_set *set);

static inline bool ftrace_rec_private(const struct dyn_ftrace *rec)
{
	return rec->flags & FTRACE_FL_PRIVATE;
}

#include "jump.h"

/* update.c: from what clients want to what the text says */
enum ftrace_update_kind {
	FTRACE_UPDATE_ADD,	/* @ops joins where @hash matches */
	FTRACE_UPDATE_DEL,	/* @ops leaves wherever it is */
	FTRACE_UPDATE_FILTER,	/* @ops moves from @old to @hash */
	FTRACE_UPDATE_SWITCH,	/* ftrace_off becomes @off */
	FTRACE_UPDATE_DIRECT,	/* the direct call of @rec, or where @hash
				 * matches, becomes @direct */
	FTRACE_UPDATE_MODULE,	/* all clients join @mod's records, or of them
				 * those at @ip, which the update frees */
	FTRACE_UPDATE_GLOBAL,	/* the global filters went from @old to @hash */
};

/* What became of a set's other records, and becomes of the next. */
struct ftrace_way {
	struct ftrace_mod *m;
	struct ftrace_set *now, *want;	/* its clients */
	struct ftrace_set *call;	/* those of @want that it calls */
	unsigned long from, to;	/* where the site goes, and shall go */
	uint64_t flags;		/* that @want gives a record */
	uint32_t id;		/* of @now */
	bool in;		/* @ops is in it, or anybody */
	bool open;		/* holds for all the module's records */
	bool stays;		/* they do not change */
};

#define FTRACE_WAYS 16

struct ftrace_update {
	enum ftrace_update_kind kind;
	const char *call;		/* the public function, for the log */
	struct ftrace_ops *ops;
	const struct ftrace_ops_hash *old, *hash;
	struct dyn_ftrace *rec;
	unsigned long direct;
	unsigned long off;
	struct ftrace_mod *mod;
	/* while it runs */
	const char *why;		/* of -EBUSY */
	enum { FTRACE_PASS_VERIFY, FTRACE_PASS_WRITE, FTRACE_PASS_APPLY } pass;
	bool everywhere;			/* @hash names all functions */
	bool whole;				/* nothing depends on names */
	struct ftrace_way way[FTRACE_WAYS];	/* by the set's id */
	unsigned long *ip;			/* named sites, sorted */
	size_t nr_ip;
	struct ftrace_ops **list;		/* room for all clients */
	struct ftrace_applied *own;		/* records with own thunks */
	size_t nr_own, cap_own;
};

int ftrace_update(struct ftrace_update *u);

/* bulk.c: records that change alike, in loops without a call */
static inline struct ftrace_way *ftrace_way_at(struct ftrace_update *u,
					       const struct dyn_ftrace *rec)
{
	return &u->way[rec->set % FTRACE_WAYS];
}

/* What holds for one record mostly holds for the next that calls the set. */
static inline bool ftrace_way_known(const struct ftrace_way *w,
				    const struct ftrace_mod *m,
				    const struct dyn_ftrace *rec)
{
	return w->open && w->m == m && w->id == rec->set &&
	       !(rec->flags & (FTRACE_FL_PRIVATE | FTRACE_FL_DISABLED));
}

unsigned long ftrace_bulk(struct ftrace_update *u, struct ftrace_mod *m,
			  unsigned long from, int *err);
/* listing.c */
extern unsigned long long ftrace_update_ns;	/* that the last one took */

/* text.c: the only writer. Registration lock */
typedef int (*ftrace_walk_t)(void *arg);

/* @fresh: nobody runs this code yet; @keep: there will be no walk */
void ftrace_batch_begin(bool fresh, bool keep);
void ftrace_batch_park(void);
int ftrace_batch_commit(const char *call, ftrace_walk_t walk, void *arg);
void ftrace_batch_abort(void);
int ftrace_text_trust(unsigned long start, unsigned long end); /* readable.c */
void ftrace_text_distrust(void);
bool ftrace_text_trusted(unsigned long start, unsigned long end);
int ftrace_text_readable(unsigned long addr, size_t len);
extern unsigned long ftrace_windows_opened, ftrace_syncs_made;

bool ftrace_batch_bulk(const struct ftrace_mod *m, long *alias);
int ftrace_batch_add(unsigned long first, unsigned long last, size_t nr);

/* The first @len of eight bytes as a number that compares as they do. */
static inline uint64_t ftrace_first(uint64_t bytes, unsigned int len)
{
	unsigned int rest = 8 * (8 - len);

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ?
		       bytes << rest >> rest : bytes >> rest << rest;
}

static inline uint64_t ftrace_first_of(const void *p, unsigned int len)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return ftrace_first(v, len);
}

/* The same of text, which may end where its page does. */
static inline uint64_t ftrace_text_at(unsigned long addr, unsigned int len)
{
	uint64_t v = 0;

	if ((addr & 4095) <= 4096 - 8)
		return ftrace_first_of((const void *)addr, len);
	memcpy(&v, (const void *)addr, len);
	return v;
}

/* poke.c: does writing through the system reach what is executed? */
bool ftrace_poke_works(void);

/* bug.c: what is wrong with a site */
struct ftrace_site_error {
	unsigned long addr;
	unsigned int len;
	unsigned char actual[8], expected[8];
	const char *what;
};

extern struct ftrace_site_error ftrace_expected;
extern const char *ftrace_doing;	/* what a site shall become; or NULL */
void ftrace_bug(int err, struct dyn_ftrace *rec);

#endif
