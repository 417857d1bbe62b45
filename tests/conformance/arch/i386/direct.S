/* SPDX-License-Identifier: MIT */
/* i386: trampolines for direct calls. */

/*
 * On entry 0(%esp) is the address behind the site, 4(%esp) where the traced
 * function returns to, and eax edx ecx are live. xmm0-2 too, but not for the
 * functions that these are used on.
 */
#define INTO	4(%ebp)
#define PARENT	8(%ebp)

	.macro	trampoline name, which
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
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	subl	$28, %esp
	andl	$-16, %esp
	movl	$\which, 0(%esp)
	movl	INTO, %eax
	movl	%eax, 4(%esp)
	movl	PARENT, %eax
	movl	%eax, 8(%esp)
	call	direct_hit
	movl	-4(%ebp), %eax
	movl	-8(%ebp), %ecx
	movl	-12(%ebp), %edx
	leave
	.cfi_def_cfa %esp, 4
	.cfi_same_value %ebp
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
	.balign	4
direct_far:
	endbr32
	pushl	%eax
	call	1f
1:	popl	%eax
	movl	2f-1b(%eax), %eax
	lock incl (%eax)
	popl	%eax
	ret
	.balign	4
2:	.long	0
direct_far_end:

	.section .note.GNU-stack, "", @progbits
