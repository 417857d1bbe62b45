/* SPDX-License-Identifier: MIT */
/* Interned lists of clients, and the calls that an entry makes through them. */
#include "internal.h"

/* All under the registration lock; an entry only follows slot->set. */
static struct ftrace_set *first_buckets[256], **bucket = first_buckets;
static uint32_t nr_buckets = sizeof(first_buckets) / sizeof(first_buckets[0]);
static struct ftrace_set **by_id;
static uint32_t nr_ids = 1, cap_ids;	/* id 0 is "no call" */
static unsigned long nr_sets;
uint32_t ftrace_next_id = 1;		/* those below were in use lately */

/* Sets of direct calls without a site, before any is given up. */
#define IDLE_MAX 64

/* Is @op called on this thread? A place holder never is. */
static inline bool wanted(const struct ftrace_ops *op)
{
	unsigned long special = READ_ONCE(op->flags) &
				(FTRACE_OPS_FL_STUB | FTRACE_OPS_FL_PID);

	if (__builtin_expect(!special, 1))
		return true;
	return !(special & FTRACE_OPS_FL_STUB) && ftrace_tids_chosen(op);
}

/* Without arguments ftrace_caller has nothing for clients. */
static inline bool has_regs(const struct ftrace_ops *op)
{
	return ftrace_has_args() ||
	       (READ_ONCE(op->flags) & FTRACE_OPS_FL_SAVE_REGS);
}

/* One ops, which is the set's only one. */
static inline void call_one(struct ftrace_ops *op, unsigned long ip,
			    unsigned long parent_ip, struct ftrace_regs *fregs)
{
	op->func(ip, parent_ip, op, has_regs(op) ? fregs : NULL);
}

bool ftrace_set_has(const struct ftrace_set *set, const struct ftrace_ops *op)
{
	unsigned int i;

	for (i = 0; set && i < set->nr; i++)
		if (set->ops[i] == op)
			return true;
	return false;
}

void ftrace_stub(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
}

/* Does @run, of some thread, call @ops now? Read by the drain. */
bool ftrace_set_runs(const struct ftrace_set *set,
		     const struct ftrace_run *run, const struct ftrace_ops *ops)
{
	if (!set)
		return false;
	if (!set->listed)
		return set->arg == ops;
	return READ_ONCE(run->ops) == ops;
}

/* Is @op being called at a lower level of this thread? */
static bool recursing(struct ftrace_thread *t, unsigned long level,
		      const struct ftrace_ops *op)
{
	unsigned long d;

	ftrace_thread_prune(t, level, t->run[level].sp);
	for (d = 0; d < level; d++) {
		const struct ftrace_slot *slot = t->run[d].slot;

		if (slot && ftrace_set_runs(slot->set, &t->run[d], op))
			return true;
	}
	return false;
}

/* May @op be called at this level? Counts it if not. */
static bool admit(struct ftrace_thread *t, unsigned long level,
		  const struct ftrace_ops *op)
{
	if (level < FTRACE_MAX_DEPTH &&
	    ((op->flags & FTRACE_OPS_FL_RECURSION_SAFE) ||
	     !recursing(t, level, op)))
		return true;
	/* A signal handler of this thread may count one in between. */
	__atomic_fetch_add(&t->dropped, 1, __ATOMIC_RELAXED);
	return false;
}

/* One ops, inside another callback. */
static void call_nested(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct ftrace_thread *t = ftrace_self;

	if (wanted(op) && admit(t, t->depth - 1, op))
		call_one(op, ip, parent_ip, fregs);
}

/* One ops at level 0 that is not to have what the entry kept. */
static void call_bare(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)fregs;
	op->func(ip, parent_ip, op, NULL);
}

/* One ops at level 0 that is not called always. */
static void call_wanted(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	if (wanted(op))
		call_one(op, ip, parent_ip, fregs);
}

/* Others' func is itself. */
static ftrace_func_t func_of(const struct ftrace_ops *op)
{
	if (op->flags & (FTRACE_OPS_FL_STUB | FTRACE_OPS_FL_PID))
		return call_wanted;
	return has_regs(op) ? op->func : call_bare;
}

/*
 * Several ops, or callbacks and a direct call. Each ops is published before
 * its place in the set is read again: who removes it clears the place, runs a
 * barrier and then looks for what was published.
 */
void ftrace_call_list(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *arg, struct ftrace_regs *fregs)
{
	struct ftrace_set *set = (struct ftrace_set *)arg;
	struct ftrace_thread *t = ftrace_self;
	struct ftrace_regs *theirs = ftrace_has_args() ||
		set->entry == FTRACE_ENTRY_REGS ? fregs : NULL;
	unsigned long level = t->depth - 1;
	struct ftrace_run *run = &t->run[level < FTRACE_MAX_DEPTH ?
						 level : FTRACE_MAX_DEPTH];
	unsigned long direct;
	unsigned int i;

	run->frame = NULL;
	for (i = 0; i < set->nr; i++) {
		struct ftrace_ops *op = READ_ONCE(set->ops[i]);

		if (!op)
			continue;
		/* Its own level must not count as "entered already". */
		WRITE_ONCE(run->ops, op);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (READ_ONCE(set->ops[i]) != op)
			continue;
		if (!wanted(op) || (level && !admit(t, level, op)))
			continue;
		op->func(ip, parent_ip, op, theirs);
	}
	WRITE_ONCE(run->ops, NULL);
	direct = READ_ONCE(set->direct);
	if (direct)
		arch_ftrace_set_direct_caller(fregs, direct);
	if (run->frame)
		ftrace_graph_commit(t, run->frame, fregs);
}

static uint32_t set_hash(const struct ftrace_set_key *key)
{
	uint64_t h = key->direct ^ key->list;
	unsigned int i;

	for (i = 0; i < key->nr; i++)
		h = (h ^ (uintptr_t)key->ops[i]) * 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

struct ftrace_set *ftrace_set_by_id(uint32_t id)
{
	return id && id < nr_ids ? by_id[id] : NULL;
}

static bool ids_grow(void)
{
	uint32_t cap = cap_ids ? cap_ids * 2 : 64;
	struct ftrace_set **bigger;

	bigger = ftrace_host->alloc(cap * sizeof(*bigger));
	if (!bigger)
		return false;
	if (by_id)
		memcpy(bigger, by_id, cap_ids * sizeof(*bigger));
	ftrace_host->free(by_id);
	by_id = bigger;
	cap_ids = cap;
	return true;
}

/* A free id, 0 without memory. */
static uint32_t id_new(void)
{
	uint32_t id;

	if (nr_ids == cap_ids && nr_sets < nr_ids / 2)
		for (id = 1; id < nr_ids; id++, ftrace_next_id++) {
			if (ftrace_next_id >= nr_ids)
				ftrace_next_id = 1;
			if (!by_id[ftrace_next_id])
				return ftrace_next_id;
		}
	if (nr_ids >= cap_ids && !ids_grow())
		return 0;
	return nr_ids++;
}

static void bucket_add(struct ftrace_set *set)
{
	struct ftrace_set **at = &bucket[set->hash % nr_buckets];

	set->next = *at;
	*at = set;
}

/* Direct calls may bring a set for each function. Without memory: slower. */
static void buckets_grow(void)
{
	uint32_t nr = nr_buckets * 4, id;
	struct ftrace_set **more = ftrace_host->alloc(nr * sizeof(*more));

	if (!more)
		return;
	if (bucket != first_buckets)
		ftrace_host->free(bucket);
	bucket = more;
	nr_buckets = nr;
	for (id = 1; id < nr_ids; id++)
		if (by_id[id])
			bucket_add(by_id[id]);
}

/* One graph client and nobody else, as most sets of such are. */
static ftrace_func_t list_func_of(const struct ftrace_set *set)
{
	if (!set->graph || set->nr != 1 || set->direct || !ftrace_has_args() ||
	    set->ops[0]->flags & (FTRACE_OPS_FL_STUB | FTRACE_OPS_FL_PID))
		return ftrace_call_list;
	return ftrace_graph_one;
}

static struct ftrace_set *set_new(const struct ftrace_set_key *key,
				  uint32_t hash)
{
	struct ftrace_ops *first = key->nr ? key->ops[0] : NULL;
	struct ftrace_set *set;
	uint32_t id = id_new();
	unsigned int i;

	if (!id)
		return NULL;
	set = ftrace_host->alloc(sizeof(*set) + key->nr * sizeof(set->ops[0]));
	if (!set)
		return NULL;
	if (nr_sets++ >= 2 * nr_buckets)
		buckets_grow();
	/* A callback's wish to leave through a direct call is one for registers. */
	set->entry = key->direct && !ftrace_has_args() ? FTRACE_ENTRY_REGS :
							 FTRACE_ENTRY_ARGS;
	for (i = 0; i < key->nr; i++) {
		set->ops[i] = key->ops[i];
		if (key->ops[i]->flags & FTRACE_OPS_FL_SAVE_REGS)
			set->entry = FTRACE_ENTRY_REGS;
		set->graph |= ftrace_ops_graph(key->ops[i]);
	}
	set->nr = key->nr;
	set->direct = key->direct;
	set->listed = key->list;
	set->func = set->listed ? list_func_of(set) : func_of(first);
	set->nested = set->listed ? ftrace_call_list : call_nested;
	set->arg = set->listed ? (void *)set : (void *)first;
	set->hash = hash;
	set->id = id;
	set->flags = ftrace_set_flags(set);
	by_id[id] = set;
	bucket_add(set);
	return set;
}

static bool set_is(const struct ftrace_set *s, const struct ftrace_set_key *key)
{
	return s->nr == key->nr && s->direct == key->direct &&
	       s->listed == key->list && !s->dead &&
	       !memcmp(s->ops, key->ops, key->nr * sizeof(*key->ops));
}

/* The set of these clients; NULL without memory. */
struct ftrace_set *ftrace_set_get(const struct ftrace_set_key *want)
{
	struct ftrace_set_key key = *want;
	struct ftrace_set *s;
	uint32_t hash;

	key.list |= key.nr != 1 || key.direct || ftrace_ops_graph(key.ops[0]);
	hash = set_hash(&key);
	for (s = bucket[hash % nr_buckets]; s; s = s->next)
		if (s->hash == hash && set_is(s, &key))
			return s;
	return set_new(&key, hash);
}

/*
 * Room for the clients of a set in the making. It only grows, so that a set
 * that exists is found again without memory: text may be open.
 */
static struct ftrace_ops *few[32], **scratch = few;
static unsigned int scratch_cap = sizeof(few) / sizeof(few[0]);

static bool scratch_grow(unsigned int nr)
{
	struct ftrace_ops **bigger;

	if (nr <= scratch_cap)
		return true;
	bigger = ftrace_host->alloc(2 * nr * sizeof(*bigger));
	if (!bigger)
		return false;
	if (scratch != few)
		ftrace_host->free(scratch);
	scratch = bigger;
	scratch_cap = 2 * nr;
	return true;
}

static struct ftrace_set *set_edit(struct ftrace_set *old,
				   struct ftrace_ops *add,
				   struct ftrace_ops *del, unsigned long direct,
				   bool list)
{
	unsigned int i, nr = 0, old_nr = old ? old->nr : 0;

	if (!scratch_grow(old_nr + 1))
		return NULL;
	for (i = 0; i < old_nr; i++) {
		struct ftrace_ops *op = old->ops[i];

		if (!op || op == del)
			continue;
		/* Newest first, as they were registered. */
		if (add && add->reserved[FTRACE_OPS_SEQ] >
				   op->reserved[FTRACE_OPS_SEQ]) {
			scratch[nr++] = add;
			add = NULL;
		}
		scratch[nr++] = op;
	}
	if (add)
		scratch[nr++] = add;
	return ftrace_set_get(&(struct ftrace_set_key){ scratch, nr, direct,
							list });
}

struct ftrace_set *ftrace_set_add(struct ftrace_set *old, struct ftrace_ops *ops,
				  bool list)
{
	return set_edit(old, ops, NULL, old ? old->direct : 0, list);
}

struct ftrace_set *ftrace_set_del(struct ftrace_set *old,
				  struct ftrace_ops *ops, bool list)
{
	return set_edit(old, NULL, ops, old ? old->direct : 0, list);
}

struct ftrace_set *ftrace_set_redirect(struct ftrace_set *old,
				       unsigned long direct, bool list)
{
	return set_edit(old, NULL, NULL, direct, list);
}

/* Of the clients in @set those that are permanent or came before @seq. */
struct ftrace_set *ftrace_set_before(struct ftrace_set *set, unsigned long seq,
				     bool list)
{
	unsigned int i, nr = 0;

	if (!scratch_grow(set->nr))
		return NULL;
	for (i = 0; i < set->nr; i++) {
		struct ftrace_ops *op = set->ops[i];

		if ((op->flags & FTRACE_OPS_FL_PERMANENT) ||
		    op->reserved[FTRACE_OPS_SEQ] < seq)
			scratch[nr++] = op;
	}
	if (nr == set->nr)
		return set;
	return ftrace_set_get(&(struct ftrace_set_key){ scratch, nr,
							set->direct, list });
}

static void kill_at(struct ftrace_set *set, unsigned int i)
{
	/* First: ftrace_graph_one() asks for it behind having read the place. */
	WRITE_ONCE(set->func, set->listed ? ftrace_call_list : ftrace_stub);
	store_release(set->ops[i], NULL);
	set->dead = true;
	set->flags = ftrace_set_flags(set);
	if (set->listed)
		return;
	/* arg stays: the drain tells by it who is being called. */
	WRITE_ONCE(set->nested, ftrace_stub);
}

/* @ops leaves every set, those that no site calls any more too. */
void ftrace_sets_kill_ops(struct ftrace_ops *ops)
{
	uint32_t id;
	unsigned int i;

	for (id = 1; id < nr_ids; id++)
		for (i = 0; by_id[id] && i < by_id[id]->nr; i++)
			if (by_id[id]->ops[i] == ops)
				kill_at(by_id[id], i);
}

static bool ordinary(const struct ftrace_ops *op)
{
	return op && !(op->flags & FTRACE_OPS_FL_PERMANENT);
}

/* Direct calls, and who is permanent, stay. */
void ftrace_sets_kill_ordinary(void)
{
	uint32_t id;
	unsigned int i;

	for (id = 1; id < nr_ids; id++)
		for (i = 0; by_id[id] && i < by_id[id]->nr; i++)
			if (ordinary(by_id[id]->ops[i]))
				kill_at(by_id[id], i);
}

static void set_free(struct ftrace_set *set)
{
	struct ftrace_set **at = &bucket[set->hash % nr_buckets];

	while (*at != set)
		at = &(*at)->next;
	*at = set->next;
	by_id[set->id] = NULL;
	nr_sets--;
	ftrace_thunks_release(set);
	ftrace_host->free(set);
}

static bool leads_to(const struct ftrace_slot *slot, const void *set)
{
	return ftrace_thunk_leads(slot, set);
}

/*
 * Give back the sets that lost an ops. First no slot leads to them; after a
 * barrier only who published such a slot before can be in one, and then they
 * stay for another time. Not in a callback.
 */
void ftrace_sets_reclaim(void)
{
	bool any = false;
	uint32_t id;

	/* Text may call what no record says: retired, it would run in circles. */
	if (ftrace_dead)
		return;
	for (id = 1; id < nr_ids; id++) {
		struct ftrace_set *set = by_id[id];

		if (!set || !set->dead || set->users)
			continue;
		if (!set->retired)
			ftrace_thunks_retire(set);
		set->retired = any = true;
	}
	if (!any || !ftrace_barrier())
		return;
	for (id = 1; id < nr_ids; id++)
		if (by_id[id] && by_id[id]->retired &&
		    !ftrace_any_run(leads_to, by_id[id]))
			set_free(by_id[id]);
}

static bool idle(const struct ftrace_set *set)
{
	return set && set->direct && !set->users && !set->dead;
}

/*
 * A direct call was taken away. Its set may serve the next one, but no client
 * that leaves takes it along: when there are many they go. Who takes calls away
 * one by one looks at all sets only once in so many.
 */
void ftrace_sets_trim(void)
{
	static unsigned long left;
	unsigned long nr = 0;
	uint32_t id;

	if (++left < IDLE_MAX + nr_sets / 2 || ftrace_in_callback())
		return;
	left = 0;
	for (id = 1; id < nr_ids; id++)
		nr += idle(by_id[id]);
	if (nr < IDLE_MAX)
		return;
	for (id = 1; id < nr_ids; id++)
		if (idle(by_id[id]))
			by_id[id]->dead = true;
	ftrace_sets_reclaim();
}

static void count_users(long step)
{
	struct ftrace_mod *m;
	unsigned long i;

	for_each_ftrace_module(m)
		for (i = 0; i < m->nr; i++)
			if (ftrace_set_by_id(m->rec[i].set))
				by_id[m->rec[i].set]->users += (unsigned long)step;
}

/* How many sets do not have as many records as they say? */
unsigned long ftrace_sets_miscounted(void)
{
	unsigned long bad = 0;
	uint32_t id;

	/* What is left when all are taken away. */
	count_users(-1);
	for (id = 1; id < nr_ids; id++)
		bad += by_id[id] && by_id[id]->users;
	count_users(1);
	return bad;
}

/* Those that a site calls; others are kept for late threads. */
unsigned long ftrace_sets_count(void)
{
	unsigned long nr = 0;
	uint32_t id;

	for (id = 1; id < nr_ids; id++)
		nr += by_id[id] && by_id[id]->users;
	return nr;
}
