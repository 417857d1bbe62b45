/* SPDX-License-Identifier: MIT */
/* x86_64: all vector registers and opmasks there are, around a traced call. */

#define ALL_16		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define ALL_32		ALL_16, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
			27, 28, 29, 30, 31
#define MASKS		0, 1, 2, 3, 4, 5, 6, 7
#define MASKS_AT	(32 * 64)

	.macro	vectors insn, reg, size, load, regs:vararg
	.irp	n, \regs
	.if	\load
	\insn	\size*\n(%rdi), %\reg\()\n
	.else
	\insn	%\reg\()\n, \size*\n(%rsi)
	.endif
	.endr
	.endm

	/* by the width in edx: 16, 32, 64 */
	.macro	all load
	cmpl	$32, %edx
	je	1f
	ja	2f
	vectors	movups, xmm, 16, \load, ALL_16
	jmp	3f
1:	vectors	vmovups, ymm, 32, \load, ALL_16
	jmp	3f
2:	vectors	vmovups, zmm, 64, \load, ALL_32
	.irp	n, MASKS
	.if	\load
	kmovq	MASKS_AT+8*\n(%rdi), %k\n
	.else
	kmovq	%k\n, MASKS_AT+8*\n(%rsi)
	.endif
	.endr
3:
	.endm

	.text
/*
 * void keep_target(const void *in, void *seen, unsigned int width)
 *
 * The traced function: stores what it finds at seen.
 */
	.globl	keep_target
	.type	keep_target, @function
	.p2align 4
keep_target:
	.cfi_startproc
.Lsite:	nop
	nop
	nop
	nop
	nop
	all	0
	ret
	.cfi_endproc
	.size	keep_target, . - keep_target

	.section __patchable_function_entries, "awo", @progbits, .Lsite
	.balign	8
	.quad	.Lsite
	.text

/* void keep_call(const void *in, void *seen, unsigned int width) */
	.globl	keep_call
	.type	keep_call, @function
	.p2align 4
keep_call:
	.cfi_startproc
	subq	$8, %rsp
	.cfi_def_cfa_offset 16
	all	1
	call	keep_target
	cmpl	$16, %edx
	je	1f
	vzeroupper
1:	addq	$8, %rsp
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	.size	keep_call, . - keep_call

/* void keep_destroy(unsigned int width): all of them become zero */
	.globl	keep_destroy
	.type	keep_destroy, @function
	.p2align 4
keep_destroy:
	.cfi_startproc
	cmpl	$32, %edi
	je	2f
	ja	1f
	.irp	n, ALL_16
	pxor	%xmm\n, %xmm\n
	.endr
	ret
1:	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vpxorq	%zmm\n, %zmm\n, %zmm\n
	.endr
	.irp	n, MASKS
	kxorq	%k\n, %k\n, %k\n
	.endr
2:	vzeroall
	ret
	.cfi_endproc
	.size	keep_destroy, . - keep_destroy

	.section .note.GNU-stack, "", @progbits
