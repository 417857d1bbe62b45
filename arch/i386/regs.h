/* SPDX-License-Identifier: MIT */
/* i386: struct ftrace_regs, which is an entry's whole frame, for C and asm. */
#ifndef FTRACE_I386_REGS_H
#define FTRACE_I386_REGS_H

#define FREGS_XMM	0
#define FREGS_EBX	48
#define FREGS_ECX	52
#define FREGS_EDX	56
#define FREGS_ESI	60
#define FREGS_EDI	64
#define FREGS_EBP	68
#define FREGS_EAX	72
#define FREGS_XDS	76
#define FREGS_XES	80
#define FREGS_XFS	84
#define FREGS_XGS	88
#define FREGS_ORIG_EAX	92
#define FREGS_EIP	96
#define FREGS_XCS	100
#define FREGS_EFLAGS	104
#define FREGS_ESP	108
#define FREGS_XSS	112
#define FREGS_STATE	116
#define FREGS_DEPTH	120
#define FREGS_ERRNO	124
#define FREGS_OWN_EBX	128
#define FREGS_OWN_EAX	132
#define FREGS_OWN_EBP	136
#define FREGS_RETURN	140
#define FREGS_PARENT	144

/* FREGS_STATE */
#define FREGS_PARTIAL	1	/* from ftrace_caller: not all of regs is there */
#define FREGS_MOVED	2	/* regs.eip says where to go on */
#define FREGS_DIRECT	4	/* regs.orig_eax says where to leave to */
#define FREGS_UPPER	8	/* the vector registers lie below, whole */

#ifndef __ASSEMBLER__
#include <ftrace/asm/ptrace.h>
#include <ftrace/ftrace_regs.h>

struct ftrace_regs {
	unsigned char xmm[3][16];
	struct pt_regs regs;
	unsigned long state;
	unsigned long depth, saved_errno;	/* the entry's own */
	unsigned long own_ebx, own_eax, own_ebp;
	unsigned long site_return;		/* ip + MCOUNT_INSN_SIZE */
	unsigned long parent[];			/* parent_ip, stack arguments */
};
#endif

#endif
