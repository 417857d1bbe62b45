/* SPDX-License-Identifier: MIT */
/* arm64: functions that keep more than callbacks do: refused, or kept whole. */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ftrace/module.h>

#include "arch-cases.h"

/* In an object of their own: other cases count on every site of the program. */
static void *object;

static const struct pcs_fn *fns(void)
{
	char path[PATH_MAX], so[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n < 0 ? 0 : n] = '\0';
	snprintf(so, sizeof(so), "%s/pcs.so", dirname(path));
	object = dlopen(so, RTLD_NOW);
	if (!object)
		note("%s", dlerror());
	return object ? dlsym(object, "pcs_fns") : NULL;
}

/* A function of which the symbol says that callbacks keep too little for it. */
static void refused_one(const struct pcs_fn *fn)
{
	static const uint32_t nops[2] = { 0xd503201f, 0xd503201f };
	unsigned long ip = ftrace_location(CODE(fn->code));
	struct ftrace_site_info info;
	struct probe one;
	char why[256];

	probe_init(&one, 0);
	probe_on(&one, fn->code);
	value("register", (unsigned long)register_ftrace_function(&one.ops), 0);
	value("explain", ftrace_explain(fn->name, 0, why, sizeof(why)) > 0,
	      true);
	note("%s", why);
	value("name", !strncmp(why, fn->name, strlen(fn->name)), true);
	value("why", strstr(why, "cannot be traced: it keeps more registers") !=
			     NULL, true);
	value("listed", site_info(ip, &info), true);
	value("flags", info.flags & (FTRACE_SITE_DISABLED | FTRACE_SITE_ENABLED),
	      FTRACE_SITE_DISABLED);
	value("as compiled",
	      (unsigned long)memcmp((const void *)(ip - SITE_LEAD), nops,
				    sizeof(nops)), 0);
	if (fn->call && (!fn->sve || cpu_has_sve()))
		value("result", (unsigned long)fn->call(1), 10);
	count("hits", one.hits, 0);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
}

/* In a conservative module nothing is lost, so it is not refused. */
static void kept_one(const struct pcs_fn *fn)
{
	unsigned long runs = !fn->sve || cpu_has_sve();
	struct probe one;

	if (!fn->call) {
		keep_traced(fn->code);
		return;
	}
	probe_init(&one, 0);
	probe_on(&one, fn->code);
	value("register", (unsigned long)register_ftrace_function(&one.ops), 0);
	if (runs)
		value("result", (unsigned long)fn->call(1), 10);
	count("hits", one.hits, runs);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
}

void refuse_variant(void)
{
	const struct pcs_fn *fn = fns();

	value("object", fn != NULL, true);
	for (; fn && fn->name; fn++)
		refused_one(fn);
	value("dlclose", (unsigned long)dlclose(object), 0);
	value("conservative", (unsigned long)ftrace_set_conservative("pcs.so"),
	      0);
	fn = fns();
	value("object", fn != NULL, true);
	for (; fn && fn->name; fn++)
		kept_one(fn);
}
