/* SPDX-License-Identifier: MIT */
/* The function profile: how often each function is called, and for how long. */
#ifndef FTRACE_PROFILE_H
#define FTRACE_PROFILE_H

#include <ftrace/ftrace.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ftrace_profile - one function, of all threads
 * @ip: the site
 * @name: the function, "" if there is no symbol; lives as long as the module
 * @hits: calls
 * @returns: calls that returned; what was left by longjmp, an exception or the
 *	thread's end has not, and neither have those under way
 * @time: nanoseconds that these took together, what they called included: so
 *	those of a function that calls itself count once for each call
 * @average: @time over @returns, 0 without
 * @variance: of a call's time, in nanoseconds squared: s^2, the sum of squares over
 *	@returns less one; 0 with fewer than two, ULLONG_MAX for all beyond
 */
struct ftrace_profile {
	unsigned long ip;
	const char *name;
	unsigned long long hits;
	unsigned long long returns;
	unsigned long long time;
	unsigned long long average;
	unsigned long long variance;
	unsigned long reserved[4];
};

/**
 * ftrace_profile_enable - switch the profile on or off
 * @on: nonzero: from now on calls are counted, from zero
 *
 * Off, as it is at first, no function is traced for it, and what was counted
 * stays until it is switched on again. It is one more client of
 * register_ftrace_graph(), with the limits that are told there. The clock is the
 * host's; see struct ftrace_host_ops.
 *
 * Each thread counts in a table of its own, in pages of the host that grow with
 * the functions that it calls; neither a lock nor another thread's memory is on
 * the way of a call. A thread that ends leaves its counts behind. A child of
 * fork() goes on with a copy. A call that a signal handler makes in the middle of
 * the profile's own work is not counted, but in ftrace_stats.dropped.
 *
 * Context: as register_ftrace_function(), and unregister_ftrace_function().
 * Return: 0, also if nothing was to be done; else what register_ftrace_graph()
 *	and unregister_ftrace_graph() return: -EINPROGRESS switching off in a
 *	callback, -EBUSY switching on before that is over.
 * Origin: the kernel's file function_profile_enabled.
 */
int ftrace_profile_enable(int on);

/**
 * ftrace_profile_ops - the profile as a client
 *
 * For ftrace_set_filter(), ftrace_set_filter_tid() with FTRACE_OPS_FL_PID, and
 * PERMANENT. Without a filter of its own it goes by the global ones, as the
 * kernel's does. Its func is the library's.
 *
 * Context: any.
 * Return: the ops; always the same.
 * Origin: our own.
 */
struct ftrace_ops *ftrace_profile_ops(void);

/**
 * ftrace_profile_reset - count from zero
 *
 * Calls that were entered before are forgotten, their returns too.
 *
 * Context: any, callbacks and signal handlers too, at any time.
 * Origin: our own.
 */
void ftrace_profile_reset(void);

/**
 * ftrace_profile_for_each - visit every function that was called
 * @fn: called with the registration lock held, the one with the most time first;
 *	nonzero stops the walk
 * @arg: handed to @fn
 *
 * While it is switched on this is what has been counted so far; each thread's
 * share of a function is of one moment.
 *
 * Context: any thread; takes the registration lock; not in a signal handler.
 * Return: what @fn returned last; -EINVAL without @fn; -ENOMEM; -EDEADLK.
 * Origin: our own.
 */
int ftrace_profile_for_each(int (*fn)(const struct ftrace_profile *f, void *arg),
			    void *arg);

/**
 * ftrace_profile_print - the same as text, in the kernel's layout
 * @line: called for each line, two of headings first, without a newline; with
 *	the registration lock held; nonzero stops
 * @arg: handed to @line
 *
 * Function, Hit, Time, Avg and s^2, in microseconds. A last line says how many
 * calls were not counted for want of memory, if any.
 *
 * Context: as ftrace_profile_for_each().
 * Return: what @line returned last; -EINVAL without @line; -ENOMEM; -EDEADLK.
 * Origin: the kernel's files trace_stat/function*.
 */
int ftrace_profile_print(int (*line)(const char *text, void *arg), void *arg);

/**
 * ftrace_profile_missed - calls that were not counted, for want of memory
 *
 * Context: any.
 * Return: how many, of all threads, since it was switched on or reset.
 * Origin: our own.
 */
unsigned long ftrace_profile_missed(void);

#ifdef __cplusplus
}
#endif
#endif
