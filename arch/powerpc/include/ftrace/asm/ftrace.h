/* SPDX-License-Identifier: MIT */
/* powerpc: the constants of the contract; for C and assembly. */
#ifndef FTRACE_ASM_FTRACE_H
#define FTRACE_ASM_FTRACE_H

#define MCOUNT_INSN_SIZE	4
#define FTRACE_THUNK_SIZE	64
#define FTRACE_KEEPER_SIZE	64
#define FTRACE_KEEPER_JUMP	1
#define FTRACE_GRAPH_JUMP	0
#define FTRACE_GRAPH_THUNK_SIZE	16
#define FTRACE_BRANCH_REACH	0x1ff0000UL	/* 32 MiB, less a page of 64 KiB */
#define FTRACE_SITE_MAX_OFFSET	15	/* four nops; two for the TOC, mflr r0 */
#define FTRACE_SITE_LEAD	4	/* mflr r0 */
/* one lwz, one stw */
#define FTRACE_POKE_SIZE	4
/* -mprofile-kernel, which ppc has not */
#define FTRACE_MCOUNT		(__SIZEOF_POINTER__ == 8)
#define FTRACE_SYMBOL_VARIANT	0
#define FTRACE_TEXT_STEPS	1

#define FTRACE_ARCH_FEATURES \
	(FTRACE_FEATURE_ARGS | FTRACE_FEATURE_REGS | FTRACE_FEATURE_DIRECT | \
	 FTRACE_FEATURE_GRAPH)

/*
 * A thunk moves nothing: CFA is r1. The site is in the link register and the
 * parent in r0, so the frame returns by a column of its own, 66: the site. The
 * link register, 65, is then what the traced function will return by.
 */
#define FTRACE_CFI_AUGMENTATION	"zRS"
#define FTRACE_CFI_CODE_ALIGN	4
#define FTRACE_CFI_DATA_ALIGN	(-__SIZEOF_POINTER__)
#define FTRACE_CFI_RETURN_COLUMN 66
#define FTRACE_CFI_INITIAL	0x0c, 1, 0, 0x09, 66, 65, 0x09, 65, 0
/*
 * Of a conservative module: the parent is in the link register, then in its
 * word of the caller's frame. In ppc r1 moves: the CFA with it.
 */
#ifdef __powerpc64__
#define FTRACE_CFI_KEEPER	0x08, 65, 0x44, 0x11, 65, 0x7e, 0x4c, 0x06, 65
#else
#define FTRACE_CFI_KEEPER \
	0x08, 65, 0x41, 0x0e, 16, 0x44, 0x11, 65, 0x7f, 0x49, 0x0e, 0, 0x42, \
	0x06, 65
#endif
#define FTRACE_CFI_GRAPH	0

#endif
