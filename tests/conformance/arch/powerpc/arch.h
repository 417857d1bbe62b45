/* SPDX-License-Identifier: MIT */
/* powerpc: what lies in a state, and what a site looks like. */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#include <ftrace/asm/ftrace.h>

/* Bytes of the site before its call instruction: mflr r0 */
#define SITE_LEAD	4
/* What a compiled site's call is in a copy elsewhere: one of its own module. */
#define SITE_COPY(insn)	(((insn) & 0xfc000003) == 0x48000001 ? \
					0x48000005 /* bl .+4 */ : (insn))
/* The target has ftrace_regs_caller. */
#define HAS_REGS	1
/*
 * What a direct call keeps of what else is free, in conservative mode: r0, r12
 * and CTR are for it.
 */
#define DIRECT_KEEPS	0
/* trap; the signal's program counter is so far behind it */
#define TRAP_TYPE	uint32_t
#define TRAP_INSN	0x7fe00008
#define TRAP_BEHIND	0
/* The CPU stops at each instruction if it is told to. */
#define STEP_BY_FLAG	0
/* Under an emulator steps go where a call does not. */
#define STEP_STRAYS	0
/* A conservative module is stepped through, too. */
#define STEP_KEEPERS	1
/* What else is stepped through: much of it is for frames that are not here. */
#ifdef __powerpc64__
#define STEP_LAST	ftrace_other_toc
/* It leads to an object's table of addresses. */
#define TOC_REGISTER	2
#define TOC_TO(x)	__asm__ volatile("mr %0, 2" : "=r"(x))
#endif
/* How a signal handler must be declared here. */
#define HANDLER
/* Where a result may lie, and what is kept as if it were one. */
#define STATE_RESULTS	"gpr3", "gpr4", "gpr5", "gpr6", "gpr7", "gpr8", \
	"gpr9", "gpr10", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", \
	"v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"
/* A compiler's function keeps a record of its caller's frame. */
#define FRAME_RECORDS	0
/* The code that a handler returns to is qemu's own, and libgcc knows it not. */
#define HANDLER_UNWINDS	0
/* Landing pads in front of a site, signing behind it: there are none. */
#define PAD_BYTES	{ 0 }
#define PAD_SIZE	0
#define SIGN_BYTES	""
#define SIGN_SIZE	0
/* Where the n-th instruction of a thunk starts. */
#define THUNK_INSN(n)	(4 * (n))
/* A keeper's instructions, but for the branch back: the entry reads that. */
#define KEEPER_CODE	(__SIZEOF_POINTER__ == 8 ? 60 : 56)
/* First letters of registers that <ftrace/trampoline.h> does not keep. */
#if defined(__ALTIVEC__)
#define TRAMPOLINE_DROPS ""
#else
#define TRAMPOLINE_DROPS "v"
#endif
/* At a function's first instruction sp + this is a multiple of 16. */
#define STATE_SP_BIAS	0

#define STATE_WORD	__SIZEOF_POINTER__
#define STATE_GPR(n)	(STATE_WORD * (n))
#define STATE_CR	STATE_GPR(32)
#define STATE_CR234	STATE_GPR(33)	/* the fields that a callee keeps */
#define STATE_CR6	STATE_GPR(34)	/* a bit that ppc's callers pass */
#define STATE_XER	STATE_GPR(35)
#define STATE_PARENT	STATE_GPR(36)	/* where the function returns to */
#define STATE_INTO	STATE_GPR(37)	/* where a direct function returns to */
#define STATE_TOC	STATE_GPR(38)	/* the caller's word for its r2 */
#define STATE_CTR	STATE_GPR(39)
#define STATE_STACK	STATE_GPR(40)	/* eight words of arguments */
#define STATE_FPR(n)	(STATE_GPR(48) + 8 * (n))
#define STATE_VR(n)	(STATE_FPR(32) + 16 * (n))
#define STATE_VSR(n)	(STATE_VR(32) + 16 * (n)) /* vs0-vs31, whole */
#define STATE_SIZE	STATE_VSR(32)

/*
 * STEP_RED_ZONE	Bytes below the stack pointer that a signal handler
 *			leaves alone.
 * ABI_TOC, ABI_LR	Where a frame keeps these.
 * ABI_STACK		Where the arguments behind the eighth lie.
 * ABI_FRAME		What a frame must have at its lower end to call others.
 * ABI_EMPTY		The frame of a function that needs none.
 */
/* Two nops; of mflr r0 and bl _mcount the second alone is changed. */
#if !defined(__powerpc64__)
#define SITE_SEVERAL	1
#define STEP_RED_ZONE	0
#define ABI_LR		4
#define ABI_STACK	8
#define ABI_FRAME	8
#define ABI_EMPTY	16
#elif _CALL_ELF == 2
#define SITE_SEVERAL	0
#define STEP_RED_ZONE	512
#define ABI_TOC		24
#define ABI_LR		16
#define ABI_STACK	(32 + 8 * 8)
#define ABI_FRAME	32
#define ABI_EMPTY	32
#else
#define SITE_SEVERAL	1
#define STEP_RED_ZONE	288
#define ABI_TOC		40
#define ABI_LR		16
#define ABI_STACK	(48 + 8 * 8)
#define ABI_FRAME	ABI_STACK
#define ABI_EMPTY	48
#endif

#ifdef __ASSEMBLER__
#include "macros.h"
#else
/* The CPU has v0 to v31: 1; and the other halves of f0 to f31: 2. */
extern int state_vectors;
/* Goes on where that says: another return address for a function. */
void state_bounce(void);
extern unsigned long state_bounce_to;
#ifndef __powerpc64__
/* The C library's backtrace() asks libgcc here. */
#define HANDLER_BACKTRACE arch_walk
int arch_walk(void **frame, int max);
#endif
#endif

#endif
