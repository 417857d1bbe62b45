/* SPDX-License-Identifier: MIT */
/* i386: what -pg -mfentry calls until its site is known. */
#include "../../../generic/entry_layout.h"

/*
 * void __fentry__(void)
 *
 * On entry, from the first instruction of a function:
 *	0(%esp)	back into the function
 *	4(%esp)	parent_ip
 *	free	nothing but the flags
 *
 * One in each object, and hidden, so that the C library's, which profiles,
 * stays out. It may be linked into a PIE, though gcc refuses -mfentry there.
 */
	.text
	.globl	__fentry__
	.hidden	__fentry__
	.type	__fentry__, @function
	.p2align 4
__fentry__:
	.cfi_startproc
	endbr32
	pushl	%eax
	.cfi_def_cfa_offset 8
	call	2f
1:	addl	$ftrace_mcount_slot - 1b, %eax
	cmpl	$0, FTRACE_SLOT_ENTRY(%eax)
	je	3f
	/* As a thunk does: the slot on the stack, and on to its entry. */
	pushl	FTRACE_SLOT_ENTRY(%eax)
	.cfi_def_cfa_offset 12
	xchgl	%eax, 4(%esp)
	/* No register is left to jump by; processes of 32 bits have no shadow. */
	ret
	.cfi_def_cfa_offset 8
2:	.cfi_def_cfa_offset 12
	movl	(%esp), %eax
	ret
	.cfi_def_cfa_offset 8
3:	popl	%eax
	.cfi_def_cfa_offset 4
	ret
	.cfi_endproc
	.size	__fentry__, . - __fentry__

	.bss
	.globl	ftrace_mcount_slot
	.hidden	ftrace_mcount_slot
	.type	ftrace_mcount_slot, @object
	.p2align 2
ftrace_mcount_slot:
	.zero	2 * FTRACE_WORD
	.size	ftrace_mcount_slot, . - ftrace_mcount_slot

	.section .note.GNU-stack, "", @progbits
