/* SPDX-License-Identifier: MIT */
/* i386: sites, thunks, and how to store into running code. */
#include "../../generic/internal.h"

#include <cpuid.h>

#include "insn.h"

/*
 * The site, five bytes, possibly behind endbr32:
 *
 *	compiled			disabled		enabled
 *	90 90 90 90 90			66 66 66 66 90		e8 rel32
 *	66 90 66 90 90			66 66 66 66 90		e8 rel32
 *	0f 1f 44 00 08			66 66 66 66 90		e8 rel32
 *	e8 rel32			66 66 66 66 90		e8 rel32
 *
 * by gcc, by clang for an old CPU and for a newer one, for -mfentry (no PIC).
 * Where the host lets faults be caught: 0f 1f 44 00 00, if the CPU has it.
 */
#define KIND_ENDBR	1u	/* endbr32 before it */
#define WHY_HEAD	2u
#define WHY_CALL	4u

/* CPU_OLD has no store of eight bytes. */
/* AVX-512 without its larger opmasks: conservative mode does not know it. */
enum cpu {
	CPU_UNKNOWN, CPU_OLD, CPU_PLAIN, CPU_SSE, CPU_AVX, CPU_AVX512F,
	CPU_AVX512,
};

/* What entry.S asks XGETBV for: what is in use, or what there is. */
unsigned int ftrace_xgetbv __attribute__((visibility("hidden")));

static enum cpu cpu_ask(void)
{
	const unsigned int ymm = 2 | 4, zmm = ymm | 32 | 64 | 128;
	unsigned int a, b, c, d, xcr0 = 0;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(d & bit_CMPXCHG8B))
		return CPU_OLD;
	if (!(d & bit_SSE))
		return CPU_PLAIN;
	/* what of the vector registers the system keeps */
	if (c & bit_OSXSAVE)
		__asm__ volatile("xgetbv" : "=a"(xcr0) : "c"(0) : "edx");
	if (!(c & bit_AVX) || (xcr0 & ymm) != ymm)
		return CPU_SSE;
	if (__get_cpuid_count(13, 1, &a, &b, &c, &d))
		WRITE_ONCE(ftrace_xgetbv, a >> 2 & 1);
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX512F) ||
	    (xcr0 & zmm) != zmm)
		return CPU_AVX;
	return b & bit_AVX512BW ? CPU_AVX512 : CPU_AVX512F;
}

static enum cpu cpu(void)
{
	static enum cpu known;	/* asking twice gives the same answer */

	if (!READ_ONCE(known))
		WRITE_ONCE(known, cpu_ask());
	return READ_ONCE(known);
}

unsigned int arch_ftrace_store_size(unsigned long ip)
{
	if ((ip & 7) + MCOUNT_INSN_SIZE <= 8 && cpu() >= CPU_PLAIN)
		return 8;
	if ((ip & 15) + MCOUNT_INSN_SIZE <= 16 && cpu() >= CPU_AVX)
		return 16;
	return 0;
}

static bool is_endbr(const unsigned char *p)
{
	return !memcmp(p, I386_INSN_ENDBR32, 4);
}

/* One instruction, which another may replace while it is being executed. */
static bool is_one(const unsigned char *p)
{
	return p[0] == I386_INSN_CALL || !memcmp(p, I386_INSN_NOP5, 5) ||
	       !memcmp(p, I386_INSN_NOP5_DATA16, 5) ||
	       !memcmp(p, I386_INSN_NOP5_JMP, 5) ||
	       !memcmp(p, I386_INSN_NOP5_CLANG, 5);
}

static bool is_site(const unsigned char *p)
{
	return is_one(p) || !memcmp(p, I386_INSN_NOP1X5, 5) ||
	       !memcmp(p, I386_INSN_NOP212, 5);
}

unsigned long ftrace_call_adjust(unsigned long addr)
{
	const unsigned char *p = (const unsigned char *)addr;

	if (is_endbr(p))
		p += 4;
	return is_site(p) ? (unsigned long)p : 0;
}

bool arch_ftrace_is_prologue(unsigned long start, const struct dyn_ftrace *rec)
{
	return (rec->arch & KIND_ENDBR) && start == rec->ip - 4;
}

/* entry.S: each nop, to be tried */
void ftrace_try_nop5(void), ftrace_try_data16(void);

/*
 * The best of three that this CPU executes: a fault tells, no name of a CPU.
 * Without leave to catch one, that which all have executed since the 386.
 */
static const char *nop_choose(void)
{
	if (!ftrace_host->try_code)
		return I386_INSN_NOP5_DATA16;
	if (!ftrace_host->try_code(ftrace_try_nop5))
		return I386_INSN_NOP5;
	if (!ftrace_host->try_code(ftrace_try_data16))
		return I386_INSN_NOP5_DATA16;
	return I386_INSN_NOP5_JMP;
}

uint64_t arch_ftrace_chosen_nop;	/* registration lock */

int ftrace_init_nop(struct ftrace_module *mod, struct dyn_ftrace *rec)
{
	unsigned char old[12] = { 0 };	/* endbr32, the site, three more */
	unsigned char *ip = old + 4;
	unsigned long before = rec->ip - mod->text < 4 ? 0 : 4;
	int err;

	err = ftrace_text_read(rec->ip - before, ip - before, before + 5);
	if (err)
		return err;
	rec->arch = is_endbr(old) ? KIND_ENDBR : 0;
	/* No store of its head is one store: nothing can be done while it runs. */
	if ((rec->ip & 7) == 7 && !arch_ftrace_store_size(rec->ip)) {
		rec->arch |= WHY_HEAD;
		return -EINVAL;
	}
	if (!is_site(ip))
		return -EINVAL;
	/* Of what nobody runs yet no other tracer has got hold. */
	if (!(mod->flags & FTRACE_MODULE_FRESH) &&
	    i386_insn_calls_out(ip, rec->ip, mod->text, mod->text_end)) {
		rec->arch |= WHY_CALL;
		return -EINVAL;
	}
	if (!arch_ftrace_chosen_nop)
		memcpy(&arch_ftrace_chosen_nop, nop_choose(), 8);
	return ftrace_text_change(rec, rec->ip, ip, &arch_ftrace_chosen_nop, 5);
}

const char *arch_ftrace_why(const struct dyn_ftrace *rec)
{
	if (rec->arch & WHY_CALL)
		return "another tracer's call is at its site";
	return rec->arch & WHY_HEAD ?
		       "its first two bytes lie in two aligned quadwords, so "
		       "that it cannot be changed while it is being executed" :
		       NULL;
}

int arch_ftrace_text_prot(const void *property, size_t size)
{
	(void)property;
	(void)size;
	return 0;
}

/* One store of the aligned @size bytes around a change. */
static void around(const struct ftrace_change *c, unsigned int size,
		   struct ftrace_store *st)
{
	st->addr = c->addr & ~(unsigned long)(size - 1);
	st->len = size;
	memcpy(st->old, (const void *)st->addr, size);
	memcpy(st->new, st->old, size);
	memcpy(st->new + (c->addr - st->addr), c->new, c->len);
}

static void part(const struct ftrace_change *c, unsigned int from,
		 unsigned int len, const void *bytes, struct ftrace_store *st)
{
	st->addr = c->addr + from;
	st->len = len;
	memcpy(st->old, c->old + from, len);
	memcpy(st->new, bytes, len);
}

/*
 * Best first, by where the site lies: one aligned quadword; 16 aligned bytes,
 * whose store is single where the CPU has AVX; head, tail, head, while the
 * head is a jump over the tail. The last serves nop and call only: from call
 * to call it would let calls by. See x86_64 for the manuals.
 */
int arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
			   struct ftrace_store st[FTRACE_TEXT_STEPS])
{
	unsigned int size = arch_ftrace_store_size(c->addr);
	unsigned char over[2];

	/* Other instructions than one for one need everybody out of the way. */
	if (!alone && !is_one(c->old))
		return -EAGAIN;
	if (size) {
		around(c, size, st);
		return 1;
	}
	if (alone) {
		part(c, 0, c->len, c->new, st);
		return 1;
	}
	if (c->old[0] == I386_INSN_CALL && c->new[0] == I386_INSN_CALL)
		return -EAGAIN;
	i386_insn_jmp_over_tail(over);
	part(c, 0, 2, over, &st[0]);
	part(c, 2, 3, c->new + 2, &st[1]);
	part(c, 0, 2, c->new, &st[2]);
	return 3;
}

/* A plain store of eight bytes would be two, or go through the x87's stack. */
static void store_8(void *dst, const unsigned char *bytes)
{
	uint64_t was, new;

	memcpy(&new, bytes, 8);
	memcpy(&was, dst, 8);
	while (!__atomic_compare_exchange_n((uint64_t *)dst, &was, new, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* Asked for on a CPU with AVX only, whatever this is compiled for. */
__attribute__((target("sse2")))
static void store_16(void *dst, const unsigned char *bytes)
{
	__asm__ volatile("movdqu %1, %%xmm0\n\tmovdqa %%xmm0, %0"
			 : "=m"(*(unsigned char(*)[16])dst)
			 : "m"(*(const unsigned char(*)[16])bytes)
			 : "xmm0");
}

void arch_ftrace_write(unsigned long ip, long alias, uint64_t insn)
{
	unsigned int size = (ip & 7) + MCOUNT_INSN_SIZE <= 8 ? 8 : 16;
	unsigned long at = ip & ~(unsigned long)(size - 1);
	unsigned char all[16] __attribute__((aligned(16)));

	memcpy(all, (const void *)at, size);
	memcpy(all + (ip - at), &insn, MCOUNT_INSN_SIZE);
	if (size == 8)
		store_8((void *)(at + alias), all);
	else
		store_16((void *)(at + alias), all);
}

void arch_ftrace_store(void *dst, const struct ftrace_store *st)
{
	uint16_t head;

	switch (st->len) {
	case 16:
		store_16(dst, st->new);
		break;
	case 8:
		store_8(dst, st->new);
		break;
	case 2:
		memcpy(&head, st->new, 2);
		__atomic_store_n((uint16_t *)dst, head, __ATOMIC_RELEASE);
		break;
	default:
		memcpy(dst, st->new, st->len);
	}
}

/* entry.S */
extern char ftrace_caller[], ftrace_regs_caller[];
extern char ftrace_caller_sse[], ftrace_regs_caller_sse[];
extern char ftrace_caller_avx[], ftrace_regs_caller_avx[];
extern char ftrace_caller_avx512[], ftrace_regs_caller_avx512[];
extern char ftrace_keep_caller[], ftrace_keep_caller_sse[];
extern char ftrace_keep_caller_avx[], ftrace_keep_caller_avx512[];

unsigned long arch_ftrace_entry(enum ftrace_entry kind)
{
	static const char *const entry[][3] = {
		[CPU_OLD ... CPU_PLAIN] = { ftrace_caller, ftrace_regs_caller,
					    ftrace_keep_caller },
		[CPU_SSE] = { ftrace_caller_sse, ftrace_regs_caller_sse,
			      ftrace_keep_caller_sse },
		[CPU_AVX] = { ftrace_caller_avx, ftrace_regs_caller_avx,
			      ftrace_keep_caller_avx },
		[CPU_AVX512F] = { ftrace_caller_avx512,
				  ftrace_regs_caller_avx512, NULL },
		[CPU_AVX512] = { ftrace_caller_avx512,
				 ftrace_regs_caller_avx512,
				 ftrace_keep_caller_avx512 },
	};

	return (unsigned long)entry[cpu()][kind];
}

void arch_ftrace_write_keeper(void *dst, unsigned long thunk,
			      unsigned long slot, unsigned long ip)
{
	(void)ip;
	arch_ftrace_write_thunk(dst, thunk, slot);
}

/* Torn bytes, of a site that is being changed, are a no. */
bool arch_ftrace_calls(unsigned long ip, unsigned long addr)
{
	const unsigned char *p = (const unsigned char *)ip;

	return p[0] == I386_INSN_CALL && i386_insn_call_target(p, ip) == addr;
}

/* push $slot; jmp *slot->entry: no register is free at a site */
void arch_ftrace_write_thunk(void *dst, unsigned long thunk, unsigned long slot)
{
	unsigned char *p = dst;

	(void)thunk;
	memset(p, I386_INSN_INT3, FTRACE_THUNK_SIZE);
	i386_insn_push(p, slot);
	i386_insn_jmp_mem(p + 5, slot + FTRACE_SLOT_ENTRY);
}

unsigned long arch_ftrace_code(const void *fn)
{
	return (unsigned long)fn;
}

void arch_ftrace_write_trial(void *dst, unsigned int n)
{
	i386_insn_return(dst, n);
}

int arch_ftrace_run_trial(unsigned long addr)
{
	return ((int (*)(void))addr)();
}
