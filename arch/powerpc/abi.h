/* SPDX-License-Identifier: MIT */
/* powerpc: what the three ABIs call differently; for C and assembly. */
#ifndef FTRACE_POWERPC_ABI_H
#define FTRACE_POWERPC_ABI_H

/*
 *			ppc64le (ELFv2)	ppc64 (ELFv1)	ppc
 *
 * ABI_FRAME		The least that a frame whose function calls others has
 *			at its lower end: back chain, LR and what else the ABI
 *			wants. Of ELFv1's the callee may use the last 64 bytes.
 * ABI_SITE_FRAME	One that calls nobody, a multiple of 16.
 * ABI_LR_SAVE		Where in its caller's frame a function saves LR.
 * ABI_ARG_AT(n)	From r1 at the site to argument n, 8 or higher.
 * ABI_FPR_ARGS		Arguments in f1 and so on.
 * ABI_DESCRIPTORS	A function pointer leads to the code's address.
 * ABI_CR_ARGUMENT	A variadic callee reads a bit of CR.
 * ABI_TOC_SAVE		Where a frame's function saves r2; no such word in ppc.
 * ABI_HEADER		From r1 to the first word of arguments.
 *
 * A thunk of a conservative module, arch_ftrace_write_keeper():
 *
 * ABI_KEEPER_FRAME	What it has taken of the stack when the entry is called:
 *			nothing, where signals leave 288 bytes below r1 alone;
 *			else the traced function's frame.
 * ABI_KEEPER_R0, _R12	Where it saves these, from r1 at the site. It is the
 *			traced function's frame; r0's word may serve others from
 *			the entry's saves to its end.
 * ABI_KEEPER_BACK	From where the entry returns to, to the branch that
 *			leads back behind the site.
 */
#if !defined(__powerpc64__)
#define ABI_FRAME	8
#define ABI_SITE_FRAME	16
#define ABI_LR_SAVE	4
#define ABI_ARG_AT(n)	(8 + 4 * ((n) - 8))
#define ABI_FPR_ARGS	8
#define ABI_DESCRIPTORS	0
#define ABI_CR_ARGUMENT	1
#define ABI_KEEPER_FRAME ABI_SITE_FRAME
#define ABI_KEEPER_R0	(-4)
#define ABI_KEEPER_R12	(-8)
#define ABI_KEEPER_BACK	16
#elif _CALL_ELF == 2
#define ABI_FRAME	32
#define ABI_SITE_FRAME	32
#define ABI_LR_SAVE	16
#define ABI_ARG_AT(n)	(32 + 8 * (n))
#define ABI_FPR_ARGS	13
#define ABI_DESCRIPTORS	0
#define ABI_CR_ARGUMENT	0
#define ABI_TOC_SAVE	24
#define ABI_HEADER	32
#else
#define ABI_FRAME	112
#define ABI_SITE_FRAME	48
#define ABI_LR_SAVE	16
#define ABI_ARG_AT(n)	(48 + 8 * (n))
#define ABI_FPR_ARGS	13
#define ABI_DESCRIPTORS	1
#define ABI_CR_ARGUMENT	0
#define ABI_TOC_SAVE	40
#define ABI_HEADER	48
#endif

#ifdef __powerpc64__
#define ABI_KEEPER_FRAME 0
#define ABI_KEEPER_R0	(-8)
#define ABI_KEEPER_R12	(-24)
#define ABI_KEEPER_BACK	12
#endif

#ifdef __ASSEMBLER__

/*
 *	load_self reg, label
 *
 * reg = ftrace_self. It holds the address of label before, where the object's
 * table of addresses is found from.
 *
 *	restore_toc at
 *
 * r2 = the word at. In ppc r2 is the thread's, and stays.
 *
 *	call_pointer
 *
 * Call the function that the pointer in r12 names. r2 and r11 are lost.
 */
#if !defined(__powerpc64__)

#define LOAD		lwz
#define STORE		stw
#define STORE_UPDATE	stwu
#define SHIFT_LEFT	slwi
#define COMPARE		cmpwi
#define COMPARE_R	cmpw
#define COMPARE_U	cmplwi

	.macro	load_self reg, label
	addis	\reg, \reg, (_GLOBAL_OFFSET_TABLE_ - \label)@ha
	addi	\reg, \reg, (_GLOBAL_OFFSET_TABLE_ - \label)@l
	lwz	\reg, ftrace_self@got@tprel(\reg)
	lwzx	\reg, \reg, ftrace_self@tls
	.endm

	.macro	restore_toc at:vararg
	.endm

#else

#define LOAD		ld
#define STORE		std
#define STORE_UPDATE	stdu
#define SHIFT_LEFT	sldi
#define COMPARE		cmpdi
#define COMPARE_R	cmpd
#define COMPARE_U	cmpldi

	.macro	load_self reg, label
	addis	%r2, \reg, (.TOC. - \label)@ha
	addi	%r2, %r2, (.TOC. - \label)@l
	addis	\reg, %r2, ftrace_self@got@tprel@ha
	ld	\reg, ftrace_self@got@tprel@l(\reg)
	ldx	\reg, \reg, ftrace_self@tls
	.endm

	.macro	restore_toc at:vararg
	ld	%r2, \at
	.endm

#endif

#if ABI_DESCRIPTORS
	.macro	call_pointer
	ld	%r0, 0(%r12)
	ld	%r2, 8(%r12)
	ld	%r11, 16(%r12)
	mtctr	%r0
	bctrl
	.endm
#else
#ifdef __powerpc64__
	.abiversion 2
#endif
	.macro	call_pointer
	mtctr	%r12
	bctrl
	.endm
#endif

#endif
#endif
