/* SPDX-License-Identifier: MIT */
/* powerpc: thunks, and the entries that they lead to. */
#include "../../generic/internal.h"

#include <sys/auxv.h>

#include "abi.h"
#include "insn.h"

#define HWCAP_ALTIVEC 0x10000000	/* PPC_FEATURE_HAS_ALTIVEC */
#define HWCAP_VSX 0x00000080		/* PPC_FEATURE_HAS_VSX */
#define HWCAP2_ISA3 0x00800000		/* PPC_FEATURE2_ARCH_3_00 */

/* entry.S; the code itself, also where functions have descriptors */
extern char ftrace_caller[], ftrace_regs_caller[], ftrace_keep_caller[];
extern char ftrace_caller_scalar[], ftrace_regs_caller_scalar[];
extern char ftrace_keep_caller_scalar[], ftrace_keep_caller_vsx[];
#ifdef __powerpc64__
extern char ftrace_caller_isa3[], ftrace_regs_caller_isa3[];
#else	/* AltiVec's serve there, too */
#define ftrace_caller_isa3 ftrace_caller
#define ftrace_regs_caller_isa3 ftrace_regs_caller
#endif

unsigned long arch_ftrace_entry(enum ftrace_entry kind)
{
	static const char *const entry[][3] = {
		{ ftrace_caller_scalar, ftrace_regs_caller_scalar,
		  ftrace_keep_caller_scalar },
		{ ftrace_caller, ftrace_regs_caller, ftrace_keep_caller },
		{ ftrace_caller, ftrace_regs_caller, ftrace_keep_caller_vsx },
		{ ftrace_caller_isa3, ftrace_regs_caller_isa3,
		  ftrace_keep_caller_vsx },
	};
	unsigned long hwcap = getauxval(AT_HWCAP);
	bool isa3 = getauxval(AT_HWCAP2) & HWCAP2_ISA3;
	unsigned int vectors = hwcap & HWCAP_VSX ? 2 + isa3 :
			       hwcap & HWCAP_ALTIVEC ? 1 : 0;

	return (unsigned long)entry[vectors][kind];
}

#define R0 0
#define R1 1
#define R12 12

static uint32_t load(unsigned int rt, int disp, unsigned int ra)
{
	return sizeof(long) > 4 ? powerpc_insn_ld(rt, (int16_t)disp, ra) :
				  powerpc_insn_lwz(rt, (int16_t)disp, ra);
}

static uint32_t store(unsigned int rs, int disp, unsigned int ra)
{
	return sizeof(long) > 4 ? powerpc_insn_std(rs, (int16_t)disp, ra) :
				  powerpc_insn_stw(rs, (int16_t)disp, ra);
}

/* All of an address but its low 16 bits, which may be negative. */
static uint32_t *put_high(uint32_t *p, unsigned int reg, unsigned long addr)
{
	const uint64_t a = addr + 0x8000;

	if (sizeof(addr) > 4) {
		*p++ = powerpc_insn_lis(reg, (uint16_t)(a >> 48));
		*p++ = powerpc_insn_ori(reg, reg, (uint16_t)(a >> 32));
		*p++ = powerpc_insn_sldi(reg, reg, 32);
		*p++ = powerpc_insn_oris(reg, reg, (uint16_t)(a >> 16));
	} else {
		*p++ = powerpc_insn_lis(reg, (uint16_t)(a >> 16));
	}
	return p;
}

static uint32_t *put_address(uint32_t *p, unsigned int reg, unsigned long addr)
{
	p = put_high(p, reg, addr);
	*p++ = powerpc_insn_addi(reg, reg, (int16_t)addr);
	return p;
}

/*
 * CTR = slot->entry; r12 = slot; bctr. Only these two are free: the slot's
 * address is put together twice, as its entry has to pass through r12.
 */
void arch_ftrace_write_thunk(void *dst, unsigned long thunk, unsigned long slot)
{
	uint32_t *p = dst, *end = p + FTRACE_THUNK_SIZE / 4;

	(void)thunk;
	p = put_high(p, R12, slot + FTRACE_SLOT_ENTRY);
	*p++ = load(R12, (int16_t)(slot + FTRACE_SLOT_ENTRY), R12);
	*p++ = powerpc_insn_mtctr(R12);
	p = put_address(p, R12, slot);
	*p++ = POWERPC_INSN_BCTR;
	while (p < end)
		*p++ = POWERPC_INSN_TRAP;
}

/*
 * All that is lost is r0, r12 and LR, and those go where the entry finds them;
 * CTR is not needed, as blrl calls the entry. It returns with r12 and all but
 * r0 and LR put back.
 */
void arch_ftrace_write_keeper(void *dst, unsigned long thunk,
			      unsigned long slot, unsigned long ip)
{
	const int frame = ABI_KEEPER_FRAME;
	uint32_t *p = dst, *end = p + FTRACE_KEEPER_SIZE / 4;

	if (frame)
		*p++ = powerpc_insn_stwu(R1, -frame, R1);
	*p++ = store(R0, frame + ABI_KEEPER_R0, R1);
	*p++ = store(R12, frame + ABI_KEEPER_R12, R1);
	*p++ = POWERPC_INSN_MFLR_R0;
	*p++ = store(R0, frame + ABI_LR_SAVE, R1);
	p = put_address(p, R12, slot);
	*p++ = load(R0, FTRACE_SLOT_ENTRY, R12);
	*p++ = powerpc_insn_mtlr(R0);
	*p++ = POWERPC_INSN_BLRL;
	*p++ = load(R0, frame + ABI_LR_SAVE, R1);
	*p++ = powerpc_insn_mtlr(R0);
	*p++ = load(R0, frame + ABI_KEEPER_R0, R1);
	if (frame)
		*p++ = powerpc_insn_addi(R1, R1, frame);
	/* ABI_KEEPER_BACK behind the blrl */
	thunk += (unsigned long)((char *)p - (char *)dst);
	*p++ = powerpc_insn_b(thunk, ip + MCOUNT_INSN_SIZE);
	while (p < end)
		*p++ = POWERPC_INSN_TRAP;
}
