/* SPDX-License-Identifier: MIT */
/* powerpc: what a traced function calls before its site becomes a nop. */
#include "../abi.h"

/*
 * void _mcount(void)
 *
 * On entry, from mflr r0; bl _mcount:
 *	LR	back into the traced function
 *	r0	parent_ip, which the function expects in LR again: a leaf
 *		returns by it without another look at r0
 *	free	r12, CTR
 *
 * One in each object, and hidden: a call between objects would go through a
 * stub that expects a nop behind the bl, to put r2 back, and gcc leaves none.
 * It also keeps the C library's _mcount, which profiles, out. ppc has no such sites.
 */
#ifdef __powerpc64__
#define COLUMN_LR	65
#define COLUMN_SITE	66

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
	mtctr	%r12
	.cfi_register COLUMN_SITE, 12
	mtlr	%r0
	.cfi_same_value COLUMN_LR
	bctr
	.cfi_endproc
	.size	_mcount, . - _mcount
#endif

	.section .note.GNU-stack, "", @progbits
