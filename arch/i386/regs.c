/* SPDX-License-Identifier: MIT */
/* i386: what a callback may ask of, and do to, the registers at a site. */
#include "../../generic/internal.h"
#include "regs.h"

#define ASSERT_REG(what, member)                                      \
	_Static_assert(what == offsetof(struct ftrace_regs, member), \
		       "regs.h: " #member)

ASSERT_REG(FREGS_XMM, xmm);
ASSERT_REG(FREGS_EBX, regs.ebx);
ASSERT_REG(FREGS_ECX, regs.ecx);
ASSERT_REG(FREGS_EDX, regs.edx);
ASSERT_REG(FREGS_ESI, regs.esi);
ASSERT_REG(FREGS_EDI, regs.edi);
ASSERT_REG(FREGS_EBP, regs.ebp);
ASSERT_REG(FREGS_EAX, regs.eax);
ASSERT_REG(FREGS_XDS, regs.xds);
ASSERT_REG(FREGS_XES, regs.xes);
ASSERT_REG(FREGS_XFS, regs.xfs);
ASSERT_REG(FREGS_XGS, regs.xgs);
ASSERT_REG(FREGS_ORIG_EAX, regs.orig_eax);
ASSERT_REG(FREGS_EIP, regs.eip);
ASSERT_REG(FREGS_XCS, regs.xcs);
ASSERT_REG(FREGS_EFLAGS, regs.eflags);
ASSERT_REG(FREGS_ESP, regs.esp);
ASSERT_REG(FREGS_XSS, regs.xss);
ASSERT_REG(FREGS_STATE, state);
ASSERT_REG(FREGS_DEPTH, depth);
ASSERT_REG(FREGS_ERRNO, saved_errno);
ASSERT_REG(FREGS_OWN_EBX, own_ebx);
ASSERT_REG(FREGS_OWN_EAX, own_eax);
ASSERT_REG(FREGS_OWN_EBP, own_ebp);
ASSERT_REG(FREGS_RETURN, site_return);
ASSERT_REG(FREGS_PARENT, parent);

/* entry.S: a return to the function's caller, for an override. */
void ftrace_return_to_parent(void);

static bool is_full(const struct ftrace_regs *fregs)
{
	return !(fregs->state & FREGS_PARTIAL);
}

FTRACE_PUBLIC struct pt_regs *ftrace_get_regs(struct ftrace_regs *fregs)
{
	return fregs && is_full(fregs) ? &fregs->regs : NULL;
}

FTRACE_PUBLIC int ftrace_regs_has_args(struct ftrace_regs *fregs)
{
	return fregs != NULL;
}

/* All on the stack, above the return address: what the C ABI does. */
FTRACE_PUBLIC unsigned long
ftrace_regs_get_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return fregs->parent[1 + n];
}

FTRACE_PUBLIC void ftrace_regs_set_argument(struct ftrace_regs *fregs,
					    unsigned int n, unsigned long value)
{
	fregs->parent[1 + n] = value;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_instruction_pointer(struct ftrace_regs *fregs)
{
	if (is_full(fregs) || (fregs->state & FREGS_MOVED))
		return (unsigned long)fregs->regs.eip;
	return fregs->site_return;
}

FTRACE_PUBLIC void
ftrace_regs_set_instruction_pointer(struct ftrace_regs *fregs, unsigned long ip)
{
	fregs->regs.eip = (long)ip;
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
	return is_full(fregs) ? (unsigned long)fregs->regs.ebp : fregs->own_ebp;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_address(struct ftrace_regs *fregs)
{
	return fregs->parent[0];
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_value(struct ftrace_regs *fregs)
{
	return is_full(fregs) ? (unsigned long)fregs->regs.eax : fregs->own_eax;
}

FTRACE_PUBLIC void ftrace_regs_set_return_value(struct ftrace_regs *fregs,
						unsigned long value)
{
	/* ftrace_regs_caller restores the one, ftrace_caller the other. */
	fregs->regs.eax = (long)value;
	fregs->own_eax = value;
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
	fregs->regs.orig_eax = (long)addr;
	fregs->state |= FREGS_DIRECT;
}

FTRACE_PUBLIC int ftrace_regs_query_register_offset(const char *name)
{
#define REG(name, member) { #name, offsetof(struct pt_regs, member) }
	static const struct {
		char name[8];
		int offset;
	} table[] = {
		REG(ebx, ebx), REG(ecx, ecx), REG(edx, edx), REG(esi, esi),
		REG(edi, edi), REG(ebp, ebp), REG(eax, eax), REG(ds, xds),
		REG(es, xes), REG(fs, xfs), REG(gs, xgs), REG(eip, eip),
		REG(cs, xcs), REG(eflags, eflags), REG(esp, esp), REG(ss, xss),
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
	regs->eax = (long)fregs->own_eax;
	regs->edx = from->edx;
	regs->ecx = from->ecx;
	regs->ebp = (long)fregs->own_ebp;
	regs->eip = (long)ftrace_regs_get_instruction_pointer(fregs);
	regs->esp = (long)ftrace_regs_get_stack_pointer(fregs);
	return regs;
}
