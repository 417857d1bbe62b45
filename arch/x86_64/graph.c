/* SPDX-License-Identifier: MIT */
/* x86_64: which way a function's body is called depends on its CPU's vectors. */
#include "../../generic/internal.h"

#include "regs.h"

/* entry.S */
extern char ftrace_caller[], ftrace_caller_avx[];

/* graph.S */
extern char ftrace_graph_caller[], ftrace_graph_back[];
extern char ftrace_graph_caller_avx[], ftrace_graph_back_avx[];
extern char ftrace_graph_caller_avx512[], ftrace_graph_back_avx512[];
extern char ftrace_graph_direct[];

struct way {
	const char *caller, *back;
};

static const struct way *way(void)
{
	static const struct way sse = { ftrace_graph_caller,
					ftrace_graph_back };
	static const struct way avx = { ftrace_graph_caller_avx,
					ftrace_graph_back_avx };
	static const struct way avx512 = { ftrace_graph_caller_avx512,
					   ftrace_graph_back_avx512 };
	const char *entry = (const char *)arch_ftrace_entry(FTRACE_ENTRY_ARGS);

	if (entry == ftrace_caller)
		return &sse;
	return entry == ftrace_caller_avx ? &avx : &avx512;
}

unsigned long arch_ftrace_graph_back(void)
{
	return (unsigned long)way()->back;
}

void arch_ftrace_set_graph_caller(struct ftrace_regs *fregs,
				  struct ftrace_frame *f)
{
	f->site = ftrace_regs_get_instruction_pointer(fregs);
	f->direct = fregs->state & FREGS_DIRECT ? fregs->regs.orig_rax : 0;
	f->body = f->direct ? (unsigned long)ftrace_graph_direct : f->site;
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)f);
	arch_ftrace_set_direct_caller(fregs, (unsigned long)way()->caller);
}
