/* SPDX-License-Identifier: MIT */
/* Stopping the other threads by a signal, for hosts that allow it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <ftrace/host.h>

#include "maps.h"

/* More threads are not stopped. */
#define THREADS 1024
/*
 * A thread that has not come after so long has the signal blocked; it is not
 * waited for as long again, until it has taken the signal.
 */
#define PATIENCE_NS 5000000000LL
#define IMPATIENCE_NS 20000000LL
/* So often those that stand in the wrong place may go on a bit. */
#define TRIES 50

/*
 * What is between ASKED and STOPPED writes the spot. All carry the number of
 * the round: a handler that comes too late must not answer for the next one.
 */
enum state { ASKED, COMING, STOPPED, GONE };

/*
 * The registration lock is held by who stops the others. A thread that is
 * stopped may hold any other lock, so nothing here takes one; and what a late
 * thread's handler looks at lives for ever.
 */
static struct {
	int sig;
	int (*threads)(unsigned long *id, int room);
	unsigned long wanted;	/* which round, 0: go on */
	unsigned long rounds;
	unsigned long missing;	/* a thread that did not come */
	int nr;
	struct spot {
		unsigned long id;
		unsigned long sp;	/* the handler's; its signal's frame above */
		unsigned long top;	/* the thread's own data, above a stack */
		bool on_alternate;
		unsigned long state;	/* in_round() */
	} spot[THREADS];
} park;

static unsigned long in_round(unsigned long round, enum state state)
{
	return round << 2 | state;
}

static enum state state_of(const struct spot *s)
{
	return __atomic_load_n(&s->state, __ATOMIC_ACQUIRE) & 3;
}

static struct spot *spot_of(unsigned long id)
{
	int i, nr = __atomic_load_n(&park.nr, __ATOMIC_ACQUIRE);

	for (i = 0; i < nr; i++)
		if (park.spot[i].id == id)
			return &park.spot[i];
	return NULL;
}

static void on_signal(int sig)
{
	unsigned long round = __atomic_load_n(&park.wanted, __ATOMIC_ACQUIRE);
	unsigned long self = (unsigned long)syscall(SYS_gettid), late = self;
	struct spot *s = round ? spot_of(self) : NULL;
	unsigned long asked = in_round(round, ASKED);
	int keep = errno;
	stack_t st;

	(void)sig;
	__atomic_compare_exchange_n(&park.missing, &late, 0, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	/* Late, or somebody else's signal. */
	if (!s || !__atomic_compare_exchange_n(&s->state, &asked,
					       in_round(round, COMING), false,
					       __ATOMIC_ACQ_REL,
					       __ATOMIC_RELAXED))
		return;
	s->sp = (unsigned long)__builtin_frame_address(0);
	s->top = (unsigned long)pthread_self();
	s->on_alternate = !sigaltstack(NULL, &st) && (st.ss_flags & SS_ONSTACK);
	__atomic_store_n(&s->state, in_round(round, STOPPED), __ATOMIC_RELEASE);
	while (__atomic_load_n(&park.wanted, __ATOMIC_ACQUIRE) == round)
		sched_yield();
	errno = keep;
}

struct dirent64 {
	uint64_t ino, off;
	unsigned short len;
	unsigned char type;
	char name[];
};

/* All that the system knows; no library call, which might take a lock. */
static int list_threads(unsigned long *id, int room)
{
	int fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char buf[2048] __attribute__((aligned(8)));
	long n = fd < 0 ? -1 : 1, at;
	int nr = 0;

	while (n > 0 && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += ((struct dirent64 *)(buf + at))->len) {
			const char *s = ((struct dirent64 *)(buf + at))->name;
			unsigned long v = 0;

			for (; *s >= '0' && *s <= '9'; s++)
				v = v * 10 + (unsigned long)(*s - '0');
			if (v && nr < room)
				id[nr] = v;
			nr += v != 0;
		}
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : nr;
}

static bool alive(unsigned long id, int sig)
{
	return !syscall(SYS_tgkill, getpid(), id, sig) || errno != ESRCH;
}

/* Ask those that were not asked yet: how many, or -1 if they are too many. */
static int ask(const unsigned long *id, int nr, unsigned long self)
{
	int i, fresh = 0;

	for (i = 0; i < nr; i++) {
		struct spot *s = &park.spot[park.nr];

		if (id[i] == self || spot_of(id[i]))
			continue;
		if (park.nr == THREADS)
			return -1;
		s->id = id[i];
		__atomic_store_n(&s->state, in_round(park.rounds, ASKED),
				 __ATOMIC_RELEASE);
		__atomic_store_n(&park.nr, park.nr + 1, __ATOMIC_RELEASE);
		alive(id[i], park.sig);
		fresh++;
	}
	return fresh;
}

static bool all_stopped(void)
{
	bool all = true;
	int i;

	for (i = 0; i < park.nr; i++) {
		struct spot *s = &park.spot[i];

		if (state_of(s) > COMING)
			continue;
		if (state_of(s) == COMING || alive(s->id, 0))
			all = false;
		else
			__atomic_store_n(&s->state,
					 in_round(park.rounds, GONE),
					 __ATOMIC_RELEASE);
	}
	return all;
}

/* Let them go, but for nobody who still writes its spot. */
static void go_on(void)
{
	int i;

	__atomic_store_n(&park.wanted, 0, __ATOMIC_RELEASE);
	for (i = 0; i < park.nr; i++)
		while (state_of(&park.spot[i]) == COMING)
			sched_yield();
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long patience(void)
{
	unsigned long missing = __atomic_load_n(&park.missing,
						__ATOMIC_RELAXED);

	return missing && alive(missing, 0) ? IMPATIENCE_NS : PATIENCE_NS;
}

static void remember_missing(void)
{
	int i;

	for (i = 0; i < park.nr; i++)
		if (state_of(&park.spot[i]) == ASKED)
			__atomic_store_n(&park.missing, park.spot[i].id,
					 __ATOMIC_RELAXED);
}

/* Until a list has nobody new: those that stand still make no threads. */
static bool stop_all(void)
{
	static unsigned long id[THREADS];
	unsigned long self = (unsigned long)syscall(SYS_gettid);
	long long end = now() + patience();
	bool stopped = false;
	int nr, fresh;

	__atomic_store_n(&park.nr, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&park.wanted, ++park.rounds, __ATOMIC_RELEASE);
	do {
		nr = park.threads(id, THREADS);
		fresh = nr < 0 || nr > THREADS ? -1 : ask(id, nr, self);
		if (fresh < 0)
			return false;
		if (stopped && !fresh)
			return true;
		stopped = all_stopped();
		if (!stopped)
			sched_yield();
	} while (now() < end);
	remember_missing();
	return false;
}

/*
 * The frame of the signal that stopped it lies on its stack, and so do those of
 * handlers that it was in, with the instructions that they interrupted. From a
 * stack for signals one cannot see what that interrupted.
 */
__attribute__((no_sanitize("address"))) static bool stands_well(const struct spot *s,
			int (*between)(unsigned long addr, void *arg), void *arg)
{
	unsigned long at = s->sp & ~(sizeof(at) - 1), end;

	if (state_of(s) == GONE)
		return true;
	if (s->on_alternate)
		return false;
	end = ftrace_linux_mapping_end(at);
	/* What lies behind a thread's stack may be our own records of sites. */
	if (s->top > at && s->top < end)
		end = s->top;
	for (; at < end; at += sizeof(at))
		if (between(*(const volatile unsigned long *)at, arg))
			return false;
	return end;
}

static bool all_stand_well(int (*between)(unsigned long addr, void *arg),
			   void *arg)
{
	int i;

	for (i = 0; i < park.nr; i++)
		if (!stands_well(&park.spot[i], between, arg))
			return false;
	return true;
}

__attribute__((visibility("default"))) int
ftrace_linux_park(int (*between)(unsigned long addr, void *arg),
		  int (*fn)(void *arg), void *arg)
{
	int keep = errno, tries, err = -EAGAIN;
	bool stopped = park.sig;

	for (tries = 0; stopped && tries < TRIES; tries++) {
		stopped = stop_all();
		if (stopped && all_stand_well(between, arg)) {
			err = fn(arg);
			stopped = false;
		}
		go_on();
		sched_yield();
	}
	errno = keep;
	return err;
}

__attribute__((visibility("default"))) int
ftrace_linux_park_signal(int sig, int (*threads)(unsigned long *id, int room))
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };

	if (park.sig)
		return -EBUSY;
	/* No other handler on top: it would hide where this one stands. */
	sigfillset(&sa.sa_mask);
	if (sigaction(sig, &sa, NULL))
		return -EINVAL;
	park.threads = threads ? threads : list_threads;
	park.sig = sig;
	return 0;
}
