/* SPDX-License-Identifier: MIT */
/* x86_64: what -mfentry calls until the library is there. */

/* Of the program itself, so that the linker makes a direct call of it. */
	.text
	.globl	__fentry__
	.hidden	__fentry__
	.type	__fentry__, @function
	.p2align 4
__fentry__:
	.cfi_startproc
	endbr64
	ret
	.cfi_endproc
	.size	__fentry__, . - __fentry__

	.section .note.GNU-stack, "", @progbits
