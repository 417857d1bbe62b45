/* SPDX-License-Identifier: MIT */
/* powerpc: assembly that serves three ABIs. */
#ifndef CONFORMANCE_MACROS_H
#define CONFORMANCE_MACROS_H

	.machine altivec
	.machine vsx

/* \reg = \what, found from the program counter. LR is lost. */
	.macro	address reg, what
	bcl	20, 31, 100f
100:	mflr	\reg
	addis	\reg, \reg, (\what - 100b)@ha
	addi	\reg, \reg, (\what - 100b)@l
	.endm

#ifdef __powerpc64__
#define LOAD		ld
#define LOAD_UPDATE	ldu
#define STORE		std
#define STORE_UPDATE	stdu
#define WORD		.quad

/* r2 for this object. LR and r12 are lost. */
	.macro	own_toc
	address %r12, .TOC.
	mr	%r2, %r12
	.endm

	/* For what holds in the 64-bit ABIs only. */
	.macro	toc insn:vararg
	\insn
	.endm
#else
#define LOAD		lwz
#define LOAD_UPDATE	lwzu
#define STORE		stw
#define STORE_UPDATE	stwu
#define WORD		.long

	.macro	own_toc
	.endm

	.macro	toc insn:vararg
	.endm
#endif

/*
 *	code name
 *
 * A function that finds its TOC itself, if it needs one.
 *
 *	function name
 *
 * One that is entered with its TOC's address in r2; ELFv2's r12 is needed for
 * that.
 *
 *	site name
 *
 * Behind these two: what compilers leave.
 */
	.macro	code name
	.globl	\name
	.type	\name, @function
	.p2align 4
#if defined(__powerpc64__) && _CALL_ELF != 2
	.section .opd, "aw"
	.balign	8
\name:	.quad	.Lcode_\name, .TOC.@tocbase, 0
	.previous
#else
\name:
#endif
.Lcode_\name:
	.cfi_startproc
	.endm

#if defined(__powerpc64__) && _CALL_ELF == 2
	.abiversion 2

	.macro	function name
	code	\name
	addis	%r2, %r12, (.TOC. - .Lcode_\name)@ha
	addi	%r2, %r2, (.TOC. - .Lcode_\name)@l
	.localentry \name, . - \name
	.endm

	.macro	site name
	mflr	%r0
.Lsite_\name:
	bl	_mcount
	.pushsection __mcount_loc, "aw", @progbits
	.balign	8
	.quad	.Lsite_\name
	.popsection
	.endm
#else
	.macro	function name
	code	\name
	.endm

	.macro	site name
.Lsite_\name:
	nop
	nop
	.pushsection __patchable_function_entries, "awo", @progbits, .Lcode_\name
	.balign	STATE_WORD
	WORD	.Lsite_\name
	.popsection
	.endm
#endif

	.macro	endfunction name
	.cfi_endproc
	.size	\name, . - .Lcode_\name
	.endm

#endif
