/* SPDX-License-Identifier: MIT */
/* Area 13: exceptions, by each compiler and at each level of optimisation. */
#include <dlfcn.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "graph.h"

#if !CONF_STATIC
static struct watch watch;
static glob_t objects;

static void must(const char *name, int err)
{
	value(name, (unsigned long)err, 0);
}

/* throws.cc as it was built, beside the program. */
static void find_objects(void)
{
	char path[4096] = "";
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);

	while (n > 0 && path[n - 1] != '/')
		n--;
	strcpy(path + (n > 0 ? n : 0), "throws-*.so");
	must("glob", glob(path, 0, NULL, &objects));
	count("objects", objects.gl_pathc, CONF_THROWS);
}

static void *open_object(size_t i)
{
	void *dl = dlopen(objects.gl_pathv[i], RTLD_NOW);

	note("%s", objects.gl_pathv[i]);
	if (!dl)
		note("%s", dlerror());
	value("dlopen", dl != NULL, true);
	return dl;
}

static void start(void *dl)
{
	static const char *const names[] = { "throws_inner", "throws_outer",
					     "throws_catches", "throws_again",
					     "throws_tail" };
	unsigned int i;

	watch_init(&watch);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		watch_on(&watch, dlsym(dl, names[i]));
	watch_on(&watch, traced_inner);
	watch_start(&watch);
}

static void run(void *dl)
{
	long (*fn)(int) = (long (*)(int))dlsym(dl, "throws_run");
	unsigned int i;

	for (i = 0; i < 5; i++) {
		note("way %u", i);
		value("throws", (unsigned long)fn((int)i), 0);
	}
}

static void graph_throws(void)
{
	size_t i;

	find_objects();
	for (i = 0; i < objects.gl_pathc; i++) {
		void *dl = open_object(i);

		run(dl);
		start(dl);
		run(dl);
		watch_end(&watch, 13, 3);
		dlclose(dl);
	}
}

/* What it left is no function that others are below. */
static void graph_function_throws(void)
{
	static const char line[] = "throws_outer";
	size_t i;

	find_objects();
	for (i = 0; i < objects.gl_pathc; i++) {
		void *dl = open_object(i);

		start(dl);
		must("below", ftrace_set_graph_function(&watch.gops, line,
							sizeof(line) - 1, 1));
		run(dl);
		traced_inner(1, NULL);
		/* Four times outer, and inner each time. */
		watch_end(&watch, 8, 2);
		dlclose(dl);
	}
}
#endif

const struct conf_case graph_throws_cases[] = {
#if !CONF_STATIC
	{ "graph_throws", "-", graph_throws },
	{ "graph_function_throws", "-", graph_function_throws },
#endif
	{ NULL, NULL, NULL },
};
