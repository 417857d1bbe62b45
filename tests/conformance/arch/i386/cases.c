/* SPDX-License-Identifier: MIT */
/* i386: the cases that it alone has. */
#include <signal.h>
#include <string.h>

#include <ftrace/asm/ptrace.h>
#include <ftrace/module.h>

#include "../x86_64/arch-cases.h"

static struct probe one;

#define SEGMENT(name)                                              \
	value(#name, (unsigned long)r->x##name & 0xffff, ({        \
		      unsigned long seg;                           \
		      __asm__("movl %%" #name ", %0" : "=r"(seg)); \
		      seg & 0xffff; }))

/* What no argument shows: where the stack is, and the segments. */
static void look_around(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	const struct pt_regs *r = ftrace_get_regs(fregs);

	probe_hit(ip, parent_ip, op, fregs);
	SEGMENT(cs);
	SEGMENT(ds);
	SEGMENT(es);
	SEGMENT(fs);
	SEGMENT(gs);
	SEGMENT(ss);
	value("esp", (unsigned long)r->esp,
	      ftrace_regs_get_stack_pointer(fregs));
	value("parent", *(unsigned long *)r->esp, parent_ip);
	value("orig_eax", (unsigned long)r->orig_eax, -1UL);
}

static void regs_around(void)
{
	unsigned long fs, es, other;

	probe_init(&one, FTRACE_OPS_FL_SAVE_REGS);
	one.ops.func = look_around;
	probe_on(&one, traced_one);
	value("register",
	      (unsigned long)register_ftrace_function(&one.ops), 0);
	/*
	 * Nobody else uses fs: another selector than the others'. That of es is
	 * ds's with another privilege, which is asked for and not needed.
	 */
	__asm__ volatile("movl %%fs, %0\n\tmovl %%cs, %2\n\tmovl %2, %%fs\n\t"
			 "movl %%es, %1\n\tmovl %%ds, %2\n\txorl $3, %2\n\t"
			 "movl %2, %%es"
			 : "=&r"(fs), "=&r"(es), "=&r"(other));
	traced_one(0);
	__asm__ volatile("movl %0, %%fs\n\tmovl %1, %%es" : : "r"(fs), "r"(es));
	count("hits", one.hits, 1);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
}

static unsigned short control;	/* as the callback finds it */

static void calculate(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	volatile double d = 3;

	__asm__ volatile("fnstcw %0" : "=m"(control));
	probe_hit(ip, parent_ip, op, fregs);
	d /= 7;
}

/* Conservative: the x87 unit's stack is kept, its control word a callback's. */
static void regs_keep_x87(void)
{
	/* Truncate to double precision, raise nothing: nobody's default. */
	const unsigned short mine = 0x0e7f;
	unsigned short was, then;
	double before, behind;

	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	probe_init(&one, 0);
	one.ops.func = calculate;
	probe_on(&one, traced_one);
	value("register",
	      (unsigned long)register_ftrace_function(&one.ops), 0);
	__asm__ volatile("fnstcw %0\n\tfldcw %4\n\tfldpi\n\tfstl %2\n\t"
			 "pushl $1\n\tcall *%5\n\taddl $4, %%esp\n\t"
			 "fstpl %3\n\tfnstcw %1\n\tfldcw %0"
			 : "=m"(was), "=m"(then), "=m"(before), "=m"(behind)
			 : "m"(mine), "S"(traced_one)
			 : "eax", "ecx", "edx", "memory");
	count("hits", one.hits, 1);
	value("control", control, mine);
	value("behind it", then, mine);
	value("pi", !memcmp(&before, &behind, sizeof(before)), true);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
}

static void to_two(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	ftrace_get_regs(fregs)->eip = (long)CODE(traced_two);
}

/* A store into pt_regs, and no word to the library. */
static void regs_store_eip(void)
{
	probe_init(&one, FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY);
	one.ops.func = to_two;
	probe_on(&one, traced_one);
	value("register",
	      (unsigned long)register_ftrace_function(&one.ops), 0);
	value("result", (unsigned long)traced_one(0), 2);
	count("hits", one.hits, 1);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
	value("result", (unsigned long)traced_one(0), 1);
}

/*
 * The nop that the library chooses when the host lets it try, by what the host
 * answers: the truth, that this CPU lacks the first, or the first two.
 */
static unsigned int lacks, tried;

static int try_code(void (*code)(void))
{
	if (++tried <= lacks)
		return -ENOSYS;
	return ftrace_linux_try_code(code);
}

/* The last moment at which a host can be set is before any constructor. */
static void before_all(int argc, char **argv, char **envp)
{
	static struct ftrace_host_ops host;
	const char *name = argc == 2 ? argv[1] : "";

	(void)envp;
	if (strncmp(name, "nop_", 4) || !strcmp(name, "nop_unasked"))
		return;
	lacks = !strcmp(name, "nop_data16") ? 1 : !strcmp(name, "nop_jump") * 2;
	host = *ftrace_linux_host();
	host.try_code = try_code;
	ftrace_set_host(&host);
}

typedef void init_fn(int argc, char **argv, char **envp);
__attribute__((section(".preinit_array"), used))
static init_fn *const at_start = before_all;

static void nop_is(const char *bytes)
{
	const void *site = (const void *)ftrace_location(CODE(traced_one));
	unsigned int i;

	probe_init(&one, 0);
	probe_on(&one, traced_one);
	for (i = 1; i <= 3; i++) {
		value("nop", !memcmp(site, bytes, 5), true);
		value("result", (unsigned long)traced_one(1), 2);
		value("register",
		      (unsigned long)register_ftrace_function(&one.ops), 0);
		value("nop", !memcmp(site, bytes, 5), false);
		value("result", (unsigned long)traced_one(1), 2);
		value("unregister",
		      (unsigned long)unregister_ftrace_function(&one.ops), 0);
		count("hits", one.hits, i);
	}
}

/* qemu executes it on every CPU; so do those that can run Debian natively. */
static void nop_tried(void)
{
	count("tried", tried, 1);
	nop_is("\x0f\x1f\x44\x00\x00");
}

static void nop_data16(void)
{
	count("tried", tried, 2);
	nop_is("\x66\x66\x66\x66\x90");
}

static void nop_jump(void)
{
	count("tried", tried, 2);
	nop_is("\xeb\x03\x90\x90\x90");
}

static void nop_unasked(void)
{
	count("tried", tried, 0);
	nop_is("\x66\x66\x66\x66\x90");
}

static volatile unsigned int others;

static void not_ours(int sig)
{
	(void)sig;
	others++;
}

static void illegal(void)
{
	__builtin_trap();
}

static void harmless(void)
{
	raise(SIGILL);
}

/* A fault is an answer, anybody else's signal goes where it went before. */
static void nop_try(void)
{
	struct sigaction sa = { .sa_handler = not_ours }, was;
	sigset_t all, mask;

	sigaction(SIGILL, &sa, NULL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	value("illegal", (unsigned long)ftrace_linux_try_code(illegal),
	      -ENOSYS);
	value("once more", (unsigned long)ftrace_linux_try_code(illegal),
	      -ENOSYS);
	count("others", others, 0);
	value("harmless", (unsigned long)ftrace_linux_try_code(harmless), 0);
	count("others", others, 1);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	value("mask", (unsigned long)sigismember(&mask, SIGILL), 1);
	sigaction(SIGILL, NULL, &was);
	value("handler", was.sa_handler == not_ours, true);
}

const struct conf_case arch_cases[] = {
	{ "nop_tried", "-", nop_tried },
	{ "nop_data16", "-", nop_data16 },
	{ "nop_jump", "-", nop_jump },
	{ "nop_unasked", "-", nop_unasked },
	{ "nop_try", "-", nop_try },
	{ "wide_args", "-", wide_args },
	{ "wide_regs", "-", wide_regs },
	{ "wide_clean", "-", wide_clean },
	{ "wide_clean_keep", "-", wide_clean_keep },
	{ "wide_unattached", "host", wide_unattached },
	{ "wide_keep", "-", wide_keep },
	{ "regs_around", "-", regs_around },
	{ "regs_keep_x87", "-", regs_keep_x87 },
	{ "regs_store_eip", "-", regs_store_eip },
	{ "stack_x87", "-", stack_x87 },
	{ "stack_ymm", "-", stack_ymm },
	{ "sites_places", "-", sites_places },
	{ "sites_places_live", "-", sites_places_live },
	{ "sites_places_fail", "host", sites_places_fail },
	{ NULL, NULL, NULL },
};
