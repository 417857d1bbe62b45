/* SPDX-License-Identifier: MIT */
/* x86_64: vector arguments that are wider than the base ISA's. */

	.macro	eight insn, reg, size, load
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	.if	\load
	\insn	\size*\n(%rdi), %\reg\()\n
	.else
	\insn	%\reg\()\n, \size*\n(%rsi)
	.endif
	.endr
	.endm

	.text
/*
 * void wide_target(const void *in, void *seen, unsigned int width)
 *
 * The traced function: stores xmm, ymm or zmm 0 to 7 at seen.
 */
	.globl	wide_target
	.type	wide_target, @function
	.p2align 4
wide_target:
	.cfi_startproc
.Lsite:	nop
	nop
	nop
	nop
	nop
	/* Not where a call of the site returns to: this is elsewhere. */
	nop
	.globl	wide_elsewhere
wide_elsewhere:
	cmpl	$32, %edx
	je	1f
	ja	2f
	eight	movups, xmm, 16, 0
	ret
1:	eight	vmovups, ymm, 32, 0
	vzeroupper
	ret
2:	eight	vmovups, zmm, 64, 0
	vzeroupper
	ret
	.cfi_endproc
	.size	wide_target, . - wide_target

	.section __patchable_function_entries, "awo", @progbits, .Lsite
	.balign	8
	.quad	.Lsite
	.text

/* void wide_call(const void *in, void *seen, unsigned int width) */
	.globl	wide_call
	.type	wide_call, @function
	.p2align 4
wide_call:
	.cfi_startproc
	subq	$8, %rsp
	.cfi_def_cfa_offset 16
	cmpl	$32, %edx
	je	1f
	ja	2f
	eight	movups, xmm, 16, 1
	jmp	3f
1:	eight	vmovups, ymm, 32, 1
	jmp	3f
2:	eight	vmovups, zmm, 64, 1
	/* Equal: an entry that forgets to compare finds nothing in use. */
3:	cmpl	%edx, %edx
	call	wide_target
	addq	$8, %rsp
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	.size	wide_call, . - wide_call

	.section .note.GNU-stack, "", @progbits
