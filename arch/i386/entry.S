/* SPDX-License-Identifier: MIT */
/* i386: from a site, through a thunk, to the callbacks and back. */

#include <ftrace/asm/ftrace.h>

#include "../../generic/entry_layout.h"
#include "regs.h"

/*
 * void ftrace_caller(void), void ftrace_regs_caller(void), and the same for
 * CPUs with SSE, AVX and AVX-512; void ftrace_keep_caller(void), and again:
 * which one is a matter of the slot
 *
 * On entry, from a thunk:
 *	0(%esp)		slot, the struct ftrace_slot of the thunk
 *	4(%esp)		ip + MCOUNT_INSN_SIZE, back into the traced function
 *	8(%esp)		parent_ip, the traced function's own return address
 *	live		eax edx ecx, xmm0-2, callee-saved; stack arguments
 *
 * No register is free: regparm and fastcall use all three that a call may
 * clobber. x87 and MMX registers are not touched here, except in a conservative
 * module, where all there are have to live on.
 *
 * The frame is a struct ftrace_regs, up to and with the two return addresses.
 * ebp, once kept, lies where the slot was pushed, below the site's return
 * address, so that a walk over frame pointers goes on:
 *
 *	ebp ->	own_ebp		was the slot
 *		own_eax		pushed
 *		own_ebx		pushed
 *		the rest of struct ftrace_regs, downwards
 *		room for whole vector registers, filled only when needed
 *	esp ->	ip, parent_ip, ops, fregs: the callback's arguments, pushed
 *
 * esp is aligned for the callback whatever it was: old code keeps no more
 * than four bytes.
 */
#define F(field)	(field - FREGS_OWN_EBP)(%ebp)
#define XMM_AT		(FREGS_XMM - FREGS_OWN_EBP)
#define FRAME_SIZE	FREGS_OWN_EBX	/* below what is pushed */
#define ARGS_SIZE	16		/* the callback's, above them the room */

/* Room for whole vector registers, by what the CPU has. */
#define ROOM_none	0
#define ROOM_sse	0
#define ROOM_avx	(3 * 32)
#define ROOM_avx512	(3 * 64)

/* A conservative module's: all vector registers and opmasks, then fnsave's. */
#define VECTORS_none	0
#define VECTORS_sse	(8 * 16)
#define VECTORS_avx	(8 * 32)
#define VECTORS_avx512	(8 * 64 + 8 * 8)
#define ROOM_keep_none	(VECTORS_none + 128)
#define ROOM_keep_sse	(VECTORS_sse + 128)
#define ROOM_keep_avx	(VECTORS_avx + 128)
#define ROOM_keep_avx512 (VECTORS_avx512 + 128)

#define slot		%eax
#define thread		%ebx
#define set		%edx

/*
 * Vector arguments, xmm0-2; see x86_64, which has more of them, for why upper
 * parts are or-ed together, and why AVX means VEX moves only.
 */
	.macro	move3 insn, reg, size, at, base, load
	.irp	i, 0, 1, 2
	.if	\load
	\insn	\at+\i*\size(\base), %\reg\i
	.else
	\insn	%\reg\i, \at+\i*\size(\base)
	.endif
	.endr
	.endm

	/* Upper parts in use? To 6f then; xmm3 and k1 are free, ecx is saved. */
	.macro	test_upper vec
	.ifc	\vec, avx
	vorps	%ymm0, %ymm1, %ymm3
	vorps	%ymm2, %ymm3, %ymm3
	vextractf128 $1, %ymm3, %xmm3
	vptest	%xmm3, %xmm3
	jnz	6f
	.endif
	.ifc	\vec, avx512
	vpord	%zmm0, %zmm1, %zmm3
	vpord	%zmm2, %zmm3, %zmm3
	vptestmd %zmm3, %zmm3, %k1
	kmovw	%k1, %ecx
	testl	$0xfff0, %ecx		/* all lanes but the lowest four */
	jnz	6f
	.endif
	.endm

	.macro	move_vectors vec, load
	.ifc	\vec, sse
	move3	movups, xmm, 16, XMM_AT, %ebp, \load
	.endif
	.ifc	\vec, avx
	move3	vmovups, xmm, 16, XMM_AT, %ebp, \load
	.endif
	.ifc	\vec, avx512
	move3	vmovups, xmm, 16, XMM_AT, %ebp, \load
	.endif
	.endm

	/* The whole registers, to or from the room. */
	.macro	move_upper vec, at, load
	.ifc	\vec, avx
	move3	vmovups, ymm, 32, \at, %esp, \load
	.endif
	.ifc	\vec, avx512
	move3	vmovups, zmm, 64, \at, %esp, \load
	.endif
	.endm

/*
 * Conservative: all there is, at @at(%esp). fnsave leaves the x87 unit empty,
 * and its control word is put back: so MMX registers may be in use, and
 * callbacks calculate.
 */
	.macro	move_whole insn, reg, size, at, load
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	.if	\load
	\insn	\at+\i*\size(%esp), %\reg\i
	.else
	\insn	%\reg\i, \at+\i*\size(%esp)
	.endif
	.endr
	.endm

	/*
	 * What is in use goes to where xmm0 lies in other frames. Upper parts that
	 * were not are not behind it either, see x86_64.
	 */
	.macro	in_use load
	.if	\load
	testb	$0x44, F(FREGS_XMM)
	jnz	62f
	vzeroupper
62:
	.else
	movl	slot, F(FREGS_DEPTH)
	call	85f
61:	movl	ftrace_xgetbv-61b(%ebx), %ecx
	xgetbv
	movl	%eax, F(FREGS_XMM)
	movl	F(FREGS_DEPTH), slot
	.endif
	.endm

	.macro	move_all vec, at, load
	.ifc	\vec, sse
	move_whole movups, xmm, 16, \at, \load
	.endif
	.ifc	\vec, avx
	move_whole vmovups, ymm, 32, \at, \load
	in_use	\load
	.endif
	.ifc	\vec, avx512
	move_whole vmovups, zmm, 64, \at, \load
	move_whole kmovq, k, 8, 8*64+\at, \load
	in_use	\load
	.endif
	.endm

	.macro	save_whole vec, vectors
	andl	$-64, %esp
	move_all \vec, 0, 0
	fnsave	\vectors(%esp)
	fldcw	\vectors(%esp)
	.endm

	.macro	restore_whole vec, vectors
	frstor	ARGS_SIZE+\vectors(%esp)
	move_all \vec, ARGS_SIZE, 1
	.endm

/* ebx, ebp and eax lie in the frame already; edx and ecx too. */
	.macro	save_all
	/* Nothing before changed the flags, and nothing lies below esp. */
	pushfl
	popl	F(FREGS_EFLAGS)
	movl	%esi, F(FREGS_ESI)
	movl	%edi, F(FREGS_EDI)
	movl	%ebx, F(FREGS_EBX)
	movl	F(FREGS_OWN_EBP), %ecx
	movl	%ecx, F(FREGS_EBP)
	movl	F(FREGS_OWN_EAX), %ecx
	movl	%ecx, F(FREGS_EAX)
	movl	F(FREGS_RETURN), %ecx
	movl	%ecx, F(FREGS_EIP)
	leal	F(FREGS_PARENT), %ecx
	movl	%ecx, F(FREGS_ESP)
	movl	%ds, %ecx
	movl	%ecx, F(FREGS_XDS)
	movl	%es, %ecx
	movl	%ecx, F(FREGS_XES)
	movl	%fs, %ecx
	movl	%ecx, F(FREGS_XFS)
	movl	%gs, %ecx
	movl	%ecx, F(FREGS_XGS)
	movl	%cs, %ecx
	movl	%ecx, F(FREGS_XCS)
	movl	%ss, %ecx
	movl	%ecx, F(FREGS_XSS)
	movl	$-1, F(FREGS_ORIG_EAX)
	.endm

/*
 * What a callback wrote into pt_regs holds, but for esp and the segments.
 * The flags come last: what comes between compares. ecx is restored later, as
 * are eax and ebx, which only leave_to wants in their other places.
 */
	.macro	restore_all
	movl	F(FREGS_ESI), %esi
	movl	F(FREGS_EDI), %edi
	movl	F(FREGS_EBP), %ecx
	movl	%ecx, F(FREGS_OWN_EBP)
	.endm

	.macro	restore_own
	movl	F(FREGS_EBX), %ecx
	movl	%ecx, F(FREGS_OWN_EBX)
	movl	F(FREGS_EAX), %ecx
	movl	%ecx, F(FREGS_OWN_EAX)
	.endm

/*
 * set->func(ip, parent_ip, ops, fregs), with errno kept. It is stored only if
 * it was changed: a store each time would make each call wait for the last's.
 */
	.macro	call_func func
	movl	FTRACE_THREAD_ERRNO(thread), %ecx
	movl	(%ecx), %ecx
	movl	%ecx, F(FREGS_ERRNO)
	leal	F(0), %ecx
	pushl	%ecx
	pushl	FTRACE_SET_OPS(set)
	pushl	F(FREGS_PARENT)
	movl	F(FREGS_RETURN), %ecx
	subl	$MCOUNT_INSN_SIZE, %ecx
	pushl	%ecx
	call	*\func(set)
	movl	FTRACE_THREAD_ERRNO(thread), %eax
	movl	F(FREGS_ERRNO), %ecx
	cmpl	%ecx, (%eax)
	je	9f
	movl	%ecx, (%eax)
9:
	.endm

/* Give the frame up, with nothing left above the return address. */
	.macro	leave_to_site full
	.if	\full
	pushl	F(FREGS_EFLAGS)
	popfl			/* nothing below changes them */
	.endif
	.cfi_remember_state
	.if	\full
	movl	F(FREGS_EAX), %eax
	movl	F(FREGS_EBX), %ebx
	.else
	movl	F(FREGS_OWN_EAX), %eax
	movl	F(FREGS_OWN_EBX), %ebx
	.endif
	.cfi_same_value %ebx
	leave
	.cfi_def_cfa %esp, 4
	.cfi_same_value %ebp
	ret
	.cfi_restore_state
	.endm

	/*
	 * The same, to what lies at \field. No register is left to jump
	 * through: it comes to lie below the site's return address, in ebp's
	 * place, and is returned to. That address stays as it is, so that who
	 * looks along the stack finds the traced function; \drop is its size
	 * where nobody returns to it.
	 */
	.macro	leave_to field, full, drop
	movl	F(FREGS_EDX), %edx
	movl	F(FREGS_ECX), %ecx
	.if	\full
	pushl	F(FREGS_EFLAGS)
	popfl
	.endif
	movl	F(\field), %eax
	movl	F(FREGS_OWN_EBP), %ebx
	/* From here everything that is needed lies at or above esp. */
	leal	F(FREGS_OWN_EBX), %esp
	.cfi_remember_state
	.cfi_register %ebp, %ebx
	movl	%eax, F(FREGS_OWN_EBP)
	.cfi_def_cfa %esp, 16
	movl	%ebx, %ebp
	.cfi_same_value %ebp
	popl	%ebx
	.cfi_def_cfa_offset 12
	.cfi_same_value %ebx
	popl	%eax
	.cfi_def_cfa_offset 8
	.if	\drop
	ret	$\drop
	.else
	ret
	.endif
	.cfi_restore_state
	.endm

	.macro	entry name, full, vec, room, keep=0, vectors=0
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	.cfi_def_cfa_offset 8		/* the slot */
	endbr32
	pushl	%eax
	.cfi_def_cfa_offset 12
	movl	4(%esp), slot
	/* ebp chains: callback, here, the caller's frame */
	movl	%ebp, 4(%esp)
	.cfi_offset %ebp, -8
	leal	4(%esp), %ebp
	.cfi_def_cfa %ebp, 8
	pushl	%ebx
	.cfi_offset %ebx, -16
	leal	-(FRAME_SIZE+\room)(%esp), %esp
	movl	%edx, F(FREGS_EDX)
	movl	%ecx, F(FREGS_ECX)
	.if	\full
	save_all
	.endif
	movl	$FREGS_PARTIAL*(1-\full), F(FREGS_STATE)
	.if	\keep
	save_whole \vec, \vectors
	.else
	andl	$-16, %esp
	move_vectors \vec, 0
	test_upper \vec
	.endif

	/*
	 * thread = ftrace_self. Initial-exec TLS: no call of the loader and no
	 * allocation. The loader filled in where it is, at a distance from here.
	 * Before this thread's first call its depth is not 0.
	 */
5:	call	85f
51:	movl	self_at-51b(%ebx), %ecx
	movl	%gs:(%ecx), thread
	.ifc	\vec, avx
	vzeroupper		/* the callback may be legacy SSE code */
	.endif
	.ifc	\vec, avx512
	vzeroupper
	.endif
1:	cmpl	$0, FTRACE_THREAD_DEPTH(thread)
	jne	7f

	/*
	 * depth first, then the run that it covers: the entry of a signal
	 * handler in between takes the next run. Only then the set is read.
	 */
	movl	$1, FTRACE_THREAD_DEPTH(thread)
	movl	%esp, FTRACE_THREAD_RUN+FTRACE_RUN_SP(thread)
	movl	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(thread)
	movl	FTRACE_SLOT_SET(slot), set
	call_func FTRACE_SET_FUNC
	movl	$0, FTRACE_THREAD_DEPTH(thread)

3:	.if	\keep
	restore_whole \vec, \vectors
	.else
	move_vectors \vec, 1
	.endif
	.if	\full
	restore_all
	/* a callback may have written pt_regs->eip without the accessor */
	movl	F(FREGS_EIP), %ecx
	subl	F(FREGS_RETURN), %ecx
	/* one test for all that a callback may have asked for */
	orl	F(FREGS_STATE), %ecx
	.else
	cmpl	$FREGS_PARTIAL, F(FREGS_STATE)
	.endif
	jne	4f
2:	movl	F(FREGS_EDX), %edx
	movl	F(FREGS_ECX), %ecx
	leave_to_site \full

	/* Upper parts first, then where to go. */
4:
	.if	\room && !\keep
	testl	$FREGS_UPPER, F(FREGS_STATE)
	jz	43f
	move_upper \vec, ARGS_SIZE, 1
43:
	.endif
	.if	\full
	restore_own
	.endif
	testl	$FREGS_DIRECT, F(FREGS_STATE)
	jnz	44f
	/*
	 * The instruction pointer was changed. Or, if all is there, only the
	 * upper parts kept us from the short way.
	 */
	.if	\full == 0
	testl	$FREGS_MOVED, F(FREGS_STATE)
	jz	2b
	.endif
	leave_to FREGS_EIP, \full, 4

	/*
	 * Direct: as if called from the site, which is where it returns to, or
	 * to where a callback sends it. The call gives the CPU's return
	 * predictor, which would be one behind from here to main, what it
	 * takes.
	 */
44:
	.if	\full == 0
	testl	$FREGS_MOVED, F(FREGS_STATE)
	jz	46f
	.endif
	movl	F(FREGS_EIP), %ecx
	movl	%ecx, F(FREGS_RETURN)
46:	call	45f
	int3
45:	leave_to FREGS_ORIG_EAX, 0, 0

	/*
	 * Inside another callback, which may be one level too many: those
	 * beyond the last share its run, and set->nested calls nobody there.
	 * Or FTRACE_DEPTH_NONE.
	 */
7:	movl	FTRACE_THREAD_DEPTH(thread), %ecx
	movl	%ecx, F(FREGS_DEPTH)
	leal	1(%ecx), %edx
	testl	%edx, %edx
	jz	8f
	movl	%edx, FTRACE_THREAD_DEPTH(thread)
	cmpl	$FTRACE_MAX_DEPTH, %ecx
	jbe	71f
	movl	$FTRACE_MAX_DEPTH, %ecx
71:	shll	$FTRACE_RUN_SHIFT, %ecx
	movl	%esp, FTRACE_THREAD_RUN+FTRACE_RUN_SP(thread, %ecx)
	movl	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(thread, %ecx)
	movl	FTRACE_SLOT_SET(slot), set
	call_func FTRACE_SET_NESTED
	movl	F(FREGS_DEPTH), %ecx
	movl	%ecx, FTRACE_THREAD_DEPTH(thread)
	jmp	3b

	.if	\room && !\keep
	/* Aligned, or some of the stores would lie across two pages. */
6:	andl	$-64, %esp
	move_upper \vec, 0, 0
	orl	$FREGS_UPPER, F(FREGS_STATE)
	jmp	5b
	.endif

	/*
	 * struct ftrace_thread *ftrace_thread_attach(void): arguments are
	 * saved, only the slot has to live through it. A thread that can have
	 * no block runs no callback.
	 */
8:	movl	slot, F(FREGS_DEPTH)
	call	ftrace_thread_attach
	movl	%eax, thread
	movl	F(FREGS_DEPTH), slot
	testl	thread, thread
	jnz	1b
	leal	-ARGS_SIZE(%esp), %esp	/* as if it had been called */
	jmp	3b

	/* ebx = where this returns to: a call and a ret that match */
85:	movl	(%esp), %ebx
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.section .data.rel.ro, "aw", @progbits
	.p2align 2
	.type	self_at, @object
	.size	self_at, 4
self_at:
	.long	ftrace_self@ntpoff

	.text
	entry	ftrace_caller, 0, none, ROOM_none
	entry	ftrace_regs_caller, 1, none, ROOM_none
	entry	ftrace_caller_sse, 0, sse, ROOM_sse
	entry	ftrace_regs_caller_sse, 1, sse, ROOM_sse
	entry	ftrace_caller_avx, 0, avx, ROOM_avx
	entry	ftrace_regs_caller_avx, 1, avx, ROOM_avx
	entry	ftrace_caller_avx512, 0, avx512, ROOM_avx512
	entry	ftrace_regs_caller_avx512, 1, avx512, ROOM_avx512
	entry	ftrace_keep_caller, 1, none, ROOM_keep_none, 1, VECTORS_none
	entry	ftrace_keep_caller_sse, 1, sse, ROOM_keep_sse, 1, VECTORS_sse
	entry	ftrace_keep_caller_avx, 1, avx, ROOM_keep_avx, 1, VECTORS_avx
	entry	ftrace_keep_caller_avx512, 1, avx512, ROOM_keep_avx512, 1, \
		VECTORS_avx512

/*
 * void ftrace_return_to_parent(void)
 *
 * Where an override goes on: 0(%esp) is the traced function's return address.
 */
	.globl	ftrace_return_to_parent
	.hidden	ftrace_return_to_parent
	.type	ftrace_return_to_parent, @function
	.p2align 4
ftrace_return_to_parent:
	.cfi_startproc
	endbr32
	ret
	.cfi_endproc
	.size	ftrace_return_to_parent, . - ftrace_return_to_parent

/* void ftrace_try_nop5(void), ftrace_try_data16(void): see nop_choose() */
	.macro	try name, bytes:vararg
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	.byte	\bytes
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

	try	ftrace_try_nop5, 0x0f, 0x1f, 0x44, 0x00, 0x00
	try	ftrace_try_data16, 0x66, 0x66, 0x66, 0x66, 0x90

	.section .note.GNU-stack, "", @progbits
