/* SPDX-License-Identifier: MIT */
/* arm64: all vectors, predicates and ffr there are, around a traced call. */

	.arch	armv8-a+sve

#define ALL_16	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define ALL_32	ALL_16, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, \
		29, 30, 31

/* Behind the vectors 16 predicates, and then ffr. */
#define FFR_AT	16

	.macro	predicates insn, at
	.irp	n, ALL_16
	\insn	p\n, [\at, #\n, mul vl]
	.endr
	.endm

	.text
/*
 * void keep_target(const void *in, void *seen, bool sve)
 *
 * The traced function: stores what it finds at seen. Its symbol does not tell
 * what it looks at.
 */
	.globl	keep_target
	.type	keep_target, %function
	.p2align 4
keep_target:
	.cfi_startproc
	hint	34			// bti c
.Lsite:	nop
	nop
	cbz	x2, 1f
	.irp	n, ALL_32
	str	z\n, [x1, #\n, mul vl]
	.endr
	addvl	x1, x1, #16
	addvl	x1, x1, #16
	predicates str, x1
	rdffr	p0.b
	str	p0, [x1, #FFR_AT, mul vl]
	ret
1:	.irp	n, ALL_32
	str	q\n, [x1, #16 * \n]
	.endr
	ret
	.cfi_endproc
	.size	keep_target, . - keep_target

	.section __patchable_function_entries, "awo", %progbits, .Lsite
	.balign	8
	.xword	.Lsite
	.text

/* void keep_call(const void *in, void *seen, bool sve, const void *target) */
	.globl	keep_call
	.type	keep_call, %function
	.p2align 4
keep_call:
	.cfi_startproc
	stp	x29, x30, [sp, #-80]!
	.cfi_def_cfa_offset 80
	.cfi_offset 29, -80
	.cfi_offset 30, -72
	mov	x29, sp
	stp	d8, d9, [sp, #16]
	stp	d10, d11, [sp, #32]
	stp	d12, d13, [sp, #48]
	stp	d14, d15, [sp, #64]
	cbz	x2, 1f
	addvl	x4, x0, #16
	addvl	x4, x4, #16
	ldr	p0, [x4, #FFR_AT, mul vl]
	wrffr	p0.b
	predicates ldr, x4
	.irp	n, ALL_32
	ldr	z\n, [x0, #\n, mul vl]
	.endr
	b	2f
1:	.irp	n, ALL_32
	ldr	q\n, [x0, #16 * \n]
	.endr
2:	blr	x3
	ldp	d8, d9, [sp, #16]
	ldp	d10, d11, [sp, #32]
	ldp	d12, d13, [sp, #48]
	ldp	d14, d15, [sp, #64]
	ldp	x29, x30, [sp], #80
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size	keep_call, . - keep_call

/*
 * void keep_destroy(bool sve): all of them, but for the lower halves of v8 to
 * v15, which a callback keeps.
 */
	.globl	keep_destroy
	.type	keep_destroy, %function
	.p2align 4
keep_destroy:
	.cfi_startproc
	mov	x1, #0x6b6b
	cbz	x0, 1f
	.irp	n, ALL_16
	ptrue	p\n\().h
	.endr
	wrffr	p0.b
1:	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30, 31
	dup	v\n\().2d, x1		// clears what is above
	.endr
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	v\n\().d[1], x1
	.endr
	ret
	.cfi_endproc
	.size	keep_destroy, . - keep_destroy

	.section .note.GNU-stack, "", %progbits
