/* SPDX-License-Identifier: MIT */
/* i386: load every register, call a traced function, dump what it sees. */
#include "arch.h"

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

	/* ebx = the address of a variable of this file */
	.macro	address_of name
	call	get_pc_ebx
	addl	$_GLOBAL_OFFSET_TABLE_, %ebx
	leal	\name@GOTOFF(%ebx), %ebx
	.endm

	.text
get_pc_ebx:
	.cfi_startproc
	movl	(%esp), %ebx
	ret
	.cfi_endproc

/* Where pushfl and pushal leave things. */
#define EDI	0
#define ESP	12
#define EAX	28
#define FLAGS	32
#define BELOW	36

/*
 * Store all registers in the memory at \to, as they are, flags included. The
 * function's return address lies at \at(%esp). Nothing changes, but what lies
 * below the stack pointer.
 */
	.macro	dump to, at
	pushfl
	.cfi_adjust_cfa_offset 4
	pushal
	.cfi_adjust_cfa_offset 32
	address_of \to
	/* edi esi ebp esp ebx edx ecx eax, the other way round */
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movl	EAX-4*\n(%esp), %eax
	movl	%eax, STATE_GPR(\n)(%ebx)
	.endr
	movl	FLAGS(%esp), %eax
	movl	%eax, STATE_FLAGS(%ebx)
	leal	BELOW+\at(%esp), %eax
	movl	%eax, STATE_GPR(4)(%ebx)
	movl	BELOW+\at(%esp), %eax
	movl	%eax, STATE_PARENT(%ebx)
	movl	BELOW(%esp), %eax
	movl	%eax, STATE_INTO(%ebx)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	movl	BELOW+\at+4+4*\n(%esp), %eax
	movl	%eax, STATE_STACK+4*\n(%ebx)
	.endr
	movl	%ebx, %edi
	address_of state_has_sse
	cmpb	$0, (%ebx)
	je	1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movups	%xmm\n, STATE_XMM(\n)(%edi)
	.endr
1:	cmpb	$0, state_has_mmx-state_has_sse(%ebx)
	je	2f
	.irp	n, 0, 1, 2
	movq	%mm\n, STATE_MM(\n)(%edi)
	.endr
2:	popal
	.cfi_adjust_cfa_offset -32
	popfl
	.cfi_adjust_cfa_offset -4
	.endm

/* void state_target(void): the site as gcc emits it, then the dump */
	function state_target
.Lsite:	nop
	nop
	nop
	nop
	nop
	dump	state_seen, 0
	ret
	endfunction state_target

	.section __patchable_function_entries, "awo", @progbits, .Lsite
	.balign	4
	.long	.Lsite
	.text

/* Direct: 0(%esp) into the function, 4(%esp) its parent */
	function direct_dump
	dump	state_direct, 4
	ret
	endfunction direct_dump

/*
 * void state_call(const void *in, void *after)
 *
 * The frame, when state_target is called:
 *	0(%esp)		ten words of arguments
 *	40(%esp)	after
 *	44(%esp)	unused
 */
#define AFTER	40
#define FRAME	60
	function state_call
	pushl	%ebp
	.cfi_def_cfa_offset 8
	.cfi_offset %ebp, -8
	pushl	%ebx
	.cfi_def_cfa_offset 12
	.cfi_offset %ebx, -12
	pushl	%esi
	.cfi_def_cfa_offset 16
	.cfi_offset %esi, -16
	pushl	%edi
	.cfi_def_cfa_offset 20
	.cfi_offset %edi, -20
	subl	$FRAME, %esp
	.cfi_def_cfa_offset 20+FRAME
	movl	20+FRAME+4(%esp), %eax
	movl	%eax, AFTER(%esp)
	movl	20+FRAME(%esp), %edi
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	movl	STATE_STACK+4*\n(%edi), %eax
	movl	%eax, 4*\n(%esp)
	.endr
	address_of state_has_sse
	cmpb	$0, (%ebx)
	je	1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movups	STATE_XMM(\n)(%edi), %xmm\n
	.endr
1:	cmpb	$0, state_has_mmx-state_has_sse(%ebx)
	je	2f
	.irp	n, 0, 1, 2
	movq	STATE_MM(\n)(%edi), %mm\n
	.endr
2:	pushl	STATE_FLAGS(%edi)
	popfl
	movl	STATE_GPR(0)(%edi), %eax
	movl	STATE_GPR(1)(%edi), %ecx
	movl	STATE_GPR(2)(%edi), %edx
	movl	STATE_GPR(3)(%edi), %ebx
	movl	STATE_GPR(5)(%edi), %ebp
	movl	STATE_GPR(6)(%edi), %esi
	movl	STATE_GPR(7)(%edi), %edi
	call	state_target
	dump	state_scratch, -4
	address_of state_has_sse
	cmpb	$0, state_has_mmx-state_has_sse(%ebx)
	je	3f
	emms
3:	address_of state_scratch
	/* That return address is gone, and others were pushed over it. */
	movl	$0, STATE_PARENT(%ebx)
	movl	$0, STATE_INTO(%ebx)
	cld
	movl	%ebx, %esi
	movl	AFTER(%esp), %edi
	movl	$STATE_SIZE, %ecx
	rep	movsb
	addl	$FRAME, %esp
	.cfi_def_cfa_offset 20
	popl	%edi
	.cfi_def_cfa_offset 16
	popl	%esi
	.cfi_def_cfa_offset 12
	popl	%ebx
	.cfi_def_cfa_offset 8
	popl	%ebp
	.cfi_def_cfa_offset 4
	ret
	endfunction state_call

/*
 * void state_callback(ip, parent_ip, ops, fregs)
 *
 * A callback that leaves nothing in any register that a call may clobber, nor
 * in its arguments, which are its own.
 */
	function state_callback
	pushl	%ebx
	.cfi_def_cfa_offset 8
	.cfi_offset %ebx, -8
	address_of state_callback_sp
	leal	4(%esp), %eax
	movl	%eax, (%ebx)
	subl	$8, %esp
	.cfi_def_cfa_offset 16
	.irp	n, 0, 1, 2, 3
	pushl	16+12(%esp)
	.cfi_adjust_cfa_offset 4
	.endr
	call	state_callback_c
	addl	$24, %esp
	.cfi_def_cfa_offset 8
	address_of state_has_sse
	movl	$0x6b6b6b6b, %eax
	.irp	n, 0, 1, 2, 3
	movl	%eax, 8+4*\n(%esp)
	.endr
	cmpb	$0, (%ebx)
	je	1f
	subl	$16, %esp
	.cfi_adjust_cfa_offset 16
	.irp	n, 0, 1, 2, 3
	movl	%eax, 4*\n(%esp)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movups	(%esp), %xmm\n
	.endr
	addl	$16, %esp
	.cfi_adjust_cfa_offset -16
1:	movl	%eax, %ecx
	movl	%eax, %edx
	popl	%ebx
	.cfi_def_cfa_offset 4
	ret
	endfunction state_callback

	.data
	.globl	state_has_sse, state_has_mmx
state_has_sse:
	.byte	0
state_has_mmx:
	.byte	0

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
	.skip	4

	.section .note.GNU-stack, "", @progbits
