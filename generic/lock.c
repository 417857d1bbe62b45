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

/*
 * A child has one thread, and its locks must not be held by those that it
 * lost: fork() waits until no other thread is changing anything.
 */
static int fork_held;	/* the forking thread's, under the lock */

static void fork_prepare(void)
{
	int err = pthread_mutex_lock(&lock);

	fork_held = err == EDEADLK;
}

static void fork_parent(void)
{
	if (!fork_held)
		pthread_mutex_unlock(&lock);
}

static void fork_child(void)
{
	const pthread_mutex_t fresh = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
	const pthread_mutex_t fresh_sync = PTHREAD_MUTEX_INITIALIZER;

	/* The owner's number is the parent's: it cannot be unlocked here. */
	memcpy(&lock, &fresh, sizeof(lock));
	memcpy(&sync_lock, &fresh_sync, sizeof(sync_lock));
	ftrace_thread_forked();
	if (fork_held)
		pthread_mutex_lock(&lock);
}

static void fork_hook(void)
{
	/* Without memory for it a fork is as safe as it was. */
	if (pthread_atfork(fork_prepare, fork_parent, fork_child))
		return;
}

int ftrace_lock(const char *call)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	ftrace_host_get();
	pthread_once(&once, fork_hook);
	if (pthread_mutex_lock(&lock) == EDEADLK)
		return ftrace_fail(call, "called while this thread is inside "
				   "another call of the library", -EDEADLK);
	return 0;
}

void ftrace_unlock(void)
{
	pthread_mutex_unlock(&lock);
}
