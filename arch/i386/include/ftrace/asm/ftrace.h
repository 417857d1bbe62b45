/* SPDX-License-Identifier: MIT */
/* i386: the constants of the contract; for C and assembly. */
#ifndef FTRACE_ASM_FTRACE_H
#define FTRACE_ASM_FTRACE_H

#define MCOUNT_INSN_SIZE	5
#define FTRACE_THUNK_SIZE	16
/* A thunk uses no register anyway. */
#define FTRACE_KEEPER_SIZE	FTRACE_THUNK_SIZE
#define FTRACE_KEEPER_JUMP	0
#define FTRACE_GRAPH_JUMP	0
#define FTRACE_GRAPH_THUNK_SIZE	16
#define FTRACE_MCOUNT		1	/* __fentry__ */
#define FTRACE_SYMBOL_VARIANT	0
#define FTRACE_BRANCH_REACH	0xfffff000UL	/* rel32 wraps: everything */
#define FTRACE_SITE_MAX_OFFSET	9	/* endbr32, five bytes of call */
#define FTRACE_SITE_LEAD	0
/* its copy may be rep movsb, which an interrupt splits */
#define FTRACE_POKE_SIZE	1
#define FTRACE_TEXT_STEPS	3	/* head, tail, head */

/* 0 builds the library as for a kernel before WITH_ARGS. */
#ifndef FTRACE_WITH_ARGS
#define FTRACE_WITH_ARGS	1
#endif
#define FTRACE_ARCH_FEATURES                            \
	((FTRACE_WITH_ARGS ? FTRACE_FEATURE_ARGS : 0) | \
	 FTRACE_FEATURE_REGS | FTRACE_FEATURE_DIRECT | FTRACE_FEATURE_GRAPH)

/*
 * A thunk pushes its slot in the first five of its bytes, as a PLT's entry
 * does: CFA is esp + 4, or 4 more where eip & 15 >= 5. The return address
 * lies below it.
 */
#define FTRACE_CFI_AUGMENTATION	"zR"
#define FTRACE_CFI_CODE_ALIGN	1
#define FTRACE_CFI_DATA_ALIGN	(-4)
#define FTRACE_CFI_RETURN_COLUMN 8
#define FTRACE_CFI_INITIAL                                   \
	0x0f, 11,	/* DW_CFA_def_cfa_expression */      \
	0x74, 4,	/* DW_OP_breg4 (esp) */              \
	0x78, 0,	/* DW_OP_breg8 (eip) */              \
	0x3f, 0x1a,	/* DW_OP_lit15, DW_OP_and */         \
	0x35, 0x2a,	/* DW_OP_lit5, DW_OP_ge */           \
	0x32, 0x24,	/* DW_OP_lit2, DW_OP_shl */          \
	0x22,		/* DW_OP_plus */                     \
	0x80 | 8, 1	/* DW_CFA_offset (eip) */
#define FTRACE_CFI_KEEPER	0
#define FTRACE_CFI_GRAPH	0

#endif
