/* SPDX-License-Identifier: MIT */
/* i386: all vector registers and opmasks there are, around a traced call. */
#include "arch.h"

#define ALL	0, 1, 2, 3, 4, 5, 6, 7
#define MASKS_AT	(KEEP_REGS_512 * 64)

	/* to or from the memory at eax */
	.macro	vectors insn, reg, size, at, load
	.irp	n, ALL
	.if	\load
	\insn	\at+\size*\n(%eax), %\reg\n
	.else
	\insn	%\reg\n, \at+\size*\n(%eax)
	.endif
	.endr
	.endm

	/* by the width, the third argument: 0, 16, 32, 64 */
	.macro	all load
	cmpl	$16, 12(%esp)
	jb	3f
	cmpl	$32, 12(%esp)
	je	1f
	ja	2f
	vectors	movups, xmm, 16, 0, \load
	jmp	3f
1:	vectors	vmovups, ymm, 32, 0, \load
	jmp	3f
2:	vectors	vmovups, zmm, 64, 0, \load
	vectors	kmovq, k, 8, MASKS_AT, \load
3:
	.endm

	.text
/*
 * void keep_target(const void *in, void *seen, unsigned int width)
 *
 * The traced function: stores what it finds at seen.
 */
	.globl	keep_target
	.type	keep_target, @function
	.p2align 4
keep_target:
	.cfi_startproc
.Lsite:	nop
	nop
	nop
	nop
	nop
	movl	8(%esp), %eax
	all	0
	cmpl	$16, 12(%esp)
	jbe	1f
	vzeroupper
1:	ret
	.cfi_endproc
	.size	keep_target, . - keep_target

	.section __patchable_function_entries, "awo", @progbits, .Lsite
	.balign	4
	.long	.Lsite
	.text

/* void keep_call(const void *in, void *seen, unsigned int width) */
	.globl	keep_call
	.type	keep_call, @function
	.p2align 4
keep_call:
	.cfi_startproc
	movl	4(%esp), %eax
	all	1
	jmp	keep_target
	.cfi_endproc
	.size	keep_call, . - keep_call

/* void keep_destroy(unsigned int width): all of them become zero */
	.globl	keep_destroy
	.type	keep_destroy, @function
	.p2align 4
keep_destroy:
	.cfi_startproc
	cmpl	$16, 4(%esp)
	jb	3f
	cmpl	$32, 4(%esp)
	je	2f
	ja	1f
	.irp	n, ALL
	xorps	%xmm\n, %xmm\n
	.endr
	ret
1:	.irp	n, ALL
	kxorq	%k\n, %k\n, %k\n
	.endr
2:	vzeroall
3:	ret
	.cfi_endproc
	.size	keep_destroy, . - keep_destroy

	.section .note.GNU-stack, "", @progbits
