/* SPDX-License-Identifier: MIT */
/* powerpc: a thread that a site's call has sent somewhere, some time ago. */
#include "arch.h"

	.text
/* r3 is the traced function's argument already; LR is its parent. */
	code	late_call
	mflr	%r0
	.cfi_register 65, 0
	mtlr	%r5
	mtctr	%r4
	bctr
	endfunction late_call

	.section .note.GNU-stack, "", @progbits
