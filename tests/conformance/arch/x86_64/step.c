/* SPDX-License-Identifier: MIT */
/* x86_64: at every single instruction of a traced call the stack unwinds. */
#include <string.h>
#include <unwind.h>

#include "arch-cases.h"

#define APART __attribute__((noipa))

int main(int argc, char **argv);

/* Registers that a callee keeps, as the tables number them. */
static const int kept[] = { 3, 6, 12, 13, 14, 15 };
#define NR_KEPT (sizeof(kept) / sizeof(kept[0]))

/* What one walk from the interrupted instruction met. */
struct walk {
	unsigned int frames;
	bool traced, caller, main;
	unsigned long reg[NR_KEPT];	/* the caller's */
};

static unsigned long steps, lost;
static struct walk first;	/* inside the traced function or beyond */

#define TRAP_FLAG(insn)                             \
	__asm__ volatile("pushfq\n\t"               \
			 ".cfi_adjust_cfa_offset 8\n\t" \
			 insn ", (%%rsp)\n\t"       \
			 "popfq\n\t"                \
			 ".cfi_adjust_cfa_offset -8" ::: "memory", "cc")

static APART long step_caller(void)
{
	long r;

	/* The trap flag: a signal behind each instruction from here on. */
	TRAP_FLAG("orl $0x100");
	r = traced_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
	TRAP_FLAG("andl $~0x100");
	return r;
}

/* Small functions, all of them. */
static bool in(unsigned long pc, const void *fn)
{
	return pc - (unsigned long)fn < 256;
}

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *arg)
{
	unsigned long pc = _Unwind_GetIP(context);
	struct walk *w = arg;
	size_t i;

	for (i = 0; i < NR_KEPT && in(pc, (const void *)step_caller); i++)
		w->reg[i] = _Unwind_GetGR(context, kept[i]);
	w->traced |= in(pc, (const void *)traced_ten);
	w->caller |= in(pc, (const void *)step_caller);
	/* It need not be small. */
	w->main |= w->caller && pc - (unsigned long)main < 4096;
	return w->frames++ < 100 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static HANDLER void step(int sig, siginfo_t *info, void *context)
{
	struct walk w = { .frames = 0 };
	unsigned long pc = *arch_pc(context);
	bool outside = in(pc, (const void *)step_caller);

	(void)sig;
	(void)info;
	_Unwind_Backtrace(look, &w);
	steps++;
	if (!outside && !first.frames)
		first = w;
	if (w.caller && w.main &&
	    (outside || (w.traced && !memcmp(w.reg, first.reg, sizeof(w.reg)))))
		return;
	if (lost++ < 10)
		note("lost at %#lx:%s%s%s", pc, w.traced ? "" : " traced",
		     w.caller ? "" : " caller", w.main ? "" : " main");
}

static void walk_on(unsigned long flags, unsigned int ops, bool direct)
{
	unsigned long ip = ftrace_location(CODE(traced_ten));
	unsigned long addr = CODE(direct_one);
	static struct probe p[2];
	unsigned int i;

	if (direct)
		value("direct", (unsigned long)register_ftrace_direct(ip, addr),
		      0);
	for (i = 0; i < ops; i++) {
		probe_init(&p[i], flags);
		probe_on(&p[i], (const void *)traced_ten);
		register_ftrace_function(&p[i].ops);
	}
	steps = first.frames = 0;
	value("result", (unsigned long)step_caller(), 385);
	count("lost", lost, 0);
	value("steps", steps > 40, true);
	note("%lu steps", steps);
	for (i = 0; i < ops; i++)
		value("unregister",
		      (unsigned long)unregister_ftrace_function(&p[i].ops), 0);
	if (direct)
		value("direct",
		      (unsigned long)unregister_ftrace_direct(ip, addr), 0);
}

void unwind_step(void)
{
	struct sigaction sa = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };

	value("sigaction", (unsigned long)sigaction(SIGTRAP, &sa, NULL), 0);
	walk_on(0, 1, false);
	walk_on(FTRACE_OPS_FL_SAVE_REGS, 1, false);
	walk_on(0, 2, false);
	walk_on(FTRACE_OPS_FL_SAVE_REGS, 2, false);
	walk_on(0, 1, true);
	walk_on(FTRACE_OPS_FL_SAVE_REGS, 1, true);
	walk_on(0, 0, true);
}
