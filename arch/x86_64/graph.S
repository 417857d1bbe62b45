/* SPDX-License-Identifier: MIT */
/* x86_64: a function's body is called, and its return told. */

#include <ftrace/asm/ftrace.h>

#include "../../generic/entry_layout.h"
#include "regs.h"
#include "shadow.h"

/*
 * void ftrace_graph_called_sse(void), and the same for CPUs with AVX and AVX-512
 *
 * As below, from an entry that leaves as to a direct call: of a site that called,
 * as some must. The frame is where the site's return address was.
 *
 * void ftrace_graph_caller_sse(void), and the same for CPUs with AVX and AVX-512
 *
 * On entry, from an entry:
 *	r11		the struct ftrace_frame of the call
 *	0(%rsp)		parent, which the frame has, too
 *	live		as at the site
 *
 * The body finds its caller's stack as it was, with the address behind the call
 * here in the place of the parent's. rbx leads to the frame meanwhile: it is put
 * back by whatever leaves the body, a return, longjmp or an unwinder.
 *
 * Behind the body, the frame of an entry: a struct ftrace_regs and what is above
 * it, with the registers that may hold a value: rax rdx, ymm0 (zmm0) xmm1, and
 * st0 st1 in the places of r12 to r15.
 */
#define FRAME_SIZE	FREGS_OWN_RBX	/* below what is pushed */
#define F(field)	(field - FREGS_OWN_RBP)(%rbp)
#define FRAME(what)	FTRACE_FRAME_##what(%rbx)


/* In the status word: which register is st0. */
#define FTOP		0x3800
/* What fxam says of a register that is empty, of these bits. */
#define FXAM_BITS	0x4500
#define FXAM_EMPTY	0x4100

	.macro	move_value vec, load
	.ifc	\vec, sse
	.if	\load
	movups	F(FREGS_XMM), %xmm0
	movups	F(FREGS_XMM+16), %xmm1
	.else
	movups	%xmm0, F(FREGS_XMM)
	movups	%xmm1, F(FREGS_XMM+16)
	.endif
	.else
	.ifc	\vec, avx
	.if	\load
	vmovups	(%rsp), %ymm0
	.else
	vmovups	%ymm0, (%rsp)
	.endif
	.else
	.if	\load
	vmovups	(%rsp), %zmm0
	.else
	vmovups	%zmm0, (%rsp)
	.endif
	.endif
	.if	\load
	vmovups	F(FREGS_XMM+16), %xmm1
	.else
	vmovups	%xmm1, F(FREGS_XMM+16)
	vzeroupper		/* handlers may be legacy SSE code */
	.endif
	.endif
	.endm

	/* rdx: ftrace_self, as an entry has it */
	.macro	thread_to_rdx
	movq	ftrace_self@gottpoff(%rip), %rdx
	movq	%fs:(%rdx), %rdx
	.endm

	.macro	graph_caller vec, room
	.globl	ftrace_graph_called_\vec
	.hidden	ftrace_graph_called_\vec
	.type	ftrace_graph_called_\vec, @function
	.p2align 4
ftrace_graph_called_\vec:
	.cfi_startproc
	.cfi_def_cfa_offset 16
	endbr64
	drop_shadow
	popq	%r11
	.cfi_def_cfa_offset 8
	jmp	ftrace_graph_caller_\vec
	.cfi_endproc
	.size	ftrace_graph_called_\vec, . - ftrace_graph_called_\vec

	.globl	ftrace_graph_caller_\vec, ftrace_graph_go_\vec
	.hidden	ftrace_graph_caller_\vec, ftrace_graph_go_\vec
	.globl	ftrace_graph_back_\vec
	.hidden	ftrace_graph_back_\vec
	.type	ftrace_graph_caller_\vec, @function
	.p2align 4
ftrace_graph_caller_\vec:
	.cfi_startproc
	movq	%rbx, FTRACE_FRAME_SAVED(%r11)
	movq	%r11, %rbx
	IN_FRAME(16, PARENT)
	IN_FRAME(3, SAVED)
	/* Only now: the place may be written to by a signal. */
	leaq	8(%rsp), %rsp
	.cfi_remember_state
	/*
	 * CFA = rsp + 1, or libgcc takes this frame for its caller's; rsp as
	 * it is.
	 */
	.cfi_escape 0x0f, 2, 0x77, 1
	.cfi_escape 0x16, 7, 2, 0x77, 0
	movq	FRAME(BODY), %r11
	/* An entry that has done all this comes here, with the body in r11. */
ftrace_graph_go_\vec:
	fnstsw	FTRACE_FRAME_SAVED+FTRACE_WORD(%rbx)
	call	*%r11
ftrace_graph_back_\vec:
	pushq	FRAME(PARENT)
	.cfi_restore_state
	.cfi_offset 16, -8
	pushq	FRAME(SITE)
	.cfi_def_cfa_offset 16
	pushq	%rbp
	.cfi_def_cfa_offset 24
	.cfi_offset %rbp, -24
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	FRAME(SAVED)
	.cfi_offset %rbx, -32
	leaq	-(FRAME_SIZE+\room)(%rsp), %rsp
	/* gcc's calls of functions that need it not do not keep the stack aligned. */
	.if	\room
	andq	$-64, %rsp
	.else
	andq	$-16, %rsp
	.endif
	movq	%rax, F(FREGS_RAX)
	movq	%rdx, F(FREGS_RDX)
	movq	$FREGS_PARTIAL, F(FREGS_STATE)
	move_value \vec, 0

	/*
	 * x87: how many are there? The callee of a call finds none. To ask an
	 * empty one costs 90 ns, so the place of the top is asked first: it was
	 * 0, as almost always, and still is, then nothing was pushed.
	 */
	fnstsw	%ax
	orw	FTRACE_FRAME_SAVED+FTRACE_WORD(%rbx), %ax
	testw	$FTOP, %ax
	jnz	3f

	/* ftrace_graph_return(), with the handler called from here */
	thread_to_rdx
	cmpq	$0, FTRACE_THREAD_DEPTH(%rdx)
	jne	5f
	movq	FTRACE_THREAD_ERRNO(%rdx), %rax
	movl	(%rax), %eax
	movl	%eax, F(FREGS_ERRNO)
	movq	%rbx, %rdi
	leaq	F(0), %rsi
	call	ftrace_graph_close
	thread_to_rdx
	cmpq	$0, FTRACE_THREAD_RUN+FTRACE_RUN_OPS(%rdx)
	je	2f
	movq	$0, FTRACE_THREAD_RUN+FTRACE_RUN_OPS(%rdx)
	movq	$0, FTRACE_THREAD_DEPTH(%rdx)
	movq	FTRACE_THREAD_ERRNO(%rdx), %rax
	movl	F(FREGS_ERRNO), %ecx
	cmpl	%ecx, (%rax)
	jne	4f
6:	cmpq	%rbx, FTRACE_THREAD_TOP(%rdx)
	jne	8f
	movq	FRAME(PREV), %rax
	movq	%rax, FTRACE_THREAD_TOP(%rdx)
8:	movq	$0, FRAME(SP)

2:	move_value \vec, 1
	movq	F(FREGS_RAX), %rax
	movq	F(FREGS_RDX), %rdx
	.cfi_remember_state
	movq	F(FREGS_OWN_RBX), %rbx
	.cfi_same_value %rbx
	leave
	.cfi_def_cfa %rsp, 16
	.cfi_same_value %rbp
	leaq	8(%rsp), %rsp
	.cfi_def_cfa_offset 8
	ret
	.cfi_restore_state

4:	movl	%ecx, (%rax)
	jmp	6b

	/* void ftrace_graph_return(frame, fregs); rbx is nobody's then */
5:	movq	%rbx, %rdi
	leaq	F(0), %rsi
	call	ftrace_graph_return
	jmp	2b

3:	movq	$0, F(FREGS_DEPTH)
	fxam
	fnstsw	%ax
	andl	$FXAM_BITS, %eax
	cmpl	$FXAM_EMPTY, %eax
	je	1f
	fstpt	F(FREGS_R15)
	movq	$1, F(FREGS_DEPTH)
	fxam
	fnstsw	%ax
	andl	$FXAM_BITS, %eax
	cmpl	$FXAM_EMPTY, %eax
	je	1f
	fstpt	F(FREGS_R13)
	movq	$2, F(FREGS_DEPTH)
1:	movq	%rbx, %rdi
	leaq	F(0), %rsi
	call	ftrace_graph_return
	cmpq	$1, F(FREGS_DEPTH)
	jb	2b
	je	7f
	fldt	F(FREGS_R13)
7:	fldt	F(FREGS_R15)
	jmp	2b
	.cfi_endproc
	.size	ftrace_graph_caller_\vec, . - ftrace_graph_caller_\vec
	.endm

	.text
	graph_caller sse, 0
	graph_caller avx, 128
	graph_caller avx512, 128

/*
 * void ftrace_graph_direct(void)
 *
 * The body of a function that has a direct call: as if called from the site,
 * with the address behind the call above in the place of the parent's.
 */
	.globl	ftrace_graph_direct
	.hidden	ftrace_graph_direct
	.type	ftrace_graph_direct, @function
	.p2align 4
ftrace_graph_direct:
	.cfi_startproc
	endbr64
	/* A call, so that the CPU predicts as many returns as there are. */
	call	1f
	jmp	*FRAME(SITE)
1:	.cfi_adjust_cfa_offset 8
	/* A shadow stack has this address, and takes no other. */
	find_shadow
	jnz	2f
	movq	FRAME(SITE), %r11
	movq	%r11, (%rsp)
2:	jmp	*FRAME(DIRECT)
	.cfi_endproc
	.size	ftrace_graph_direct, . - ftrace_graph_direct

	.section .note.GNU-stack, "", @progbits
