/* SPDX-License-Identifier: MIT */
/* Trampolines that the library makes for C functions. */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE(trampoline_six, trampoline_body)
FTRACE_DIRECT_TRAMPOLINE_IP(trampoline_ip_old, state_callback)
FTRACE_DIRECT_TRAMPOLINE(trampoline_walks, unwind_direct)

/* With SSE or without, as the CPU has it. */
	.globl	trampoline_ip
	.type	trampoline_ip, @function
	.p2align 4
trampoline_ip:
	.cfi_startproc
	endbr32
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_offset %ebx, -8
	call	ftrace_direct_pc
	addl	$_GLOBAL_OFFSET_TABLE_, %ebx
	cmpb	$0, state_has_sse@GOTOFF(%ebx)
	popl	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_same_value %ebx
	jne	trampoline_ip_sse
	jmp	trampoline_ip_old
	.cfi_endproc
	.size	trampoline_ip, . - trampoline_ip
