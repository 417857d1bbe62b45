/* SPDX-License-Identifier: MIT */
/* x86_64: what -pg -mfentry calls until its site is known. */
#include "../../../generic/entry_layout.h"

/*
 * void __fentry__(void)
 *
 * On entry, from the first instruction of a function:
 *	0(%rsp)	back into the function
 *	8(%rsp)	parent_ip
 *	free	r11
 *
 * One in each object, and hidden: so the linker makes direct calls of it, and
 * the C library's, which profiles, stays out.
 */
	.text
	.globl	__fentry__
	.hidden	__fentry__
	.type	__fentry__, @function
	.p2align 4
__fentry__:
	.cfi_startproc
	endbr64
	leaq	ftrace_mcount_slot(%rip), %r11
	/* An entry that was there once stays. */
	cmpq	$0, FTRACE_SLOT_ENTRY(%r11)
	je	1f
	jmp	*FTRACE_SLOT_ENTRY(%r11)	/* as a thunk does */
1:	ret
	.cfi_endproc
	.size	__fentry__, . - __fentry__

	.bss
	.globl	ftrace_mcount_slot
	.hidden	ftrace_mcount_slot
	.type	ftrace_mcount_slot, @object
	.p2align 3
ftrace_mcount_slot:
	.zero	2 * FTRACE_WORD
	.size	ftrace_mcount_slot, . - ftrace_mcount_slot

	.section .note.GNU-stack, "", @progbits
