/* SPDX-License-Identifier: MIT */
/* x86_64: sites, thunks, and how to store into running code. */
#include "../../generic/internal.h"

#include <cpuid.h>

#include "insn.h"
#include "regs.h"

/*
 * The site, five bytes, possibly behind endbr64:
 *
 *	compiled		disabled		enabled
 *	90 90 90 90 90		0f 1f 44 00 00		e8 rel32
 *	0f 1f 44 00 08		0f 1f 44 00 00		e8 rel32
 *	e8 rel32		0f 1f 44 00 00		e8 rel32
 *	67 e8 rel32		67 0f 1f 44 00 00	67 e8 rel32
 *	ff 15 rel32		67 0f 1f 44 00 00	67 e8 rel32
 *
 * by gcc, by clang, for -mfentry: without PIE, in a PIE, in a shared object.
 *
 * A record's ip is that of the e8: the prefix, which a call ignores, keeps the
 * six-byte kinds in step with the others.
 */
#define KIND_6_BYTES	1u	/* a prefix before ip */
#define KIND_ENDBR	2u	/* endbr64 before that */
#define WHY_HEAD	4u
#define WHY_CALL	8u

/* AVX-512 without its larger opmasks: conservative mode does not know it. */
enum cpu { CPU_UNKNOWN, CPU_SSE, CPU_AVX, CPU_AVX512F, CPU_AVX512 };

/* What entry.S asks XGETBV for: what is in use, or what there is. */
unsigned int ftrace_xgetbv __attribute__((visibility("hidden")));

/* mov %xcr0, %eax: what of the vector registers the system keeps */
static unsigned int xcr0(void)
{
	unsigned int lo, hi;

	__asm__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return lo;
}

static enum cpu cpu_ask(void)
{
	const unsigned int ymm = 2 | 4, zmm = ymm | 32 | 64 | 128;
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_AVX) ||
	    !(c & bit_OSXSAVE) || (xcr0() & ymm) != ymm)
		return CPU_SSE;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX512F) ||
	    (xcr0() & zmm) != zmm)
		return CPU_AVX;
	return b & bit_AVX512BW ? CPU_AVX512 : CPU_AVX512F;
}

static bool tells_in_use(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(13, 1, &a, &b, &c, &d) && (a & 4);
}

static enum cpu cpu(void)
{
	static enum cpu known;	/* asking twice gives the same answer */

	if (!READ_ONCE(known)) {
		WRITE_ONCE(ftrace_xgetbv, tells_in_use());
		WRITE_ONCE(known, cpu_ask());
	}
	return READ_ONCE(known);
}

bool arch_ftrace_stores_16(void)
{
	return cpu() >= CPU_AVX;
}

static bool is_endbr(const unsigned char *p)
{
	return !memcmp(p, X86_64_INSN_ENDBR64, 4);
}

static bool is_six(const unsigned char *p)
{
	return !memcmp(p, X86_64_INSN_CALL_IND, 2) ||
	       (p[0] == X86_64_INSN_ADDR32 &&
		(p[1] == X86_64_INSN_CALL || p[1] == X86_64_INSN_JMP));
}

static bool is_five(const unsigned char *p)
{
	return !memcmp(p, X86_64_INSN_NOP1X5, 5) ||
	       !memcmp(p, X86_64_INSN_NOP5_CLANG, 5) ||
	       !memcmp(p, X86_64_INSN_NOP5, 5) || p[0] == X86_64_INSN_CALL ||
	       p[0] == X86_64_INSN_JMP;
}

unsigned long ftrace_call_adjust(unsigned long addr)
{
	const unsigned char *p = (const unsigned char *)addr;

	if (is_endbr(p))
		p += 4;
	if (is_six(p))
		return (unsigned long)(p + 1);
	return is_five(p) ? (unsigned long)p : 0;
}

bool arch_ftrace_is_prologue(unsigned long start, const struct dyn_ftrace *rec)
{
	unsigned long first = rec->ip - (rec->arch & KIND_6_BYTES ? 1 : 0);

	return start == first ||
	       ((rec->arch & KIND_ENDBR) && start == first - 4);
}

int ftrace_init_nop(struct ftrace_module *mod, struct dyn_ftrace *rec)
{
	/* endbr64, prefix, and the five bytes at ip, which eight are read of */
	unsigned char old[13] = { 0 }, new[9] = { X86_64_INSN_ADDR32 };
	unsigned char *ip = old + 5;
	unsigned long before = rec->ip - mod->text < 5 ? 0 : 5;
	int err;

	err = ftrace_text_read(rec->ip - before, ip - before, before + 5);
	if (err)
		return err;
	if (is_six(ip - 1))
		rec->arch = KIND_6_BYTES | (is_endbr(ip - 5) ? KIND_ENDBR : 0);
	else
		rec->arch = is_endbr(ip - 4) ? KIND_ENDBR : 0;
	/* No store of its head is one store: nothing can be done while it runs. */
	if ((rec->ip & 7) == 7 && !arch_ftrace_modifiable(rec->ip)) {
		rec->arch |= WHY_HEAD;
		return -EINVAL;
	}
	/* Of what nobody runs yet no other tracer has got hold. */
	if (!(mod->flags & FTRACE_MODULE_FRESH) &&
	    x86_64_insn_calls_out(ip, rec->ip, mod->text, mod->text_end)) {
		rec->arch |= WHY_CALL;
		return -EINVAL;
	}
	memcpy(new + 1, X86_64_INSN_NOP5, 5);
	if (rec->arch & KIND_6_BYTES)
		return ftrace_text_change(rec, rec->ip - 1, ip - 1, new, 6);
	if (!is_five(ip))
		return -EINVAL;
	return ftrace_text_change(rec, rec->ip, ip, new + 1, 5);
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

/* One store of the aligned quadword, or two, around a site. */
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

static bool is_five_nops(const unsigned char *p)
{
	return !memcmp(p, X86_64_INSN_NOP1X5, 5);
}

static bool is_nop(const unsigned char *p)
{
	return !memcmp(p, X86_64_INSN_NOP5, 5);
}

/* One instruction of six bytes for another: one store, or behind its prefix. */
static int six_bytes(const struct ftrace_change *c,
		     struct ftrace_store st[FTRACE_TEXT_STEPS])
{
	struct ftrace_change five = { c->rec, c->addr + 1, 5, "", "" };
	unsigned int size = (c->addr & 7) + 6 <= 8 ? 8 : 16;

	if (c->old[0] == c->new[0]) {
		memcpy(five.old, c->old + 1, 5);
		memcpy(five.new, c->new + 1, 5);
		return arch_ftrace_text_steps(&five, false, st);
	}
	if (size > 8 && ((c->addr & 15) + 6 > 16 || !arch_ftrace_stores_16()))
		return -EAGAIN;
	around(c, size, st);
	return 1;
}

/*
 * Best first, by where the site lies: one aligned quadword; 16 aligned bytes,
 * whose store is single where the CPU has AVX; head, tail, head, while the
 * head is a jump over the tail. The last serves nop and call only: from call
 * to call it would let calls by.
 */
int arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
			   struct ftrace_store st[FTRACE_TEXT_STEPS])
{
	unsigned char over[2];

	/* Other instructions than one for one need everybody out of the way. */
	if (!alone && is_five_nops(c->old))
		return -EAGAIN;
	if (!alone && c->len != MCOUNT_INSN_SIZE)
		return six_bytes(c, st);
	if (c->len == MCOUNT_INSN_SIZE && arch_ftrace_modifiable(c->addr)) {
		around(c, x86_64_in_quadword(c->addr) ? 8 : 16, st);
		return 1;
	}
	if (alone) {
		part(c, 0, c->len, c->new, st);
		return 1;
	}
	if (!is_nop(c->old) && !is_nop(c->new))
		return -EAGAIN;
	x86_64_insn_jmp_over_tail(over);
	part(c, 0, 2, over, &st[0]);
	part(c, 2, 3, c->new + 2, &st[1]);
	part(c, 0, 2, c->new, &st[2]);
	return 3;
}

void arch_ftrace_store(void *dst, const struct ftrace_store *st)
{
	uint64_t quad;
	uint16_t head;

	switch (st->len) {
	case 16:
		x86_64_store_16(dst, st->new);
		break;
	case 8:
		memcpy(&quad, st->new, 8);
		__atomic_store_n((uint64_t *)dst, quad, __ATOMIC_RELEASE);
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
extern char ftrace_caller_avx[], ftrace_regs_caller_avx[];
extern char ftrace_caller_avx512[], ftrace_regs_caller_avx512[];
extern char ftrace_keep_caller[], ftrace_keep_caller_avx[];
extern char ftrace_keep_caller_avx512[];
extern char ftrace_graph_entry[], ftrace_graph_regs_entry[];
extern char ftrace_graph_entry_avx[], ftrace_graph_regs_entry_avx[];
extern char ftrace_graph_entry_avx512[], ftrace_graph_regs_entry_avx512[];

unsigned long arch_ftrace_entry(enum ftrace_entry kind)
{
	static const char *const entry[][5] = {
		[CPU_SSE] = { ftrace_caller, ftrace_regs_caller,
			      ftrace_keep_caller, ftrace_graph_entry,
			      ftrace_graph_regs_entry },
		[CPU_AVX] = { ftrace_caller_avx, ftrace_regs_caller_avx,
			      ftrace_keep_caller_avx, ftrace_graph_entry_avx,
			      ftrace_graph_regs_entry_avx },
		[CPU_AVX512F] = { ftrace_caller_avx512,
				  ftrace_regs_caller_avx512, NULL,
				  ftrace_graph_entry_avx512,
				  ftrace_graph_regs_entry_avx512 },
		[CPU_AVX512] = { ftrace_caller_avx512,
				 ftrace_regs_caller_avx512,
				 ftrace_keep_caller_avx512,
				 ftrace_graph_entry_avx512,
				 ftrace_graph_regs_entry_avx512 },
	};

	return (unsigned long)entry[cpu()][kind];
}

/* Torn bytes, of a site that is being changed, are a no. */
bool arch_ftrace_calls(unsigned long ip, unsigned long addr)
{
	const unsigned char *p = (const unsigned char *)ip;

	return p[0] == X86_64_INSN_CALL && x86_64_insn_call_target(p) == addr;
}

unsigned long arch_ftrace_code(const void *fn)
{
	return (unsigned long)fn;
}

void arch_ftrace_write_trial(void *dst, unsigned int n)
{
	x86_64_insn_return(dst, n);
}

int arch_ftrace_run_trial(unsigned long addr)
{
	return ((int (*)(void))addr)();
}
