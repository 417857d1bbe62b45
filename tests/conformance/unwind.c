/* SPDX-License-Identifier: MIT */
/* Area 14: backtrace() from inside names everybody on the way to main. */
#include <string.h>
#include <sys/mman.h>
#include <unwind.h>

#include <ftrace/module.h>

#include "conformance.h"

#ifdef __GLIBC__
#include <execinfo.h>
#else
static int backtrace(void **frame, int max);
#endif

#define FRAMES 64

/*
 * As backtrace() tells it, and as libgcc's unwinder does, which exceptions
 * use. Some C libraries' backtrace() follows stack frames and asks no table.
 */
struct trace {
	void *frame[FRAMES];
	int frames;
};

static struct trace by_libc, by_table, *trace = &by_libc;

void unwind_callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs);
long unwind_caller(void);
long unwind_inner(long x);
void unwind_outer(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs);
void unwind_raise(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs);
int main(int argc, char **argv);

#define APART __attribute__((noipa))

#ifndef HANDLER_BACKTRACE
#define HANDLER_BACKTRACE backtrace
#endif

static _Unwind_Reason_Code add(struct _Unwind_Context *context, void *arg)
{
	struct trace *t = arg;

	if (t->frames == FRAMES)
		return _URC_END_OF_STACK;
	t->frame[t->frames++] = (void *)_Unwind_GetIP(context);
	return _URC_NO_REASON;
}

#ifndef __GLIBC__
/* A C library without one leaves it to the unwinder. */
static int backtrace(void **frame, int max)
{
	struct trace t = { .frames = 0 };
	int i;

	_Unwind_Backtrace(add, &t);
	for (i = 0; i < t.frames && i < max; i++)
		frame[i] = t.frame[i];
	return i;
}
#endif

/* The caller's frame is the first that anybody looks for. */
static inline __attribute__((always_inline)) void take(void)
{
	by_libc.frames = backtrace(by_libc.frame, FRAMES);
	by_table.frames = 0;
	_Unwind_Backtrace(add, &by_table);
}

APART void unwind_callback(unsigned long ip, unsigned long parent_ip,
			   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	take();
	__asm__ volatile("");
}

APART void unwind_direct(void)
{
	take();
	__asm__ volatile("");
}

APART long unwind_caller(void)
{
	long r = traced_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

	__asm__ volatile("");
	return r;
}

/* A return address lies behind its call, perhaps behind the function. */
static const char *name_of(void *addr, unsigned long *base)
{
	return symbol_at((unsigned long)addr - 1, base);
}

/* The first frame at or behind @from that is @name; -1 if there is none. */
static int find(const char *name, int from)
{
	unsigned long base;

	for (; from < trace->frames; from++)
		if (!strcmp(name_of(trace->frame[from], &base), name))
			return from;
	return -1;
}

static void show(void)
{
	unsigned long base;
	int i;

	for (i = 0; i < trace->frames; i++) {
		const char *name = name_of(trace->frame[i], &base);

		note("frame %d %p %s+%#lx", i, trace->frame[i], name,
		     (unsigned long)trace->frame[i] - base);
	}
}

/* Each behind the one before, and only once; @chain ends with NULL. */
static void chain_in(struct trace *t, const char *const *chain)
{
	int at = -1, next;

	trace = t;
	show();
	for (; *chain; chain++) {
		next = find(*chain, at + 1);
		value(*chain, next > at, true);
		if (next < 0)
			return;
		at = next;
		value("once", find(*chain, at + 1) < 0, true);
	}
}

/* The frame of the traced function stands behind its site. */
static void at_site(const char *name, unsigned long ip)
{
	int at = find(name, 0);

	value("at the site", at >= 0 ? (unsigned long)trace->frame[at] : 0,
	      ip + MCOUNT_INSN_SIZE);
}

static void chain_is(const char *const *chain)
{
	chain_in(&by_libc, chain);
	chain_in(&by_table, chain);
}

static void client(struct probe *p, unsigned long flags)
{
	probe_init(p, flags);
	p->ops.func = unwind_callback;
	probe_on(p, traced_ten);
	value("register", (unsigned long)register_ftrace_function(&p->ops), 0);
}

static void leave(struct probe *p)
{
	value("unregister", (unsigned long)unregister_ftrace_function(&p->ops),
	      0);
}

static void in_callback(unsigned long flags, bool two)
{
	static const char *const chain[] = { "unwind_callback", "traced_ten",
					     "unwind_caller", "main", NULL };
	struct probe a, b;

	client(&a, flags);
	if (two) {
		probe_init(&b, 0);
		probe_on(&b, traced_ten);
		register_ftrace_function(&b.ops);
	}
	value("result", (unsigned long)unwind_caller(), 385);
	chain_is(chain);
	at_site("traced_ten", ftrace_location(CODE(traced_ten)));
	if (two)
		leave(&b);
	leave(&a);
}

APART void unwind_outer(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	value("result", (unsigned long)unwind_caller(), 385);
}

/* An entry inside a callback has a way of its own. */
static void in_nested(unsigned long flags)
{
	static const char *const chain[] = { "unwind_callback", "traced_ten",
					     "unwind_caller", "unwind_outer",
					     "traced_one", "main", NULL };
	struct probe a, b;

	client(&a, flags);
	probe_init(&b, flags);
	b.ops.func = unwind_outer;
	probe_on(&b, traced_one);
	value("register", (unsigned long)register_ftrace_function(&b.ops), 0);
	value("result", (unsigned long)traced_one(1), 2);
	chain_is(chain);
	leave(&b);
	leave(&a);
}

static void unwind_nested(void)
{
	in_nested(0);
	in_nested(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
}

static void unwind_args(void)
{
	in_callback(0, false);
	in_callback(0, true);
}

static void unwind_regs(void)
{
	in_callback(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, false);
	in_callback(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, true);
}

/* By way of thunks that other functions call, or of their own. */
static void unwind_keep(void)
{
	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	unwind_args();
}

static void in_direct(bool shared, unsigned long addr, const char *const *chain)
{
	unsigned long ip = ftrace_location(CODE(traced_ten));
	struct probe a;

	direct_hook = unwind_direct;
	value("direct", (unsigned long)register_ftrace_direct(ip, addr), 0);
	if (shared) {
		probe_init(&a, 0);
		probe_on(&a, traced_ten);
		register_ftrace_function(&a.ops);
	}
	value("result", (unsigned long)unwind_caller(), 385);
	chain_is(chain);
	at_site("traced_ten", ip);
	if (shared)
		leave(&a);
	value("direct", (unsigned long)unregister_ftrace_direct(ip, addr), 0);
	direct_hook = NULL;
}

static void unwind_in_direct(void)
{
	static const char *const chain[] = { "unwind_direct", "direct_hit",
					     "direct_one", "traced_ten",
					     "unwind_caller", "main", NULL };
	static const char *const made[] = { "unwind_direct", "trampoline_walks",
					    "traced_ten", "unwind_caller",
					    "main", NULL };
	int shared;

	for (shared = 0; shared < 2; shared++) {
		in_direct(shared, CODE(direct_one), chain);
		in_direct(shared, CODE(trampoline_walks), made);
	}
}

APART long unwind_inner(long x)
{
	long r = unwind_caller();

	__asm__ volatile("");
	return r + x;
}

/* Through a function whose own callback is over, and another that is traced. */
static void unwind_deep(void)
{
	static const char *const chain[] = { "unwind_callback", "traced_ten",
					     "unwind_caller", "unwind_inner",
					     "traced_calls", "main", NULL };
	struct probe a, b;

	client(&a, 0);
	probe_init(&b, 0);
	probe_on(&b, traced_calls);
	register_ftrace_function(&b.ops);
	value("result", (unsigned long)traced_calls(unwind_inner, 1), 387);
	count("outer", b.hits, 1);
	chain_is(chain);
	leave(&a);
	leave(&b);
}

/* In a handler: whom did it interrupt? */
static void unwind_handler(void *context)
{
	(void)context;
	/* Where libgcc does not know the way out, it may abort. */
	if (HANDLER_UNWINDS)
		take();
	else
		by_libc.frames = HANDLER_BACKTRACE(by_libc.frame, FRAMES);
	__asm__ volatile("");
}

static void on_signal(int sig)
{
	struct sigaction sa = { .sa_sigaction = traced_handler,
				.sa_flags = SA_SIGINFO };

	value("sigaction", (unsigned long)sigaction(sig, &sa, NULL), 0);
}

/* As far as anybody can tell here: by the tables, or along the stack. */
static struct trace *known(void)
{
	return HANDLER_UNWINDS ? &by_table : &by_libc;
}

/* How traced_ten() is called; both through the same two functions. */
static const struct kind {
	const char *name;
	unsigned int ops;
	unsigned long flags;
	bool direct, far;
} kinds[] = {
	{ "args", 1, 0, false, false },
	{ "regs", 1, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, false, false },
	{ "two", 2, 0, false, false },
	{ "two with regs", 2, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, false,
	  false },
	{ "direct and args", 1, 0, true, false },
	{ "direct and regs", 1, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, true,
	  false },
	{ "far direct", 0, 0, true, true },
};

/* Where a branch goes everywhere no thunk stands before a direct call. */
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]) - !HAS_FAR)

static struct probe clients[2];
static unsigned long far_hits, direct_addr;

static void kind_on(const struct kind *k, ftrace_func_t func)
{
	unsigned long ip = ftrace_location(CODE(traced_ten));
	unsigned int i;

	note("%s", k->name);
	direct_addr = k->far ? far_make(&far_hits) : CODE(direct_one);
	if (k->direct)
		value("direct", (unsigned long)register_ftrace_direct(
				ip, direct_addr), 0);
	for (i = 0; i < k->ops; i++) {
		probe_init(&clients[i], i ? 0 : k->flags);
		clients[i].ops.func = i ? probe_hit : func;
		probe_on(&clients[i], traced_ten);
		register_ftrace_function(&clients[i].ops);
	}
}

static void kind_off(const struct kind *k)
{
	unsigned long ip = ftrace_location(CODE(traced_ten));
	unsigned int i;

	for (i = 0; i < k->ops; i++)
		leave(&clients[i]);
	if (k->direct)
		value("direct", (unsigned long)unregister_ftrace_direct(
				ip, direct_addr), 0);
}

APART static void leaf(void)
{
	__asm__ volatile("");
}

/* Calls somebody, so that its own return address is stored. */
APART static void plain(void)
{
	leaf();
	__asm__ volatile("");
}

/*
 * A breakpoint: not all C libraries have tables for what raise() is made of.
 * It calls somebody before, or has no frame and its caller is not seen by who
 * follows frames. Where a return address lies in the caller's frame there must
 * be one: libgcc 12 looks at the code there.
 */
APART static void trap(void)
{
	plain();
	__asm__ volatile(".if	%c0 == 1\n"
			 ".byte	%c1\n"
			 ".else\n"
			 ".4byte %c1\n"
			 ".endif"
			 :: "i"(sizeof(TRAP_TYPE)), "i"(TRAP_INSN));
}

APART void unwind_raise(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	trap();
	__asm__ volatile("");
}

static void unwind_stepped(void *context)
{
	unwind_handler(context);
	*arch_pc(context) += sizeof(TRAP_TYPE) - TRAP_BEHIND;
}

/* A signal in a callback, whose handler is traced itself. */
static void unwind_signal(void)
{
	static const char *const chain[] = { "traced_handler", "unwind_raise",
					     "traced_ten", "unwind_caller",
					     "main", NULL };
	struct probe p;
	size_t i;

	on_signal(SIGTRAP);
	handler_hook = unwind_stepped;
	probe_init(&p, 0);
	probe_on(&p, traced_handler);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	for (i = 0; kinds[i].ops; i++) {
		kind_on(&kinds[i], unwind_raise);
		value("result", (unsigned long)unwind_caller(), 385);
		chain_in(known(), chain);
		at_site("traced_ten", ftrace_location(CODE(traced_ten)));
		kind_off(&kinds[i]);
	}
	leave(&p);
	count("handled", p.hits, i);
}

/* A breakpoint in a thunk; its handler takes it out again. */
static unsigned long trap_at;
static TRAP_TYPE trap_was;
static unsigned int trapped;

static void trap_write(TRAP_TYPE insn)
{
	unsigned long page = trap_at & ~4095UL;
	void *p = (void *)page;

	if (mprotect(p, 4096, PROT_READ | PROT_WRITE | PROT_EXEC))
		value("mprotect", 1, 0);
	memcpy((void *)trap_at, &insn, sizeof(insn));
	mprotect(p, 4096, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)trap_at,
				(char *)trap_at + sizeof(insn));
}

/* libgcc's, which declares them for itself only. */
struct dwarf_eh_bases {
	void *tbase, *dbase, *func;
};

const void *_Unwind_Find_FDE(void *pc, struct dwarf_eh_bases *bases);

static void unwind_trapped(void *context)
{
	struct dwarf_eh_bases bases = { .func = NULL };

	value("table", !!_Unwind_Find_FDE((void *)trap_at, &bases), true);
	value("of its page", trap_at - (unsigned long)bases.func < 4096, true);
	*arch_pc(context) -= TRAP_BEHIND;
	value("where", *arch_pc(context), trap_at);
	unwind_handler(context);
	trap_write(trap_was);
	trapped++;
}

/* At its n-th instruction, if it has so many. */
static bool thunk_at(unsigned int n)
{
	static const char *const chain[] = { "traced_handler", "traced_ten",
					     "unwind_caller", "main", NULL };
	unsigned long ip = ftrace_location(CODE(traced_ten));
	unsigned int was = trapped;
	struct ftrace_site_info info;

	value("listed", site_info(ip, &info), true);
	if (THUNK_INSN(n) >= FTRACE_THUNK_SIZE)
		return false;
	trap_at = info.target + THUNK_INSN(n);
	memcpy(&trap_was, (void *)trap_at, sizeof(trap_was));
	trap_write((TRAP_TYPE)TRAP_INSN);
	value("result", (unsigned long)unwind_caller(), 385);
	if (trapped == was) {
		trap_write(trap_was);
		return false;
	}
	if (HANDLER_UNWINDS) {
		chain_in(&by_table, chain);
		at_site("traced_ten", ip);
	}
	return true;
}

/* From each instruction of the thunk, whatever it leads to. */
static void unwind_thunk(void)
{
	unsigned int n;
	size_t i;

	on_signal(SIGTRAP);
	handler_hook = unwind_trapped;
	for (i = 0; i < NR_KINDS; i++) {
		kind_on(&kinds[i], probe_hit);
		for (n = 0; thunk_at(n); n++)
			;
		value("instructions", n >= 2, true);
		kind_off(&kinds[i]);
	}
}

const struct conf_case unwind_cases[] = {
	{ "unwind_args", "-", unwind_args },
	{ "unwind_regs", "-", unwind_regs },
	{ "unwind_keep", "-", unwind_keep },
	{ "unwind_direct", "-", unwind_in_direct },
	{ "unwind_nested", "-", unwind_nested },
	{ "unwind_deep", "-", unwind_deep },
	{ "unwind_signal", "-", unwind_signal },
	{ "unwind_thunk", "-", unwind_thunk },
	{ NULL, NULL, NULL },
};
