/* SPDX-License-Identifier: MIT */
/* x86: vector arguments keep all their bits, as wide as the CPU has them. */
#include <string.h>

#include "arch-cases.h"

void wide_target(const void *in, void *seen, unsigned int width);
extern const char wide_elsewhere[];	/* in its body */
void wide_call(const void *in, void *seen, unsigned int width);

static unsigned char in[WIDE_REGS * 64], seen[WIDE_REGS * 64];
static struct probe one, two;
static unsigned int width;
static bool moves;

__attribute__((target("sse2"))) static void clear_xmm(void)
{
	__asm__ volatile("xorps %%xmm0, %%xmm0\n\txorps %%xmm1, %%xmm1\n\t"
			 "xorps %%xmm2, %%xmm2\n\txorps %%xmm7, %%xmm7"
			 ::: "xmm0", "xmm1", "xmm2", "xmm7");
}

/* Any function of the C library may do that. */
static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (moves)
		ftrace_regs_set_instruction_pointer(
			fregs, (unsigned long)wide_elsewhere);
	if (width > 16)
		__asm__ volatile("vzeroall" ::: "memory");
	else if (width)
		clear_xmm();
}

/* Is what the function saw what was given? */
static void check(void)
{
	memset(seen, 0, sizeof(seen));
	wide_call(in, seen, width);
	value("vectors", (unsigned long)memcmp(seen, in, WIDE_REGS * width), 0);
}

/* All in use; then one register alone, by one bit of its last byte. */
static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + 1);
	check();
	for (i = 0; width && i < WIDE_REGS; i++) {
		memset(in, 0, sizeof(in));
		in[i * width + width - 1] = 0x80;
		check();
		memset(in, 0, sizeof(in));
		in[i * width + (width > 16 ? 16 : 0)] = 1;
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
	count("hits", p->hits, 1 + (width ? 2 * WIDE_REGS : 0));
}

static void width_ask(void)
{
	width = __builtin_cpu_supports("avx512f") ? 64 :
		__builtin_cpu_supports("avx") ? 32 :
		__builtin_cpu_supports("sse") ? 16 : 0;
	note("%u bytes", width);
}

static void wide(unsigned long flags)
{
	unsigned long ip = ftrace_location(CODE(wide_target));
	unsigned long addr = CODE(direct_dump);

	width_ask();
	check_all();
	client(&one, flags);
	check_all();
	leave(&one);
	moves = true;
	client(&one, flags | FTRACE_OPS_FL_IPMODIFY);
	check_all();
	leave(&one);
	moves = false;
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

void wide_args(void)
{
	wide(0);
}

void wide_regs(void)
{
	wide(FTRACE_OPS_FL_SAVE_REGS);
}

static void check_unattached(void)
{
	fault.alloc = true;
	check_all();
	fault.alloc = false;
}

/* A thread that can have no block calls nobody, and its entry another way. */
void wide_unattached(void)
{
	struct ftrace_stats st;

	width_ask();
	client(&one, 0);
	check_unattached();
	client(&two, FTRACE_OPS_FL_SAVE_REGS);
	check_unattached();
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&two.ops), 0);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
	ftrace_get_stats(&st);
	count("hits", one.hits + two.hits, 0);
	value("unattached", st.unattached > 0, true);
}
