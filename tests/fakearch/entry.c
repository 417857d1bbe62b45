/* SPDX-License-Identifier: MIT */
/* The fake machine: entry.S of a real port, in C, step by step. */
#include "../../generic/internal.h"
#include "insn.h"
#include "machine.h"
#include "regs.h"

typedef void fake_entry(struct ftrace_slot *slot, struct ftrace_regs *fregs);
typedef void fake_direct(struct pt_regs *cpu);

/* The short way of an entry whose sites jump: a graph client alone on a function. */
static void graph_one(struct ftrace_thread *t, struct ftrace_set *set,
		      struct ftrace_regs *fregs)
{
	int wanted = ftrace_graph_open(t, set, fregs, fregs->regs.parent,
				       fregs->regs.ip - MCOUNT_INSN_SIZE);
	struct ftrace_frame *f = t->run[0].frame;

	WRITE_ONCE(t->run[0].ops, NULL);
	if (wanted)
		ftrace_graph_wait(t, f, fregs);
	else if (f)
		ftrace_frame_free(f);
}

/* The numbers are those of the contract, at arch_ftrace_entry(). */
static void enter(struct ftrace_slot *slot, struct ftrace_regs *fregs, bool jumped)
{
	struct ftrace_thread *t = ftrace_self;			/* 2 */
	unsigned long d, level;
	struct ftrace_set *set;
	ftrace_func_t func;
	int saved_errno;

	if (t->depth == (unsigned long)FTRACE_DEPTH_NONE)
		t = ftrace_thread_attach();
	if (!t)
		return;
	d = t->depth;						/* 3 */
	WRITE_ONCE(t->depth, d + 1);
	level = d < FTRACE_MAX_DEPTH ? d : FTRACE_MAX_DEPTH;	/* 4 */
	WRITE_ONCE(t->run[level].sp,
		   (unsigned long)__builtin_frame_address(0));
	WRITE_ONCE(t->run[level].slot, slot);
	set = READ_ONCE(slot->set);				/* 5 */
	func = READ_ONCE(*(d ? &set->nested : &set->func));
	saved_errno = *t->errno_ptr;
	if (jumped && !d)
		graph_one(t, set, fregs);
	else
		func(fregs->regs.ip - MCOUNT_INSN_SIZE, fregs->regs.parent,
		     set->arg, fregs);
	*t->errno_ptr = saved_errno;				/* 6 */
	WRITE_ONCE(t->depth, d);
}

static void ftrace_caller(struct ftrace_slot *slot, struct ftrace_regs *fregs)
{
	fregs->full = 0;
	enter(slot, fregs, false);
}

static void ftrace_regs_caller(struct ftrace_slot *slot,
			       struct ftrace_regs *fregs)
{
	fregs->full = 1;
	enter(slot, fregs, false);
}

/* A real one keeps more than ftrace_regs_caller(); here a call clobbers none. */
static void ftrace_keep_caller(struct ftrace_slot *slot,
			       struct ftrace_regs *fregs)
{
	fregs->full = !fake_without_regs;
	enter(slot, fregs, false);
}

/* Of a site that jumped: a real one has no call to return from. */
static void ftrace_graph_entry(struct ftrace_slot *slot,
			       struct ftrace_regs *fregs)
{
	fregs->full = 0;
	enter(slot, fregs, true);
}

static void ftrace_graph_regs_entry(struct ftrace_slot *slot,
				    struct ftrace_regs *fregs)
{
	ftrace_regs_caller(slot, fregs);
}

bool fake_without_regs, fake_without_keep;

unsigned long arch_ftrace_entry(enum ftrace_entry kind)
{
	switch (kind) {
	case FTRACE_ENTRY_REGS:
		return fake_without_regs ? 0 :
					   (unsigned long)ftrace_regs_caller;
	case FTRACE_ENTRY_KEEP:
		return fake_without_keep ? 0 :
					   (unsigned long)ftrace_keep_caller;
	case FTRACE_ENTRY_GRAPH:
		return (unsigned long)ftrace_graph_entry;
	case FTRACE_ENTRY_GRAPH_REGS:
		return fake_without_regs ?
			       0 : (unsigned long)ftrace_graph_regs_entry;
	default:
		return (unsigned long)ftrace_caller;
	}
}

/* "THUNK", the slot's address at 8 */
void arch_ftrace_write_thunk(void *dst, unsigned long thunk, unsigned long slot)
{
	unsigned char *p = dst;

	(void)thunk;
	memset(p, 0, FTRACE_THUNK_SIZE);
	memcpy(p, "THUNK", 6);
	memcpy(p + 8, &slot, sizeof(slot));
}

/* "KEEPER", the slot's address at 8, the site's at 16 */
void arch_ftrace_write_keeper(void *dst, unsigned long thunk,
			      unsigned long slot, unsigned long ip)
{
	unsigned char *p = dst;

	arch_ftrace_write_thunk(dst, thunk, slot);
	memcpy(p, "KEEPER", 7);
	memcpy(p + 16, &ip, sizeof(ip));
}

/* "GRAPH", and the same */
void arch_ftrace_write_graph_thunk(void *dst, unsigned long thunk,
				   unsigned long slot, unsigned long ip)
{
	arch_ftrace_write_keeper(dst, thunk, slot, ip);
	memcpy(dst, "GRAPH\0", 7);
}

/*
 * Frames that are waited for, where a real port has the stack and a register
 * that every function restores.
 */
static struct ftrace_frame *frame_register;

static void graph_caller(struct pt_regs *cpu)
{
	struct ftrace_frame *f = (struct ftrace_frame *)cpu->ip;

	f->saved[0] = (unsigned long)frame_register;		/* 1 */
	frame_register = f;
	cpu->parent = arch_ftrace_graph_back();			/* 2 */
	cpu->ip = f->body;
	if (f->direct)
		((fake_direct *)f->direct)(cpu);
}

unsigned long fake_leave(struct pt_regs *cpu)
{
	struct ftrace_frame *f = frame_register;
	struct ftrace_regs fregs = { .regs = *cpu };

	if (cpu->parent != FAKE_GRAPH_BACK)
		return cpu->parent;
	frame_register = (struct ftrace_frame *)f->saved[0];
	fregs.regs.parent = f->parent;
	ftrace_graph_return(f, &fregs);				/* 3 */
	*cpu = fregs.regs;
	return fake_leave(cpu);					/* 4 */
}

void arch_ftrace_set_graph_caller(struct ftrace_regs *fregs,
				  struct ftrace_frame *f)
{
	f->body = fregs->regs.ip;
	f->direct = fregs->direct;
	fregs->regs.ip = (unsigned long)f;
	fregs->direct = (unsigned long)graph_caller;
}

unsigned long arch_ftrace_graph_back(void)
{
	return FAKE_GRAPH_BACK;
}

/* Does the thunk know the site? */
static bool is_own(unsigned long target)
{
	return !memcmp((const void *)target, "KEEPER", 7) ||
	       !memcmp((const void *)target, "GRAPH\0", 7);
}

static bool is_entry(unsigned long entry)
{
	return entry == (unsigned long)ftrace_caller ||
	       entry == (unsigned long)ftrace_regs_caller ||
	       entry == (unsigned long)ftrace_graph_entry ||
	       entry == (unsigned long)ftrace_graph_regs_entry ||
	       entry == (unsigned long)ftrace_keep_caller;
}

unsigned long fake_arrive(unsigned long ip, unsigned long target,
			  struct pt_regs *cpu)
{
	struct ftrace_regs fregs = { .direct = 0 };
	struct ftrace_slot *slot;

	/* A jump tells nobody where it comes from: its thunk knows. */
	if (is_own(target))
		memcpy(&ip, (const char *)target + 16, sizeof(ip));
	cpu->ip = ip + MCOUNT_INSN_SIZE;
	if (memcmp((const void *)target, "THUNK", 6) && !is_own(target)) {
		((fake_direct *)target)(cpu);
		return cpu->ip;
	}
	memcpy(&slot, (const char *)target + 8, sizeof(slot));
	if (!is_entry(slot->entry)) {
		((fake_direct *)slot->entry)(cpu);
		return cpu->ip;
	}
	fregs.regs = *cpu;
	((fake_entry *)slot->entry)(slot, &fregs);
	*cpu = fregs.regs;					/* 7 */
	if (fregs.direct)
		((fake_direct *)fregs.direct)(cpu);
	return cpu->ip;
}

unsigned long fake_run(unsigned long start, struct pt_regs *cpu)
{
	unsigned long ip = start, target;
	uint64_t insn;

	if (fake_insn_is(ip, FAKE_INSN_PAD))
		ip += FAKE_INSN_SIZE;
	/* Fetched once: it may be another instruction the next time. */
	memcpy(&insn, (const void *)ip, sizeof(insn));
	if (fake_insn_is((unsigned long)&insn, FAKE_INSN_NOP) ||
	    fake_insn_is((unsigned long)&insn, FAKE_INSN_GAP) ||
	    fake_insn_is((unsigned long)&insn, FAKE_INSN_TWO) ||
	    fake_insn_is_skip((unsigned long)&insn))
		return ip + FAKE_INSN_SIZE;
	target = fake_insn_target((unsigned long)&insn);
	if (!target)
		return 0;
	return fake_arrive(ip, target + ip - (unsigned long)&insn, cpu);
}
