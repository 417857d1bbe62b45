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

/*
 * What a tool does that is told of returns in the common way: keep what may be
 * an argument, as XRay does, put an address of its own in the place of the
 * parent's; there, keep what may be a value, and return to the parent.
 */
	.p2align 6
begin bench_swap
	subq	$208, %rsp
	movups	%xmm0, 64(%rsp)
	movups	%xmm1, 80(%rsp)
	movups	%xmm2, 96(%rsp)
	movups	%xmm3, 112(%rsp)
	movups	%xmm4, 128(%rsp)
	movups	%xmm5, 144(%rsp)
	movups	%xmm6, 160(%rsp)
	movups	%xmm7, 176(%rsp)
	movq	%rdi, (%rsp)
	movq	%rsi, 8(%rsp)
	movq	%rdx, 16(%rsp)
	movq	%rcx, 24(%rsp)
	movq	%r8, 32(%rsp)
	movq	%r9, 40(%rsp)
	movq	%rax, 48(%rsp)
	movq	%r10, 56(%rsp)
	movq	216(%rsp), %rdi
	call	bench_swap_enter
	leaq	bench_swap_back(%rip), %rax
	movq	%rax, 216(%rsp)
	movups	64(%rsp), %xmm0
	movups	80(%rsp), %xmm1
	movups	96(%rsp), %xmm2
	movups	112(%rsp), %xmm3
	movups	128(%rsp), %xmm4
	movups	144(%rsp), %xmm5
	movups	160(%rsp), %xmm6
	movups	176(%rsp), %xmm7
	movq	(%rsp), %rdi
	movq	8(%rsp), %rsi
	movq	16(%rsp), %rdx
	movq	24(%rsp), %rcx
	movq	32(%rsp), %r8
	movq	40(%rsp), %r9
	movq	48(%rsp), %rax
	movq	56(%rsp), %r10
	addq	$208, %rsp
	ret
end bench_swap

	.p2align 6
bench_swap_back:
	subq	$64, %rsp
	movups	%xmm0, (%rsp)
	movups	%xmm1, 16(%rsp)
	movq	%rax, 32(%rsp)
	movq	%rdx, 40(%rsp)
	call	bench_swap_leave
	movq	%rax, 56(%rsp)
	movups	(%rsp), %xmm0
	movups	16(%rsp), %xmm1
	movq	32(%rsp), %rax
	movq	40(%rsp), %rdx
	leaq	56(%rsp), %rsp
	ret

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
