/* SPDX-License-Identifier: MIT */
/* x86_64: trampolines for direct calls; see <ftrace/trampoline.h>. */
#ifndef FTRACE_ASM_DIRECT_H
#define FTRACE_ASM_DIRECT_H

#include <ftrace/asm/ftrace.h>

/* An object without this mark takes it from the whole program. */
#ifdef __CET__
#include <cet.h>
#endif

/*
 * On entry, from the site or from the library:
 *	0(%rsp)		where to go on, behind the site
 *	8(%rsp)		the traced function's own return address
 *	live		rdi rsi rdx rcx r8 r9, al, r10, xmm0-7, callee-saved
 *
 * The frame is that of a function that the traced one calls, so that plain CFI
 * and a walk over frame pointers name both. rsp is aligned, whatever it was.
 */
#define FTRACE_DIRECT_XMM	64
#define FTRACE_DIRECT_FRAME	(FTRACE_DIRECT_XMM + 8 * 16)

	.macro	ftrace_direct_trampoline name, function, ip
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
	subq	$FTRACE_DIRECT_FRAME, %rsp
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
	movaps	%xmm\n, FTRACE_DIRECT_XMM+16*\n(%rsp)
	.endr
	.if	\ip
	movq	8(%rbp), %rdi
	subq	$MCOUNT_INSN_SIZE, %rdi
	.endif
	call	\function@PLT
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movaps	FTRACE_DIRECT_XMM+16*\n(%rsp), %xmm\n
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

#define FTRACE_DIRECT_TRAMPOLINE(name, function) \
	ftrace_direct_trampoline name, function, 0
#define FTRACE_DIRECT_TRAMPOLINE_IP(name, function) \
	ftrace_direct_trampoline name, function, 1

#endif
