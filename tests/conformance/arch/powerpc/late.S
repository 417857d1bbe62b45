/* SPDX-License-Identifier: MIT */
/* ppc64le: a thread that a site's call has sent somewhere, some time ago. */

	.abiversion 2

	.text
	.globl	late_call
	.type	late_call, @function
	.p2align 4
/* r3 is the traced function's argument already; LR is its parent. */
late_call:
	.cfi_startproc
	mflr	%r0
	.cfi_register 65, 0
	mtlr	%r5
	mtctr	%r4
	bctr
	.cfi_endproc
	.size	late_call, . - late_call

	.section .note.GNU-stack, "", @progbits
