/* SPDX-License-Identifier: MIT */
/* arm64: a thread that a site's call has sent somewhere, some time ago. */

	.text
	.globl	late_call
	.type	late_call, %function
	.p2align 4
/* x0 is the traced function's argument already; x30 is its parent. */
late_call:
	.cfi_startproc
	hint	34			/* bti c */
	mov	x9, x30
	.cfi_register 30, 9
	mov	x30, x2
	/* A thunk is no landing pad for br. */
	ret	x1
	.cfi_endproc
	.size	late_call, . - late_call

	.section .note.GNU-stack, "", %progbits
