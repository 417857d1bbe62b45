/* SPDX-License-Identifier: MIT */
/* The fake machine: a site's instruction, inline in the core's loops. */
#ifndef FTRACE_FAKE_SITE_H
#define FTRACE_FAKE_SITE_H

#include "insn.h"

static inline uint64_t arch_ftrace_nop(unsigned long ip)
{
	uint64_t insn;

	(void)ip;
	memcpy(&insn, FAKE_INSN_NOP, sizeof(insn));
	return insn;
}

static inline uint64_t arch_ftrace_call(unsigned long ip, unsigned long addr)
{
	uint64_t insn;

	fake_insn_call((unsigned char *)&insn, ip, addr);
	return insn;
}

static inline uint64_t arch_ftrace_jump(unsigned long ip, unsigned long addr)
{
	uint64_t insn;

	fake_insn_jump((unsigned char *)&insn, ip, addr);
	return insn;
}

static inline bool arch_ftrace_in_reach(unsigned long ip, unsigned long addr)
{
	long rel = (long)(addr - ip);

	return rel == (int32_t)rel;
}

/* Other cores see all or nothing of a store inside eight aligned bytes. */
static inline bool fake_one_store(unsigned long addr, unsigned int len)
{
	return (addr & 7) + len <= 8;
}

static inline bool arch_ftrace_modifiable(unsigned long ip)
{
	return fake_one_store(ip, FAKE_INSN_SIZE);
}

static inline void arch_ftrace_write(unsigned long ip, long alias,
				     uint64_t insn)
{
	memcpy((char *)ip + alias, &insn, sizeof(insn));
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
