/* SPDX-License-Identifier: MIT */
/* ppc64le: trampolines for direct calls. */
#include "arch.h"

	.abiversion 2

/*
 * On entry LR is the address behind the site, r0 where the traced function
 * returns to, and r2, the argument registers and r11 are live. An unwinder
 * finds the site by a column of its own, as in the library's thunks.
 *
 * Two frames, r1 upwards:
 *	0	linkage, places of r3-r10
 *	96	r2-r11
 *	176	v2-v13
 *	368	f1-f13
 *	480	linkage of a frame that stands for the traced function
 */
#define SITE	FTRACE_CFI_RETURN_COLUMN
#define LR	65
#define GPR(n)	(96 + 8 * ((n) - 2))
#define VR(n)	(176 + 16 * ((n) - 2))
#define FPR(n)	(368 + 8 * ((n) - 1))
#define LOWER	480
#define FRAME	(LOWER + 32)

	.macro	trampoline name, which
	.globl	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column SITE
	.cfi_register SITE, LR
	.cfi_register LR, 0
	stdu	%r1, -32(%r1)
	.cfi_def_cfa_offset 32
	stdu	%r1, -LOWER(%r1)
	.cfi_def_cfa_offset FRAME
	std	%r0, FRAME+ABI_LR(%r1)
	.cfi_offset LR, ABI_LR
	mflr	%r12
	std	%r12, LOWER+ABI_LR(%r1)
	.cfi_offset SITE, LOWER+ABI_LR-FRAME
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	std	%r\n, GPR(\n)(%r1)
	.endr
	.cfi_offset 2, GPR(2)-FRAME
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	stfd	%f\n, FPR(\n)(%r1)
	.endr
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	li	%r11, VR(\n)
	stvx	%v\n, %r1, %r11
	.endr
	mr	%r4, %r12
	mr	%r5, %r0
	bcl	20, 31, 100f
100:	mflr	%r12
	addis	%r2, %r12, (.TOC. - 100b)@ha
	addi	%r2, %r2, (.TOC. - 100b)@l
	li	%r3, \which
	bl	direct_hit
	nop
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	li	%r11, VR(\n)
	lvx	%v\n, %r1, %r11
	.endr
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	lfd	%f\n, FPR(\n)(%r1)
	.endr
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	%r\n, GPR(\n)(%r1)
	.endr
	ld	%r12, LOWER+ABI_LR(%r1)
	mtctr	%r12
	ld	%r0, FRAME+ABI_LR(%r1)
	mtlr	%r0
	addi	%r1, %r1, FRAME
	.cfi_def_cfa_offset 0
	.cfi_register SITE, 12
	.cfi_same_value LR
	.cfi_same_value 2
	bctr
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	trampoline direct_one, 1
	trampoline direct_two, 2

/*
 * A blob, copied far away: counts in the word that its last word points to.
 * r0 is the parent, which LR gets anyway, so it is free to count with; addic,
 * because addi takes r0 for zero.
 */
	.section .rodata
	.globl	direct_far, direct_far_end
	.balign	8
direct_far:
	mflr	%r12
	mtctr	%r12
	mtlr	%r0
	bcl	20, 31, 2f
2:	mflr	%r12
	ld	%r12, 1f-2b(%r12)
	mtlr	%r0
	ld	%r0, 0(%r12)
	addic	%r0, %r0, 1
	std	%r0, 0(%r12)
	mflr	%r0
	bctr
	.balign	8
1:	.quad	0
direct_far_end:

	.section .note.GNU-stack, "", @progbits
