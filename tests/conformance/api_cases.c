/* SPDX-License-Identifier: MIT */
/* Area 15, third part: the whole interface, while the host fails. */
#include <string.h>

#include "api.h"
#include "blob.h"

static struct blob blob;
static traced_fn *const traced[API_FUNCS] = { traced_one, traced_two,
					      traced_far_a };
static unsigned long sites[6];

static void call(unsigned int fn)
{
	if (traced[fn](1) != (long)fn + 2)
		value("result", fn, ~0UL);
}

#define MEMORY NR_HOST_CALLS

static void refuse(const struct api_way *way, unsigned long k)
{
	unsigned int nr = k ? way->nr : MEMORY;

	fault_at(nr == MEMORY ? HOST_PROTECT : nr, nr == MEMORY ? 0 : k);
	fault.allocs = 0;
	fault.alloc_at = fault.alloc_from = 0;
	if (k && nr == MEMORY && way->all)
		fault.alloc_from = k;
	else if (k && nr == MEMORY)
		fault.alloc_at = k;
}

static unsigned long failed(void)
{
	return fault.hits;
}

static bool logged(const char *words)
{
	return log_has(words, "");
}

/* Text is a process's own here. */
static void forked(void)
{
}

static void run(const struct api_way *way, size_t nr)
{
	unsigned long ip = ftrace_location(CODE(traced_one)), tries = 0;
	struct api api = {
		.name = { "traced_one", "traced_two", "traced_far_a" },
		.direct = { CODE(direct_one), CODE(direct_two) },
		.call = call, .module = &blob.mod, .fail = refuse,
		.failed = failed, .logged = logged, .forget = log_clear,
		.forked = forked,
	};
	struct api_result r;
	unsigned int i;

	for (i = 0; i < API_FUNCS; i++)
		api.fn[i] = CODE(traced[i]);
	value("blob", blob_make(&blob, 3), true);
	for (i = 0; i < 3; i++) {
		sites[2 * i] = CODE(blob.fn[i]) + ip - CODE(traced_one);
		sites[2 * i + 1] = sites[2 * i] - SITE_LEAD;
	}
	blob.mod.sites = sites;
	blob.mod.nr_sites = 6;
	blob.mod.flags = FTRACE_MODULE_FRESH;
	for (i = 0; i < nr; i++) {
		fault.hits = 0;
		api_run(&api, &way[i], &r);
		note("%s: %lu failures, %lu errors", way[i].name, r.tries,
		     r.errors);
		if (r.wrong)
			note("%s", r.why);
		value(way[i].name, r.wrong + r.dead, 0);
		tries += r.tries;
	}
	value("tried", tries >= 15, true);
}

static void api_memory(void)
{
	static const struct api_way way = { "memory", MEMORY, false };

	run(&way, 1);
}

static void api_memory_from(void)
{
	static const struct api_way way = { "memory from", MEMORY, true };

	run(&way, 1);
}

/* Without text_check what was found by its file is gone. */
static void api_host(void)
{
	static const struct api_way way[] = {
		{ "protect", HOST_PROTECT, false },
		{ "text_prot", HOST_TEXT_PROT, false },
		{ "text_open", HOST_TEXT_OPEN, false },
		{ "text_poke", HOST_TEXT_POKE, false },
		{ "text_close", HOST_TEXT_CLOSE, false },
		{ "pin_objects", HOST_PIN_OBJECTS, false },
	};

	run(way, sizeof(way) / sizeof(way[0]));
}

const struct conf_case api_cases[] = {
	{ "api_memory", "host", api_memory },
	{ "api_memory_from", "host", api_memory_from },
	{ "api_host", "host", api_host },
	{ NULL, NULL, NULL },
};
