/* SPDX-License-Identifier: MIT */
/* i386 encoders: pure functions from operands to bytes. */
#ifndef FTRACE_I386_INSN_H
#define FTRACE_I386_INSN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define I386_INSN_ENDBR32	"\xf3\x0f\x1e\xfb"	/* endbr32 */
#define I386_INSN_NOP1X5	"\x90\x90\x90\x90\x90"	/* nop, five times */
/* xchg %ax, %ax, twice, and nop */
#define I386_INSN_NOP212	"\x66\x90\x66\x90\x90"
/* nopl 8(%eax,%eax) */
#define I386_INSN_NOP5_CLANG	"\x0f\x1f\x44\x00\x08"
/*
 * One instruction each, the best first: nopl 0(%eax,%eax); xchg %ax, %ax; jmp.
 * Filled up, with the terminator, to eight bytes.
 */
#define I386_INSN_NOP5		"\x0f\x1f\x44\x00\x00\0\0"
#define I386_INSN_NOP5_DATA16	"\x66\x66\x66\x66\x90\0\0"
#define I386_INSN_NOP5_JMP	"\xeb\x03\x90\x90\x90\0\0"
#define I386_INSN_CALL		0xe8
#define I386_INSN_JMP		0xe9
#define I386_INSN_INT3		0xcc

/* call target, any address, as eip wraps: five bytes, and zeros behind */
static inline uint64_t i386_insn_call(uint32_t ip, uint32_t target)
{
	return (uint64_t)(target - (ip + 5)) << 8 | I386_INSN_CALL;
}

/* jmp target, likewise */
static inline uint64_t i386_insn_jmp(uint32_t ip, uint32_t target)
{
	return (uint64_t)(target - (ip + 5)) << 8 | I386_INSN_JMP;
}

/* where the call @p, which lies at @ip, goes */
static inline uint32_t i386_insn_call_target(const unsigned char *p,
					     uint32_t ip)
{
	uint32_t rel;

	memcpy(&rel, p + 1, 4);
	return ip + 5 + rel;
}

/*
 * Is @p, which lies at @ip, a call of what is not in [from, to)? What -mfentry
 * calls lies in the same module, or a stub for it does: the call is the
 * linker's. One that leaves is another tracer's.
 */
static inline bool i386_insn_calls_out(const unsigned char *p, uint32_t ip,
				       uint32_t from, uint32_t to)
{
	uint32_t target = i386_insn_call_target(p, ip);

	return *p == I386_INSN_CALL && (target < from || target >= to);
}

/* jmp .+5: the head of a five-byte site whose tail is being rewritten */
static inline void i386_insn_jmp_over_tail(unsigned char out[2])
{
	memcpy(out, I386_INSN_NOP5_JMP, 2);
}

/* push $value */
static inline void i386_insn_push(unsigned char out[5], uint32_t value)
{
	out[0] = 0x68;
	memcpy(out + 1, &value, 4);
}

/* jmp *address */
static inline void i386_insn_jmp_mem(unsigned char out[6], uint32_t address)
{
	memcpy(out, "\xff\x25", 2);
	memcpy(out + 2, &address, 4);
}

/* mov $n, %eax; ret; two nops */
static inline void i386_insn_return(unsigned char out[8], uint32_t n)
{
	out[0] = 0xb8;
	memcpy(out + 1, &n, 4);
	memcpy(out + 5, "\xc3\x90\x90", 3);
}

#endif
