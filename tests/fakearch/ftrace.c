/* SPDX-License-Identifier: MIT */
/* The fake machine: sites, and how to store into running code. */
#include "../../generic/internal.h"
#include "insn.h"

unsigned long fake_features = FTRACE_FEATURE_ARGS | FTRACE_FEATURE_REGS |
			      FTRACE_FEATURE_DIRECT | FTRACE_FEATURE_GRAPH;

/*
 * The site, eight bytes, possibly behind a pad:
 *
 *	compiled	disabled	enabled
 *	GAP		NOP		CALL rel32
 *	TWO		NOP		CALL rel32
 *	ODD		refused
 */
#define KIND_PADDED	1u	/* rec->arch */
#define WHY_ODD		2u
#define WHY_HEAD	4u
#define WHY_VARIANT	8u

unsigned long ftrace_call_adjust(unsigned long addr)
{
	if (fake_insn_is(addr, FAKE_INSN_PAD))
		addr += FAKE_INSN_SIZE;
	if (fake_insn_is(addr, FAKE_INSN_GAP) ||
	    fake_insn_is(addr, FAKE_INSN_TWO) ||
	    fake_insn_is(addr, FAKE_INSN_NOP) ||
	    fake_insn_is(addr, FAKE_INSN_ODD))
		return addr;
	return 0;
}

bool arch_ftrace_is_prologue(unsigned long start, const struct dyn_ftrace *rec)
{
	return rec->arch == KIND_PADDED && rec->ip - start == FAKE_INSN_SIZE;
}

static const char *compiled(const unsigned char *now)
{
	if (!memcmp(now, FAKE_INSN_NOP, FAKE_INSN_SIZE))
		return FAKE_INSN_NOP;
	return memcmp(now, FAKE_INSN_TWO, FAKE_INSN_SIZE) ? FAKE_INSN_GAP :
							    FAKE_INSN_TWO;
}

int ftrace_init_nop(struct ftrace_module *mod, struct dyn_ftrace *rec)
{
	unsigned char now[FAKE_INSN_SIZE];
	int err = ftrace_text_read(rec->ip, now, sizeof(now));

	if (err)
		return err;
	if (rec->ip - mod->text >= FAKE_INSN_SIZE &&
	    fake_insn_is(rec->ip - FAKE_INSN_SIZE, FAKE_INSN_PAD))
		rec->arch = KIND_PADDED;
	if (rec->flags & FTRACE_FL_VARIANT) {
		rec->arch = WHY_VARIANT;
		return -EINVAL;
	}
	if (!memcmp(now, FAKE_INSN_ODD, sizeof(now))) {
		rec->arch = WHY_ODD;
		return -EINVAL;
	}
	if (!fake_one_store(rec->ip, FAKE_HEAD_SIZE)) {
		rec->arch = WHY_HEAD;
		return -EINVAL;
	}
	return ftrace_text_change(rec, rec->ip, compiled(now), FAKE_INSN_NOP,
				  FAKE_INSN_SIZE);
}

const char *arch_ftrace_why(const struct dyn_ftrace *rec)
{
	if (rec->arch == WHY_HEAD)
		return "no store of its head is one store";
	if (rec->arch == WHY_VARIANT)
		return "it keeps more registers than callbacks do";
	return rec->arch == WHY_ODD ? "its site is odd" : NULL;
}

int arch_ftrace_text_prot(const void *property, size_t size)
{
	(void)property;
	(void)size;
	return 0;
}

static void part(const struct ftrace_change *c, unsigned int from,
		 unsigned int len, const void *bytes, struct ftrace_store *st)
{
	st->addr = c->addr + from;
	st->len = len;
	memcpy(st->old, c->old + from, len);
	memcpy(st->new, bytes, len);
}

static bool is_call(const unsigned char *p)
{
	return fake_insn_target((unsigned long)p);
}

/*
 * One store if it can be, else head, tail, head, with the head a jump over the
 * tail meanwhile. From call to call that would let calls by.
 */
int arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
			   struct ftrace_store st[FTRACE_TEXT_STEPS])
{
	const unsigned int head = FAKE_HEAD_SIZE, tail = c->len - head;

	/* A thread may stand in the middle of it. */
	if (!alone && !memcmp(c->old, FAKE_INSN_TWO, FAKE_INSN_SIZE))
		return -EAGAIN;
	if (alone || fake_one_store(c->addr, c->len)) {
		part(c, 0, c->len, c->new, st);
		return 1;
	}
	if (!fake_one_store(c->addr, head) || (is_call(c->old) && is_call(c->new)))
		return -EAGAIN;
	part(c, 0, head, FAKE_INSN_SKIP, &st[0]);
	part(c, head, tail, c->new + head, &st[1]);
	part(c, 0, head, c->new, &st[2]);
	memcpy(st[2].old, FAKE_INSN_SKIP, head);
	return 3;
}

void arch_ftrace_store(void *dst, const struct ftrace_store *st)
{
	memcpy(dst, st->new, st->len);
}

bool arch_ftrace_calls(unsigned long ip, unsigned long addr)
{
	return fake_insn_target(ip) == addr;
}

unsigned long arch_ftrace_code(const void *fn)
{
	return (unsigned long)fn;
}

void arch_ftrace_write_trial(void *dst, unsigned int n)
{
	memset(dst, 0, FTRACE_TRIAL_SIZE);
	memcpy(dst, &n, sizeof(n));
}

int arch_ftrace_run_trial(unsigned long addr)
{
	return *(const volatile int *)addr;
}
