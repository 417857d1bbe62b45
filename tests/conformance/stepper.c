/* SPDX-License-Identifier: MIT */
/* Stops at each instruction of chosen code, natively and in an emulator. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "conformance.h"
#include "stepper.h"
#include "../../generic/internal.h"

/*
 * Where the CPU has a flag for it, it stops everywhere, and what is not chosen
 * is passed over. Elsewhere each instruction is replaced by a trap, but for
 * the one that is to be executed next: whatever comes behind it is a trap
 * again, so that nobody has to know where a branch leads to.
 */
#define MAX_RANGES 24
#define MAX_BYTES 65536

static struct range {
	unsigned long from, to;
	unsigned char *was, *met;	/* of each byte */
} ranges[MAX_RANGES];

static unsigned int nr_ranges;
static unsigned char was[MAX_BYTES], met[MAX_BYTES];
static size_t used;
static void (*step_hook)(void);
static bool stepping, everywhere;
static unsigned long hole;	/* where there is no trap, for nobody's sake */
static unsigned long single;	/* the only one there is */

unsigned long step_pc, step_sp, steps;
unsigned char step_soil = 0x5b;

bool step_shadow;

#ifdef STATE_ODD
void STATE_ODD(void);

void step_target_is(bool odd)
{
	state_called = odd ? STATE_ODD : state_target;
}
#else
void (*state_called)(void) = state_target;

void step_target_is(bool odd)
{
	value("odd", odd, false);
}
#endif

/* libgcc's, which declares them for itself only. */
struct dwarf_eh_bases {
	void *tbase, *dbase, *func;
};

const void *_Unwind_Find_FDE(void *pc, struct dwarf_eh_bases *bases);

/*
 * entry.S's first function and its last but STEP_LAST, which is on the way of
 * some; each is code, not a descriptor.
 */
#ifndef STEP_LAST
#define STEP_LAST ftrace_return_to_parent
#endif
extern const char ftrace_caller[], ftrace_return_to_parent[], STEP_LAST[];

static unsigned long function_at(unsigned long pc)
{
	struct dwarf_eh_bases bases = { .func = NULL };

	return _Unwind_Find_FDE((void *)pc, &bases) ?
		       (unsigned long)bases.func : 0;
}

static unsigned long function_end(unsigned long code)
{
	unsigned long end = code;

	while (function_at(end) == code)
		end++;
	return end;
}

void step_range(unsigned long from, unsigned long to)
{
	struct range *r = &ranges[nr_ranges];

	if (nr_ranges == MAX_RANGES || MAX_BYTES - used < to - from) {
		value("room for a range", 0, 1);
		exit(1);
	}
	nr_ranges++;
	*r = (struct range){ from, to, was + used, met + used };
	used += to - from;
}

void step_function(unsigned long code)
{
	step_range(code, function_end(code));
}

void step_entries(void)
{
	step_range((unsigned long)ftrace_caller,
		   function_end((unsigned long)STEP_LAST));
}

/* Of what it holds for other CPUs a part may lie in front. */
#ifdef STEP_GRAPH
extern const char STEP_GRAPH[];
#define GRAPH_BEGIN (unsigned long)STEP_GRAPH
#else
#define GRAPH_BEGIN function_at(arch_ftrace_graph_back())
#endif

/* Whom an indirect branch may find begins with what the CPU wants there. */
static void padded(unsigned long code)
{
	const unsigned char pad[] = PAD_BYTES;

	value("pad", !memcmp((void *)code, pad, PAD_SIZE), true);
}

void step_graph(void)
{
	extern const char ftrace_graph_direct[];
	unsigned long direct = (unsigned long)ftrace_graph_direct;

	step_range(GRAPH_BEGIN, function_end(direct));
	padded(GRAPH_BEGIN);
	padded(direct);
}

void step_keep(unsigned int n)
{
	nr_ranges = n;
	used = n ? (size_t)(ranges[n - 1].was - was) + ranges[n - 1].to -
			   ranges[n - 1].from : 0;
	memset(met + used, 0, sizeof(met) - used);
}

static struct range *range_of(unsigned long pc)
{
	unsigned int i;

	for (i = 0; i < nr_ranges; i++)
		if (pc >= ranges[i].from && pc < ranges[i].to)
			return &ranges[i];
	return NULL;
}

int step_range_of(unsigned long pc)
{
	const struct range *r = range_of(pc);

	return r ? (int)(r - ranges) : -1;
}

static void protect(int prot)
{
	unsigned long page, to;
	unsigned int i;

	for (i = 0; i < nr_ranges; i++) {
		page = ranges[i].from & ~4095UL;
		to = (ranges[i].to + 4095) & ~4095UL;
		if (mprotect((void *)page, to - page, prot))
			value("mprotect", (unsigned long)errno, 0);
	}
}

/* Traps everywhere but at @next, or the code itself. */
static void traps(bool on, unsigned long next)
{
	const TRAP_TYPE trap = TRAP_INSN;
	struct range *r;
	unsigned long a;

	for (r = ranges; !STEP_BY_FLAG && r < ranges + nr_ranges; r++) {
		for (a = r->from; a < r->to; a += sizeof(trap))
			memcpy((void *)a, on && a != next ? (void *)&trap :
				       r->was + (a - r->from), sizeof(trap));
		__builtin___clear_cache((char *)r->from, (char *)r->to);
	}
}

static void trap_at(unsigned long a, bool on)
{
	const TRAP_TYPE trap = TRAP_INSN;
	struct range *r = range_of(a);

	if (!r)
		return;
	memcpy((void *)a, on ? (void *)&trap : r->was + (a - r->from),
	       sizeof(trap));
	__builtin___clear_cache((char *)a, (char *)a + sizeof(trap));
}

void step_hooked(void)
{
	if (step_hook)
		step_hook();
	__asm__ volatile("");
}

/* Of the thread that runs; each has one. */
static _Thread_local unsigned char stack[262144];

/* Unless this handler itself lies there, or its frame. */
static void soil(unsigned long sp)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);

	if (sp - (unsigned long)stack > sizeof(stack) &&
	    here - (unsigned long)stack < sizeof(stack))
		memset((void *)(sp - STEP_RED_ZONE - 1024), step_soil,
		       1024);
}

/* The one trap: it is no more, whether the hook comes back or not. */
static void struck(int sig, void *context)
{
	step_pc = *arch_pc(context) - TRAP_BEHIND;
	if (step_pc != single) {
		signal(sig, SIG_DFL);
		return;
	}
	trap_at(single, false);
	single = 0;
	steps++;
	*arch_pc(context) = step_pc;
	soil(arch_sp(context));
	arch_step_hooked(context);
}

static void at(unsigned long pc, void *context)
{
	struct range *r = range_of(pc);

	steps++;
	step_pc = pc;
	step_sp = arch_sp(context);
	if (r)
		r->met[pc - r->from] = 1;
	if (step_hook) {
		traps(false, 0);
		soil(step_sp);
		arch_step_hooked(context);
		traps(stepping, pc);
	} else if (!STEP_BY_FLAG) {
		trap_at(hole, true);
		trap_at(pc, false);
		hole = pc;
	}
}

static HANDLER void stopped(int sig, siginfo_t *info, void *context)
{
	unsigned long pc;

	(void)info;
	if (single) {
		struck(sig, context);
		return;
	}
	if (!STEP_BY_FLAG && !range_of(*arch_pc(context))) {
		signal(sig, SIG_DFL);
		return;
	}
	/* Again if an instruction was passed over. */
	do {
		pc = *arch_pc(context);
		if (everywhere || range_of(pc))
			at(pc, context);
	} while (*arch_pc(context) != pc);
}

/* On a stack of its own, or on the one that it finds. */
static void catch(bool apart)
{
	/* A hook may step, too. */
	struct sigaction sa = { .sa_sigaction = stopped,
				.sa_flags = SA_SIGINFO | SA_NODEFER |
					    (apart ? SA_ONSTACK : 0) };
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	if (sigaltstack(&ss, NULL) || sigaction(SIGTRAP, &sa, NULL))
		value("to catch a trap", (unsigned long)errno, 0);
}

void step_begin(void (*hook)(void))
{
	unsigned int i;

	catch(true);
	for (i = 0; i < nr_ranges; i++)
		memcpy(ranges[i].was, (void *)ranges[i].from,
		       ranges[i].to - ranges[i].from);
	step_hook = hook;
	stepping = true;
	hole = 0;
	if (!STEP_BY_FLAG)
		protect(PROT_READ | PROT_WRITE | PROT_EXEC);
	traps(true, 0);
	arch_step_flag(true);
}

void step_again(void (*fn)(void))
{
	traps(true, 0);
	arch_step_flag(true);
	fn();
	arch_step_flag(false);
	traps(false, 0);
}

void step_end(void)
{
	stack_t ss = { .ss_flags = SS_DISABLE };

	arch_step_flag(false);
	stepping = false;
	traps(false, 0);
	if (!STEP_BY_FLAG)
		protect(PROT_READ | PROT_EXEC);
	sigaltstack(&ss, NULL);
}

unsigned int step_ranges(void)
{
	return nr_ranges;
}

void step_everywhere(bool on)
{
	everywhere = on;
}

unsigned int step_met(unsigned int first, unsigned int last, unsigned long *pc,
		      unsigned int room)
{
	const struct range *r;
	unsigned int n = 0;
	unsigned long a;

	for (r = ranges + first; r < ranges + last; r++)
		for (a = r->from; a < r->to && n < room; a++)
			if (r->met[a - r->from])
				pc[n++] = a;
	return n;
}

void step_singly(bool on)
{
	protect(PROT_READ | PROT_EXEC | (on ? PROT_WRITE : 0));
}

void step_at(unsigned long pc, bool apart, void (*hook)(void))
{
	catch(apart);
	step_hook = hook;
	single = pc;
	trap_at(pc, true);
}

bool step_passed(void)
{
	bool passed = !single;

	if (!passed)
		trap_at(single, false);
	single = 0;
	return passed;
}

void step_show(const char *name, unsigned long from, unsigned long to)
{
	const struct range *r = range_of(from);
	unsigned long a;

	printf("stepped %s at=%#lx bytes=", name, from);
	for (a = from; a < to; a++)
		printf("%02x", *(const unsigned char *)a);
	printf(" met=");
	for (a = from; a < to; a++)
		printf("%d", r && r->met[a - r->from]);
	printf("\n");
}

static bool met_any(const struct range *r, unsigned long from, unsigned long to)
{
	return memchr(r->met + (from - r->from), 1, to - from) != NULL;
}

unsigned int step_show_entries(unsigned int first)
{
	const struct range *r = range_of((unsigned long)ftrace_caller);
	unsigned long a, end, last = (unsigned long)ftrace_return_to_parent;
	unsigned int n = 0;

	for (a = r->from; a <= last; a = end) {
		end = a + 1;
		if (!function_at(a))
			continue;
		end = function_end(a);
		if (!met_any(r, a, end))
			continue;
		if (n++ >= first)
			step_show("entry", a, end);
		padded(a);
	}
	return n;
}
