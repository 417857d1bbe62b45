/* SPDX-License-Identifier: MIT */
/* x86_64: what lies in a state, and what a site looks like. */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#include <ftrace/asm/ftrace.h>

/* Bytes of the site before its call instruction. */
#define SITE_LEAD	0
/* The target has ftrace_regs_caller. */
#define HAS_REGS	1
/* At a function's first instruction sp + this is a multiple of 16. */
#define STATE_SP_BIAS	8

/* In the order of their encodings: rax rcx rdx rbx rsp rbp rsi rdi r8-r15 */
#define STATE_GPR(n)	(8 * (n))
#define STATE_FLAGS	(8 * 16)
#define STATE_PARENT	(8 * 17)	/* where the function returns to */
#define STATE_INTO	(8 * 18)	/* where a direct function returns to */
#define STATE_STACK	(8 * 20)	/* eight words of arguments */
#define STATE_XMM(n)	(8 * 28 + 16 * (n))
#define STATE_SIZE	(8 * 28 + 16 * 16)

#endif
