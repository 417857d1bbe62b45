/* SPDX-License-Identifier: MIT */
/* Area 13: exceptions, by each compiler and at each level of optimisation. */
#include <dlfcn.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "graph.h"
#include "stack.h"

#if !CONF_STATIC
static struct watch watch;
static glob_t objects;

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

/* From deep down, a little further each time; nothing is lost for want of room. */
static APART long throw_from(long (*fn)(long), long n, size_t room)
{
	volatile char at[room];

	at[0] = at[room - 1] = 0;
	return fn(n) + at[0];
}

#define THROWS 4000UL

static void graph_left_throws(void)
{
	unsigned long i, bad = 0, calls = 0;
	struct ftrace_stats st;
	long (*fn)(long);
	void *dl;

	find_objects();
	dl = open_object(2);
	fn = (long (*)(long))dlsym(dl, "throws_from");
	start(dl);
	watch_on(&watch, dlsym(dl, "throws_deep"));
	for (i = 0; i < THROWS; i++) {
		bad += throw_from(fn, (long)(i % 5),
				  1 + 16 * (i * 37 % 1999)) != 0;
		calls += 2 + i % 5;
	}
	count("bad", bad, 0);
	must("stats", ftrace_get_stats(&st));
	count("lost", st.overruns, 0);
	watch_end(&watch, calls, 0);
}
#endif

const struct conf_case graph_throws_cases[] = {
#if !CONF_STATIC
	{ "graph_throws", "-", graph_throws },
	{ "graph_function_throws", "-", graph_function_throws },
	{ "graph_left_throws", "-", graph_left_throws },
#endif
	{ NULL, NULL, NULL },
};
