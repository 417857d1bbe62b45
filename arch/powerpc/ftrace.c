/* SPDX-License-Identifier: MIT */
/* powerpc: sites, thunks, and how to store into running code. */
#include "../../generic/internal.h"

#include "insn.h"

/*
 * The site, the second of two instructions behind the TOC set-up:
 *
 *	compiled		disabled	enabled
 *	mflr r0			mflr r0		mflr r0
 *	bl _mcount		nop		bl thunk
 *
 * The leftover mflr costs an instruction and is harmless: r0 is free at a
 * function's entry. It saves the parent's address from the bl, and it is
 * always there, so that no thread is ever between two instructions of a site.
 * A record's ip is that of the bl.
 */

/* In rec->arch: what stands before mflr r0, or why the site was refused. */
enum {
	KIND_TOC_SETUP = 1,
	REFUSED_FOREIGN,
	REFUSED_BEFORE_TOC,
	REFUSED_WITHOUT_MFLR,
};

/* From the local entry, and from the global entry if they differ, to ip. */
#define FROM_LOCAL_ENTRY	4
#define FROM_GLOBAL_ENTRY	12

/* No page is smaller. */
#define PAGE_MIN 4096

/* The instruction in front of @addr, if there is one to read. */
static bool insn_before(unsigned long addr, uint32_t *insn)
{
	/* Nobody vouches for the page before the one that holds @addr. */
	if (!(addr % PAGE_MIN))
		return !ftrace_text_read(addr - 4, insn, 4);
	*insn = *(const uint32_t *)(addr - 4);
	return true;
}

/* mflr r0; bl, or what ftrace_init_nop() makes of it. */
static bool is_mcount_site(unsigned long addr, uint32_t insn)
{
	uint32_t before;

	return (powerpc_insn_is_bl(insn) || insn == POWERPC_INSN_NOP) &&
	       insn_before(addr, &before) && before == POWERPC_INSN_MFLR_R0;
}

/*
 * A patchable function entry gets a record as well: it cannot be traced, and
 * the record can say why.
 */
unsigned long ftrace_call_adjust(unsigned long addr)
{
	uint32_t insn;

	if (addr % 4)
		return 0;
	insn = *(const uint32_t *)addr;
	if (insn == POWERPC_INSN_NOP || is_mcount_site(addr, insn))
		return addr;
	return 0;
}

bool arch_ftrace_is_prologue(unsigned long start, const struct dyn_ftrace *rec)
{
	if (rec->arch > KIND_TOC_SETUP)
		return false;
	return start == rec->ip - FROM_LOCAL_ENTRY ||
	       (rec->arch == KIND_TOC_SETUP &&
		start == rec->ip - FROM_GLOBAL_ENTRY);
}

static bool has_toc_setup(const struct ftrace_module *mod, unsigned long ip)
{
	uint32_t insn[2];

	return ip - mod->text >= FROM_GLOBAL_ENTRY &&
	       !ftrace_text_read(ip - FROM_GLOBAL_ENTRY, insn, sizeof(insn)) &&
	       powerpc_insn_is_toc_setup(insn[0], insn[1]);
}

/* Why nops without mflr r0 in front are not a site: by what follows them. */
static uint32_t why_not(unsigned long addr)
{
	uint32_t insn[2];

	while (!ftrace_text_read(addr, insn, sizeof(insn))) {
		if (powerpc_insn_is_toc_setup(insn[0], insn[1]))
			return REFUSED_BEFORE_TOC;
		if (insn[0] != POWERPC_INSN_NOP)
			return REFUSED_WITHOUT_MFLR;
		addr += 4;
	}
	return REFUSED_FOREIGN;
}

int ftrace_init_nop(struct ftrace_module *mod, struct dyn_ftrace *rec)
{
	const uint32_t nop[2] = { POWERPC_INSN_NOP };
	uint32_t insn[2] = { 0 };
	int err;

	err = ftrace_text_read(rec->ip, insn, sizeof(insn[0]));
	if (err)
		return err;
	if (!is_mcount_site(rec->ip, insn[0])) {
		rec->arch = insn[0] == POWERPC_INSN_NOP ?
				    why_not(rec->ip) : REFUSED_FOREIGN;
		return -EINVAL;
	}
	rec->arch = has_toc_setup(mod, rec->ip) ? KIND_TOC_SETUP : 0;
	return ftrace_text_change(rec, rec->ip, insn, nop, 4);
}

const char *arch_ftrace_why(const struct dyn_ftrace *rec)
{
	switch (rec->arch) {
	case REFUSED_FOREIGN:
		return "the site is not mflr r0; bl _mcount";
	case REFUSED_BEFORE_TOC:
		return "its nops lie before the TOC set-up, where calls from "
		       "the same object do not come by; build it with -pg "
		       "-mprofile-kernel instead of -fpatchable-function-entry";
	case REFUSED_WITHOUT_MFLR:
		return "its nops have no mflr r0 before them; build it with "
		       "-pg -mprofile-kernel instead of "
		       "-fpatchable-function-entry";
	}
	return NULL;
}

int arch_ftrace_text_prot(const void *property, size_t size)
{
	(void)property;
	(void)size;
	return 0;
}

/* One aligned word: a core executes the old or the new instruction. */
int arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
			   struct ftrace_store st[FTRACE_TEXT_STEPS])
{
	(void)alone;
	st->addr = c->addr;
	st->len = c->len;
	memcpy(st->old, c->old, c->len);
	memcpy(st->new, c->new, c->len);
	return 1;
}

void arch_ftrace_store(void *dst, const struct ftrace_store *st)
{
	uint32_t insn;

	memcpy(&insn, st->new, sizeof(insn));
	__atomic_store_n((uint32_t *)dst, insn, __ATOMIC_RELEASE);
}

/* entry.S; the code itself, also where functions have descriptors */
extern char ftrace_caller[], ftrace_regs_caller[];

unsigned long arch_ftrace_entry(enum ftrace_entry kind)
{
	return (unsigned long)(kind == FTRACE_ENTRY_REGS ? ftrace_regs_caller :
							   ftrace_caller);
}

bool arch_ftrace_calls(unsigned long ip, unsigned long addr)
{
	return *(const volatile uint32_t *)ip == powerpc_insn_bl(ip, addr);
}

#define R12 12

#if defined(__powerpc64__)
static uint32_t *put_address(uint32_t *p, unsigned int reg, unsigned long addr)
{
	*p++ = powerpc_insn_lis(reg, (uint16_t)(addr >> 48));
	*p++ = powerpc_insn_ori(reg, reg, (uint16_t)(addr >> 32));
	*p++ = powerpc_insn_sldi(reg, reg, 32);
	*p++ = powerpc_insn_oris(reg, reg, (uint16_t)(addr >> 16));
	*p++ = powerpc_insn_ori(reg, reg, (uint16_t)addr);
	return p;
}
#else
#error "missing definition of put_address"
#endif

/*
 * CTR = slot->entry; r12 = slot; bctr. Only these two are free: the slot's
 * address is put together twice, as its entry has to pass through r12.
 */
void arch_ftrace_write_thunk(void *dst, unsigned long thunk, unsigned long slot)
{
	uint32_t *p = dst, *end = p + FTRACE_THUNK_SIZE / 4;

	(void)thunk;
	p = put_address(p, R12, slot);
	*p++ = powerpc_insn_ld(R12, FTRACE_SLOT_ENTRY, R12);
	*p++ = powerpc_insn_mtctr(R12);
	p = put_address(p, R12, slot);
	*p++ = POWERPC_INSN_BCTR;
	while (p < end)
		*p++ = POWERPC_INSN_TRAP;
}

#define R3 3

void arch_ftrace_write_trial(void *dst, unsigned int n)
{
	const uint32_t insn[2] = { powerpc_insn_li(R3, (uint16_t)n),
				   POWERPC_INSN_BLR };

	memcpy(dst, insn, sizeof(insn));
}

/* ELFv2: a pointer is the global entry. */
#if _CALL_ELF == 2
unsigned long arch_ftrace_code(const void *fn)
{
	return (unsigned long)fn;
}

int arch_ftrace_run_trial(unsigned long addr)
{
	return ((int (*)(void))addr)();
}
#else
#error "missing definition of arch_ftrace_code"
#endif
