/* SPDX-License-Identifier: MIT */
/* x86_64: a site's instruction, inline in the core's loops. */
#ifndef FTRACE_X86_64_SITE_H
#define FTRACE_X86_64_SITE_H

#include "insn.h"
#include "regs.h"

static inline uint64_t arch_ftrace_nop(unsigned long ip)
{
	uint64_t insn;

	(void)ip;
	memcpy(&insn, X86_64_INSN_NOP5, sizeof(insn));
	return insn;
}

static inline uint64_t arch_ftrace_call(unsigned long ip, unsigned long addr)
{
	return x86_64_insn_call(ip, addr);
}

static inline uint64_t arch_ftrace_jump(unsigned long ip, unsigned long addr)
{
	return x86_64_insn_jmp(ip, addr);
}

static inline bool arch_ftrace_in_reach(unsigned long ip, unsigned long addr)
{
	return x86_64_insn_rel32_fits(ip + MCOUNT_INSN_SIZE, addr);
}

/* ftrace.c: is a store of 16 aligned bytes one store? */
bool arch_ftrace_stores_16(void);

static inline bool x86_64_in_quadword(unsigned long ip)
{
	return (ip & 7) + MCOUNT_INSN_SIZE <= 8;
}

static inline bool arch_ftrace_modifiable(unsigned long ip)
{
	return x86_64_in_quadword(ip) ||
	       ((ip & 15) + MCOUNT_INSN_SIZE <= 16 && arch_ftrace_stores_16());
}

/* The aligned quadword around @ip with the instruction in it. */
static inline uint64_t x86_64_quadword(unsigned long ip, uint64_t insn)
{
	const uint64_t mask = (1ULL << MCOUNT_INSN_SIZE * 8) - 1;
	unsigned int shift = (ip & 7) * 8;

	return (*(const uint64_t *)(ip & ~7UL) & ~(mask << shift)) |
	       insn << shift;
}

static inline void x86_64_store_16(void *dst, const unsigned char *from)
{
	__asm__ volatile("movdqa %1, %%xmm0\n\tmovdqa %%xmm0, %0"
			 : "=m"(*(unsigned char(*)[16])dst)
			 : "m"(*(const unsigned char(*)[16])from)
			 : "xmm0");
}

static inline void arch_ftrace_write(unsigned long ip, long alias, uint64_t insn)
{
	unsigned long at = ip & ~15UL;
	unsigned char all[16] __attribute__((aligned(16)));

	if (x86_64_in_quadword(ip)) {
		at = ip & ~7UL;
		__atomic_store_n((uint64_t *)(at + alias),
				 x86_64_quadword(ip, insn), __ATOMIC_RELEASE);
		return;
	}
	memcpy(all, (const void *)at, sizeof(all));
	memcpy(all + (ip - at), &insn, MCOUNT_INSN_SIZE);
	x86_64_store_16((void *)(at + alias), all);
}

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
