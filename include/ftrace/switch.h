/* SPDX-License-Identifier: MIT */
/* Off and on, the end of all changes, and is all as it is said to be? */
#ifndef FTRACE_SWITCH_H
#define FTRACE_SWITCH_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ftrace_enable - the switch: calls or nops
 * @on: nonzero to switch on, as it is at first
 *
 * Off, sites become nops; clients stay registered and counted, and on again
 * restores all. Functions with a PERMANENT client or a direct call stay as they
 * are, with all the clients that they have. Who comes while it is off: a
 * PERMANENT client or a direct call is patched in at once, and with it ordinary
 * clients of that function that came before switching off; an ordinary one is
 * counted, and called from switching on, whatever else is on its functions.
 * When the last PERMANENT client or direct call leaves a function while it is
 * off, its site becomes a nop.
 *
 * All sites change in one batch, or none. A thread that was on its way to a
 * callback may still get there after this returned.
 *
 * Context: as register_ftrace_function().
 * Return: 0, also if nothing was to be done; -EBUSY switching off while a
 *	PERMANENT client is registered and the policy is strict; -ENODEV after
 *	ftrace_kill(); -EDEADLK; and what patching returns, with nothing changed.
 * Origin: the kernel's sysctl ftrace_enabled.
 */
int ftrace_enable(int on);

/** enum ftrace_policy - how PERMANENT clients and ftrace_enable(0) go together */
enum ftrace_policy {
	FTRACE_PERMANENT_SITES,	 /* they keep their sites; as it is at first */
	FTRACE_PERMANENT_STRICT, /* -EBUSY for whichever comes second */
};

/**
 * ftrace_set_policy - choose it
 * @policy: for later calls; who is there by now stays
 *
 * Direct calls are no matter of it: they survive the switch.
 *
 * Context: as register_ftrace_function().
 * Return: 0; -EINVAL no such policy; -ENODEV after ftrace_kill(); -EDEADLK.
 * Origin: STRICT is what the kernel does.
 */
int ftrace_set_policy(enum ftrace_policy policy);

/**
 * ftrace_kill - give up: no text is touched from now on
 *
 * Callbacks of ordinary clients stop; PERMANENT clients and direct calls go
 * on, until their own unregister call. Irreversible.
 *
 * Context: as register_ftrace_function(); inside another call of the library it
 *	does nothing, and a line of the log says so.
 * Origin: the kernel's call of the same name.
 */
void ftrace_kill(void);

/**
 * ftrace_is_dead - was it given up?
 *
 * Context: any, a signal handler too.
 * Return: nonzero after ftrace_kill(), or when text was left in a state that
 *	nobody knows.
 * Origin: the kernel's call of the same name.
 */
int ftrace_is_dead(void);

/**
 * ftrace_verify - compare what the library says with what there is
 *
 * Each record with the bytes of its site, with the clients that are registered
 * for it, and its flags with them; each thunk and its slot with the set of
 * clients that they stand for; the number of records of each set. Changes
 * nothing, and says each difference through the log. One that it finds is a
 * fault of the library or of somebody else who writes text.
 *
 * Context: as register_ftrace_function(). Not quick: it looks at everything.
 * Return: how many differ; -EDEADLK.
 * Origin: our own.
 */
long ftrace_verify(void);

#ifdef __cplusplus
}
#endif
#endif
