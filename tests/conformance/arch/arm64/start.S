/* SPDX-License-Identifier: MIT */
/* arm64: where the program starts, so that all of it has landing pads. */

	.text
	.globl	_start
	.type	_start, %function
_start:
	.cfi_startproc
	/* Nobody called: the end of the stack for whoever walks it. */
	.cfi_undefined x30
	hint	34			/* bti c */
	mov	x29, #0
	mov	x30, #0
	/* main, argc, argv, init, fini, rtld_fini, stack_end */
	mov	x5, x0
	ldr	x1, [sp]
	add	x2, sp, #8
	adrp	x0, main
	add	x0, x0, :lo12:main
	mov	x3, #0
	mov	x4, #0
	mov	x6, sp
	bl	__libc_start_main
	brk	#0
	.cfi_endproc
	.size	_start, . - _start

/* Names this object to the C library: atexit() and the like. */
	.section .data.rel.ro, "aw", %progbits
	.globl	__dso_handle
	.hidden	__dso_handle
	.type	__dso_handle, %object
	.balign	8
__dso_handle:
	.xword	__dso_handle
	.size	__dso_handle, 8

	.section .note.GNU-stack, "", %progbits
