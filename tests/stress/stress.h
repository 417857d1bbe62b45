/* SPDX-License-Identifier: MIT */
/* What the parts of the stress programs share. */
#ifndef FTRACE_STRESS_H
#define FTRACE_STRESS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/*
 * stress.c: those who call, send signals, load and fork, and what was counted.
 * It lies in memory that a parent shares, who tells of it when this one crashed.
 */
extern struct stress {
	unsigned long stop, failures;
	const char *first;		/* of the failures */
	unsigned long calls, handled;	/* rounds of the callers, of handlers */
	unsigned long toggles, redirects, modifies, loads, forks, signals;
	unsigned long always_hits, toggle_hits;
	unsigned long late;		/* callbacks, after they had been taken */
} *stress;

static inline void stress_add(unsigned long *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

static inline bool stress_stopping(void)
{
	return __atomic_load_n(&stress->stop, __ATOMIC_RELAXED);
}

void stress_check(long err, const char *what);
void stress_others(unsigned int round);
void stress_calls(long x);

/*
 * ours.c, xray.cc: the tool. Its threads change things until stress_stopping().
 */
struct stress_tool {
	bool may_crash;
	void *(*const *changers)(void *);
	unsigned int nr_changers;
	void (*begin)(void);
	int (*child)(void);	/* in one that was forked */
	void (*end)(unsigned long rounds);	/* of calls, that there were */
};

extern const struct stress_tool stress_tool;

#ifdef __cplusplus
}
#endif
#endif
