/* SPDX-License-Identifier: MIT */
/* arm64: trampolines for direct calls; see <ftrace/trampoline.h>. */
#ifndef FTRACE_ASM_DIRECT_H
#define FTRACE_ASM_DIRECT_H

#include <ftrace/asm/ftrace.h>

/* An object without this mark takes it from the whole program. */
#ifdef __ARM_FEATURE_BTI_DEFAULT
	.pushsection .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5		// name and descriptor size, type
	.asciz	"GNU"
	.long	0xc0000000, 4, 1, 0	// FEATURE_1_AND, size, BTI, padding
	.popsection
#endif

/*
 * On entry, from the site or from the library:
 *	x30	where to go on, behind the site
 *	x9	the traced function's own return address
 *	live	x0-x7, x8 (where a result goes), x15 or x18 (static chain of
 *		clang and gcc), q0-q7, x19-x29, sp
 *
 * The frame:	0	x29, x30: a frame record, into the traced function
 *		16	x9, x18
 *		32	x0-x8, x15
 *		112	q0-q7
 *
 * An unwinder must find the site and then the parent, which are both "the
 * return address": the site has a column of its own, in a signal frame, so that
 * it is looked up as it is.
 */
#define FTRACE_DIRECT_SITE	FTRACE_CFI_RETURN_COLUMN
#define FTRACE_DIRECT_FRAME	240

	.macro	ftrace_direct_trampoline name, function, ip
	.globl	\name
	.type	\name, %function
	.p2align 4
\name:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column FTRACE_DIRECT_SITE
	.cfi_register FTRACE_DIRECT_SITE, 30
	.cfi_register 30, 9
	hint	34			// bti c
	sub	sp, sp, #FTRACE_DIRECT_FRAME
	.cfi_def_cfa_offset FTRACE_DIRECT_FRAME
	stp	x29, x30, [sp, #0]
	.cfi_offset 29, -FTRACE_DIRECT_FRAME
	.cfi_offset FTRACE_DIRECT_SITE, 8 - FTRACE_DIRECT_FRAME
	stp	x9, x18, [sp, #16]
	.cfi_offset 30, 16 - FTRACE_DIRECT_FRAME
	mov	x29, sp
	stp	x0, x1, [sp, #32]
	stp	x2, x3, [sp, #48]
	stp	x4, x5, [sp, #64]
	stp	x6, x7, [sp, #80]
	stp	x8, x15, [sp, #96]
	stp	q0, q1, [sp, #112]
	stp	q2, q3, [sp, #144]
	stp	q4, q5, [sp, #176]
	stp	q6, q7, [sp, #208]
	.if	\ip
	sub	x0, x30, #MCOUNT_INSN_SIZE
	.endif
	bl	\function
	ldp	q6, q7, [sp, #208]
	ldp	q4, q5, [sp, #176]
	ldp	q2, q3, [sp, #144]
	ldp	q0, q1, [sp, #112]
	ldp	x8, x15, [sp, #96]
	ldp	x6, x7, [sp, #80]
	ldp	x4, x5, [sp, #64]
	ldp	x2, x3, [sp, #48]
	ldp	x0, x1, [sp, #32]
	ldp	x30, x18, [sp, #16]
	.cfi_same_value 30
	ldp	x29, x10, [sp, #0]
	.cfi_same_value 29
	.cfi_register FTRACE_DIRECT_SITE, 10
	add	sp, sp, #FTRACE_DIRECT_FRAME
	.cfi_def_cfa_offset 0
	/* The site is no landing pad, which only a ret may do without. */
	ret	x10
	.cfi_endproc
	.size	\name, . - \name
	.endm

#define FTRACE_DIRECT_TRAMPOLINE(name, function) \
	ftrace_direct_trampoline name, function, 0
#define FTRACE_DIRECT_TRAMPOLINE_IP(name, function) \
	ftrace_direct_trampoline name, function, 1

#endif
