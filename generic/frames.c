/* SPDX-License-Identifier: MIT */
/* Calls whose return is waited for: a table of them for each thread. */
#include "internal.h"

/*
 * A frame is claimed by its thread, or a signal handler on it, by one exchange,
 * and freed by whoever returns through it: with coroutines that may be another
 * thread. So nothing says which frames are in use but they themselves, and there
 * is no list.
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

_Static_assert(FTRACE_FRAME_WORDS <= 255, "ftrace_frame.at");

static struct ftrace_frames *make(struct ftrace_thread *t)
{
	struct ftrace_frames *new = ftrace_host->alloc_pages(sizeof(*new));
	struct ftrace_frames *was = NULL;
	unsigned int i;

	/* The entry keeps errno. */
	if (!new)
		return NULL;
	for (i = 0; i < NR; i++)
		new->frame[i].data = new->data[i];
	/* A signal handler of this thread may have been quicker. */
	if (__atomic_compare_exchange_n(&t->frames, &was, new, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return new;
	ftrace_host->free_pages(new, sizeof(*new));
	return was;
}

/* A frame that is free, or was left at the same @sp. */
static struct ftrace_frame *near(struct ftrace_frames *frames,
				 unsigned int from, unsigned long sp, bool tail)
{
	struct ftrace_frame *free = NULL, *f;
	unsigned int i;

	for (i = 0; i < NEAR; i++) {
		f = &frames->frame[(from + i) % NR];
		if (!READ_ONCE(f->sp)) {
			if (!free)
				free = f;
		} else if (!tail && READ_ONCE(f->sp) == sp) {
			return f;
		}
	}
	return free && ftrace_frame_try(free, sp) ? free : NULL;
}

static struct ftrace_frame *any(struct ftrace_frames *frames, unsigned int from,
				unsigned long sp)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		if (ftrace_frame_try(&frames->frame[(from + i) % NR], sp))
			return &frames->frame[(from + i) % NR];
	return NULL;
}

/*
 * @sp: the stack pointer at the site
 * @tail: the call before this one jumped here, and is still waited for
 */
struct ftrace_frame *ftrace_frame_claim(struct ftrace_thread *t,
					unsigned long sp, bool tail)
{
	struct ftrace_frames *frames = READ_ONCE(t->frames);
	unsigned int from = ftrace_frame_nr(sp);
	struct ftrace_frame *f;

	if (!frames)
		frames = make(t);
	if (!frames)
		return NULL;
	f = near(frames, from, sp, tail);
	if (!f)
		f = any(frames, from, sp);
	if (!f && ftrace_frames_sweep(t, frames->frame, sp))
		f = any(frames, from, sp);
	return f;
}

size_t ftrace_frames_size(const struct ftrace_thread *t)
{
	return READ_ONCE(t->frames) ? sizeof(struct ftrace_frames) : 0;
}
