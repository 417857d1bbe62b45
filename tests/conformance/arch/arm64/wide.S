/* SPDX-License-Identifier: MIT */
/* arm64: a call with SVE arguments, or with as much of them as the CPU has. */

	.arch	armv8-a+sve

/* A predicate has an eighth of a vector's bits: where p0 lies, in predicates. */
#define P_AT	64

/* Eight vectors, and four predicates behind them. */
	.macro	move sve, vector, vectors, predicate, at
	cbz	\sve, 1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	\vector	z\n, [\at, #\n, mul vl]
	.endr
	.irp	n, 0, 1, 2, 3
	\predicate p\n, [\at, #P_AT + \n, mul vl]
	.endr
	b	2f
1:	\vectors q0, q1, [\at, #0]
	\vectors q2, q3, [\at, #32]
	\vectors q4, q5, [\at, #64]
	\vectors q6, q7, [\at, #96]
2:
	.endm

	.text
/*
 * void wide_target(const void *in, void *seen, bool sve): traced. Its symbol
 * does not tell what it takes, like one that strip took away.
 */
	.globl	wide_target
	.type	wide_target, %function
	.p2align 4
wide_target:
	.cfi_startproc
.Lsite:	nop
	nop
	move	x2, str, stp, str, x1
	ret
	.cfi_endproc
	.size	wide_target, . - wide_target

	.section __patchable_function_entries, "awo", %progbits, .Lsite
	.balign	8
	.xword	.Lsite
	.text

/* void wide_call(const void *in, void *seen, bool sve) */
	.globl	wide_call
	.type	wide_call, %function
	.p2align 4
wide_call:
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset 29, -16
	.cfi_offset 30, -8
	mov	x29, sp
	move	x2, ldr, ldp, ldr, x0
	bl	wide_target
	ldp	x29, x30, [sp], #16
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size	wide_call, . - wide_call

/* void wide_destroy(void): what a callback may lose, where there is SVE. */
	.globl	wide_destroy
	.type	wide_destroy, %function
	.p2align 4
wide_destroy:
	.cfi_startproc
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30, 31
	mov	z\n\().b, #0x6b
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	ptrue	p\n\().h
	.endr
	wrffr	p0.b
	ret
	.cfi_endproc
	.size	wide_destroy, . - wide_destroy

	.section .note.GNU-stack, "", %progbits
