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
#define KEPT (REG_LIVE | REG_PT)

#ifdef __powerpc64__
#define FOR_PPC(flags) 0
#define FOR_64(flags) flags
#else
#define FOR_PPC(flags) flags
#define FOR_64(flags) 0
#endif

/* The lower halves of vs0 to vs31 are nobody's: no argument lies there. */
const struct state_reg state_regs[] = {
	/* r0: the parent; r12 and CTR the thunk takes. */
	R(0, REG_GIVEN),
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
	R(12, REG_GIVEN),
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
	{ "parent", STATE_PARENT, STATE_WORD, REG_LIVE | REG_GIVEN },
	/* Where a call through a stub left the caller's r2. */
	{ "toc", STATE_TOC, STATE_WORD, FOR_64(REG_LIVE) | FOR_PPC(REG_GIVEN) },
	{ "stack", STATE_STACK, 2 * STATE_WORD, REG_LIVE },
	{ "stack2", STATE_STACK + 2 * STATE_WORD, 2 * STATE_WORD, REG_LIVE },
	{ "stack4", STATE_STACK + 4 * STATE_WORD, 2 * STATE_WORD, REG_LIVE },
	{ "stack6", STATE_STACK + 6 * STATE_WORD, 2 * STATE_WORD, REG_LIVE },
	F(0, 0),
	F(1, REG_LIVE),
	F(2, REG_LIVE),
	F(3, REG_LIVE),
	F(4, REG_LIVE),
	F(5, REG_LIVE),
	F(6, REG_LIVE),
	F(7, REG_LIVE),
	F(8, REG_LIVE),
	F(9, FOR_64(REG_LIVE)),
	F(10, FOR_64(REG_LIVE)),
	F(11, FOR_64(REG_LIVE)),
	F(12, FOR_64(REG_LIVE)),
	F(13, FOR_64(REG_LIVE)),
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
	V(0, 0),
	V(1, 0),
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
	V(14, 0),
	V(15, 0),
	V(16, 0),
	V(17, 0),
	V(18, 0),
	V(19, 0),
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
	{ NULL, 0, 0, 0 },
};

const char *const state_args[] = { "gpr3", "gpr4", "gpr5", "gpr6",  "gpr7",
				   "gpr8", "gpr9", "gpr10", NULL };
const char *const state_fp = "sp";

void state_adjust(void *in)
{
	/* Distinct fields, but for one bit; carry. */
	unsigned long cr = 0x82418421, cr234 = cr & 0x00fff000;
	unsigned long cr6 = cr & 0x02000000, xer = 0x20000000;

	state_vectors = (getauxval(AT_HWCAP) & PPC_FEATURE_HAS_ALTIVEC) != 0;
	if (!state_vectors)
		memset((char *)in + STATE_VR(0), 0, 32 * 16);

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
