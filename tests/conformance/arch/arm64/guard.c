/* SPDX-License-Identifier: MIT */
/* arm64: guarded text and its thunks stay guarded, whatever is written. */
#include <setjmp.h>
#include <string.h>

#include <ftrace/module.h>

#include "arch-cases.h"

void guard_land(const void *code);

static sigjmp_buf back;
static unsigned long stopped_at;
static bool keep;	/* the module is conservative */

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	stopped_at = *arch_pc(context);
	siglongjmp(back, 1);
}

/* Is a call that lands at @code, which is no landing pad, stopped there? */
static bool guarded(unsigned long code)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO }, old;

	stopped_at = 0;
	sigaction(SIGILL, &sa, &old);
	if (!sigsetjmp(back, 1))
		guard_land((const void *)code);
	sigaction(SIGILL, &old, NULL);
	return stopped_at == code;
}

/* The text of the site, and of what it calls if that is a thunk. */
static void all_guarded(const char *name, unsigned long ip)
{
	struct ftrace_site_info info;

	value(name, guarded(ip), cpu_has_bti());
	value("listed", site_info(ip, &info), true);
	/*
	 * Its br x17; one that is for a direct call has another page. A keeper
	 * can be entered at its begin alone, unless that is refused.
	 */
	if (info.target && !(info.flags & FTRACE_SITE_DIRECT) &&
	    (cpu_has_bti() || !keep))
		value("thunk", guarded(info.target + THUNK_INSN(2)),
		      cpu_has_bti());
}

static long elsewhere(long x)
{
	return x + 777;
}

static void moves(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	ftrace_regs_set_instruction_pointer(fregs, CODE(elsewhere));
}

static void overrides(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	ftrace_regs_set_return_value(fregs, 555);
	ftrace_override_function_with_return(fregs);
}

/* Each call comes by the site twice; what the site kept in x9 is lost here. */
static void repeats(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = op->priv;

	probe_hit(ip, parent_ip, op, fregs);
	if (p->hits % 2)
		ftrace_regs_set_instruction_pointer(fregs, ip);
	__asm__ volatile("mov x9, #1" ::: "x9");
}

/* By a client that does @func the function's result becomes @result. */
static void with_client(ftrace_func_t func, unsigned long flags,
			unsigned long result)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	struct probe p;

	probe_init(&p, flags);
	p.ops.func = func;
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("result", (unsigned long)traced_one(1), result);
	all_guarded("enabled", ip);
	value("result", (unsigned long)traced_one(1), result);
	value("called", p.hits >= 2, true);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&p.ops), 0);
	all_guarded("disabled", ip);
}

void sites_guarded(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	unsigned long result = (unsigned long)traced_one(1);

	/* It signs its return address, soon, though it calls nobody. */
	value("signs", memmem((const void *)ip, 16, SIGN_BYTES, SIGN_SIZE) !=
		       NULL, true);
	all_guarded("before", ip);
	with_client(probe_hit, 0, result);
	with_client(moves, FTRACE_OPS_FL_IPMODIFY, 778);
	with_client(overrides, FTRACE_OPS_FL_IPMODIFY, 555);
	with_client(repeats, FTRACE_OPS_FL_IPMODIFY, result);
	value("direct", (unsigned long)register_ftrace_direct(ip,
						CODE(direct_one)), 0);
	value("result", (unsigned long)traced_one(1), result);
	all_guarded("direct", ip);
	with_client(probe_hit, 0, result);
	value("direct", (unsigned long)unregister_ftrace_direct(ip,
						CODE(direct_one)), 0);
	all_guarded("after", ip);
	count("direct", direct_hits[1], cpu_has_bti() ? 3 : 6);
}

void sites_guarded_keep(void)
{
	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	keep = true;
	sites_guarded();
}
