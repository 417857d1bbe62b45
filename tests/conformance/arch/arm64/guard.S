/* SPDX-License-Identifier: MIT */
/* arm64: a call that lands where nothing expects one. */

/*
 * void guard_land(const void *code)
 *
 * By blr, so that guarded text refuses all but a landing pad there. Where it
 * does not, what is there finds the state of a site, and x17 to return by.
 */
	.text
	.globl	guard_land
	.type	guard_land, %function
	.p2align 4
guard_land:
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset 29, -16
	.cfi_offset 30, -8
	mov	x29, sp
	mov	x10, x0
	adr	x9, 1f
	mov	x17, x9
	blr	x10
1:	hint	34			/* bti c */
	ldp	x29, x30, [sp], #16
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size	guard_land, . - guard_land

	.section .note.GNU-stack, "", %progbits
