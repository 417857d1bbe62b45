/* SPDX-License-Identifier: MIT */
/* x86_64: from a site, through a thunk, to the callbacks and back. */

#include <ftrace/asm/ftrace.h>

#include "../../generic/entry_layout.h"
#include "regs.h"

/*
 * void ftrace_caller(void), void ftrace_regs_caller(void)
 *
 * On entry, from a thunk:
 *	r11		slot, the struct ftrace_slot of the thunk
 *	0(%rsp)		ip + MCOUNT_INSN_SIZE, back into the traced function
 *	8(%rsp)		parent_ip, the traced function's own return address
 *	live		rdi rsi rdx rcx r8 r9, al, r10, xmm0-7, callee-saved
 *
 * The frame, below the two return addresses:
 *	  0(%rbp)	rbp		so that a walk over frames goes on
 *	 -8(%rbp)	rbx		then the thread's block
 *	-16(%rbp)	r12		then the slot, then the depth we found
 *	-24(%rbp)	r13		then rsp at the site, then errno
 *			up to 15 bytes: the caller may be assembly, and the
 *			callback is C, which trusts its alignment
 *	FREGS(%rsp)	struct ftrace_regs
 *	XMM(%rsp)	xmm0-7
 */
#define XMM		0
#define FREGS		(8 * 16)
#define FRAME_SIZE	(FREGS + FREGS_SIZE + 8)

#define RBX_AT		-8(%rbp)
#define R12_AT		-16(%rbp)
#define R13_AT		-24(%rbp)
#define RETURN_AT	8(%rbp)		/* ip + MCOUNT_INSN_SIZE */
#define PARENT_AT	16(%rbp)

#define thread		%rbx
#define slot		%r12		/* then depth */
#define depth		%r12
#define saved_errno	%r13d

	.macro	save_arguments
	movq	%rdi, FREGS+FREGS_RDI(%rsp)
	movq	%rsi, FREGS+FREGS_RSI(%rsp)
	movq	%rdx, FREGS+FREGS_RDX(%rsp)
	movq	%rcx, FREGS+FREGS_RCX(%rsp)
	movq	%r8, FREGS+FREGS_R8(%rsp)
	movq	%r9, FREGS+FREGS_R9(%rsp)
	movq	%rax, FREGS+FREGS_RAX(%rsp)
	movq	%r10, FREGS+FREGS_R10(%rsp)
	movaps	%xmm0, XMM+0(%rsp)
	movaps	%xmm1, XMM+16(%rsp)
	movaps	%xmm2, XMM+32(%rsp)
	movaps	%xmm3, XMM+48(%rsp)
	movaps	%xmm4, XMM+64(%rsp)
	movaps	%xmm5, XMM+80(%rsp)
	movaps	%xmm6, XMM+96(%rsp)
	movaps	%xmm7, XMM+112(%rsp)
	.endm

	.macro	restore_arguments
	movaps	XMM+0(%rsp), %xmm0
	movaps	XMM+16(%rsp), %xmm1
	movaps	XMM+32(%rsp), %xmm2
	movaps	XMM+48(%rsp), %xmm3
	movaps	XMM+64(%rsp), %xmm4
	movaps	XMM+80(%rsp), %xmm5
	movaps	XMM+96(%rsp), %xmm6
	movaps	XMM+112(%rsp), %xmm7
	movq	FREGS+FREGS_RDI(%rsp), %rdi
	movq	FREGS+FREGS_RSI(%rsp), %rsi
	movq	FREGS+FREGS_RDX(%rsp), %rdx
	movq	FREGS+FREGS_RCX(%rsp), %rcx
	movq	FREGS+FREGS_R8(%rsp), %r8
	movq	FREGS+FREGS_R9(%rsp), %r9
	movq	FREGS+FREGS_RAX(%rsp), %rax
	movq	FREGS+FREGS_R10(%rsp), %r10
	.endm

/* r13 holds the flags; rbx, r12 and rbp lie where the frame has them. */
	.macro	save_all
	movq	%r15, FREGS+FREGS_R15(%rsp)
	movq	%r14, FREGS+FREGS_R14(%rsp)
	movq	R13_AT, %rax
	movq	%rax, FREGS+FREGS_R13(%rsp)
	movq	R12_AT, %rax
	movq	%rax, FREGS+FREGS_R12(%rsp)
	movq	RBX_AT, %rax
	movq	%rax, FREGS+FREGS_RBX(%rsp)
	movq	%r11, FREGS+FREGS_R11(%rsp)
	movq	$-1, FREGS+FREGS_ORIG_RAX(%rsp)
	movl	%cs, %eax
	movq	%rax, FREGS+FREGS_CS(%rsp)
	movl	%ss, %eax
	movq	%rax, FREGS+FREGS_SS(%rsp)
	movq	%r13, FREGS+FREGS_EFLAGS(%rsp)
	.endm

/* What a callback wrote into pt_regs holds, but for rsp and the segments. */
	.macro	restore_all
	pushq	FREGS+FREGS_EFLAGS(%rsp)
	popfq
	movq	FREGS+FREGS_R15(%rsp), %r15
	movq	FREGS+FREGS_R14(%rsp), %r14
	movq	FREGS+FREGS_R13(%rsp), %r13
	movq	FREGS+FREGS_R12(%rsp), %r12
	movq	FREGS+FREGS_RBX(%rsp), %rbx
	movq	FREGS+FREGS_RBP(%rsp), %r11
	movq	%r11, 0(%rbp)
	.endm

	.macro	restore_own
	movq	R13_AT, %r13
	movq	R12_AT, %r12
	movq	RBX_AT, %rbx
	.endm

	.macro	entry name, full
	.globl	\name
	.hidden	\name
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
	pushq	%rbx
	.cfi_offset %rbx, -24
	pushq	%r12
	.cfi_offset %r12, -32
	pushq	%r13
	.cfi_offset %r13, -40
	.if	\full
	pushfq
	popq	%r13
	.endif
	leaq	-FRAME_SIZE(%rsp), %rsp
	andq	$-16, %rsp
	save_arguments
	.if	\full
	save_all
	.endif
	movq	0(%rbp), %rax
	movq	%rax, FREGS+FREGS_RBP(%rsp)
	leaq	PARENT_AT, %r13			/* rsp at the site */
	movq	%r13, FREGS+FREGS_RSP(%rsp)
	movq	RETURN_AT, %rdi
	movq	%rdi, FREGS+FREGS_RIP(%rsp)
	movq	$0, FREGS+FREGS_DIRECT(%rsp)
	movq	$\full, FREGS+FREGS_FULL(%rsp)

	/* thread = ftrace_self, made on this thread's first call */
	movq	%r11, slot
	movq	ftrace_self@gottpoff(%rip), %rax
	movq	%fs:(%rax), thread
	testq	thread, thread
	jz	4f

	/*
	 * depth first, then the run that it covers: the entry of a signal
	 * handler in between takes the next run. Only then the set is read.
	 */
1:	movq	FTRACE_THREAD_DEPTH(thread), %rcx
	leaq	1(%rcx), %rax
	movq	%rax, FTRACE_THREAD_DEPTH(thread)
	movl	$FTRACE_MAX_DEPTH, %eax
	cmpq	%rax, %rcx
	cmovb	%rcx, %rax
	shlq	$FTRACE_RUN_SHIFT, %rax
	movq	%r13, FTRACE_THREAD_RUN+FTRACE_RUN_SP(thread, %rax)
	movq	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(thread, %rax)
	movq	FTRACE_SLOT_SET(slot), %r10
	movq	%rcx, depth

	/* set->func(ip, parent_ip, ops, fregs), or nested inside another */
	movq	FTRACE_SET_FUNC(%r10), %rax
	testq	depth, depth
	jz	2f
	movq	FTRACE_SET_NESTED(%r10), %rax
2:	movq	FTRACE_THREAD_ERRNO(thread), %r13
	movl	(%r13), saved_errno
	movq	RETURN_AT, %rdi
	subq	$MCOUNT_INSN_SIZE, %rdi
	movq	PARENT_AT, %rsi
	movq	FTRACE_SET_OPS(%r10), %rdx
	leaq	FREGS(%rsp), %rcx
	call	*%rax

	movq	FTRACE_THREAD_ERRNO(thread), %rax
	movl	saved_errno, (%rax)
	movq	depth, FTRACE_THREAD_DEPTH(thread)

3:	restore_arguments
	.if	\full
	restore_all
	.else
	restore_own
	.endif
	movq	FREGS+FREGS_DIRECT(%rsp), %r11
	testq	%r11, %r11
	jnz	5f
	movq	FREGS+FREGS_RIP(%rsp), %r11
	cmpq	RETURN_AT, %r11
	jne	6f
	.cfi_remember_state
	leave
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	.cfi_same_value %rbx
	.cfi_same_value %r12
	.cfi_same_value %r13
	ret
	.cfi_restore_state

	/* A thread that can have no block runs no callback. */
4:	call	ftrace_thread_attach
	movq	%rax, thread
	testq	thread, thread
	jnz	1b
	jmp	3b

	/* Direct: as if called from the site, which is where it returns to. */
5:	.cfi_remember_state
	leave
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	.cfi_same_value %rbx
	.cfi_same_value %r12
	.cfi_same_value %r13
	jmp	*%r11
	.cfi_restore_state

	/* The instruction pointer was changed: nothing returns to the site. */
6:	leave
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	.cfi_same_value %rbx
	.cfi_same_value %r12
	.cfi_same_value %r13
	leaq	8(%rsp), %rsp
	jmp	*%r11
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	entry	ftrace_caller, 0
	entry	ftrace_regs_caller, 1

/*
 * void ftrace_return_to_parent(void)
 *
 * Where an override goes on: 0(%rsp) is the traced function's return address.
 */
	.globl	ftrace_return_to_parent
	.hidden	ftrace_return_to_parent
	.type	ftrace_return_to_parent, @function
	.p2align 4
ftrace_return_to_parent:
	.cfi_startproc
	endbr64
	ret
	.cfi_endproc
	.size	ftrace_return_to_parent, . - ftrace_return_to_parent

	.section .note.GNU-stack, "", @progbits
