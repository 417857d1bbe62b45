/* SPDX-License-Identifier: MIT */
/* powerpc: what a callback may ask of, and do to, the registers at a site. */
#include "../../generic/internal.h"
#include "insn.h"
#include "regs.h"

#define ASSERT_REG(what, member)                                      \
	_Static_assert(what == offsetof(struct ftrace_regs, member), \
		       "regs.h: " #member)

ASSERT_REG(FREGS_GPR(0), regs.gpr[0]);
ASSERT_REG(FREGS_GPR(31), regs.gpr[31]);
ASSERT_REG(FREGS_NIP, regs.nip);
ASSERT_REG(FREGS_MSR, regs.msr);
ASSERT_REG(FREGS_ORIG_GPR3, regs.orig_gpr3);
ASSERT_REG(FREGS_CTR, regs.ctr);
ASSERT_REG(FREGS_LINK, regs.link);
ASSERT_REG(FREGS_XER, regs.xer);
ASSERT_REG(FREGS_CCR, regs.ccr);
#ifdef __powerpc64__
ASSERT_REG(FREGS_SOFTE, regs.softe);
#else
ASSERT_REG(FREGS_SOFTE, regs.mq);
#endif
ASSERT_REG(FREGS_TRAP, regs.trap);
ASSERT_REG(FREGS_DAR, regs.dar);
ASSERT_REG(FREGS_DSISR, regs.dsisr);
ASSERT_REG(FREGS_RESULT, regs.result);
ASSERT_REG(FREGS_DIRECT, direct);
ASSERT_REG(FREGS_FULL, full);
_Static_assert(FREGS_SIZE == sizeof(struct ftrace_regs), "regs.h: size");

/* The frame: nothing overlaps, vectors and the stack pointer are aligned. */
_Static_assert(FRAME_FREGS >= ABI_FRAME, "regs.h: FRAME_FREGS");
_Static_assert(FRAME_VR(2) >= FRAME_FREGS + FREGS_SIZE, "regs.h: FRAME_VR");
_Static_assert(FRAME_VR(2) % 16 == 0, "regs.h: FRAME_VR alignment");
_Static_assert(FRAME_FPR(1) == FRAME_VR(13) + 16, "regs.h: FRAME_FPR");
_Static_assert(FRAME_FPR(ABI_FPR_ARGS) + 8 <= FRAME_SIZE, "regs.h: FRAME_FPR");
_Static_assert(FRAME_SIZE % 16 == 0, "regs.h: FRAME_SIZE");
_Static_assert(FRAME_SITE_SIZE % 16 == 0, "regs.h: FRAME_SITE_SIZE");
_Static_assert(KEEP_VR(0) >= FRAME_FREGS + FREGS_SIZE, "regs.h: KEEP_VR");
_Static_assert(KEEP_VR(0) % 16 == 0, "regs.h: KEEP_VR alignment");
_Static_assert(KEEP_SIZE % 16 == 0, "regs.h: KEEP_SIZE");
_Static_assert(FRAME_SITE_SIZE + ABI_KEEPER_R12 >= FTRACE_WORD &&
		       FRAME_SITE_SIZE + ABI_KEEPER_R12 != ABI_LR_SAVE,
	       "abi.h: ABI_KEEPER_R12");
_Static_assert(FRAME_SITE_SIZE + ABI_KEEPER_R0 > ABI_LR_SAVE,
	       "abi.h: ABI_KEEPER_R0");
_Static_assert(ABI_KEEPER_FRAME == 0 || ABI_KEEPER_FRAME == FRAME_SITE_SIZE,
	       "abi.h: ABI_KEEPER_FRAME");

/* entry.S: the code of a return to the function's caller, for an override. */
extern char ftrace_return_to_parent[];

#define ARGS_IN_REGISTERS 8

static unsigned long *argument(struct ftrace_regs *fregs, unsigned int n)
{
	struct pt_regs *r = &fregs->regs;

	if (n < ARGS_IN_REGISTERS)
		return &r->gpr[3 + n];
	return (unsigned long *)(r->gpr[1] + ABI_ARG_AT(n));
}

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
	return fregs->regs.nip;
}

#ifdef __powerpc64__
/* entry.S: keeps r2 for the caller, which it finds in the word below its frame */
extern char ftrace_other_toc[];

#define OTHER_TOC ((unsigned long)ftrace_other_toc)
_Static_assert(ABI_TOC_SAVE == FRAME_SITE_SIZE - 8,
	       "abi.h: where ftrace_other_toc() finds r2");

/* In the frame that stands for the traced function; the entry's leads to it. */
static unsigned long *in_frame(struct ftrace_regs *fregs, unsigned long at)
{
	char *frame = *(char **)((char *)fregs - FRAME_FREGS);

	return (unsigned long *)(frame + at);
}

/* Only a descriptor begins like this; no instruction does. */
static bool is_descriptor(const unsigned long *p)
{
	return ABI_DESCRIPTORS && !(*p >> 48);
}

static void go_straight(struct ftrace_regs *fregs, unsigned long ip)
{
	if (fregs->direct == OTHER_TOC) {	/* undo the last change */
		fregs->regs.gpr[2] = *in_frame(fregs, ABI_TOC_SAVE);
		fregs->direct = 0;
	}
	fregs->regs.nip = ip;
}

/*
 * A function of another object has another TOC. The way there is a direct call;
 * one that is registered takes its place when all callbacks have run.
 */
static void go_on_at(struct ftrace_regs *fregs, unsigned long ip)
{
	const unsigned long *descriptor = (const unsigned long *)ip;
	unsigned long behind = *in_frame(fregs, ABI_LR_SAVE);

	go_straight(fregs, ip);
	/* On behind the site, or there once more. */
	if (ip == behind || ip == behind - MCOUNT_INSN_SIZE)
		return;
	*in_frame(fregs, ABI_TOC_SAVE) = fregs->regs.gpr[2];
	fregs->direct = OTHER_TOC;
	if (is_descriptor(descriptor)) {
		fregs->regs.nip = descriptor[0];
		fregs->regs.gpr[2] = descriptor[1];
	}
}
#else
static void go_straight(struct ftrace_regs *fregs, unsigned long ip)
{
	fregs->regs.nip = ip;
}

#define go_on_at go_straight
#endif

FTRACE_PUBLIC void
ftrace_regs_set_instruction_pointer(struct ftrace_regs *fregs, unsigned long ip)
{
	go_on_at(fregs, ip);
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_stack_pointer(struct ftrace_regs *fregs)
{
	return fregs->regs.gpr[1];
}

/* The back chain starts at the stack pointer: there is no other. */
FTRACE_PUBLIC unsigned long
ftrace_regs_get_frame_pointer(struct ftrace_regs *fregs)
{
	return fregs->regs.gpr[1];
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_address(struct ftrace_regs *fregs)
{
	return fregs->regs.link;
}

FTRACE_PUBLIC unsigned long
ftrace_regs_get_return_value(struct ftrace_regs *fregs)
{
	return fregs->regs.gpr[3];
}

FTRACE_PUBLIC void ftrace_regs_set_return_value(struct ftrace_regs *fregs,
						unsigned long value)
{
	fregs->regs.gpr[3] = value;
}

FTRACE_PUBLIC void
ftrace_override_function_with_return(struct ftrace_regs *fregs)
{
	go_straight(fregs, (unsigned long)ftrace_return_to_parent);
}

/* LR and r0 hold the parent's address when it leaves, as they do at a site. */
void arch_ftrace_again(struct ftrace_regs *fregs, unsigned long ip)
{
	go_straight(fregs, ip);
}

void arch_ftrace_set_direct_caller(struct ftrace_regs *fregs,
				   unsigned long addr)
{
	fregs->direct = addr;
}

/* graph.S: code, and what is returned to; without vectors, too */
extern char ftrace_graph_caller[], ftrace_graph_back[], ftrace_graph_direct[];
extern char ftrace_graph_caller_scalar[], ftrace_graph_back_scalar[];
extern char ftrace_caller_scalar[];

static bool has_vectors(void)
{
	return arch_ftrace_entry(FTRACE_ENTRY_ARGS) !=
	       (unsigned long)ftrace_caller_scalar;
}

unsigned long arch_ftrace_graph_back(void)
{
	return (unsigned long)(has_vectors() ? ftrace_graph_back :
					       ftrace_graph_back_scalar);
}

#ifdef __powerpc64__
/*
 * r2 as the caller has it when it goes on: a call of another object's function
 * has kept it in the caller's frame, and the caller loads it from there.
 */
static unsigned long caller_toc(struct ftrace_regs *fregs)
{
	const uint32_t *back = (const uint32_t *)fregs->regs.link;

	if (*back == powerpc_insn_ld(2, ABI_TOC_SAVE, 1))
		return *(unsigned long *)(fregs->regs.gpr[1] + ABI_TOC_SAVE);
	if (fregs->direct == OTHER_TOC)
		return *in_frame(fregs, ABI_TOC_SAVE);
	return fregs->regs.gpr[2];
}
#else
#define caller_toc(fregs) 0
#endif

void arch_ftrace_set_graph_caller(struct ftrace_regs *fregs,
				  struct ftrace_frame *f)
{
	f->saved[1] = caller_toc(fregs);
	f->site = fregs->regs.nip;
	f->direct = fregs->direct;
	f->body = f->direct ? (unsigned long)ftrace_graph_direct : f->site;
	fregs->regs.nip = (unsigned long)f;
	fregs->direct = (unsigned long)(has_vectors() ?
						ftrace_graph_caller :
						ftrace_graph_caller_scalar);
}

/* r0 to r31, without a leading zero; -EINVAL for anything else. */
static int gpr_offset(const char *digits)
{
	unsigned int n = (unsigned char)*digits++ - '0';

	if (n > 9 || (!n && *digits))
		return -EINVAL;
	if (*digits) {
		unsigned int low = (unsigned char)*digits++ - '0';

		if (low > 9 || *digits)
			return -EINVAL;
		n = 10 * n + low;
	}
	return n < 32 ? FREGS_GPR((int)n) : -EINVAL;
}

FTRACE_PUBLIC int ftrace_regs_query_register_offset(const char *name)
{
	static const struct {
		char name[12];
		int offset;
	} table[] = {
		{ "nip", FREGS_NIP },	  { "msr", FREGS_MSR },
		{ "ctr", FREGS_CTR },	  { "link", FREGS_LINK },
		{ "lr", FREGS_LINK },	  { "xer", FREGS_XER },
		{ "ccr", FREGS_CCR },	  { "cr", FREGS_CCR },
		{ "trap", FREGS_TRAP },	  { "dar", FREGS_DAR },
		{ "dsisr", FREGS_DSISR }, { "result", FREGS_RESULT },
		{ "orig_gpr3", FREGS_ORIG_GPR3 },
	};
	size_t i;

	if (!name)
		return -EINVAL;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return table[i].offset;
	/* The assembler's spelling, and the kernel's. */
	if (!strncmp(name, "gpr", 3))
		return gpr_offset(name + 3);
	return *name == 'r' ? gpr_offset(name + 1) : -EINVAL;
}

FTRACE_PUBLIC struct pt_regs *ftrace_partial_regs(struct ftrace_regs *fregs,
						  struct pt_regs *regs)
{
	const struct pt_regs *from = &fregs->regs;

	if (fregs->full)
		return &fregs->regs;
	memcpy(&regs->gpr[1], &from->gpr[1], 11 * sizeof(from->gpr[0]));
	regs->nip = from->nip;
	regs->link = from->link;
	return regs;
}
