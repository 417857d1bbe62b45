/* SPDX-License-Identifier: MIT */
/* x86_64: vector arguments keep all their bits, as wide as the CPU has them. */
#include <string.h>

#include <ftrace/asm/ptrace.h>

#include "arch-cases.h"

void wide_target(const void *in, void *seen, unsigned int width);
void wide_call(const void *in, void *seen, unsigned int width);

static unsigned char in[8 * 64], seen[8 * 64];
static struct probe one, two;
static unsigned int width;

/* Any function of the C library may do that. */
static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (width > 16)
		__asm__ volatile("vzeroall" ::: "memory");
	else
		__asm__ volatile("pxor %%xmm0, %%xmm0\n\t"
				 "pxor %%xmm7, %%xmm7" ::: "xmm0", "xmm7");
}

/* Is what the function saw what was given? */
static void check(void)
{
	memset(seen, 0, sizeof(seen));
	wide_call(in, seen, width);
	value("vectors", (unsigned long)memcmp(seen, in, 8 * width), 0);
}

/* All in use; then one register alone, by one bit of its last byte. */
static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + 1);
	check();
	for (i = 0; i < 8; i++) {
		memset(in, 0, sizeof(in));
		in[i * width + width - 1] = 0x80;
		check();
		memset(in, 0, sizeof(in));
		in[i * width + 16 % width] = 1;
		check();
	}
}

static void client(struct probe *p, unsigned long flags)
{
	probe_init(p, flags);
	p->ops.func = callback;
	probe_on(p, wide_target);
	value("register", (unsigned long)register_ftrace_function(&p->ops), 0);
}

static void leave(struct probe *p)
{
	value("unregister", (unsigned long)unregister_ftrace_function(&p->ops),
	      0);
	count("hits", p->hits, 17);
}

static void wide(unsigned long flags)
{
	unsigned long ip = ftrace_location(CODE(wide_target));
	unsigned long addr = CODE(direct_dump);

	width = __builtin_cpu_supports("avx512f") ? 64 :
		__builtin_cpu_supports("avx") ? 32 : 16;
	note("%u bytes", width);
	check_all();
	client(&one, flags);
	check_all();
	leave(&one);
	client(&one, flags);
	client(&two, flags);
	check_all();
	leave(&two);
	leave(&one);
	client(&one, flags);
	value("direct", (unsigned long)register_ftrace_direct(ip, addr), 0);
	check_all();
	value("direct", (unsigned long)unregister_ftrace_direct(ip, addr), 0);
	leave(&one);
}

static void wide_args(void)
{
	wide(0);
}

static void wide_regs(void)
{
	wide(FTRACE_OPS_FL_SAVE_REGS);
}

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

const struct conf_case arch_cases[] = {
	{ "wide_args", "-", wide_args },
	{ "wide_regs", "-", wide_regs },
	{ "wide_keep", "-", wide_keep },
	{ "regs_around", "-", regs_around },
	{ "stack_ymm", "-", stack_ymm },
	{ "unwind_step", "-", unwind_step },
	{ "sites_fentry", "-", sites_fentry },
	{ "sites_places", "-", sites_places },
	{ "sites_places_live", "-", sites_places_live },
	{ "sites_places_fail", "host", sites_places_fail },
	{ "recursion_step", "-", recursion_step },
	{ NULL, NULL, NULL },
};
