/* SPDX-License-Identifier: MIT */
/* Area 14: backtrace() from inside names everybody on the way to main. */
#include <dlfcn.h>
#include <execinfo.h>
#include <string.h>

#include "conformance.h"

#define FRAMES 64

static void *frame[FRAMES];
static int frames;

/* Exported, so that dladdr() knows them. */
void unwind_callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs);
void unwind_direct(void);
long unwind_caller(void);
long unwind_inner(long x);
int main(int argc, char **argv);

#define APART __attribute__((noipa))

APART void unwind_callback(unsigned long ip, unsigned long parent_ip,
			   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	frames = backtrace(frame, FRAMES);
	__asm__ volatile("");
}

APART void unwind_direct(void)
{
	frames = backtrace(frame, FRAMES);
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
	Dl_info info;

	*base = 0;
	if (!dladdr((char *)addr - 1, &info) || !info.dli_sname)
		return "?";
	*base = (unsigned long)info.dli_saddr;
	return info.dli_sname;
}

/* The first frame at or behind @from that is @name; -1 if there is none. */
static int find(const char *name, int from)
{
	unsigned long base;

	for (; from < frames; from++)
		if (!strcmp(name_of(frame[from], &base), name))
			return from;
	return -1;
}

static void show(void)
{
	unsigned long base;
	int i;

	for (i = 0; i < frames; i++) {
		const char *name = name_of(frame[i], &base);

		note("frame %d %p %s+%#lx", i, frame[i], name,
		     (unsigned long)frame[i] - base);
	}
}

/* Each behind the one before, and only once; @chain ends with NULL. */
static void chain_is(const char *const *chain)
{
	int at = -1, next;

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

	value("at the site", at >= 0 ? (unsigned long)frame[at] : 0,
	      ip + MCOUNT_INSN_SIZE);
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

static void in_direct(bool shared)
{
	static const char *const chain[] = { "unwind_direct", "direct_hit",
					     "direct_one", "traced_ten",
					     "unwind_caller", "main", NULL };
	unsigned long ip = ftrace_location(CODE(traced_ten));
	unsigned long addr = CODE(direct_one);
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
	in_direct(false);
	in_direct(true);
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

const struct conf_case unwind_cases[] = {
	{ "unwind_args", "-", unwind_args },
	{ "unwind_regs", "-", unwind_regs },
	{ "unwind_direct", "-", unwind_in_direct },
	{ "unwind_deep", "-", unwind_deep },
	{ NULL, NULL, NULL },
};
