/* SPDX-License-Identifier: MIT */
/* The registers at a site, as a callback sees and changes them. */
#ifndef FTRACE_FTRACE_REGS_H
#define FTRACE_FTRACE_REGS_H

#include <ftrace/ftrace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The UAPI's struct where there is one; include <ftrace/asm/ptrace.h>. */
struct pt_regs;

/*
 * Every call below takes as @fregs what a running callback was given, and is valid
 * only until that returns. They take no lock and do not fail but as said.
 *
 * Context: the callback.
 * Origin: the kernel's calls of the same names; ftrace_regs_set_argument() is our
 *	own.
 */

/**
 * ftrace_get_regs - all registers
 *
 * Return: the registers if the callback was entered through
 *	ftrace_regs_caller (SAVE_REGS), else NULL.
 */
struct pt_regs *ftrace_get_regs(struct ftrace_regs *fregs);

/** ftrace_regs_has_args - nonzero if the others here work; NULL is allowed */
int ftrace_regs_has_args(struct ftrace_regs *fregs);

/**
 * ftrace_regs_get_argument - an integer argument
 * @n: 0 is the first; those that the ABI passes on the stack are read there
 *
 * Return: the argument. The caller knows how many there are; more are read as
 *	whatever lies there.
 */
unsigned long ftrace_regs_get_argument(struct ftrace_regs *fregs,
				       unsigned int n);

/** ftrace_regs_set_argument - change argument @n to @value; the function sees it */
void ftrace_regs_set_argument(struct ftrace_regs *fregs, unsigned int n,
			      unsigned long value);

/** ftrace_regs_get_instruction_pointer - where the function goes on */
unsigned long ftrace_regs_get_instruction_pointer(struct ftrace_regs *fregs);

/**
 * ftrace_regs_set_instruction_pointer - let the function go on elsewhere
 * @ip: for ops with IPMODIFY: a code address, or a function pointer as it is,
 *	which is the same but on ppc64 (ELFv1). There, and only by the pointer,
 *	a function of another object finds its own TOC
 *
 * The function there gets the arguments of the traced one, on the stack too,
 * and returns to its caller; on ppc64 and ppc64le that is called from a frame
 * that keeps the caller's TOC, and there arguments on the stack behind the first
 * 2 KiB are not carried over.
 */
void ftrace_regs_set_instruction_pointer(struct ftrace_regs *fregs,
					 unsigned long ip);

/** ftrace_regs_get_stack_pointer - the stack pointer at the function's entry */
unsigned long ftrace_regs_get_stack_pointer(struct ftrace_regs *fregs);

/** ftrace_regs_get_frame_pointer - rbp, ebp, x29, r1 */
unsigned long ftrace_regs_get_frame_pointer(struct ftrace_regs *fregs);

/** ftrace_regs_get_return_address - where the function returns to */
unsigned long ftrace_regs_get_return_address(struct ftrace_regs *fregs);

/** ftrace_regs_get_return_value - the integer return value register */
unsigned long ftrace_regs_get_return_value(struct ftrace_regs *fregs);

/** ftrace_regs_set_return_value - change it to @value */
void ftrace_regs_set_return_value(struct ftrace_regs *fregs,
				  unsigned long value);

/**
 * ftrace_override_function_with_return - skip the function's body
 *
 * It returns to its caller at once, with the value that
 * ftrace_regs_set_return_value() set. For ops with IPMODIFY.
 */
void ftrace_override_function_with_return(struct ftrace_regs *fregs);

/**
 * ftrace_regs_query_register_offset - where a register lies in pt_regs
 * @name: as the assembler spells it, without a percent sign
 *
 * Return: its offset in struct pt_regs; -EINVAL for an unknown name or NULL,
 *	or on a target without pt_regs.
 */
int ftrace_regs_query_register_offset(const char *name);

/**
 * ftrace_partial_regs - fill in a pt_regs with what was saved
 * @fregs: of the running callback
 * @regs: storage; its other members stay as they are
 *
 * Return: @regs, or the complete registers if there are any.
 */
struct pt_regs *ftrace_partial_regs(struct ftrace_regs *fregs,
				    struct pt_regs *regs);

#ifdef __cplusplus
}
#endif
#endif
