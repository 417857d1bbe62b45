/* SPDX-License-Identifier: MIT */
/* Calls a function before each instruction of chosen code. */
#ifndef CONFORMANCE_STEPPER_H
#define CONFORMANCE_STEPPER_H

/* Bytes of a conservative module's thunk, but for what it keeps behind them. */
#ifndef KEEPER_CODE
#define KEEPER_CODE FTRACE_KEEPER_SIZE
#endif

/* From @from up to @to, or the function whose table entry begins at @code. */
void step_range(unsigned long from, unsigned long to);
void step_function(unsigned long code);
/* All that entry.S holds, or graph.S. */
void step_entries(void);
void step_graph(void);
/* No range any more but the first @n, which keep what was met of them. */
void step_keep(unsigned int n);
unsigned int step_ranges(void);		/* how many there are */
int step_range_of(unsigned long pc);	/* its number, or -1 */

/*
 * From now on @hook is called, in a signal handler on a stack of its own and
 * with the code as it is when nobody steps. What lies below the interrupted
 * stack pointer is lost, as any handler may write there.
 */
void step_begin(void (*hook)(void));	/* NULL: only what is met is kept */
void step_end(void);
/* In a hook: @fn is stepped as well. */
void step_again(void (*fn)(void));
extern unsigned long step_pc;		/* of the instruction to come */
extern unsigned long step_sp;
extern unsigned long steps;
extern unsigned char step_soil;	/* what is written there */
/* At instructions outside all ranges, too; where there is STEP_BY_FLAG. */
void step_everywhere(bool on);
/* The CPU has a shadow stack, as far as graph.S can tell, too. */
extern bool step_shadow;

/*
 * What state_call() calls: state_target(), or one that is like it, but that its
 * site is no place to jump from. Where there is such a place: STATE_ODD.
 */
void step_target_is(bool odd);
extern void (*state_called)(void);

/*
 * What was met of ranges @first to (not with) @last, at most @room instructions.
 * Between step_singly() and the same with false, step_at() has @hook called in
 * front of one of them, once, by a signal handler on a stack of its own or,
 * without @apart, on the thread's. The hook need not return. step_passed(): has
 * it been called? If not it will not be.
 */
unsigned int step_met(unsigned int first, unsigned int last, unsigned long *pc,
		      unsigned int room);
void step_singly(bool on);
void step_at(unsigned long pc, bool apart, void (*hook)(void));
bool step_passed(void);

/*
 * "stepped NAME at=.. bytes=.. met=..", where the last has a digit for each
 * byte: the runner wants each instruction to be met.
 */
void step_show(const char *name, unsigned long from, unsigned long to);
/* The same for each of entry.S's that was met at all, but the @first; their number. */
unsigned int step_show_entries(unsigned int first);

/*
 * arch/<arch>/step.c
 * ==================
 */

/* A register that a callee keeps, as the tables number it; and in a state. */
struct step_kept {
	int column;
	unsigned int offset;
};

extern const struct step_kept step_kept[];	/* ends with -1 */
unsigned long arch_sp(void *context);
/* The CPU's own way to stop at each instruction, if STEP_BY_FLAG. */
void arch_step_flag(bool on);
/* step_hooked(), called so that an unwinder finds what was interrupted. */
void arch_step_hooked(void *context);
void step_hooked(void);
/*
 * Change @in such that stepping goes on in state_call(), which follows; @upper:
 * and what it leaves alone such that all of an entry is needed.
 */
void arch_step_state(void *in, bool upper);
/* Leave nothing in registers that a callee may use; but for its result. */
void arch_step_spoil(void);
/*
 * Does a walk along frames, from the callback's own, come to @site and, as far
 * as the caller has a frame, to @parent?
 */
bool arch_step_chain(void *frame, const void *in, unsigned long site,
		     unsigned long parent);

#endif
