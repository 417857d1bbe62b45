/* SPDX-License-Identifier: MIT */
/* The fake machine: struct ftrace_regs. */
#ifndef FTRACE_FAKE_REGS_H
#define FTRACE_FAKE_REGS_H

#include <ftrace/asm/ptrace.h>
#include <ftrace/ftrace_regs.h>

struct ftrace_regs {
	struct pt_regs regs;
	unsigned long direct;	/* where to leave to, 0 for nowhere */
	unsigned long full;	/* all of regs is there */
};

#endif
