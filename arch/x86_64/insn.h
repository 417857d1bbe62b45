/* SPDX-License-Identifier: MIT */
/* x86_64 encoders: pure functions from operands to bytes. */
#ifndef FTRACE_X86_64_INSN_H
#define FTRACE_X86_64_INSN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define X86_64_INSN_ENDBR64	"\xf3\x0f\x1e\xfa"	/* endbr64 */
/* nopl 0(%rax,%rax); filled up, with the terminator, to eight bytes */
#define X86_64_INSN_NOP5	"\x0f\x1f\x44\x00\x00\0\0"
/* nopl 8(%rax,%rax) */
#define X86_64_INSN_NOP5_CLANG	"\x0f\x1f\x44\x00\x08"
#define X86_64_INSN_NOP1X5	"\x90\x90\x90\x90\x90"	/* nop, five times */
#define X86_64_INSN_ADDR32	0x67	/* a prefix that a call ignores */
#define X86_64_INSN_CALL	0xe8
#define X86_64_INSN_JMP		0xe9
#define X86_64_INSN_CALL_IND	"\xff\x15"		/* call *disp32(%rip) */
#define X86_64_INSN_INT3	0xcc

/* Does rel32 of an instruction that ends at @end reach @target? */
static inline bool x86_64_insn_rel32_fits(unsigned long end,
					  unsigned long target)
{
	int64_t rel = (int64_t)(target - end);

	return rel == (int32_t)rel;
}

/* call target: five bytes, and zeros behind */
static inline uint64_t x86_64_insn_call(unsigned long ip, unsigned long target)
{
	return (uint64_t)(uint32_t)(target - (ip + 5)) << 8 | X86_64_INSN_CALL;
}

/* jmp target: five bytes, and zeros behind */
static inline uint64_t x86_64_insn_jmp(unsigned long ip, unsigned long target)
{
	return (uint64_t)(uint32_t)(target - (ip + 5)) << 8 | X86_64_INSN_JMP;
}

/* where the call at @p goes */
static inline unsigned long x86_64_insn_call_target(const unsigned char *p)
{
	int32_t rel;

	memcpy(&rel, p + 1, 4);
	return (unsigned long)p + 5 + (unsigned long)(long)rel;
}

/*
 * Is @p, which lies at @ip, a call of what is not in [from, to)? What -mfentry
 * calls lies in the same module, or a stub for it does: the call is the
 * linker's. One that leaves is another tracer's, and so is any jump.
 */
static inline bool x86_64_insn_calls_out(const unsigned char *p, unsigned long ip,
					 unsigned long from, unsigned long to)
{
	unsigned long target = x86_64_insn_call_target(p) - (unsigned long)p + ip;

	if (*p == X86_64_INSN_JMP)
		return true;
	return *p == X86_64_INSN_CALL && (target < from || target >= to);
}

/* jmp .+5: the head of a five-byte site whose tail is being rewritten */
static inline void x86_64_insn_jmp_over_tail(unsigned char out[2])
{
	out[0] = 0xeb;
	out[1] = 3;
}

/* lea target(%rip), %r11 */
static inline void x86_64_insn_lea_r11(unsigned char out[7], unsigned long ip,
				       unsigned long target)
{
	int32_t rel = (int32_t)(target - (ip + 7));

	memcpy(out, "\x4c\x8d\x1d", 3);
	memcpy(out + 3, &rel, 4);
}

/* push %r11 */
static inline void x86_64_insn_push_r11(unsigned char out[2])
{
	memcpy(out, "\x41\x53", 2);
}

/* mov %r11, disp8(%rsp) */
static inline void x86_64_insn_store_r11(unsigned char out[5], int8_t disp)
{
	memcpy(out, "\x4c\x89\x5c\x24", 4);
	out[4] = (unsigned char)disp;
}

/* jmp *disp8(%r11) */
static inline void x86_64_insn_jmp_r11(unsigned char out[4], int8_t disp)
{
	memcpy(out, "\x41\xff\x63", 3);
	out[3] = (unsigned char)disp;
}

/* mov $n, %eax; ret; two nops */
static inline void x86_64_insn_return(unsigned char out[8], uint32_t n)
{
	out[0] = 0xb8;
	memcpy(out + 1, &n, 4);
	memcpy(out + 5, "\xc3\x90\x90", 3);
}

#endif
