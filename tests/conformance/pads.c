/* SPDX-License-Identifier: MIT */
/* Area 1: sites behind landing pads, which stay what they are. */
#include <string.h>

#include "conformance.h"

static void pad_is(const char *name, unsigned long code)
{
	static const unsigned char pad[] = PAD_BYTES;

	value(name, (unsigned long)memcmp((const void *)code, pad, PAD_SIZE),
	      0);
	/* A trampoline or a table may name either. */
	value("behind it", ftrace_location(code),
	      ftrace_location(code + PAD_SIZE));
}

static void both(unsigned long hits, const struct probe *p)
{
	unsigned long was = p->hits;

	value("result", (unsigned long)traced_pad(1), 7);
	value("result", (unsigned long)traced_pad_calls(traced_pad, 1), 14);
	count("hits", p->hits - was, hits);
	pad_is("pad", CODE(traced_pad));
	pad_is("pad", CODE(traced_pad_calls));
}

static void traced(unsigned long flags)
{
	unsigned long ip = ftrace_location(CODE(traced_pad));
	unsigned long calls = ftrace_location(CODE(traced_pad_calls));
	struct probe p;

	probe_init(&p, flags);
	probe_on(&p, traced_pad);
	probe_on(&p, traced_pad_calls);
	both(0, &p);
	must("register", register_ftrace_function(&p.ops));
	show_thunk("pad", ip, 1);
	show_thunk("pad_calls", calls, 1);
	both(3, &p);
	must("direct", register_ftrace_direct(calls, CODE(direct_one)));
	both(3, &p);
	must("unregister", unregister_ftrace_function(&p.ops));
	show_direct("pad_calls", calls, CODE(direct_one));
	both(0, &p);
	must("direct", unregister_ftrace_direct(calls, CODE(direct_one)));
	show_nop("pad", ip);
	show_nop("pad_calls", calls);
	both(0, &p);
}

static void sites_pads(void)
{
	unsigned long ip = ftrace_location(CODE(traced_pad_calls));

	value("site", ip - CODE(traced_pad_calls) >= PAD_SIZE + SITE_LEAD,
	      true);
	value("behind the site",
	      (unsigned long)memcmp((const void *)(ip + MCOUNT_INSN_SIZE),
				    SIGN_BYTES, SIGN_SIZE), 0);
	traced(0);
	traced(FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	count("direct", direct_hits[1], 4);
}

const struct conf_case pads_cases[] = {
	{ "sites_pads", "-", sites_pads },
	{ NULL, NULL, NULL },
};
