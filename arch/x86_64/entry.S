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
 * The frame is a struct ftrace_regs at rsp, up to and with the two return
 * addresses; rbp points at its own_rbp, so that a walk over frame pointers
 * goes on. It is aligned as the caller's stack was.
 *
 * The count of instructions is the cost of a traced call: what an accessor
 * can work out later (rip, rsp, whether there is a direct call) is not stored.
 */
#define FRAME_SIZE	FREGS_OWN_RBX	/* below what is pushed */

#define thread		%rbx
#define slot		%r11
#define set		%r10

/*
 * What a caller may pass in registers: six integers, al (vector registers
 * used by a variadic call), r10 (static chain), xmm0-7. Unaligned moves cost
 * nothing where the stack is aligned, and survive a caller who did not care.
 */
	.macro	save_arguments
	movq	%rdi, FREGS_RDI(%rsp)
	movq	%rsi, FREGS_RSI(%rsp)
	movq	%rdx, FREGS_RDX(%rsp)
	movq	%rcx, FREGS_RCX(%rsp)
	movq	%r8, FREGS_R8(%rsp)
	movq	%r9, FREGS_R9(%rsp)
	movq	%rax, FREGS_RAX(%rsp)
	movq	%r10, FREGS_R10(%rsp)
	movups	%xmm0, FREGS_XMM+0(%rsp)
	movups	%xmm1, FREGS_XMM+16(%rsp)
	movups	%xmm2, FREGS_XMM+32(%rsp)
	movups	%xmm3, FREGS_XMM+48(%rsp)
	movups	%xmm4, FREGS_XMM+64(%rsp)
	movups	%xmm5, FREGS_XMM+80(%rsp)
	movups	%xmm6, FREGS_XMM+96(%rsp)
	movups	%xmm7, FREGS_XMM+112(%rsp)
	.endm

	.macro	restore_arguments
	movups	FREGS_XMM+0(%rsp), %xmm0
	movups	FREGS_XMM+16(%rsp), %xmm1
	movups	FREGS_XMM+32(%rsp), %xmm2
	movups	FREGS_XMM+48(%rsp), %xmm3
	movups	FREGS_XMM+64(%rsp), %xmm4
	movups	FREGS_XMM+80(%rsp), %xmm5
	movups	FREGS_XMM+96(%rsp), %xmm6
	movups	FREGS_XMM+112(%rsp), %xmm7
	movq	FREGS_RDI(%rsp), %rdi
	movq	FREGS_RSI(%rsp), %rsi
	movq	FREGS_RDX(%rsp), %rdx
	movq	FREGS_RCX(%rsp), %rcx
	movq	FREGS_R8(%rsp), %r8
	movq	FREGS_R9(%rsp), %r9
	movq	FREGS_RAX(%rsp), %rax
	movq	FREGS_R10(%rsp), %r10
	.endm

/* rbx and rbp lie in the frame already; nothing before changed the flags. */
	.macro	save_all
	pushfq
	popq	%rax
	movq	%rax, FREGS_EFLAGS(%rsp)
	movq	%r15, FREGS_R15(%rsp)
	movq	%r14, FREGS_R14(%rsp)
	movq	%r13, FREGS_R13(%rsp)
	movq	%r12, FREGS_R12(%rsp)
	movq	%r11, FREGS_R11(%rsp)
	movq	FREGS_OWN_RBX(%rsp), %rax
	movq	%rax, FREGS_RBX(%rsp)
	movq	FREGS_OWN_RBP(%rsp), %rax
	movq	%rax, FREGS_RBP(%rsp)
	movq	FREGS_RETURN(%rsp), %rax
	movq	%rax, FREGS_RIP(%rsp)
	leaq	FREGS_PARENT(%rsp), %rax
	movq	%rax, FREGS_RSP(%rsp)
	movl	%cs, %eax
	movq	%rax, FREGS_CS(%rsp)
	movl	%ss, %eax
	movq	%rax, FREGS_SS(%rsp)
	movq	$-1, FREGS_ORIG_RAX(%rsp)
	.endm

/*
 * The flags are not put back here: what comes after compares.
 *
 * What a callback wrote into pt_regs holds, but for rsp and the segments.
 * rbx and rbp go to where drop_frame finds them; r11 is free at a site.
 */
	.macro	restore_all
	movq	FREGS_R15(%rsp), %r15
	movq	FREGS_R14(%rsp), %r14
	movq	FREGS_R13(%rsp), %r13
	movq	FREGS_R12(%rsp), %r12
	movq	FREGS_RBX(%rsp), %r11
	movq	%r11, FREGS_OWN_RBX(%rsp)
	movq	FREGS_RBP(%rsp), %r11
	movq	%r11, FREGS_OWN_RBP(%rsp)
	.endm

/*
 * r8(ip, parent_ip, ops, fregs), with errno kept. It is stored only if it was
 * changed: a store each time would make each call wait for the last one's.
 */
	.macro	call_func
	movq	FTRACE_THREAD_ERRNO(thread), %rax
	movl	(%rax), %eax
	movl	%eax, FREGS_ERRNO(%rsp)
	movq	FREGS_RETURN(%rsp), %rdi
	subq	$MCOUNT_INSN_SIZE, %rdi
	movq	FREGS_PARENT(%rsp), %rsi
	movq	FTRACE_SET_OPS(set), %rdx
	movq	%rsp, %rcx
	call	*%r8
	movq	FTRACE_THREAD_ERRNO(thread), %rax
	movl	FREGS_ERRNO(%rsp), %ecx
	cmpl	%ecx, (%rax)
	je	9f
	movl	%ecx, (%rax)
9:
	.endm

/* Give the frame up, with nothing left above the return address. */
	.macro	drop_frame
	movq	FREGS_OWN_RBX(%rsp), %rbx
	leave
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	.cfi_same_value %rbx
	.endm

	.macro	entry name, full
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	endbr64
	/* rbp chains: callback, here, the caller's frame */
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	.cfi_offset %rbx, -24
	leaq	-FRAME_SIZE(%rsp), %rsp
	save_arguments
	.if	\full
	save_all
	.endif
	movq	$\full, FREGS_STATE(%rsp)

	/*
	 * thread = ftrace_self, made on this thread's first call. Initial-exec
	 * TLS: a load, no call and no allocation.
	 */
	movq	ftrace_self@gottpoff(%rip), %rax
	movq	%fs:(%rax), thread
	testq	thread, thread
	jz	8f
1:	movq	FTRACE_THREAD_DEPTH(thread), %rcx
	testq	%rcx, %rcx
	jnz	7f

	/*
	 * depth first, then the run that it covers: the entry of a signal
	 * handler in between takes the next run. Only then the set is read.
	 */
	movq	$1, FTRACE_THREAD_DEPTH(thread)
	movq	%rsp, FTRACE_THREAD_RUN+FTRACE_RUN_SP(thread)
	movq	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(thread)
	movq	FTRACE_SLOT_SET(slot), set
	movq	FTRACE_SET_FUNC(set), %r8

	call_func
	movq	$0, FTRACE_THREAD_DEPTH(thread)

3:	restore_arguments
	.if	\full
	restore_all
	/* a callback may have written pt_regs->rip without the accessor */
	movq	FREGS_RETURN(%rsp), %r11
	cmpq	%r11, FREGS_RIP(%rsp)
	jne	5f
	.endif
	/* one test for all that a callback may have asked for */
	cmpq	$\full, FREGS_STATE(%rsp)
	jne	4f
	.if	\full
	/* rip and rsp are where they were: the flags go back last */
	pushq	FREGS_EFLAGS(%rsp)
	popfq
	.endif
	.cfi_remember_state
	drop_frame
	ret
	.cfi_restore_state

	/*
	 * Direct: as if called from the site, which is where it returns to.
	 * A jump, with the return address left in place: calls and returns
	 * stay matched.
	 */
4:	testq	$FREGS_DIRECT, FREGS_STATE(%rsp)
	jz	5f
	movq	FREGS_ORIG_RAX(%rsp), %r11
	.cfi_remember_state
	drop_frame
	jmp	*%r11
	.cfi_restore_state

	/* The instruction pointer was changed: nothing returns to the site. */
5:	movq	FREGS_RIP(%rsp), %r11
	.cfi_remember_state
	drop_frame
	leaq	8(%rsp), %rsp
	jmp	*%r11
	.cfi_restore_state

	/*
	 * Inside another callback, which may be one level too many: those
	 * beyond the last share its run, and set->nested calls nobody there.
	 */
7:	movq	%rcx, FREGS_DEPTH(%rsp)
	leaq	1(%rcx), %rax
	movq	%rax, FTRACE_THREAD_DEPTH(thread)
	movl	$FTRACE_MAX_DEPTH, %eax
	cmpq	%rax, %rcx
	cmova	%rax, %rcx
	shlq	$FTRACE_RUN_SHIFT, %rcx
	movq	%rsp, FTRACE_THREAD_RUN+FTRACE_RUN_SP(thread, %rcx)
	movq	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(thread, %rcx)
	movq	FTRACE_SLOT_SET(slot), set
	movq	FTRACE_SET_NESTED(set), %r8
	call_func
	movq	FREGS_DEPTH(%rsp), %rcx
	movq	%rcx, FTRACE_THREAD_DEPTH(thread)
	jmp	3b

	/*
	 * struct ftrace_thread *ftrace_thread_attach(void): arguments are
	 * saved, only the slot has to live through it. A thread that can have
	 * no block runs no callback.
	 */
8:	movq	slot, FREGS_R11(%rsp)
	call	ftrace_thread_attach
	movq	FREGS_R11(%rsp), slot
	movq	%rax, thread
	testq	thread, thread
	jnz	1b
	jmp	3b
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
