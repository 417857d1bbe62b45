/* SPDX-License-Identifier: MIT */
/* The floor: the body without anything at its entry. */
#include "bench.h"

__attribute__((noinline)) long bench_plain(long v)
{
	__asm__ volatile("");
	return v + 1;
}

/* What a compiler leaves if nobody turns its five nops into one. */
__asm__(".text\n"
	".globl bench_nops\n"
	".type bench_nops, @function\n"
	".p2align 4\n"
	"bench_nops: .byte 0x90, 0x90, 0x90, 0x90, 0x90\n"
	"	leaq 1(%rdi), %rax\n"
	"	ret\n"
	".size bench_nops, . - bench_nops\n"
	".globl bench_stub\n"
	".type bench_stub, @function\n"
	".p2align 4\n"
	"bench_stub: ret\n"
	".size bench_stub, . - bench_stub\n");
