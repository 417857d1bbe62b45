/* SPDX-License-Identifier: MIT */
/* arm64: from a site, through a thunk, to the callbacks and back. */

#include <ftrace/asm/ftrace.h>

#include "../../generic/entry_layout.h"
#include "regs.h"

/*
 * void ftrace_caller(void)
 * void ftrace_caller_sve(void), for CPUs with SVE
 * void ftrace_keep_caller(void)
 * void ftrace_keep_caller_sve(void), the same of conservative modules
 *
 * On entry, from a thunk:
 *	x16		slot, the struct ftrace_slot of the thunk
 *	x30		ip + MCOUNT_INSN_SIZE, back into the traced function
 *	x9		parent_ip, the traced function's own return address
 *	live		x0-x7, x8 (where a result goes), x15 or x18 (static
 *			chain of clang and gcc), q0-q7 (z0-z7, p0-p3 of a call
 *			with SVE types), x19-x29, sp
 *
 * In a conservative module all else, too, is live and has to live on. The jump
 * changed nothing; x16 and the parent's address are in the thunk's frame, and
 *	x30		back into the thunk, KEEPER_IP before the address of ip + 4
 *
 * The frame; the stack pointer is a multiple of 16, or a caller that is
 * assembly could not have used it:
 *	RECORD(x29)	a frame record: a walk over frames finds the traced
 *			function here and, through the record that fp and lr
 *			of FREGS are, its caller
 *	X19_X20(x29)	x19, then the thread's block; x20, then errno
 *	DEPTH(x29)	the depth we found, if not 0
 *	FREGS(x29)	struct ftrace_regs
 *	FRAME_SIZE(x29)	sp at the site, or where the thunk's frame begins
 *
 * and below x29, from sp on, the vectors: q0-q7, or z0-z7 and then p0-p3, whose
 * length is known only where they are stored. Hence x29 is the base. Of a
 * conservative module q0-q31, or p0-p15, ffr and z0-z31, and between these and
 * x29 KEPT bytes: x9 to x14, x17 and the way back.
 */
#define RECORD		0
#define RECORD_LR	(RECORD + 8)
#define X19_X20		16
#define DEPTH		32
#define FREGS		48
#define FRAME_SIZE	(FREGS + FREGS_SIZE)

/* Taken together with the frame. */
#define ROOM_neon	(8 * 16)
#define ROOM_sve	0
#define KEPT		64
#define ROOM_keep_neon	(32 * 16 + KEPT)
#define ROOM_keep_sve	KEPT
/* A predicate has an eighth of a vector's bits: where p0 lies, in predicates. */
#define P_AT		(8 * 8)
/* All of them: 16 predicates and ffr take the room of three vectors. */
#define FFR_AT		16
#define Z_AT		3

#define thread		x19
#define slot		x16		/* as the thunk left it */
#define saved_errno	w20

/* The rules speak of CFA, the sp at the site: how far below it lies what? */
#define BELOW_CFA(what)	((what) - FRAME_SIZE - \above)
/* Where this frame returns to: see FTRACE_CFI_RETURN_COLUMN. */
#define SITE		FTRACE_CFI_RETURN_COLUMN

/* The word at x30 + KEEPER_IP: DW_CFA_expression, with DW_OP_breg30. */
#define SITE_BY_KEEPER	.cfi_escape 0x10, SITE, 2, 0x70 + 30, KEEPER_IP

/* bti c, as a hint so that any assembler and any CPU takes it */
	.macro	landing_pad
	hint	#34
	.endm

	.macro	save_arguments
	stp	x0, x1, [x29, #FREGS + FREGS_X0]
	stp	x2, x3, [x29, #FREGS + FREGS_X2]
	stp	x4, x5, [x29, #FREGS + FREGS_X4]
	stp	x6, x7, [x29, #FREGS + FREGS_X6]
	stp	x8, x18, [x29, #FREGS + FREGS_X8]
	.endm

	.macro	restore_arguments
	ldp	x0, x1, [x29, #FREGS + FREGS_X0]
	ldp	x2, x3, [x29, #FREGS + FREGS_X2]
	ldp	x4, x5, [x29, #FREGS + FREGS_X4]
	ldp	x6, x7, [x29, #FREGS + FREGS_X6]
	ldp	x8, x18, [x29, #FREGS + FREGS_X8]
	.endm

#define ALL_16	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define ALL_32	ALL_16, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, \
		29, 30, 31

/*
 * All 128 bits: a callback's own callees keep d8-d15 and nothing of these.
 *
 * SVE: all there is, at each call, as nothing cheaper than the stores tells
 * whether it is in use. An or of the registers needs as many instructions, and
 * a predicate; and leftovers in p0-p3 are in use or not, alike. z0 is q0 and
 * more, so it is eight stores for four pairs, and four predicates.
 */
	.macro	save_vectors vec
	.ifc	\vec, neon
	stp	q0, q1, [sp, #0]
	stp	q2, q3, [sp, #32]
	stp	q4, q5, [sp, #64]
	stp	q6, q7, [sp, #96]
	.else
	addvl	sp, sp, #-9			// one for all predicates
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	str	z\n, [sp, #\n, mul vl]
	.endr
	.irp	n, 0, 1, 2, 3
	str	p\n, [sp, #P_AT + \n, mul vl]
	.endr
	.endif
	.endm

	.macro	restore_vectors vec
	.ifc	\vec, neon
	ldp	q0, q1, [sp, #0]
	ldp	q2, q3, [sp, #32]
	ldp	q4, q5, [sp, #64]
	ldp	q6, q7, [sp, #96]
	.else
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	ldr	z\n, [sp, #\n, mul vl]
	.endr
	.irp	n, 0, 1, 2, 3
	ldr	p\n, [sp, #P_AT + \n, mul vl]
	.endr
	.endif
	.endm

/* Conservative: all there are. ffr goes by way of p0. */
	.macro	save_all_vectors vec
	.ifc	\vec, neon
	.irp	n, ALL_32
	str	q\n, [sp, #16 * \n]
	.endr
	.else
	addvl	sp, sp, #-16
	addvl	sp, sp, #-(16 + Z_AT)
	.irp	n, ALL_32
	str	z\n, [sp, #Z_AT + \n, mul vl]
	.endr
	.irp	n, ALL_16
	str	p\n, [sp, #\n, mul vl]
	.endr
	rdffr	p0.b
	str	p0, [sp, #FFR_AT, mul vl]
	.endif
	.endm

	.macro	restore_all_vectors vec
	.ifc	\vec, neon
	.irp	n, ALL_32
	ldr	q\n, [sp, #16 * \n]
	.endr
	.else
	.irp	n, ALL_32
	ldr	z\n, [sp, #Z_AT + \n, mul vl]
	.endr
	ldr	p0, [sp, #FFR_AT, mul vl]
	wrffr	p0.b
	.irp	n, ALL_16
	ldr	p\n, [sp, #\n, mul vl]
	.endr
	.endif
	.endm

/* The frame, from what a bl left: x30 into the function, x9 the parent's. */
	.macro	make_frame room, above
	sub	sp, sp, #FRAME_SIZE + \room
	.cfi_def_cfa_offset FRAME_SIZE + \room
	stp	x29, x9, [sp, #\room + FREGS + FREGS_FP]
	.cfi_offset x29, BELOW_CFA(FREGS + FREGS_FP)
	.cfi_offset x30, BELOW_CFA(FREGS + FREGS_LR)
	add	x10, sp, #\room + FREGS + FREGS_FP
	stp	x10, x30, [sp, #\room + RECORD]
	.cfi_offset SITE, BELOW_CFA(RECORD_LR)
	add	x29, sp, #\room
	.cfi_def_cfa x29, FRAME_SIZE
	.endm

/* The same from what a keeper left: x30 leads to the site, then the record. */
	.macro	make_kept_frame room, above
	sub	sp, sp, #FRAME_SIZE + \room
	.cfi_def_cfa_offset FRAME_SIZE + \room + \above
	str	x29, [sp, #\room + FREGS + FREGS_FP]
	.cfi_offset x29, BELOW_CFA(FREGS + FREGS_FP)
	add	x29, sp, #\room
	.cfi_def_cfa x29, FRAME_SIZE + \above
	stp	x9, x10, [x29, #-KEPT]
	stp	x11, x12, [x29, #-KEPT + 16]
	stp	x13, x14, [x29, #-KEPT + 32]
	stp	x17, x30, [x29, #-KEPT + 48]
	ldr	x9, [x29, #FRAME_SIZE + KEEPER_LR]
	str	x9, [x29, #FREGS + FREGS_LR]
	add	x10, x29, #FREGS + FREGS_FP
	ldr	x11, [x30, #KEEPER_IP]
	stp	x10, x11, [x29, #RECORD]
	.cfi_offset SITE, BELOW_CFA(RECORD_LR)
	mov	x30, x11
	.endm

/*
 * Give the frame up, with where to go on in x17. @room: what lies below x29, or
 * nothing if that is not known.
 */
	.macro	drop_frame above, room
	.cfi_register SITE, x17
	.ifb	\room
	mov	sp, x29
	.cfi_def_cfa_register sp
	ldp	x29, x30, [sp, #FREGS + FREGS_FP]
	.cfi_same_value x29
	.cfi_same_value x30
	add	sp, sp, #FRAME_SIZE + \above
	.else
	.cfi_def_cfa sp, FRAME_SIZE + \room
	ldp	x29, x30, [sp, #\room + FREGS + FREGS_FP]
	.cfi_same_value x29
	.cfi_same_value x30
	add	sp, sp, #FRAME_SIZE + \room
	.endif
	.cfi_def_cfa_offset 0
	.endm

/* x9 to x14. A jump elsewhere may use x16 and x17. */
	.macro	restore_kept
	ldp	x9, x10, [x29, #-KEPT]
	ldp	x11, x12, [x29, #-KEPT + 16]
	ldp	x13, x14, [x29, #-KEPT + 32]
	.endm

/* Back to the thunk, which restores x16 and x30 and goes to the site. */
	.macro	leave_to_keeper above
	restore_kept
	ldp	x17, x30, [x29, #-KEPT + 48]
	SITE_BY_KEEPER
	mov	sp, x29
	.cfi_def_cfa_register sp
	ldr	x29, [sp, #FREGS + FREGS_FP]
	.cfi_same_value x29
	add	sp, sp, #FRAME_SIZE
	.cfi_def_cfa_offset \above
	ret
	.endm

	.macro	direct
	mov	x9, x30
	.cfi_register x30, x9
	mov	x30, x17		// where the site is still, too
	br	x16
	.endm

	/* Rules while the frame is there, from a place where it is not. */
	.macro	frame_rules above
	.cfi_def_cfa x29, FRAME_SIZE + \above
	.cfi_offset x29, BELOW_CFA(FREGS + FREGS_FP)
	.cfi_offset x30, BELOW_CFA(FREGS + FREGS_LR)
	.cfi_offset SITE, BELOW_CFA(RECORD_LR)
	.endm

/* Pairs that are moved at once. */
#if FTRACE_THREAD_ERRNO != FTRACE_THREAD_DEPTH + 8
#error errno lies elsewhere
#endif
#if FTRACE_RUN_SP != FTRACE_RUN_SLOT + 8
#error sp lies elsewhere
#endif

/*
 * x17(ip, parent_ip, ops, fregs), with errno kept: x10 leads to it. x12 is the
 * set; x9 and x30 are as they were at the site.
 */
	.macro	call_func
	ldr	saved_errno, [x10]
	sub	x0, x30, #MCOUNT_INSN_SIZE
	mov	x1, x9
	ldr	x2, [x12, #FTRACE_SET_OPS]
	add	x3, x29, #FREGS
	blr	x17
	ldr	x10, [thread, #FTRACE_THREAD_ERRNO]
	str	saved_errno, [x10]
	.endm

/* @above: of the frame that a keeper made, or 0. */
	.macro	entry name, vec, room, above=0
	.globl	\name
	.hidden	\name
	.type	\name, %function
	.p2align 4
\name:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column SITE
	.if	\above
	.cfi_def_cfa_offset \above
	.cfi_offset x30, KEEPER_LR - \above
	SITE_BY_KEEPER
	landing_pad
	make_kept_frame \room, \above
	.else
	.cfi_register SITE, x30
	.cfi_register x30, x9
	landing_pad
	make_frame \room, \above
	.endif
	stp	x19, x20, [x29, #X19_X20]
	.cfi_offset x19, BELOW_CFA(X19_X20)
	.cfi_offset x20, BELOW_CFA(X19_X20 + 8)
	save_arguments
	.if	\above
	save_all_vectors \vec
	.else
	save_vectors \vec
	.endif
	add	x11, x29, #FRAME_SIZE + \above	// sp at the site
	stp	x11, x30, [x29, #FREGS + FREGS_SP]	// and pc
	stp	xzr, x15, [x29, #FREGS + FREGS_DIRECT]

	/* thread = ftrace_self; before its first call its depth is not 0 */
	mrs	x10, tpidr_el0
	adrp	x12, :gottprel:ftrace_self
	ldr	x12, [x12, #:gottprel_lo12:ftrace_self]
	ldr	thread, [x10, x12]

	/*
	 * depth first, then the run that it covers: the entry of a signal
	 * handler in between takes the next run. Only then the set is read.
	 * In the order of the program is enough; see thread.c.
	 */
1:	ldp	x12, x10, [thread, #FTRACE_THREAD_DEPTH]	// and errno's place
	cbnz	x12, 8f
	mov	x12, #1
	str	x12, [thread, #FTRACE_THREAD_DEPTH]
	stp	slot, x11, [thread, #FTRACE_THREAD_RUN + FTRACE_RUN_SLOT]
	ldr	x12, [slot, #FTRACE_SLOT_SET]
	ldr	x17, [x12, #FTRACE_SET_FUNC]
	call_func
	str	xzr, [thread, #FTRACE_THREAD_DEPTH]

3:	.if	\above
	restore_all_vectors \vec
	.else
	restore_vectors \vec
	.endif
	restore_arguments
	.cfi_remember_state
	ldp	x19, x20, [x29, #X19_X20]
	.cfi_same_value x19
	.cfi_same_value x20
	ldp	x16, x15, [x29, #FREGS + FREGS_DIRECT]
	ldr	x17, [x29, #FREGS + FREGS_PC]
	.if	\above
	ldr	x10, [x29, #RECORD_LR]
	cbnz	x16, 5f
	cmp	x17, x10
	mov	x16, x17
	b.ne	6f
	leave_to_keeper \above

	/* The instruction pointer was changed; to the site itself as below. */
	frame_rules \above
6:	sub	x10, x10, #MCOUNT_INSN_SIZE
	cmp	x16, x10
	restore_kept
	drop_frame \above
	b.eq	7f
	br	x16
7:	ret	x16

	/* Direct: as below. */
	frame_rules \above
5:	restore_kept
	drop_frame \above
	direct
	.else
	.ifc	\vec, neon
	drop_frame \above, \room
	.else
	drop_frame \above
	.endif
	cbnz	x16, 5f
	/*
	 * Behind the site, which is no landing pad: only a ret may do without;
	 * and it is a return from the site's bl, so it is predicted as one. Or
	 * to where the instruction pointer was changed to. That may be the site
	 * itself, which finds the parent's address in x9.
	 */
	mov	x9, x30
	ret	x17

	/*
	 * Direct: as if called from the site, which is where it returns to, or
	 * to where the instruction pointer was changed to.
	 */
5:	direct
	.endif
	.cfi_restore_state

	/* A thread that can have no block runs no callback. */
4:	mov	x20, slot
	bl	ftrace_thread_attach
	mov	slot, x20
	ldr	x9, [x29, #FREGS + FREGS_LR]
	ldr	x30, [x29, #RECORD_LR]
	add	x11, x29, #FRAME_SIZE + \above
	mov	thread, x0
	cbnz	thread, 1b
	b	3b

	/*
	 * Inside another callback, which may be one level too many: those
	 * beyond the last share its run, and set->nested calls nobody there.
	 * Or FTRACE_DEPTH_NONE.
	 */
8:	str	x12, [x29, #DEPTH]
	add	x13, x12, #1
	cbz	x13, 4b
	str	x13, [thread, #FTRACE_THREAD_DEPTH]
	mov	x13, #FTRACE_MAX_DEPTH
	cmp	x12, x13
	csel	x13, x12, x13, lo
	add	x13, thread, x13, lsl #FTRACE_RUN_SHIFT
	stp	slot, x11, [x13, #FTRACE_THREAD_RUN + FTRACE_RUN_SLOT]
	ldr	x12, [slot, #FTRACE_SLOT_SET]
	ldr	x17, [x12, #FTRACE_SET_NESTED]
	call_func
	ldr	x10, [x29, #DEPTH]
	str	x10, [thread, #FTRACE_THREAD_DEPTH]
	b	3b
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.arch	armv8-a+sve
	.text
	entry	ftrace_caller, neon, ROOM_neon
	entry	ftrace_caller_sve, sve, ROOM_sve
	entry	ftrace_keep_caller, neon, ROOM_keep_neon, KEEPER_FRAME
	entry	ftrace_keep_caller_sve, sve, ROOM_keep_sve, KEEPER_FRAME

/*
 * void ftrace_return_to_parent(void)
 *
 * Where an override goes on: x30 is the traced function's return address.
 */
	.globl	ftrace_return_to_parent
	.hidden	ftrace_return_to_parent
	.type	ftrace_return_to_parent, %function
	.p2align 4
ftrace_return_to_parent:
	.cfi_startproc
	landing_pad
	ret
	.cfi_endproc
	.size	ftrace_return_to_parent, . - ftrace_return_to_parent

	.section .note.GNU-stack, "", %progbits

/*
 * One object without this mark and the linker takes it from the program, for
 * which no landing pad is checked any more. BTI (1) is what is true here.
 */
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5		// name and descriptor size, type
	.asciz	"GNU"
	.long	0xc0000000, 4, 1, 0	// FEATURE_1_AND, size, BTI, padding
