/* SPDX-License-Identifier: MIT */
/* powerpc: what a handler at each instruction looks at. */
#include <ucontext.h>

#include "../../conformance.h"
#include "../../stepper.h"

#define KEPT(n) { n, STATE_GPR(n) }

/* The linkage area is the caller's own affair but for r2. */
const struct step_kept step_kept[] = {
#ifdef __powerpc64__
	KEPT(2),
#endif
	KEPT(14), KEPT(15), KEPT(16), KEPT(17), KEPT(18), KEPT(19),
	KEPT(20), KEPT(21), KEPT(22), KEPT(23), KEPT(24), KEPT(25),
	KEPT(26), KEPT(27), KEPT(28), KEPT(29), KEPT(30), KEPT(31),
	{ -1, 0 },
};

/* step.S */
void step_hooked_from(const unsigned long *regs);

/* r0 to r31, then the program counter. */
static unsigned long *regs_of(void *context)
{
	ucontext_t *uc = context;

#ifdef __powerpc64__
	return uc->uc_mcontext.gp_regs;
#else
	return uc->uc_mcontext.uc_regs->gregs;
#endif
}

unsigned long arch_sp(void *context)
{
	return regs_of(context)[1];
}

void arch_step_flag(bool on)
{
	(void)on;
}

void arch_step_hooked(void *context)
{
	step_hooked_from(regs_of(context));
}

void arch_step_state(void *in, bool upper)
{
	(void)in;
	(void)upper;
}

/* A frame keeps what its owner's callees return to: two up, the site. */
bool arch_step_chain(void *frame, const void *in, unsigned long site,
		     unsigned long parent)
{
	unsigned long ***entry = *(unsigned long ****)frame;
	unsigned long **function = *entry;

	(void)in;
	return (unsigned long)function[ABI_LR / STATE_WORD] == site &&
	       (*function)[ABI_LR / STATE_WORD] == parent;
}

void arch_step_spoil(void)
{
	__asm__ volatile("li 0, 0x6b\n\tli 11, 0x6b\n\tli 12, 0x6b\n\t"
			 "mtctr 0" ::: "r0", "r11", "r12", "ctr");
}
