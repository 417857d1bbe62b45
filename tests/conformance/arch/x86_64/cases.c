/* SPDX-License-Identifier: MIT */
/* x86_64: the cases that it alone has. */
#include <ftrace/asm/ptrace.h>

#include <ftrace/graph.h>

#include "arch-cases.h"

static struct probe one;

/* What no argument shows: where the stack is, and the segments. */
static void look_around(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	const struct pt_regs *r = ftrace_get_regs(fregs);
	unsigned long cs, ss;

	probe_hit(ip, parent_ip, op, fregs);
	__asm__("movl %%cs, %k0\n\tmovl %%ss, %k1" : "=r"(cs), "=r"(ss));
	value("cs", r->cs, cs & 0xffff);
	value("ss", r->ss, ss & 0xffff);
	value("rsp", r->rsp, ftrace_regs_get_stack_pointer(fregs));
	value("parent", *(unsigned long *)r->rsp, parent_ip);
	value("orig_rax", r->orig_rax, -1UL);
}

static long elsewhere(long x)
{
	return x + 777;
}

/* Without the accessor: what pt_regs says is where it goes on. */
static void by_hand(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	look_around(ip, parent_ip, op, fregs);
	ftrace_get_regs(fregs)->rip = CODE(elsewhere);
}

static void regs_around(void)
{
	probe_init(&one, FTRACE_OPS_FL_SAVE_REGS);
	one.ops.func = look_around;
	probe_on(&one, traced_one);
	value("register",
	      (unsigned long)register_ftrace_function(&one.ops), 0);
	traced_one(0);
	count("hits", one.hits, 1);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
	one.ops.func = by_hand;
	one.ops.flags |= FTRACE_OPS_FL_IPMODIFY;
	value("register",
	      (unsigned long)register_ftrace_function(&one.ops), 0);
	value("elsewhere", (unsigned long)traced_one(1), 778);
	count("hits", one.hits, 2);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
}

/*
 * gcc does not keep the stack aligned for a function of the same file that it
 * knows not to need that. A return handler may need it.
 */
static long call_unaligned(traced_fn *fn, long x)
{
	long r;

	__asm__ volatile("movq	%%rsp, %%rbx\n"
			 "	andq	$-16, %%rsp\n"
			 "	subq	$136, %%rsp\n"
			 "	call	*%[fn]\n"
			 "	movq	%%rbx, %%rsp"
			 : "=a"(r), "+D"(x)
			 : [fn] "r"(fn)
			 : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10",
			   "r11", "memory", "cc");
	return r;
}

static unsigned long off;

static void needs_aligned(struct ftrace_graph_ret *trace,
			  struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	char room[16] __attribute__((aligned(16))) = { 0 };
	unsigned long at = (unsigned long)room;

	(void)trace, (void)gops, (void)fregs;
	/* The compiler takes it for granted. */
	__asm__ volatile("" : "+r"(at) : : "memory");
	off += at % 16;
}

static void graph_unaligned(void)
{
	static struct fgraph_ops gops = { .retfunc = needs_aligned };

	value("filter", (unsigned long)ftrace_set_filter_ip(&gops.ops,
					CODE(traced_one), 0, 0), 0);
	value("register", (unsigned long)register_ftrace_graph(&gops), 0);
	value("one", (unsigned long)call_unaligned(traced_one, 1), 2);
	value("one", (unsigned long)traced_one(1), 2);
	value("off", off, 0);
	value("unregister", (unsigned long)unregister_ftrace_graph(&gops), 0);
}

/* Handlers whose answer is not what the flags say. */
#define ANSWERS(name, n)						\
	__asm__(".pushsection .text\n"					\
		#name ":	movl	$1-" #n ", %eax\n"		\
		"	testl	%eax, %eax\n"				\
		"	movl	$" #n ", %eax\n"			\
		"	ret\n	.popsection");				\
	int name(struct ftrace_graph_ent *trace, struct fgraph_ops *gops, \
		 struct ftrace_regs *fregs)

ANSWERS(answers_no, 0);
ANSWERS(answers_yes, 1);

static unsigned long returns;

/* Called by a return handler whose flags say that errno is as it was. */
__attribute__((used)) static void counts(void)
{
	returns++;
	errno = 77;
}

__asm__(".pushsection .text\n"
	"returns_equal:	subq	$8, %rsp\n"
	"	call	counts\n"
	"	addq	$8, %rsp\n"
	"	cmpl	%eax, %eax\n"
	"	ret\n	.popsection");
void returns_equal(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs);

static __attribute__((noinline)) void call_below(unsigned int n)
{
	char room[16 * n];

	__asm__ volatile("" : : "r"(room) : "memory");
	errno = 42;
	value("one", (unsigned long)traced_one(1), 2);
	value("errno", (unsigned long)errno, 42);
}

static void graph_answers(void)
{
	static struct fgraph_ops gops = { .retfunc = returns_equal };
	struct ftrace_stats st;
	unsigned int i, n;

	for (i = 0; i < 2; i++) {
		gops.entryfunc = i ? answers_yes : answers_no;
		value("filter", (unsigned long)ftrace_set_filter_ip(
				&gops.ops, CODE(traced_one), 0, 0), 0);
		value("register", (unsigned long)register_ftrace_graph(&gops),
		      0);
		/* More than there are frames, and none is seen to be left. */
		for (n = 1; n <= 600; n++)
			call_below(n);
		count("returns", returns, 600 * i);
		value("unregister",
		      (unsigned long)unregister_ftrace_graph(&gops), 0);
	}
	ftrace_get_stats(&st);
	count("overruns", st.overruns, 0);
}

/* A direct call that looks where it came from: behind the site, as without a client. */
__attribute__((used)) static unsigned long came_from;

__asm__(".pushsection .text\n"
	"direct_looks:	movq	(%rsp), %r11\n"
	"	movq	%r11, came_from(%rip)\n"
	"	ret\n	.popsection");
void direct_looks(void);

static void graph_direct_site(void)
{
	static struct fgraph_ops gops = { .retfunc = returns_equal };
	unsigned long ip = ftrace_location(CODE(traced_one));

	value("direct", (unsigned long)register_ftrace_direct(
			ip, CODE(direct_looks)), 0);
	value("filter", (unsigned long)ftrace_set_filter_ip(&gops.ops, ip, 0, 0),
	      0);
	value("register", (unsigned long)register_ftrace_graph(&gops), 0);
	value("one", (unsigned long)traced_one(1), 2);
	value("from", came_from, ip + MCOUNT_INSN_SIZE);
	count("returns", returns, 1);
	value("unregister", (unsigned long)unregister_ftrace_graph(&gops), 0);
	value("direct", (unsigned long)unregister_ftrace_direct(
			ip, CODE(direct_looks)), 0);
}

const struct conf_case arch_cases[] = {
	{ "graph_unaligned", "-", graph_unaligned },
	{ "graph_direct_site", "-", graph_direct_site },
	{ "graph_answers", "-", graph_answers },
	{ "wide_args", "-", wide_args },
	{ "wide_regs", "-", wide_regs },
	{ "wide_clean", "-", wide_clean },
	{ "wide_clean_keep", "-", wide_clean_keep },
	{ "wide_keep", "-", wide_keep },
	{ "wide_unattached", "host", wide_unattached },
	{ "regs_around", "-", regs_around },
	{ "stack_ymm", "-", stack_ymm },
	{ "stack_x87", "-", stack_x87 },
	{ "sites_fentry", "-", sites_fentry },
	{ "late_graph", "-", late_graph },
	{ "sites_places", "-", sites_places },
	{ "sites_places_live", "-", sites_places_live },
	{ "sites_places_fail", "host", sites_places_fail },
	{ NULL, NULL, NULL },
};
