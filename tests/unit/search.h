/* SPDX-License-Identifier: MIT */
/* Depth first through all that a program may do: run it again, choose anew. */
#ifndef FTRACE_UNIT_SEARCH_H
#define FTRACE_UNIT_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include <check.h>

/* Check tells its parent of each ck_assert(): not in what is run so often. */
#define sure(cond)                             \
	do {                                   \
		if (!(cond))                   \
			ck_abort_msg(#cond);   \
	} while (0)

/*
 * do run(); while (search_next());
 *
 * where run() starts from the same state each time and asks search_choose()
 * wherever it has a choice. A state that was met before ends the search there:
 * search_over() is then true, 0 is chosen for the rest of the run, and nothing
 * that happens in it counts.
 */
void search_begin(void);
/* One of @n; @state tells all on which the rest of the run depends. */
unsigned int search_choose(unsigned int n, uint64_t state);
bool search_next(void);
/* This way is none. */
void search_cut(void);
/* What was looked for is found: no more choices. */
void search_stop(void);
bool search_over(void);

extern unsigned long search_states, search_runs;

static inline uint64_t search_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

#endif
