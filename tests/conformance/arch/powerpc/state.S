/* SPDX-License-Identifier: MIT */
/* ppc64le: load every register, call a traced function, dump what it sees. */
#include "arch.h"

	.abiversion 2

/*
 * Store all registers in the memory at \to. LR is kept, r0 too; r12, which is
 * free at a site, holds \to afterwards, CTR is LR. r2 is a pattern here and
 * finds nothing, so addresses come from the program counter.
 */
	.macro	dump to
	mflr	%r12
	mtctr	%r12
	bcl	20, 31, 100f
100:	mflr	%r12
	addis	%r12, %r12, (\to - 100b)@ha
	addi	%r12, %r12, (\to - 100b)@l
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	std	%r\n, STATE_GPR(\n)(%r12)
	.endr
	mfcr	%r0
	std	%r0, STATE_CR(%r12)
	rlwinm	%r0, %r0, 0, 8, 19
	std	%r0, STATE_CR234(%r12)
	mfxer	%r0
	std	%r0, STATE_XER(%r12)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	stfd	%f\n, STATE_FPR(\n)(%r12)
	li	%r0, STATE_VR(\n)
	stvx	%v\n, %r12, %r0
	.endr
	ld	%r0, ABI_TOC(%r1)
	std	%r0, STATE_TOC(%r12)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	ld	%r0, ABI_STACK+8*\n(%r1)
	std	%r0, STATE_STACK+8*\n(%r12)
	.endr
	mfctr	%r0
	mtlr	%r0
	std	%r0, STATE_PARENT(%r12)
	ld	%r0, STATE_GPR(0)(%r12)
	.endm

	.macro	function name
	.globl	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
101:	addis	%r2, %r12, (.TOC. - 101b)@ha
	addi	%r2, %r2, (.TOC. - 101b)@l
	.localentry \name, . - \name
	.endm

	.macro	endfunction name
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
/* void state_target(void): the site as gcc emits it, then the dump */
	function state_target
	mflr	%r0
.Lsite:	bl	_mcount
	dump	state_seen
	blr
	endfunction state_target

	.section __mcount_loc, "aw", @progbits
	.balign	8
	.quad	.Lsite
	.text

/* Direct: LR into the function, r0 its parent */
	function direct_dump_global
	.globl	direct_dump
	.type	direct_dump, @function
direct_dump:
	dump	state_direct
	std	%r0, STATE_PARENT(%r12)
	mfctr	%r0
	std	%r0, STATE_INTO(%r12)
	ld	%r0, STATE_GPR(0)(%r12)
	mtlr	%r0
	bctr
	.size	direct_dump, . - direct_dump
	endfunction direct_dump_global

/*
 * void state_call(const void *in, void *after)
 *
 * The frame, when state_target is called:
 *	0	linkage and the eight places of r3-r10
 *	96	eight words of arguments
 *	160	after
 *	168	r2
 *	176	r14-r31
 *	320	f14-f31
 *	464	v20-v31
 */
#define AFTER	160
#define OWN_TOC	168
#define OWN_GPR(n) (176 + 8 * ((n) - 14))
#define OWN_FPR(n) (320 + 8 * ((n) - 14))
#define OWN_VR(n) (464 + 16 * ((n) - 20))
#define FRAME	656
	function state_call
	mflr	%r0
	std	%r0, ABI_LR(%r1)
	mfcr	%r0
	stw	%r0, 8(%r1)
	stdu	%r1, -FRAME(%r1)
	.cfi_def_cfa_offset FRAME
	.cfi_offset 65, ABI_LR
	.irp	n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
		28, 29, 30, 31
	std	%r\n, OWN_GPR(\n)(%r1)
	stfd	%f\n, OWN_FPR(\n)(%r1)
	.endr
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, OWN_VR(\n)
	stvx	%v\n, %r1, %r0
	.endr
	std	%r4, AFTER(%r1)
	std	%r2, OWN_TOC(%r1)
	ld	%r0, STATE_TOC(%r3)
	std	%r0, ABI_TOC(%r1)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	ld	%r0, STATE_STACK+8*\n(%r3)
	std	%r0, ABI_STACK+8*\n(%r1)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	lfd	%f\n, STATE_FPR(\n)(%r3)
	li	%r0, STATE_VR(\n)
	lvx	%v\n, %r3, %r0
	.endr
	ld	%r0, STATE_CR(%r3)
	mtcr	%r0
	ld	%r0, STATE_XER(%r3)
	mtxer	%r0
	.irp	n, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, \
		20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 3
	ld	%r\n, STATE_GPR(\n)(%r3)
	.endr
	bl	state_target
	dump	state_scratch
	ld	%r2, OWN_TOC(%r1)
	ld	%r4, AFTER(%r1)
	li	%r5, STATE_SIZE / 8
	mtctr	%r5
	addi	%r12, %r12, -8
	addi	%r4, %r4, -8
1:	ldu	%r0, 8(%r12)
	stdu	%r0, 8(%r4)
	bdnz	1b
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r0, OWN_VR(\n)
	lvx	%v\n, %r1, %r0
	.endr
	.irp	n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
		28, 29, 30, 31
	lfd	%f\n, OWN_FPR(\n)(%r1)
	ld	%r\n, OWN_GPR(\n)(%r1)
	.endr
	addi	%r1, %r1, FRAME
	.cfi_def_cfa_offset 0
	lwz	%r0, 8(%r1)
	mtcr	%r0
	ld	%r0, ABI_LR(%r1)
	mtlr	%r0
	.cfi_restore 65
	blr
	endfunction state_call

/*
 * void state_callback(ip, parent_ip, ops, fregs)
 *
 * A callback that leaves nothing in any register that a call may clobber:
 * r2 too, as a function of another object would that is entered globally.
 */
	function state_callback
	mflr	%r0
	std	%r0, ABI_LR(%r1)
	.cfi_offset 65, ABI_LR
	addis	%r11, %r2, state_callback_sp@toc@ha
	std	%r1, state_callback_sp@toc@l(%r11)
	stdu	%r1, -112(%r1)
	.cfi_def_cfa_offset 112
	bl	state_callback_c
	nop
	li	%r0, 0x6b6b
	std	%r0, 32(%r1)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	lfd	%f\n, 32(%r1)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19
	vspltisb %v\n, 11
	.endr
	addi	%r1, %r1, 112
	.cfi_def_cfa_offset 0
	ld	%r0, ABI_LR(%r1)
	mtlr	%r0
	.cfi_restore 65
	li	%r0, 0x6b6b
	mtctr	%r0
	mtcrf	0xc7, %r0		/* all fields but 2, 3 and 4 */
	mtxer	%r0
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	li	%r\n, 0x6b00 + \n
	.endr
	blr
	endfunction state_callback

	.bss
	.balign	16
	.globl	state_seen, state_direct, state_callback_sp
state_seen:
	.skip	STATE_SIZE
state_direct:
	.skip	STATE_SIZE
state_scratch:
	.skip	STATE_SIZE
state_callback_sp:
	.skip	8

	.section .note.GNU-stack, "", @progbits
