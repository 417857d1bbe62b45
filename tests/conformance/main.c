/* SPDX-License-Identifier: MIT */
/* The conformance program: runs the one case that it is asked for. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"

unsigned long conf_differ;

static const struct conf_case *const areas[] = {
	sites_cases, refuse_cases, errors_cases, entry_cases, ops_cases,
	live_cases, poke_cases, regs_cases, direct_cases, share_cases,
	multi_cases, orders_cases, redirect_cases, graph_cases,
	graph_leave_cases, graph_throws_cases, graph_filter_cases,
	profile_cases, graph_left_cases, api_cases, hardened_cases,
	unwind_cases, memory_cases, filter_cases, lookup_cases,
	null_cases, stack_cases, recursion_cases, halfway_cases,
	host_cases, pads_cases, arch_cases,
	step_cases, step_recursion_cases, graph_results_cases,
	context_cases, late_cases, mix_cases, clients_cases,
	permanent_cases, modules_cases, patchers_cases, states_cases,
	process_cases, discover_cases, parked_cases, strike_cases,
	shadow_cases,
};

#define NR_AREAS (sizeof(areas) / sizeof(areas[0]))

static void list(void)
{
	const struct conf_case *c;
	size_t a;

	for (a = 0; a < NR_AREAS; a++)
		for (c = areas[a]; c->name; c++)
			printf("%s needs=%s\n", c->name, c->needs);
}

static const struct conf_case *find(const char *name)
{
	const struct conf_case *c;
	size_t a;

	for (a = 0; a < NR_AREAS; a++)
		for (c = areas[a]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

const char *case_name(void)
{
	static char args[4096];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, args, sizeof(args) - 1);

	close(fd);
	/* The last word; an end stands behind it. */
	while (n > 1 && args[n - 2])
		n--;
	return n > 0 ? args + n - 1 : "";
}

int main(int argc, char **argv)
{
	const struct conf_case *c;

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		list();
		return 0;
	}
	c = argc == 2 ? find(argv[1]) : NULL;
	if (!c) {
		fprintf(stderr, "usage: %s --list | CASE\n", argv[0]);
		return 2;
	}
	/* What was said before a crash must not be lost with it. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	/* Before the runner loses its patience, who could not end it itself. */
	alarm(110);
	log_start();
	c->run();
	value("verify", (unsigned long)ftrace_verify(), conf_differ);
	figures_true();
	puts("done");
	return 0;
}
