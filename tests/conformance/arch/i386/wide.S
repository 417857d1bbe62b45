/* SPDX-License-Identifier: MIT */
/* i386: vector arguments, as wide as the CPU has them. */

	.macro	three insn, reg, size, load
	.irp	n, 0, 1, 2
	.if	\load
	\insn	\size*\n(%eax), %\reg\()\n
	.else
	\insn	%\reg\()\n, \size*\n(%eax)
	.endif
	.endr
	.endm

	.text
/*
 * void wide_target(const void *in, void *seen, unsigned int width)
 *
 * The traced function: stores xmm, ymm or zmm 0 to 2 at seen.
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
	movl	8(%esp), %eax
	cmpl	$16, 12(%esp)
	jb	3f
	cmpl	$32, 12(%esp)
	je	1f
	ja	2f
	three	movups, xmm, 16, 0
	ret
1:	three	vmovups, ymm, 32, 0
	vzeroupper
	ret
2:	three	vmovups, zmm, 64, 0
	vzeroupper
3:	ret
	.cfi_endproc
	.size	wide_target, . - wide_target

	.section __patchable_function_entries, "awo", @progbits, .Lsite
	.balign	4
	.long	.Lsite
	.text

/* void wide_call(const void *in, void *seen, unsigned int width) */
	.globl	wide_call
	.type	wide_call, @function
	.p2align 4
wide_call:
	.cfi_startproc
	movl	4(%esp), %eax
	cmpl	$16, 12(%esp)
	jb	3f
	cmpl	$32, 12(%esp)
	je	1f
	ja	2f
	three	movups, xmm, 16, 1
	jmp	3f
1:	three	vmovups, ymm, 32, 1
	jmp	3f
2:	three	vmovups, zmm, 64, 1
3:	jmp	wide_target
	.cfi_endproc
	.size	wide_call, . - wide_call

	.section .note.GNU-stack, "", @progbits
