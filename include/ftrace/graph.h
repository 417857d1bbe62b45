/* SPDX-License-Identifier: MIT */
/* Return tracing: who is told when a function is entered, and when it returns. */
#ifndef FTRACE_GRAPH_H
#define FTRACE_GRAPH_H

#include <ftrace/ftrace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Registered at the same time. */
#define FTRACE_GRAPH_MAX	16
/* Calls of a thread that can be waited for at the same time. */
#define FTRACE_GRAPH_CALLS	512
/* The most that one client can keep with a call, in bytes. */
#define FTRACE_GRAPH_DATA	(32 * sizeof(long))

struct fgraph_ops;

/**
 * struct ftrace_graph_ent - a function is entered
 * @func: the site, as callbacks of struct ftrace_ops have it
 * @retaddr: where it returns to
 * @depth: calls of this thread that are waited for already
 */
struct ftrace_graph_ent {
	unsigned long func;
	unsigned long retaddr;
	int depth;
};

/**
 * struct ftrace_graph_ret - a function returns
 * @func: as it was at its entry
 * @retaddr: where it returns to
 * @depth: as it was at its entry
 * @overrun: calls of this thread so far whose return could not be waited for
 */
struct ftrace_graph_ret {
	unsigned long func;
	unsigned long retaddr;
	int depth;
	unsigned long overrun;
};

/*
 * Return 0 and this client is not told of the call's return. @trace: to be read.
 * @fregs: the arguments; what is changed there reaches the function.
 */
typedef int (*trace_func_graph_ent_t)(struct ftrace_graph_ent *trace,
				      struct fgraph_ops *gops,
				      struct ftrace_regs *fregs);
/*
 * @fregs: the return value, by ftrace_regs_get_return_value(), and what is
 * changed by ftrace_regs_set_return_value() is what the caller gets; no
 * arguments. ftrace_get_regs() is NULL.
 */
typedef void (*trace_func_graph_ret_t)(struct ftrace_graph_ret *trace,
				       struct fgraph_ops *gops,
				       struct ftrace_regs *fregs);

/**
 * struct fgraph_ops - one client, zeroed but for what it sets
 * @entryfunc: called when a function is entered; NULL: all returns are wanted
 * @retfunc: called when it returns to its caller; NULL: nobody is
 * @ops: for filters: ftrace_set_filter(&gops->ops, ..) and the like, and for
 *	flags: PID, PERMANENT, RECURSION_SAFE, SAVE_REGS. Its func is the library's
 * @priv: the client's
 * @idx: for fgraph_reserve_data() and fgraph_retrieve_data(); the library's
 * @reserved: the library's
 *
 * Both handlers run on the thread that calls the function, with errno kept, and
 * may call what a callback of struct ftrace_ops may. A handler that calls a
 * function that its own client traces is not told of that call, unless
 * RECURSION_SAFE is set. Which they are is read when the client registers.
 */
struct fgraph_ops {
	trace_func_graph_ent_t entryfunc;
	trace_func_graph_ret_t retfunc;
	struct ftrace_ops ops;
	void *priv;
	int idx;
	unsigned long reserved[4];
};

/**
 * register_ftrace_graph - be told of entries and returns
 * @gops: the client; its memory is the library's until it is unregistered
 *
 * Functions are those that the filters of @gops->ops match. For each function
 * entered @entryfunc is called, in the order of registration with all other
 * clients, the newest first; for each return that was wanted, @retfunc, in the
 * order of @idx. A function that goes away without a return (an exception,
 * longjmp, the thread's end) has none. The caller of a traced function, its
 * stack, its registers and what an unwinder sees of it are as they were.
 *
 * What a function returns survives the handlers: integers, floating-point,
 * vector and complex numbers, and structs, in registers or in memory.
 *
 * Of a thread FTRACE_GRAPH_CALLS calls are waited for at a time; a call beyond
 * them is made as if nobody were registered, and counted (@overrun). One that
 * was left by longjmp or an exception counts until a call with the same stack
 * pointer is made, or room is wanted by a call further up the same stack: see
 * ftrace_graph_stack().
 *
 * Not to be traced this way: functions that return twice (setjmp(), vfork()), and
 * those that use their own return address; give them to ftrace_set_notrace().
 *
 * Context: any thread; not in a signal handler.
 * Return: 0; -EINVAL @gops is NULL, has no handler, or has a flag that is
 *	unknown or IPMODIFY; -EBUSY it is registered; -ENOSPC FTRACE_GRAPH_MAX
 *	others are; -EOPNOTSUPP the target has no FTRACE_FEATURE_GRAPH, or a
 *	function matches that is in a conservative module; and what
 *	register_ftrace_function() returns. After a failure nothing has changed.
 * Origin: the kernel's call of this name.
 */
int register_ftrace_graph(struct fgraph_ops *gops);

/**
 * unregister_ftrace_graph - leave
 * @gops: the client
 *
 * When it returned 0 no handler of @gops runs, and none will; its memory may
 * go. Calls that have not returned yet are not waited for: their returns happen
 * without it. unregister_ftrace_function_timeout() and ..._async() of @gops->ops
 * do the same in their ways.
 *
 * Context: as unregister_ftrace_function().
 * Return: as unregister_ftrace_function(): -EINPROGRESS in a handler,
 *	-EBUSY it is not registered, -EINVAL NULL.
 * Origin: the kernel's call of the same name.
 */
int unregister_ftrace_graph(struct fgraph_ops *gops);

/**
 * fgraph_reserve_data - room for the client's own, from entry to return
 * @idx: @gops->idx
 * @size: in bytes, 1 to FTRACE_GRAPH_DATA
 *
 * Aligned for a long; what is in it is random. Once for each call and client.
 * All clients of a call share twice FTRACE_GRAPH_DATA.
 *
 * Context: the client's entry handler.
 * Return: the room; NULL if there is none left, or it was reserved before, or
 *	for a wrong @size or @idx, or out of an entry handler.
 * Origin: the kernel's call of the same name.
 */
void *fgraph_reserve_data(int idx, int size);

/**
 * fgraph_retrieve_data - the room that the entry handler has reserved
 * @idx: @gops->idx
 * @size: how many bytes were asked for; may be NULL
 *
 * Context: the client's handlers.
 * Return: the room; NULL if none was reserved.
 * Origin: the kernel's call of the same name.
 */
void *fgraph_retrieve_data(int idx, int *size);

/**
 * ftrace_graph_set_max_depth - trace only so deep
 * @depth: functions entered with so many calls waited for are not traced; 0, as
 *	it is at first: no limit
 *
 * Context: any. Holds for all clients.
 * Origin: the kernel's file max_graph_depth.
 */
void ftrace_graph_set_max_depth(unsigned int depth);

/**
 * ftrace_set_graph_function - only what is below some functions
 * @gops: the client, registered or not
 * @buf: a line as ftrace_set_filter() takes it: a pattern, a number, with an
 *	object, or with a leading '!' one to remove
 * @len: of @buf
 * @reset: begin with an empty list; then @buf may be empty
 *
 * This client is told of those functions, and of all that they call until they
 * return, as far as both are among its filters. An empty list, as it is at first,
 * stands for all functions. When such a function is left by longjmp or an
 * exception, that is known by the next traced function that the thread calls from
 * as far up the same stack; a call that is made deeper before still counts as
 * below it. ftrace_free_filter() of @gops->ops frees the lists.
 *
 * Context: as ftrace_set_filter().
 * Return: as ftrace_set_filter(); -EINVAL also without @gops. After a failure
 *	nothing has changed.
 * Origin: the kernel's file set_graph_function.
 */
int ftrace_set_graph_function(struct fgraph_ops *gops, const char *buf, int len,
			      int reset);

/**
 * ftrace_set_graph_notrace - nothing that is below some functions
 * @gops: the client, registered or not
 * @buf: as for ftrace_set_graph_function()
 * @len: of @buf
 * @reset: begin with an empty list
 *
 * This client is not told of those functions, nor of what they call until they
 * return, ftrace_set_graph_function() or not.
 *
 * Context: as ftrace_set_filter().
 * Return: as ftrace_set_graph_function().
 * Origin: the kernel's file set_graph_notrace.
 */
int ftrace_set_graph_notrace(struct fgraph_ops *gops, const char *buf, int len,
			     int reset);

/* Declared at the same time. */
#define FTRACE_GRAPH_STACKS 64

/**
 * ftrace_graph_stack - declare a stack that is no thread's own
 * @low: its lowest address
 * @high: the address behind its end; 0: it is gone
 *
 * Calls that were left without a return are given up when room is wanted by a
 * call that is made further up the same stack: the thread's own one, where the
 * host knows it, or a declared one. Calls on any other stack, such as a
 * coroutine's, wait for their return for ever, on whichever thread it happens.
 *
 * To be called only for stacks that are cut out of a thread's own, an array in a
 * function's frame for instance, before they are used: those would be taken for
 * that thread's own. For other stacks of coroutines it may be: then what is left
 * there is given up, too.
 *
 * Context: any thread; takes the registration lock.
 * Return: 0; -EINVAL @low is 0 or not below @high, or is to go and not there;
 *	-EBUSY it overlaps another; -ENOSPC FTRACE_GRAPH_STACKS are declared;
 *	-EDEADLK.
 * Origin: our own.
 */
int ftrace_graph_stack(unsigned long low, unsigned long high);

/**
 * ftrace_graph_ret_addr - where a function really returns to
 * @idx: 0 before the first call of a walk from the innermost frame outwards,
 *	then left alone
 * @ret: the return address that the walk has found
 *
 * A walk by frame pointers finds the library's own address where a function
 * will return to it; by call frame information it does not, and needs no help.
 * For the calling thread's own stack. Wrong for a coroutine that was entered on
 * another thread, or that another one's calls lie between.
 *
 * Context: any, signal handlers too.
 * Return: @ret, or, if that is the library's, the caller's address.
 * Origin: the kernel's call of this name.
 */
unsigned long ftrace_graph_ret_addr(int *idx, unsigned long ret);

#ifdef __cplusplus
}
#endif
#endif
