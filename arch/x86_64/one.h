/* SPDX-License-Identifier: MIT */
/* x86_64: an entry's short way for a graph client; macros of entry.S. */
#ifndef FTRACE_X86_64_ONE_H
#define FTRACE_X86_64_ONE_H

/*
 * A graph client alone on a function: ftrace_graph_one() and what leads to the
 * body, with the handler returning to here, so that nothing is kept for a C
 * function's own frame. Any other set's function is called as by other entries.
 */
	.macro	graph_one vec
	movq	thread, %rdi
	leaq	F(0), %rdx
	movq	F(FREGS_PARENT), %rcx
	movq	F(FREGS_RETURN), %r8
	subq	$MCOUNT_INSN_SIZE, %r8
	call	ftrace_graph_open
	movq	RUN(FRAME), %r11
	movq	$0, RUN(OPS)
	testl	%eax, %eax
	jz	32f
	/* Upper parts, or a wish: what leaves in the long way puts it right. */
	cmpq	$FREGS_PARTIAL, F(FREGS_STATE)
	jne	33f
	movq	%r11, FTRACE_THREAD_TOP(thread)
	put_errno
	movq	$0, FTRACE_THREAD_DEPTH(thread)
	movq	%r11, %rbx
	movq	F(FREGS_OWN_RBX), %rax
	movq	%rax, FTRACE_FRAME_SAVED(%rbx)
	movq	F(FREGS_RETURN), %r11
	restore_vectors \vec
	restore_arguments
	.cfi_remember_state
	IN_FRAME(3, SAVED)
	/* Both addresses at once: rbx has the parent's. See graph.S. */
	leaq	F(FREGS_PARENT+8), %rsp
	movq	(%rbp), %rbp		/* below rsp, where no signal writes */
	.cfi_same_value %rbp
	IN_FRAME(16, PARENT)
	.cfi_escape 0x0f, 2, 0x77, 1
	.cfi_escape 0x16, 7, 2, 0x77, 0
	jmp	ftrace_graph_go_\vec
	.cfi_restore_state

	/* Its return is not wanted; or it went another way, and has no frame. */
32:	testq	%r11, %r11
	jz	34f
	movq	$0, FTRACE_FRAME_SP(%r11)
	jmp	34f

33:	movq	thread, %rdi
	movq	%r11, %rsi
	leaq	F(0), %rdx
	call	ftrace_graph_wait
34:	put_errno
	movq	$0, FTRACE_THREAD_DEPTH(thread)
	.endm

#endif
