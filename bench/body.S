/* SPDX-License-Identifier: MIT */
/* What has to be byte for byte as it is: calls and jumps by hand, a busy body. */

	.text

.macro begin name
	.globl	\name
	.type	\name, @function
\name:
.endm

.macro end name
	.size	\name, . - \name
.endm

	.p2align 6
begin bench_stub
	ret
end bench_stub

	.p2align 6
begin bench_hand_call		/* long bench_hand_call(long v) */
	call	bench_stub
	leaq	1(%rdi), %rax
	ret
end bench_hand_call

	.p2align 6
begin bench_hand_far		/* long bench_hand_far(long v) */
	call	*bench_far_stub(%rip)
	leaq	1(%rdi), %rax
	ret
end bench_hand_far

	.p2align 6
begin bench_hand_jump		/* long bench_hand_jump(long v) */
	jmp	bench_target
end bench_hand_jump

/* A direct call that does not come back: its own return address goes. */
	.p2align 6
begin bench_redirect_stub
	addq	$8, %rsp
	jmp	bench_target
end bench_redirect_stub

	.p2align 6
begin bench_target		/* long bench_target(long v) */
	leaq	1(%rdi), %rax
	ret
end bench_target

/*
 * A body that only the width of the machine limits: nothing waits for a result
 * or a port (three of each six instructions need none), so that whatever is
 * at the entry takes its place in the front end and shows. A call takes whole
 * cycles, in which an instruction more may or may not find room: six bodies,
 * each one instruction longer than the last, for the mean. All begin at the
 * same offset in a cache line, with their entries right before it.
 */
#define VARIANTS 0, 1, 2, 3, 4, 5

.macro body extra
	.rept	21
	xorl	%eax, %eax
	addl	$1, %eax
	xorl	%ecx, %ecx
	addl	$1, %ecx
	xorl	%edx, %edx
	addl	$1, %edx
	.endr
	.rept	\extra
	xorl	%esi, %esi
	.endr
	leaq	1(%rdi), %rax
	ret
.endm

/* The next entry of a table of functions, "1" being the function. */
.macro listed section
	.pushsection \section, "aw", @progbits
	.quad	1b
	.popsection
.endm

.macro table name
	.pushsection .data.rel.ro, "aw", @progbits
	.p2align 3
	.globl	\name
\name:
	.popsection
.endm

table bench_busy		/* bench_fn *const bench_busy[6] */
.irp extra, VARIANTS
	.p2align 6
	.skip	16, 0xcc
1:	body	\extra
	listed	.data.rel.ro
.endr

table bench_busy_site		/* bench_fn *const bench_busy_site[6] */
.irp extra, VARIANTS
	.p2align 6
	.skip	11, 0xcc
1:	.byte	0x90, 0x90, 0x90, 0x90, 0x90
	body	\extra
	listed	.data.rel.ro
	listed	__patchable_function_entries
.endr

/* What a compiler leaves if nobody turns its five nops into one. */
table bench_busy_nops		/* bench_fn *const bench_busy_nops[6] */
.irp extra, VARIANTS
	.p2align 6
	.skip	11, 0xcc
1:	.byte	0x90, 0x90, 0x90, 0x90, 0x90
	body	\extra
	listed	.data.rel.ro
.endr

/* Direct functions that count, one thread's calls. */
	.macro	counts name, at
	.globl	\name
	.type	\name, @function
	.p2align 4
\name:
	endbr64
	incq	bench_direct_hits+\at(%rip)
	ret
	.size	\name, . - \name
	.endm

	.text
	counts	bench_direct_a, 0
	counts	bench_direct_b, 8
	.globl	bench_direct_hits
	.comm	bench_direct_hits, 16, 8
	.globl	bench_far_stub
	.comm	bench_far_stub, 8, 8

	.section .note.GNU-stack, "", @progbits
