/* SPDX-License-Identifier: MIT */
/* Which thread is in which callback, and waiting until it is not. */
#include "internal.h"

/*
 * The reader's side (entries, ftrace_read_enter) stores into its own block
 * and then loads shared state, with no fence. The writer's side changes the
 * shared state, runs a barrier on every thread, and then looks at the blocks:
 * a thread either stored before the barrier and is seen, or loads after it
 * and finds the new state.
 */

#define ENTRY_ASSERT(what, type, member)                      \
	_Static_assert(what == offsetof(struct type, member), \
		       "entry_layout.h: " #type "." #member)

ENTRY_ASSERT(FTRACE_SLOT_ENTRY, ftrace_slot, entry);
ENTRY_ASSERT(FTRACE_SLOT_SET, ftrace_slot, set);
ENTRY_ASSERT(FTRACE_SET_FUNC, ftrace_set, func);
ENTRY_ASSERT(FTRACE_SET_NESTED, ftrace_set, nested);
ENTRY_ASSERT(FTRACE_SET_OPS, ftrace_set, arg);
ENTRY_ASSERT(FTRACE_THREAD_DEPTH, ftrace_thread, depth);
ENTRY_ASSERT(FTRACE_THREAD_ERRNO, ftrace_thread, errno_ptr);
ENTRY_ASSERT(FTRACE_THREAD_TOP, ftrace_thread, top);
ENTRY_ASSERT(FTRACE_THREAD_RUN, ftrace_thread, run);
ENTRY_ASSERT(FTRACE_RUN_SLOT, ftrace_run, slot);
ENTRY_ASSERT(FTRACE_RUN_SP, ftrace_run, sp);
ENTRY_ASSERT(FTRACE_RUN_OPS, ftrace_run, ops);
ENTRY_ASSERT(FTRACE_RUN_FRAME, ftrace_run, frame);
_Static_assert(sizeof(struct ftrace_run) == 1 << FTRACE_RUN_SHIFT,
	       "entry_layout.h: FTRACE_RUN_SHIFT");

/* Read-only, so that who stores into it is found out; entries read its errno. */
static const int no_errno;
const struct ftrace_thread ftrace_nobody = {
	.depth = (unsigned long)FTRACE_DEPTH_NONE,
	.errno_ptr = (int *)&no_errno,
};
__thread struct ftrace_thread *ftrace_self =
	(struct ftrace_thread *)&ftrace_nobody;

/* A page or more of blocks; chunks are never unmapped: drain walks them. */
struct thread_chunk {
	struct thread_chunk *next;
	size_t nr;
	struct ftrace_thread block[];
};

#define CHUNK_SIZE 65536

static struct thread_chunk *chunks;	/* pushed by exchange, never popped */
static unsigned long unattached;

static struct ftrace_thread *claim(struct ftrace_thread *t, unsigned long from,
				   unsigned long id)
{
	if (!__atomic_compare_exchange_n(&t->id, &from, id, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return NULL;
	/* The last owner may have died, or been forked away, in a callback. */
	WRITE_ONCE(t->depth, 0);
	WRITE_ONCE(t->reading, 0);
	t->top = &ftrace_tableless;
	t->stack_low = t->stack_high = 0;
	return t;
}

static struct ftrace_thread *claim_any(unsigned long id, bool dead)
{
	struct thread_chunk *c;
	size_t i;

	for (c = load_acquire(chunks); c; c = c->next) {
		for (i = 0; i < c->nr; i++) {
			struct ftrace_thread *t = &c->block[i];
			unsigned long owner = READ_ONCE(t->id);

			if (owner && owner != id &&
			    (!dead || ftrace_host->thread_alive(owner)))
				continue;
			t = claim(t, owner, id);
			if (t)
				return t;
		}
	}
	return NULL;
}

/*
 * One more chunk, unless somebody else added one to those that were @seen.
 * False: there is no memory.
 */
static bool grow(struct thread_chunk *seen)
{
	/* The caller of a traced function must not see that this failed. */
	int *err = ftrace_host->errno_location(), keep = *err;
	struct thread_chunk *c = ftrace_host->alloc_pages(CHUNK_SIZE);

	if (c) {
		c->nr = (CHUNK_SIZE - sizeof(*c)) / sizeof(c->block[0]);
		c->next = seen;
		if (!__atomic_compare_exchange_n(&chunks, &seen, c, false,
						 __ATOMIC_RELEASE,
						 __ATOMIC_RELAXED))
			ftrace_host->free_pages(c, CHUNK_SIZE);
	}
	*err = keep;
	return c;
}

/*
 * Called by an entry, so possibly in a signal handler: no lock, no malloc.
 * Blocks of threads that ended are taken back only when none is free.
 */
struct ftrace_thread *ftrace_thread_attach(void)
{
	struct thread_chunk *seen;
	struct ftrace_thread *t;
	unsigned long id;

	ftrace_host_get();
	id = ftrace_host->thread_id();
	do {
		seen = load_acquire(chunks);
		t = claim_any(id, false);
		if (!t)
			t = claim_any(id, true);
	} while (!t && grow(seen));
	if (!t) {
		__atomic_fetch_add(&unattached, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	t->errno_ptr = ftrace_host->errno_location();
	ftrace_self = t;
	return t;
}

/*
 * A callback may be left by longjmp or an exception, and then its level stays
 * up. It is cleared when its thread is seen again higher up on the same stack,
 * where a callback that still ran could not have called from. @sp is where the
 * thread is now; stacks grow down.
 */
void ftrace_thread_prune(struct ftrace_thread *t, unsigned long level,
			 unsigned long sp)
{
	unsigned long d;

	for (d = 0; d < level && d < FTRACE_MAX_DEPTH; d++) {
		struct ftrace_run *run = &t->run[d];

		if (run->slot && run->sp <= sp &&
		    ftrace_host->same_stack(run->sp, sp))
			WRITE_ONCE(run->slot, NULL);
	}
}

/*
 * Called by the library's own calls, so never between an entry's first store
 * and its last: here, and only here, levels that were left can be taken down.
 */
bool ftrace_in_callback(void)
{
	struct ftrace_thread *t = ftrace_mine();
	unsigned long depth;

	if (!t || !t->depth)
		return false;
	depth = t->depth < FTRACE_MAX_DEPTH ? t->depth : FTRACE_MAX_DEPTH;
	ftrace_thread_prune(t, depth,
			    (unsigned long)__builtin_frame_address(0));
	while (depth && !t->run[depth - 1].slot)
		depth--;
	/* What lies beyond the last level is told by the last one. */
	if (depth < FTRACE_MAX_DEPTH)
		WRITE_ONCE(t->depth, depth);
	return depth;
}

/* In a fork's child: this thread has another number, the others are gone. */
void ftrace_thread_forked(void)
{
	struct thread_chunk *c;
	size_t i;

	for (c = load_acquire(chunks); c; c = c->next) {
		for (i = 0; i < c->nr; i++) {
			struct ftrace_thread *t = &c->block[i];

			if (t == ftrace_self)
				t->id = ftrace_host->thread_id();
			else
				t->id = t->depth = t->reading = 0;
		}
	}
}

/* A look-up without the lock; false if the thread can have no block. */
bool ftrace_read_enter(void)
{
	struct ftrace_thread *t = ftrace_mine();

	if (!t)
		t = ftrace_thread_attach();
	if (!t)
		return false;
	WRITE_ONCE(t->reading, t->reading + 1);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return true;
}

void ftrace_read_exit(void)
{
	struct ftrace_thread *t = ftrace_self;

	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(t->reading, t->reading - 1);
}

static bool runs_ops(const struct ftrace_thread *t, const struct ftrace_ops *ops)
{
	unsigned long d, depth = READ_ONCE(t->depth);

	/* Levels beyond the last are not told apart, and call nobody. */
	if (depth > FTRACE_MAX_DEPTH)
		depth = FTRACE_MAX_DEPTH;
	for (d = 0; d < depth; d++) {
		const struct ftrace_slot *slot = READ_ONCE(t->run[d].slot);

		if (slot && ftrace_set_runs(ftrace_thunk_behind(slot),
					    &t->run[d], ops))
			return true;
	}
	return false;
}

/*
 * Slots whose memory goes, of code that nobody is in: what blocks still say of
 * them is not followed. A block says so after its thread left, and for a moment
 * even after it entered another function, whose depth is seen before its slot.
 * Lock, as ftrace_runs() has.
 */
void ftrace_threads_forget(const struct ftrace_slot *slot, unsigned long nr)
{
	struct thread_chunk *c;
	unsigned long d;
	size_t i;

	for (c = load_acquire(chunks); c; c = c->next) {
		for (i = 0; i < c->nr; i++) {
			for (d = 0; d <= FTRACE_MAX_DEPTH; d++) {
				struct ftrace_run *run = &c->block[i].run[d];
				struct ftrace_slot *was = READ_ONCE(run->slot);

				if (was < slot || was >= slot + nr)
					continue;
				__atomic_compare_exchange_n(
					&run->slot, &was, NULL, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED);
			}
		}
	}
}

/*
 * Does a thread other than this one run @ops, which was out of every set
 * before a barrier? Lock: no set or slot that it looks at goes meanwhile.
 *
 * A weakly ordered thread's store of its depth may be seen before the loads
 * of the callback that it ends are done: before anything of @ops is freed
 * there must be a second barrier.
 */
bool ftrace_runs(const struct ftrace_ops *ops)
{
	const struct thread_chunk *c;
	size_t i;

	for (c = load_acquire(chunks); c; c = c->next) {
		for (i = 0; i < c->nr; i++) {
			const struct ftrace_thread *t = &c->block[i];
			unsigned long id = READ_ONCE(t->id);

			if (id && t != ftrace_self && runs_ops(t, ops) &&
			    ftrace_host->thread_alive(id))
				return true;
		}
	}
	return false;
}

/*
 * Did every thread pass a barrier? What waits for one is out of the text by
 * then, and cannot be put back: a host that refuses is asked again.
 */
bool ftrace_barrier(void)
{
	return !ftrace_host->barrier() || !ftrace_host->barrier();
}

/*
 * Return when every look-up that began before is over. No lock held. False if
 * nobody can tell: then nothing is given back.
 */
bool ftrace_drain_readers(void)
{
	const struct thread_chunk *c;
	size_t i;

	if (!ftrace_barrier())
		return false;
	for (c = load_acquire(chunks); c; c = c->next) {
		for (i = 0; i < c->nr; i++) {
			const struct ftrace_thread *t = &c->block[i];
			unsigned long id = READ_ONCE(t->id);

			while (id && t != ftrace_self &&
			       READ_ONCE(t->reading) &&
			       ftrace_host->thread_alive(id))
				ftrace_host->relax();
		}
	}
	/* As behind ftrace_runs(). */
	return ftrace_barrier();
}

/* Does @fn say yes to a slot that any thread has published? */
bool ftrace_any_run(bool (*fn)(const struct ftrace_slot *slot, const void *arg),
		    const void *arg)
{
	const struct thread_chunk *c;
	unsigned long d;
	size_t i;

	for (c = load_acquire(chunks); c; c = c->next) {
		for (i = 0; i < c->nr; i++) {
			const struct ftrace_thread *t = &c->block[i];

			if (!READ_ONCE(t->id))
				continue;
			/* Levels beyond the last are not known: any slot. */
			if (READ_ONCE(t->depth) > FTRACE_MAX_DEPTH)
				return true;
			for (d = 0; d < READ_ONCE(t->depth); d++)
				if (fn(READ_ONCE(t->run[d].slot), arg))
					return true;
		}
	}
	return false;
}

void ftrace_thread_sum(struct ftrace_stats *st)
{
	const struct thread_chunk *c;
	size_t i;

	for (c = load_acquire(chunks); c; c = c->next) {
		st->bytes += CHUNK_SIZE;
		for (i = 0; i < c->nr; i++) {
			st->dropped += READ_ONCE(c->block[i].dropped);
			st->overruns += READ_ONCE(c->block[i].overruns);
			st->bytes += ftrace_frames_size(&c->block[i]) +
				     ftrace_profile_size(&c->block[i]);
		}
	}
	st->unattached = READ_ONCE(unattached);
}

/* Each block that there is, of living threads or not. */
void ftrace_threads_each(void (*fn)(struct ftrace_thread *t, void *arg),
			 void *arg)
{
	struct thread_chunk *c;
	size_t i;

	for (c = load_acquire(chunks); c; c = c->next)
		for (i = 0; i < c->nr; i++)
			fn(&c->block[i], arg);
}
