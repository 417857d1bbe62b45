/* SPDX-License-Identifier: MIT */
/*
 * In front of the files that a simulated core (reader.c, turns.c) runs: it may stop
 * before each load of what others change, and in reader.c its own stores are not
 * visible at once.
 */
#ifndef FTRACE_UNIT_ONCE_H
#define FTRACE_UNIT_ONCE_H

#include <stdbool.h>

/* Where to load from, @at or an older copy; what it was. */
const void *once_load(const void *at);
void once_loaded(unsigned long value);
void once_store(const void *at);

/* If there is one, it is asked instead; by @store or load. */
extern void (*once_stop)(bool store);

#define once_load_as(x, order)                                            \
	({                                                                \
		const __typeof__(x) *at_ = once_load(&(x));               \
		__auto_type value_ = __atomic_load_n(at_, order);         \
									  \
		once_loaded((unsigned long)value_);                       \
		value_;                                                   \
	})
#define once_store_as(x, v, order)                                        \
	({                                                                \
		once_store(&(x));                                         \
		__atomic_store_n(&(x), (v), order);                       \
	})

#define READ_ONCE(x) once_load_as(x, __ATOMIC_RELAXED)
#define load_acquire(x) once_load_as(x, __ATOMIC_ACQUIRE)
#define WRITE_ONCE(x, v) once_store_as(x, v, __ATOMIC_RELAXED)
#define store_release(x, v) once_store_as(x, v, __ATOMIC_RELEASE)

#endif
