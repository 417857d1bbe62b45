/* SPDX-License-Identifier: MIT */
/* Build rows whose traced code comes with dlopen(), and goes. */
#include <dlfcn.h>
#include <stdio.h>

#include "open.h"

#define OBJECT "libtraced.so"
#define FILTER ":mod:" OBJECT

const struct build_traced *open_file(struct opened *o, const char *path)
{
	o->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!o->handle) {
		note("%s", dlerror());
		value("dlopen", 0, 1);
		return NULL;
	}
	o->t = dlsym(o->handle, "build_traced");
	value("build_traced", o->t != NULL, true);
	return o->t;
}

const char *object_path(void)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/" OBJECT, build_dir());
	return path;
}

/* Until it is looked for, nobody knows of an object that says nothing. */
const struct build_traced *open_object(struct opened *o)
{
	open_file(o, object_path());
	if (open_plain)
		value("rescan", (unsigned long)ftrace_rescan(), 0);
	return o->t;
}

const struct build_traced *build_find(void)
{
	static struct opened o;

	return open_object(&o);
}

static void filter(struct probe *p)
{
	probe_init(p, 0);
	value("filter", (unsigned long)ftrace_set_filter(&p->ops, FILTER,
			sizeof(FILTER) - 1, 0), 0);
}

static void all_called(struct probe *p, const struct build_traced *t)
{
	unsigned long before = p->hits;

	before += build_call_all(t);
	count("hits", p->hits, before);
}

void open_nothing_left(void)
{
	struct ftrace_stats st;

	ftrace_get_stats(&st);
	value("sites", st.sites, 0);
	value("enabled", st.enabled, 0);
	value("modules", st.modules, 0);
	value("thunks", st.thunks, 0);
}

/* The object is there before the filter, and goes after its client. */
static void mod_before(void)
{
	struct opened o;
	struct probe p;

	open_object(&o);
	filter(&p);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	all_called(&p, o.t);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	dlclose(o.handle);
	open_nothing_left();
	ftrace_free_filter(&p.ops);
}

/* The filter waits for the object; so does another, for another object. */
static void mod_after(void)
{
	struct probe p, other;
	unsigned long hits;
	struct opened o;

	filter(&p);
	probe_init(&other, 0);
	value("other", (unsigned long)ftrace_set_filter(&other.ops,
			":mod:libother.so", 16, 0), 0);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("register", (unsigned long)register_ftrace_function(&other.ops),
	      0);
	value("nothing yet", build_sites(), 0);
	open_object(&o);
	all_called(&p, o.t);
	count("other", other.hits, 0);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	hits = p.hits;
	build_call_all(o.t);
	count("hits after", p.hits, hits);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&other.ops), 0);
}

/* It goes while it is traced, by its name and by address, and comes again. */
static void mod_live(void)
{
	struct probe p, ip, all;
	struct opened o;
	unsigned int i;

	filter(&p);
	probe_init(&all, 0);
	open_object(&o);
	probe_init(&ip, 0);
	probe_on(&ip, (const void *)o.t->fn->fn);
	register_ftrace_function(&p.ops);
	register_ftrace_function(&ip.ops);
	for (i = 0; i < 5; i++) {
		all_called(&p, o.t);
		dlclose(o.handle);
		value("register",
		      (unsigned long)register_ftrace_function(&all.ops), 0);
		open_nothing_left();
		open_object(&o);
		all_called(&all, o.t);
		value("unregister",
		      (unsigned long)unregister_ftrace_function(&all.ops), 0);
	}
	/* What is mapped at the old address is not what was asked for. */
	count("by address", ip.hits, 2);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	value("unregister", (unsigned long)unregister_ftrace_function(&ip.ops),
	      0);
}

const struct conf_case open_cases[] = {
	{ "mod_before", "-", mod_before },
	{ "mod_after", "-", mod_after },
	{ "mod_live", "-", mod_live },
	{ NULL, NULL, NULL },
};
