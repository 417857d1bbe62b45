/* SPDX-License-Identifier: MIT */
/* What the library needs from below, for a runtime that brings its own. */
#ifndef FTRACE_HOST_H
#define FTRACE_HOST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ftrace_window - a range of text that is open for writing
 * @start: first byte, page aligned
 * @end: the byte behind the last, page aligned
 * @prot: PROT_* that the range has, and gets back at close
 * @alias: set by text_open: what to add to an address of the range to get
 *	the address to store at; 0 when the text itself is writable
 * @cookie: the host's
 */
struct ftrace_window {
	unsigned long start, end;
	int prot;
	long alias;
	void *cookie;
};

/**
 * struct ftrace_poke - one store into text that stays read-only
 * @addr: where, aligned to @len
 * @len: 4 or 8
 * @bytes: what
 */
struct ftrace_poke {
	unsigned long addr;
	unsigned int len;
	unsigned char bytes[8];
};

/**
 * struct ftrace_host_object - a loaded object, as list_objects() shows it
 * @path: its name, for people and for filters
 * @file: what to open for its symbols; may be the same
 * @base: what its file's addresses are relative to
 * @phdr: ElfW(Phdr) array, as loaded
 * @nr_phdr: its entries
 */
struct ftrace_host_object {
	const char *path, *file;
	unsigned long base;
	const void *phdr;
	unsigned long nr_phdr;
};

/**
 * struct ftrace_host_ops - the host
 *
 * Every call returns 0 or a negative errno unless said otherwise. The library
 * makes no system call but through these. Members are never NULL, but for the
 * last group.
 *
 * @page_size: bytes in a page
 * @text_check: 0 if [start, end) can be read, -EFAULT if not; never faults
 * @text_prot: the PROT_* that an address is mapped with, -EFAULT if it is not
 * @text_open: open windows for stores by this thread; all or none
 * @text_close: give each window the protection it had
 * @flush_icache: make stores to [start, end) visible to instruction fetch
 * @sync_core: return when every thread has passed a core-serialising point
 * @barrier: return when every thread has passed a full memory barrier
 * @pin_objects: run fn(arg) while no object can be unmapped; what it returns
 * @block_signals: block all signals of this thread, for a window
 * @restore_signals: as they were before
 * @alloc: zeroed memory of any size; NULL if there is none
 * @free: give it back; NULL is ignored
 * @alloc_pages: zeroed whole pages, also in a signal handler; NULL if none
 * @free_pages: give pages back, those of alloc_near too
 * @alloc_near: put in *@p @size zeroed bytes, read and write, in whole pages,
 *	with every byte between @lo and @hi, as near to @near as can be; 0,
 *	-ERANGE if there is no gap, -ENOMEM if the gap cannot be had
 * @protect: give pages from alloc_near the protection PROT_*, as a module's
 *	text: read and execute
 * @list_objects: call fn for each loaded object, the executable first, until
 *	it returns nonzero; what it returned
 * @map_file: map a whole file for reading; NULL if it cannot
 * @unmap_file: give it back
 * @errno_location: where this thread's errno lives
 * @thread_id: a number that is this thread's while it lives; never 0. In a
 *	child of vfork() that of the thread whose memory it runs in
 * @thread_alive: nonzero if a thread with that number lives, or if that
 *	cannot be told, as in a child of vfork()
 * @same_stack: nonzero if two addresses on stacks of this thread lie on the
 *	same one, its own or the one for signals; also in a signal handler
 * @alone: nonzero if the process has one thread
 * @relax: let others run; used in waits
 * @clock: nanoseconds since some moment, for measuring and for waits: never
 *	set back
 * @log: one line for the person who runs the process; no newline at its end.
 *	May be called with the library's lock held
 * @text_poke: make @n stores, each so that other threads see all of it or
 *	nothing, without making text writable; may be NULL, and is used only
 *	after a trial. What was stored when it fails is put back
 * @register_frames: tell the unwinder of an .eh_frame; may be NULL
 * @deregister_frames: take it back; may be NULL
 * @try_code: call @code, a function that executes an instruction which this
 *	CPU may lack; 0, or any error if it faulted. NULL, as the Linux host
 *	has it: no leave to catch faults, so the library takes instructions
 *	that every CPU of its kind has. Asked for on i386 only, at start-up
 * @park: stop every other thread, each where @between says no to all words of
 *	its stack, the instruction that it stands at among them; call @fn; let
 *	them go. What @fn returned, or -EAGAIN if one cannot be stopped so: then
 *	@fn was not called. NULL, as the Linux host has it: no leave to. Asked
 *	for when code appears that other threads may run and that has sites of
 *	several instructions. Signals of the caller are blocked, and @fn takes
 *	no lock but the library's
 * @own_stack: the stack that the calling thread was started on, in signal
 *	handlers too: 0, or any error if that cannot be told for sure. *@low may
 *	be what it has grown to so far. NULL: nobody knows, and calls that were
 *	left (see ftrace_graph_stack()) are known by their place alone
 */
struct ftrace_host_ops {
	unsigned long size;	/* sizeof(struct ftrace_host_ops) */

	unsigned long (*page_size)(void);
	int (*text_check)(unsigned long start, unsigned long end);
	int (*text_prot)(unsigned long addr);
	int (*text_open)(struct ftrace_window *w, unsigned int n);
	int (*text_close)(struct ftrace_window *w, unsigned int n);
	void (*flush_icache)(unsigned long start, unsigned long end);
	int (*sync_core)(void);
	int (*barrier)(void);
	int (*pin_objects)(int (*fn)(void *arg), void *arg);
	void (*block_signals)(unsigned long save[16]);
	void (*restore_signals)(const unsigned long save[16]);

	void *(*alloc)(size_t size);
	void (*free)(void *p);
	void *(*alloc_pages)(size_t size);
	void (*free_pages)(void *p, size_t size);
	int (*alloc_near)(unsigned long near, unsigned long lo,
			  unsigned long hi, size_t size, void **p);
	int (*protect)(void *p, size_t size, int prot);

	int (*list_objects)(int (*fn)(const struct ftrace_host_object *obj,
				      void *arg),
			    void *arg);
	const void *(*map_file)(const char *path, size_t *size);
	void (*unmap_file)(const void *p, size_t size);

	int *(*errno_location)(void);
	unsigned long (*thread_id)(void);
	int (*thread_alive)(unsigned long id);
	int (*same_stack)(unsigned long a, unsigned long b);
	int (*alone)(void);
	void (*relax)(void);
	unsigned long long (*clock)(void);
	void (*log)(const char *line);

	int (*text_poke)(const struct ftrace_poke *p, unsigned int n);
	void (*register_frames)(void *eh_frame);
	void (*deregister_frames)(void *eh_frame);
	int (*try_code)(void (*code)(void));
	int (*park)(int (*between)(unsigned long addr, void *arg),
		    int (*fn)(void *arg), void *arg);
	int (*own_stack)(unsigned long *low, unsigned long *high);
};

/**
 * ftrace_set_host - replace the host before the library's first use
 * @ops: lives for ever; a NULL member that must not be NULL is refused
 *
 * Context: any thread; before the library's first use, which in a program with
 *	sites is a constructor.
 * Return: 0, also for the one that is in force; -EINVAL for NULL, a wrong size or
 *	a missing member; -EBUSY the library is in use. No line is logged, as
 *	that would be a use.
 * Origin: our own.
 */
int ftrace_set_host(const struct ftrace_host_ops *ops);

/**
 * ftrace_linux_host - the host that is used when none is set; to build on
 *
 * Context: any.
 * Return: the host; it lives for ever.
 * Origin: our own.
 */
const struct ftrace_host_ops *ftrace_linux_host(void);

/**
 * ftrace_linux_try_code - a try_code for hosts that allow it
 * @code: a function whose first sixteen bytes may fault with SIGILL
 *
 * Handles SIGILL while it runs. It claims only such a fault, of the calling
 * thread; any other SIGILL goes to the handler that was there.
 *
 * Context: any thread, as long as nobody changes the action for SIGILL
 *	meanwhile; not in a signal handler.
 * Return: 0; -ENOSYS it faulted; -EBUSY another thread is trying.
 * Origin: our own.
 */
int ftrace_linux_try_code(void (*code)(void));

/**
 * ftrace_linux_park_signal - choose the signal that ftrace_linux_park() takes
 * @sig: nobody else's; the library handles it from now on
 * @threads: lists the process's threads, @room at most, and returns how many
 *	there are; it may take no lock. NULL asks the system; an emulator's own
 *	threads would be among those, and cannot be stopped
 *
 * A thread that is stopped may see a system call end with EINTR that is not
 * restarted behind a handler, such as poll().
 *
 * Context: any thread; before the library's first use.
 * Return: 0; -EINVAL no signal that can be handled; -EBUSY one was chosen.
 * Origin: our own.
 */
int ftrace_linux_park_signal(int sig,
			     int (*threads)(unsigned long *id, int room));

/**
 * ftrace_linux_park - a park for hosts that allow it
 * @between: asked for each word of a stopped thread's stack
 * @fn: called while all others stand still
 * @arg: handed to both
 *
 * Context: as the library calls it: one at a time, all signals blocked.
 * Return: what @fn returned; -EAGAIN no signal was chosen, there are more than
 *	1,024 threads, one did not come within five seconds (the signal is
 *	blocked; it is not waited for again), or stood between, or on a stack
 *	for signals, again and again.
 * Origin: our own.
 */
int ftrace_linux_park(int (*between)(unsigned long addr, void *arg),
		      int (*fn)(void *arg), void *arg);

/**
 * ftrace_set_log - where the library's lines go
 * @log: one line, without a newline; NULL for the host's own (standard error)
 *
 * Context: any thread, at any time.
 * Origin: our own.
 */
void ftrace_set_log(void (*log)(const char *line));

#ifdef __cplusplus
}
#endif
#endif
