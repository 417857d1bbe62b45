/* SPDX-License-Identifier: MIT */
/* Area 15, first part: every allocation fails in its turn. */
#include <pthread.h>

#include "script.h"

/*
 * The k-th allocation of a call fails, for k = 1, 2, ... until the call makes
 * fewer. A failed call leaves nothing behind; the one that gets through works.
 */
static unsigned long fail_each(const struct step *s, const struct step *before,
			       unsigned long *which)
{
	struct snap snap;
	unsigned long k, n;
	int err;

	for (n = 0; n < 1000; n++) {
		/* What an earlier try kept is not asked for again: thrice. */
		k = 1 + n / 3;
		snap_take(&snap);
		log_clear();
		fault.allocs = fault.hits = 0;
		*which = k;
		err = s->run();
		*which = 0;
		if (!fault.hits) {
			value(s->name, (unsigned long)err, 0);
			return n;
		}
		/* What it can do without is no failure. */
		if (!err)
			return n;
		refused(s->name, err, -ENOMEM, s->call, "no memory");
		snap_same(s->name, &snap);
		if (before)
			script_check(before);
	}
	value("ends", n, 0);
	return n;
}

static void each(unsigned long *which)
{
	const struct step *s, *before = NULL;
	unsigned long most = 0;

	script_init();
	traced_one(0);
	for (s = script; s->name; before = s++) {
		unsigned long n = fail_each(s, before, which);

		note("%s: %lu tries failed", s->name, n);
		most = n > most ? n : most;
		script_check(s);
	}
	/* The test has teeth only if something was refused. */
	value("refused", most >= 3, true);
	show_nop("lonely", ftrace_location(CODE(lonely())));
}

/* One alone: where there is a second way it must be taken. */
static void memory_one(void)
{
	each(&fault.alloc_at);
}

/* That one and all that follow. */
static void memory_from(void)
{
	each(&fault.alloc_from);
}

static unsigned long thread_misses;

static void *thread(void *arg)
{
	unsigned int i;

	(void)arg;
	fault.alloc = true;
	for (i = 0; i < 3; i++)
		if (traced_one(1) != 2)
			thread_misses++;
	fault.alloc = false;
	return NULL;
}

/*
 * A thread that can have no block runs no callback: its calls work, and are
 * counted. The first to come finds none, as nobody had one before.
 */
static void memory_thread(void)
{
	pthread_t t;
	struct ftrace_stats st;
	unsigned int i, n = 100;
	struct probe p;

	probe_init(&p, 0);
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	for (i = 0; i < n; i++) {
		if (pthread_create(&t, NULL, thread, NULL))
			break;
		pthread_join(t, NULL);
	}
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	ftrace_get_stats(&st);
	count("results", thread_misses, 0);
	count("hits and misses", p.hits + st.unattached, 3 * i);
}

const struct conf_case memory_cases[] = {
	{ "memory_one", "host", memory_one },
	{ "memory_from", "host", memory_from },
	{ "memory_thread", "host", memory_thread },
	{ NULL, NULL, NULL },
};
