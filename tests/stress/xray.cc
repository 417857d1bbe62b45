/* SPDX-License-Identifier: MIT */
/* clang's XRay in the same scenario: what it promises, and what else is seen. */
#include <cstdint>
#include <cstdlib>
#include <pthread.h>
#include <sched.h>
#include <xray/xray_interface.h>

#include "stress.h"

/*
 * A sled is switched on and off by its number; there is one handler for all.
 * Where a client of ours leaves, the handler is replaced by another. XRay waits
 * for nobody then; callbacks of the old one that come or run later are counted.
 * It has neither redirection nor direct calls.
 *
 * Two threads must not change single sleds at once: one takes the text's
 * protection away from the other, which crashes. So they take turns here, which
 * ours need not, or with XRAY_TOGETHER in the environment do not.
 */

#define BUSY_TRIES 1000

static int32_t always, toggled[NR_TOGGLED];
static unsigned long taken[2];	/* the handler was replaced, and that is over */

static void hit(int which, int32_t id, XRayEntryType type)
{
	if (type != XRayEntryType::ENTRY)
		return;
	if (__atomic_load_n(&taken[which], __ATOMIC_RELAXED))
		stress_add(&stress->late);
	stress_add(id == always ? &stress->always_hits : &stress->toggle_hits);
}

static void hit_one(int32_t id, XRayEntryType type)
{
	hit(0, id, type);
}

static void hit_other(int32_t id, XRayEntryType type)
{
	hit(1, id, type);
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static bool together;

/* While another thread patches all XRay may refuse. */
static void insist(XRayPatchingStatus (*change)(int32_t), int32_t id)
{
	int i = 0;

	if (!together)
		pthread_mutex_lock(&turn);
	while (change(id) == XRayPatchingStatus::ONGOING && i++ < BUSY_TRIES)
		sched_yield();
	if (!together)
		pthread_mutex_unlock(&turn);
	stress_check(i > BUSY_TRIES, "a sled cannot be changed");
}

static XRayPatchingStatus all_on(int32_t)
{
	return __xray_patch();
}

static void *toggler(void *arg)
{
	for (unsigned int round = 0; !stress_stopping(); round++) {
		int32_t id = toggled[round % NR_TOGGLED];

		insist(__xray_patch_function, id);
		insist(__xray_unpatch_function, id);
		stress_add(&stress->toggles);
		stress_others(round);
	}
	return arg;
}

static void *replacer(void *arg)
{
	unsigned int round;

	for (round = 0; !stress_stopping(); round++) {
		__atomic_store_n(&taken[!(round & 1)], 0, __ATOMIC_SEQ_CST);
		__xray_set_handler(round & 1 ? hit_one : hit_other);
		__atomic_store_n(&taken[round & 1], 1, __ATOMIC_SEQ_CST);
		stress_add(&stress->redirects);
		stress_others(round);
	}
	return arg;
}

/* Everything on: what is on already must not miss a call. */
static void *modifier(void *arg)
{
	for (unsigned int round = 0; !stress_stopping(); round++) {
		insist(all_on, 0);
		stress_add(&stress->modifies);
		stress_others(round);
	}
	return arg;
}

static int32_t id_of(long (*fn)(long))
{
	for (size_t i = 1; i <= __xray_max_function_id(); i++)
		if (__xray_function_address((int32_t)i) == (uintptr_t)fn)
			return (int32_t)i;
	stress_check(1, "XRay does not know a function");
	return 0;
}

static void begin(void)
{
	together = getenv("XRAY_TOGETHER");
	always = id_of(traced_always);
	for (int i = 0; i < NR_TOGGLED; i++)
		toggled[i] = id_of(traced_toggled[i]);
	__xray_set_handler(hit_one);
	insist(__xray_patch_function, always);
}

/* Whoever had the turn is not here. */
static int child(void)
{
	together = true;
	insist(__xray_patch_function, toggled[0]);
	stress_calls(1);
	stress_check(stress->toggle_hits < 1, "a call is missed in a child");
	return 0;
}

static void end(unsigned long rounds)
{
	stress_check((long)(stress->always_hits - rounds),
		     "not every call was told of");
	__xray_unpatch();
	rounds = stress->always_hits + stress->toggle_hits;
	stress_calls(1);
	stress_check((long)(stress->always_hits + stress->toggle_hits - rounds),
		     "callbacks came later");
}

static void *(*const changers[])(void *) = {
	toggler, toggler, replacer, modifier,
};

extern const struct stress_tool stress_tool;
const struct stress_tool stress_tool = {
	true, changers, sizeof(changers) / sizeof(changers[0]), begin, child, end,
};
