/* SPDX-License-Identifier: MIT */
/* x86_64: the constants of the contract; for C and assembly. */
#ifndef FTRACE_ASM_FTRACE_H
#define FTRACE_ASM_FTRACE_H

#define MCOUNT_INSN_SIZE	5
#define FTRACE_THUNK_SIZE	16
#define FTRACE_KEEPER_SIZE	16
#define FTRACE_KEEPER_JUMP	0
#define FTRACE_GRAPH_JUMP	1
#define FTRACE_GRAPH_THUNK_SIZE	32
#define FTRACE_BRANCH_REACH	0x7ff00000UL
#define FTRACE_SITE_MAX_OFFSET	9	/* endbr64, five bytes of call */
#define FTRACE_SITE_LEAD	1	/* the prefix of six-byte sites */
/* its copy may be rep movsb, which an interrupt splits */
#define FTRACE_POKE_SIZE	1
#define FTRACE_MCOUNT		1	/* __fentry__ */
#define FTRACE_SYMBOL_VARIANT	0
#define FTRACE_TEXT_STEPS	3	/* head, tail, head */

#define FTRACE_ARCH_FEATURES \
	(FTRACE_FEATURE_ARGS | FTRACE_FEATURE_REGS | FTRACE_FEATURE_DIRECT | \
	 FTRACE_FEATURE_GRAPH)

/* A thunk moves nothing: CFA is rsp + 8, the return address lies below it. */
#define FTRACE_CFI_AUGMENTATION	"zR"
#define FTRACE_CFI_CODE_ALIGN	1
#define FTRACE_CFI_DATA_ALIGN	(-8)
#define FTRACE_CFI_RETURN_COLUMN 16
#define FTRACE_CFI_INITIAL	0x0c, 7, 8, 0x80 | 16, 1
#define FTRACE_CFI_KEEPER	0
/*
 * A jump came here: CFA is rsp, until the ninth byte has pushed what a call
 * would have; then as at first. The thunk's other 23 bytes.
 */
#define FTRACE_CFI_GRAPH	0x0e, 0, 0x49, 0x0e, 8, 0x80 | 16, 1, 0x57

#endif
