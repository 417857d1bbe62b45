/* SPDX-License-Identifier: MIT */
/* x86_64: struct ftrace_regs, which is an entry's whole frame, for C and asm. */
#ifndef FTRACE_X86_64_REGS_H
#define FTRACE_X86_64_REGS_H

#define FREGS_XMM	0
#define FREGS_R15	128
#define FREGS_R14	136
#define FREGS_R13	144
#define FREGS_R12	152
#define FREGS_RBP	160
#define FREGS_RBX	168
#define FREGS_R11	176
#define FREGS_R10	184
#define FREGS_R9	192
#define FREGS_R8	200
#define FREGS_RAX	208
#define FREGS_RCX	216
#define FREGS_RDX	224
#define FREGS_RSI	232
#define FREGS_RDI	240
#define FREGS_ORIG_RAX	248
#define FREGS_RIP	256
#define FREGS_CS	264
#define FREGS_EFLAGS	272
#define FREGS_RSP	280
#define FREGS_SS	288
#define FREGS_STATE	296
#define FREGS_DEPTH	304
#define FREGS_ERRNO	312
#define FREGS_OWN_RBX	320
#define FREGS_OWN_RBP	328
#define FREGS_RETURN	336
#define FREGS_PARENT	344

/* FREGS_STATE */
#define FREGS_PARTIAL	1	/* from ftrace_caller: not all of regs is there */
#define FREGS_MOVED	2	/* regs.rip says where to go on */
#define FREGS_DIRECT	4	/* regs.orig_rax says where to leave to */
#define FREGS_UPPER	8	/* the vector registers lie below, whole */
#define FREGS_GRAPH	16	/* regs.rip is a struct ftrace_frame */
#define FREGS_WAITED	(FREGS_GRAPH | FREGS_DIRECT | FREGS_MOVED)

#ifdef __ASSEMBLER__
/* DWARF: a register saved at rbx and a distance, in a struct ftrace_frame. */
#define IN_FRAME(column, what) \
	FTRACE_CFI_IN_FRAME(column, 3, FTRACE_FRAME_##what)
#else
#include <ftrace/asm/ptrace.h>
#include <ftrace/ftrace_regs.h>

struct ftrace_regs {
	unsigned char xmm[8][16];
	struct pt_regs regs;
	unsigned long state;
	unsigned long depth, saved_errno;	/* the entry's own */
	unsigned long own_rbx, own_rbp;
	unsigned long site_return;		/* ip + MCOUNT_INSN_SIZE */
	unsigned long parent[];			/* parent_ip, stack arguments */
};
#endif

#endif
