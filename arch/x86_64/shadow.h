/* SPDX-License-Identifier: MIT */
/* x86_64: what a shadow stack has to be told; macros of entry.S and graph.S. */
#ifndef FTRACE_X86_64_SHADOW_H
#define FTRACE_X86_64_SHADOW_H

	/* r11, and the flags: is there one? Without it rdssp is a nop. */
	.macro	find_shadow
	xorl	%r11d, %r11d
	rdsspq	%r11
	testq	%r11, %r11
	.endm

	/* The return address on top goes; whoever uses this drops the stack's. */
	.macro	drop_shadow
	find_shadow
	jz	48f
	movl	$1, %r11d
	incsspq	%r11
48:
	.endm

#endif
