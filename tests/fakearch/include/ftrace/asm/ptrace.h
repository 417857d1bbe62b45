/* SPDX-License-Identifier: MIT */
/* struct pt_regs: a port includes the UAPI's; the fake machine has its own. */
#ifndef FTRACE_ASM_PTRACE_H
#define FTRACE_ASM_PTRACE_H

struct pt_regs {
	unsigned long arg[6];
	unsigned long ret;
	unsigned long ip;
	unsigned long sp;
	unsigned long parent;
};

#endif
