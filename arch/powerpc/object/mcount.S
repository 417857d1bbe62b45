/* SPDX-License-Identifier: MIT */
/* powerpc: what a traced function calls before its site becomes a nop. */
#include "../abi.h"
#include "../../../generic/entry_layout.h"

/*
 * void _mcount(void)
 *
 * On entry, from mflr r0; bl _mcount:
 *	LR	back into the traced function
 *	r0	parent_ip, which the function expects in LR again: a leaf
 *		returns by it without another look at r0
 *	free	r12, CTR, and the stack below r1, which signals leave alone
 *
 * One in each object, and hidden: a call between objects would go through a
 * stub that expects a nop behind the bl, to put r2 back, and gcc leaves none.
 * It also keeps the C library's _mcount, which profiles, out. ppc has no such sites.
 */
#ifdef __powerpc64__
#define COLUMN_LR	65
#define COLUMN_SITE	66
#define INTO		(-8)
#define SLOT		(-16)

	.text
	.globl	_mcount
	.hidden	_mcount
	.type	_mcount, @function
	.p2align 4
_mcount:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column COLUMN_SITE
	.cfi_register COLUMN_SITE, COLUMN_LR
	.cfi_register COLUMN_LR, 0
	mflr	%r12
	std	%r12, INTO(%r1)
	.cfi_offset COLUMN_SITE, INTO
	/* Not by r2: a function that uses none may have been given any. */
	bcl	20, 31, 1f
1:	mflr	%r12
	addis	%r12, %r12, (ftrace_mcount_slot - 1b)@ha
	addi	%r12, %r12, (ftrace_mcount_slot - 1b)@l
	std	%r12, SLOT(%r1)
	ld	%r12, FTRACE_SLOT_ENTRY(%r12)
	mtctr	%r12
	cmpdi	%r12, 0
	ld	%r12, INTO(%r1)
	beq	2f
	/* As a thunk does: the slot in r12, the entry in CTR. */
	mtlr	%r12
	.cfi_register COLUMN_SITE, COLUMN_LR
	ld	%r12, SLOT(%r1)
	bctr
2:	.cfi_register COLUMN_SITE, 12
	mtctr	%r12
	mtlr	%r0
	.cfi_same_value COLUMN_LR
	bctr
	.cfi_endproc
	.size	_mcount, . - _mcount

	.section .bss
	.globl	ftrace_mcount_slot
	.hidden	ftrace_mcount_slot
	.type	ftrace_mcount_slot, @object
	.p2align 3
ftrace_mcount_slot:
	.zero	2 * FTRACE_WORD
	.size	ftrace_mcount_slot, . - ftrace_mcount_slot
#endif

	.section .note.GNU-stack, "", @progbits
