/* SPDX-License-Identifier: MIT */
/* struct pt_regs: the kernel's UAPI one. */
#ifndef FTRACE_ASM_PTRACE_H
#define FTRACE_ASM_PTRACE_H

#include <asm/ptrace.h>

#endif
