/* SPDX-License-Identifier: MIT */
/* arm64: what a handler at each instruction looks at. */
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
