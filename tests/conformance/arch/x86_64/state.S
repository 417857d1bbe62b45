/* SPDX-License-Identifier: MIT */
/* x86_64: load every register, call a traced function, dump what it sees. */
#include "arch.h"

/*
 * Store all registers in the memory at \to, as they are, flags included. The
 * function's return address lies at \at(%rsp). Nothing changes, but the word
 * below the stack pointer.
 */
	.macro	dump to, at
	movq	%rax, \to+STATE_GPR(0)(%rip)
	pushfq
	popq	\to+STATE_FLAGS(%rip)
	movq	%rcx, \to+STATE_GPR(1)(%rip)
	movq	%rdx, \to+STATE_GPR(2)(%rip)
	movq	%rbx, \to+STATE_GPR(3)(%rip)
	movq	%rbp, \to+STATE_GPR(5)(%rip)
	movq	%rsi, \to+STATE_GPR(6)(%rip)
	movq	%rdi, \to+STATE_GPR(7)(%rip)
	movq	%r8, \to+STATE_GPR(8)(%rip)
	movq	%r9, \to+STATE_GPR(9)(%rip)
	movq	%r10, \to+STATE_GPR(10)(%rip)
	movq	%r11, \to+STATE_GPR(11)(%rip)
	movq	%r12, \to+STATE_GPR(12)(%rip)
	movq	%r13, \to+STATE_GPR(13)(%rip)
	movq	%r14, \to+STATE_GPR(14)(%rip)
	movq	%r15, \to+STATE_GPR(15)(%rip)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	%xmm\n, \to+STATE_XMM(\n)(%rip)
	.endr
	leaq	\at(%rsp), %rax
	movq	%rax, \to+STATE_GPR(4)(%rip)
	movq	\at(%rsp), %rax
	movq	%rax, \to+STATE_PARENT(%rip)
	movq	(%rsp), %rax
	movq	%rax, \to+STATE_INTO(%rip)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movq	\at+8+8*\n(%rsp), %rax
	movq	%rax, \to+STATE_STACK+8*\n(%rip)
	.endr
	movq	\to+STATE_GPR(0)(%rip), %rax
	.endm

	.macro	function name
	.globl	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	.endm

	.macro	endfunction name
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
/* void state_target(void): the site as gcc emits it, then the dump */
	function state_target
.Lsite:	nop
	nop
	nop
	nop
	nop
.Lseen:	dump	state_seen, 0
	ret
	endfunction state_target

/* The same at an odd place: its site lies in two words. It returns in st0, st1. */
	.p2align 4
	.skip	12, 0x90
	.globl	state_odd
	.type	state_odd, @function
state_odd:
	.cfi_startproc
.Lodd:	nop
	nop
	nop
	nop
	nop
	fldz
	fld1
	jmp	.Lseen
	endfunction state_odd

	.section __patchable_function_entries, "awo", @progbits, .Lsite
	.balign	8
	.quad	.Lsite
	.section __patchable_function_entries, "awo", @progbits, .Lodd
	.balign	8
	.quad	.Lodd
	.text

/* Direct: 0(%rsp) into the function, 8(%rsp) its parent */
	function direct_dump
	dump	state_direct, 8
	ret
	endfunction direct_dump

/*
 * void state_call(const void *in, void *after)
 *
 * The frame, when state_target is called:
 *	0(%rsp)		eight words of arguments
 *	64(%rsp)	after
 *	72(%rsp)	unused
 */
#define AFTER	64
	function state_call
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	pushq	%rbx
	.cfi_def_cfa_offset 24
	.cfi_offset %rbx, -24
	pushq	%r12
	.cfi_def_cfa_offset 32
	.cfi_offset %r12, -32
	pushq	%r13
	.cfi_def_cfa_offset 40
	.cfi_offset %r13, -40
	pushq	%r14
	.cfi_def_cfa_offset 48
	.cfi_offset %r14, -48
	pushq	%r15
	.cfi_def_cfa_offset 56
	.cfi_offset %r15, -56
	subq	$88, %rsp
	.cfi_def_cfa_offset 144
	movq	%rsi, AFTER(%rsp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movq	STATE_STACK+8*\n(%rdi), %rax
	movq	%rax, 8*\n(%rsp)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	STATE_XMM(\n)(%rdi), %xmm\n
	.endr
	pushq	STATE_FLAGS(%rdi)
	popfq
	movq	STATE_GPR(0)(%rdi), %rax
	movq	STATE_GPR(1)(%rdi), %rcx
	movq	STATE_GPR(2)(%rdi), %rdx
	movq	STATE_GPR(3)(%rdi), %rbx
	movq	STATE_GPR(5)(%rdi), %rbp
	movq	STATE_GPR(6)(%rdi), %rsi
	movq	STATE_GPR(8)(%rdi), %r8
	movq	STATE_GPR(9)(%rdi), %r9
	movq	STATE_GPR(10)(%rdi), %r10
	movq	STATE_GPR(11)(%rdi), %r11
	movq	STATE_GPR(12)(%rdi), %r12
	movq	STATE_GPR(13)(%rdi), %r13
	movq	STATE_GPR(14)(%rdi), %r14
	movq	STATE_GPR(15)(%rdi), %r15
	movq	STATE_GPR(7)(%rdi), %rdi
	call	*state_called(%rip)
	dump	state_scratch, -8
	emms				/* state_odd's */
	/* That return address is gone, and the flags were pushed over it. */
	movq	$0, state_scratch+STATE_PARENT(%rip)
	/* As bytes, by way of the scratch: it knows no pointer. */
	cld
	leaq	state_scratch(%rip), %rsi
	movq	AFTER(%rsp), %rdi
	movl	$STATE_SIZE, %ecx
	rep	movsb
	addq	$88, %rsp
	.cfi_def_cfa_offset 56
	popq	%r15
	.cfi_def_cfa_offset 48
	.cfi_restore %r15
	popq	%r14
	.cfi_def_cfa_offset 40
	.cfi_restore %r14
	popq	%r13
	.cfi_def_cfa_offset 32
	.cfi_restore %r13
	popq	%r12
	.cfi_def_cfa_offset 24
	.cfi_restore %r12
	popq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_restore %rbx
	popq	%rbp
	.cfi_def_cfa_offset 8
	.cfi_restore %rbp
	ret
	endfunction state_call

/*
 * void state_callback(ip, parent_ip, ops, fregs)
 *
 * A callback that leaves nothing in any register that a call may clobber.
 */
	function state_callback
	movq	%rsp, state_callback_sp(%rip)
	subq	$8, %rsp
	.cfi_def_cfa_offset 16
	call	state_callback_c
	addq	$8, %rsp
	.cfi_def_cfa_offset 8
	movq	$0x6b6b6b6b6b6b6b6b, %rax
	movq	%rax, %rcx
	movq	%rax, %rdx
	movq	%rax, %rsi
	movq	%rax, %rdi
	movq	%rax, %r8
	movq	%rax, %r9
	movq	%rax, %r10
	movq	%rax, %r11
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq	%rax, %xmm\n
	punpcklqdq %xmm\n, %xmm\n
	.endr
	xorl	%eax, %eax
	decq	%rax
	ret
	endfunction state_callback

	.data
	.balign	8
	.globl	state_called
state_called:
	.quad	state_target

	.bss
	.balign	16
	.globl	state_seen, state_direct, state_callback_sp
state_seen:
	.skip	STATE_SIZE
state_direct:
	.skip	STATE_SIZE
state_scratch:
	.skip	STATE_SIZE
state_callback_sp:
	.skip	8

	.section .note.GNU-stack, "", @progbits
