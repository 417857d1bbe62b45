/* SPDX-License-Identifier: MIT */
/* x86_64: what lies in a state, and what a site looks like. */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#include <ftrace/asm/ftrace.h>

/* Bytes of the site before its call instruction. */
#define SITE_SEVERAL	1	/* instructions: five nops */
#define SITE_LEAD	0
/* A compiled site is the same elsewhere. */
#define SITE_COPY(insn)	(insn)
/* The target has ftrace_regs_caller. */
#define HAS_REGS	1
/* What a direct call keeps of what else is free, in conservative mode. */
#define DIRECT_KEEPS	REG_FREE
/* int3; the signal's program counter is so far behind it */
#define TRAP_TYPE	unsigned char
#define TRAP_INSN	0xcc
#define TRAP_BEHIND	1
/* The CPU stops at each instruction if it is told to. */
#define STEP_BY_FLAG	1
/* Under an emulator steps go where a call does not. */
#define STEP_STRAYS	0
/* A conservative module is stepped through, too. */
#define STEP_KEEPERS	1
/* Like state_target, but it takes several stores to change; and who is called. */
#define STATE_ODD	state_odd
/* graph.S's first function */
#define STEP_GRAPH	ftrace_graph_called_sse
/* Bytes below the stack pointer that a signal handler leaves alone. */
#define STEP_RED_ZONE	128
/* Some emulators call a handler with the stack half a unit off. */
#define HANDLER		__attribute__((force_align_arg_pointer))
/* Where a result may lie, and what is kept as if it were one. */
#define STATE_RESULTS	"rax", "rdx", "xmm0", "xmm1"
/* A compiler's function keeps a record of its caller's frame. */
#define FRAME_RECORDS	0
/* libgcc knows the code that a handler returns to. */
#define HANDLER_UNWINDS	1
/* In front of a site, and behind it: endbr64; nothing is signed */
#define PAD_BYTES	{ 0xf3, 0x0f, 0x1e, 0xfa }
#define PAD_SIZE	4
#define SIGN_BYTES	""
#define SIGN_SIZE	0
/* Where the n-th instruction of a thunk starts. */
#define THUNK_INSN(n)	(7 * (n))
/* First letters of registers that <ftrace/trampoline.h> does not keep. */
#define TRAMPOLINE_DROPS ""
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

/* Registers that may hold vector arguments; wide.c. */
#define WIDE_REGS	8
/* All there are, and as many with AVX-512; keep.c. */
#define KEEP_REGS	16
#define KEEP_REGS_512	32
/* places.c: sites that are calls, relaxed by the linker or left as they were */
#define PLACE_KINDS                                               \
	{ "relaxed", { 0x67, 0xe8, 0, 0, 0, 0 }, 1, true },       \
	{ "indirect", { 0xff, 0x15, 0, 0, 0, 0 }, 1, true },
/* lea 1(%rdi), %rax; ret */
#define PLACE_BODY	{ 0x48, 0x8d, 0x47, 0x01, 0xc3 }
#define PLACE_NOP	{ 0x0f, 0x1f, 0x44, 0x00, 0x00 }

#endif
