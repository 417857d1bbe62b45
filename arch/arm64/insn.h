/* SPDX-License-Identifier: MIT */
/* arm64 encoders: pure functions from operands to an instruction word. */
#ifndef FTRACE_ARM64_INSN_H
#define FTRACE_ARM64_INSN_H

#include <stdbool.h>
#include <stdint.h>

#define ARM64_INSN_SIZE 4

/* nop */
static inline uint32_t arm64_insn_nop(void)
{
	return 0xd503201f;
}

/* bti c: a landing pad for calls, and for br x16 and br x17 */
static inline uint32_t arm64_insn_bti_c(void)
{
	return 0xd503245f;
}

/* bti jc: a landing pad for calls and jumps */
static inline uint32_t arm64_insn_bti_jc(void)
{
	return 0xd50324df;
}

/* mov xd, xm */
static inline uint32_t arm64_insn_mov(unsigned int d, unsigned int m)
{
	return 0xaa0003e0 | m << 16 | d;
}

/* Do the 26 bits of bl, words, signed, reach from @pc to @target? */
static inline bool arm64_insn_bl_fits(unsigned long pc, unsigned long target)
{
	int64_t rel = (int64_t)(target - pc);

	return !(rel & 3) && rel >= -0x8000000 && rel < 0x8000000;
}

/* bl target */
static inline uint32_t arm64_insn_bl(unsigned long pc, unsigned long target)
{
	return 0x94000000 | ((uint32_t)(target - pc) >> 2 & 0x3ffffff);
}

/* b target: as far as bl */
static inline uint32_t arm64_insn_b(unsigned long pc, unsigned long target)
{
	return 0x14000000 | ((uint32_t)(target - pc) >> 2 & 0x3ffffff);
}

/* Is @insn a bl, to wherever? */
static inline bool arm64_insn_is_bl(uint32_t insn)
{
	return (insn & 0xfc000000) == 0x94000000;
}

/* adr xd, target: within 1 MiB */
static inline uint32_t arm64_insn_adr(unsigned int d, unsigned long pc,
				      unsigned long target)
{
	uint32_t rel = (uint32_t)(target - pc);

	return 0x10000000 | (rel & 3) << 29 | (rel >> 2 & 0x7ffff) << 5 | d;
}

/* ldr xt, [xn, #offset]: offset a multiple of 8 below 32768 */
static inline uint32_t arm64_insn_ldr(unsigned int t, unsigned int n,
				      unsigned int offset)
{
	return 0xf9400000 | offset >> 3 << 10 | n << 5 | t;
}

/* blr xn */
static inline uint32_t arm64_insn_blr(unsigned int n)
{
	return 0xd63f0000 | n << 5;
}

/* stp xt, xt2, [sp, #-size]!: a multiple of 8, at most 512 */
static inline uint32_t arm64_insn_push(unsigned int t, unsigned int t2,
				       unsigned int size)
{
	return 0xa9800000 | ((0u - size / 8) & 0x7f) << 15 | t2 << 10 |
	       31 << 5 | t;
}

/* ldp xt, xt2, [sp], #size: a multiple of 8, below 512 */
static inline uint32_t arm64_insn_pop(unsigned int t, unsigned int t2,
				      unsigned int size)
{
	return 0xa8c00000 | size / 8 << 15 | t2 << 10 | 31 << 5 | t;
}

/* br xn */
static inline uint32_t arm64_insn_br(unsigned int n)
{
	return 0xd61f0000 | n << 5;
}

/* brk #imm */
static inline uint32_t arm64_insn_brk(uint16_t imm)
{
	return 0xd4200000 | (uint32_t)imm << 5;
}

/* movz wd, #imm */
static inline uint32_t arm64_insn_movz(unsigned int d, uint16_t imm)
{
	return 0x52800000 | (uint32_t)imm << 5 | d;
}

/* ret */
static inline uint32_t arm64_insn_ret(void)
{
	return 0xd65f03c0;
}

#endif
