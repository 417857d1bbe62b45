/* SPDX-License-Identifier: MIT */
/* The cases of every build row: all sites found, all calls told, all undone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "open.h"

#define MAX_FNS 16
#define SITE_BYTES (SITE_LEAD + MCOUNT_INSN_SIZE)

static const char *program;

const char *build_dir(void)
{
	static char dir[512];
	const char *slash = strrchr(program, '/');

	snprintf(dir, sizeof(dir), "%.*s", (int)(slash ? slash - program : 1),
		 slash ? program : ".");
	return dir;
}

static unsigned long site_of(const struct build_fn *f)
{
	return ftrace_location(CODE(f->fn));
}

unsigned long build_distinct(const struct build_traced *t)
{
	const struct build_fn *f, *g;
	unsigned long n = 0;

	for (f = t->fn; f->fn; f++) {
		for (g = t->fn; CODE(g->fn) != CODE(f->fn); g++)
			;
		n += g == f;
	}
	return n;
}

unsigned long build_sites(void)
{
	struct ftrace_stats st;

	ftrace_get_stats(&st);
	return st.sites;
}

unsigned long build_call_all(const struct build_traced *t)
{
	const struct build_fn *f;
	unsigned long n = 0;

	for (f = t->fn; f->fn; f++) {
		value("result", (unsigned long)f->fn(1),
		      (unsigned long)f->want);
		n += f->hits;
	}
	return n;
}

static void build_found(void)
{
	const struct build_traced *t = build_find();
	const struct build_fn *f;
	struct ftrace_stats st;

	ftrace_get_stats(&st);
	value("sites", st.sites, build_distinct(t) + t->others);
	value("modules", st.modules, 1);
	value("disabled", st.disabled, 0);
	for (f = t->fn; f->fn; f++) {
		value("has a site", site_of(f) != 0, true);
		if (site_of(f))
			show_nop("nop", site_of(f));
	}
	value("folded", (unsigned long)(f - t->fn) - build_distinct(t),
	      t->folded);
	value("nothing else", ftrace_location(CODE(build_call_all)), 0);
}

static void build_all(void)
{
	const struct build_traced *t = build_find();
	static unsigned char bytes[MAX_FNS][SITE_BYTES];
	const struct build_fn *f;
	struct probe p;
	unsigned long hits;

	/* Which the library has readied by now. */
	build_sites();
	for (f = t->fn; f->fn; f++)
		memcpy(bytes[f - t->fn], (void *)(site_of(f) - SITE_LEAD),
		       SITE_BYTES);
	probe_init(&p, 0);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	for (f = t->fn; f->fn; f++) {
		show_thunk("call", site_of(f), 1);
		hits = p.hits;
		value("result", (unsigned long)f->fn(1),
		      (unsigned long)f->want);
		count("hits", p.hits - hits, f->hits);
	}
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	hits = p.hits;
	build_call_all(t);
	count("hits after", p.hits, hits);
	for (f = t->fn; f->fn; f++) {
		show_nop("nop", site_of(f));
		value("restored", (unsigned long)memcmp(bytes[f - t->fn],
				(void *)(site_of(f) - SITE_LEAD), SITE_BYTES),
		      0);
	}
}

/* By its name each, where the linker left one. */
static void build_named(void)
{
	const struct build_traced *t = build_find();
	const struct build_fn *f;
	struct probe p;

	for (f = t->fn; f->fn; f++) {
		probe_init(&p, 0);
		if (f->name)
			note("%s", f->name);
		if (!f->name)
			probe_on(&p, (const void *)f->fn);
		else if (ftrace_set_filter(&p.ops, f->name,
					   (int)strlen(f->name), 0))
			/* Stripped, only what is dynamic has a name. */
			value("local", (unsigned long)strcmp(f->name,
							     "build_local"), 0);
		if (!p.ops.hash)
			continue;
		register_ftrace_function(&p.ops);
		f->fn(1);
		count("hits", p.hits, 1);
		value("ip", p.ip, site_of(f));
		unregister_ftrace_function(&p.ops);
		ftrace_free_filter(&p.ops);
	}
	value("named", f - t->fn > 4, true);
}

static const struct conf_case build_cases[] = {
	{ "build_found", "-", build_found },
	{ "build_all", "-", build_all },
	{ "build_named", "-", build_named },
	{ NULL, NULL, NULL },
};

static const struct conf_case *const areas[] = {
	build_cases, open_cases, plain_cases,
};

int main(int argc, char **argv)
{
	const struct conf_case *c;
	size_t a;

	program = argv[0];
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	log_start();
	for (a = 0; a < 3; a++) {
		for (c = areas[a]; c->name; c++) {
			if (argc == 2 && !strcmp(argv[1], "--list"))
				printf("%s needs=%s\n", c->name, c->needs);
			if (argc == 2 && !strcmp(argv[1], c->name)) {
				c->run();
				puts("done");
			}
		}
	}
	return argc != 2;
}
