/* SPDX-License-Identifier: MIT */
/* arm64: load every register, call a traced function, dump what it sees. */
#include "arch.h"

/*
 * Store all registers in the memory at \to, as they are, flags included.
 * \parent holds where the traced function returns to, \into where a direct
 * function does. Nothing changes, but the words below the stack pointer.
 */
	.macro	dump to, parent, into
	stp	x16, x17, [sp, #-16]!
	adrp	x16, \to
	add	x16, x16, :lo12:\to
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [x16, #STATE_X(\n)]
	.endr
	str	\parent, [x16, #STATE_PARENT]
	str	\into, [x16, #STATE_INTO]
	mrs	x17, nzcv
	str	x17, [x16, #STATE_NZCV]
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x16, #STATE_Q(\n)]
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	ldr	x17, [sp, #16+8*\n]
	str	x17, [x16, #STATE_STACK+8*\n]
	.endr
	ldr	x17, [sp]
	str	x17, [x16, #STATE_X(16)]
	ldr	x17, [sp, #8]
	str	x17, [x16, #STATE_X(17)]
	add	x17, sp, #16
	str	x17, [x16, #STATE_SP]
	ldp	x16, x17, [sp], #16
	.endm

	.macro	function name
	.globl	\name
	.type	\name, %function
	.p2align 4
\name:
	.cfi_startproc
	.endm

	.macro	endfunction name
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
/* void state_target(void): the site as gcc emits it, then the dump */
	function state_target
.Lsite:	nop
	nop
	dump	state_seen, x30, x9
	ret
	endfunction state_target

	.section __patchable_function_entries, "awo", %progbits, .Lsite
	.balign	8
	.xword	.Lsite
	.text

/* Direct: x30 into the function, x9 its parent */
	function direct_dump
	hint	34			/* bti c */
	dump	state_direct, x9, x30
	mov	x10, x30
	mov	x30, x9
	ret	x10
	endfunction direct_dump

/*
 * void state_call(const void *in, void *after)
 *
 * The frame, when state_target is called:
 *	0	eight words of arguments
 *	64	after
 *	80	x29, x30
 *	96	x19-x28
 *	176	d8-d15
 */
#define AFTER	64
#define FRAME	240
	function state_call
	sub	sp, sp, #FRAME
	.cfi_def_cfa_offset FRAME
	stp	x29, x30, [sp, #80]
	.cfi_offset 29, 80 - FRAME
	.cfi_offset 30, 88 - FRAME
	stp	x19, x20, [sp, #96]
	stp	x21, x22, [sp, #112]
	stp	x23, x24, [sp, #128]
	stp	x25, x26, [sp, #144]
	stp	x27, x28, [sp, #160]
	stp	d8, d9, [sp, #176]
	stp	d10, d11, [sp, #192]
	stp	d12, d13, [sp, #208]
	stp	d14, d15, [sp, #224]
	str	x1, [sp, #AFTER]
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	ldr	x9, [x0, #STATE_STACK+8*\n]
	str	x9, [sp, #8*\n]
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ldr	q\n, [x0, #STATE_Q(\n)]
	.endr
	ldr	x9, [x0, #STATE_NZCV]
	msr	nzcv, x9
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 0
	ldr	x\n, [x0, #STATE_X(\n)]
	.endr
	bl	state_target
	dump	state_scratch, x30, x9
	ldr	x1, [sp, #AFTER]
	adrp	x0, state_scratch
	add	x0, x0, :lo12:state_scratch
	mov	x2, #STATE_SIZE
1:	ldr	x3, [x0], #8
	str	x3, [x1], #8
	subs	x2, x2, #8
	b.ne	1b
	ldp	d14, d15, [sp, #224]
	ldp	d12, d13, [sp, #208]
	ldp	d10, d11, [sp, #192]
	ldp	d8, d9, [sp, #176]
	ldp	x27, x28, [sp, #160]
	ldp	x25, x26, [sp, #144]
	ldp	x23, x24, [sp, #128]
	ldp	x21, x22, [sp, #112]
	ldp	x19, x20, [sp, #96]
	ldp	x29, x30, [sp, #80]
	.cfi_restore 29
	.cfi_restore 30
	add	sp, sp, #FRAME
	.cfi_def_cfa_offset 0
	ret
	endfunction state_call

/*
 * void state_callback(ip, parent_ip, ops, fregs)
 *
 * A callback that leaves nothing in any register that a call may clobber.
 */
	function state_callback
	hint	34			/* bti c */
	adrp	x16, state_callback_sp
	mov	x17, sp
	str	x17, [x16, :lo12:state_callback_sp]
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset 29, -16
	.cfi_offset 30, -8
	mov	x29, sp
	bl	state_callback_c
	ldp	x29, x30, [sp], #16
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	mov	x0, #0x6b6b
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	add	x\n, x0, #\n
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30, 31
	dup	v\n\().2d, x0
	.endr
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	v\n\().d[1], x0
	.endr
	cmp	x0, x0
	ret
	endfunction state_callback

	.bss
	.balign	16
	.globl	state_seen, state_direct, state_callback_sp
state_seen:
	.skip	STATE_SIZE
state_direct:
	.skip	STATE_SIZE
state_scratch:
	.skip	STATE_SIZE
state_callback_sp:
	.skip	8

	.section .note.GNU-stack, "", %progbits
