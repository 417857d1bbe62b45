/* SPDX-License-Identifier: MIT */
/* x86_64: which way a function's body is called depends on its CPU's vectors. */
#include "../../generic/internal.h"

#include "regs.h"

/* entry.S */
extern char ftrace_caller[], ftrace_caller_avx[];

/* graph.S */
extern char ftrace_graph_called_sse[], ftrace_graph_back_sse[];
extern char ftrace_graph_called_avx[], ftrace_graph_back_avx[];
extern char ftrace_graph_called_avx512[], ftrace_graph_back_avx512[];
extern char ftrace_graph_direct[];

struct way {
	const char *called, *back;
};

static const struct way *way_of_cpu(void)
{
	static const struct way sse = { ftrace_graph_called_sse,
					ftrace_graph_back_sse };
	static const struct way avx = { ftrace_graph_called_avx,
					ftrace_graph_back_avx };
	static const struct way avx512 = { ftrace_graph_called_avx512,
					   ftrace_graph_back_avx512 };
	const char *entry = (const char *)arch_ftrace_entry(FTRACE_ENTRY_ARGS);

	if (entry == ftrace_caller)
		return &sse;
	return entry == ftrace_caller_avx ? &avx : &avx512;
}

static inline const struct way *way(void)
{
	static const struct way *known;	/* asking twice gives the same answer */

	if (__builtin_expect(!READ_ONCE(known), 0))
		WRITE_ONCE(known, way_of_cpu());
	return READ_ONCE(known);
}

unsigned long arch_ftrace_graph_back(void)
{
	return (unsigned long)way()->back;
}

/* Entries of sites that call leave as to a direct call, others straight. */
void arch_ftrace_set_graph_caller(struct ftrace_regs *fregs,
				  struct ftrace_frame *f)
{
	/* Nobody asked for anything, as almost always. */
	f->site = f->body = fregs->site_return;
	if (__builtin_expect(fregs->state & ~FREGS_UPPER, FREGS_PARTIAL) !=
	    FREGS_PARTIAL) {
		f->site = f->body = ftrace_regs_get_instruction_pointer(fregs);
		f->direct = fregs->regs.orig_rax;
		if (fregs->state & FREGS_DIRECT)
			f->body = (unsigned long)ftrace_graph_direct;
	}
	fregs->regs.rip = (unsigned long)f;
	fregs->regs.orig_rax = (unsigned long)way()->called;
	fregs->state |= FREGS_WAITED;
}
