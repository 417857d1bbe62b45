/* SPDX-License-Identifier: MIT */
/* powerpc: sites, and how to store into running code. */
#include "../../generic/internal.h"

#include "abi.h"
#include "insn.h"

/*
 * The site, two instructions; ppc64le compilers leave the second kind only:
 *
 *	compiled			disabled	enabled
 *	nop		mflr r0		mflr r0		mflr r0
 *	nop		bl _mcount	nop		bl thunk
 *
 *	in a conservative module:
 *	nop				nop		nop
 *	nop				nop		b thunk
 *			mflr r0		mr r0, r0	mr r0, r0
 *			bl _mcount	nop		b thunk
 *
 * The leftover mflr costs an instruction and is harmless: r0 is free at a
 * function's entry. It saves the parent's address from the bl, and it is
 * always there, so that no thread is ever between two instructions of a site.
 * In a conservative module r0 may not be free; the other nop tells a site whose
 * second instruction is recorded from one whose first is. A record's ip is that
 * of the second.
 */
#define SITE_SIZE 8

/* rec->arch: why the site was refused, */
enum {
	REFUSED_FOREIGN = 1,
	REFUSED_BEFORE_TOC,
	REFUSED_ONE_NOP,
	REFUSED_CALL,
};

/*
 * and bit PROLOGUE + n is set if a function that starts n instructions before
 * the site's first has its site there. Text may be unreadable when somebody
 * asks.
 */
#define PROLOGUE	8
#define PROLOGUE_MAX	2

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

static bool is_nops(const uint32_t *p)
{
	return p[0] == POWERPC_INSN_NOP && p[1] == POWERPC_INSN_NOP;
}

/* What ftrace_init_nop() leaves, if that is not two nops. */
static bool is_ours(const uint32_t *p)
{
	return (p[0] == POWERPC_INSN_MFLR_R0 || p[0] == POWERPC_INSN_MR_R0) &&
	       p[1] == POWERPC_INSN_NOP;
}

static bool is_mcount(const uint32_t *p)
{
	return p[0] == POWERPC_INSN_MFLR_R0 && powerpc_insn_is_bl(p[1]);
}

/*
 * A call of _mcount is recorded itself, nops by the first. With =4,2 the two
 * nops in front of the function are recorded, which no call runs; they are
 * data of other tracers. So of two pairs in a row the second is taken, which
 * is right for plain =4 as well. What is no pair gets a record too: it cannot
 * be traced, and the record can say why.
 */
unsigned long ftrace_call_adjust(unsigned long addr)
{
	const uint32_t *p = (const uint32_t *)addr;
	uint32_t site[2];

	if (addr % 4)
		return 0;
	site[1] = *p;
	if (insn_before(addr, &site[0]) && (is_ours(site) || is_mcount(site)))
		return addr;
	if (is_nops(p) && (is_nops(p + 2) || is_ours(p + 2)))
		p += 2;
	if (p[0] == POWERPC_INSN_NOP || is_ours(p) || is_mcount(p))
		return (unsigned long)(p + 1);
	return 0;
}

bool arch_ftrace_is_prologue(unsigned long start, const struct dyn_ftrace *rec)
{
	unsigned long before = rec->ip - 4 - start;

	return before % 4 == 0 && before / 4 <= PROLOGUE_MAX &&
	       rec->arch & 1u << (PROLOGUE + before / 4);
}

/* A TOC set-up, which calls from the same object skip, or nops. */
static uint32_t prologue_of(const struct ftrace_module *mod, unsigned long site)
{
	uint32_t bits = 1u << PROLOGUE, insn[PROLOGUE_MAX];
	unsigned int n;

	if (site - mod->text < sizeof(insn) ||
	    ftrace_text_read(site - sizeof(insn), insn, sizeof(insn)))
		return bits;
	if (powerpc_insn_is_toc_setup(insn[0], insn[1]))
		return bits | 1u << (PROLOGUE + 2);
	for (n = 1; n <= PROLOGUE_MAX; n++) {
		if (insn[PROLOGUE_MAX - n] != POWERPC_INSN_NOP)
			break;
		bits |= 1u << (PROLOGUE + n);
	}
	return bits;
}

/* Do nops from here on end where a TOC set-up begins? */
static bool is_before_toc(unsigned long addr)
{
	uint32_t insn[2];

	for (; !ftrace_text_read(addr, insn, sizeof(insn)); addr += 4) {
		if (powerpc_insn_is_toc_setup(insn[0], insn[1]))
			return true;
		if (insn[0] != POWERPC_INSN_NOP)
			return false;
	}
	return false;
}

/*
 * _mcount lies in the same module, or a stub for it does: the call is the
 * linker's. A call that leaves is another tracer's; of code that nobody runs yet
 * there is none.
 */
static bool leaves(const struct ftrace_module *mod, unsigned long ip,
		   uint32_t insn)
{
	unsigned long to = powerpc_insn_bl_target(ip, insn);

	return !(mod->flags & FTRACE_MODULE_FRESH) &&
	       (to < mod->text || to >= mod->text_end);
}

static uint32_t refused(const struct ftrace_module *mod, unsigned long ip,
			const uint32_t *old)
{
	if (is_mcount(old))
		return leaves(mod, ip, old[1]) ? REFUSED_CALL : 0;
	if (is_ours(old))
		return 0;
	if (old[0] != POWERPC_INSN_NOP)
		return REFUSED_FOREIGN;
	if (is_before_toc(ip))
		return REFUSED_BEFORE_TOC;
	return is_nops(old) ? 0 : REFUSED_ONE_NOP;
}

/* The second instruction becomes a nop, whatever the first is. */
static int init_second(struct dyn_ftrace *rec, const uint32_t *site)
{
	const uint32_t old[2] = { site[1] }, nop[2] = { POWERPC_INSN_NOP };

	return ftrace_text_change(rec, rec->ip, old, nop, MCOUNT_INSN_SIZE);
}

/* None of it needs to find the threads elsewhere. */
static int init_keeper(struct dyn_ftrace *rec, const uint32_t *old)
{
	const uint32_t new[2] = { POWERPC_INSN_MR_R0, POWERPC_INSN_NOP };
	unsigned long site = rec->ip - 4;
	int err;

	if (old[0] != POWERPC_INSN_MFLR_R0)
		return init_second(rec, old);
	if (!is_mcount(old))
		return ftrace_text_change(rec, site, old, new, 4);
	err = ftrace_text_change(rec, site, old, new, SITE_SIZE);
	/* The compiler's own mflr may stay: r0 was never live behind it. */
	return err == -EAGAIN ? init_second(rec, old) : err;
}

int ftrace_init_nop(struct ftrace_module *mod, struct dyn_ftrace *rec)
{
	const uint32_t new[2] = { POWERPC_INSN_MFLR_R0, POWERPC_INSN_NOP };
	unsigned long site = rec->ip - 4;
	uint32_t old[2], why;
	int err;

	err = ftrace_text_read(site, old, sizeof(old));
	if (err)
		return err;
	why = refused(mod, rec->ip, old);
	rec->arch = prologue_of(mod, site) | why;
	if (why)
		return -EINVAL;
	if (mod->flags & FTRACE_MODULE_CONSERVATIVE)
		return init_keeper(rec, old);
	if (old[0] == new[0])
		return init_second(rec, old);
	/* A thread may stand between two nops: then it is to be conservative. */
	return ftrace_text_change(rec, site, old, new, SITE_SIZE);
}

const char *arch_ftrace_why(const struct dyn_ftrace *rec)
{
	switch (rec->arch & ((1u << PROLOGUE) - 1)) {
	case REFUSED_FOREIGN:
		return "the site is neither two nops nor mflr r0; bl _mcount";
	case REFUSED_BEFORE_TOC:
		return "its nops lie before the TOC set-up, where calls from "
		       "the same object do not come by; build it with -pg "
		       "-mprofile-kernel instead of -fpatchable-function-entry";
	case REFUSED_ONE_NOP:
		return "a single nop has no room for mflr r0 and a call; "
		       "build it with -fpatchable-function-entry=2";
	case REFUSED_CALL:
		return "another tracer's call is at its site";
	}
	return NULL;
}

int arch_ftrace_text_prot(const void *property, size_t size)
{
	(void)property;
	(void)size;
	return 0;
}

/*
 * One aligned word: a core executes the old or the new instruction. Of two a
 * thread may stand in between.
 */
int arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
			   struct ftrace_store st[FTRACE_TEXT_STEPS])
{
	if (c->len != MCOUNT_INSN_SIZE && !alone)
		return -EAGAIN;
	st->addr = c->addr;
	st->len = c->len;
	memcpy(st->old, c->old, c->len);
	memcpy(st->new, c->new, c->len);
	return 1;
}

void arch_ftrace_store(void *dst, const struct ftrace_store *st)
{
	uint32_t insn;

	if (st->len != MCOUNT_INSN_SIZE) {
		memcpy(dst, st->new, st->len);
		return;
	}
	memcpy(&insn, st->new, sizeof(insn));
	__atomic_store_n((uint32_t *)dst, insn, __ATOMIC_RELEASE);
}

bool arch_ftrace_calls(unsigned long ip, unsigned long addr)
{
	return *(const volatile uint32_t *)ip == powerpc_insn_bl(ip, addr);
}

/* ELFv2: a pointer is the global entry. ELFv1: it leads to three words. */
unsigned long arch_ftrace_code(const void *fn)
{
	return ABI_DESCRIPTORS ? *(const unsigned long *)fn : (unsigned long)fn;
}

#define R3 3

void arch_ftrace_write_trial(void *dst, unsigned int n)
{
	const uint32_t insn[2] = { powerpc_insn_li(R3, (uint16_t)n),
				   POWERPC_INSN_BLR };

	memcpy(dst, insn, sizeof(insn));
}

int arch_ftrace_run_trial(unsigned long addr)
{
	unsigned long descriptor[3] = { addr, 0, 0 };
	unsigned long fn = ABI_DESCRIPTORS ? (unsigned long)descriptor : addr;

	/* The call reads them, which compilers are not told. */
	__asm__ volatile("" :: "r"(descriptor) : "memory");
	return ((int (*)(void))fn)();
}
