/* SPDX-License-Identifier: MIT */
/* i386: a function's body is called, and its return told. */

#include <ftrace/asm/ftrace.h>

#include "../../generic/entry_layout.h"
#include "regs.h"

/*
 * void ftrace_graph_caller(void), and the same for CPUs with SSE, AVX, AVX-512
 *
 * On entry, from an entry that leaves as to a direct call:
 *	0(%esp)		the struct ftrace_frame of the call
 *	4(%esp)		parent, which the frame has, too
 *	live		as at the site
 *
 * The body finds its caller's stack as it was, with the address behind the call
 * here in the place of the parent's. ebx leads to the frame meanwhile: it is put
 * back by whatever leaves the body, a return, longjmp or an unwinder.
 *
 * Behind the body, the frame of an entry: a struct ftrace_regs and what is above
 * it, with the registers that may hold a value: eax edx, xmm0 (ymm0, zmm0, in
 * the room below), and st0 st1 (or mm0, which is st0) in the places of segments.
 */
#define FRAME_SIZE	FREGS_OWN_EBX	/* below what is pushed */
#define F(field)	(field - FREGS_OWN_EBP)(%ebp)
#define FRAME(what)	FTRACE_FRAME_##what(%ebx)

/* What fxam says of a register that is empty, of these bits. */
#define FXAM_BITS	0x4500
#define FXAM_EMPTY	0x4100

/* DWARF: a register saved at ebx and a distance, in the frame. */
#define IN_FRAME(column, what) \
	FTRACE_CFI_IN_FRAME(column, 3, FTRACE_FRAME_##what)

	/*
	 * Unaligned: nothing says that handlers or callers keep 64. What is not
	 * in use of a wide register is not loaded, either: the caller's legacy
	 * SSE code would take 120 ns longer.
	 */
	.macro	load_value reg
	vptest	%xmm1, %xmm1
	jnz	61f
	vmovups	(%esp), %xmm0
	jmp	62f
61:	vmovups	(%esp), \reg
62:
	.endm

	.macro	move_value vec, load
	.ifc	\vec, sse
	.if	\load
	movups	(%esp), %xmm0
	.else
	movups	%xmm0, (%esp)
	.endif
	.endif
	.ifc	\vec, avx
	.if	\load
	vmovups	16(%esp), %xmm1
	load_value %ymm0
	.else
	vmovups	%ymm0, (%esp)
	vzeroupper		/* handlers may be legacy SSE code */
	.endif
	.endif
	.ifc	\vec, avx512
	.if	\load
	vmovups	16(%esp), %xmm1
	vpor	32(%esp), %xmm1, %xmm1
	vpor	48(%esp), %xmm1, %xmm1
	load_value %zmm0
	.else
	vmovups	%zmm0, (%esp)
	vzeroupper
	.endif
	.endif
	.endm

	.macro	graph_caller name, back, vec
	.globl	\name, \back
	.hidden	\name, \back
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	.cfi_def_cfa_offset 8
	endbr32
	pushl	%eax
	.cfi_def_cfa_offset 12
	movl	4(%esp), %eax
	movl	%ebx, FTRACE_FRAME_SAVED(%eax)
	movl	%eax, %ebx
	IN_FRAME(8, PARENT)
	IN_FRAME(3, SAVED)
	popl	%eax
	.cfi_def_cfa_offset 8
	/* Only now: the place may be written to by a signal. */
	leal	8(%esp), %esp
	.cfi_remember_state
	/*
	 * CFA = esp + 1, or libgcc takes this frame for its caller's; esp as
	 * it is.
	 */
	.cfi_escape 0x0f, 2, 0x74, 1
	.cfi_escape 0x16, 4, 2, 0x74, 0
	call	*FRAME(BODY)
\back:
	pushl	FRAME(PARENT)
	.cfi_restore_state
	.cfi_def_cfa_offset 4
	.cfi_offset 8, -4
	pushl	FRAME(SITE)
	.cfi_def_cfa_offset 8
	pushl	%ebp
	.cfi_def_cfa_offset 12
	.cfi_offset %ebp, -12
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	pushl	%eax
	pushl	FRAME(SAVED)
	.cfi_offset %ebx, -20
	leal	-FRAME_SIZE-64(%esp), %esp
	andl	$-16, %esp
	movl	%edx, F(FREGS_EDX)
	movl	$FREGS_PARTIAL, F(FREGS_STATE)
	move_value \vec, 0

	/* x87: how many are there? The callee of a call finds none. */
	movl	$0, F(FREGS_DEPTH)
	fxam
	fnstsw	%ax
	andl	$FXAM_BITS, %eax
	cmpl	$FXAM_EMPTY, %eax
	jne	5f

	/* void ftrace_graph_return(frame, fregs); ebx is nobody's then */
1:	leal	F(0), %eax
	leal	-8(%esp), %esp
	pushl	%eax
	pushl	%ebx
	call	ftrace_graph_return
	leal	16(%esp), %esp
	cmpl	$0, F(FREGS_DEPTH)
	jne	6f
2:	move_value \vec, 1
	movl	F(FREGS_EDX), %edx
	movl	F(FREGS_OWN_EAX), %eax
	.cfi_remember_state
	movl	F(FREGS_OWN_EBX), %ebx
	.cfi_same_value %ebx
	leave
	.cfi_def_cfa %esp, 8
	.cfi_same_value %ebp
	leal	4(%esp), %esp
	.cfi_def_cfa_offset 4
	ret
	.cfi_restore_state

5:	fstpt	F(FREGS_XDS)
	movl	$1, F(FREGS_DEPTH)
	fxam
	fnstsw	%ax
	andl	$FXAM_BITS, %eax
	cmpl	$FXAM_EMPTY, %eax
	je	1b
	fstpt	F(FREGS_XGS)
	movl	$2, F(FREGS_DEPTH)
	jmp	1b

6:	cmpl	$1, F(FREGS_DEPTH)
	je	7f
	fldt	F(FREGS_XGS)
7:	fldt	F(FREGS_XDS)
	jmp	2b
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	graph_caller ftrace_graph_caller, ftrace_graph_back, none
	graph_caller ftrace_graph_caller_sse, ftrace_graph_back_sse, sse
	graph_caller ftrace_graph_caller_avx, ftrace_graph_back_avx, avx
	graph_caller ftrace_graph_caller_avx512, ftrace_graph_back_avx512, avx512

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
	endbr32
	pushl	FRAME(SITE)
	.cfi_adjust_cfa_offset 4
	jmp	*FRAME(DIRECT)
	.cfi_endproc
	.size	ftrace_graph_direct, . - ftrace_graph_direct

	.section .note.GNU-stack, "", @progbits
