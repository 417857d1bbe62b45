/* SPDX-License-Identifier: MIT */
/* Depth first through all that a program may do. */
#include <stdlib.h>
#include <string.h>

#include "search.h"

#define MAX_CHOICES 4096

unsigned long search_states, search_runs;

static unsigned short choice[MAX_CHOICES], of[MAX_CHOICES];
static unsigned int nr, given;	/* choices of this run; those prescribed */
static bool known, found;
static uint64_t *seen;		/* open addressing, 0 is free */
static size_t size;

static bool insert(uint64_t *table, size_t n, uint64_t h)
{
	size_t i = h % n;

	while (table[i] && table[i] != h)
		i = (i + 1) % n;
	if (table[i])
		return false;
	table[i] = h;
	return true;
}

static void grow(void)
{
	size_t n = size ? size * 2 : 1024, i;
	uint64_t *bigger = calloc(n, sizeof(*bigger));

	sure(bigger);
	for (i = 0; i < size; i++)
		if (seen[i])
			insert(bigger, n, seen[i]);
	free(seen);
	seen = bigger;
	size = n;
}

void search_begin(void)
{
	free(seen);
	seen = NULL;
	size = 0;
	search_states = search_runs = 0;
	nr = given = 0;
	known = found = false;
}

unsigned int search_choose(unsigned int n, uint64_t state)
{
	if (search_over())
		return 0;
	if (nr < given) {
		/* The same choices lead to the same state, or it is no search. */
		sure(of[nr] == n);
		return choice[nr++];
	}
	if (search_states * 2 >= size)
		grow();
	if (!insert(seen, size, state ? state : 1)) {
		known = true;
		return 0;
	}
	search_states++;
	sure(nr < MAX_CHOICES);
	choice[nr] = 0;
	of[nr++] = (unsigned short)n;
	return 0;
}

/* The last choice that has another way takes it; false: there is none. */
bool search_next(void)
{
	search_runs++;
	while (nr && choice[nr - 1] + 1 == of[nr - 1])
		nr--;
	if (!nr || found)
		return false;
	choice[nr - 1]++;
	given = nr;
	nr = 0;
	known = false;
	return true;
}

void search_cut(void)
{
	known = true;
}

void search_stop(void)
{
	found = true;
}

bool search_over(void)
{
	return known || found;
}
