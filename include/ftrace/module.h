/* SPDX-License-Identifier: MIT */
/* Loaded objects and generated code: how sites come and go. */
#ifndef FTRACE_MODULE_H
#define FTRACE_MODULE_H

#include <ftrace/ftrace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the code of a module was built. */
#define FTRACE_MODULE_FRESH	(1UL << 0) /* no other thread runs it yet */

/**
 * struct ftrace_module - a region of code with sites
 * @name: path or name, for listings and filters; must outlive the module
 * @text: first byte of the code
 * @text_end: the byte behind the last
 * @sites: addresses as the compiler recorded them (patchable function entries
 *	or mcount locations), in any order; not kept
 * @nr_sites: how many
 * @flags: FTRACE_MODULE_*
 * @data: the library's
 *
 * Zero-initialise it. It must live until ftrace_release_mod().
 */
struct ftrace_module {
	const char *name;
	unsigned long text, text_end;
	const unsigned long *sites;
	unsigned long nr_sites;
	unsigned long flags;
	void *data;
	unsigned long reserved[8];
};

/**
 * ftrace_module_init - make records for a module's sites
 * @mod: the module
 *
 * Compiler-made calls and nops become the target's own nop. The records are
 * DISABLED until ftrace_module_enable(). An address that is zero, outside the
 * text or not at a compiler's site is skipped and counted.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -EINVAL for NULL or an empty or overlapping range; -EBUSY done
 *	already; -EFAULT the text cannot be read; -EPERM it cannot be written;
 *	-ENOMEM; -ENODEV after ftrace_kill(); -EDEADLK.
 */
int ftrace_module_init(struct ftrace_module *mod);

/**
 * ftrace_module_enable - let registered clients at a module's functions
 *
 * All or none: on failure its records stay DISABLED.
 *
 * Return: 0; -EINVAL not a module; -EBUSY it is enabled, or two IPMODIFY
 *	clients meet on a function; -ENODEV after ftrace_kill(); -EDEADLK; and
 *	what patching returns.
 */
int ftrace_module_enable(struct ftrace_module *mod);

/**
 * ftrace_release_mod - forget a module
 *
 * Its records, thunks and filter entries go; its text is not touched. No
 * thread may run its code any more.
 *
 * Return: 0; -EINVAL not a module; -EDEADLK.
 */
int ftrace_release_mod(struct ftrace_module *mod);

/**
 * ftrace_rescan - look for loaded objects that do not announce themselves
 *
 * An object with ftrace_object.o in it is known from its constructor to its
 * destructor. One without is found by the section headers of its file
 * (__patchable_function_entries, __mcount_loc) if that has the build-id which
 * the object has in memory; why a file is not used is said through the log.
 * Such objects are looked for at the first call that registers, filters or
 * lists, and then only here: call it after a dlopen() of one. Call it before
 * there are threads too, if its sites are several instructions (gcc's on
 * x86_64, all on arm64), which cannot be made ready while others may run them.
 * Those that were unmapped since are forgotten, as ftrace_release_mod() does;
 * other calls also notice that before they write.
 *
 * Context: as register_ftrace_function(). Not while another thread is inside
 *	dlopen() of such an object, whose lists may not be relocated yet.
 * Return: 0, also when a file was not used; -ENOMEM; -ENODEV after
 *	ftrace_kill(); -EDEADLK; and the first error that
 *	ftrace_module_init() or ftrace_module_enable() returned. The other
 *	objects were taken in nevertheless, and the next call tries again.
 */
int ftrace_rescan(void);

/* The note that ftrace_object.o puts into an object: it speaks for itself. */
#define FTRACE_NOTE_OWNER	"libftrace"
#define FTRACE_NOTE_TYPE	1

/**
 * struct ftrace_object - what ftrace_object.o says of the object it is in
 *
 * Made and handed over by that file's constructor; nobody else's business.
 */
struct ftrace_object {
	unsigned long size;
	const unsigned long *pfe, *pfe_end;
	const unsigned long *mcount, *mcount_end;
	unsigned long flags;
	struct ftrace_module mod;
};

/**
 * ftrace_object_add - called by the constructor of ftrace_object.o
 * @obj: the object's own
 *
 * Return: 0; -EINVAL for NULL, another version's, or one that no loaded object
 *	holds; -EBUSY it is here already; and what ftrace_module_init() and
 *	ftrace_module_enable() return. Also said through the log.
 */
int ftrace_object_add(struct ftrace_object *obj);
/**
 * ftrace_object_del - called by its destructor; nothing to do in exit()
 * @obj: the object's own
 *
 * Return: 0; -EINVAL for NULL or one that is not here; -EDEADLK.
 */
int ftrace_object_del(struct ftrace_object *obj);

#ifdef __cplusplus
}
#endif
#endif
