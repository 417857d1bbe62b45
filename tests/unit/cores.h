/* SPDX-License-Identifier: MIT */
/* Two cores of the fake machine: one changes what the other executes. */
#ifndef FTRACE_UNIT_CORES_H
#define FTRACE_UNIT_CORES_H

#include "fake.h"

/*
 * One core, the writer, is this process: it runs the library itself. The other
 * calls traced functions for ever. Wherever the library asks something of the
 * host, or stores into text, a slot or a set, the reader goes on by any number of
 * steps; all ways are tried. Readers do not act on each other, so that one stands
 * for any number of them.
 *
 * Instructions may be stale (stale.h). Data is weakly ordered: what the reader
 * stores becomes visible at any later moment, each word for itself; and the
 * last load of a callback may come behind the store that ends it. A barrier
 * ends both. The reader may stop before it fetches a site, on its way to the
 * thunk, before each load of the entry and of the library's code behind it, which
 * it runs itself (once.h), and in the callback.
 *
 * A run fails when the reader executes what is no instruction; calls what is
 * neither there before nor after; goes by without a call that is there both
 * before and after; executes anything but the text when no call is under way;
 * or is in a callback, or reads a client or a set, whose memory may be gone.
 */

/* Who is told when a function is called: bits. */
#define CORES_A		1u
#define CORES_B		2u
#define CORES_DIRECT_A	4u
#define CORES_DIRECT_B	8u

/* What is taken from the protocol. */
struct cores_mutant {
	unsigned long sync, flush, barrier;	/* the k-th; 0: none */
	bool late_slots;	/* slots are filled in behind the text */
	/*
	 * Of a change in three: those left, in this order. "w": the whole in one
	 * store. "c": from call to call too, as from nop to call.
	 */
	const char *steps;
};

struct cores_result {
	const char *bad;	/* what failed, NULL for nothing */
	unsigned long states, schedules;
	unsigned long syncs, flushes, barriers;	/* that one run makes */
};

extern struct ftrace_ops cores_ops[2];	/* CORES_A, CORES_B */

/* A function of the reader's, in a module of its own; two at most. */
#define CORES_ONE	'e'	/* one store changes its site */
#define CORES_STEPS	'o'	/* three do */
#define CORES_MANY	'm'	/* one, and it is one of many that change */
#define CORES_POKED	'p'	/* one, made by the host */
#define CORES_TWO	'd'	/* two functions in one module, each as 'e' */
void cores_function(char kind);
/* Its callbacks call functions, too. */
void cores_nest(void);
/* A thunk whose set is gone serves the next. */
void cores_use_thunks_again(void);
unsigned long cores_fn(unsigned int i);

/*
 * Try all ways through what @run does with the library. It begins with no
 * client and must end so.
 */
void cores_explore(void (*run)(void), const struct cores_mutant *m,
		   struct cores_result *r);

/* Told of each store into text, in a test that wants to know. */
extern void (*cores_stored)(const struct ftrace_store *st);

/* Before tests fork: a sanitiser tells a process once that it sees coroutines. */
void cores_warn_once(void);

/* In @run. What the next call of the library shall bring about; again: in turn. */
void cores_to(unsigned int told0, unsigned int told1);
/* These are registered, and may be called late though no function shall. */
void cores_stays(unsigned int who);
/* It has returned. */
void cores_done(void);
/* The first function's module goes. Nobody is in it. */
void cores_release(void);

#endif
