/* SPDX-License-Identifier: MIT */
/* arm64: struct pt_regs, ours: the UAPI calls its own struct user_pt_regs. */
#ifndef FTRACE_ASM_PTRACE_H
#define FTRACE_ASM_PTRACE_H

/* Laid out as struct user_pt_regs, which can stand beside it. */
struct pt_regs {
	unsigned long regs[31];
	unsigned long sp;
	unsigned long pc;
	unsigned long pstate;
};

#endif
