/* SPDX-License-Identifier: MIT */
/* i386: stopping at each instruction by the trap flag. */
#include <asm/ldt.h>
#include <cpuid.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "../../conformance.h"
#include "../../stepper.h"

const struct step_kept step_kept[] = {
	{ 3, STATE_GPR(3) }, { 5, STATE_GPR(5) }, { 6, STATE_GPR(6) },
	{ 7, STATE_GPR(7) }, { -1, 0 },
};

unsigned long arch_sp(void *context)
{
	ucontext_t *uc = context;

	return (unsigned long)uc->uc_mcontext.gregs[REG_ESP];
}

/*
 * Some emulators have one table of segments for all threads, where the latest
 * thread's TLS is, and each return from a handler loads gs from it. So ours is
 * put there.
 */
static void own_segment(void)
{
	struct user_desc d = { .limit = 0xfffff, .seg_32bit = 1,
			       .limit_in_pages = 1, .useable = 1 };
	unsigned int selector;

	__asm__("movl %%gs, %0" : "=r"(selector));
	__asm__("movl %%gs:0, %0" : "=r"(d.base_addr));
	d.entry_number = selector >> 3;
	if (syscall(SYS_set_thread_area, &d))
		value("segment", (unsigned long)errno, 0);
}

/*
 * A signal behind each instruction from here on. Not in C, where only the
 * compiler knows what describes its frame.
 */
__attribute__((visibility("hidden"))) void step_flag(bool on);
__asm__(".pushsection .text\n"
	".globl step_flag\n"
	"step_flag:\n\t"
	".cfi_startproc\n\t"
	"movzbl 4(%esp), %eax\n\t"
	"shll $8, %eax\n\t"
	"pushfl\n\t"
	".cfi_adjust_cfa_offset 4\n\t"
	"andl $~0x100, (%esp)\n\t"
	"orl %eax, (%esp)\n\t"
	"popfl\n\t"
	".cfi_adjust_cfa_offset -4\n\t"
	"ret\n\t"
	".cfi_endproc\n"
	".popsection");

void arch_step_flag(bool on)
{
	if (on)
		own_segment();
	step_flag(on);
}

/* What XGETBV is to say is in use: not each CPU can tell. */
static int in_use;

/* The first and last function of entry.S. */
extern const char ftrace_caller[], ftrace_return_to_parent[];

void arch_step_hooked(void *context)
{
	static const unsigned char xgetbv[] = { 0x0f, 0x01, 0xd0 };
	ucontext_t *uc = context;

	if (in_use && step_pc > (unsigned long)ftrace_caller &&
	    step_pc < (unsigned long)ftrace_return_to_parent &&
	    !memcmp((void *)(step_pc - sizeof(xgetbv)), xgetbv, sizeof(xgetbv)))
		uc->uc_mcontext.gregs[REG_EAX] = in_use;
	step_hooked();
}

/* It loads flags, and the lower parts of vectors as old code does. */
void arch_step_state(void *in, bool upper)
{
	unsigned long flags;

	memcpy(&flags, (char *)in + STATE_FLAGS, sizeof(flags));
	flags |= 0x100;
	memcpy((char *)in + STATE_FLAGS, &flags, sizeof(flags));
	in_use = upper ? 7 : 3;
	if (upper && __builtin_cpu_supports("avx"))
		__asm__ volatile("vpcmpeqd %%xmm0, %%xmm0, %%xmm0\n\t"
				 "vinsertf128 $1, %%xmm0, %%ymm0, %%ymm0" :);
}

/*
 * The caller's ebp is no frame's, but the pattern. A part of the library without
 * frames comes in between where it keeps registers from callbacks; and where a
 * site has a thunk of its own, as on a CPU that cannot store it at once.
 */
bool arch_step_chain(void *frame, const void *in, unsigned long site,
		     unsigned long parent)
{
	unsigned long *entry = *(unsigned long **)frame;
	unsigned int a, b, c, d = 0;

	(void)parent;
	if (!FTRACE_WITH_ARGS || !__get_cpuid(1, &a, &b, &c, &d) ||
	    !(d & bit_CMPXCHG8B))
		return true;
	return entry[1] == site &&
	       !memcmp(entry, (const char *)in + STATE_GPR(5), sizeof(*entry));
}

void arch_step_spoil(void)
{
	__asm__ volatile("movl $0x6b, %%ecx\n\tmovl %%ecx, %%edx" ::: "ecx",
			 "edx");
}
