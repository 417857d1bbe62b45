/* SPDX-License-Identifier: MIT */
/* Functions for filters: names like the kernel's, aliases, clones, a twin. */
#include "conformance.h"

/* Static: the listing of the executable must find them in its own table. */
#define FOUND __attribute__((noipa, used, aligned(16)))
#define NAMED(name)                       \
	static long name(long x) FOUND;   \
	static long name(long x)
/* As compilers name a part or a copy of a function. */
#define CLONE(name, symbol)                              \
	static long name(long x) __asm__(symbol) FOUND;  \
	static long name(long x)

/* One body each, or one copy could do for all. */
#define BODY(n) { return x + n; }

NAMED(schedule) BODY(10)
NAMED(schedule_timeout) BODY(11)
NAMED(preempt_schedule) BODY(12)
NAMED(preempt_schedule_irq) BODY(13)
NAMED(sched_reschedule) BODY(14)
NAMED(sch_dule) BODY(15)
NAMED(schXdule) BODY(16)
NAMED(scheXdule) BODY(17)
NAMED(raw_spin_lock) BODY(18)
NAMED(raw_spin_unlock) BODY(19)
NAMED(pinlock) BODY(20)
NAMED(spin_locked) BODY(21)
NAMED(mutex_lock) BODY(22)
NAMED(mutex_unlock) BODY(23)
NAMED(mutex_is_unlocked) BODY(24)
NAMED(rt_mutex_unlock) BODY(25)
NAMED(sys_read) BODY(26)
NAMED(SyS_read) BODY(27)
NAMED(Sys_write) BODY(28)
NAMED(sYs_none) BODY(29)
NAMED(do_sys_open) BODY(30)
NAMED(twin) BODY(31)
NAMED(part_whole) BODY(32)
CLONE(part_whole_cold, "part_whole.cold") BODY(33)
CLONE(part_whole_part, "part_whole.part.0") BODY(34)
CLONE(part_whole_const, "part_whole.constprop.0") BODY(35)
NAMED(one_body) BODY(36)
static traced_fn other_name __attribute__((alias("one_body"), used));
static traced_fn third_name __attribute__((alias("one_body"), used));

#define ROW(name) { #name, name }

const struct traced_name traced_names[] = {
	ROW(schedule),
	ROW(schedule_timeout),
	ROW(preempt_schedule),
	ROW(preempt_schedule_irq),
	ROW(sched_reschedule),
	ROW(sch_dule),
	ROW(schXdule),
	ROW(scheXdule),
	ROW(raw_spin_lock),
	ROW(raw_spin_unlock),
	ROW(pinlock),
	ROW(spin_locked),
	ROW(mutex_lock),
	ROW(mutex_unlock),
	ROW(mutex_is_unlocked),
	ROW(rt_mutex_unlock),
	ROW(sys_read),
	ROW(SyS_read),
	ROW(Sys_write),
	ROW(sYs_none),
	ROW(do_sys_open),
	ROW(twin),
	ROW(part_whole),
	{ "part_whole.cold", part_whole_cold },
	{ "part_whole.part.0", part_whole_part },
	{ "part_whole.constprop.0", part_whole_const },
	ROW(one_body),
	{ NULL, NULL },
};
