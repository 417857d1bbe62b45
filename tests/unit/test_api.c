/* SPDX-License-Identifier: MIT */
/* The whole interface, each call of which fails in each way of the host's. */
#include <sys/mman.h>
#include <unistd.h>

#include "../conformance/api.h"
#include "fake_object.h"
#include "suites.h"

static struct fake_text text, other;
static struct api api;

static void call(unsigned int fn)
{
	fake_call(&text, fn);
}

static void refuse(const struct api_way *way, unsigned long k)
{
	fake_heal();
	if (k)
		fake_fail_n(way->nr, k, way->all ? 1000000 : 1);
}

/* What a call refused: it was asked for by number. */
static unsigned long failed(void)
{
	unsigned int i;

	for (i = 0; i < FAKE_SERVICES; i++)
		if (fake.fail_from[i])
			return fake.calls[i] >= fake.fail_from[i];
	return 0;
}

/* Texts are files that are mapped twice, so that a child would share them. */
static void forked(void)
{
	struct fake_text *all[] = { &text, &other, &t };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		int fd = memfd_create("text", MFD_CLOEXEC);

		ck_assert_int_eq(write(fd, all[i]->at, all[i]->mapped),
				 (long)all[i]->mapped);
		ck_assert(mmap(all[i]->at, all[i]->mapped, PROT_READ | PROT_EXEC,
			       MAP_SHARED | MAP_FIXED, fd, 0) == all[i]->at);
		ck_assert(mmap(all[i]->rw, all[i]->mapped,
			       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			       fd, 0) == all[i]->rw);
		close(fd);
	}
}

static void start(void)
{
	unsigned int i;

	object_start();
	fake.nr_objects = 0;
	fake_host.text_poke = fake_text_poke;
	fake_text_named(&text, 12);
	fake.odd = true;
	fake_text_map(&other, 40);
	for (i = 0; i < API_FUNCS; i++)
		api.fn[i] = fake_fn(&text, i);
	api.name[0] = "f0";
	api.name[1] = "f1";
	api.name[2] = "f2";
	api.direct[0] = DIRECT_A;
	api.direct[1] = DIRECT_B;
	api.call = call;
	api.module = &other.mod;
	api.object = &memory.obj;
	api.fail = refuse;
	api.failed = failed;
	api.logged = fake_logged;
	api.forget = fake_log_clear;
	api.forked = forked;
	/* It speaks for itself: nobody looks into its file. */
	memcpy(memory.other.owner, FTRACE_NOTE_OWNER, sizeof(FTRACE_NOTE_OWNER));
	fake.nr_objects = 1;
}

static const struct api_way ways[] = {
	{ "memory", FAKE_MEMORY, false },
	{ "memory, from then on", FAKE_MEMORY, true },
	{ "any", FAKE_ANY, false },
	{ "any, from then on", FAKE_ANY, true },
	{ "text_check", FAKE_TEXT_CHECK, false },
	{ "text_open", FAKE_TEXT_OPEN, false },
	{ "text_close", FAKE_TEXT_CLOSE, false },
	{ "text_poke", FAKE_TEXT_POKE, false },
	{ "text_poke, from then on", FAKE_TEXT_POKE, true },
	{ "sync_core", FAKE_SYNC_CORE, false },
	{ "barrier", FAKE_BARRIER, false },
	{ "barrier, from then on", FAKE_BARRIER, true },
	{ "pin", FAKE_PIN, false },
	{ "protect", FAKE_PROTECT, false },
};

START_TEST(fails)
{
	struct api_result r;

	/* Poked where it can be, or in windows. */
	fake.alone = _i & 1;
	api_run(&api, &ways[_i / 2], &r);
	ck_assert_msg(!r.wrong, "%s: %lu wrong: %s", ways[_i / 2].name,
		      r.wrong, r.why);
	printf("  api      %s: %lu failures, %lu errors, %lu gave up\n",
	       ways[_i / 2].name, r.tries, r.errors, r.dead);
	ck_assert(ways[_i / 2].all || !r.dead);
	if (!fake.alone)
		ck_assert_uint_gt(r.tries, 0);
}
END_TEST

Suite *suite_api(void)
{
	Suite *s = suite_create("api");
	TCase *c = tcase_create("api");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, NULL);
	tcase_add_loop_test(c, fails, 0, 2 * sizeof(ways) / sizeof(ways[0]));
	return s;
}
