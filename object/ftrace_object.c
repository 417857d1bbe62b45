/* SPDX-License-Identifier: MIT */
/* Linked into every traced executable and shared object: tells of its sites. */
#include <ftrace/module.h>

/*
 * The linker makes the bounds where the object has such a section. Hidden, so
 * that each object sees its own; weak references, so that an object with one
 * kind of section, or none, links.
 */
#define BOUND(name)                            \
	extern const unsigned long name[]      \
		__attribute__((weak, visibility("hidden")))

BOUND(__start___patchable_function_entries);
BOUND(__stop___patchable_function_entries);
BOUND(__start___mcount_loc);
BOUND(__stop___mcount_loc);

/* Of the object's own mcount, if that is linked. */
extern unsigned long ftrace_mcount_slot[2]
	__attribute__((weak, visibility("hidden")));

static struct ftrace_object object;

/* So that nobody looks for its sites before or beside its constructor. */
static const struct {
	unsigned int owner_size, size, type;
	char owner[(sizeof(FTRACE_NOTE_OWNER) + 3) & ~3UL];
} note __attribute__((section(".note.libftrace"), used, aligned(4))) = {
	sizeof(FTRACE_NOTE_OWNER), 0, FTRACE_NOTE_TYPE, FTRACE_NOTE_OWNER,
};

/* Before the object's other constructors: those are traced already. */
__attribute__((constructor(101))) static void add(void)
{
	object.size = sizeof(object);
	object.pfe = __start___patchable_function_entries;
	object.pfe_end = __stop___patchable_function_entries;
	object.mcount = __start___mcount_loc;
	object.mcount_end = __stop___mcount_loc;
	object.mcount_slot = ftrace_mcount_slot;
	ftrace_object_add(&object);
}

__attribute__((destructor(101))) static void del(void)
{
	ftrace_object_del(&object);
}
