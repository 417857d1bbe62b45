/* SPDX-License-Identifier: MIT */
/* ppc64le: what lies in a state, and what a site looks like. */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#include <ftrace/asm/ftrace.h>

/* Bytes of the site before its call instruction: mflr r0 */
#define SITE_LEAD	4
/* The target has ftrace_regs_caller. */
#define HAS_REGS	1
/* trap; the signal's program counter is so far behind it */
#define TRAP_TYPE	uint32_t
#define TRAP_INSN	0x7fe00008
#define TRAP_BEHIND	0
/* How a signal handler must be declared here. */
#define HANDLER
/* The code that a handler returns to is qemu's own, and libgcc knows it not. */
#define HANDLER_UNWINDS	0
/* Landing pads in front of a site, signing behind it: there are none. */
#define PAD_BYTES	{ 0 }
#define PAD_SIZE	0
#define SIGN_BYTES	""
#define SIGN_SIZE	0
/* Where the n-th instruction of a thunk starts. */
#define THUNK_INSN(n)	(4 * (n))
/* At a function's first instruction sp + this is a multiple of 16. */
#define STATE_SP_BIAS	0

#define STATE_GPR(n)	(8 * (n))
#define STATE_CR	(8 * 32)
#define STATE_CR234	(8 * 33)	/* the fields that a callee keeps */
#define STATE_XER	(8 * 34)
#define STATE_PARENT	(8 * 35)	/* where the function returns to */
#define STATE_INTO	(8 * 36)	/* where a direct function returns to */
#define STATE_TOC	(8 * 37)	/* the caller's word for its r2 */
#define STATE_STACK	(8 * 38)	/* eight words of arguments */
#define STATE_FPR(n)	(8 * 46 + 8 * (n))
#define STATE_VR(n)	(8 * 78 + 16 * (n))
#define STATE_SIZE	(8 * 78 + 16 * 32)

/* A frame's head, and where the arguments behind the eighth lie. */
#define ABI_TOC		24
#define ABI_LR		16
#define ABI_STACK	(32 + 8 * 8)

#endif
