/* SPDX-License-Identifier: MIT */
/* Area 15, second part: every other call of the host fails in its turn. */
#include <pthread.h>
#include <string.h>

#include "blob.h"
#include "script.h"

/*
 * The barrier is not among them: it is what tells that a callback is over,
 * and without it nobody can.
 */
static const struct host_fails {
	enum host_call call;
	const char *name;
	int err;		/* what whoever needs it must return */
} fails[] = {
	{ HOST_PROTECT, "protect", -EPERM },
	{ HOST_TEXT_CHECK, "text_check", -EFAULT },
	{ HOST_TEXT_PROT, "text_prot", -EFAULT },
	{ HOST_TEXT_OPEN, "text_open", -EPERM },
	{ HOST_TEXT_POKE, "text_poke", -EPERM },
	{ HOST_TEXT_CLOSE, "text_close", -EPERM },
	{ HOST_SYNC_CORE, "sync_core", -EPERM },
	{ HOST_PIN_OBJECTS, "pin_objects", -EPERM },
	{ HOST_LIST_OBJECTS, "list_objects", -EINVAL },
	{ HOST_MAP_FILE, "map_file", -EINVAL },
};

#define NR_FAILS (sizeof(fails) / sizeof(fails[0]))

static unsigned long hits, errors;

/* Make one call while the host fails for the @k-th time; 0 or its error. */
static int failing(const struct host_fails *f, unsigned long k,
		   int (*run)(void))
{
	int err;

	log_clear();
	fault_at(f->call, k);
	err = run();
	hits += fault.host[f->call].calls >= k;
	memset(fault.host, 0, sizeof(fault.host));
	return err;
}

/* The k-th of each kind, for k = 1, 2 ..., until nobody asks so often. */
static void each(void (*with)(const struct host_fails *f, unsigned long k),
		 unsigned long least)
{
	unsigned long k, all = 0;
	size_t i;

	for (i = 0; i < NR_FAILS; i++) {
		errors = 0;
		for (k = 1; k < 100; k++) {
			hits = 0;
			with(&fails[i], k);
			if (!hits)
				break;
		}
		note("%s: at most %lu calls, %lu errors", fails[i].name, k - 1,
		     errors);
		all += errors;
		value("ends", k < 100, true);
	}
	/* The test has teeth only if something was refused. */
	value("refused", all > least, true);
}

/* The script, with the @k-th call of each step failing. */
static void script_with(const struct host_fails *f, unsigned long k)
{
	const struct step *s, *before = NULL;
	struct snap snap;
	int err;

	script_init();
	for (s = script; s->name; before = s++) {
		snap_take(&snap);
		err = failing(f, k, s->run);
		/* What it can do without is no failure. */
		if (err) {
			errors++;
			refused(s->name, err, fault.hits ? f->err : 0, s->call,
				"");
			snap_same(s->name, &snap);
			if (before)
				script_check(before);
			value(s->name, (unsigned long)s->run(), 0);
		}
		script_check(s);
	}
}

static void *waits(void *arg)
{
	pthread_mutex_t *gate = arg;

	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

static void host_script(void)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t t;

	traced_one(0);
	pthread_mutex_lock(&gate);
	value("thread", (unsigned long)pthread_create(&t, NULL, waits, &gate),
	      0);
	each(script_with, 40);
	pthread_mutex_unlock(&gate);
	pthread_join(t, NULL);
}

/* Generated code comes and goes, with a client for all functions. */
static struct blob blob;

static int blob_in(void)
{
	return blob_add(&blob);
}

static int blob_on(void)
{
	return ftrace_module_enable(&blob.mod);
}

static void blob_with(const struct host_fails *f, unsigned long k)
{
	struct snap before;
	struct probe p;
	int err;

	value("blob", blob_make(&blob, 3), true);
	probe_init(&p, 0);
	register_ftrace_function(&p.ops);
	snap_take(&before);
	err = failing(f, k, blob_in);
	if (err) {
		errors++;
		value(f->name, (unsigned long)err, (unsigned long)f->err);
		value("result", (unsigned long)traced_one(1), 2);
		count("hits", p.hits, 1);
	}
	/* What fails before it has records leaves nothing. */
	if (err && !blob.mod.data) {
		snap_same(f->name, &before);
		value("again", (unsigned long)blob_in(), 0);
	} else if (err) {
		value("result", (unsigned long)blob.fn[1](1), 2);
		count("hits", p.hits, 1);
		value("again", (unsigned long)blob_on(), 0);
	}
	p.hits = 0;
	value("result", (unsigned long)blob.fn[0](1), 2);
	value("result", (unsigned long)blob.fn[2](3), 4);
	count("hits", p.hits, 2);
	value("release", (unsigned long)ftrace_release_mod(&blob.mod), 0);
	snap_same("released", &before);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	ftrace_free_filter(&p.ops);
}

static void host_module(void)
{
	each(blob_with, 5);
}

/* This program itself: at its start the host found no objects. */
#define BOUND(name) extern const unsigned long name[] __attribute__((weak))

BOUND(__start___patchable_function_entries);
BOUND(__stop___patchable_function_entries);
BOUND(__start___mcount_loc);
BOUND(__stop___mcount_loc);

static struct ftrace_object object;

static int object_in(void)
{
	return ftrace_object_add(&object);
}

static int object_on(void)
{
	return ftrace_module_enable(&object.mod);
}

/* With a client for all its functions, it is patched as it comes in. */
static void object_with(const struct host_fails *f, unsigned long k)
{
	static struct snap none;
	struct probe p;
	int err;

	probe_init(&p, 0);
	register_ftrace_function(&p.ops);
	snap_take(&none);
	value("sites", none.st.sites, 0);
	err = failing(f, k, object_in);
	if (err) {
		errors++;
		refused(f->name, err, f->err, "ftrace_", "");
		value("result", (unsigned long)traced_one(1), 2);
		count("hits", p.hits, 0);
	}
	if (err && !object.mod.data) {
		snap_same(f->name, &none);
		value("again", (unsigned long)object_in(), 0);
	} else if (err) {
		value("again", (unsigned long)object_on(), 0);
	}
	show_thunk("traced_one", ftrace_location(CODE(traced_one)), 1);
	value("result", (unsigned long)traced_one(1), 2);
	count("hits", p.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	value("del", (unsigned long)ftrace_object_del(&object), 0);
}

static void host_object(void)
{
	object.size = sizeof(object);
	object.pfe = __start___patchable_function_entries;
	object.pfe_end = __stop___patchable_function_entries;
	object.mcount = __start___mcount_loc;
	object.mcount_end = __stop___mcount_loc;
	each(object_with, 3);
}

/* Names come from a file, on first need; without it no pattern matches. */
static struct probe by_name;

static int filter_name(void)
{
	return ftrace_set_filter(&by_name.ops, "traced_one", 10, 0);
}

static void host_names(void)
{
	const struct host_fails f = { HOST_MAP_FILE, "map_file", -EINVAL };

	/*
	 * Files are looked into for sites first. Nothing may list sites before:
	 * that asks for names too.
	 */
	value("rescan", (unsigned long)ftrace_rescan(), 0);
	probe_init(&by_name, 0);
	refused("filter", failing(&f, 1, filter_name), f.err,
		"ftrace_set_filter", "");
	value("asked", hits, 1);
	value("again", (unsigned long)filter_name(), 0);
	value("register",
	      (unsigned long)register_ftrace_function(&by_name.ops), 0);
	traced_one(0);
	traced_two(0);
	count("hits", by_name.hits, 1);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&by_name.ops), 0);
}

const struct conf_case host_cases[] = {
	{ "host_script", "host", host_script },
	{ "host_module", "host", host_module },
	{ "host_object", "host", host_object },
	{ "host_names", "host", host_names },
	{ NULL, NULL, NULL },
};
