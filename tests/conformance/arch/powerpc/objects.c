/* SPDX-License-Identifier: MIT */
/* powerpc: other objects, with another TOC, too long, or with odd sites. */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ftrace/module.h>

#include "../../conformance.h"
#include "objects.h"

#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED
#define FROM(object, name) ((__typeof__(&(name)))found(object, #name))

/* An object that lies beside the program. */
static void *load(const char *name)
{
	char path[PATH_MAX], so[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	void *object;

	path[n < 0 ? 0 : n] = 0;
	snprintf(so, sizeof(so), "%s/%s", dirname(path), name);
	object = dlopen(so, RTLD_NOW);
	if (!object)
		note("%s", dlerror());
	value(name, object != NULL, true);
	return object;
}

static void *found(void *object, const char *name)
{
	void *p = dlsym(object, name);

	value(name, p != NULL, true);
	return p;
}

static void on(struct probe *p, unsigned long flags, const void *fn)
{
	probe_init(p, flags);
	probe_on(p, fn);
	value("register", (unsigned long)register_ftrace_function(&p->ops), 0);
}

static void off(struct probe *p)
{
	value("unregister", (unsigned long)unregister_ftrace_function(&p->ops),
	      0);
	ftrace_free_filter(&p->ops);
}

/* Function, library and callback lie in an object each, with a TOC each. */
static void third(unsigned long flags)
{
	void *large = load("large.so"), *so = load("third.so");
	traced_fn *fn = found(large, "large_first");
	unsigned long *hits = FROM(so, third_hits);
	struct probe p;

	probe_init(&p, flags);
	p.ops.func = FROM(so, third_callback);
	probe_on(&p, (const void *)fn);
	value("result", (unsigned long)fn(10), 11);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("result", (unsigned long)fn(10), 12);
	value("result", (unsigned long)fn(10), 13);
	count("callback", *hits, 2);
	value("ops", FROM(so, third_last)() == &p.ops, true);
	off(&p);
	value("result", (unsigned long)fn(10), 14);
	count("callback", *hits, 2);
	dlclose(so);
	dlclose(large);
}

void objects_third(void)
{
	third(0);
	third(REGS);
}

static unsigned long thunk_of(unsigned long ip)
{
	struct ftrace_site_info info;

	return site_info(ip, &info) ? info.target : 0;
}

/* A call of a function whose site a thunk reaches. */
static void called(struct probe *p, traced_fn *fn, long runs)
{
	unsigned long hits = p->hits;

	value("result", (unsigned long)fn(10), (unsigned long)(10 + runs));
	count("hits", p->hits, hits + 1);
}

/* Each end of the text has a thunk beyond it; to the middle none reaches. */
void objects_large(void)
{
	void *large = load("large.so");
	traced_fn *first = found(large, "large_first");
	traced_fn *middle = found(large, "large_middle");
	traced_fn *last = found(large, "large_last");
	unsigned long a = ftrace_location(CODE(first));
	unsigned long b = ftrace_location(CODE(last));
	unsigned long far = CODE(direct_one);
	struct probe p, q, m;
	int err;

	value("40 MiB", CODE(middle) - CODE(first) >= 40 << 20, true);
	value("40 MiB", CODE(last) - CODE(middle) >= 40 << 20, true);
	on(&p, 0, (const void *)first);
	on(&q, REGS, (const void *)last);
	show_thunk("large_first", a, 1);
	show_thunk("large_last", b, 1);
	value("below", thunk_of(a) < a, true);
	value("above", thunk_of(b) > b, true);
	called(&p, first, 1);
	called(&q, last, 1);

	probe_init(&m, 0);
	probe_on(&m, (const void *)middle);
	log_clear();
	err = register_ftrace_function(&m.ops);
	value("by name", log_has("reaches that far", "large_middle"), true);
	refused("middle", err, -ERANGE, "register_ftrace_function",
		"in reach of the site");
	value("result", (unsigned long)middle(10), 11);
	called(&p, first, 2);
	called(&q, last, 2);
	value("direct", (unsigned long)register_ftrace_direct(a, far), 0);
	called(&p, first, 3);
	count("direct", direct_hits[1], 1);
	value("direct", (unsigned long)unregister_ftrace_direct(a, far), 0);
	off(&p);
	off(&q);
	show_nop("large_first", a);
	show_nop("large_last", b);
	dlclose(large);
}

/* The same by thunks that jump back: how far, and which way, is told by that. */
void objects_kept(void)
{
	static const char *const name[] = { "large_first", "large_last" };
	struct probe p;
	void *large;
	int i;

	value("conservative",
	      (unsigned long)ftrace_set_conservative("large.so"), 0);
	large = load("large.so");
	for (i = 0; i < 2; i++) {
		traced_fn *fn = found(large, name[i]);
		unsigned long ip = ftrace_location(CODE(fn));

		on(&p, 0, (const void *)fn);
		value("above", thunk_of(ip) > ip, i);
		called(&p, fn, 1);
		value("ip", p.ip, ip);
		off(&p);
	}
	dlclose(large);
}

static void explained(const void *fn, const char *words)
{
	char why[512] = "";

	ftrace_explain(NULL, CODE(fn), why, sizeof(why));
	if (!strstr(why, words))
		note("no \"%s\" in: %s", words, why);
	value("explained", strstr(why, words) != NULL, true);
}

/* Listed with a reason, and a client that asks for it gets nothing. */
static void not_traced(traced_fn *fn, const char *words, bool runs)
{
	struct ftrace_site_info info;
	struct probe p;

	explained((const void *)fn, words);
	value("listed", site_info(ftrace_location(CODE(fn)), &info), true);
	value("disabled", info.flags & FTRACE_SITE_DISABLED,
	      FTRACE_SITE_DISABLED);
	probe_init(&p, 0);
	ftrace_set_filter_ip(&p.ops, CODE(fn), 0, 0);
	register_ftrace_function(&p.ops);
	if (runs)
		value("result", (unsigned long)fn(1), 2);
	value("as compiled", *(const uint32_t *)CODE(fn), 0x60000000);
	count("hits", p.hits, 0);
	unregister_ftrace_function(&p.ops);
	ftrace_free_filter(&p.ops);
}

static void traced(traced_fn *fn)
{
	struct probe p;

	on(&p, 0, (const void *)fn);
	show_thunk("function", ftrace_location(CODE(fn)), 1);
	value("result", (unsigned long)fn(1) - 1 <= 1, true);
	count("hits", p.hits, 1);
	off(&p);
}

/*
 * What gcc 12 leaves with -fpatchable-function-entry. With nops before the TOC
 * set-up its own code has r2 wrong if it is called by a pointer: no call, then.
 */
void sites_patchable(void)
{
	void *so = load("third.so");
	traced_fn *uses_toc = FROM(so, third_uses_toc);

	if (arch_local_entry(CODE(uses_toc) + 8) != CODE(uses_toc) + 8)
		not_traced(uses_toc, "before the TOC set-up", false);
	else
		traced(uses_toc);
	traced(FROM(so, third_leaf));
	traced(FROM(so, third_four));
	traced(FROM(so, third_four_two));
	not_traced(FROM(so, third_one_nop), "single nop", true);
	dlclose(so);
}
