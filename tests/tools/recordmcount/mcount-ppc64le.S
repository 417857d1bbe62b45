/* SPDX-License-Identifier: MIT */
/*
 * A hidden _mcount, called without a PLT stub: back to the site's next
 * instruction with r2 and the caller's LR, which stands in r0, untouched.
 */
	.abiversion 2
	.text
	.globl	_mcount
	.hidden	_mcount
	.type	_mcount, @function
_mcount:
	mflr	12
	mtctr	12
	mtlr	0
	bctr
	.size	_mcount, . - _mcount
	.section .note.GNU-stack, "", @progbits
