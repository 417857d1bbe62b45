/* SPDX-License-Identifier: MIT */
/* arm64: trampolines for direct calls. */

#include "arch.h"

/*
 * On entry x30 is the address behind the site, x9 where the traced function
 * returns to, and every argument register is live. No landing pad stands behind
 * the site: in guarded text only a ret gets there. An unwinder finds the site by
 * a column of its own, as in the library's thunks.
 *
 * The frame:	0	x29, x30: into the function
 *		16	x9: its parent, x18
 *		32	x0-x8
 *		112	q0-q7
 */
#define SITE	FTRACE_CFI_RETURN_COLUMN
#define FRAME	240

	.macro	trampoline name, which
	.globl	\name
	.type	\name, %function
	.p2align 4
\name:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column SITE
	.cfi_register SITE, 30
	.cfi_register 30, 9
	hint	34			/* bti c */
	sub	sp, sp, #FRAME
	.cfi_def_cfa_offset FRAME
	stp	x29, x30, [sp, #0]
	.cfi_offset 29, -FRAME
	.cfi_offset SITE, 8 - FRAME
	stp	x9, x18, [sp, #16]
	.cfi_offset 30, 16 - FRAME
	stp	x0, x1, [sp, #32]
	stp	x2, x3, [sp, #48]
	stp	x4, x5, [sp, #64]
	stp	x6, x7, [sp, #80]
	str	x8, [sp, #96]
	stp	q0, q1, [sp, #112]
	stp	q2, q3, [sp, #144]
	stp	q4, q5, [sp, #176]
	stp	q6, q7, [sp, #208]
	mov	x29, sp
	mov	x0, #\which
	mov	x1, x30
	mov	x2, x9
	bl	direct_hit
	ldp	q6, q7, [sp, #208]
	ldp	q4, q5, [sp, #176]
	ldp	q2, q3, [sp, #144]
	ldp	q0, q1, [sp, #112]
	ldr	x8, [sp, #96]
	ldp	x6, x7, [sp, #80]
	ldp	x4, x5, [sp, #64]
	ldp	x2, x3, [sp, #48]
	ldp	x0, x1, [sp, #32]
	ldp	x30, x18, [sp, #16]
	.cfi_same_value 30
	ldp	x29, x16, [sp, #0]
	.cfi_same_value 29
	.cfi_register SITE, 16
	add	sp, sp, #FRAME
	.cfi_def_cfa_offset 0
	ret	x16
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	trampoline direct_one, 1
	trampoline direct_two, 2

/* A blob, copied far away: counts in the word that its last word points to. */
	.section .rodata
	.globl	direct_far, direct_far_end
	.balign	8
direct_far:
	hint	34			/* bti c */
	ldr	x10, 1f
	ldr	x11, [x10]
	add	x11, x11, #1
	str	x11, [x10]
	mov	x16, x30
	mov	x30, x9
	ret	x16
	.balign	8
1:	.xword	0
direct_far_end:

	.section .note.GNU-stack, "", %progbits
