/* SPDX-License-Identifier: MIT */
/* powerpc: load every register, call a traced function, dump what it sees. */
#include "arch.h"

#define DUMP_FRAME	(ABI_EMPTY + 16)

/*
 * Store all registers in the memory at \to. LR is kept, r0 and CR too; r12,
 * which is free at most sites, holds \to afterwards, CTR is LR. r2 is a pattern
 * here and finds nothing, so addresses come from the program counter.
 */
	.macro	dump to
	STORE_UPDATE %r1, -DUMP_FRAME(%r1)
	STORE	%r12, DUMP_FRAME-STATE_WORD(%r1)
	mfctr	%r12
	STORE	%r12, DUMP_FRAME-2*STATE_WORD(%r1)
	mflr	%r12
	mtctr	%r12
	address %r12, \to
	STORE	%r0, STATE_GPR(0)(%r12)
	LOAD	%r0, DUMP_FRAME-STATE_WORD(%r1)
	STORE	%r0, STATE_GPR(12)(%r12)
	LOAD	%r0, DUMP_FRAME-2*STATE_WORD(%r1)
	STORE	%r0, STATE_CTR(%r12)
	addi	%r1, %r1, DUMP_FRAME
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	STORE	%r\n, STATE_GPR(\n)(%r12)
	.endr
	mfcr	%r0
	STORE	%r0, STATE_CR(%r12)
	rlwinm	%r0, %r0, 0, 6, 6
	STORE	%r0, STATE_CR6(%r12)
	LOAD	%r0, STATE_CR(%r12)
	rlwinm	%r0, %r0, 0, 8, 19
	STORE	%r0, STATE_CR234(%r12)
	mfxer	%r0
	STORE	%r0, STATE_XER(%r12)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	stfd	%f\n, STATE_FPR(\n)(%r12)
	.endr
	lwz	%r0, state_vectors-\to(%r12)
	cmpwi	%r0, 0
	beq	102f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, STATE_VR(\n)
	stvx	%v\n, %r12, %r0
	.endr
	lwz	%r0, state_vectors-\to(%r12)
	cmpwi	%r0, 2
	bne	102f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, STATE_VSR(\n)
	stxvd2x	%vs\n, %r12, %r0
	.endr
102:	toc	ld %r0, ABI_TOC(%r1)
	toc	std %r0, STATE_TOC(%r12)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	LOAD	%r0, ABI_STACK+STATE_WORD*\n(%r1)
	STORE	%r0, STATE_STACK+STATE_WORD*\n(%r12)
	.endr
	mfctr	%r0
	mtlr	%r0
	STORE	%r0, STATE_PARENT(%r12)
	LOAD	%r0, STATE_CR(%r12)
	mtcr	%r0
	LOAD	%r0, STATE_GPR(0)(%r12)
	.endm

/*
 * beq if the CPU has none, cr1: equal if it has VSX. LR, r0, r12, cr0 and cr1
 * are lost.
 */
	.macro	vectors
	address	%r12, state_vectors
	lwz	%r0, 0(%r12)
	cmpwi	%cr1, %r0, 2
	cmpwi	%r0, 0
	.endm

	.text
/* void state_target(void): the site as gcc emits it, then the dump */
	function state_target
	site	state_target
	dump	state_seen
	blr
	endfunction state_target

/* Direct: LR into the function, r0 its parent */
	code	direct_dump
	dump	state_direct
	STORE	%r0, STATE_PARENT(%r12)
	mfctr	%r0
	STORE	%r0, STATE_INTO(%r12)
	LOAD	%r0, STATE_GPR(0)(%r12)
	mtlr	%r0
	bctr
	endfunction direct_dump

/*
 * void state_call(const void *in, void *after)
 *
 * The frame, when state_target is called:
 *	0		what the ABI wants
 *	ABI_STACK	eight words of arguments
 *	AFTER
 *	OWN_TOC		r2
 *	OWN_CR		CR, and a word to align
 *	OWN_GPR(14)	r14-r31
 *	OWN_FPR(14)	f14-f31
 *	OWN_VR(20)	v20-v31
 */
#define AFTER	(ABI_STACK + 8 * STATE_WORD)
#define OWN_TOC	(AFTER + STATE_WORD)
#define OWN_CR	(AFTER + 2 * STATE_WORD)
#define OWN_GPR(n) (AFTER + 4 * STATE_WORD + STATE_WORD * ((n) - 14))
#define OWN_FPR(n) (OWN_GPR(32) + 8 * ((n) - 14))
#define OWN_VR(n) (((OWN_FPR(32) + 15) & ~15) + 16 * ((n) - 20))
#define FRAME	OWN_VR(32)
	function state_call
	mflr	%r0
	STORE	%r0, ABI_LR(%r1)
	STORE_UPDATE %r1, -FRAME(%r1)
	.cfi_def_cfa_offset FRAME
	.cfi_offset 65, ABI_LR
	mfcr	%r0
	STORE	%r0, OWN_CR(%r1)
	.irp	n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
		28, 29, 30, 31
	STORE	%r\n, OWN_GPR(\n)(%r1)
	.cfi_offset \n, OWN_GPR(\n) - FRAME
	stfd	%f\n, OWN_FPR(\n)(%r1)
	.endr
	vectors
	beq	1f
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, OWN_VR(\n)
	stvx	%v\n, %r1, %r0
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, STATE_VR(\n)
	lvx	%v\n, %r3, %r0
	.endr
1:
	STORE	%r4, AFTER(%r1)
	toc	std %r2, OWN_TOC(%r1)
	toc	ld %r0, STATE_TOC(%r3)
	toc	std %r0, ABI_TOC(%r1)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	LOAD	%r0, STATE_STACK+STATE_WORD*\n(%r3)
	STORE	%r0, ABI_STACK+STATE_WORD*\n(%r1)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	lfd	%f\n, STATE_FPR(\n)(%r3)
	.endr
	/* That destroyed the other halves. */
	vectors
	bne	%cr1, 1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, STATE_VSR(\n)
	lxvd2x	%vs\n, %r3, %r0
	.endr
1:
	LOAD	%r0, STATE_CTR(%r3)
	mtctr	%r0
	LOAD	%r0, STATE_CR(%r3)
	mtcr	%r0
	LOAD	%r0, STATE_XER(%r3)
	mtxer	%r0
	toc	ld %r2, STATE_GPR(2)(%r3)
	.irp	n, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, \
		20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 3
	LOAD	%r\n, STATE_GPR(\n)(%r3)
	.endr
	bl	state_target
	dump	state_scratch
	toc	ld %r2, OWN_TOC(%r1)
	LOAD	%r4, AFTER(%r1)
	li	%r5, STATE_SIZE / STATE_WORD
	mtctr	%r5
	addi	%r12, %r12, -STATE_WORD
	addi	%r4, %r4, -STATE_WORD
1:	LOAD_UPDATE %r0, STATE_WORD(%r12)
	STORE_UPDATE %r0, STATE_WORD(%r4)
	bdnz	1b
	vectors
	beq	1f
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, OWN_VR(\n)
	lvx	%v\n, %r1, %r0
	.endr
1:
	.irp	n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
		28, 29, 30, 31
	lfd	%f\n, OWN_FPR(\n)(%r1)
	LOAD	%r\n, OWN_GPR(\n)(%r1)
	.endr
	LOAD	%r0, OWN_CR(%r1)
	mtcr	%r0
	addi	%r1, %r1, FRAME
	.cfi_def_cfa_offset 0
	LOAD	%r0, ABI_LR(%r1)
	mtlr	%r0
	.cfi_restore 65
	blr
	endfunction state_call

	code	state_bounce
	address	%r12, state_bounce_to
	LOAD	%r12, 0(%r12)
	mtlr	%r12
	blr
	endfunction state_bounce

/*
 * void state_callback(ip, parent_ip, ops, fregs)
 *
 * A callback that leaves nothing in any register that a call may clobber:
 * r2 too, as a function of another object would that is entered globally.
 */
	function state_callback
	mflr	%r0
	STORE	%r0, ABI_LR(%r1)
	.cfi_offset 65, ABI_LR
	address	%r11, state_callback_sp
	STORE	%r1, 0(%r11)
	STORE_UPDATE %r1, -128(%r1)
	.cfi_def_cfa_offset 128
	bl	state_callback_c
	nop
	li	%r0, 0x6b6b
	STORE	%r0, 112(%r1)
	STORE	%r0, 112+8-STATE_WORD(%r1)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	lfd	%f\n, 112(%r1)
	.endr
	vectors
	beq	1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19
	vspltisb %v\n, 11
	.endr
	bne	%cr1, 1f
	/* f0's number into all the other halves */
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	xxpermdi %vs\n, %vs\n, %vs0, 0
	.endr
1:	addi	%r1, %r1, 128
	.cfi_def_cfa_offset 0
	LOAD	%r0, ABI_LR(%r1)
	mtlr	%r0
	.cfi_restore 65
	li	%r0, 0x6b6b
	mtctr	%r0
	mtcrf	0xc7, %r0		/* all fields but 2, 3 and 4 */
	mtxer	%r0
	/* What a callee may use of its caller's frame: CR, places of r3-r10. */
	toc	stw %r0, 8(%r1)
	.if	ABI_FRAME >= ABI_STACK && STATE_WORD == 8
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8
	STORE	%r0, ABI_STACK-STATE_WORD*\n(%r1)
	.endr
	.endif
	toc	li %r2, 0x6b02
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	li	%r\n, 0x6b00 + \n
	.endr
	blr
	endfunction state_callback

	.bss
	.balign	16
	.globl	state_seen, state_direct, state_callback_sp, state_vectors, \
		state_bounce_to
state_seen:
	.skip	STATE_SIZE
state_direct:
	.skip	STATE_SIZE
state_scratch:
	.skip	STATE_SIZE
state_callback_sp:
	.skip	8
state_bounce_to:
	.skip	8
state_vectors:
	.skip	4

	.section .note.GNU-stack, "", @progbits
