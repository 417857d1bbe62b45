/* SPDX-License-Identifier: MIT */
/* What entry.S and thunks know of the core's structures; C asserts it. */
#ifndef FTRACE_ENTRY_LAYOUT_H
#define FTRACE_ENTRY_LAYOUT_H

#define FTRACE_WORD		__SIZEOF_POINTER__

/* struct ftrace_slot */
#define FTRACE_SLOT_ENTRY	0
#define FTRACE_SLOT_SET		FTRACE_WORD

/* struct ftrace_set */
#define FTRACE_SET_FUNC		0
#define FTRACE_SET_NESTED	FTRACE_WORD
#define FTRACE_SET_OPS		(2 * FTRACE_WORD)

/* struct ftrace_thread */
#define FTRACE_THREAD_DEPTH	0
#define FTRACE_THREAD_ERRNO	FTRACE_WORD
#define FTRACE_THREAD_RUN	(4 * FTRACE_WORD)

/* struct ftrace_run, an array in struct ftrace_thread */
#define FTRACE_RUN_SLOT		0
#define FTRACE_RUN_SP		FTRACE_WORD
#if FTRACE_WORD == 8
#define FTRACE_RUN_SHIFT	5
#else
#define FTRACE_RUN_SHIFT	4
#endif

/* Levels that are told apart; what nests deeper shares the last run. */
#define FTRACE_MAX_DEPTH	16

#endif
