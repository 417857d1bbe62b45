/* SPDX-License-Identifier: MIT */
/* Running the fake machine: what hardware does for a real port. */
#ifndef FTRACE_FAKE_MACHINE_H
#define FTRACE_FAKE_MACHINE_H

#include <stdbool.h>

#include <ftrace/asm/ptrace.h>

/* Where an override goes on: back in the traced function's caller. */
#define FAKE_RETURN	1UL

/* What a function returns to that graph clients wait for. */
#define FAKE_GRAPH_BACK	2UL

/**
 * fake_leave - a function returns
 * @cpu: the registers; parent is where to
 *
 * Return: where its caller goes on.
 */
unsigned long fake_leave(struct pt_regs *cpu);

/* Set, it has no entry that saves all registers. */
extern bool fake_without_regs;
/* Set, it has registers that no entry of its knows. */
extern bool fake_without_keep;

/**
 * fake_run - a thread of the fake machine enters a function
 * @start: the function; a pad may stand before its site
 * @cpu: the registers; changed as callbacks and direct functions change them
 *
 * A direct function is a C function: void (*)(struct pt_regs *cpu).
 *
 * Return: where it goes on: behind the site, FAKE_RETURN, or where a callback
 *	sent it; 0 if the site holds no instruction of this machine.
 */
unsigned long fake_run(unsigned long start, struct pt_regs *cpu);

/**
 * fake_arrive - a thread that executed a call some time ago gets there
 * @ip: the site that it left, which may hold something else by now
 * @target: where the call went
 * @cpu: as for fake_run()
 *
 * Return: as fake_run(); the site itself if the thread is sent back to it.
 */
unsigned long fake_arrive(unsigned long ip, unsigned long target,
			  struct pt_regs *cpu);

#endif
