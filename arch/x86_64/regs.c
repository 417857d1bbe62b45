/* SPDX-License-Identifier: MIT */
/* x86_64: what a callback may ask of, and do to, the registers at a site. */
#include "../../generic/internal.h"
#include "regs.h"

#define ASSERT_REG(what, member)                                      \
	_Static_assert(what == offsetof(struct ftrace_regs, member), \
		       "regs.h: " #member)

ASSERT_REG(FREGS_R15, regs.r15);
ASSERT_REG(FREGS_R14, regs.r14);
ASSERT_REG(FREGS_R13, regs.r13);
ASSERT_REG(FREGS_R12, regs.r12);
ASSERT_REG(FREGS_RBP, regs.rbp);
ASSERT_REG(FREGS_RBX, regs.rbx);
ASSERT_REG(FREGS_R11, regs.r11);
ASSERT_REG(FREGS_R10, regs.r10);
ASSERT_REG(FREGS_R9, regs.r9);
ASSERT_REG(FREGS_R8, regs.r8);
ASSERT_REG(FREGS_RAX, regs.rax);
ASSERT_REG(FREGS_RCX, regs.rcx);
ASSERT_REG(FREGS_RDX, regs.rdx);
ASSERT_REG(FREGS_RSI, regs.rsi);
ASSERT_REG(FREGS_RDI, regs.rdi);
ASSERT_REG(FREGS_ORIG_RAX, regs.orig_rax);
ASSERT_REG(FREGS_RIP, regs.rip);
ASSERT_REG(FREGS_CS, regs.cs);
ASSERT_REG(FREGS_EFLAGS, regs.eflags);
ASSERT_REG(FREGS_RSP, regs.rsp);
ASSERT_REG(FREGS_SS, regs.ss);
ASSERT_REG(FREGS_XMM, xmm);
ASSERT_REG(FREGS_STATE, state);
ASSERT_REG(FREGS_DEPTH, depth);
ASSERT_REG(FREGS_ERRNO, saved_errno);
ASSERT_REG(FREGS_OWN_RBX, own_rbx);
ASSERT_REG(FREGS_OWN_RBP, own_rbp);
ASSERT_REG(FREGS_RETURN, site_return);
ASSERT_REG(FREGS_PARENT, parent);

/* entry.S: a return to the function's caller, for an override. */
void ftrace_return_to_parent(void);

static bool is_full(const struct ftrace_regs *fregs)
{
	return !(fregs->state & FREGS_PARTIAL);
}

static unsigned long *argument(struct ftrace_regs *fregs, unsigned int n)
{
	struct pt_regs *r = &fregs->regs;
	unsigned long *in_register[6] = { &r->rdi, &r->rsi, &r->rdx,
					  &r->rcx, &r->r8,  &r->r9 };

	/* The others lie above the return address. */
	return n < 6 ? in_register[n] : &fregs->parent[1 + (n - 6)];
}

FTRACE_PUBLIC struct pt_regs *ftrace_get_regs(struct ftrace_regs *fregs)
{
	return fregs && is_full(fregs) ? &fregs->regs : NULL;
}

FTRACE_PUBLIC int ftrace_regs_has_args(struct ftrace_regs *fregs)
{
	return fregs != NULL;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return *argument(fregs, n);
}

FTRACE_PUBLIC void ftrace_regs_set_argument(struct ftrace_regs *fregs,
					    unsigned int n, unsigned long value)
{
	*argument(fregs, n) = value;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_instruction_pointer(struct ftrace_regs *fregs)
{
	if (is_full(fregs) || (fregs->state & FREGS_MOVED))
		return fregs->regs.rip;
	return fregs->site_return;
}

FTRACE_PUBLIC void
ftrace_regs_set_instruction_pointer(struct ftrace_regs *fregs, unsigned long ip)
{
	fregs->regs.rip = ip;
	fregs->state |= FREGS_MOVED;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_stack_pointer(struct ftrace_regs *fregs)
{
	return (unsigned long)fregs->parent;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_frame_pointer(struct ftrace_regs *fregs)
{
	return is_full(fregs) ? fregs->regs.rbp : fregs->own_rbp;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_address(struct ftrace_regs *fregs)
{
	return fregs->parent[0];
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_value(struct ftrace_regs *fregs)
{
	return fregs->regs.rax;
}

FTRACE_PUBLIC void ftrace_regs_set_return_value(struct ftrace_regs *fregs,
						unsigned long value)
{
	fregs->regs.rax = value;
}

FTRACE_PUBLIC void
ftrace_override_function_with_return(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(
		fregs, (unsigned long)ftrace_return_to_parent);
}

void arch_ftrace_again(struct ftrace_regs *fregs, unsigned long ip)
{
	ftrace_regs_set_instruction_pointer(fregs, ip);
}

void arch_ftrace_set_direct_caller(struct ftrace_regs *fregs,
				   unsigned long addr)
{
	fregs->regs.orig_rax = addr;
	fregs->state |= FREGS_DIRECT;
}

FTRACE_PUBLIC int ftrace_regs_query_register_offset(const char *name)
{
#define REG(name) { #name, offsetof(struct pt_regs, name) }
	static const struct {
		char name[8];
		int offset;
	} table[] = {
		REG(r15), REG(r14), REG(r13), REG(r12), REG(rbp), REG(rbx),
		REG(r11), REG(r10), REG(r9), REG(r8), REG(rax), REG(rcx), REG(rdx),
		REG(rsi), REG(rdi), REG(rip), REG(cs), REG(eflags), REG(rsp),
		REG(ss),
	};
#undef REG
	size_t i;

	for (i = 0; name && i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return table[i].offset;
	return -EINVAL;
}

FTRACE_PUBLIC struct pt_regs *ftrace_partial_regs(struct ftrace_regs *fregs,
						  struct pt_regs *regs)
{
	const struct pt_regs *from = &fregs->regs;

	if (is_full(fregs))
		return &fregs->regs;
	regs->rdi = from->rdi;
	regs->rsi = from->rsi;
	regs->rdx = from->rdx;
	regs->rcx = from->rcx;
	regs->r8 = from->r8;
	regs->r9 = from->r9;
	regs->rax = from->rax;
	regs->r10 = from->r10;
	regs->rbp = fregs->own_rbp;
	regs->rip = ftrace_regs_get_instruction_pointer(fregs);
	regs->rsp = ftrace_regs_get_stack_pointer(fregs);
	return regs;
}
