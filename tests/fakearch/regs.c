/* SPDX-License-Identifier: MIT */
/* The fake machine: what a callback may ask of the registers at a site. */
#include "../../generic/internal.h"
#include "machine.h"
#include "regs.h"

FTRACE_PUBLIC struct pt_regs *ftrace_get_regs(struct ftrace_regs *fregs)
{
	return fregs && fregs->full ? &fregs->regs : NULL;
}

FTRACE_PUBLIC int ftrace_regs_has_args(struct ftrace_regs *fregs)
{
	return fregs != NULL;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return n < 6 ? fregs->regs.arg[n] : 0;
}

FTRACE_PUBLIC void ftrace_regs_set_argument(struct ftrace_regs *fregs,
					    unsigned int n, unsigned long value)
{
	if (n < 6)
		fregs->regs.arg[n] = value;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_instruction_pointer(struct ftrace_regs *fregs)
{
	return fregs->regs.ip;
}

FTRACE_PUBLIC void
ftrace_regs_set_instruction_pointer(struct ftrace_regs *fregs, unsigned long ip)
{
	fregs->regs.ip = ip;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_stack_pointer(struct ftrace_regs *fregs)
{
	return fregs->regs.sp;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_frame_pointer(struct ftrace_regs *fregs)
{
	return fregs->regs.sp;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_address(struct ftrace_regs *fregs)
{
	return fregs->regs.parent;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_value(struct ftrace_regs *fregs)
{
	return fregs->regs.ret;
}

FTRACE_PUBLIC void ftrace_regs_set_return_value(struct ftrace_regs *fregs,
						unsigned long value)
{
	fregs->regs.ret = value;
}

FTRACE_PUBLIC void
ftrace_override_function_with_return(struct ftrace_regs *fregs)
{
	fregs->regs.ip = FAKE_RETURN;
}

void arch_ftrace_again(struct ftrace_regs *fregs, unsigned long ip)
{
	ftrace_regs_set_instruction_pointer(fregs, ip);
}

void arch_ftrace_set_direct_caller(struct ftrace_regs *fregs,
				   unsigned long addr)
{
	fregs->direct = addr;
}

FTRACE_PUBLIC int ftrace_regs_query_register_offset(const char *name)
{
	static const struct {
		char name[8];
		int offset;
	} table[] = {
		{ "ret", offsetof(struct pt_regs, ret) },
		{ "ip", offsetof(struct pt_regs, ip) },
		{ "sp", offsetof(struct pt_regs, sp) },
		{ "parent", offsetof(struct pt_regs, parent) },
	};
	size_t i;

	for (i = 0; name && i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return table[i].offset;
	return -EINVAL;
}

FTRACE_PUBLIC struct pt_regs *ftrace_partial_regs(struct ftrace_regs *fregs,
						  struct pt_regs *regs)
{
	if (fregs->full)
		return &fregs->regs;
	memcpy(regs, &fregs->regs, sizeof(*regs));
	return regs;
}
