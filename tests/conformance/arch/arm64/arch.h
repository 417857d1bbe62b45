/* SPDX-License-Identifier: MIT */
/* arm64: what lies in a state, and what a site looks like. */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#include <ftrace/asm/ftrace.h>

/* Bytes of the site before its call instruction: mov x9, x30 */
#define SITE_SEVERAL	1	/* instructions: nop nop */
#define SITE_LEAD	4
/* A compiled site is the same elsewhere. */
#define SITE_COPY(insn)	(insn)
/* The target has ftrace_regs_caller. */
#define HAS_REGS	0
/* What a direct call keeps of what else is free, in conservative mode. */
#define DIRECT_KEEPS	0
/* brk #0; the signal's program counter is so far behind it */
#define TRAP_TYPE	uint32_t
#define TRAP_INSN	0xd4200000
#define TRAP_BEHIND	0
/* The CPU stops at each instruction if it is told to. */
#define STEP_BY_FLAG	0
/* Under an emulator steps go where a call does not. */
#define STEP_STRAYS	0
/* A conservative module is stepped through, too. */
#define STEP_KEEPERS	1
/* Bytes below the stack pointer that a signal handler leaves alone. */
#define STEP_RED_ZONE	0
/* How a signal handler must be declared here. */
#define HANDLER
/* Where a result may lie, and what is kept as if it were one. */
#define STATE_RESULTS	"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", \
	"x8", "x18", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7"
/* A compiler's function keeps a record of its caller's frame. */
#define FRAME_RECORDS	1
/* libgcc knows the code that a handler returns to. */
#define HANDLER_UNWINDS	1
/* In front of a site, and behind it: bti c; paciasp */
#define PAD_BYTES	{ 0x5f, 0x24, 0x03, 0xd5 }
#define PAD_SIZE	4
#define SIGN_BYTES	"\x3f\x23\x03\xd5"
#define SIGN_SIZE	4
/* Where the n-th instruction of a thunk starts. */
#define THUNK_INSN(n)	(4 * (n))
/* A keeper's instructions; then comes the address behind the site. */
#define KEEPER_CODE	24
/* First letters of registers that <ftrace/trampoline.h> does not keep. */
#define TRAMPOLINE_DROPS ""
/* At a function's first instruction sp + this is a multiple of 16. */
#define STATE_SP_BIAS	0

#define STATE_X(n)	(8 * (n))
#define STATE_SP	(8 * 31)
#define STATE_NZCV	(8 * 32)
#define STATE_PARENT	(8 * 33)	/* where the function returns to */
#define STATE_INTO	(8 * 34)	/* where a direct function returns to */
#define STATE_STACK	(8 * 36)	/* eight words of arguments */
#define STATE_Q(n)	(8 * 44 + 16 * (n))
#define STATE_SIZE	(8 * 44 + 16 * 32)

#endif
