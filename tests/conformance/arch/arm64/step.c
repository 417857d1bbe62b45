/* SPDX-License-Identifier: MIT */
/* arm64: what a handler at each instruction looks at. */
#include <string.h>
#include <ucontext.h>

#include "../../conformance.h"
#include "../../stepper.h"

const struct step_kept step_kept[] = {
	{ 19, STATE_X(19) }, { 20, STATE_X(20) }, { 21, STATE_X(21) },
	{ 22, STATE_X(22) }, { 23, STATE_X(23) }, { 24, STATE_X(24) },
	{ 25, STATE_X(25) }, { 26, STATE_X(26) }, { 27, STATE_X(27) },
	{ 28, STATE_X(28) }, { 29, STATE_X(29) }, { -1, 0 },
};

unsigned long arch_sp(void *context)
{
	ucontext_t *uc = context;

	return uc->uc_mcontext.sp;
}

void arch_step_flag(bool on)
{
	(void)on;
}

void arch_step_hooked(void *context)
{
	(void)context;
	step_hooked();
}

void arch_step_state(void *in, bool upper)
{
	(void)in;
	(void)upper;
}

/* The entry has two frame records; the second's x29 is the pattern. */
bool arch_step_chain(void *frame, const void *in, unsigned long site,
		     unsigned long parent)
{
	unsigned long **entry = *(unsigned long ***)frame;

	return (unsigned long)entry[1] == site && entry[0][1] == parent &&
	       !memcmp(entry[0], (const char *)in + STATE_X(29),
		       sizeof(*entry[0]));
}

void arch_step_spoil(void)
{
	__asm__ volatile("mov x9, #0x6b\n\tmov x10, x9\n\tmov x11, x9\n\t"
			 "mov x12, x9\n\tmov x13, x9\n\tmov x14, x9\n\t"
			 "mov x15, x9\n\tmov x16, x9\n\tmov x17, x9"
			 ::: "x9", "x10", "x11", "x12", "x13", "x14", "x15",
			     "x16", "x17");
}
