/* SPDX-License-Identifier: MIT */
/* x86_64: the registers, and which of them a site must keep. */
#include <string.h>
#include <ucontext.h>

#include "../../conformance.h"

#define GPR(name, n, flags) { name, STATE_GPR(n), 8, flags }
#define XMM(name, n, flags) { name, STATE_XMM(n), 16, flags }
#define KEPT (REG_LIVE | REG_PT)

const struct state_reg state_regs[] = {
	/* al: how many vector registers hold variadic arguments */
	GPR("rax", 0, KEPT),
	GPR("rcx", 1, KEPT),
	GPR("rdx", 2, KEPT),
	GPR("rbx", 3, KEPT),
	GPR("sp", 4, REG_LIVE | REG_GIVEN),
	GPR("rbp", 5, KEPT),
	GPR("rsi", 6, KEPT),
	GPR("rdi", 7, KEPT),
	GPR("r8", 8, KEPT),
	GPR("r9", 9, KEPT),
	GPR("r10", 10, KEPT),
	GPR("r11", 11, REG_FREE),
	GPR("r12", 12, KEPT),
	GPR("r13", 13, KEPT),
	GPR("r14", 14, KEPT),
	GPR("r15", 15, KEPT),
	{ "eflags", STATE_FLAGS, 8, REG_FULL | REG_PT },
	{ "parent", STATE_PARENT, 8, REG_LIVE | REG_GIVEN },
	{ "stack", STATE_STACK, 16, REG_LIVE },
	{ "stack2", STATE_STACK + 16, 16, REG_LIVE },
	{ "stack4", STATE_STACK + 32, 16, REG_LIVE },
	{ "stack6", STATE_STACK + 48, 16, REG_LIVE },
	XMM("xmm0", 0, REG_LIVE),
	XMM("xmm1", 1, REG_LIVE),
	XMM("xmm2", 2, REG_LIVE),
	XMM("xmm3", 3, REG_LIVE),
	XMM("xmm4", 4, REG_LIVE),
	XMM("xmm5", 5, REG_LIVE),
	XMM("xmm6", 6, REG_LIVE),
	XMM("xmm7", 7, REG_LIVE),
	/* No argument, and not the callee's to keep. */
	XMM("xmm8", 8, REG_FREE),
	XMM("xmm9", 9, REG_FREE),
	XMM("xmm10", 10, REG_FREE),
	XMM("xmm11", 11, REG_FREE),
	XMM("xmm12", 12, REG_FREE),
	XMM("xmm13", 13, REG_FREE),
	XMM("xmm14", 14, REG_FREE),
	XMM("xmm15", 15, REG_FREE),
	{ NULL, 0, 0, 0 },
};

const char *const state_args[] = { "rdi", "rsi", "rdx", "rcx",
				   "r8",  "r9",	 NULL };
const char *const state_fp = "rbp";

void state_adjust(void *in)
{
	/* carry, parity, adjust, zero, sign, overflow; interrupts are on */
	unsigned long flags = 0xad7;

	memcpy((char *)in + STATE_FLAGS, &flags, sizeof(flags));
}

unsigned long *arch_pc(void *context)
{
	ucontext_t *uc = context;

	return (unsigned long *)&uc->uc_mcontext.gregs[REG_RIP];
}

unsigned long arch_local_entry(unsigned long code)
{
	return code;
}
