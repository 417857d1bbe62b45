/* SPDX-License-Identifier: MIT */
/* Area 1: writes that fail halfway, are undone, or cannot even be undone. */
#include <pthread.h>

#include "blob.h"

/* Many modules, so many windows, with two functions each. */
#define BLOBS 70

static struct blob blob[BLOBS];
static struct probe all, sharer;

/* A second thread: without one no core has to be told of new text. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *waits(void *arg)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return arg;
}

static pthread_t company;

static void company_comes(void)
{
	pthread_mutex_lock(&gate);
	must("thread", pthread_create(&company, NULL, waits, NULL));
}

static void company_goes(void)
{
	pthread_mutex_unlock(&gate);
	pthread_join(company, NULL);
}

static void blobs_add(void)
{
	unsigned int i, bad = 0;

	for (i = 0; i < BLOBS; i++)
		bad += !blob_make(&blob[i], 2) || blob_add(&blob[i]);
	count("blobs", bad, 0);
}

/* Call all; each reaches @hits clients. */
static void call_all(unsigned long hits)
{
	unsigned long was = all.hits;
	unsigned int i, wrong = 0;

	for (i = 0; i < BLOBS; i++) {
		wrong += blob[i].fn[0](1) != 2;
		wrong += blob[i].fn[1](2) != 3;
	}
	wrong += traced_one(1) != 2;
	count("results", wrong, 0);
	count("all", all.hits - was, hits * (2 * BLOBS + 1));
}

static int register_all(void)
{
	return register_ftrace_function(&all.ops);
}

static int unregister_all(void)
{
	return unregister_ftrace_function(&all.ops);
}

static unsigned long failures;

/*
 * The k-th time that @call is asked it fails, for k = 1, 2 ..., until nobody
 * asks so often: each time all is as it was. Then the call works.
 */
static void each(enum host_call call, const char *name, const char *public,
		 int (*run)(void), unsigned long hits)
{
	struct snap before;
	unsigned long k;
	bool done;
	int err;

	for (k = 1; k < 1000; k++) {
		snap_take(&before);
		log_clear();
		fault_at(call, k);
		err = run();
		done = fault.host[call].calls < k;
		fault_at(call, 0);
		if (done)
			break;
		refused(name, err, -EPERM, public, "written");
		snap_same(name, &before);
		call_all(hits);
		failures++;
	}
	must(name, err);
	call_all(!hits);
}

static void halfway(enum host_call call)
{
	blobs_add();
	company_comes();
	probe_init(&all, 0);
	each(call, "register", "register_ftrace_function", register_all, 0);
	each(call, "unregister", "unregister_ftrace_function", unregister_all,
	     1);
	/* The test has teeth only if something was refused. */
	value("failures", failures >= 2, true);
	company_goes();
}

static void halfway_open(void)
{
	halfway(HOST_TEXT_OPEN);
}

static void halfway_close(void)
{
	halfway(HOST_TEXT_CLOSE);
}

static void halfway_sync(void)
{
	halfway(HOST_SYNC_CORE);
}

static void halfway_pin(void)
{
	halfway(HOST_PIN_OBJECTS);
}

/* What nobody can do any more, and what everybody still can. */
static void when_dead(void)
{
	struct probe late;

	probe_init(&late, 0);
	log_clear();
	refused("register", register_ftrace_function(&late.ops), -ENODEV,
		"register_ftrace_function", "killed");
	refused("direct", register_ftrace_direct(CODE(blob[0].fn[0]),
						 CODE(direct_two)),
		-ENODEV, "register_ftrace_direct", "killed");
	refused("modify", modify_ftrace_direct(CODE(traced_two),
					       CODE(direct_one),
					       CODE(direct_two)),
		-ENODEV, "modify_ftrace_direct", "killed");
	refused("module", blob_add(&blob[0]), -ENODEV, "ftrace_module_init",
		"killed");
	must("unregister", unregister_ftrace_function(&sharer.ops));
	value("find", ftrace_find_rec_direct(CODE(traced_two)),
	      CODE(direct_one));
}

/*
 * No core is told of what was written, and from its @k-th time on @call fails,
 * so that undoing fails too: the text is in a state that nobody knows.
 */
static void dead(enum host_call call, unsigned long k)
{
	unsigned long before, hits;

	blobs_add();
	company_comes();
	must("release", ftrace_release_mod(&blob[0].mod));
	probe_init(&sharer, 0);
	probe_on(&sharer, traced_two);
	must("register", register_ftrace_function(&sharer.ops));
	must("direct", register_ftrace_direct(CODE(traced_two),
					      CODE(direct_one)));
	must("direct", register_ftrace_direct(CODE(traced_far_a),
					      CODE(direct_two)));
	value("result", (unsigned long)traced_two(1), 3);
	count("shared", sharer.hits, 1);
	probe_init(&all, 0);
	log_clear();
	fault_at(HOST_SYNC_CORE, 1);
	fault.host[HOST_TEXT_POKE].from = 1;
	fault.host[call].from = k;
	refused("all", register_all(), -EPERM, "register_ftrace_function",
		"giving up");
	fault_at(HOST_SYNC_CORE, 0);
	value("dead", ftrace_is_dead(), true);
	/* Whatever the text is by now, it stays. */
	conf_differ = (unsigned long)ftrace_verify();
	/* No client is called, whatever stands in the text; direct calls are. */
	call_all(0);
	before = direct_hits[1];
	hits = direct_hits[2];
	value("result", (unsigned long)traced_two(1), 3);
	value("result", (unsigned long)traced_far_a(1), 4);
	count("shared", sharer.hits, 1);
	count("direct one", direct_hits[1] - before, 1);
	count("direct two", direct_hits[2] - hits, 1);
	when_dead();
	value("result", (unsigned long)traced_two(1), 3);
	count("direct one", direct_hits[1] - before, 2);
	company_goes();
}

static void dead_open(void)
{
	dead(HOST_TEXT_OPEN, 2);
}

static void dead_close(void)
{
	dead(HOST_TEXT_CLOSE, 1);
}

static void dead_sync(void)
{
	dead(HOST_SYNC_CORE, 1);
}

static void dead_pin(void)
{
	dead(HOST_PIN_OBJECTS, 2);
}

const struct conf_case halfway_cases[] = {
	{ "halfway_open", "host", halfway_open },
	{ "halfway_close", "host", halfway_close },
	{ "halfway_sync", "host", halfway_sync },
	{ "halfway_pin", "host", halfway_pin },
	{ "dead_open", "host", dead_open },
	{ "dead_close", "host", dead_close },
	{ "dead_sync", "host", dead_sync },
	{ "dead_pin", "host", dead_pin },
	{ NULL, NULL, NULL },
};
