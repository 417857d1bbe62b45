/* SPDX-License-Identifier: MIT */
/* x86_64: thunks, from a site to its slot's entry. */
#include "../../generic/internal.h"

#include "insn.h"
#include "regs.h"

/* lea slot(%rip), %r11; jmp *entry(%r11); r11 is free at a site */
void arch_ftrace_write_thunk(void *dst, unsigned long thunk, unsigned long slot)
{
	unsigned char *p = dst;

	memset(p, X86_64_INSN_INT3, FTRACE_THUNK_SIZE);
	x86_64_insn_lea_r11(p, thunk, slot);
	x86_64_insn_jmp_r11(p + 7, FTRACE_SLOT_ENTRY);
}

/* As above, with r11 where no signal's frame lies: its place in the entry's */
void arch_ftrace_write_keeper(void *dst, unsigned long thunk,
			      unsigned long slot, unsigned long ip)
{
	unsigned char *p = dst;

	(void)ip;
	x86_64_insn_store_r11(p, FREGS_ERRNO - FREGS_RETURN);
	x86_64_insn_lea_r11(p + 5, thunk + 5, slot);
	x86_64_insn_jmp_r11(p + 12, FTRACE_SLOT_ENTRY);
}

/*
 * lea behind(%rip), %r11; push %r11: what a call would have pushed; and then as
 * a thunk. A push is no call, so that no return is expected.
 */
void arch_ftrace_write_graph_thunk(void *dst, unsigned long thunk,
				   unsigned long slot, unsigned long ip)
{
	unsigned char *p = dst;

	memset(p, X86_64_INSN_INT3, FTRACE_GRAPH_THUNK_SIZE);
	x86_64_insn_lea_r11(p, thunk, ip + MCOUNT_INSN_SIZE);
	x86_64_insn_push_r11(p + 7);
	x86_64_insn_lea_r11(p + 9, thunk + 9, slot);
	x86_64_insn_jmp_r11(p + 16, FTRACE_SLOT_ENTRY);
}
