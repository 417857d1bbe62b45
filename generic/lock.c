/* SPDX-License-Identifier: MIT */
/* The registration lock: one at a time changes who is called where. */
#include <pthread.h>

#include "internal.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Held by who tells clients that they are released, never in a callback. */
static pthread_mutex_t sync_lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The locks that this thread holds or is about to take, so that a callback
 * that runs inside a locked section of its own thread (a traced allocator, a
 * signal) is refused and not hung. No mutex could say it: it learns of its
 * owner some instructions after it was taken.
 */
#define IN_LOCK 1u
#define IN_SYNC 2u
#define HAS_LOCK 4u

static __thread unsigned int inside __attribute__((tls_model("initial-exec")));

static void inside_set(unsigned int now)
{
	WRITE_ONCE(inside, now);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void inside_clear(unsigned int which)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(inside, inside & ~which);
}

static int refuse(const char *call)
{
	return ftrace_fail(call, "called while this thread is inside another "
			   "call of the library", -EDEADLK);
}

/* Refused under the registration lock too: the owner may be waiting for it. */
int ftrace_sync_lock(const char *call)
{
	if (inside)
		return refuse(call);
	inside_set(IN_SYNC);
	pthread_mutex_lock(&sync_lock);
	return 0;
}

/* False if there is somebody who does what the caller was about to do. */
bool ftrace_sync_trylock(void)
{
	if (inside)
		return false;
	inside_set(IN_SYNC);
	if (!pthread_mutex_trylock(&sync_lock))
		return true;
	inside_clear(IN_SYNC);
	return false;
}

void ftrace_sync_unlock(void)
{
	pthread_mutex_unlock(&sync_lock);
	inside_clear(IN_SYNC);
}

/*
 * A child has one thread, and its locks must not be held by those that it
 * lost: fork() waits until no other thread is changing anything.
 */
static int fork_held;	/* the forking thread's, under the lock */

static void fork_prepare(void)
{
	int held = inside & HAS_LOCK;

	if (!held)
		pthread_mutex_lock(&lock);
	fork_held = held;
}

static void fork_parent(void)
{
	if (!fork_held)
		pthread_mutex_unlock(&lock);
}

static void fork_child(void)
{
	const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
	const pthread_mutex_t fresh_sync = PTHREAD_MUTEX_INITIALIZER;

	/* They may say that threads wait, who are not here. */
	memcpy(&lock, &fresh, sizeof(lock));
	memcpy(&sync_lock, &fresh_sync, sizeof(sync_lock));
	ftrace_thread_forked();
	if (fork_held)
		pthread_mutex_lock(&lock);
	if (inside & IN_SYNC)
		pthread_mutex_lock(&sync_lock);
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
	if (inside & IN_LOCK)
		return refuse(call);
	inside_set(inside | IN_LOCK);
	pthread_once(&once, fork_hook);
	pthread_mutex_lock(&lock);
	inside_set(inside | HAS_LOCK);
	return 0;
}

void ftrace_unlock(void)
{
	inside_clear(HAS_LOCK);
	pthread_mutex_unlock(&lock);
	inside_clear(IN_LOCK);
}

/* Is it this thread's? */
bool ftrace_lock_mine(void)
{
	return inside & IN_LOCK;
}
