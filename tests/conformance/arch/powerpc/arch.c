/* SPDX-License-Identifier: MIT */
/* powerpc: the registers, and which of them a site must keep. */
#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>

#include <asm/cputable.h>

#include "../../conformance.h"

/* Its place among the registers of a context. */
#define NIP 32

#define R(n, flags) { "gpr" #n, STATE_GPR(n), STATE_WORD, flags }
#define F(n, flags) { "f" #n, STATE_FPR(n), 8, flags }
#define V(n, flags) { "v" #n, STATE_VR(n), 16, flags }
/* No argument lies in its other half, and no call keeps that. */
#define VS(n) { "vs" #n, STATE_VSR(n), 16, WHOLE }
#define KEPT (REG_LIVE | REG_PT)
#define WHOLE (REG_FREE | REG_AWAY)

#ifdef __powerpc64__
#define FOR_PPC(flags) 0
#define FOR_64(flags) flags
#define ARGUMENT REG_LIVE	/* of f9 to f13 */
#else
#define FOR_PPC(flags) flags
#define FOR_64(flags) 0
#define ARGUMENT WHOLE
#endif

const struct state_reg state_regs[] = {
	/* The parent, but in a conservative module; the thunk takes r12, CTR. */
	R(0, REG_GIVEN | REG_FREE),
	{ "sp", STATE_GPR(1), STATE_WORD, REG_LIVE | REG_GIVEN },
	R(2, FOR_64(KEPT) | FOR_PPC(REG_LIVE | REG_GIVEN)),
	R(3, KEPT),
	R(4, KEPT),
	R(5, KEPT),
	R(6, KEPT),
	R(7, KEPT),
	R(8, KEPT),
	R(9, KEPT),
	R(10, KEPT),
	R(11, KEPT),
	R(12, REG_FREE),
	R(13, REG_LIVE | REG_GIVEN),
	R(14, KEPT),
	R(15, KEPT),
	R(16, KEPT),
	R(17, KEPT),
	R(18, KEPT),
	R(19, KEPT),
	R(20, KEPT),
	R(21, KEPT),
	R(22, KEPT),
	R(23, KEPT),
	R(24, KEPT),
	R(25, KEPT),
	R(26, KEPT),
	R(27, KEPT),
	R(28, KEPT),
	R(29, KEPT),
	R(30, KEPT),
	R(31, KEPT),
	{ "ccr", STATE_CR, STATE_WORD, REG_FULL | REG_PT },
	{ "cr2-cr4", STATE_CR234, STATE_WORD, REG_LIVE },
	/* Set: floating-point registers hold arguments of a variadic call. */
	{ "cr6", STATE_CR6, STATE_WORD, FOR_PPC(REG_LIVE) },
	{ "xer", STATE_XER, STATE_WORD, REG_FULL | REG_PT },
	{ "ctr", STATE_CTR, STATE_WORD, REG_FREE },
	{ "parent", STATE_PARENT, STATE_WORD, REG_LIVE | REG_GIVEN },
	/* Where a call through a stub left the caller's r2. */
	{ "toc", STATE_TOC, STATE_WORD, FOR_64(REG_LIVE) | FOR_PPC(REG_GIVEN) },
	{ "stack", STATE_STACK, 2 * STATE_WORD, REG_LIVE },
	{ "stack2", STATE_STACK + 2 * STATE_WORD, 2 * STATE_WORD, REG_LIVE },
	{ "stack4", STATE_STACK + 4 * STATE_WORD, 2 * STATE_WORD, REG_LIVE },
	{ "stack6", STATE_STACK + 6 * STATE_WORD, 2 * STATE_WORD, REG_LIVE },
	F(0, WHOLE),
	F(1, REG_LIVE),
	F(2, REG_LIVE),
	F(3, REG_LIVE),
	F(4, REG_LIVE),
	F(5, REG_LIVE),
	F(6, REG_LIVE),
	F(7, REG_LIVE),
	F(8, REG_LIVE),
	F(9, ARGUMENT),
	F(10, ARGUMENT),
	F(11, ARGUMENT),
	F(12, ARGUMENT),
	F(13, ARGUMENT),
	F(14, REG_LIVE),
	F(15, REG_LIVE),
	F(16, REG_LIVE),
	F(17, REG_LIVE),
	F(18, REG_LIVE),
	F(19, REG_LIVE),
	F(20, REG_LIVE),
	F(21, REG_LIVE),
	F(22, REG_LIVE),
	F(23, REG_LIVE),
	F(24, REG_LIVE),
	F(25, REG_LIVE),
	F(26, REG_LIVE),
	F(27, REG_LIVE),
	F(28, REG_LIVE),
	F(29, REG_LIVE),
	F(30, REG_LIVE),
	F(31, REG_LIVE),
	V(0, WHOLE),
	V(1, WHOLE),
	V(2, REG_LIVE),
	V(3, REG_LIVE),
	V(4, REG_LIVE),
	V(5, REG_LIVE),
	V(6, REG_LIVE),
	V(7, REG_LIVE),
	V(8, REG_LIVE),
	V(9, REG_LIVE),
	V(10, REG_LIVE),
	V(11, REG_LIVE),
	V(12, REG_LIVE),
	V(13, REG_LIVE),
	V(14, WHOLE),
	V(15, WHOLE),
	V(16, WHOLE),
	V(17, WHOLE),
	V(18, WHOLE),
	V(19, WHOLE),
	V(20, REG_LIVE),
	V(21, REG_LIVE),
	V(22, REG_LIVE),
	V(23, REG_LIVE),
	V(24, REG_LIVE),
	V(25, REG_LIVE),
	V(26, REG_LIVE),
	V(27, REG_LIVE),
	V(28, REG_LIVE),
	V(29, REG_LIVE),
	V(30, REG_LIVE),
	V(31, REG_LIVE),
	VS(0),
	VS(1),
	VS(2),
	VS(3),
	VS(4),
	VS(5),
	VS(6),
	VS(7),
	VS(8),
	VS(9),
	VS(10),
	VS(11),
	VS(12),
	VS(13),
	VS(14),
	VS(15),
	VS(16),
	VS(17),
	VS(18),
	VS(19),
	VS(20),
	VS(21),
	VS(22),
	VS(23),
	VS(24),
	VS(25),
	VS(26),
	VS(27),
	VS(28),
	VS(29),
	VS(30),
	VS(31),
	{ NULL, 0, 0, 0 },
};

const char *const state_args[] = { "gpr3", "gpr4", "gpr5", "gpr6",  "gpr7",
				   "gpr8", "gpr9", "gpr10", NULL };
const char *const state_fp = "sp";

/* The first halves of vs0 to vs31 are f0 to f31. */
static void adjust_vectors(char *in)
{
	unsigned long hwcap = getauxval(AT_HWCAP);
	int n;

	state_vectors = hwcap & PPC_FEATURE_HAS_VSX	? 2 :
			hwcap & PPC_FEATURE_HAS_ALTIVEC ? 1 : 0;
	if (!state_vectors)
		memset(in + STATE_VR(0), 0, 32 * 16);
	if (state_vectors < 2)
		memset(in + STATE_VSR(0), 0, 32 * 16);
	for (n = 0; n < 32 && state_vectors == 2; n++)
		memcpy(in + STATE_VSR(n), in + STATE_FPR(n), 8);
}

void state_adjust(void *in)
{
	/* Distinct fields, but for one bit; carry. */
	unsigned long cr = 0x82418421, cr234 = cr & 0x00fff000;
	unsigned long cr6 = cr & 0x02000000, xer = 0x20000000;

	adjust_vectors(in);
	memcpy((char *)in + STATE_CR, &cr, sizeof(cr));
	memcpy((char *)in + STATE_CR234, &cr234, sizeof(cr234));
	memcpy((char *)in + STATE_CR6, &cr6, sizeof(cr6));
	memcpy((char *)in + STATE_XER, &xer, sizeof(xer));
}

unsigned long *arch_pc(void *context)
{
	ucontext_t *uc = context;

#ifdef __powerpc64__
	return &uc->uc_mcontext.gp_regs[NIP];
#else
	return &uc->uc_mcontext.uc_regs->gregs[NIP];
#endif
}

#ifndef __powerpc64__
/* Along the back chain, on which a signal's frame lies too. */
__attribute__((noipa)) int arch_walk(void **frame, int max)
{
	unsigned long **sp = __builtin_frame_address(0);
	int n = 0;

	while (n < max && (sp = (unsigned long **)*sp))
		frame[n++] = sp[ABI_LR / STATE_WORD];
	return n;
}
#endif

/* Behind addis r2, r12; addi r2, r2, if the function has them. */
unsigned long arch_local_entry(unsigned long code)
{
	return (*(const uint32_t *)code & 0xffff0000) == 0x3c4c0000 ? code + 8 :
								      code;
}
