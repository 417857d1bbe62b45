/* SPDX-License-Identifier: MIT */
/* x86: handlers and callers find the upper parts of vectors unused if they were. */
#include <cpuid.h>
#include <string.h>

#include <ftrace/graph.h>
#include <ftrace/module.h>

#include "arch-cases.h"

static unsigned char in[64], out[64];
static unsigned long handlers, found;
static unsigned int width;

/*
 * Upper parts, by XGETBV. Legacy SSE code takes a hundred times as long if they
 * are, zero or not. 0 where the CPU cannot tell; an emulator says always.
 */
static unsigned long in_use(void)
{
	unsigned int a, b, c, d;

	if (!width || !__get_cpuid_count(13, 1, &a, &b, &c, &d) || !(a & 4))
		return 0;
	__asm__ volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(a), "=d"(d) : "c"(1));
	return a & (4 | 64);
}

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip, (void)parent_ip, (void)op, (void)fregs;
	handlers++;
	found |= in_use();
}

static int entered(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	(void)trace;
	callback(0, 0, &gops->ops, fregs);
	return 1;
}

static void returned(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		     struct ftrace_regs *fregs)
{
	(void)trace;
	callback(0, 0, &gops->ops, fregs);
}

static void clear(void)
{
	if (width)
		__asm__ volatile("vzeroupper" ::: "memory");
}

/* One register is in use at the call, and is behind it: nobody changed it. */
static void call_wide(void)
{
	clear();
	if (width == 64)
		__asm__ volatile("vmovups %0, %%zmm0" : : "m"(in));
	else if (width)
		__asm__ volatile("vmovups %0, %%ymm0" : : "m"(in));
	traced_one(1);
	if (width == 64)
		__asm__ volatile("vmovups %%zmm0, %0" : "=m"(out));
	else if (width)
		__asm__ volatile("vmovups %%ymm0, %0" : "=m"(out));
	clear();
	value("vector", (unsigned long)memcmp(in, out, width), 0);
}

/* @who: that many handlers for each call */
static void call(const char *who, unsigned long nr)
{
	unsigned long base, after;
	size_t i;

	handlers = found = 0;
	clear();
	base = in_use();
	traced_one(1);
	after = in_use();
	value(who, after, base);
	for (i = 16; i < width; i += 16) {
		memset(in, 0, sizeof(in));
		in[i] = (unsigned char)i;
		call_wide();
	}
	value(who, found, handlers ? base : 0);
	count("handlers", handlers, width ? width / 16 * nr : nr);
}

static void ops(unsigned long flags)
{
	struct probe p;

	probe_init(&p, flags);
	p.ops.func = callback;
	probe_on(&p, traced_one);
	must("register", register_ftrace_function(&p.ops));
	call("callback", 1);
	must("unregister", unregister_ftrace_function(&p.ops));
}

static void look_at_cpu(void)
{
	width = __builtin_cpu_supports("avx512f") ? 64 :
		__builtin_cpu_supports("avx") ? 32 : 0;
	call("nobody", 0);
}

void wide_clean(void)
{
	static struct fgraph_ops graph = { .entryfunc = entered,
					   .retfunc = returned };

	look_at_cpu();
	ops(0);
	ops(FTRACE_OPS_FL_SAVE_REGS);
	must("filter", ftrace_set_filter_ip(&graph.ops, CODE(traced_one), 0, 0));
	must("register", register_ftrace_graph(&graph));
	/* The first call of all goes another way. */
	traced_one(1);
	call("graph", 2);
	must("unregister", unregister_ftrace_graph(&graph));
}

void wide_clean_keep(void)
{
	look_at_cpu();
	must("conservative", ftrace_set_conservative("*"));
	ops(0);
	ops(FTRACE_OPS_FL_SAVE_REGS);
}
