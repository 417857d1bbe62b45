/* SPDX-License-Identifier: MIT */
/* i386: trampolines for direct calls; see <ftrace/trampoline.h>. */
#ifndef FTRACE_ASM_DIRECT_H
#define FTRACE_ASM_DIRECT_H

#include <ftrace/asm/ftrace.h>

/* An object without this mark takes it from the whole program. */
#ifdef __CET__
#include <cet.h>
#endif

/* What no CPU of the target has to have is kept if the file may use it. */
#ifdef __SSE__
#define FTRACE_DIRECT_VECTORS	1
#else
#define FTRACE_DIRECT_VECTORS	0
#endif

/*
 * On entry, from the site or from the library:
 *	0(%esp)		where to go on, behind the site
 *	4(%esp)		the traced function's own return address
 *	8(%esp)		its arguments on the stack
 *	live		eax edx ecx, xmm0-2, callee-saved
 *
 * The frame is that of a function that the traced one calls, so that plain CFI
 * and a walk over frame pointers name both. Upwards:
 *	esp		the arguments once more, as the C function finds its own
 *			behind its own return address; aligned, whatever it was
 *	ebp - 64	xmm0-2, ecx, edx, eax, ebx
 *	ebp		ebp, where to go on, the return address, the arguments
 *
 * Nothing is found by esp behind the call: who pops arguments pops these. ebx
 * is what the C function's entry in a PLT needs, if it has one.
 */
#define FTRACE_DIRECT_XMM	(-64)
#define FTRACE_DIRECT_FRAME	(3 * 16 + 6 * 4)

	.text
	.type	ftrace_direct_pc, @function
	.p2align 4
ftrace_direct_pc:
	.cfi_startproc
	movl	(%esp), %ebx
	ret
	.cfi_endproc
	.size	ftrace_direct_pc, . - ftrace_direct_pc

	.macro	ftrace_direct_trampoline name, function, ip
	.globl	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	endbr32
	pushl	%ebp
	.cfi_def_cfa_offset 8
	.cfi_offset %ebp, -8
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	pushl	%ebx
	.cfi_offset %ebx, -12
	pushl	%eax
	pushl	%edx
	pushl	%ecx
	subl	$FTRACE_DIRECT_FRAME, %esp
	andl	$-16, %esp
	.if	FTRACE_DIRECT_VECTORS
	.irp	n, 0, 1, 2
	movups	%xmm\n, FTRACE_DIRECT_XMM+16*\n(%ebp)
	.endr
	.endif
	.if	\ip
	movl	4(%ebp), %ebx
	subl	$MCOUNT_INSN_SIZE, %ebx
	movl	%ebx, 0(%esp)
	.else
	.irp	n, 0, 1, 2, 3, 4, 5
	movl	12+4*\n(%ebp), %ebx
	movl	%ebx, 4*\n(%esp)
	.endr
	.endif
	call	ftrace_direct_pc
	addl	$_GLOBAL_OFFSET_TABLE_, %ebx
	call	\function@PLT
	.if	FTRACE_DIRECT_VECTORS
	.irp	n, 0, 1, 2
	movups	FTRACE_DIRECT_XMM+16*\n(%ebp), %xmm\n
	.endr
	.endif
	movl	-16(%ebp), %ecx
	movl	-12(%ebp), %edx
	movl	-8(%ebp), %eax
	movl	-4(%ebp), %ebx
	.cfi_same_value %ebx
	leave
	.cfi_def_cfa %esp, 4
	.cfi_same_value %ebp
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

#define FTRACE_DIRECT_TRAMPOLINE(name, function) \
	ftrace_direct_trampoline name, function, 0
#define FTRACE_DIRECT_TRAMPOLINE_IP(name, function) \
	ftrace_direct_trampoline name, function, 1

#endif
