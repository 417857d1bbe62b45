/* SPDX-License-Identifier: MIT */
/* powerpc: its own cases; and what pt_regs has beside the function's state. */
#include <string.h>

#include <ftrace/asm/ptrace.h>
#include <ftrace/module.h>

#include "../../conformance.h"
#include "objects.h"

static unsigned long own(int n)
{
	unsigned long v;

	if (n == 2)
		__asm__("mr %0, 2" : "=r"(v));
	else
		__asm__("mr %0, 13" : "=r"(v));
	return v;
}

/* What the thunk left, what is the thread's, what only a kernel knows. */
static void look_around(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	const struct pt_regs *r = ftrace_get_regs(fregs);

	probe_hit(ip, parent_ip, op, fregs);
	value("gpr0", r->gpr[0], parent_ip);
	value("gpr1", r->gpr[1], ftrace_regs_get_stack_pointer(fregs));
	if (sizeof(long) == 4)
		value("gpr2", r->gpr[2], own(2));
	value("gpr13", r->gpr[13], own(13));
	/* r12 is the slot, whose first word is the entry. */
	value("ctr", r->ctr, *(const unsigned long *)r->gpr[12]);
	value("nip", r->nip, ip + MCOUNT_INSN_SIZE);
	value("link", r->link, parent_ip);
	value("orig_gpr3", r->orig_gpr3, 1);
	value("msr", r->msr, 0);
#ifdef __powerpc64__
	value("softe", r->softe, 0);
#else
	value("mq", r->mq, 0);
#endif
	value("trap", r->trap, 0);
	value("dar", r->dar, 0);
	value("dsisr", r->dsisr, 0);
	value("result", r->result, 0);
}

/* So that a word which is not stored is noticed. */
__attribute__((noipa)) static void soil_stack(void)
{
	unsigned char below[4096];

	memset(below, 0x5a, sizeof(below));
	__asm__ volatile("" :: "r"(below) : "memory");
}

static void regs_around(void)
{
	struct probe p;

	probe_init(&p, FTRACE_OPS_FL_SAVE_REGS);
	p.ops.func = look_around;
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	soil_stack();
	traced_one(1);
	count("hits", p.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

static unsigned long word_of(const unsigned char *state, unsigned int offset)
{
	unsigned long v;

	memcpy(&v, state + offset, sizeof(v));
	return v;
}

static unsigned char in[STATE_SIZE] __attribute__((aligned(16)));
static unsigned char after[STATE_SIZE];

/* What is the thunk's elsewhere is the function's, and may be changed. */
static void look_and_change(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct pt_regs *r = ftrace_get_regs(fregs);

	probe_hit(ip, parent_ip, op, fregs);
	value("gpr0", r->gpr[0], word_of(in, STATE_GPR(0)));
	value("gpr12", r->gpr[12], word_of(in, STATE_GPR(12)));
	value("ctr", r->ctr, word_of(in, STATE_CTR));
	value("nip", r->nip, ip + MCOUNT_INSN_SIZE);
	value("link", r->link, parent_ip);
	r->gpr[0]++;
	r->gpr[12] += 2;
	r->ctr += 3;
	state_bounce_to = r->link;
	r->link = CODE(state_bounce);
}

static void regs_kept(void)
{
	struct probe p;
	unsigned int i;

	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	for (i = 0; i < STATE_SIZE; i++)
		in[i] = (unsigned char)(11 * i + i / 7 + 3);
	state_adjust(in);
	probe_init(&p, 0);
	p.ops.func = look_and_change;
	probe_on(&p, state_target);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	state_call(in, after);
	count("hits", p.hits, 1);
	value("gpr0", word_of(state_seen, STATE_GPR(0)),
	      word_of(in, STATE_GPR(0)) + 1);
	value("gpr12", word_of(state_seen, STATE_GPR(12)),
	      word_of(in, STATE_GPR(12)) + 2);
	value("ctr", word_of(state_seen, STATE_CTR),
	      word_of(in, STATE_CTR) + 3);
	value("link", word_of(state_seen, STATE_PARENT), CODE(state_bounce));
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

const struct conf_case arch_cases[] = {
	{ "regs_around", "-", regs_around },
	{ "regs_kept", "-", regs_kept },
#if !CONF_STATIC
	{ "objects_third", "-", objects_third },
	{ "objects_large", "-", objects_large },
	{ "objects_kept", "-", objects_kept },
	{ "sites_patchable", "-", sites_patchable },
#endif
	{ "sites_mixed", "-", sites_mixed },
	{ "sites_running", "-", sites_running },
	{ NULL, NULL, NULL },
};
