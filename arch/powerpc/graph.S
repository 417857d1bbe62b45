/* SPDX-License-Identifier: MIT */
/* powerpc: a function's body is called, and its return told. */

#include <ftrace/asm/ftrace.h>

#include "abi.h"
#include "regs.h"

/*
 * void ftrace_graph_caller(void), and the same for a CPU without vectors
 *
 * On entry, from an entry that leaves as to a direct call:
 *	LR	the struct ftrace_frame of the call
 *	r0	parent, which the frame has, too
 *	live	as at the site
 *
 * The body finds the address behind the call here in LR, and in r0. r31 leads to
 * the frame meanwhile: it is put back by whatever leaves the body, a return,
 * longjmp or an unwinder.
 *
 * The frame behind the body is the lower one of an entry, right below the
 * caller's: FRAME_FREGS with r2-r10 and the caller's r31, FRAME_VR, FRAME_FPR.
 */
	.machine altivec

#define COLUMN_LR	65
#define LR_AT		ABI_LR_SAVE	/* from the caller's frame */
#define GPR(n)		FRAME_FREGS+FREGS_GPR(n)(%r1)
#define FREG(what)	FRAME_FREGS+FREGS_##what(%r1)
#define FRAME(what)	FTRACE_FRAME_##what(%r31)

/* DWARF: a register saved at r31 and a distance, in the frame. */
#define IN_FRAME(column, at) \
	FTRACE_CFI_IN_FRAME(column, 31, at)

	/* v2-v9: see move_vectors in entry.S */
	.macro	move_vectors insn
	.irp	n, 0, 1, 2, 3
	li	3+\n, 16*\n
	.endr
	.irp	n, 0, 1
	addi	7+\n, %r1, FRAME_VR(2)+64*\n
	.endr
	.irp	n, 0, 1, 2, 3
	\insn	2+\n, 7, 3+\n
	\insn	6+\n, 8, 3+\n
	.endr
	.endm

	.macro	move_fprs insn
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8
	\insn	%f\n, FRAME_FPR(\n)(%r1)
	.endr
	.endm

	.macro	move_gprs insn
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10
	\insn	%r\n, GPR(\n)
	.endr
	.endm

	/* r2 = our table of addresses; in ppc a call within the object needs none */
	.macro	own_toc
#ifdef __powerpc64__
	bcl	20, 31, 0f
0:	mflr	%r2
	addis	%r2, %r2, (.TOC. - 0b)@ha
	addi	%r2, %r2, (.TOC. - 0b)@l
#endif
	.endm

	.macro	graph_caller name, back, vectors
	.globl	\name, \back
	.hidden	\name, \back
	.type	\name, @function
	.p2align 5
\name:
	.cfi_startproc
	.cfi_register COLUMN_LR, 0
	mflr	%r12
	STORE	%r31, FTRACE_FRAME_SAVED(%r12)
	mr	%r31, %r12
	IN_FRAME(COLUMN_LR, FTRACE_FRAME_PARENT)
	IN_FRAME(31, FTRACE_FRAME_SAVED)
#ifdef __powerpc64__
	/* A rule, or libgcc guesses by the code that is returned to. */
	IN_FRAME(2, FTRACE_FRAME_SAVED + FTRACE_WORD)
#endif
	.cfi_remember_state
	/*
	 * CFA = r1 + 1, or libgcc takes this frame for its caller's; r1 as it
	 * is.
	 */
	.cfi_escape 0x0f, 2, 0x70 + 1, 1
	.cfi_escape 0x16, 1, 2, 0x70 + 1, 0
	LOAD	%r12, FRAME(BODY)
	mtctr	%r12
	b	2f
1:	mflr	%r0
	bctr
2:	bl	1b
\back:
	STORE_UPDATE %r1, -FRAME_SIZE(%r1)
	.cfi_restore_state
	.cfi_def_cfa_offset FRAME_SIZE
	move_gprs STORE
	LOAD	%r0, FRAME(SAVED)
	STORE	%r0, GPR(31)
	.cfi_offset 31, FRAME_FREGS+FREGS_GPR(31)-FRAME_SIZE
	LOAD	%r0, FRAME(PARENT)
	STORE	%r0, FRAME_SIZE+LR_AT(%r1)
	.cfi_offset COLUMN_LR, LR_AT
	STORE	%r0, FREG(LINK)
#ifdef __powerpc64__
	STORE	%r2, GPR(2)
	.cfi_offset 2, FRAME_FREGS+FREGS_GPR(2)-FRAME_SIZE
#endif
	LOAD	%r0, FRAME(SITE)
	STORE	%r0, FREG(NIP)
	addi	%r9, %r1, FRAME_SIZE
	STORE	%r9, GPR(1)
	li	%r0, 0
	STORE	%r0, FREG(FULL)
	STORE	%r0, FREG(DIRECT)
	move_fprs stfd
	.if	\vectors
	move_vectors stvx
	.endif

	/* void ftrace_graph_return(frame, fregs); r31 is nobody's then */
	own_toc
	mr	%r3, %r31
	addi	%r4, %r1, FRAME_FREGS
	bl	ftrace_graph_return
	nop

	.if	\vectors
	move_vectors lvx
	.endif
	move_fprs lfd
	move_gprs LOAD
	restore_toc GPR(2)
#ifdef __powerpc64__
	.cfi_same_value 2
#endif
	LOAD	%r0, FRAME_SIZE+LR_AT(%r1)
	mtlr	%r0
	LOAD	%r31, GPR(31)
	.cfi_same_value 31
	addi	%r1, %r1, FRAME_SIZE
	.cfi_def_cfa_offset 0
	.cfi_same_value COLUMN_LR
	blr
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	graph_caller ftrace_graph_caller, ftrace_graph_back, 1
	graph_caller ftrace_graph_caller_scalar, ftrace_graph_back_scalar, 0

/*
 * void ftrace_graph_direct(void)
 *
 * The body of a function that has a direct call: as if called from the site,
 * with the address behind the call above in the place of the parent's. That
 * address is in r0 already.
 */
	.globl	ftrace_graph_direct
	.hidden	ftrace_graph_direct
	.type	ftrace_graph_direct, @function
	.p2align 4
ftrace_graph_direct:
	.cfi_startproc
	.cfi_register COLUMN_LR, 0
	LOAD	%r12, FRAME(SITE)
	mtlr	%r12
	LOAD	%r12, FRAME(DIRECT)
	mtctr	%r12
	bctr
	.cfi_endproc
	.size	ftrace_graph_direct, . - ftrace_graph_direct

	.section .note.GNU-stack, "", @progbits
