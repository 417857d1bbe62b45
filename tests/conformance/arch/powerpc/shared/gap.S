/* SPDX-License-Identifier: MIT */
/* Text that nobody runs, more than a branch reaches. */
	.text
	.skip	40 << 20
	.section .note.GNU-stack, "", @progbits
