/* SPDX-License-Identifier: MIT */
/* x86_64: a thread that a site's call has sent somewhere, some time ago. */

	.text
	.globl	late_call
	.type	late_call, @function
	.p2align 4
/* rdi is the traced function's argument already; 0(%rsp) is its parent. */
late_call:
	.cfi_startproc
	endbr64
	pushq	%rdx
	.cfi_def_cfa_offset 16
	jmp	*%rsi
	.cfi_endproc
	.size	late_call, . - late_call

/* long late_jump(long x, unsigned long code): of a site that jumped */
	.globl	late_jump
	.type	late_jump, @function
	.p2align 4
late_jump:
	.cfi_startproc
	endbr64
	jmp	*%rsi
	.cfi_endproc
	.size	late_jump, . - late_jump

	.section .note.GNU-stack, "", @progbits
