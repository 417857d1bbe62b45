/* SPDX-License-Identifier: MIT */
/* x86_64: sites of -mfentry, made by the compiler and its post-processor. */
#include <string.h>

#include "arch-cases.h"

static const unsigned char nop[] = PLACE_NOP;

static void fentry_is(const void *fn, bool call)
{
	const unsigned char *at = fn;

	value("prefix", at[0], 0x67);
	value("site", ftrace_location((unsigned long)fn),
	      (unsigned long)fn + 1);
	if (call)
		value("call", at[1], 0xe8);
	else
		value("nop", (unsigned long)memcmp(at + 1, nop,
						     sizeof(nop)), 0);
}

void sites_fentry(void)
{
	unsigned long addr = CODE(direct_one), ip;
	struct probe p;

	probe_init(&p, 0);
	probe_on(&p, traced_fentry);
	probe_on(&p, traced_fentry_calls);
	ip = ftrace_location(CODE(traced_fentry));
	fentry_is(traced_fentry, false);
	must("register", register_ftrace_function(&p.ops));
	fentry_is(traced_fentry, true);
	fentry_is(traced_fentry_calls, true);
	show_thunk("fentry", ip, 1);
	value("result", (unsigned long)traced_fentry_calls(traced_fentry, 1),
	      18);
	count("hits", p.hits, 2);
	value("ip", p.ip, ip);
	must("direct", register_ftrace_direct(CODE(traced_fentry), addr));
	value("result", (unsigned long)traced_fentry(1), 9);
	value("into", direct_into, ip + MCOUNT_INSN_SIZE);
	must("unregister", unregister_ftrace_function(&p.ops));
	show_direct("fentry", ip, addr);
	value("result", (unsigned long)traced_fentry(1), 9);
	count("direct", direct_hits[1], 2);
	must("direct", unregister_ftrace_direct(CODE(traced_fentry), addr));
	fentry_is(traced_fentry, false);
	fentry_is(traced_fentry_calls, false);
}
