/* SPDX-License-Identifier: MIT */
/* arm64: sites, thunks, and how to store into running code. */
#include "../../generic/internal.h"

#include <elf.h>
#include <sys/auxv.h>

#include "insn.h"
#include "regs.h"

/*
 * The site, two instructions, possibly behind bti c and before paciasp:
 *
 *	compiled		disabled		enabled
 *	nop			mov	x9, x30		mov	x9, x30
 *	nop			nop			bl	thunk
 *
 *	nop			nop			nop
 *	nop			nop			b	thunk
 *
 * The lower one is in a conservative module, where x9 may be in use and the
 * link register must stay: its thunk jumps back.
 *
 * A record's ip is that of the second, the only one that ever changes again.
 * The bl loses the function's own return address, so the first keeps it. It
 * stays while the site is disabled: x9 is free where a function starts, and a
 * thread that stands between the two may then see either second instruction.
 */
#define SITE_SIZE (2 * ARM64_INSN_SIZE)

#define LR_KEPT 9
#define LR 30

/* rec->arch of a record that was refused */
#define REFUSED_CALL 2u
#define REFUSED_VARIANT 3u

#ifndef GNU_PROPERTY_AARCH64_FEATURE_1_AND
#define GNU_PROPERTY_AARCH64_FEATURE_1_AND 0xc0000000
#endif
#ifndef GNU_PROPERTY_AARCH64_FEATURE_1_BTI
#define GNU_PROPERTY_AARCH64_FEATURE_1_BTI (1u << 0)
#endif
#ifndef HWCAP_SVE
#define HWCAP_SVE (1ul << 22)
#endif
#ifndef HWCAP2_BTI
#define HWCAP2_BTI (1ul << 17)
#endif
#ifndef PROT_BTI
#define PROT_BTI 0x10
#endif

static uint32_t keep_lr(void)
{
	return arm64_insn_mov(LR_KEPT, LR);
}

static bool is_pad(uint32_t insn)
{
	return insn == arm64_insn_bti_c() || insn == arm64_insn_bti_jc();
}

static bool is_nops(const uint32_t *p)
{
	return p[0] == arm64_insn_nop() && p[1] == arm64_insn_nop();
}

/* A site as compiled, as we leave it, or as another tracer has it. */
static bool is_site(const uint32_t *p)
{
	if (p[0] == keep_lr())
		return p[1] == arm64_insn_nop() || arm64_insn_is_bl(p[1]);
	return is_nops(p);
}

/* Behind a landing pad, if there is one: what clang may have recorded. */
static const uint32_t *behind_pad(const uint32_t *p)
{
	return is_pad(*p) ? p + 1 : p;
}

/*
 * -fpatchable-function-entry=4,2 records the two nops in front of the
 * function, which no call runs; they are data of other tracers. The site is
 * the other two. So of two pairs in a row the second is taken, which is right
 * for plain =4 as well.
 */
unsigned long ftrace_call_adjust(unsigned long addr)
{
	const uint32_t *p = (const uint32_t *)addr;

	if (addr % ARM64_INSN_SIZE)
		return 0;
	if (is_nops(p) && is_site(behind_pad(p + 2)))
		p += 2;
	p = behind_pad(p);
	return is_site(p) ? (unsigned long)(p + 1) : 0;
}

/*
 * rec->arch: bit PROLOGUE + n is set if a function that starts n instructions
 * before the site's first has its site there: a landing pad or a nop, nops
 * behind it. Text may be unreadable when somebody asks.
 */
#define PROLOGUE	8
#define PROLOGUE_MAX	((FTRACE_SITE_MAX_OFFSET - ARM64_INSN_SIZE) / \
			 ARM64_INSN_SIZE)

static uint32_t prologue_of(unsigned long first)
{
	uint32_t insn, bits = 1u << PROLOGUE;
	unsigned int n;

	for (n = 1; n <= PROLOGUE_MAX; n++) {
		if (ftrace_text_read(first - n * ARM64_INSN_SIZE, &insn,
				     sizeof(insn)))
			break;
		if (!is_pad(insn) && insn != arm64_insn_nop())
			break;
		bits |= 1u << (PROLOGUE + n);
		if (is_pad(insn))
			break;
	}
	return bits;
}

bool arch_ftrace_is_prologue(unsigned long start, const struct dyn_ftrace *rec)
{
	unsigned long before = rec->ip - ARM64_INSN_SIZE - start;

	return before % ARM64_INSN_SIZE == 0 &&
	       before / ARM64_INSN_SIZE <= PROLOGUE_MAX &&
	       rec->arch & 1u << (PROLOGUE + before / ARM64_INSN_SIZE);
}

int ftrace_init_nop(struct ftrace_module *mod, struct dyn_ftrace *rec)
{
	bool keeps = mod->flags & FTRACE_MODULE_CONSERVATIVE;
	const uint32_t nops[2] = { arm64_insn_nop(), arm64_insn_nop() };
	const uint32_t ready[2] = { keep_lr(), arm64_insn_nop() };
	const uint32_t *new = keeps ? nops : ready;
	unsigned long site = rec->ip - ARM64_INSN_SIZE;
	uint32_t old[2];
	int err;

	err = ftrace_text_read(site, old, SITE_SIZE);
	if (err)
		return err;
	rec->arch = prologue_of(site);
	/*
	 * A vector or SVE function keeps more of q8-q23, or z8-z23 and p4-p15,
	 * than callbacks do; and that is but what we know of today.
	 */
	if ((rec->flags & FTRACE_FL_VARIANT) && !keeps) {
		rec->arch |= REFUSED_VARIANT;
		return -EINVAL;
	}
	/* Done before, by this library or another copy of it. */
	if (!memcmp(old, new, SITE_SIZE))
		return 0;
	if (!is_nops(old) && memcmp(old, ready, SITE_SIZE)) {
		rec->arch |= REFUSED_CALL;
		return -EINVAL;
	}
	return ftrace_text_change(rec, site, old, new, SITE_SIZE);
}

const char *arch_ftrace_why(const struct dyn_ftrace *rec)
{
	switch (rec->arch & ((1u << PROLOGUE) - 1)) {
	case REFUSED_CALL:
		return "another tracer's call is at its site";
	case REFUSED_VARIANT:
		return "it keeps more registers than the base procedure call "
		       "standard, and callbacks do not";
	default:
		return NULL;
	}
}

/* One property of the note at *@p; steps over it. NULL when there is none. */
static const uint32_t *next_property(const unsigned char **p,
				     const unsigned char *end)
{
	const uint32_t *property = (const uint32_t *)*p;
	size_t room = (size_t)(end - *p), size;

	if (room < 8)
		return NULL;
	size = 8 + (((size_t)property[1] + 7) & ~(size_t)7);
	if (size > room)
		return NULL;
	*p += size;
	return property;
}

/*
 * A page keeps its landing pads checked only if every mprotect asks for it,
 * and a CPU without BTI refuses to be asked.
 */
int arch_ftrace_text_prot(const void *property, size_t size)
{
	const unsigned char *p = property, *end;
	const uint32_t *word;
	Elf64_Nhdr note;

	if (!p || size < sizeof(note) + 4 ||
	    !(getauxval(AT_HWCAP2) & HWCAP2_BTI))
		return 0;
	memcpy(&note, p, sizeof(note));
	p += sizeof(note) + 4;
	size -= sizeof(note) + 4;
	if (note.n_type != NT_GNU_PROPERTY_TYPE_0 || note.n_namesz != 4 ||
	    memcmp(p - 4, "GNU", 4) || note.n_descsz > size)
		return 0;
	for (end = p + note.n_descsz; (word = next_property(&p, end));)
		if (word[0] == GNU_PROPERTY_AARCH64_FEATURE_1_AND &&
		    word[1] >= 4 &&
		    (word[2] & GNU_PROPERTY_AARCH64_FEATURE_1_BTI))
			return PROT_BTI;
	return 0;
}

/*
 * nop and bl are of the few instructions that may be changed into each other
 * while other cores run them: each runs the old or the new. Two at once, or
 * mov, are not.
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

/* Release: who runs the new bl finds the slot of its thunk filled in. */
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

unsigned long arch_ftrace_entry(enum ftrace_entry kind)
{
	/* entry.S */
	extern char ftrace_caller[], ftrace_caller_sve[];
	extern char ftrace_keep_caller[], ftrace_keep_caller_sve[];
	bool sve = getauxval(AT_HWCAP) & HWCAP_SVE;

	switch (kind) {
	case FTRACE_ENTRY_ARGS:
		return (unsigned long)(sve ? ftrace_caller_sve : ftrace_caller);
	case FTRACE_ENTRY_KEEP:
		return (unsigned long)(sve ? ftrace_keep_caller_sve :
					     ftrace_keep_caller);
	default:
		return 0;
	}
}

/*
 * adr x16, slot; ldr x17, [x16]; br x17. Both registers are free at any call,
 * which may pass a veneer; an indirect jump through either may land on bti c.
 */
void arch_ftrace_write_thunk(void *dst, unsigned long thunk, unsigned long slot)
{
	const uint32_t insn[FTRACE_THUNK_SIZE / ARM64_INSN_SIZE] = {
		arm64_insn_adr(16, thunk, slot),
		arm64_insn_ldr(17, 16, FTRACE_SLOT_ENTRY),
		arm64_insn_br(17),
		arm64_insn_brk(0),	/* no straight-line speculation */
	};

	memcpy(dst, insn, FTRACE_THUNK_SIZE);
}

/*
 * x16 and the parent's address are on the stack while the entry runs, and it
 * returns to the fifth instruction, with everything but these two as it was.
 * What it has to know beside the slot lies behind the last.
 */
void arch_ftrace_write_keeper(void *dst, unsigned long thunk,
			      unsigned long slot, unsigned long ip)
{
	const uint32_t insn[6] = {
		arm64_insn_push(16, LR, KEEPER_FRAME),
		arm64_insn_adr(16, thunk + 4, slot),
		arm64_insn_ldr(LR, 16, FTRACE_SLOT_ENTRY),
		arm64_insn_blr(LR),
		arm64_insn_pop(16, LR, KEEPER_FRAME),
		arm64_insn_b(thunk + 20, ip + MCOUNT_INSN_SIZE),
	};
	unsigned long behind = ip + MCOUNT_INSN_SIZE;

	memcpy(dst, insn, sizeof(insn));
	memcpy((char *)dst + 16 + KEEPER_IP, &behind, sizeof(behind));
}

bool arch_ftrace_calls(unsigned long ip, unsigned long addr)
{
	return *(const volatile uint32_t *)ip == arm64_insn_bl(ip, addr);
}

unsigned long arch_ftrace_code(const void *fn)
{
	return (unsigned long)fn;
}

void arch_ftrace_write_trial(void *dst, unsigned int n)
{
	const uint32_t insn[2] = { arm64_insn_movz(0, (uint16_t)n),
				   arm64_insn_ret() };

	memcpy(dst, insn, sizeof(insn));
}

int arch_ftrace_run_trial(unsigned long addr)
{
	return ((int (*)(void))addr)();
}
