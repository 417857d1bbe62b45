/* SPDX-License-Identifier: MIT */
/* i386: a call of a thunk that comes late. */

	.text
	.globl	late_call
	.type	late_call, @function
	.p2align 4
/* 4(%esp) is the traced function's argument already; 0(%esp) is its parent. */
late_call:
	.cfi_startproc
	endbr32
	movl	8(%esp), %eax
	pushl	12(%esp)
	.cfi_def_cfa_offset 8
	jmp	*%eax
	.cfi_endproc
	.size	late_call, . - late_call

	.section .note.GNU-stack, "", @progbits
