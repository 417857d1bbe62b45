/* SPDX-License-Identifier: MIT */
/* Area 15, first part: every allocation fails in its turn. */
#include "script.h"

/*
 * The k-th allocation of a call fails, for k = 1, 2, ... until the call makes
 * fewer. A failed call leaves nothing behind; the one that gets through works.
 */
static unsigned long fail_each(const struct step *s, const struct step *before)
{
	struct snap snap;
	unsigned long k;
	int err;

	for (k = 1; k < 1000; k++) {
		snap_take(&snap);
		log_clear();
		fault.allocs = fault.hits = 0;
		fault.alloc_at = k;
		err = s->run();
		fault.alloc_at = 0;
		if (!fault.hits) {
			value(s->name, (unsigned long)err, 0);
			return k - 1;
		}
		/* What it can do without is no failure. */
		if (!err)
			return k;
		refused(s->name, err, -ENOMEM, s->call, "no memory");
		snap_same(s->name, &snap);
		if (before)
			script_check(before);
	}
	value("ends", k, 0);
	return k;
}

static void memory_script(void)
{
	const struct step *s, *before = NULL;
	unsigned long most = 0;

	script_init();
	traced_one(0);
	for (s = script; s->name; before = s++) {
		unsigned long n = fail_each(s, before);

		note("%s: %lu allocations failed", s->name, n);
		most = n > most ? n : most;
		script_check(s);
	}
	/* The test has teeth only if something was refused. */
	value("refused", most >= 3, true);
	show_nop("lonely", ftrace_location(CODE(lonely())));
}

/* A thread that can have no block runs no callback, and is counted. */
static void memory_thread(void)
{
	struct ftrace_stats st;
	struct probe p;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	traced_one(0);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	ftrace_get_stats(&st);
	count("hits and misses", p.hits + st.unattached, 1);
}

const struct conf_case memory_cases[] = {
	{ "memory_script", "host", memory_script },
	{ "memory_thread", "host", memory_thread },
	{ NULL, NULL, NULL },
};
