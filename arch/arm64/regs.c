/* SPDX-License-Identifier: MIT */
/* arm64: what a callback may ask of, and do to, the registers at a site. */
#include "../../generic/internal.h"
#include "regs.h"

#define ASSERT_REG(what, member)                                      \
	_Static_assert(what == offsetof(struct ftrace_regs, member), \
		       "regs.h: " #member)

ASSERT_REG(FREGS_X0, regs[0]);
ASSERT_REG(FREGS_X2, regs[2]);
ASSERT_REG(FREGS_X4, regs[4]);
ASSERT_REG(FREGS_X6, regs[6]);
ASSERT_REG(FREGS_X8, regs[8]);
ASSERT_REG(FREGS_X8 + 8, x18);
ASSERT_REG(FREGS_FP, fp);
ASSERT_REG(FREGS_LR, lr);
ASSERT_REG(FREGS_FP + 8, lr);
ASSERT_REG(FREGS_SP, sp);
ASSERT_REG(FREGS_PC, pc);
ASSERT_REG(FREGS_SP + 8, pc);
ASSERT_REG(FREGS_DIRECT, direct);
ASSERT_REG(FREGS_DIRECT + 8, x15);
_Static_assert(FREGS_SIZE == sizeof(struct ftrace_regs), "regs.h: size");
_Static_assert(FREGS_SIZE % 16 == 0, "regs.h: the stack's alignment");

#define NR_ARGUMENTS 8	/* x0 to x7 */
#define NR_GPRS 31	/* of struct pt_regs */

/* entry.S: a return to the function's caller, for an override. */
void ftrace_return_to_parent(void);

static unsigned long *argument(struct ftrace_regs *fregs, unsigned int n)
{
	if (n < NR_ARGUMENTS)
		return &fregs->regs[n];
	return (unsigned long *)fregs->sp + (n - NR_ARGUMENTS);
}

/* There is no entry that saves them all: only an exception could. */
FTRACE_PUBLIC struct pt_regs *ftrace_get_regs(struct ftrace_regs *fregs)
{
	(void)fregs;
	return NULL;
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
	return fregs->pc;
}

FTRACE_PUBLIC void
ftrace_regs_set_instruction_pointer(struct ftrace_regs *fregs, unsigned long ip)
{
	fregs->pc = ip;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_stack_pointer(struct ftrace_regs *fregs)
{
	return fregs->sp;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_frame_pointer(struct ftrace_regs *fregs)
{
	return fregs->fp;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_address(struct ftrace_regs *fregs)
{
	return fregs->lr;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_value(struct ftrace_regs *fregs)
{
	return fregs->regs[0];
}

FTRACE_PUBLIC void ftrace_regs_set_return_value(struct ftrace_regs *fregs,
						unsigned long value)
{
	fregs->regs[0] = value;
}

FTRACE_PUBLIC void
ftrace_override_function_with_return(struct ftrace_regs *fregs)
{
	fregs->pc = (unsigned long)ftrace_return_to_parent;
}

/* The entry knows the site, and leaves to it as one must. */
void arch_ftrace_again(struct ftrace_regs *fregs, unsigned long ip)
{
	ftrace_regs_set_instruction_pointer(fregs, ip);
}

void arch_ftrace_set_direct_caller(struct ftrace_regs *fregs,
				   unsigned long addr)
{
	fregs->direct = addr;
}

/* graph.S */
extern char ftrace_graph_caller[], ftrace_graph_back[], ftrace_graph_direct[];

unsigned long arch_ftrace_graph_back(void)
{
	return (unsigned long)ftrace_graph_back;
}

void arch_ftrace_set_graph_caller(struct ftrace_regs *fregs,
				  struct ftrace_frame *f)
{
	f->site = fregs->pc;
	f->direct = fregs->direct;
	f->body = f->direct ? (unsigned long)ftrace_graph_direct : f->site;
	fregs->pc = (unsigned long)f;
	fregs->direct = (unsigned long)ftrace_graph_caller;
}

/* The number behind the x of x0 to x30, or -1. */
static int gpr_number(const char *name)
{
	int n;

	if (name[0] != 'x' || name[1] < '0' || name[1] > '9')
		return -1;
	n = name[1] - '0';
	if (!name[2])
		return n;
	if (!n || name[2] < '0' || name[2] > '9' || name[3])
		return -1;
	n = n * 10 + name[2] - '0';
	return n < NR_GPRS ? n : -1;
}

FTRACE_PUBLIC int ftrace_regs_query_register_offset(const char *name)
{
	static const struct {
		char name[8];
		int offset;
	} table[] = {
		{ "lr", offsetof(struct pt_regs, regs[30]) },
		{ "sp", offsetof(struct pt_regs, sp) },
		{ "pc", offsetof(struct pt_regs, pc) },
		{ "pstate", offsetof(struct pt_regs, pstate) },
	};
	size_t i;
	int n;

	if (!name)
		return -EINVAL;
	n = gpr_number(name);
	if (n >= 0)
		return (int)offsetof(struct pt_regs, regs) +
		       n * (int)sizeof(unsigned long);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return table[i].offset;
	return -EINVAL;
}

FTRACE_PUBLIC struct pt_regs *ftrace_partial_regs(struct ftrace_regs *fregs,
						  struct pt_regs *regs)
{
	memcpy(regs->regs, fregs->regs, sizeof(fregs->regs));
	regs->regs[15] = fregs->x15;
	regs->regs[18] = fregs->x18;
	regs->regs[29] = fregs->fp;
	regs->regs[30] = fregs->lr;
	regs->sp = fregs->sp;
	regs->pc = fregs->pc;
	return regs;
}
