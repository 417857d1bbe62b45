/* SPDX-License-Identifier: MIT */
/* What the parts of the stress program share. */
#ifndef FTRACE_STRESS_H
#define FTRACE_STRESS_H

#define NR_TOGGLED 4

/* traced.c: functions with sites; each returns its argument and one. */
long traced_always(long x);	/* has a client all the time */
long traced_direct(long x);	/* has a direct call all the time */
long traced_redirect(long x);	/* leads to redirected() at times; both count */
long redirected(long x);
extern long (*const traced_toggled[NR_TOGGLED])(long x);
extern unsigned long stayed, went;

/* direct.S */
void stress_direct_old(void);
void stress_direct_new(void);
void stress_old(long x);
void stress_new(long x);

static inline void stress_add(unsigned long *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

#endif
