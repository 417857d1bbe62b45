/* SPDX-License-Identifier: MIT */
/* The fake machine: the constants of the contract; for C and assembly. */
#ifndef FTRACE_ASM_FTRACE_H
#define FTRACE_ASM_FTRACE_H

#define MCOUNT_INSN_SIZE	8
#define FTRACE_THUNK_SIZE	32
#define FTRACE_KEEPER_SIZE	32
#define FTRACE_KEEPER_JUMP	1
#define FTRACE_GRAPH_JUMP	1
#define FTRACE_GRAPH_THUNK_SIZE	32
#define FTRACE_BRANCH_REACH	0x7ff00000UL
#define FTRACE_SITE_MAX_OFFSET	16	/* a pad and the call */
#define FTRACE_SITE_LEAD	8	/* the pad */
/* as wide as a site */
#define FTRACE_POKE_SIZE	8
#define FTRACE_MCOUNT		1
#define FTRACE_SYMBOL_VARIANT	0x80
#define FTRACE_TEXT_STEPS	3

/* A constant elsewhere; here tests take some away. */
#define FTRACE_ARCH_FEATURES	fake_features
extern unsigned long fake_features;

/* Nobody unwinds the fake machine: an FDE that says nothing. */
#define FTRACE_CFI_AUGMENTATION	"zR"
#define FTRACE_CFI_CODE_ALIGN	1
#define FTRACE_CFI_DATA_ALIGN	(-8)
#define FTRACE_CFI_RETURN_COLUMN 16
#define FTRACE_CFI_INITIAL	0
#define FTRACE_CFI_KEEPER	0
#define FTRACE_CFI_GRAPH	0

#endif
