/* SPDX-License-Identifier: MIT */
/* i386: a site's instruction, inline in the core's loops. */
#ifndef FTRACE_I386_SITE_H
#define FTRACE_I386_SITE_H

#include "insn.h"
#include "regs.h"

/* ftrace.c: chosen before the first site becomes a nop. */
extern uint64_t arch_ftrace_chosen_nop;

static inline uint64_t arch_ftrace_nop(unsigned long ip)
{
	(void)ip;
	return arch_ftrace_chosen_nop;
}

static inline uint64_t arch_ftrace_call(unsigned long ip, unsigned long addr)
{
	return i386_insn_call(ip, addr);
}

static inline uint64_t arch_ftrace_jump(unsigned long ip, unsigned long addr)
{
	return i386_insn_jmp(ip, addr);
}

/* eip wraps, and so does rel32. */
static inline bool arch_ftrace_in_reach(unsigned long ip, unsigned long addr)
{
	(void)ip;
	(void)addr;
	return true;
}

/* ftrace.c: the aligned bytes around a site that are stored at once; 0: none */
unsigned int arch_ftrace_store_size(unsigned long ip);

static inline bool arch_ftrace_modifiable(unsigned long ip)
{
	return arch_ftrace_store_size(ip);
}

/* ftrace.c: it takes more instructions than are worth having twice */
void arch_ftrace_write(unsigned long ip, long alias, uint64_t insn);

static inline bool arch_ftrace_claim(unsigned long *word, unsigned long value)
{
	unsigned long was = 0;

	/*
	 * Without the lock: nobody else claims it. But one that fails writes
	 * what it read, and must not where somebody frees it meanwhile.
	 */
	if (__atomic_load_n(word, __ATOMIC_RELAXED))
		return false;
	__asm__ volatile("cmpxchg %2, %0"
			 : "+m"(*word), "+a"(was)
			 : "r"(value)
			 : "memory", "cc");
	return !was;
}

static inline unsigned long arch_ftrace_sp(struct ftrace_regs *fregs)
{
	return (unsigned long)fregs + FREGS_PARENT;
}

#endif
