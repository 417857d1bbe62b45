/* SPDX-License-Identifier: MIT */
/* powerpc: struct ftrace_regs and the entries' frame, in words for entry.S. */
#ifndef FTRACE_POWERPC_REGS_H
#define FTRACE_POWERPC_REGS_H

#include "../../generic/entry_layout.h"
#include "abi.h"

#define FREGS_GPR(n)	((n) * FTRACE_WORD)
#define FREGS_NIP	(32 * FTRACE_WORD)
#define FREGS_MSR	(33 * FTRACE_WORD)
#define FREGS_ORIG_GPR3	(34 * FTRACE_WORD)
#define FREGS_CTR	(35 * FTRACE_WORD)
#define FREGS_LINK	(36 * FTRACE_WORD)
#define FREGS_XER	(37 * FTRACE_WORD)
#define FREGS_CCR	(38 * FTRACE_WORD)
#define FREGS_SOFTE	(39 * FTRACE_WORD)
#define FREGS_TRAP	(40 * FTRACE_WORD)
#define FREGS_DAR	(41 * FTRACE_WORD)
#define FREGS_DSISR	(42 * FTRACE_WORD)
#define FREGS_RESULT	(43 * FTRACE_WORD)
#define FREGS_DIRECT	(44 * FTRACE_WORD)
#define FREGS_FULL	(45 * FTRACE_WORD)
#define FREGS_SIZE	(46 * FTRACE_WORD)

/*
 * Two frames lie below the caller's. The upper one stands for the traced
 * function, which has none yet: its LR save word holds the site, so that a
 * walk along the back chain meets entry, traced function and caller.
 */
#define FRAME_FREGS	ABI_FRAME
#define FRAME_VR(n)	(FRAME_FREGS + FREGS_SIZE + 16 * ((n) - 2))
#define FRAME_FPR(n)	(FRAME_VR(14) + 8 * ((n) - 1))
#define FRAME_SIZE	((FRAME_FPR(ABI_FPR_ARGS + 1) + 15) & ~15)

/*
 * The lower one of a conservative module: v0-v19, and f0-f13 or, whole,
 * vs0-vs31.
 */
#define KEEP_VR(n)	(FRAME_FREGS + FREGS_SIZE + 16 * (n))
#define KEEP_VSR(n)	(KEEP_VR(20) + 16 * (n))
#define KEEP_BACK	KEEP_VSR(32)			/* into the thunk */
#define KEEP_SIZE	(KEEP_BACK + 16)

/* Above a lower frame of @size bytes: the upper one. */
#define FRAME_SITE_SIZE	ABI_SITE_FRAME
#define FRAME_RETURN(size) ((size) + ABI_LR_SAVE)
#define FRAME_CALLER(size) ((size) + FRAME_SITE_SIZE)	/* r1 at the site */
#define FRAME_PARENT(size) (FRAME_CALLER(size) + ABI_LR_SAVE)

#ifndef __ASSEMBLER__
#include <ftrace/asm/ptrace.h>
#include <ftrace/ftrace_regs.h>

struct ftrace_regs {
	struct pt_regs regs;	/* from ftrace_caller: r1 to r11, nip, link */
	unsigned long direct;	/* where to leave to, 0 for nowhere */
	unsigned long full;	/* all of regs is there */
};
#endif

#endif
