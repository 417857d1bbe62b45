/* SPDX-License-Identifier: MIT */
/* powerpc: a site's instruction, inline in the core's loops. */
#ifndef FTRACE_POWERPC_SITE_H
#define FTRACE_POWERPC_SITE_H

#include "insn.h"

static inline uint64_t arch_ftrace_nop(unsigned long ip)
{
	(void)ip;
	return ftrace_insn_word(POWERPC_INSN_NOP);
}

static inline uint64_t arch_ftrace_call(unsigned long ip, unsigned long addr)
{
	return ftrace_insn_word(powerpc_insn_bl(ip, addr));
}

static inline uint64_t arch_ftrace_jump(unsigned long ip, unsigned long addr)
{
	return ftrace_insn_word(powerpc_insn_b(ip, addr));
}

static inline bool arch_ftrace_in_reach(unsigned long ip, unsigned long addr)
{
	return powerpc_insn_branch_fits(ip, addr);
}

/* One aligned word, whatever it says. */
static inline bool arch_ftrace_modifiable(unsigned long ip)
{
	(void)ip;
	return true;
}

/* Release: who runs the new bl finds the slot of its thunk filled in. */
static inline void arch_ftrace_write(unsigned long ip, long alias, uint64_t insn)
{
	__atomic_store_n((uint32_t *)(ip + alias), ftrace_word_insn(insn),
			 __ATOMIC_RELEASE);
}

static inline bool arch_ftrace_claim(unsigned long *word, unsigned long value)
{
	unsigned long was = 0;

	return __atomic_compare_exchange_n(word, &was, value, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static inline unsigned long arch_ftrace_sp(struct ftrace_regs *fregs)
{
	return ftrace_regs_get_stack_pointer(fregs);
}

#endif
