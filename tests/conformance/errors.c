/* SPDX-License-Identifier: MIT */
/* Area 1: wrong arguments, each refused by name and without a trace. */
#include <string.h>

#include "conformance.h"

static struct snap before;

static void begin(void)
{
	snap_take(&before);
	log_clear();
}

static void end(const char *name, int got, int want, const char *call,
		const char *reason)
{
	refused(name, got, want, call, reason);
	snap_same(name, &before);
}

static void errors_ops(void)
{
	const char *call = "register_ftrace_function";
	struct probe p;

	begin();
	end("NULL", register_ftrace_function(NULL), -EINVAL, call, "NULL");
	end("NULL", unregister_ftrace_function(NULL), -EINVAL,
	    "unregister_ftrace_function", "NULL");
	probe_init(&p, 0);
	p.ops.func = NULL;
	end("no func", register_ftrace_function(&p.ops), -EINVAL, call,
	    "no func");
	probe_init(&p, 1UL << 30);
	end("flag", register_ftrace_function(&p.ops), -EINVAL, call, "flag");
	probe_init(&p, FTRACE_OPS_FL_SAVE_REGS | 1UL << 25);
	end("flag", register_ftrace_function(&p.ops), -EINVAL, call, "flag");
	probe_init(&p, FTRACE_OPS_FL_IPMODIFY);
	end("no filter", register_ftrace_function(&p.ops), -EINVAL, call,
	    "IPMODIFY needs a filter");
	probe_init(&p, 0);
	end("not registered", unregister_ftrace_function(&p.ops), -EBUSY,
	    "unregister_ftrace_function", "not registered");
}

static void errors_twice(void)
{
	struct probe p;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	begin();
	end("again", register_ftrace_function(&p.ops), -EBUSY,
	    "register_ftrace_function", "is registered");
	traced_one(0);
	count("hits", p.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	begin();
	end("again", unregister_ftrace_function(&p.ops), -EBUSY,
	    "unregister_ftrace_function", "not registered");
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	traced_one(0);
	count("hits", p.hits, 2);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

static void filter_wrong(const char *name, unsigned long ip)
{
	struct probe p;

	probe_init(&p, 0);
	begin();
	end(name, ftrace_set_filter_ip(&p.ops, ip, 0, 0), -EINVAL,
	    "ftrace_set_filter_ip", "no site");
	value("location", ftrace_location(ip), 0);
	/* The refusal left an empty filter, which still takes a site. */
	value("filter", (unsigned long)ftrace_set_filter_ip(&p.ops,
				CODE(traced_one), 0, 0), 0);
	ftrace_free_filter(&p.ops);
}

static void errors_filter(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	struct probe p;

	filter_wrong("a stack address", (unsigned long)&p);
	filter_wrong("no site", CODE(plain_ten));
	filter_wrong("behind the site", ip + MCOUNT_INSN_SIZE);
	filter_wrong("inside the site", ip + 1);
	filter_wrong("one", 1);
	begin();
	end("NULL", ftrace_set_filter_ip(NULL, ip, 0, 0), -EINVAL,
	    "ftrace_set_filter_ip", "NULL");
	probe_init(&p, 0);
	end("not there", ftrace_set_filter_ip(&p.ops, ip, 1, 0), -ENOENT,
	    "ftrace_set_filter_ip", "not there");
	end("no such name", ftrace_set_filter(&p.ops, "no_such", 7, 0),
	    -EINVAL, "ftrace_set_filter", "no function");
	end("no site by name", ftrace_set_filter(&p.ops, "plain_ten", 9, 0),
	    -EINVAL, "ftrace_set_filter", "no function");
	value("already there",
	      (unsigned long)ftrace_set_filter_ip(&p.ops, ip, 0, 0), 0);
	value("already there",
	      (unsigned long)ftrace_set_filter_ip(&p.ops, ip, 0, 0), 0);
	value("taken away",
	      (unsigned long)ftrace_set_filter_ip(&p.ops, ip, 1, 0), 0);
	begin();
	end("gone", ftrace_set_filter_ip(&p.ops, ip, 1, 0), -ENOENT,
	    "ftrace_set_filter_ip", "not there");
	ftrace_free_filter(&p.ops);
}

/* SAVE_REGS where there is no ftrace_regs_caller is refused, else it works. */
static void errors_regs(void)
{
	bool regs = ftrace_arch_features() & FTRACE_FEATURE_REGS;
	struct probe p;

	probe_init(&p, FTRACE_OPS_FL_SAVE_REGS);
	probe_on(&p, traced_one);
	begin();
	if (regs) {
		value("SAVE_REGS",
		      (unsigned long)register_ftrace_function(&p.ops), 0);
		traced_one(0);
		count("hits", p.hits, 1);
		value("unregister",
		      (unsigned long)unregister_ftrace_function(&p.ops), 0);
	} else {
		end("SAVE_REGS", register_ftrace_function(&p.ops), -EINVAL,
		    "register_ftrace_function", "SAVE_REGS");
	}
	ftrace_free_filter(&p.ops);
	probe_init(&p, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	probe_on(&p, traced_one);
	value("IF_SUPPORTED", (unsigned long)register_ftrace_function(&p.ops),
	      0);
	show_thunk("traced_one", ftrace_location(CODE(traced_one)), 1);
	traced_one(0);
	count("hits", p.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	value("features", ftrace_arch_features() & FTRACE_FEATURE_REGS,
	      HAS_REGS ? FTRACE_FEATURE_REGS : 0);
}

static void errors_host(void)
{
	struct ftrace_host_ops host = *ftrace_linux_host();

	value("in use", (unsigned long)ftrace_set_host(&host), -EBUSY);
	value("NULL", (unsigned long)ftrace_set_host(NULL), -EINVAL);
	host.size--;
	value("size", (unsigned long)ftrace_set_host(&host), -EINVAL);
	host = *ftrace_linux_host();
	host.log = NULL;
	value("member", (unsigned long)ftrace_set_host(&host), -EINVAL);
}

const struct conf_case errors_cases[] = {
	{ "errors_ops", "-", errors_ops },
	{ "errors_twice", "-", errors_twice },
	{ "errors_filter", "-", errors_filter },
	{ "errors_regs", "-", errors_regs },
	{ "errors_host", "-", errors_host },
	{ NULL, NULL, NULL },
};
