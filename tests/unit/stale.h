/* SPDX-License-Identifier: MIT */
/* Text as the cores of the fake machine fetch it: of several ages at once. */
#ifndef FTRACE_UNIT_STALE_H
#define FTRACE_UNIT_STALE_H

#include "fake.h"

/*
 * A store into text may or may not be seen, by each fetch anew, until it was
 * flushed and then all cores were synced. A store inside eight aligned bytes
 * is seen whole, any other unit by unit of two.
 *
 * A fetch is one act. A core that gets half of an instruction before a store
 * and half of it behind gets what one fetch behind the store may get; and a
 * sync lies between two instructions of each core.
 */
#define STALE_SITES	2
#define STALE_VALUES	128

void stale_begin(void);
/* The eight bytes at @addr, as they are now, are site 0, 1 ... */
void stale_site(unsigned long addr);
void stale_store(unsigned long addr, unsigned int len);	/* when it is made */
/* A site that does not hold what was stored last was stored to, whole. */
void stale_look(void);
void stale_flush(unsigned long start, unsigned long end);
void stale_sync(void);
/* What a core may fetch at a site; how many there are. */
unsigned int stale_fetch(unsigned int site, uint64_t value[STALE_VALUES]);

#endif
