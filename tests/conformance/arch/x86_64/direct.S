/* SPDX-License-Identifier: MIT */
/* x86_64: trampolines for direct calls. */

/*
 * On entry 0(%rsp) is the address behind the site, 8(%rsp) where the traced
 * function returns to, and every argument register is live.
 */
#define INTO	8(%rbp)
#define PARENT	16(%rbp)
#define XMM	64
#define FRAME	(64 + 8 * 16)

	.macro	trampoline name, which
	.globl	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	endbr64
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	subq	$FRAME, %rsp
	andq	$-16, %rsp
	movq	%rax, 0(%rsp)
	movq	%rdi, 8(%rsp)
	movq	%rsi, 16(%rsp)
	movq	%rdx, 24(%rsp)
	movq	%rcx, 32(%rsp)
	movq	%r8, 40(%rsp)
	movq	%r9, 48(%rsp)
	movq	%r10, 56(%rsp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movaps	%xmm\n, XMM+16*\n(%rsp)
	.endr
	movl	$\which, %edi
	movq	INTO, %rsi
	movq	PARENT, %rdx
	call	direct_hit
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movaps	XMM+16*\n(%rsp), %xmm\n
	.endr
	movq	0(%rsp), %rax
	movq	8(%rsp), %rdi
	movq	16(%rsp), %rsi
	movq	24(%rsp), %rdx
	movq	32(%rsp), %rcx
	movq	40(%rsp), %r8
	movq	48(%rsp), %r9
	movq	56(%rsp), %r10
	leave
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	trampoline direct_one, 1
	trampoline direct_two, 2

/* A blob, copied far away: counts in the word that its last word points to. */
	.section .rodata
	.globl	direct_far, direct_far_end
	.balign	8
direct_far:
	endbr64
	movq	1f(%rip), %r11
	lock incq (%r11)
	ret
	.balign	8
1:	.quad	0
direct_far_end:

	.section .note.GNU-stack, "", @progbits
