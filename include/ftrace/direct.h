/* SPDX-License-Identifier: MIT */
/* Direct calls; included by <ftrace/ftrace.h>. */
#ifndef FTRACE_DIRECT_H
#define FTRACE_DIRECT_H

#ifdef __cplusplus
extern "C" {
#endif

struct ftrace_ops;

/**
 * register_ftrace_direct - let a function's site call a trampoline directly
 * @ip: as for ftrace_location()
 * @addr: code address of the trampoline, which is called as if from the site
 *	and keeps every register that arch/<arch>/README.md calls live there
 *
 * Alone on the function nothing is saved for it. Shared with callbacks, they
 * run first. The library gives no grace period for the trampoline's memory:
 * it may go when its owner knows that no thread is in it.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -EINVAL for a zero @addr; -ENODEV no site at @ip, or one that is
 *	disabled, or after ftrace_kill(); -EBUSY the function has a direct call,
 *	or an IPMODIFY client, which only register_ftrace_direct_multi() can
 *	share it with; -EDEADLK; and what patching returns.
 * Origin: the kernel's call of the same name.
 */
int register_ftrace_direct(unsigned long ip, unsigned long addr);

/**
 * unregister_ftrace_direct - take a direct call away
 * @ip: as for ftrace_location()
 * @addr: the trampoline that it has
 *
 * Works after ftrace_kill() too.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -ENODEV no site or no direct call at @ip; -EINVAL another @addr, or
 *	a zero one, or the direct call is that of an ops; -EDEADLK; and what
 *	patching returns.
 * Origin: the kernel's call of the same name.
 */
int unregister_ftrace_direct(unsigned long ip, unsigned long addr);

/**
 * modify_ftrace_direct - switch a direct call from one trampoline to another
 * @ip: as for ftrace_location()
 * @old_addr: the trampoline that it has
 * @new_addr: the one that it shall have
 *
 * No call goes by without one of the two.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -ENODEV no site or no direct call at @ip, or after ftrace_kill();
 *	-EINVAL another @old_addr, a zero one of the two, or the direct call is
 *	that of an ops; -EDEADLK; and what patching returns, with @old_addr in
 *	force.
 * Origin: the kernel's call of the same name.
 */
int modify_ftrace_direct(unsigned long ip, unsigned long old_addr,
			 unsigned long new_addr);

/**
 * ftrace_find_rec_direct - the trampoline of a function's direct call
 * @ip: as for ftrace_location()
 *
 * Context: any thread, a callback too; takes the registration lock, so not
 *	where it is held (ops_func, a callback inside a call of the library):
 *	0 then.
 * Return: the address, whichever call it came by; 0 if there is none.
 * Origin: the kernel's call of the same name.
 */
unsigned long ftrace_find_rec_direct(unsigned long ip);

/**
 * register_ftrace_direct_multi - one trampoline for all functions of a filter
 * @ops: not registered, without func, with a filter of its own; flags 0 but
 *	for DYNAMIC, RCU and TRACE_ARRAY
 * @addr: as for register_ftrace_direct()
 *
 * One batch, however many functions. A function that comes later with an
 * object, by a line with ":mod:", has the direct call as well. Until it is
 * unregistered the filter cannot be changed (-EBUSY). Functions that an
 * IPMODIFY client has are shared if ops->ops_func agrees.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -EINVAL for NULL, a zero @addr, an ops with func or other flags,
 *	a registered one, one without a filter; -EBUSY a function has a direct
 *	call, or an IPMODIFY client and there is no ops_func; what ops_func
 *	says; -ENODEV after ftrace_kill(); -EDEADLK; and what patching returns.
 *	Nothing changes when it fails.
 * Origin: the kernel's call of the same name.
 */
int register_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long addr);

/**
 * unregister_ftrace_direct_multi - take it away from all of them
 * @ops: registered by register_ftrace_direct_multi()
 * @addr: the trampoline that it has
 *
 * Waits for nobody: the ops and its filter may go at once, the trampoline as
 * after unregister_ftrace_direct(). Works after ftrace_kill() too.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -EINVAL for NULL, another @addr, an ops without a direct call;
 *	-EDEADLK; and what patching returns, with nothing changed.
 * Origin: the kernel's call of the same name.
 */
int unregister_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long addr);

/**
 * modify_ftrace_direct_multi - switch all of them to another trampoline
 * @ops: registered by register_ftrace_direct_multi()
 * @addr: the new trampoline
 *
 * One batch. No call goes by without one of the two, and none reaches both.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -EINVAL for NULL, a zero @addr, an ops without a direct call;
 *	-ENODEV after ftrace_kill(); -EDEADLK; and what patching returns, with
 *	the old trampoline in force everywhere.
 * Origin: the kernel's call of the same name.
 */
int modify_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long addr);

/**
 * modify_ftrace_direct_multi_nolock - the same, inside the ops' own ops_func
 * @ops: the one that is being asked or told
 * @addr: the new trampoline
 *
 * Context: ops_func of @ops, and the thread that runs it.
 * Return: as modify_ftrace_direct_multi(); -EINVAL anywhere else.
 * Origin: the kernel's call of the same name.
 */
int modify_ftrace_direct_multi_nolock(struct ftrace_ops *ops,
				      unsigned long addr);

#ifdef __cplusplus
}
#endif
#endif
