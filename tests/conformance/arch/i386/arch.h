/* SPDX-License-Identifier: MIT */
/* i386: what lies in a state, and what a site looks like. */
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
/* Of what fxam found an emulator's handler leaves nothing: steps go elsewhere. */
#define STEP_STRAYS	1
/* A conservative module is stepped through, too. */
#define STEP_KEEPERS	1
/* Bytes below the stack pointer that a signal handler leaves alone. */
#define STEP_RED_ZONE	0
/* Callers that keep less than the ABI asks for are no matter to a handler. */
#define HANDLER		__attribute__((force_align_arg_pointer))
/* Where a result may lie, and what is kept as if it were one. */
#define STATE_RESULTS	"eax", "edx", "xmm0"
/* A compiler's function keeps a record of its caller's frame. */
#define FRAME_RECORDS	0
/* libgcc knows the code that a handler returns to. */
#define HANDLER_UNWINDS	1
/* In front of a site, and behind it: endbr32; nothing is signed */
#define PAD_BYTES	{ 0xf3, 0x0f, 0x1e, 0xfb }
#define PAD_SIZE	4
#define SIGN_BYTES	""
#define SIGN_SIZE	0
/* Where the n-th instruction of a thunk starts: push, jmp */
#define THUNK_INSN(n)	((n) < 2 ? 5 * (n) : FTRACE_THUNK_SIZE)
/* First letters of registers that <ftrace/trampoline.h> does not keep. */
#define TRAMPOLINE_DROPS ""
/* At a function's first instruction sp + this is a multiple of 16. */
#define STATE_SP_BIAS	4

/* In the order of their encodings: eax ecx edx ebx esp ebp esi edi */
#define STATE_GPR(n)	(4 * (n))
#define STATE_FLAGS	(4 * 8)
#define STATE_PARENT	(4 * 9)		/* where the function returns to */
#define STATE_INTO	(4 * 10)	/* where a direct function returns to */
#define STATE_STACK	(4 * 12)	/* ten words of arguments */
#define STATE_XMM(n)	(4 * 24 + 16 * (n))
#define STATE_MM(n)	(4 * 24 + 16 * 8 + 8 * (n))
#define STATE_SIZE	(4 * 24 + 16 * 8 + 8 * 4)
/* Of pt_regs, all holds where a callback sends the function. */
#define STATE_AWAY	0
/* What a callback may also use where nothing may be lost. */
#define STATE_MORE()	state_more()
#ifndef __ASSEMBLER__
void state_more(void);
#endif

/* Registers that may hold vector arguments; wide.c. */
#define WIDE_REGS	3
/* All there are, and as many with AVX-512; keep.c. */
#define KEEP_REGS	8
#define KEEP_REGS_512	8
/* places.c: what clang leaves for CPUs without a long nop */
#define PLACE_KINDS \
	{ "clang, old", { 0x66, 0x90, 0x66, 0x90, 0x90 }, 0, false },
/* mov 4(%esp), %eax; inc %eax; ret */
#define PLACE_BODY	{ 0x8b, 0x44, 0x24, 0x04, 0x40, 0xc3 }
#define PLACE_NOP	{ 0x66, 0x66, 0x66, 0x66, 0x90 }

#endif
