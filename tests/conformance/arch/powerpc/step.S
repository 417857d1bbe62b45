/* SPDX-License-Identifier: MIT */
/* powerpc: a frame whose caller is the code that a signal interrupted. */
#include "arch.h"

/*
 * void step_hooked_from(const unsigned long *regs)
 *
 * Calls step_hooked(). An emulator's signal frame returns to code of its own,
 * which no unwinder knows; here all that was interrupted is said by the rules,
 * with regs as the frame's address: a signal's order of registers. The return
 * column is the library's, which no rule of a compiler speaks of.
 */
#define COLUMN_LR	65
#define COLUMN_PC	66
#define REGS_PC		STATE_WORD*32
#define REGS_LR		STATE_WORD*36
#define OWN_R31		ABI_FRAME
#define FRAME		((ABI_FRAME + STATE_WORD + 15) & ~15)

	.text
	function step_hooked_from
	.cfi_signal_frame
	.cfi_return_column COLUMN_PC
	.cfi_def_cfa 31, 0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.cfi_offset \n, STATE_WORD*\n
	.endr
	.cfi_offset COLUMN_LR, REGS_LR
	.cfi_offset COLUMN_PC, REGS_PC
	mflr	%r0
	STORE	%r0, ABI_LR(%r1)
	STORE_UPDATE %r1, -FRAME(%r1)
	STORE	%r31, OWN_R31(%r1)
	mr	%r31, %r3
	bl	step_hooked
	nop
	LOAD	%r31, OWN_R31(%r1)
	addi	%r1, %r1, FRAME
	LOAD	%r0, ABI_LR(%r1)
	mtlr	%r0
	blr
	endfunction step_hooked_from

	.section .note.GNU-stack, "", @progbits
