/* SPDX-License-Identifier: MIT */
/* What the reader's choices (reader.c) and its calls (calls.c) know of each other. */
#ifndef FTRACE_UNIT_CALLS_H
#define FTRACE_UNIT_CALLS_H

#include "../fakearch/regs.h"
#include "reader.h"

enum pc {
	AT_SITE,	/* about to call a function */
	AT_THUNK,	/* the site's call is made */
	AT_ENTRY,	/* slot->entry is loaded */
	IN_LIBRARY,	/* before a load, there or in the entry */
	IN_CALLBACK,
};

/* A call inside a callback is a level of its own. */
extern struct level {
	enum pc pc;
	unsigned int site, from;	/* fetched in this state or later */
	unsigned int hits;		/* who was told on this way */
	unsigned int in;		/* the client that is called */
	unsigned long target, entry;
	struct ftrace_slot *slot;
	struct ftrace_regs fregs;
} levels[CORES_LEVELS];

extern struct core {
	unsigned int at;	/* the level */
	uint64_t loaded;	/* by the code that it is in, in turn */
	unsigned int reads;	/* clients still loaded from */
	bool down;		/* a level was left, which is not visible yet */
	bool calls;		/* the next level's entry */
	bool lost;		/* it went where nobody can be */
} core;

/* The core's block as it stored it. */
extern struct ftrace_thread mine;

static inline struct level *here(void)
{
	return &levels[core.at];
}

static inline unsigned int ops_bit(const struct ftrace_ops *op)
{
	return op ? 1u << (op - cores_ops) : 0;
}

/* A number for an address that is the same in each run. */
uint64_t reader_same(unsigned long v);

/* Clients whose removal has returned. */
unsigned int calls_gone(void);
/* A site's instruction is executed. */
void calls_fetched(unsigned int site, uint64_t bytes);
/* On to where the core may stop next. */
void calls_step(void);

#endif
