/* SPDX-License-Identifier: MIT */
/* The build row of a compiler that makes no sites: nothing is found, or lost. */
#include <stdio.h>
#include <string.h>

#include "../conformance.h"
#include "build.h"

static void build_none(void)
{
	struct ftrace_stats st;
	struct probe p;
	char why[256];

	ftrace_get_stats(&st);
	value("sites", st.sites, 0);
	value("skipped", st.skipped, 0);
	value("location", ftrace_location(CODE(build_traced.fn->fn)), 0);
	probe_init(&p, 0);
	value("filter", (unsigned long)ftrace_set_filter(&p.ops, "build_one", 9,
			0), (unsigned long)-EINVAL);
	ftrace_explain("build_one", 0, why, sizeof(why));
	note("%s", why);
	value("explained", strstr(why, "not built for tracing") != NULL, true);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("result", (unsigned long)build_traced.fn->fn(1),
	      (unsigned long)build_traced.fn->want);
	count("hits", p.hits, 0);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		puts("build_none needs=-");
		return 0;
	}
	log_start();
	build_none();
	puts("done");
	return 0;
}
