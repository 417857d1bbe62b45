/* SPDX-License-Identifier: MIT */
/* powerpc: from a site, through a thunk, to the callbacks and back. */

#include <ftrace/asm/ftrace.h>

#include "abi.h"
#include "regs.h"

/*
 * void ftrace_caller(void), void ftrace_regs_caller(void)
 * void ftrace_caller_scalar(void), void ftrace_regs_caller_scalar(void)
 * void ftrace_caller_isa3(void), void ftrace_regs_caller_isa3(void), 64 bits
 *
 * On entry, from a thunk:
 *	r12	slot, the struct ftrace_slot of the thunk
 *	CTR	this entry
 *	LR	ip + MCOUNT_INSN_SIZE, back into the traced function
 *	r0	parent_ip, the traced function's own return address
 *	live	r2, r3-r10, r11 (static chain), f1-f13 (ppc: f1-f8), v2-v13,
 *		callee-saved, ppc: CR bit 6 (f1-f8 hold variadic arguments)
 *
 * The frame, r1 upwards:
 *	0		what a callee expects of its caller's frame
 *	FRAME_FREGS	struct ftrace_regs; r29-r31 lie in their places there
 *	FRAME_VR(2)	v2-v13
 *	FRAME_FPR(1)	f1-f13; the other halves of vs1-vs13 carry no argument
 *	FRAME_SIZE	a frame that stands for the traced function
 *	  FRAME_RETURN	  ip + MCOUNT_INSN_SIZE
 *	FRAME_CALLER	r1 at the site: the caller's frame
 *	  FRAME_PARENT	  parent_ip
 *
 * And the same without v2-v13, for a CPU that has none.
 *
 * void ftrace_keep_caller(void)
 * void ftrace_keep_caller_scalar(void), void ftrace_keep_caller_vsx(void)
 *
 * On entry, from a thunk of a conservative module:
 *	r12	slot
 *	LR	back into the thunk
 *	KEPT	r0 and r12, in the frame that stands for the traced function;
 *		ppc: which the thunk has made
 *	FRAME_PARENT	parent_ip
 *	live	all but r0, r12, LR
 *
 * The lower frame:
 *	FRAME_FREGS	struct ftrace_regs
 *	KEEP_VR(0)	v0-v19
 *	KEEP_VSR(0)	f0-f13, or vs0-vs31 whole: no call keeps their other
 *			halves
 *	KEEP_BACK	back into the thunk
 */
#define thread		%r31		/* the thread's block */
#define slot		%r12		/* as the thunk left it */
#define depth		%r30
#define saved_errno	%r29

/* What vectors there are, beside none. */
#define ALTIVEC		1
#define VSX		2
#define ISA3		3		/* POWER9: with displacements */
	.machine altivec
	.machine vsx

/* DWARF's number of LR, and one that no rule of a compiler speaks of. */
#define COLUMN_LR	65
#define COLUMN_SITE	66

#define FROM_CALLER(at)	((at) - FRAME_CALLER(lower))	/* CFI counts so */
#define KEPT(reg)	(FRAME_CALLER(lower) + ABI_KEEPER_##reg)(%r1)
#define GPR(n)		FRAME_FREGS+FREGS_GPR(n)(%r1)
#define FREG(what)	FRAME_FREGS+FREGS_##what(%r1)

/*
 * stvx and lvx have no displacement. Three registers of addresses, of which r1
 * is one, and four of distances make the twelve places: r3-r8, which must be
 * free. Numbers name the registers, so that they can be counted with.
 */
	.macro	move_vectors insn
	.irp	n, 0, 1, 2, 3
	li	3+\n, FRAME_VR(2)+16*\n
	.endr
	addi	%r7, %r1, 64
	addi	%r8, %r1, 128
	.irp	n, 0, 1, 2, 3
	\insn	2+\n, 1, 3+\n
	\insn	6+\n, 7, 3+\n
	\insn	10+\n, 8, 3+\n
	.endr
	.endm

	/* The same registers by VSX's names, 32 higher. */
	.macro	move_isa3 insn
	.machine push
	.machine power9
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	\insn	32+\n, FRAME_VR(\n)(%r1)
	.endr
	.machine pop
	.endm

	.macro	save_arguments
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	STORE	%r\n, GPR(\n)
	.endr
	.endm

	.macro	restore_arguments
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11
	LOAD	%r\n, GPR(\n)
	.endr
	restore_toc GPR(2)
	.endm

	.macro	save_vectors vectors
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8
	stfd	%f\n, FRAME_FPR(\n)(%r1)
	.endr
	.if	ABI_FPR_ARGS > 8
	.irp	n, 9, 10, 11, 12, 13
	stfd	%f\n, FRAME_FPR(\n)(%r1)
	.endr
	.endif
	.if	\vectors == ISA3
	move_isa3 stxv
	.elseif	\vectors
	move_vectors stvx
	.endif
	.endm

	.macro	restore_vectors vectors
	.if	\vectors == ISA3
	move_isa3 lxv
	.elseif	\vectors
	move_vectors lvx
	.endif
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8
	lfd	%f\n, FRAME_FPR(\n)(%r1)
	.endr
	.if	ABI_FPR_ARGS > 8
	.irp	n, 9, 10, 11, 12, 13
	lfd	%f\n, FRAME_FPR(\n)(%r1)
	.endr
	.endif
	.endm

/*
 * CTR and r12 are the thunk's already, as they are free at a site. What only a
 * kernel knows is zero.
 */
	.macro	save_all
	mfxer	%r0
	STORE	%r0, FREG(XER)
	mfctr	%r0
	STORE	%r0, FREG(CTR)
	LOAD	%r0, FREG(LINK)
	STORE	%r0, GPR(0)
	.irp	n, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	STORE	%r\n, GPR(\n)
	.endr
	li	%r0, 0
	STORE	%r0, FREG(MSR)
	STORE	%r0, FREG(SOFTE)
	STORE	%r0, FREG(TRAP)
	STORE	%r0, FREG(DAR)
	STORE	%r0, FREG(DSISR)
	STORE	%r0, FREG(RESULT)
	.endm

/*
 * What a callback wrote into pt_regs holds, but for r1 and r13, which are the
 * thread's, and r0, r12 and CTR, which leaving takes; in ppc r2 is the thread's
 * too.
 */
	.macro	restore_all
	.irp	n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	LOAD	%r\n, GPR(\n)
	.endr
	LOAD	%r31, FREG(XER)
	mtxer	%r31
	.endm

/* All of them, whole: stfd, stvx, stxvd2x or lfd, lvx, lxvd2x. r3 is lost. */
	.macro	move_whole vectors, fpr, vr, vsr
	.if	\vectors
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19
	li	%r3, KEEP_VR(\n)
	\vr	%v\n, %r1, %r3
	.endr
	.endif
	.if	\vectors == VSX
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	%r3, KEEP_VSR(\n)
	\vsr	%vs\n, %r1, %r3
	.endr
	.else
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	\fpr	%f\n, KEEP_VSR(\n)(%r1)
	.endr
	.endif
	.endm

/* Two frames, and in them what the registers of a thunk say. */
	.macro	arrive
	.cfi_register COLUMN_SITE, COLUMN_LR
	.cfi_register COLUMN_LR, 0
	STORE_UPDATE %r1, -FRAME_SITE_SIZE(%r1)
	.cfi_def_cfa_offset FRAME_SITE_SIZE
	STORE_UPDATE %r1, -lower(%r1)
	.cfi_def_cfa_offset FRAME_CALLER(lower)
	/* The caller keeps a word for what it is returned to by: LR's. */
	STORE	%r0, FRAME_PARENT(lower)(%r1)
	.cfi_offset COLUMN_LR, FROM_CALLER(FRAME_PARENT(lower))
	STORE	%r0, FREG(LINK)
	mflr	%r0
	STORE	%r0, FRAME_RETURN(lower)(%r1)
	.cfi_offset COLUMN_SITE, FROM_CALLER(FRAME_RETURN(lower))
	STORE	%r0, FREG(NIP)
	.endm

/*
 * The same from a thunk of a conservative module. Where the traced function
 * goes on is said by the thunk's branch back alone, until it is worked out:
 *	DW_CFA_val_expression COLUMN_SITE, 15 bytes:
 *	DW_OP_bregx LR, BACK; DW_OP_deref_size 4	the branch; from it
 *	DW_OP_const1u n; DW_OP_shl; DW_OP_const1u n; DW_OP_shra
 *	DW_OP_bregx LR, BACK; DW_OP_plus		26 bits, signed
 */
	.macro	arrive_kept
	.cfi_def_cfa_offset ABI_KEEPER_FRAME
	.cfi_offset COLUMN_LR, ABI_LR_SAVE
	.cfi_escape 0x16, COLUMN_SITE, 15, 0x92, COLUMN_LR, ABI_KEEPER_BACK, \
		0x94, 4, 0x08, FTRACE_WORD*8-26, 0x24, 0x08, FTRACE_WORD*8-26, \
		0x26, 0x92, COLUMN_LR, ABI_KEEPER_BACK, 0x22
	.if	ABI_KEEPER_FRAME == 0
	STORE_UPDATE %r1, -FRAME_SITE_SIZE(%r1)
	.cfi_def_cfa_offset FRAME_SITE_SIZE
	.endif
	STORE_UPDATE %r1, -lower(%r1)
	.cfi_def_cfa_offset FRAME_CALLER(lower)
	LOAD	%r0, FRAME_PARENT(lower)(%r1)
	STORE	%r0, FREG(LINK)
	.endm

/* When all is saved: what it has in other places, and what is left to do. */
	.macro	save_kept
	LOAD	%r0, KEPT(R0)
	STORE	%r0, GPR(0)
	LOAD	%r0, KEPT(R12)
	STORE	%r0, GPR(12)
	mflr	%r11
	STORE	%r11, KEEP_BACK(%r1)
	lwzu	%r10, ABI_KEEPER_BACK(%r11)
	slwi	%r10, %r10, 6
	srawi	%r10, %r10, 6			/* without the opcode */
	add	%r11, %r11, %r10		/* ip + MCOUNT_INSN_SIZE */
	STORE	%r11, FRAME_RETURN(lower)(%r1)
	.cfi_offset COLUMN_SITE, FROM_CALLER(FRAME_RETURN(lower))
	STORE	%r11, FREG(NIP)
	.endm

/*
 * The end of an entry, when CTR, LR, r0 and r12 are set: the branch finds all
 * else as it was at the site.
 */
	.macro	restore full, vectors, keep
	.if	\keep
	move_whole \vectors, lfd, lvx, lxvd2x
	.else
	restore_vectors \vectors
	.endif
	restore_arguments
	.if	\full
	restore_all
	.endif
	.if	\full || ABI_CR_ARGUMENT
	LOAD	%r31, FREG(CCR)
	mtcr	%r31
	.endif
	/* From here on nothing compares, calls, or needs a register. */
	.irp	n, 29, 30, 31
	LOAD	%r\n, GPR(\n)
	.endr
	.endm

	.macro	entry name, full, vectors, keep=0
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.p2align 5
\name:
	/*
	 * An unwinder must find the site, in LR, and then the parent. Hence a
	 * return column of its own, and a signal frame: the site is looked up
	 * as it is, as one less may lie before the function's own CFI.
	 */
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column COLUMN_SITE
	.if	\keep
	.set	lower, KEEP_SIZE
	arrive_kept
	.else
	.set	lower, FRAME_SIZE
	arrive
	.endif
	save_arguments
	.if	\full
	STORE	%r3, FREG(ORIG_GPR3)
	.endif
	.if	\keep
	move_whole \vectors, stfd, stvx, stxvd2x
	.else
	save_vectors \vectors
	.endif
	/* A rule, or libgcc guesses where r2 is by the code at the site. */
	.cfi_offset 2, FROM_CALLER(FRAME_FREGS+FREGS_GPR(2))
	.irp	n, 29, 30, 31
	STORE	%r\n, GPR(\n)
	.cfi_offset \n, FROM_CALLER(FRAME_FREGS+FREGS_GPR(\n))
	.endr
	.if	\full || ABI_CR_ARGUMENT
	/* Before the first comparison: it is still the function's. */
	mfcr	%r0
	STORE	%r0, FREG(CCR)
	.endif
	.if	\full
	save_all
	.endif
	.if	\keep
	save_kept
	.endif
	addi	%r9, %r1, FRAME_CALLER(lower)	/* r1 at the site */
	STORE	%r9, GPR(1)
	li	%r0, 0
	STORE	%r0, FREG(DIRECT)
	.if	\full
	STORE	%r1, FREG(FULL)			/* all but zero will do */
	.else
	STORE	%r0, FREG(FULL)
	.endif

	/*
	 * thread = ftrace_self; before its first call its depth is not 0. Our
	 * table of addresses lies at a distance from this entry, whose address
	 * the thunk left in CTR, if that was free; the caller's r2 is another
	 * object's, perhaps none at all.
	 */
	.if	\keep
	bcl	20, 31, 0f
0:	mflr	thread
	load_self thread, 0b
	.else
	mfctr	thread
	load_self thread, \name
	.endif

	/*
	 * depth first, then the run that it covers: the entry of a signal
	 * handler in between takes the next run. Only then the set is read.
	 */
1:	LOAD	depth, FTRACE_THREAD_DEPTH(thread)
	COMPARE	depth, 0
	bne-	7f
	li	%r8, 1
	STORE	%r8, FTRACE_THREAD_DEPTH(thread)
	STORE	%r9, FTRACE_THREAD_RUN+FTRACE_RUN_SP(thread)
	STORE	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(thread)
	LOAD	%r10, FTRACE_SLOT_SET(slot)
	LOAD	%r12, FTRACE_SET_FUNC(%r10)

	/* set->func(ip, parent_ip, ops, fregs), or nested; r2 is nobody's then. */
3:	LOAD	%r9, FTRACE_THREAD_ERRNO(thread)
	lwz	saved_errno, 0(%r9)
	LOAD	%r3, FRAME_RETURN(lower)(%r1)
	addi	%r3, %r3, -MCOUNT_INSN_SIZE	/* ip */
	LOAD	%r4, FREG(LINK)			/* parent_ip */
	LOAD	%r5, FTRACE_SET_OPS(%r10)	/* ops */
	addi	%r6, %r1, FRAME_FREGS		/* fregs */
	call_pointer

	LOAD	%r9, FTRACE_THREAD_ERRNO(thread)
	stw	saved_errno, 0(%r9)
	STORE	depth, FTRACE_THREAD_DEPTH(thread)

	/*
	 * Back into the function, or to where the instruction pointer was
	 * changed to: LR = parent_ip, and r12 = the address, by which a global
	 * entry finds its TOC. Direct: as if called from the site, which is
	 * where LR then leads back to, or to the changed instruction pointer.
	 * Both find parent_ip in r0. ftrace_other_toc() counts as direct.
	 */
4:	LOAD	%r11, FREG(DIRECT)
	LOAD	%r12, FREG(NIP)
	LOAD	%r0, FREG(LINK)
	COMPARE	%r11, 0
	bne-	8f
	.if	\keep
	LOAD	%r11, FRAME_RETURN(lower)(%r1)
	COMPARE_R %r12, %r11
	beq+	9f
	.endif
	mtlr	%r0
6:	mtctr	%r12
	restore	\full, \vectors, \keep
	addi	%r1, %r1, FRAME_CALLER(lower)
	/* ppc keeps nothing below r1: the frame returns where the branch goes. */
	.cfi_remember_state
	.cfi_def_cfa_offset 0
	.cfi_register COLUMN_SITE, 12
	.cfi_same_value COLUMN_LR
	.cfi_same_value 2
	.cfi_same_value 29
	.cfi_same_value 30
	.cfi_same_value 31
	bctr
	.cfi_restore_state

	/* Through the thunk: it has r0 and the parent where it left them. */
	.if	\keep
9:	STORE	%r0, FRAME_PARENT(lower)(%r1)
	LOAD	%r0, GPR(0)
	STORE	%r0, KEPT(R0)
	LOAD	%r0, KEEP_BACK(%r1)
	mtlr	%r0
	LOAD	%r0, FREG(CTR)
	mtctr	%r0
	restore	\full, \vectors, \keep
	LOAD	%r12, GPR(12)
	addi	%r1, %r1, FRAME_CALLER(lower) - ABI_KEEPER_FRAME
	.cfi_remember_state
	.cfi_def_cfa_offset ABI_KEEPER_FRAME
	.cfi_same_value 2
	.cfi_same_value 29
	.cfi_same_value 30
	.cfi_same_value 31
	blr
	.cfi_restore_state
	.endif

	/*
	 * Inside another callback, which may be one level too many: those
	 * beyond the last share its run, and set->nested calls nobody there.
	 * Or FTRACE_DEPTH_NONE.
	 */
7:	addic.	%r8, depth, 1
	beq-	5f
	STORE	%r8, FTRACE_THREAD_DEPTH(thread)
	mr	%r8, depth
	COMPARE_U depth, FTRACE_MAX_DEPTH
	ble+	2f
	li	%r8, FTRACE_MAX_DEPTH
2:	SHIFT_LEFT %r8, %r8, FTRACE_RUN_SHIFT
	add	%r8, thread, %r8
	STORE	%r9, FTRACE_THREAD_RUN+FTRACE_RUN_SP(%r8)
	STORE	slot, FTRACE_THREAD_RUN+FTRACE_RUN_SLOT(%r8)
	LOAD	%r10, FTRACE_SLOT_SET(slot)
	LOAD	%r12, FTRACE_SET_NESTED(%r10)
	b	3b

	/* Direct. */
8:	mtlr	%r12
	mr	%r12, %r11
	b	6b

	/*
	 * Without a block no callback. A call within the object; the linker
	 * finds the nop that it may ask for.
	 */
5:	mr	depth, slot
	bl	ftrace_thread_attach
	nop
	mr	slot, depth
	addi	%r9, %r1, FRAME_CALLER(lower)
	mr.	thread, %r3
	bne+	1b
	b	4b
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	entry	ftrace_caller, 0, ALTIVEC
	entry	ftrace_regs_caller, 1, ALTIVEC
	entry	ftrace_caller_scalar, 0, 0
	entry	ftrace_regs_caller_scalar, 1, 0
#ifdef __powerpc64__
	entry	ftrace_caller_isa3, 0, ISA3
	entry	ftrace_regs_caller_isa3, 1, ISA3
#endif
	entry	ftrace_keep_caller, 1, ALTIVEC, 1
	entry	ftrace_keep_caller_scalar, 1, 0, 1
	entry	ftrace_keep_caller_vsx, 1, VSX, 1

/*
 * void ftrace_return_to_parent(void)
 *
 * Where an override goes on: LR is the traced function's return address.
 */
	.globl	ftrace_return_to_parent
	.hidden	ftrace_return_to_parent
	.type	ftrace_return_to_parent, @function
	.p2align 4
ftrace_return_to_parent:
	.cfi_startproc
	blr
	.cfi_endproc
	.size	ftrace_return_to_parent, . - ftrace_return_to_parent

#ifdef __powerpc64__
/*
 * void ftrace_other_toc(void)
 *
 * On the way to a function that may have another TOC and return with it in r2,
 * to a caller in the traced function's own object that takes r2 for granted. It
 * calls the function from a frame of its own, which keeps r2. An entry leaves to
 * it as to a direct call:
 *	LR	the function
 *	r0	parent_ip
 *	-8(r1)	r2 as the caller has it
 *	live	as at a site, r2 by now as the function needs it
 *
 * Arguments on the stack lie at a distance from r1, in the caller's frame. Where
 * they end is known to the caller alone; they end with its frame, so that is
 * copied, up to COPY_MAX.
 *
 * The frame, r1 upwards:
 *	0			back chain
 *	ABI_TOC_SAVE		r2 for the caller
 *	ABI_HEADER		the caller's frame from there on
 *	above			what is in use while copying: r9-r11, r2
 */
#define COPY_MAX	2048
#define SCRATCH		32
#define OP_BREG1	0x71	/* DWARF: r1 and a distance */
#define OP_DEREF	0x06

	.globl	ftrace_other_toc
	.hidden	ftrace_other_toc
	.type	ftrace_other_toc, @function
	.p2align 4
ftrace_other_toc:
	.cfi_startproc
	.cfi_register COLUMN_LR, 0
	.cfi_offset 2, -8
	std	%r0, ABI_LR_SAVE(%r1)
	.cfi_offset COLUMN_LR, ABI_LR_SAVE
	std	%r9, -16(%r1)
	std	%r10, -24(%r1)
	std	%r11, -32(%r1)
	ld	%r9, 0(%r1)
	cmpdi	%r9, 0
	subf	%r9, %r1, %r9
	bne+	1f
	li	%r9, ABI_FRAME		/* the thread's first frame */
1:	cmpldi	%r9, COPY_MAX
	ble+	2f
	li	%r9, COPY_MAX
2:	addi	%r10, %r9, SCRATCH
	neg	%r10, %r10
	ld	%r12, -8(%r1)
	stdux	%r1, %r1, %r10
	/* CFA: the back chain; r2: where it is now, which is stored below */
	.cfi_escape 0x0f, 3, OP_BREG1, 0, OP_DEREF
	std	%r12, ABI_TOC_SAVE(%r1)
	.cfi_escape 0x10, 2, 2, OP_BREG1, ABI_TOC_SAVE
	ld	%r10, 0(%r1)
	addi	%r9, %r9, -ABI_HEADER
	srdi.	%r9, %r9, 3
	beq-	4f
	mtctr	%r9
	addi	%r11, %r1, ABI_HEADER-8
	addi	%r12, %r10, ABI_HEADER-8
3:	ldu	%r0, 8(%r12)
	stdu	%r0, 8(%r11)
	bdnz	3b
4:	ld	%r9, -16(%r10)
	ld	%r11, -32(%r10)
	ld	%r10, -24(%r10)
	mflr	%r12
	mtctr	%r12
	b	6f
	/* What it returns to is in r0 as well, as at a site. */
5:	mflr	%r0
	bctr
6:	bl	5b
	ld	%r2, ABI_TOC_SAVE(%r1)
	.cfi_same_value 2
	ld	%r1, 0(%r1)
	.cfi_def_cfa %r1, 0
	ld	%r0, ABI_LR_SAVE(%r1)
	mtlr	%r0
	.cfi_same_value COLUMN_LR
	blr
	.cfi_endproc
	.size	ftrace_other_toc, . - ftrace_other_toc
#endif

	.section .note.GNU-stack, "", @progbits
