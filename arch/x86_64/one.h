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
	keep_errno
	site_to_arguments
	movq	set, %rdx
	movq	thread, %r8
	call	ftrace_graph_open
	cmpq	$0, RUN(OPS)
	je	34f
	testl	%eax, %eax
	jz	32f
	/* Upper parts, or a wish: what leaves in the long way puts it right. */
	movq	RUN(FRAME), %r11
	movq	$0, RUN(OPS)
	cmpq	$FREGS_PARTIAL, F(FREGS_STATE)
	jne	33f
	movq	%r11, FTRACE_THREAD_TOP(thread)
	put_errno
	movq	$0, FTRACE_THREAD_DEPTH(thread)
	movq	%r11, %rbx
	movq	F(FREGS_OWN_RBX), %rax
	movq	%rax, FTRACE_FRAME_SAVED(%rbx)
	movq	F(FREGS_RETURN), %r11
	movq	%r11, FTRACE_FRAME_SITE(%rbx)
	restore_vectors \vec
	restore_arguments
	.cfi_remember_state
	IN_FRAME(3, SAVED)
	leave
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	/* Both addresses at once: rbx has the parent's. See graph.S. */
	leaq	16(%rsp), %rsp
	IN_FRAME(16, PARENT)
	.cfi_escape 0x0f, 2, 0x77, 1
	.cfi_escape 0x16, 7, 2, 0x77, 0
	jmp	ftrace_graph_go_\vec
	.cfi_restore_state

	/* Its return is not wanted. */
32:	movq	RUN(FRAME), %r11
	movq	$0, RUN(OPS)
	movq	$0, FTRACE_FRAME_SP(%r11)
	jmp	34f

33:	movq	thread, %rdi
	movq	%r11, %rsi
	leaq	F(0), %rdx
	call	ftrace_graph_commit
34:	put_errno
	movq	$0, FTRACE_THREAD_DEPTH(thread)
	.endm

#endif
