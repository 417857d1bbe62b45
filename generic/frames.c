/* SPDX-License-Identifier: MIT */
/* Calls whose return is waited for: a table of them for each thread, with room. */
#include "internal.h"

/*
 * A frame is claimed by its thread, or a signal handler on it, by one exchange; or,
 * outside any callback, by a store, once the thread's run says that it is in hand:
 * whoever interrupts that lets it alone. It is freed by whoever returns through it:
 * with coroutines that may be another thread. So nothing says which frames are in
 * use but they themselves, and there is no list.
 *
 * Where a frame lies follows from the stack pointer at the site. No two calls
 * have the same, but one that jumped to the other at its end: so what is found
 * there was left without a return, by longjmp or an exception, and is taken
 * over. A stack pointer that is lower says nothing of a frame by itself: it may be
 * that of a coroutine that sleeps. What was left keeps its place until then, or
 * until none is free: see stacks.c.
 *
 * A table stays with its thread's block for ever, as stale pointers are
 * followed, and is never given back.
 */
#define NR FTRACE_GRAPH_CALLS
/* So many are looked at for the one to be taken over. */
#define NEAR 8

_Static_assert(FTRACE_FRAME_WORDS <= 255, "ftrace_frame_data.at");

const struct ftrace_frame ftrace_outer[2] = {
	{
		.sp = ~0UL, .told.ret.depth = -1, .prev = &ftrace_outermost,
	}, {
		.prev = &ftrace_outermost,
	},
};

/* Has it a table? False without memory. */
bool ftrace_frames_make(struct ftrace_thread *t)
{
	struct ftrace_frames *new, *was = READ_ONCE(t->frames);
	unsigned int i;

	if (was)
		return true;
	/* The entry keeps errno. */
	new = ftrace_host->alloc_pages(sizeof(*new));
	if (!new)
		return false;
	for (i = 0; i < NR; i++)
		new->frame[i].data = &new->data[i];
	/* A signal handler of this thread may have been quicker. */
	if (!__atomic_compare_exchange_n(&t->frames, &was, new, false,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		ftrace_host->free_pages(new, sizeof(*new));
	return true;
}

/* Has what this call has interrupted the frame in hand? */
static inline bool in_hand(const struct ftrace_thread *t,
			   const struct ftrace_frame *f)
{
	return t->depth > 1 && t->run[0].frame == f;
}

/* A frame that is free, or was left at the same @sp. */
static struct ftrace_frame *near(const struct ftrace_thread *t,
				 unsigned int from, unsigned long sp, bool tail)
{
	struct ftrace_frame *free = NULL, *f;
	unsigned int i;

	for (i = 0; i < NEAR; i++) {
		f = &t->frames->frame[(from + i) % NR];
		if (!READ_ONCE(f->sp)) {
			if (!free && !in_hand(t, f))
				free = f;
		} else if (!tail && READ_ONCE(f->sp) == sp) {
			return f;
		}
	}
	return free && ftrace_frame_try(free, sp) ? free : NULL;
}

static struct ftrace_frame *any(const struct ftrace_thread *t,
				unsigned int from, unsigned long sp)
{
	struct ftrace_frame *f;
	unsigned int i;

	for (i = 0; i < NR; i++) {
		f = &t->frames->frame[(from + i) % NR];
		if (!in_hand(t, f) && ftrace_frame_try(f, sp))
			return f;
	}
	return NULL;
}

/*
 * @t: has a table
 * @sp: the stack pointer at the site
 * @tail: the call before this one jumped here, and is still waited for
 */
struct ftrace_frame *ftrace_frame_claim(struct ftrace_thread *t,
					unsigned long sp, bool tail)
{
	unsigned int from = ftrace_frame_nr(sp);
	struct ftrace_frame *f = near(t, from, sp, tail);

	if (!f)
		f = any(t, from, sp);
	if (!f && ftrace_frames_sweep(t, t->frames->frame, sp))
		f = any(t, from, sp);
	return f;
}

size_t ftrace_frames_size(const struct ftrace_thread *t)
{
	return READ_ONCE(t->frames) ? sizeof(struct ftrace_frames) : 0;
}

/* Of the call whose handler runs on this thread, for client @idx. */
static struct ftrace_frame *current_frame(int idx)
{
	struct ftrace_thread *t = ftrace_mine();
	struct ftrace_frame *f;

	if (idx < 0 || idx >= FTRACE_GRAPH_MAX || !t || !t->depth)
		return NULL;
	f = ftrace_run_of(t)->frame;
	return f && f->data ? f : NULL;
}

/* Each call's, from the first time that somebody asks. */
static struct ftrace_frame_data *data_of(struct ftrace_frame *f)
{
	if (!(f->hooked & FTRACE_ASKED))
		f->data->keeps = f->data->used = 0;
	f->hooked |= FTRACE_ASKED;
	return f->data;
}

FTRACE_PUBLIC void *fgraph_reserve_data(int idx, int size)
{
	struct ftrace_frame *f = current_frame(idx);
	struct ftrace_frame_data *d;
	unsigned int words;

	if (!f || ftrace_run_of(ftrace_self)->slot == &ftrace_return_slot ||
	    size <= 0 || (size_t)size > FTRACE_GRAPH_DATA ||
	    data_of(f)->keeps & 1u << idx)
		return NULL;
	d = f->data;
	words = ((unsigned int)size + sizeof(long) - 1) / sizeof(long);
	if (d->used + words > FTRACE_FRAME_WORDS)
		return NULL;
	d->at[idx] = (unsigned char)d->used;
	d->size[idx] = (unsigned short)size;
	d->keeps |= (unsigned short)(1u << idx);
	d->used += (unsigned short)words;
	return &d->word[d->at[idx]];
}

FTRACE_PUBLIC void *fgraph_retrieve_data(int idx, int *size)
{
	struct ftrace_frame *f = current_frame(idx);

	if (!f || !(data_of(f)->keeps & 1u << idx))
		return NULL;
	if (size)
		*size = f->data->size[idx];
	return &f->data->word[f->data->at[idx]];
}
