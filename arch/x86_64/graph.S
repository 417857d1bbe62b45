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
/* Of the level that is no other's, where rbx leads to the thread. */
#define RUN(what)	FTRACE_THREAD_RUN+FTRACE_RUN_##what(%rbx)

/* In the status word: which register is st0. */
#define FTOP		0x3800
/* What fxam says of a register that is empty, of these bits. */
#define FXAM_BITS	0x4500
#define FXAM_EMPTY	0x4100

	.macro	move_value insn, load
	.if	\load
	\insn	F(FREGS_XMM), %xmm0
	\insn	F(FREGS_XMM+16), %xmm1
	.else
	\insn	%xmm0, F(FREGS_XMM)
	\insn	%xmm1, F(FREGS_XMM+16)
	.endif
	.endm

	/*
	 * Its upper part, in use? To 3f then. If not it is left alone, as what
	 * comes next may be legacy SSE code, in the caller, too: that takes
	 * 120 ns longer once a wide register was loaded.
	 */
	.macro	test_value vec
	.ifc	\vec, avx
	vextractf128 $1, %ymm0, %xmm2
	vptest	%xmm2, %xmm2
	jnz	3f
	vzeroupper		/* handlers may be legacy SSE code */
	.endif
	.ifc	\vec, avx512
	vptestmd %zmm0, %zmm0, %k1
	kmovw	%k1, %eax
	testl	$0xfff0, %eax		/* all lanes but the lowest four */
	jnz	3f
	.endif
	.endm

	/* x87: was something pushed? */
	.macro	test_x87
	fnstsw	%ax
	orw	FTRACE_FRAME_SAVED+FTRACE_WORD(%rbx), %ax
	testl	$FTOP, %eax
	.endm

	.macro	graph_caller vec, insn, room, reg
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
	movq	FRAME(FUNC), %rcx
	addq	$MCOUNT_INSN_SIZE, %rcx
	pushq	%rcx
	.cfi_def_cfa_offset 16
	pushq	%rbp
	.cfi_def_cfa_offset 24
	.cfi_offset %rbp, -24
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	FRAME(SAVED), %rcx
	leaq	-(FRAME_SIZE+8+\room)(%rbp), %rsp
	movq	%rcx, F(FREGS_OWN_RBX)
	.cfi_offset %rbx, -32
	/* gcc's calls of functions that need it not do not keep the stack aligned. */
	.if	\room
	andq	$-64, %rsp
	.else
	andq	$-16, %rsp
	.endif
	movq	ftrace_self@gottpoff(%rip), %rsi
	movq	%fs:(%rsi), %rsi
	movq	FTRACE_THREAD_ERRNO(%rsi), %rcx
	movl	(%rcx), %ecx
	movl	%ecx, F(FREGS_ERRNO)
	movq	$FREGS_PARTIAL, F(FREGS_STATE)
	movq	%rdx, F(FREGS_RDX)
	movq	%rax, F(FREGS_RAX)
	move_value \insn, 0
	test_value \vec

	/*
	 * x87: how many are there? The callee of a call finds none. To ask an
	 * empty one costs 90 ns, so the place of the top is asked first: it was
	 * 0, as almost always, and still is, then nothing was pushed.
	 */
	test_x87
	jnz	10f

	/*
	 * ftrace_graph_return(), with the handler called from here. The frame
	 * is in its run meanwhile, and rbx leads to the thread.
	 */
	movq	%rbx, %rdi
	movq	%rsi, %rbx
	cmpq	$0, FTRACE_THREAD_DEPTH(%rbx)
	jne	5f
	leaq	F(0), %rdx
	call	ftrace_graph_close
	movq	RUN(FRAME), %rdi
	movq	$0, RUN(OPS)
	movq	$0, FTRACE_THREAD_DEPTH(%rbx)
	movq	FTRACE_THREAD_ERRNO(%rbx), %rax
	movl	F(FREGS_ERRNO), %ecx
	cmpl	%ecx, (%rax)
	jne	4f
6:	cmpq	%rdi, FTRACE_THREAD_TOP(%rbx)
	jne	8f
	movq	FTRACE_FRAME_PREV(%rdi), %rax
	movq	%rax, FTRACE_THREAD_TOP(%rbx)
8:	movq	$0, FTRACE_FRAME_SP(%rdi)

2:	move_value \insn, 1
9:	movq	F(FREGS_RAX), %rax
	movq	F(FREGS_RDX), %rdx
	.cfi_remember_state
	movq	F(FREGS_OWN_RBX), %rbx
	.cfi_same_value %rbx
	leaq	F(FREGS_PARENT), %rsp
	movq	(%rbp), %rbp		/* below rsp, where no signal writes */
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	ret
	.cfi_restore_state

4:	movl	%ecx, (%rax)
	jmp	6b

	/* void ftrace_graph_return(frame, fregs); rbx is nobody's then */
5:	leaq	F(0), %rsi
	call	ftrace_graph_return
	jmp	2b

	.if	\room
3:	vmovups	\reg, (%rsp)
	vzeroupper		/* handlers may be legacy SSE code */
	movq	$FREGS_PARTIAL|FREGS_UPPER, F(FREGS_STATE)
	.endif

10:	movq	$0, F(FREGS_DEPTH)
	test_x87
	jz	1f
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
	jb	12f
	je	7f
	fldt	F(FREGS_R13)
7:	fldt	F(FREGS_R15)
12:
	.if	\room
	testq	$FREGS_UPPER, F(FREGS_STATE)
	jz	2b
	vmovups	F(FREGS_XMM+16), %xmm1
	vmovups	(%rsp), \reg
	jmp	9b
	.else
	jmp	2b
	.endif
	.cfi_endproc
	.size	ftrace_graph_caller_\vec, . - ftrace_graph_caller_\vec
	.endm

	.text
	graph_caller sse, movups, 0
	graph_caller avx, vmovups, 128, %ymm0
	graph_caller avx512, vmovups, 128, %zmm0

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
