/* SPDX-License-Identifier: MIT */
/* Area 1: the bytes of a site in each of its states. */
#include <stdio.h>
#include <string.h>

#include "blob.h"

/*
 * Before any constructor: the last moment at which text is as compiled, and
 * at which a host can be set.
 */
static struct {
	const char *name;
	const void *fn;
	unsigned char bytes[24];
} early[] = {
	{ "traced_one", traced_one, { 0 } },
	{ "traced_ten", traced_ten, { 0 } },
	{ "state_target", state_target, { 0 } },
};

#define NR_EARLY (sizeof(early) / sizeof(early[0]))

static bool needs_host(const char *name)
{
	const struct conf_case *const lists[] = {
		refuse_cases, memory_cases,  poke_cases,
		host_cases,   halfway_cases, arch_cases,
		context_cases, step_cases, multi_cases,
		orders_cases, permanent_cases, process_cases, parked_cases,
		api_cases, graph_cases, graph_filter_cases, entry_cases,
		ops_cases,
	};
	const struct conf_case *c;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (c = lists[i]; c->name; c++)
			if (!strcmp(c->name, name) &&
			    !strcmp(c->needs, "host"))
				return true;
	return false;
}

static void before_all(void)
{
	const char *name = case_name();
	size_t i;

	for (i = 0; i < NR_EARLY; i++)
		memcpy(early[i].bytes, (const void *)ftrace_code(early[i].fn),
		       sizeof(early[i].bytes));
	blob_save();
	if (needs_host(name))
		fault_install();
	/* This one brings the program's own sites in by itself. */
	if (!strcmp(name, "host_object"))
		fault.host[HOST_LIST_OBJECTS].at = 1;
}

/* The linker sorts these; the number of ftrace_object.o's is 101. */
__attribute__((section(".init_array.00000"), used))
static void (*const at_start)(void) = before_all;

static void sites_compiled(void)
{
	size_t i;

	for (i = 0; i < NR_EARLY; i++) {
		unsigned long code = CODE(early[i].fn);
		unsigned long ip = ftrace_location(code);
		unsigned long from = ip - SITE_LEAD - ftrace_code(early[i].fn);

		value("inside", ip && from <= 8, true);
		if (ip && from <= 8)
			show_compiled(early[i].name, ip, early[i].bytes + from);
		show_nop(early[i].name, ip);
	}
}

static void sites_states(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	struct probe a, b;

	probe_init(&a, 0);
	probe_init(&b, 0);
	probe_on(&a, traced_one);
	probe_on(&b, traced_one);
	show_nop("traced_one", ip);
	value("register a", (unsigned long)register_ftrace_function(&a.ops), 0);
	show_thunk("traced_one", ip, 1);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 1);
	value("ip", a.ip, ip);
	value("register b", (unsigned long)register_ftrace_function(&b.ops), 0);
	show_thunk("traced_one", ip, 2);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 2);
	count("b", b.hits, 1);
	value("newest first", b.order < a.order, true);
	value("unregister a",
	      (unsigned long)unregister_ftrace_function(&a.ops), 0);
	show_thunk("traced_one", ip, 1);
	value("result", (unsigned long)traced_one(1), 2);
	count("a", a.hits, 2);
	count("b", b.hits, 2);
	value("unregister b",
	      (unsigned long)unregister_ftrace_function(&b.ops), 0);
	show_nop("traced_one", ip);
	value("result", (unsigned long)traced_one(1), 2);
	count("b", b.hits, 2);
}

/* The call changes each time, the site twenty times; all kinds of change. */
static void sites_modify(void)
{
	unsigned long ip = ftrace_location(CODE(traced_two));
	struct probe a, b;
	unsigned int i;

	probe_init(&a, 0);
	probe_init(&b, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	probe_on(&a, traced_two);
	probe_on(&b, traced_two);
	for (i = 1; i <= 5; i++) {
		register_ftrace_function(&a.ops);
		show_thunk("traced_two", ip, 1);
		register_ftrace_function(&b.ops);
		show_thunk("traced_two", ip, 2);
		traced_two(0);
		unregister_ftrace_function(i & 1 ? &a.ops : &b.ops);
		show_thunk("traced_two", ip, 1);
		traced_two(0);
		unregister_ftrace_function(i & 1 ? &b.ops : &a.ops);
		show_nop("traced_two", ip);
		traced_two(0);
	}
	count("a", a.hits, 5 + 2);
	count("b", b.hits, 5 + 3);
}

static int all_nops(const struct ftrace_site_info *site, void *arg)
{
	unsigned long *nr = arg;

	printf("note %#lx %s\n", site->ip, site->name);
	*nr += site->target || site->count ||
	       (site->flags & ~(FTRACE_SITE_TOUCHED | FTRACE_SITE_MODIFIED));
	return 0;
}

static void sites_all(void)
{
	struct ftrace_stats before, on, off;
	struct probe all;
	unsigned long odd = 0;

	ftrace_get_stats(&before);
	value("sites", before.sites >= 8, true);
	value("disabled", before.disabled, 0);
	value("skipped", before.skipped, 0);
	value("modules", before.modules, 1);
	probe_init(&all, 0);
	value("register",
	      (unsigned long)register_ftrace_function(&all.ops), 0);
	ftrace_get_stats(&on);
	value("enabled", on.enabled, on.sites);
	show_thunk("traced_one", ftrace_location(CODE(traced_one)), 1);
	show_thunk("traced_two", ftrace_location(CODE(traced_two)), 1);
	show_thunk("state_target", ftrace_location(CODE(state_target)), 1);
	traced_one(0);
	traced_two(0);
	count("all", all.hits, 2);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&all.ops), 0);
	ftrace_get_stats(&off);
	value("enabled", off.enabled, 0);
	ftrace_for_each_site(all_nops, &odd);
	value("not a nop", odd, 0);
}

const struct conf_case sites_cases[] = {
	{ "sites_compiled", "-", sites_compiled },
	{ "sites_states", "-", sites_states },
	{ "sites_modify", "-", sites_modify },
	{ "sites_all", "-", sites_all },
	{ NULL, NULL, NULL },
};
