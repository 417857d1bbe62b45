/* SPDX-License-Identifier: MIT */
/* arm64: the registers, and which of them a site must keep. */
#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>

#include "arch-cases.h"

#define X(n, flags) { "x" #n, STATE_X(n), 8, flags }
#define Q(n, size, flags) { "q" #n, STATE_Q(n), size, flags }
#define HIGH(n) { "q" #n "'s upper half", STATE_Q(n) + 8, 8, WHOLE }
#define KEPT (REG_LIVE | REG_PT)
#define WHOLE (REG_FREE | REG_AWAY)

const struct state_reg state_regs[] = {
	X(0, KEPT),
	X(1, KEPT),
	X(2, KEPT),
	X(3, KEPT),
	X(4, KEPT),
	X(5, KEPT),
	X(6, KEPT),
	X(7, KEPT),
	X(8, KEPT),
	/* x9 holds the parent's address, jumps take x16 and x17. */
	X(9, REG_GIVEN | REG_FREE),
	X(10, WHOLE),
	X(11, WHOLE),
	X(12, WHOLE),
	X(13, WHOLE),
	X(14, WHOLE),
	X(15, WHOLE),
	X(16, REG_FREE),
	X(17, REG_FREE),
	X(18, KEPT),
	X(19, KEPT),
	X(20, KEPT),
	X(21, KEPT),
	X(22, KEPT),
	X(23, KEPT),
	X(24, KEPT),
	X(25, KEPT),
	X(26, KEPT),
	X(27, KEPT),
	X(28, KEPT),
	X(29, KEPT),
	{ "sp", STATE_SP, 8, REG_LIVE | REG_GIVEN },
	{ "nzcv", STATE_NZCV, 8, 0 },
	/* x30 where the function starts, x9 where a direct function does */
	{ "parent", STATE_PARENT, 8, REG_LIVE | REG_GIVEN },
	{ "stack", STATE_STACK, 16, REG_LIVE },
	{ "stack2", STATE_STACK + 16, 16, REG_LIVE },
	{ "stack4", STATE_STACK + 32, 16, REG_LIVE },
	{ "stack6", STATE_STACK + 48, 16, REG_LIVE },
	Q(0, 16, REG_LIVE),
	Q(1, 16, REG_LIVE),
	Q(2, 16, REG_LIVE),
	Q(3, 16, REG_LIVE),
	Q(4, 16, REG_LIVE),
	Q(5, 16, REG_LIVE),
	Q(6, 16, REG_LIVE),
	Q(7, 16, REG_LIVE),
	/* Their lower halves are the callee's to keep. */
	Q(8, 8, REG_LIVE),
	Q(9, 8, REG_LIVE),
	Q(10, 8, REG_LIVE),
	Q(11, 8, REG_LIVE),
	Q(12, 8, REG_LIVE),
	Q(13, 8, REG_LIVE),
	Q(14, 8, REG_LIVE),
	Q(15, 8, REG_LIVE),
	HIGH(8),
	HIGH(9),
	HIGH(10),
	HIGH(11),
	HIGH(12),
	HIGH(13),
	HIGH(14),
	HIGH(15),
	Q(16, 16, WHOLE),
	Q(17, 16, WHOLE),
	Q(18, 16, WHOLE),
	Q(19, 16, WHOLE),
	Q(20, 16, WHOLE),
	Q(21, 16, WHOLE),
	Q(22, 16, WHOLE),
	Q(23, 16, WHOLE),
	Q(24, 16, WHOLE),
	Q(25, 16, WHOLE),
	Q(26, 16, WHOLE),
	Q(27, 16, WHOLE),
	Q(28, 16, WHOLE),
	Q(29, 16, WHOLE),
	Q(30, 16, WHOLE),
	Q(31, 16, WHOLE),
	{ NULL, 0, 0, 0 },
};

const char *const state_args[] = { "x0", "x1", "x2", "x3", "x4",
				   "x5", "x6", "x7", NULL };
const char *const state_fp = "x29";

void state_adjust(void *in)
{
	/* negative and carry */
	unsigned long nzcv = 0xa0000000;

	memcpy((char *)in + STATE_NZCV, &nzcv, sizeof(nzcv));
}

unsigned long *arch_pc(void *context)
{
	ucontext_t *uc = context;

	return (unsigned long *)&uc->uc_mcontext.pc;
}

unsigned long arch_local_entry(unsigned long code)
{
	return code;
}

bool cpu_has_sve(void)
{
	return getauxval(AT_HWCAP) & 1ul << 22;
}

bool cpu_has_bti(void)
{
	return getauxval(AT_HWCAP2) & 1ul << 17;
}

const struct conf_case arch_cases[] = {
	{ "wide_args", "-", wide_args },
	{ "wide_keep", "-", wide_keep },
#if !CONF_STATIC
	{ "refuse_variant", "-", refuse_variant },
	{ "sites_guarded", "-", sites_guarded },
	{ "sites_guarded_keep", "-", sites_guarded_keep },
#endif
	{ NULL, NULL, NULL },
};
