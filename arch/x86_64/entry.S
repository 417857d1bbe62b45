/* SPDX-License-Identifier: MIT */
/* x86_64: from a site, through a thunk, to the callbacks and back. */

#include <ftrace/asm/ftrace.h>

#include "../../generic/entry_layout.h"
#include "regs.h"
#include "shadow.h"

/*
 * void ftrace_caller(void), void ftrace_regs_caller(void), and the same for
 * CPUs with AVX and AVX-512; void ftrace_keep_caller(void), and again;
 * void ftrace_graph_entry(void), void ftrace_graph_regs_entry(void), and again,
 * of sites that jump: which one is a matter of the slot
 *
 * On entry, from a thunk:
 *	r11		slot, the struct ftrace_slot of the thunk
 *	0(%rsp)		ip + MCOUNT_INSN_SIZE, back into the traced function;
 *			pushed by a call, or by the thunk if the site jumps
 *	8(%rsp)		parent_ip, the traced function's own return address
 *	live		rdi rsi rdx rcx r8 r9, al, r10, xmm0-7, callee-saved
 *
 * The frame is a struct ftrace_regs, up to and with the two return addresses;
 * rbp points at its own_rbp, so that a walk over frame pointers goes on. It is
 * aligned as the caller's stack was.
 *
 * The count of instructions is the cost of a traced call: what an accessor
 * can work out later (rip, rsp, whether there is a direct call) is not stored.
 */
#define FRAME_SIZE	FREGS_OWN_RBX	/* below what is pushed */
#define F(field)	(field - FREGS_OWN_RBP)(%rbp)
#define XMM_AT		(FREGS_XMM-FREGS_OWN_RBP)

/* Room for whole vector registers, by what the CPU has. */
#define ROOM_sse	0
#define ROOM_avx	(8 * 32)
#define ROOM_avx512	(8 * 64)
#define ROOM_keep_sse	(16 * 16)
#define ROOM_keep_avx	(16 * 32)
#define ROOM_keep_avx512 (32 * 64 + 8 * 8)

/* Below the return address, where no signal writes: the thunk of a keeper. */
#define RED_R11		(FREGS_ERRNO - FREGS_RETURN)	/* leaves r11 there */

#define thread		%rbx
#define slot		%r11
#define set		%r10

/* Of the level that is no other's. */
#define RUN(field)	FTRACE_THREAD_RUN+FTRACE_RUN_##field(thread)

/*
 * Vector arguments, xmm0-7. Where the CPU has AVX they may be wider, and a
 * callback that runs vzeroupper (any string function of libc) would lose the
 * upper parts. Asking XGETBV whether they are in use costs 3 ns, or-ing them
 * together nothing that can be measured: it waits for no one.
 *
 * With AVX only VEX moves are used: legacy ones cost a hundred times as much
 * while upper parts are in use. VEX loads of xmm clear the upper parts, which
 * is what they were. Unaligned moves cost nothing where the stack is aligned,
 * and survive a caller who did not care.
 *
 * Below the frame is room for the whole registers, filled only when needed.
 */
	.macro	move8 insn, reg, size, at, base, load
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	.if	\load
	\insn	\at+\i*\size(\base), %\reg\i
	.else
	\insn	%\reg\i, \at+\i*\size(\base)
	.endif
	.endr
	.endm

	/* Upper parts in use? To 6f then; xmm8-11, zmm16 and k1 are free here. */
	.macro	test_upper vec
	.ifc	\vec, avx
	vorps	%ymm0, %ymm1, %ymm8
	vorps	%ymm2, %ymm3, %ymm9
	vorps	%ymm4, %ymm5, %ymm10
	vorps	%ymm6, %ymm7, %ymm11
	vorps	%ymm8, %ymm9, %ymm8
	vorps	%ymm10, %ymm11, %ymm10
	vorps	%ymm8, %ymm10, %ymm8
	vextractf128 $1, %ymm8, %xmm8
	vptest	%xmm8, %xmm8
	jnz	6f
	vzeroupper		/* the callback may be legacy SSE code */
	.endif
	.ifc	\vec, avx512
	/* Of zmm16 no legacy SSE code has to know. */
	vpord	%zmm0, %zmm1, %zmm16
	vpternlogd $0xfe, %zmm2, %zmm3, %zmm16
	vpternlogd $0xfe, %zmm4, %zmm5, %zmm16
	vpternlogd $0xfe, %zmm6, %zmm7, %zmm16
	vptestmd %zmm16, %zmm16, %k1
	kmovw	%k1, %eax
	testl	$0xfff0, %eax		/* all lanes but the lowest four */
	jnz	6f
	.endif
	.endm

	.macro	save_vectors vec
	.ifc	\vec, sse
	move8	movups, xmm, 16, XMM_AT, %rbp, 0
	.else
	move8	vmovups, xmm, 16, XMM_AT, %rbp, 0
	.endif
	.endm

	.macro	restore_vectors vec
	.ifc	\vec, sse
	move8	movups, xmm, 16, XMM_AT, %rbp, 1
	.else
	move8	vmovups, xmm, 16, XMM_AT, %rbp, 1
	.endif
	.endm

	/* The whole registers, to or from the room at rsp. */
	.macro	move_upper vec, load
	.ifc	\vec, avx
	move8	vmovups, ymm, 32, 0, %rsp, \load
	.else
	move8	vmovups, zmm, 64, 0, %rsp, \load
	.endif
	.endm

/*
 * Conservative: everything, whole. Without AVX that is xmm0-15. Else XGETBV
 * tells what is not in its initial state, which is how it is after vzeroupper:
 * bits 5 to 7 the opmasks and what AVX-512 added, bit 2 the upper parts of ymm.
 * It costs less than to move what is not in use. Where the CPU cannot tell it
 * answers with what there is. Upper parts that were not in use, bits 2 and 6, are
 * not behind it either: legacy SSE code would wait for them.
 */
	.macro	move_whole insn, reg, size, load, regs:vararg
	.irp	i, \regs
	.if	\load
	\insn	\i*\size(%rsp), %\reg\i
	.else
	\insn	%\reg\i, \i*\size(%rsp)
	.endif
	.endr
	.endm

#define ALL_16		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define ALL_32		ALL_16, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
			27, 28, 29, 30, 31

	/* eax: what is in use */
	.macro	move_all vec, load
	.ifc	\vec, avx512
	testb	$0xe0, %al
	jz	81f
	move_whole vmovups, zmm, 64, \load, ALL_32
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	.if	\load
	kmovq	32*64+\i*8(%rsp), %k\i
	.else
	kmovq	%k\i, 32*64+\i*8(%rsp)
	.endif
	.endr
	.if	\load
	/* Only opmasks and zmm16-31, of which legacy SSE code knows nothing? */
	testb	$0x44, %al
	jz	84f
	.endif
	jmp	83f
	.endif
81:	testb	$4, %al
	jz	82f
	move_whole vmovups, ymm, 32, \load, ALL_16
	jmp	83f
82:	move_whole vmovups, xmm, 16, \load, ALL_16
	.if	\load
84:	vzeroupper
	.endif
83:
	.endm

	.macro	save_whole vec
	andq	$-64, %rsp
	.ifc	\vec, sse
	move_whole movups, xmm, 16, 0, ALL_16
	.else
	movl	ftrace_xgetbv(%rip), %ecx
	xgetbv
	movq	%rax, F(FREGS_XMM)
	move_all \vec, 0
	vzeroupper
	.endif
	.endm

	.macro	restore_whole vec
	.ifc	\vec, sse
	move_whole movups, xmm, 16, 1, ALL_16
	.else
	movq	F(FREGS_XMM), %rax
	move_all \vec, 1
	.endif
	.endm

/*
 * What a caller may pass in registers: six integers, al (vector registers
 * used by a variadic call), r10 (static chain), and vectors, below.
 */
	.macro	save_arguments
	movq	%rdi, F(FREGS_RDI)
	movq	%rsi, F(FREGS_RSI)
	movq	%rdx, F(FREGS_RDX)
	movq	%rcx, F(FREGS_RCX)
	movq	%r8, F(FREGS_R8)
	movq	%r9, F(FREGS_R9)
	movq	%rax, F(FREGS_RAX)
	movq	%r10, F(FREGS_R10)
	.endm

	.macro	restore_arguments
	movq	F(FREGS_RDI), %rdi
	movq	F(FREGS_RSI), %rsi
	movq	F(FREGS_RDX), %rdx
	movq	F(FREGS_RCX), %rcx
	movq	F(FREGS_R8), %r8
	movq	F(FREGS_R9), %r9
	movq	F(FREGS_RAX), %rax
	movq	F(FREGS_R10), %r10
	.endm

/* rbx and rbp lie in the frame already; nothing before changed the flags. */
	.macro	save_all
	pushfq
	popq	F(FREGS_EFLAGS)
	movq	%r15, F(FREGS_R15)
	movq	%r14, F(FREGS_R14)
	movq	%r13, F(FREGS_R13)
	movq	%r12, F(FREGS_R12)
	movq	%r11, F(FREGS_R11)
	movq	%rbx, F(FREGS_RBX)
	movq	F(FREGS_OWN_RBP), %rax
	movq	%rax, F(FREGS_RBP)
	movq	F(FREGS_RETURN), %rax
	movq	%rax, F(FREGS_RIP)
	leaq	F(FREGS_PARENT), %rax
	movq	%rax, F(FREGS_RSP)
	movl	%cs, %eax
	movq	%rax, F(FREGS_CS)
	movl	%ss, %eax
	movq	%rax, F(FREGS_SS)
	movq	$-1, F(FREGS_ORIG_RAX)
	.endm

/*
 * The flags are not put back here: what comes after compares.
 *
 * What a callback wrote into pt_regs holds, but for rsp and the segments.
 * rbp goes to where drop_frame finds it, as it does rbx; r11 is free at a site.
 */
	.macro	restore_all
	movq	F(FREGS_R15), %r15
	movq	F(FREGS_R14), %r14
	movq	F(FREGS_R13), %r13
	movq	F(FREGS_R12), %r12
	movq	F(FREGS_RBP), %r11
	movq	%r11, F(FREGS_OWN_RBP)
	.endm

/*
 * set->func or set->nested, at offset which (ip, parent_ip, ops, fregs), with
 * errno kept. It is stored only if it was changed: a store each time would make
 * each call wait for the last one's.
 */
	.macro	call_func which
	movq	FTRACE_SLOT_SET(slot), set
	site_to_arguments
	movq	FTRACE_SET_OPS(set), %rdx
	call	*\which(set)
	put_errno
	.endm

	.macro	keep_errno
	movq	FTRACE_THREAD_ERRNO(thread), %rax
	movl	(%rax), %eax
	movl	%eax, F(FREGS_ERRNO)
	.endm

	.macro	put_errno
	movq	FTRACE_THREAD_ERRNO(thread), %rax
	movl	F(FREGS_ERRNO), %ecx
	cmpl	%ecx, (%rax)
	je	9f
	movl	%ecx, (%rax)
9:
	.endm

	.macro	site_to_arguments
	movq	F(FREGS_RETURN), %rdi
	subq	$MCOUNT_INSN_SIZE, %rdi
	movq	F(FREGS_PARENT), %rsi
	leaq	F(0), %rcx
	.endm

#include "one.h"

/* Give the frame up, with nothing left above the return address. */
	.macro	drop_frame full
	.if	\full
	movq	F(FREGS_RBX), %rbx
	.else
	movq	F(FREGS_OWN_RBX), %rbx
	.endif
	.cfi_same_value %rbx
	leave
	.cfi_def_cfa %rsp, 8
	.cfi_same_value %rbp
	.endm

	/* As it came: where nobody called nothing may return. */
	.macro	leave_to_site full, keep, jump
	.if	\keep
	movq	F(FREGS_R11), %r11
	.endif
	.if	\jump
	movq	F(FREGS_RETURN), %r11
	.endif
	.if	\full
	pushq	F(FREGS_EFLAGS)
	popfq			/* nothing below changes them */
	.endif
	.cfi_remember_state
	drop_frame \full
	.if	\jump
	.cfi_register %rip, %r11
	leaq	8(%rsp), %rsp
	.cfi_def_cfa_offset 0
	jmp	*%r11
	.else
	ret
	.endif
	.cfi_restore_state
	.endm

	/* r11: the frame; the site's return address goes, the parent's stays. */
	.macro	leave_to_graph full, vec
	movq	F(FREGS_RIP), %r11
	.cfi_remember_state
	drop_frame \full
	leaq	8(%rsp), %rsp
	jmp	ftrace_graph_caller_\vec
	.cfi_restore_state
	.endm

/* Jump where r11 says, with all but the return address, or that too, gone. */
	.macro	leave_to_r11 full, pops, keep
	.if	\keep
	movq	%r11, F(FREGS_ERRNO)
	movq	F(FREGS_R11), %r11
	.endif
	.cfi_remember_state
	drop_frame \full
	.if	\pops
	leaq	8(%rsp), %rsp
	.endif
	.if	\keep
	jmp	*RED_R11-8*\pops(%rsp)
	.else
	jmp	*%r11
	.endif
	.cfi_restore_state
	.endm

	.macro	entry name, full, vec, room, wide, keep=0, jump=0
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	endbr64
	/* rbp chains: callback, here, the caller's frame */
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	.cfi_offset %rbx, -24
	leaq	-(FRAME_SIZE+\room)(%rsp), %rsp
	save_arguments
	.if	\full
	save_all
	.endif
	.if	\keep
	movq	F(FREGS_ERRNO), %rax	/* where RED_R11 was */
	movq	%rax, F(FREGS_R11)
	.endif
	/*
	 * thread = ftrace_self. Initial-exec TLS: a load, no call and no
	 * allocation. Before this thread's first call its depth is not 0.
	 */
	movq	ftrace_self@gottpoff(%rip), %rax
	movq	%fs:(%rax), thread
	keep_errno
	movq	$FREGS_PARTIAL*(1-\full), F(FREGS_STATE)
	.if	\keep
	save_whole \vec
	.else
	save_vectors \vec
	test_upper \vec
	.endif

5:	cmpq	$0, FTRACE_THREAD_DEPTH(thread)
	jne	7f

	/*
	 * depth first, then the run that it covers: the entry of a signal
	 * handler in between takes the next run. Only then the set is read.
	 */
	movq	$1, FTRACE_THREAD_DEPTH(thread)
	movq	%rsp, RUN(SP)
	movq	slot, RUN(SLOT)
	.if	\jump && !\full
	movq	FTRACE_SLOT_SET(slot), %rsi
	graph_one \vec
	.else
	call_func FTRACE_SET_FUNC
	movq	$0, FTRACE_THREAD_DEPTH(thread)
	.endif

3:	.if	\keep
	restore_whole \vec
	.else
	restore_vectors \vec
	.endif
	restore_arguments
	.if	\full
	restore_all
	/* a callback may have written pt_regs->rip without the accessor */
	movq	F(FREGS_RIP), %r11
	subq	F(FREGS_RETURN), %r11
	/* one test for all that a callback may have asked for */
	orq	F(FREGS_STATE), %r11
	.else
	.if	\jump
	cmpq	$FREGS_PARTIAL|FREGS_WAITED, F(FREGS_STATE)
	jne	41f
	leave_to_graph \full, \vec
41:
	.endif
	cmpq	$FREGS_PARTIAL, F(FREGS_STATE)
	.endif
	jne	4f
	leave_to_site \full, \keep, \jump

	/* Upper parts first, then where to go. */
4:
	.if	\wide && !\keep
	testq	$FREGS_UPPER, F(FREGS_STATE)
	jz	43f
	move_upper \vec, 1
43:
	.endif
	/*
	 * Direct: as if called from the site, which is where it returns to,
	 * or to where the instruction pointer was changed to. A jump, with the
	 * return address left in place: calls and returns stay matched.
	 */
	.if	\jump
	testq	$FREGS_GRAPH, F(FREGS_STATE)
	jz	42f
	leave_to_graph \full, \vec
42:
	.endif
	testq	$FREGS_DIRECT, F(FREGS_STATE)
	jz	44f
	.if	!\full
	testq	$FREGS_MOVED, F(FREGS_STATE)
	jz	46f
	.endif
	movq	F(FREGS_RIP), %r11
	movq	%r11, F(FREGS_RETURN)
46:
	/*
	 * Where nobody called, that address is returned to nevertheless: the
	 * CPU's return predictor gets what it takes.
	 */
	.if	\jump
	call	47f
	int3
47:
	.endif
	movq	F(FREGS_ORIG_RAX), %r11
	leave_to_r11 \full, 0, \keep

	/*
	 * The instruction pointer was changed: nothing returns to the site.
	 * Or only the upper parts kept us from the short way, or it was changed
	 * back; without either, arguments come here for one reason only.
	 */
44:
	.if	\wide && !\full
	testq	$FREGS_MOVED, F(FREGS_STATE)
	jz	45f
	.endif
	.if	\full
	movq	F(FREGS_RIP), %r11
	cmpq	F(FREGS_RETURN), %r11
	jz	45f
	.endif
	/* The address goes from a shadow stack, too. */
	drop_shadow
	movq	F(FREGS_RIP), %r11
	leave_to_r11 \full, 1, \keep
	.if	\full || \wide
45:	leave_to_site \full, \keep, \jump
	.endif

	/*
	 * Inside another callback, which may be one level too many: those
	 * beyond the last share its run, and set->nested calls nobody there.
	 * Or FTRACE_DEPTH_NONE.
	 */
7:	movq	FTRACE_THREAD_DEPTH(thread), %rcx
	movq	%rcx, F(FREGS_DEPTH)
	leaq	1(%rcx), %rax
	testq	%rax, %rax
	jz	8f
	movq	%rax, FTRACE_THREAD_DEPTH(thread)
	movl	$FTRACE_MAX_DEPTH, %eax
	cmpq	%rax, %rcx
	cmova	%rax, %rcx
	shlq	$FTRACE_RUN_SHIFT, %rcx
	movq	%rsp, FTRACE_THREAD_RUN+FTRACE_RUN_SP(thread, %rcx)
	movq	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(thread, %rcx)
	call_func FTRACE_SET_NESTED
	movq	F(FREGS_DEPTH), %rcx
	movq	%rcx, FTRACE_THREAD_DEPTH(thread)
	jmp	3b

	.if	\wide && !\keep
	/* Aligned, or some of the stores would lie across two pages. */
6:	andq	$-64, %rsp
	move_upper \vec, 0
	orq	$FREGS_UPPER, F(FREGS_STATE)
	vzeroupper
	jmp	5b
	.endif

	/*
	 * struct ftrace_thread *ftrace_thread_attach(void): arguments are
	 * saved, only the slot has to live through it. A thread that can have
	 * no block runs no callback.
	 */
8:	movq	slot, F(FREGS_DEPTH)
	call	ftrace_thread_attach
	movq	F(FREGS_DEPTH), slot
	movq	%rax, thread
	testq	thread, thread
	jz	3b
	keep_errno
	jmp	5b
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	entry	ftrace_caller, 0, sse, ROOM_sse, 0
	entry	ftrace_regs_caller, 1, sse, ROOM_sse, 0
	entry	ftrace_caller_avx, 0, avx, ROOM_avx, 1
	entry	ftrace_regs_caller_avx, 1, avx, ROOM_avx, 1
	entry	ftrace_caller_avx512, 0, avx512, ROOM_avx512, 1
	entry	ftrace_regs_caller_avx512, 1, avx512, ROOM_avx512, 1
	entry	ftrace_keep_caller, 1, sse, ROOM_keep_sse, 0, 1
	entry	ftrace_keep_caller_avx, 1, avx, ROOM_keep_avx, 1, 1
	entry	ftrace_keep_caller_avx512, 1, avx512, ROOM_keep_avx512, 1, 1
	entry	ftrace_graph_entry, 0, sse, ROOM_sse, 0, 0, 1
	entry	ftrace_graph_regs_entry, 1, sse, ROOM_sse, 0, 0, 1
	entry	ftrace_graph_entry_avx, 0, avx, ROOM_avx, 1, 0, 1
	entry	ftrace_graph_regs_entry_avx, 1, avx, ROOM_avx, 1, 0, 1
	entry	ftrace_graph_entry_avx512, 0, avx512, ROOM_avx512, 1, 0, 1
	entry	ftrace_graph_regs_entry_avx512, 1, avx512, ROOM_avx512, 1, 0, 1

/*
 * void ftrace_return_to_parent(void)
 *
 * Where an override goes on: 0(%rsp) is the traced function's return address.
 */
	.globl	ftrace_return_to_parent
	.hidden	ftrace_return_to_parent
	.type	ftrace_return_to_parent, @function
	.p2align 4
ftrace_return_to_parent:
	.cfi_startproc
	endbr64
	ret
	.cfi_endproc
	.size	ftrace_return_to_parent, . - ftrace_return_to_parent

	.section .note.GNU-stack, "", @progbits
