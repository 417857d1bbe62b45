/* SPDX-License-Identifier: MIT */
/* x86_64: struct ftrace_regs, and its offsets for entry.S. */
#ifndef FTRACE_X86_64_REGS_H
#define FTRACE_X86_64_REGS_H

#define FREGS_R15	0
#define FREGS_R14	8
#define FREGS_R13	16
#define FREGS_R12	24
#define FREGS_RBP	32
#define FREGS_RBX	40
#define FREGS_R11	48
#define FREGS_R10	56
#define FREGS_R9	64
#define FREGS_R8	72
#define FREGS_RAX	80
#define FREGS_RCX	88
#define FREGS_RDX	96
#define FREGS_RSI	104
#define FREGS_RDI	112
#define FREGS_ORIG_RAX	120
#define FREGS_RIP	128
#define FREGS_CS	136
#define FREGS_EFLAGS	144
#define FREGS_RSP	152
#define FREGS_SS	160
#define FREGS_DIRECT	168
#define FREGS_FULL	176
#define FREGS_SIZE	184

#ifndef __ASSEMBLER__
#include <ftrace/asm/ptrace.h>
#include <ftrace/ftrace_regs.h>

struct ftrace_regs {
	struct pt_regs regs;	/* from ftrace_caller: arguments, rip, rsp */
	unsigned long direct;	/* where to leave to, 0 for nowhere */
	unsigned long full;	/* all of regs is there */
};
#endif

#endif
