/* SPDX-License-Identifier: MIT */
/* Area 7: names to addresses, addresses to sites, sites to lines of text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <ftrace/module.h>

#include "conformance.h"

static struct probe a, b;

static void lookup_symbols(void)
{
	const char *call = "ftrace_lookup_symbols";
	/* In the order of strcmp(); the static one by an alias. */
	const char *names[4] = { "mutex_unlock", "other_name", "state_target",
				 "traced_one" };
	const char *some[3] = { "no_such", "plain_ten", "traced_one" };
	const char *wrong[2] = { "traced_one", "mutex_unlock" };
	const char *hole[2] = { "mutex_unlock", NULL };
	unsigned long addr[4], want;

	must("all", ftrace_lookup_symbols(names, 4, addr));
	value("state_target", addr[2], CODE(state_target));
	value("traced_one", addr[3], CODE(traced_one));
	/* They are what a filter takes. */
	probe_init(&a, 0);
	must("filter", ftrace_set_filter_ips(&a.ops, addr, 4, 0, 0));
	must("register", register_ftrace_function(&a.ops));
	traced_one(0);
	count("hits", a.hits, 1);
	must("unregister", unregister_ftrace_function(&a.ops));
	want = addr[3];
	log_clear();
	refused("some", ftrace_lookup_symbols(some, 3, addr), -ESRCH, call,
		"no function");
	value("no such", addr[0], 0);
	value("no site", addr[1], 0);
	value("found", addr[2], want);
	refused("order", ftrace_lookup_symbols(wrong, 2, addr), -EINVAL, call,
		"sorted");
	refused("hole", ftrace_lookup_symbols(hole, 2, addr), -EINVAL, call,
		"NULL");
	must("none", ftrace_lookup_symbols(names, 0, addr));
}

static void lookup_ranges(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one)), addr;
	unsigned long end = ip + MCOUNT_INSN_SIZE - 1;

	for (addr = ip - SITE_LEAD - 1; addr <= end + 1; addr++) {
		unsigned long in = addr >= ip && addr <= end ? ip : 0;
		bool owned = addr >= ip - SITE_LEAD && addr <= end;

		value("location", ftrace_location_range(addr, addr), in);
		value("reserved", !!ftrace_text_reserved((void *)addr,
							 (void *)addr), owned);
	}
	value("around", ftrace_location_range(ip - SITE_LEAD - 1, end + 1), ip);
	value("up to", ftrace_location_range(ip - 1, ip), ip);
	value("backwards", ftrace_location_range(end, ip - 1), 0);
	addr = CODE(plain_ten);
	value("no site", ftrace_location_range(addr, addr + 15), 0);
	value("free", (unsigned long)ftrace_text_reserved((void *)addr,
						(void *)(addr + 15)), 0);
	value("stack", ftrace_location_range((unsigned long)&ip,
					     (unsigned long)&ip + 99), 0);
	value("all", !!ftrace_location_range(0, ~0UL), true);
}

/* The line of a function in a listing; "" if it is not there. */
static const char *line_of(enum ftrace_list list, const char *name)
{
	static char line[512];
	struct ftrace_iter it = { .list = list };
	size_t n = strlen(name);

	while (ftrace_iter_line(&it, line, sizeof(line)) > 0)
		if (!strncmp(line, name, n) && (!line[n] || line[n] == ' '))
			return line;
	return "";
}

/* A piece of the text, in its place. */
static void says(const char *line, const char *start, const char *inside)
{
	note("line: %s", line);
	value("start", !strncmp(line, start, strlen(start)), true);
	value("inside", strstr(line, inside) != NULL, true);
}

/* Without arguments each wish for them shows as one for registers. */
static void list_lines(void)
{
	unsigned long ip = ftrace_location(CODE(traced_one)), target;
	struct ftrace_site_info info;
	char tramp[80];

	probe_init(&a, 0);
	probe_on(&a, traced_one);
	probe_on(&a, traced_two);
	probe_init(&b, FTRACE_OPS_FL_IPMODIFY);
	probe_on(&b, traced_two);
	value("available", strcmp(line_of(FTRACE_LIST_AVAILABLE, "traced_one"),
				  "traced_one"), 0);
	value("not enabled", *line_of(FTRACE_LIST_ENABLED, "traced_one"), 0);
	value("not touched", *line_of(FTRACE_LIST_TOUCHED, "traced_one"), 0);
	must("register", register_ftrace_function(&a.ops));
	must("register", register_ftrace_function(&b.ops));
	site_info(ip, &info);
	target = info.target;
	snprintf(tramp, sizeof(tramp), "\ttramp: %#lx (probe_hit+0x0/0x",
		 target);
	says(line_of(FTRACE_LIST_ENABLED, "traced_one"),
	     "traced_one (1)       O     \t", tramp);
	says(line_of(FTRACE_LIST_ENABLED, "traced_two"),
	     has_args() ? "traced_two (2)   I     M   \t" :
			  "traced_two (2) R I     M   \t", ")\ttramp: ");
	must("direct", register_ftrace_direct(ip, CODE(direct_one)));
	site_info(ip, &info);
	value("direct", info.flags & FTRACE_SITE_DIRECT, FTRACE_SITE_DIRECT);
	says(line_of(FTRACE_LIST_ENABLED, "traced_one"),
	     has_args() ? "traced_one (2)     D   M   \ttramp: " :
			  "traced_one (2) R   D   M   \ttramp: ",
	     "\n\tdirect-->direct_one+0x0/0x");
	must("direct", unregister_ftrace_direct(ip, CODE(direct_one)));
	must("unregister", unregister_ftrace_function(&a.ops));
	must("unregister", unregister_ftrace_function(&b.ops));
	value("not enabled", *line_of(FTRACE_LIST_ENABLED, "traced_one"), 0);
	says(line_of(FTRACE_LIST_TOUCHED, "traced_one"),
	     "traced_one (0)         M   ", " ");
	value("not touched", *line_of(FTRACE_LIST_TOUCHED, "traced_far_a"), 0);
	value("available", strcmp(line_of(FTRACE_LIST_AVAILABLE, "traced_one"),
				  "traced_one"), 0);
}

static int also_next(const struct ftrace_site_info *site, void *arg)
{
	unsigned long *wrong = arg;

	/* Inside the walk the lock is held, and an iterator is refused. */
	*wrong += ftrace_iter_next((struct ftrace_iter[]){ { .at = 0 } },
				   (struct ftrace_site_info *)site) != -EDEADLK;
	return 0;
}

/* All that the iterator shows, beside what the walk and the figures show. */
static void list_iterator(void)
{
	struct ftrace_iter it = { .list = FTRACE_LIST_AVAILABLE };
	struct ftrace_site_info info, walk;
	unsigned long last = 0, nr = 0, wrong = 0;
	struct ftrace_stats st;

	probe_init(&a, 0);
	while (ftrace_iter_next(&it, &info) == 1) {
		wrong += info.ip <= last || !site_info(info.ip, &walk) ||
			 walk.flags != info.flags || walk.name != info.name ||
			 walk.target != info.target;
		last = info.ip;
		nr++;
		/* No lock is held between two steps. */
		if (nr == 3)
			must("register", register_ftrace_function(&a.ops));
	}
	must("stats", ftrace_get_stats(&st));
	value("records", nr, st.sites);
	value("converted", st.converted, st.sites);
	value("wrong", wrong, 0);
	it = (struct ftrace_iter){ .list = FTRACE_LIST_ENABLED };
	for (nr = 0; ftrace_iter_next(&it, &info) == 1; nr++)
		wrong += !(info.flags & FTRACE_SITE_ENABLED);
	value("enabled", nr, st.enabled);
	must("unregister", unregister_ftrace_function(&a.ops));
	it = (struct ftrace_iter){ .list = FTRACE_LIST_ENABLED };
	value("none", (unsigned long)ftrace_iter_next(&it, &info), 0);
	it = (struct ftrace_iter){ .list = FTRACE_LIST_TOUCHED };
	for (nr = 0; ftrace_iter_next(&it, &info) == 1; nr++)
		wrong += !(info.flags & FTRACE_SITE_TOUCHED) || info.count;
	value("touched", nr, st.sites);
	ftrace_for_each_site(also_next, &wrong);
	value("wrong", wrong, 0);
}

/* Code that this process makes: a copy of traced_one(), and its module. */
#define COPY 256

static struct ftrace_module made = { .name = "/made/up.o" };
static traced_fn *made_fn;

/*
 * A pointer to the code at @code as the ABI has it: where the pointer to
 * @like is a descriptor, another one like it.
 */
static traced_fn *pointer_to(unsigned long code, traced_fn *like)
{
	static unsigned long descriptor[3];

	if (CODE(like) == (unsigned long)like)
		return (traced_fn *)code;
	memcpy(descriptor, (const void *)like, sizeof(descriptor));
	descriptor[0] = code;
	return (traced_fn *)descriptor;
}

/* The same place each time, as a loader may do. */
static void make_code(void)
{
	unsigned long from = CODE(traced_one);
	unsigned long ip = ftrace_location(from) - from;
	static unsigned char nop[COPY];	/* the second time it may be a call */
	static unsigned long sites[2];
	static unsigned char *code;

	if (!code) {
		memcpy(nop, (const void *)from, COPY);
		code = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	}
	if (code == MAP_FAILED || mprotect(code, 65536, PROT_READ | PROT_WRITE))
		abort();
	memcpy(code, nop, COPY);
	mprotect(code, 65536, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)code, (char *)code + COPY);
	made.text = (unsigned long)code;
	made.text_end = made.text + COPY;
	/* Compilers record the site's first instruction, or its call. */
	sites[0] = made.text + ip;
	sites[1] = made.text + ip - SITE_LEAD;
	made.sites = sites;
	made.nr_sites = 2;
	made_fn = pointer_to(made.text, traced_one);
}

/* A call of the code that was made reaches the client, or does not. */
static void made_reaches(const char *when, unsigned long want)
{
	a.hits = 0;
	value(when, (unsigned long)made_fn(1), 2);
	traced_one(1);
	count(when, a.hits, want);
}

/* ":mod:" before its object is there, while it is, and when it comes again. */
static void filter_module(void)
{
	const char *want = ":mod:up.o";
	char line[80];
	int len = (int)strlen(want);

	probe_init(&a, 0);
	make_code();
	must("filter", ftrace_set_filter(&a.ops, want, len, 0));
	must("register", register_ftrace_function(&a.ops));
	made_reaches("no module", 0);
	must("init", ftrace_module_init(&made));
	made_reaches("disabled", 0);
	must("enable", ftrace_module_enable(&made));
	made_reaches("enabled", 1);
	snprintf(line, sizeof(line), "%#lx", ftrace_location(made.text));
	says(line_of(FTRACE_LIST_ENABLED, line), line, " [up.o] (1) ");
	must("reset", ftrace_set_filter(&a.ops, "traced_one", 10, 1));
	made_reaches("another", 1);
	must("by path", ftrace_set_filter(&a.ops, "*:mod:/made/*", 13, 1));
	made_reaches("by path", 1);
	must("both", ftrace_set_filter(&a.ops, "traced_one", 10, 0));
	made_reaches("both", 2);
	must("release", ftrace_release_mod(&made));
	make_code();
	made_reaches("released", 1);
	must("init", ftrace_module_init(&made));
	must("enable", ftrace_module_enable(&made));
	made_reaches("again", 2);
	must("remove", ftrace_set_filter(&a.ops, "!*:mod:/made/*", 14, 0));
	made_reaches("removed", 1);
	must("notrace", ftrace_set_notrace(&a.ops, want, len, 0));
	must("all", ftrace_set_filter(&a.ops, "", 0, 1));
	made_reaches("notrace", 1);
	must("by address", ftrace_set_filter_ip(&a.ops, made.text, 0, 1));
	must("none", ftrace_set_notrace(&a.ops, "", 0, 1));
	made_reaches("by address", 1);
	must("release", ftrace_release_mod(&made));
	make_code();
	must("init", ftrace_module_init(&made));
	must("enable", ftrace_module_enable(&made));
	made_reaches("another one there", 0);
	must("unregister", unregister_ftrace_function(&a.ops));
	must("global", ftrace_set_global_filter(want, len, 0));
	must("none", ftrace_set_filter(&a.ops, "", 0, 1));
	must("register", register_ftrace_function(&a.ops));
	made_reaches("global", 1);
	must("release", ftrace_release_mod(&made));
	/* Its functions are gone, and that does not mean all others. */
	value("sites enabled", *line_of(FTRACE_LIST_ENABLED, "traced_one"), 0);
	must("unregister", unregister_ftrace_function(&a.ops));
}

const struct conf_case lookup_cases[] = {
	{ "lookup_symbols", "-", lookup_symbols },
	{ "lookup_ranges", "-", lookup_ranges },
	{ "list_lines", "-", list_lines },
	{ "list_iterator", "-", list_iterator },
	{ "filter_module", "-", filter_module },
	{ NULL, NULL, NULL },
};
