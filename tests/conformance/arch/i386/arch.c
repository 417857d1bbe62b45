/* SPDX-License-Identifier: MIT */
/* i386: the registers, and which of them a site must keep. */
#include <cpuid.h>
#include <string.h>
#include <ucontext.h>

#include "../../conformance.h"

#define GPR(name, n) { name, STATE_GPR(n), 4, REG_LIVE | REG_PT }
#define XMM(name, n, flags) { name, STATE_XMM(n), 16, flags }
#define MM(name, n) { name, STATE_MM(n), 8, REG_LIVE }
#define STACK(name, n) { name, STATE_STACK + 4 * (n), 8, REG_LIVE }

const struct state_reg state_regs[] = {
	/* regparm takes eax edx ecx, fastcall ecx edx, a static chain ecx */
	GPR("eax", 0),
	GPR("ecx", 1),
	GPR("edx", 2),
	GPR("ebx", 3),
	{ "sp", STATE_GPR(4), 4, REG_LIVE | REG_GIVEN },
	GPR("ebp", 5),
	GPR("esi", 6),
	GPR("edi", 7),
	{ "eflags", STATE_FLAGS, 4, REG_FULL | REG_PT },
	{ "parent", STATE_PARENT, 4, REG_LIVE | REG_GIVEN },
	STACK("stack", 0),
	STACK("stack2", 2),
	STACK("stack4", 4),
	STACK("stack6", 6),
	STACK("stack8", 8),
	XMM("xmm0", 0, REG_LIVE),
	XMM("xmm1", 1, REG_LIVE),
	XMM("xmm2", 2, REG_LIVE),
	XMM("xmm3", 3, REG_FREE),
	XMM("xmm4", 4, REG_FREE),
	XMM("xmm5", 5, REG_FREE),
	XMM("xmm6", 6, REG_FREE),
	XMM("xmm7", 7, REG_FREE),
	/* Only if the callback leaves them alone, which ours does. */
	MM("mm0", 0),
	MM("mm1", 1),
	MM("mm2", 2),
	{ NULL, 0, 0, 0 },
};

const char *const state_args[] = { NULL };
const char *const state_fp = "ebp";

/* state.S */
extern unsigned char state_has_sse, state_has_mmx;

void state_adjust(void *in)
{
	/* carry, parity, adjust, zero, sign, overflow; interrupts are on */
	unsigned long flags = 0xad7;
	unsigned int a, b, c, d = 0;

	memcpy((char *)in + STATE_FLAGS, &flags, sizeof(flags));
	if (!__get_cpuid(1, &a, &b, &c, &d))
		d = 0;
	state_has_sse = !!(d & bit_SSE);
	state_has_mmx = !!(d & bit_MMX);
	/* What the CPU lacks nobody loads. */
	if (!state_has_sse)
		memset((char *)in + STATE_XMM(0), 0, 8 * 16);
	if (!state_has_mmx)
		memset((char *)in + STATE_MM(0), 0, 3 * 8);
}

unsigned long *arch_pc(void *context)
{
	ucontext_t *uc = context;

	return (unsigned long *)&uc->uc_mcontext.gregs[REG_EIP];
}

unsigned long arch_local_entry(unsigned long code)
{
	return code;
}

/* MMX registers and the x87 unit are one. */
void state_more(void)
{
	if (state_has_mmx)
		__asm__ volatile("pxor %mm0, %mm0\n\t"
				 "pxor %mm1, %mm1\n\t"
				 "pxor %mm2, %mm2\n\t"
				 "emms");
}
