/* SPDX-License-Identifier: MIT */
/* arm64: what the small JIT emits. Everything is relative within its memory. */
#ifndef EMIT_H
#define EMIT_H

#include <stdint.h>
#include <string.h>

static inline unsigned char *emit_insn(unsigned char *p, uint32_t insn)
{
	memcpy(p, &insn, sizeof(insn));
	return p + sizeof(insn);
}

/* All 64 bits of @v in x@reg: movz and three movk. */
static inline unsigned char *emit_mov(unsigned char *p, unsigned int reg,
				      uint64_t v)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		p = emit_insn(p, (i ? 0xf2800000 : 0xd2800000) | i << 21 |
					 (uint32_t)(v >> 16 * i & 0xffff) << 5 |
					 reg);
	return p;
}

/* The site and a frame. The argument is in the accumulator: x0. */
static inline unsigned char *emit_begin(unsigned char *p)
{
	p = emit_insn(p, 0xd503201f);		/* nop */
	p = emit_insn(p, 0xd503201f);		/* nop */
	p = emit_insn(p, 0xa9bf7bfd);		/* stp x29, x30, [sp, #-16]! */
	return emit_insn(p, 0x910003fd);	/* mov x29, sp */
}

static inline unsigned char *emit_end(unsigned char *p)
{
	p = emit_insn(p, 0xa8c17bfd);		/* ldp x29, x30, [sp], #16 */
	return emit_insn(p, 0xd65f03c0);	/* ret */
}

static inline unsigned char *emit_add(unsigned char *p, int arg)
{
	p = emit_mov(p, 10, (uint64_t)(int64_t)arg);
	return emit_insn(p, 0x8b0a0000);	/* add x0, x0, x10 */
}

static inline unsigned char *emit_mul(unsigned char *p, int arg)
{
	p = emit_mov(p, 10, (uint64_t)(int64_t)arg);
	return emit_insn(p, 0x9b0a7c00);	/* mul x0, x0, x10 */
}

static inline unsigned char *emit_jz(unsigned char *p, const unsigned char *to)
{
	uint32_t words = (uint32_t)((to - p) / 4);

	return emit_insn(p, 0xb4000000 | (words & 0x7ffff) << 5); /* cbz x0 */
}

static inline unsigned char *emit_call(unsigned char *p, const unsigned char *to)
{
	uint32_t words = (uint32_t)((to - p) / 4);

	return emit_insn(p, 0x94000000 | (words & 0x3ffffff));	/* bl */
}

/* A direct function: all that is live stays. x10 to x14 are not, at a site. */
static inline unsigned char *emit_counter(unsigned char *p,
					  const unsigned long *counter)
{
	p = emit_mov(p, 10, (uint64_t)counter);
	p = emit_insn(p, 0xc85f7d4b);		/* ldxr x11, [x10] */
	p = emit_insn(p, 0x9100056b);		/* add x11, x11, #1 */
	p = emit_insn(p, 0xc80c7d4b);		/* stxr w12, x11, [x10] */
	p = emit_insn(p, 0x35ffffac);		/* cbnz w12, to the ldxr */
	p = emit_insn(p, 0xaa1e03ea);		/* mov x10, x30 */
	p = emit_insn(p, 0xaa0903fe);		/* mov x30, x9 */
	return emit_insn(p, 0xd65f0140);	/* ret x10 */
}

/* What executes none of its bytes: udf. */
#define EMIT_TRAP 0

#endif
