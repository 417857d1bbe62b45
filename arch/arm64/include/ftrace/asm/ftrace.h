/* SPDX-License-Identifier: MIT */
/* arm64: the constants of the contract; for C and assembly. */
#ifndef FTRACE_ASM_FTRACE_H
#define FTRACE_ASM_FTRACE_H

#ifdef __AARCH64EB__
#error "arm64: instructions are stored as native words, big endian is not done"
#endif

#define MCOUNT_INSN_SIZE	4
#define FTRACE_THUNK_SIZE	16
#define FTRACE_KEEPER_SIZE	32
#define FTRACE_KEEPER_JUMP	1
#define FTRACE_GRAPH_JUMP	0
#define FTRACE_GRAPH_THUNK_SIZE	16
/* 128 MiB less the largest page there is. */
#define FTRACE_BRANCH_REACH	0x07ff0000UL
/* nop nop, bti c, nop nop: the last byte that a look at a site reads. */
#define FTRACE_SITE_MAX_OFFSET	19
#define FTRACE_SITE_LEAD	4	/* mov x9, x30 */
/* one ldr, one str */
#define FTRACE_POKE_SIZE	4
/* -pg calls when arguments are in their places already: see README.md */
#define FTRACE_MCOUNT		0
#define FTRACE_SYMBOL_VARIANT	0x80	/* STO_AARCH64_VARIANT_PCS */
#define FTRACE_TEXT_STEPS	1

#define FTRACE_ARCH_FEATURES \
	(FTRACE_FEATURE_ARGS | FTRACE_FEATURE_DIRECT | FTRACE_FEATURE_GRAPH)

/*
 * In a thunk both the site and the parent are "the return address". So the
 * frame returns to the site by a column of its own, 16 (a thunk's scratch
 * register, which nobody restores), and x30 is the parent's, kept in x9. "S":
 * look the site up by its exact address, the FDE of gcc starts right there.
 */
#define FTRACE_CFI_AUGMENTATION	"zRS"
#define FTRACE_CFI_CODE_ALIGN	4
#define FTRACE_CFI_DATA_ALIGN	(-8)
#define FTRACE_CFI_RETURN_COLUMN 16
/* CFA is sp; column 16 in x30; x30 in x9 */
#define FTRACE_CFI_INITIAL	0x0c, 31, 0, 0x09, 16, 30, 0x09, 30, 9
/*
 * A jump came here, so x30 is the parent's. One instruction on: CFA is sp + 32,
 * x30 at CFA - 24. Four on: as at first. Then the ip.
 */
#define FTRACE_CFI_KEEPER	0x08, 30, 0x41, 0x0e, 32, 0x80 | 30, 3, \
				0x44, 0x0e, 0, 0x08, 30, 0x43
#define FTRACE_CFI_GRAPH	0

#endif
