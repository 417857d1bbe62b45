/* SPDX-License-Identifier: MIT */
/* x86: a signal at every single instruction of a traced call. */
#include <string.h>
#include <unwind.h>

#include "arch-cases.h"

#define APART __attribute__((noipa))

int main(int argc, char **argv);

/* Registers that a callee keeps, as the tables number them. */
static const int kept[] = STEP_KEPT;
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
	__asm__ volatile("pushf\n\t"                \
			 ".cfi_adjust_cfa_offset " STEP_WORD "\n\t" \
			 insn ", (%%" STEP_SP ")\n\t" \
			 "popf\n\t"                 \
			 ".cfi_adjust_cfa_offset -" STEP_WORD ::: "memory", "cc")

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

	for (i = 0; i < NR_KEPT && in(pc, step_caller); i++)
		w->reg[i] = _Unwind_GetGR(context, kept[i]);
	w->traced |= in(pc, traced_ten);
	w->caller |= in(pc, step_caller);
	/* It need not be small. */
	w->main |= w->caller && pc - (unsigned long)main < 4096;
	return w->frames++ < 100 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void (*step_hook)(unsigned long pc);

static HANDLER void step(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	steps++;
	step_hook(*arch_pc(context));
}

static void steps_to(void (*hook)(unsigned long pc))
{
	struct sigaction sa = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };

	step_hook = hook;
	value("sigaction", (unsigned long)sigaction(SIGTRAP, &sa, NULL), 0);
}

/* From each instruction the stack unwinds. */
static void walk(unsigned long pc)
{
	struct walk w = { .frames = 0 };
	bool outside = in(pc, step_caller);

	if (STEP_EXEMPT(pc))
		return;
	_Unwind_Backtrace(look, &w);
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
		probe_on(&p[i], traced_ten);
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
	steps_to(walk);
	walk_on(0, 1, false);
	walk_on(FTRACE_OPS_FL_SAVE_REGS, 1, false);
	walk_on(0, 2, false);
	walk_on(FTRACE_OPS_FL_SAVE_REGS, 2, false);
	walk_on(0, 1, true);
	walk_on(FTRACE_OPS_FL_SAVE_REGS, 1, true);
	walk_on(0, 0, true);
}

/*
 * In each handler a traced function is called, with the client that was
 * interrupted and another. Whatever moment that was, the first is held to be
 * running when it calls its own function.
 */
static struct probe busy, beside;
static unsigned long at_ten, wrong;

static APART void call_two(unsigned long pc)
{
	(void)pc;
	wrong += traced_two(1) != 3;
}

static APART void calls_ten(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (ip == ftrace_location(CODE(traced_ten)) && at_ten++ < 10)
		traced_ten(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

static void interrupt(unsigned long flags, unsigned int others)
{
	struct ftrace_stats before, after;
	struct probe other;

	ftrace_get_stats(&before);
	probe_init(&busy, flags);
	busy.ops.func = calls_ten;
	probe_on(&busy, traced_ten);
	probe_on(&busy, traced_two);
	probe_init(&beside, flags);
	probe_on(&beside, traced_two);
	register_ftrace_function(&busy.ops);
	register_ftrace_function(&beside.ops);
	if (others) {
		probe_init(&other, 0);
		probe_on(&other, traced_ten);
		register_ftrace_function(&other.ops);
	}
	steps = at_ten = wrong = 0;
	value("result", (unsigned long)step_caller(), 385);
	ftrace_get_stats(&after);
	count("wrong", wrong, 0);
	count("entered", at_ten, 1);
	count("beside", beside.hits, steps);
	/* One at traced_ten itself. */
	count("hits and drops", busy.hits + after.dropped - before.dropped,
	      steps + 2);
	if (others) {
		value("unregister", (unsigned long)unregister_ftrace_function(
				&other.ops), 0);
		count("other", other.hits, 2);
	}
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&busy.ops), 0);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&beside.ops), 0);
}

void recursion_step(void)
{
	steps_to(call_two);
	interrupt(0, 0);
	interrupt(FTRACE_OPS_FL_SAVE_REGS, 0);
	interrupt(0, 1);
	interrupt(FTRACE_OPS_FL_SAVE_REGS, 1);
}
