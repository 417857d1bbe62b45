/* SPDX-License-Identifier: MIT */
/* x86_64: stopping at each instruction by the trap flag. */
#include <string.h>
#include <ucontext.h>

#include "../../conformance.h"
#include "../../stepper.h"

const struct step_kept step_kept[] = {
	{ 3, STATE_GPR(3) },   { 6, STATE_GPR(5) },   { 12, STATE_GPR(12) },
	{ 13, STATE_GPR(13) }, { 14, STATE_GPR(14) }, { 15, STATE_GPR(15) },
	{ -1, 0 },
};

unsigned long arch_sp(void *context)
{
	ucontext_t *uc = context;

	return (unsigned long)uc->uc_mcontext.gregs[REG_RSP];
}

/*
 * void arch_step_flag(bool on): a signal behind each instruction from here on.
 * Not in C, where only the compiler knows what describes its frame.
 */
__asm__(".pushsection .text\n"
	".globl arch_step_flag\n"
	"arch_step_flag:\n\t"
	".cfi_startproc\n\t"
	"movzbl %dil, %edi\n\t"
	"shll $8, %edi\n\t"
	"pushfq\n\t"
	".cfi_adjust_cfa_offset 8\n\t"
	"andl $~0x100, (%rsp)\n\t"
	"orl %edi, (%rsp)\n\t"
	"popfq\n\t"
	".cfi_adjust_cfa_offset -8\n\t"
	"ret\n\t"
	".cfi_endproc\n"
	".popsection");

/* What XGETBV is to say is in use: not each CPU can tell. */
static unsigned int in_use, uppers;

/* The first and last function of entry.S, and of graph.S, with its size. */
extern const char ftrace_caller[], ftrace_return_to_parent[];
extern const char ftrace_graph_called_sse[], ftrace_graph_direct[];
#define GRAPH_DIRECT	32

static bool within(const char *first, const char *last)
{
	return step_pc > (unsigned long)first && step_pc < (unsigned long)last;
}

/*
 * As on a CPU with a shadow stack: rdsspq %r11 says where that is, and incsspq
 * %r11, which ours does not know, takes one address off.
 */
static void shadow_stack(ucontext_t *uc)
{
	static const unsigned char rdssp[] = { 0xf3, 0x49, 0x0f, 0x1e, 0xcb };
	static const unsigned char incssp[] = { 0xf3, 0x49, 0x0f, 0xae, 0xeb };

	if (!memcmp((void *)(step_pc - sizeof(rdssp)), rdssp, sizeof(rdssp)))
		uc->uc_mcontext.gregs[REG_R11] = 0x7fff1234;
	if (uc->uc_mcontext.gregs[REG_R11] == 1 &&
	    !memcmp((void *)step_pc, incssp, sizeof(incssp)))
		uc->uc_mcontext.gregs[REG_RIP] += sizeof(incssp);
}

void arch_step_hooked(void *context)
{
	static const unsigned char xgetbv[] = { 0x0f, 0x01, 0xd0 };
	ucontext_t *uc = context;

	if (in_use && within(ftrace_caller, ftrace_return_to_parent) &&
	    !memcmp((void *)(step_pc - sizeof(xgetbv)), xgetbv, sizeof(xgetbv)))
		uc->uc_mcontext.gregs[REG_RAX] = in_use;
	step_hooked();
	if (within(ftrace_caller, ftrace_return_to_parent) ||
	    (step_shadow && within(ftrace_graph_called_sse,
				   ftrace_graph_direct + GRAPH_DIRECT)))
		shadow_stack(uc);
}

/*
 * It loads flags, and the lower parts of vectors as old code does. Each second
 * time there are also those that AVX-512 added.
 */
void arch_step_state(void *in, bool upper)
{
	unsigned long flags;

	memcpy(&flags, (char *)in + STATE_FLAGS, sizeof(flags));
	flags |= 0x100;
	memcpy((char *)in + STATE_FLAGS, &flags, sizeof(flags));
	in_use = !upper ? 3 : uppers++ % 2 ? 0xe7 : 7;
	if (upper && __builtin_cpu_supports("avx"))
		__asm__ volatile("vpcmpeqd %%xmm0, %%xmm0, %%xmm0\n\t"
				 "vinsertf128 $1, %%xmm0, %%ymm0, %%ymm0"
				 ::: "xmm0");
}

/* The caller's rbp is no frame's, but the pattern. */
bool arch_step_chain(void *frame, const void *in, unsigned long site,
		     unsigned long parent)
{
	unsigned long *entry = *(unsigned long **)frame;

	(void)parent;
	return entry[1] == site &&
	       !memcmp(entry, (const char *)in + STATE_GPR(5), sizeof(*entry));
}

void arch_step_spoil(void)
{
	__asm__ volatile("movl $0x6b, %%ecx\n\tmovl %%ecx, %%edx\n\t"
			 "movl %%ecx, %%r10d\n\tmovl %%ecx, %%r11d"
			 ::: "rcx", "rdx", "r10", "r11");
}
