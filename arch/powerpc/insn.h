/* SPDX-License-Identifier: MIT */
/* powerpc encoders: pure functions from operands to an instruction. */
#ifndef FTRACE_POWERPC_INSN_H
#define FTRACE_POWERPC_INSN_H

#include <stdbool.h>
#include <stdint.h>

#define POWERPC_INSN_NOP	0x60000000u	/* nop: ori r0, r0, 0 */
#define POWERPC_INSN_MFLR_R0	0x7c0802a6u	/* mflr r0 */
#define POWERPC_INSN_BCTR	0x4e800420u	/* bctr */
#define POWERPC_INSN_BLR	0x4e800020u	/* blr */
#define POWERPC_INSN_BLRL	0x4e800021u	/* blrl */
#define POWERPC_INSN_MR_R0	0x7c000378u	/* mr r0, r0: another nop */
#define POWERPC_INSN_TRAP	0x7fe00008u	/* trap */

/* Does the 26-bit displacement of a branch at @ip reach @target? */
static inline bool powerpc_insn_branch_fits(unsigned long ip,
					    unsigned long target)
{
	long rel = (long)(target - ip);

	return !(rel & 3) && rel >= -0x2000000L && rel < 0x2000000L;
}

/* bl target */
static inline uint32_t powerpc_insn_bl(unsigned long ip, unsigned long target)
{
	return 0x48000001u | ((uint32_t)(target - ip) & 0x03fffffcu);
}

/* b target */
static inline uint32_t powerpc_insn_b(unsigned long ip, unsigned long target)
{
	return powerpc_insn_bl(ip, target) & ~1u;
}

/* lis rt, imm */
static inline uint32_t powerpc_insn_lis(unsigned int rt, uint16_t imm)
{
	return 15u << 26 | rt << 21 | imm;
}

/* ori ra, rs, imm */
static inline uint32_t powerpc_insn_ori(unsigned int ra, unsigned int rs,
					uint16_t imm)
{
	return 24u << 26 | rs << 21 | ra << 16 | imm;
}

/* oris ra, rs, imm */
static inline uint32_t powerpc_insn_oris(unsigned int ra, unsigned int rs,
					 uint16_t imm)
{
	return 25u << 26 | rs << 21 | ra << 16 | imm;
}

/* sldi ra, rs, n: rldicr ra, rs, n, 63 - n; both numbers are split fields */
static inline uint32_t powerpc_insn_sldi(unsigned int ra, unsigned int rs,
					 unsigned int n)
{
	unsigned int end = 63 - n;

	return 30u << 26 | rs << 21 | ra << 16 | (n & 31) << 11 |
	       (end & 31) << 6 | (end >> 5) << 5 | 1u << 2 | (n >> 5) << 1;
}

/* ld rt, disp(ra): disp is a multiple of 4 */
static inline uint32_t powerpc_insn_ld(unsigned int rt, int16_t disp,
				       unsigned int ra)
{
	return 58u << 26 | rt << 21 | ra << 16 | ((uint16_t)disp & 0xfffcu);
}

/* lwz rt, disp(ra) */
static inline uint32_t powerpc_insn_lwz(unsigned int rt, int16_t disp,
					unsigned int ra)
{
	return 32u << 26 | rt << 21 | ra << 16 | (uint16_t)disp;
}

/* std rs, disp(ra): disp is a multiple of 4 */
static inline uint32_t powerpc_insn_std(unsigned int rs, int16_t disp,
					unsigned int ra)
{
	return 62u << 26 | rs << 21 | ra << 16 | ((uint16_t)disp & 0xfffcu);
}

/* stw rs, disp(ra) */
static inline uint32_t powerpc_insn_stw(unsigned int rs, int16_t disp,
					unsigned int ra)
{
	return 36u << 26 | rs << 21 | ra << 16 | (uint16_t)disp;
}

/* stwu rs, disp(ra) */
static inline uint32_t powerpc_insn_stwu(unsigned int rs, int16_t disp,
					 unsigned int ra)
{
	return 37u << 26 | rs << 21 | ra << 16 | (uint16_t)disp;
}

/* addi rt, ra, imm */
static inline uint32_t powerpc_insn_addi(unsigned int rt, unsigned int ra,
					 int16_t imm)
{
	return 14u << 26 | rt << 21 | ra << 16 | (uint16_t)imm;
}

/* mtlr rs */
static inline uint32_t powerpc_insn_mtlr(unsigned int rs)
{
	return 0x7c0803a6u | rs << 21;
}

/* mtctr rs */
static inline uint32_t powerpc_insn_mtctr(unsigned int rs)
{
	return 0x7c0903a6u | rs << 21;
}

/* Is it bl target, relative? */
static inline bool powerpc_insn_is_bl(uint32_t insn)
{
	return (insn & 0xfc000003u) == 0x48000001u;
}

/* Where bl at @ip goes. */
static inline unsigned long powerpc_insn_bl_target(unsigned long ip,
						   uint32_t insn)
{
	uint32_t disp = insn & 0x03fffffc;

	return ip + (unsigned long)(long)(int32_t)((disp ^ 0x02000000) -
						   0x02000000);
}

/*
 * Do two instructions compute a function's TOC pointer? One of
 *	addis r2, r12, hi; addi r2, r2, lo
 *	lis r2, hi; addi r2, r2, lo		(the linker's, not in PIC)
 *	ld r2, disp(r12); add r2, r2, r12	(large code model)
 */
static inline bool powerpc_insn_is_toc_setup(uint32_t first, uint32_t second)
{
	uint32_t hi = first & 0xffff0000u;

	if (hi == 0x3c4c0000u || hi == 0x3c400000u)
		return (second & 0xffff0000u) == 0x38420000u;
	return (first & 0xffff0003u) == 0xe84c0000u && second == 0x7c426214u;
}

/* li rt, imm */
static inline uint32_t powerpc_insn_li(unsigned int t, uint16_t imm)
{
	return 0x38000000 | t << 21 | imm;
}

#endif
