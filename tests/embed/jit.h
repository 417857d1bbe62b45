/* SPDX-License-Identifier: MIT */
/* A small JIT with dual-mapped memory, which embeds the library. */
#ifndef JIT_H
#define JIT_H

#include <ftrace/ftrace.h>
#include <ftrace/host.h>
#include <ftrace/module.h>

/* An accumulator, which is the argument and the result. */
enum jit_op {
	JIT_ADD,	/* a number */
	JIT_MUL,	/* by a number */
	JIT_JZ,		/* over so many instructions if it is 0 */
	JIT_CALL,	/* function of this number, in the same unit */
	JIT_RET,	/* the last of a function */
};

struct jit_insn {
	enum jit_op op;
	int arg;
};

#define JIT_FUNCTIONS 8
#define JIT_INSNS 16
#define JIT_SLOTS 3

typedef long jit_fn(long);

/* What is compiled together, and comes and goes together: a module. */
struct jit_unit {
	struct ftrace_module mod;
	unsigned int slot, nr;
	jit_fn *fn[JIT_FUNCTIONS];
};

int jit_init(void);
int jit_load(struct jit_unit *u, unsigned int slot,
	     const struct jit_insn code[][JIT_INSNS], unsigned int nr);
int jit_unload(struct jit_unit *u);
unsigned int jit_slot(unsigned long ip);
unsigned long jit_counter(unsigned int nr, const unsigned long *counter);
extern unsigned long jit_windows;	/* opened without mprotect */

#endif
