/* SPDX-License-Identifier: MIT */
/* The registration lock: one at a time changes who is called where. */
#include <pthread.h>

#include "internal.h"

/*
 * It knows its owner, so that a callback that runs inside a locked section of
 * its own thread (a traced allocator, a signal) is refused and not hung.
 */
static pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

/* Held by who waits in ftrace_synchronize(), never in a callback. */
static pthread_mutex_t sync_lock = PTHREAD_MUTEX_INITIALIZER;

void ftrace_sync_lock(void)
{
	pthread_mutex_lock(&sync_lock);
}

void ftrace_sync_unlock(void)
{
	pthread_mutex_unlock(&sync_lock);
}

int ftrace_lock(const char *call)
{
	ftrace_host_get();
	if (pthread_mutex_lock(&lock) == EDEADLK)
		return ftrace_fail(call, "called while this thread is inside "
				   "another call of the library", -EDEADLK);
	return 0;
}

void ftrace_unlock(void)
{
	pthread_mutex_unlock(&lock);
}
