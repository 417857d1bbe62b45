/* SPDX-License-Identifier: MIT */
/* arm64: struct ftrace_regs, and its offsets for entry.S. */
#ifndef FTRACE_ARM64_REGS_H
#define FTRACE_ARM64_REGS_H

#define FREGS_X0	0
#define FREGS_X2	16
#define FREGS_X4	32
#define FREGS_X6	48
#define FREGS_X8	64	/* and x18 behind it */
#define FREGS_FP	80	/* and lr behind it: a frame record */
#define FREGS_LR	88
#define FREGS_SP	96	/* and pc behind it */
#define FREGS_PC	104
#define FREGS_DIRECT	112	/* and x15 behind it */
#define FREGS_SIZE	128

/* A thunk of a conservative module: its frame, with x16 and then the parent's
 * address; and from where the entry returns to, the address behind the site. */
#define KEEPER_FRAME	32
#define KEEPER_LR	8
#define KEEPER_IP	8

#ifndef __ASSEMBLER__
#include <ftrace/asm/ptrace.h>
#include <ftrace/ftrace_regs.h>

struct ftrace_regs {
	unsigned long regs[9];	/* x0 to x8 */
	unsigned long x18;
	unsigned long fp;	/* x29, the caller's frame record */
	unsigned long lr;	/* the traced function's return address */
	unsigned long sp;
	unsigned long pc;	/* where the function goes on */
	unsigned long direct;	/* where to leave to, 0 for nowhere */
	unsigned long x15;
};
#endif

#endif
