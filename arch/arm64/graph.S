/* SPDX-License-Identifier: MIT */
/* arm64: a function's body is called, and its return told. */

#include <ftrace/asm/ftrace.h>

#include "../../generic/entry_layout.h"
#include "regs.h"

/*
 * void ftrace_graph_caller(void)
 *
 * On entry, from an entry that leaves as to a direct call:
 *	x30		the struct ftrace_frame of the call
 *	x9		parent, which the frame has, too
 *	live		as at the site
 *
 * The body finds the address behind the branch to it in x30. x19 leads to the
 * frame meanwhile: it is put back by whatever leaves the body, a return, longjmp
 * or an unwinder.
 *
 * The frame behind the body, sp upwards:
 *	VALUE		q0-q7
 *	FREGS		struct ftrace_regs; fp and lr there are a frame record
 *	X19
 */
#define VALUE		0
#define FREGS		(8 * 16)
#define X19		(FREGS + FREGS_SIZE)
#define FRAME_SIZE	(X19 + 16)
#define FRAME(what)	[x19, #FTRACE_FRAME_##what]

/* DWARF: a register saved at x19 and a distance, in the frame. */
#define IN_FRAME(column, what) \
	FTRACE_CFI_IN_FRAME(column, 19, FTRACE_FRAME_##what)

/* bti c, as a hint so that any assembler and any CPU takes it */
	.macro	landing_pad
	hint	#34
	.endm

	.text
	.globl	ftrace_graph_caller, ftrace_graph_back
	.hidden	ftrace_graph_caller, ftrace_graph_back
	.type	ftrace_graph_caller, %function
	.p2align 4
ftrace_graph_caller:
	.cfi_startproc
	.cfi_register x30, x9
	landing_pad
	str	x19, [x30, #FTRACE_FRAME_SAVED]
	mov	x19, x30
	IN_FRAME(30, PARENT)
	IN_FRAME(19, SAVED)
	.cfi_remember_state
	/*
	 * CFA = sp + 1, or libgcc takes this frame for its caller's; sp as it
	 * is.
	 */
	.cfi_escape 0x0f, 2, 0x70 + 31, 1
	.cfi_escape 0x16, 31, 2, 0x70 + 31, 0
	ldr	x16, FRAME(BODY)
	adr	x30, ftrace_graph_back
	/* What is behind a site is no landing pad: only a ret does without. */
	ret	x16
ftrace_graph_back:
	sub	sp, sp, #FRAME_SIZE
	.cfi_restore_state
	.cfi_def_cfa_offset FRAME_SIZE
	ldr	x16, FRAME(PARENT)
	stp	x29, x16, [sp, #FREGS + FREGS_FP]
	.cfi_offset x29, FREGS + FREGS_FP - FRAME_SIZE
	.cfi_offset x30, FREGS + FREGS_LR - FRAME_SIZE
	add	x29, sp, #FREGS + FREGS_FP
	ldr	x16, FRAME(SAVED)
	str	x16, [sp, #X19]
	.cfi_offset x19, X19 - FRAME_SIZE
	ldr	x17, FRAME(SITE)
	add	x16, sp, #FRAME_SIZE
	stp	x16, x17, [sp, #FREGS + FREGS_SP]
	stp	x0, x1, [sp, #FREGS + FREGS_X0]
	stp	x2, x3, [sp, #FREGS + FREGS_X2]
	stp	x4, x5, [sp, #FREGS + FREGS_X4]
	stp	x6, x7, [sp, #FREGS + FREGS_X6]
	stp	x8, x18, [sp, #FREGS + FREGS_X8]
	stp	q0, q1, [sp, #VALUE]
	stp	q2, q3, [sp, #VALUE + 32]
	stp	q4, q5, [sp, #VALUE + 64]
	stp	q6, q7, [sp, #VALUE + 96]

	/* void ftrace_graph_return(frame, fregs); x19 is nobody's then */
	mov	x0, x19
	add	x1, sp, #FREGS
	bl	ftrace_graph_return

	ldp	q0, q1, [sp, #VALUE]
	ldp	q2, q3, [sp, #VALUE + 32]
	ldp	q4, q5, [sp, #VALUE + 64]
	ldp	q6, q7, [sp, #VALUE + 96]
	ldp	x0, x1, [sp, #FREGS + FREGS_X0]
	ldp	x2, x3, [sp, #FREGS + FREGS_X2]
	ldp	x4, x5, [sp, #FREGS + FREGS_X4]
	ldp	x6, x7, [sp, #FREGS + FREGS_X6]
	ldp	x8, x18, [sp, #FREGS + FREGS_X8]
	ldr	x19, [sp, #X19]
	.cfi_same_value x19
	ldp	x29, x30, [sp, #FREGS + FREGS_FP]
	.cfi_same_value x29
	.cfi_same_value x30
	add	sp, sp, #FRAME_SIZE
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size	ftrace_graph_caller, . - ftrace_graph_caller

/*
 * void ftrace_graph_direct(void)
 *
 * The body of a function that has a direct call: as if called from the site,
 * with the address behind the branch above in the place of the parent's.
 */
	.globl	ftrace_graph_direct
	.hidden	ftrace_graph_direct
	.type	ftrace_graph_direct, %function
	.p2align 4
ftrace_graph_direct:
	.cfi_startproc
	landing_pad
	mov	x9, x30
	.cfi_register x30, x9
	ldr	x30, FRAME(SITE)
	ldr	x16, FRAME(DIRECT)
	br	x16
	.cfi_endproc
	.size	ftrace_graph_direct, . - ftrace_graph_direct

	.section .note.GNU-stack, "", %progbits

/* As in entry.S: it has landing pads. */
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5		// name and descriptor size, type
	.asciz	"GNU"
	.long	0xc0000000, 4, 1, 0	// FEATURE_1_AND, size, BTI, padding
