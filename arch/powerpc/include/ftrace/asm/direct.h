/* SPDX-License-Identifier: MIT */
/* powerpc: trampolines for direct calls; see <ftrace/trampoline.h>. */
#ifndef FTRACE_ASM_DIRECT_H
#define FTRACE_ASM_DIRECT_H

#include <ftrace/asm/ftrace.h>

/*
 * On entry, from the site or from the library:
 *	LR	where to go on, behind the site
 *	r0	the traced function's own return address
 *	live	r2, r3-r10, r11 (static chain), f1-f13 (ppc: f1-f8), v2-v13,
 *		callee-saved, ppc: CR bit 6 (f1-f8 hold variadic arguments)
 *
 * Two frames, r1 upwards:
 *	0	what a callee expects of its caller's frame
 *	GPR(2)	r2-r11
 *	VR(2)	v2-v13, if they are kept
 *	FPR(1)	f1-f13, and CR behind them
 *	LOWER	a frame that stands for the traced function, where LR goes
 *	FRAME	the caller's, where r0 goes
 *
 * An unwinder must find the site and then the parent, which are both "the
 * return address": the site has a column of its own, in a signal frame, so that
 * it is looked up as it is. Going on is by r12 and CTR, as to a global entry.
 */
#if !defined(__powerpc64__)
#define FTRACE_DIRECT_WORD	4
#define FTRACE_DIRECT_LEAST	8	/* the least frame that calls */
#define FTRACE_DIRECT_EMPTY	16	/* and one that does not */
#define FTRACE_DIRECT_LR	4
#define FTRACE_DIRECT_LOAD	lwz
#define FTRACE_DIRECT_STORE	stw
#define FTRACE_DIRECT_PUSH	stwu
#else
#define FTRACE_DIRECT_WORD	8
#define FTRACE_DIRECT_LR	16
#define FTRACE_DIRECT_LOAD	ld
#define FTRACE_DIRECT_STORE	std
#define FTRACE_DIRECT_PUSH	stdu
#if _CALL_ELF == 2
	.abiversion 2
#define FTRACE_DIRECT_LEAST	32
#define FTRACE_DIRECT_EMPTY	32
#else
#define FTRACE_DIRECT_LEAST	112
#define FTRACE_DIRECT_EMPTY	48
#endif
#endif

#define FTRACE_DIRECT_GPR(n) \
	(FTRACE_DIRECT_LEAST + FTRACE_DIRECT_WORD * ((n) - 2))
#define FTRACE_DIRECT_VR(n)	(FTRACE_DIRECT_GPR(12) + 16 * ((n) - 2))
#define FTRACE_DIRECT_FPR(n)	(FTRACE_DIRECT_VR(14) + 8 * ((n) - 1))
#define FTRACE_DIRECT_CR	FTRACE_DIRECT_FPR(14)
#define FTRACE_DIRECT_LOWER	FTRACE_DIRECT_FPR(15)
#define FTRACE_DIRECT_FRAME	(FTRACE_DIRECT_LOWER + FTRACE_DIRECT_EMPTY)

#define FTRACE_DIRECT_SITE	FTRACE_CFI_RETURN_COLUMN
#define FTRACE_DIRECT_LR_COLUMN	65

	/* What a function pointer leads to. */
	.macro	ftrace_direct_label name
	.globl	\name
	.type	\name, @function
	.p2align 4
#if defined(__powerpc64__) && _CALL_ELF != 2
	.pushsection .opd, "aw"
	.balign	8
\name:	.quad	.Lcode_\name, .TOC.@tocbase, 0
	.popsection
#else
\name:
#endif
.Lcode_\name:
	.endm

	/* r2 for this object, whose it was not; LR and r12 are lost. */
	.macro	ftrace_direct_toc
#ifdef __powerpc64__
	bcl	20, 31, 100f
100:	mflr	%r12
	addis	%r2, %r12, (.TOC. - 100b)@ha
	addi	%r2, %r2, (.TOC. - 100b)@l
#endif
	.endm

	.macro	ftrace_direct_vectors insn
#if defined(__ALTIVEC__) || (defined(__powerpc64__) && _CALL_ELF == 2)
	.machine push
	.machine altivec
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	li	%r12, FTRACE_DIRECT_VR(\n)
	\insn	%v\n, %r1, %r12
	.endr
	.machine pop
#endif
	.endm

	.macro	ftrace_direct_trampoline name, function, ip
	ftrace_direct_label \name
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column FTRACE_DIRECT_SITE
	.cfi_register FTRACE_DIRECT_SITE, FTRACE_DIRECT_LR_COLUMN
	.cfi_register FTRACE_DIRECT_LR_COLUMN, 0
	FTRACE_DIRECT_PUSH %r1, -FTRACE_DIRECT_EMPTY(%r1)
	.cfi_def_cfa_offset FTRACE_DIRECT_EMPTY
	FTRACE_DIRECT_PUSH %r1, -FTRACE_DIRECT_LOWER(%r1)
	.cfi_def_cfa_offset FTRACE_DIRECT_FRAME
	FTRACE_DIRECT_STORE %r0, FTRACE_DIRECT_FRAME+FTRACE_DIRECT_LR(%r1)
	.cfi_offset FTRACE_DIRECT_LR_COLUMN, FTRACE_DIRECT_LR
	mflr	%r0
	FTRACE_DIRECT_STORE %r0, FTRACE_DIRECT_LOWER+FTRACE_DIRECT_LR(%r1)
	.cfi_offset FTRACE_DIRECT_SITE, FTRACE_DIRECT_LR-FTRACE_DIRECT_EMPTY
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	FTRACE_DIRECT_STORE %r\n, FTRACE_DIRECT_GPR(\n)(%r1)
	.endr
	.cfi_offset 2, FTRACE_DIRECT_GPR(2)-FTRACE_DIRECT_FRAME
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	stfd	%f\n, FTRACE_DIRECT_FPR(\n)(%r1)
	.endr
	ftrace_direct_vectors stvx
	mfcr	%r12
	stw	%r12, FTRACE_DIRECT_CR(%r1)
	.if	\ip
	mr	%r3, %r0
	addi	%r3, %r3, -MCOUNT_INSN_SIZE
	.endif
	ftrace_direct_toc
	bl	\function
	nop
	lwz	%r12, FTRACE_DIRECT_CR(%r1)
	mtcr	%r12
	ftrace_direct_vectors lvx
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	lfd	%f\n, FTRACE_DIRECT_FPR(\n)(%r1)
	.endr
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	FTRACE_DIRECT_LOAD %r\n, FTRACE_DIRECT_GPR(\n)(%r1)
	.endr
	FTRACE_DIRECT_LOAD %r12, FTRACE_DIRECT_LOWER+FTRACE_DIRECT_LR(%r1)
	mtctr	%r12
	FTRACE_DIRECT_LOAD %r0, FTRACE_DIRECT_FRAME+FTRACE_DIRECT_LR(%r1)
	mtlr	%r0
	/* A signal may write below r1 from here on: ppc keeps nothing there. */
	addi	%r1, %r1, FTRACE_DIRECT_FRAME
	.cfi_def_cfa_offset 0
	.cfi_register FTRACE_DIRECT_SITE, 12
	.cfi_same_value FTRACE_DIRECT_LR_COLUMN
	.cfi_same_value 2
	bctr
	.cfi_endproc
	.size	\name, . - .Lcode_\name
	.endm

#define FTRACE_DIRECT_TRAMPOLINE(name, function) \
	ftrace_direct_trampoline name, function, 0
#define FTRACE_DIRECT_TRAMPOLINE_IP(name, function) \
	ftrace_direct_trampoline name, function, 1

#endif
