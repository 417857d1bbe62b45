/* SPDX-License-Identifier: MIT */
/* x86_64: what the small JIT emits. Everything is relative within its memory. */
#ifndef EMIT_H
#define EMIT_H

#include <stdint.h>
#include <string.h>

static inline unsigned char *emit_bytes(unsigned char *p, const char *bytes,
					size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

#define BYTES(p, s) emit_bytes(p, s, sizeof(s) - 1)

static inline unsigned char *emit_32(unsigned char *p, long v)
{
	int32_t word = (int32_t)v;

	return emit_bytes(p, (const char *)&word, sizeof(word));
}

/* The site, a frame, and the argument in the accumulator: rax. */
static inline unsigned char *emit_begin(unsigned char *p)
{
	p = BYTES(p, "\x0f\x1f\x44\x00\x00");	/* nopl 0(%rax,%rax,1) */
	p = BYTES(p, "\x55\x48\x89\xe5");	/* push %rbp; mov %rsp, %rbp */
	return BYTES(p, "\x48\x89\xf8");	/* mov %rdi, %rax */
}

static inline unsigned char *emit_end(unsigned char *p)
{
	return BYTES(p, "\x5d\xc3");		/* pop %rbp; ret */
}

static inline unsigned char *emit_add(unsigned char *p, int arg)
{
	return emit_32(BYTES(p, "\x48\x05"), arg);	/* add $, %rax */
}

static inline unsigned char *emit_mul(unsigned char *p, int arg)
{
	return emit_32(BYTES(p, "\x48\x69\xc0"), arg);	/* imul $, %rax, %rax */
}

static inline unsigned char *emit_jz(unsigned char *p, const unsigned char *to)
{
	p = BYTES(p, "\x48\x85\xc0\x0f\x84");	/* test %rax, %rax; jz */
	return emit_32(p, to - (p + 4));
}

static inline unsigned char *emit_call(unsigned char *p, const unsigned char *to)
{
	p = BYTES(p, "\x48\x89\xc7\xe8");	/* mov %rax, %rdi; call */
	return emit_32(p, to - (p + 4));
}

/* A direct function: all that is live stays. r11 is not, at a site. */
static inline unsigned char *emit_counter(unsigned char *p,
					  const unsigned long *counter)
{
	uint64_t addr = (uint64_t)counter;

	p = emit_bytes(BYTES(p, "\x49\xbb"), (const char *)&addr, 8); /* mov */
	return BYTES(p, "\xf0\x49\xff\x03\xc3");	/* lock incq (%r11); ret */
}

/* What executes none of its bytes. */
#define EMIT_TRAP 0xcc

#endif
