/* SPDX-License-Identifier: MIT */
/* powerpc: trampolines for direct calls. */
#include "arch.h"

/*
 * On entry LR is the address behind the site, r0 where the traced function
 * returns to, and r2, the argument registers and r11 are live. An unwinder
 * finds the site by a column of its own, as in the library's thunks.
 *
 * Two frames, r1 upwards:
 *	0	what the ABI wants
 *	GPR(2)	r2-r11
 *	VR(2)	v2-v13, if the CPU has them
 *	FPR(1)	f1-f13
 *	LOWER	a frame that stands for the traced function
 */
#define SITE	FTRACE_CFI_RETURN_COLUMN
#define LR	65
#define GPR(n)	(ABI_FRAME + STATE_WORD * ((n) - 2))
#define VR(n)	(GPR(12) + 16 * ((n) - 2))
#define FPR(n)	(VR(14) + 8 * ((n) - 1))
#define LOWER	FPR(15)
#define FRAME	(LOWER + ABI_EMPTY)

	.macro	vectors insn
	address %r12, state_vectors
	lwz	%r12, 0(%r12)
	cmpwi	%r12, 0
	beq	101f
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	li	%r11, VR(\n)
	\insn	%v\n, %r1, %r11
	.endr
101:
	.endm

	.macro	trampoline name, which
	code	\name
	.cfi_signal_frame
	.cfi_return_column SITE
	.cfi_register SITE, LR
	.cfi_register LR, 0
	STORE_UPDATE %r1, -ABI_EMPTY(%r1)
	.cfi_def_cfa_offset ABI_EMPTY
	STORE_UPDATE %r1, -LOWER(%r1)
	.cfi_def_cfa_offset FRAME
	STORE	%r0, FRAME+ABI_LR(%r1)
	.cfi_offset LR, ABI_LR
	mflr	%r12
	STORE	%r12, LOWER+ABI_LR(%r1)
	.cfi_offset SITE, LOWER+ABI_LR-FRAME
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	STORE	%r\n, GPR(\n)(%r1)
	.endr
	.cfi_offset 2, GPR(2)-FRAME
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	stfd	%f\n, FPR(\n)(%r1)
	.endr
	mr	%r4, %r12
	mr	%r5, %r0
	vectors stvx
	own_toc
	li	%r3, \which
	bl	direct_hit
	nop
	vectors lvx
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	lfd	%f\n, FPR(\n)(%r1)
	.endr
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	LOAD	%r\n, GPR(\n)(%r1)
	.endr
	LOAD	%r12, LOWER+ABI_LR(%r1)
	mtctr	%r12
	LOAD	%r0, FRAME+ABI_LR(%r1)
	mtlr	%r0
	addi	%r1, %r1, FRAME
	.cfi_def_cfa_offset 0
	.cfi_register SITE, 12
	.cfi_same_value LR
	.cfi_same_value 2
	bctr
	endfunction \name
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
	.balign	STATE_WORD
direct_far:
	mflr	%r12
	mtctr	%r12
	mtlr	%r0
	bcl	20, 31, 2f
2:	mflr	%r12
	LOAD	%r12, 1f-2b(%r12)
	mtlr	%r0
	LOAD	%r0, 0(%r12)
	addic	%r0, %r0, 1
	STORE	%r0, 0(%r12)
	mflr	%r0
	bctr
	.balign	STATE_WORD
1:	WORD	0
direct_far_end:

	.section .note.GNU-stack, "", @progbits
