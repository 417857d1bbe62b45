/* SPDX-License-Identifier: MIT */
/* generic/module.c: records come, join the clients, and go. */
#include <pthread.h>
#include <sys/mman.h>

#include "../../generic/host/maps.h"
#include "suites.h"

static struct fake_text t;
static struct probe p;

static void start(void)
{
	fake_setup();
	fake_text_map(&t, 16);
	probe_init(&p, 0);
}

/* A window gives back what was there: code generators write their own text. */
START_TEST(keeps_protection)
{
	static const int prot[] = { PROT_READ | PROT_EXEC,
				    PROT_READ | PROT_WRITE | PROT_EXEC };

	ck_assert_int_eq(mprotect(t.at, t.mapped, prot[_i]), 0);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_linux_prot(t.mod.text), prot[_i]);
	/* A thunk is never writable. */
	ck_assert_int_eq(ftrace_linux_prot(fake_insn_target(fake_site(&t, 0))),
			 PROT_READ | PROT_EXEC);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_linux_prot(t.mod.text), prot[_i]);
	ck_assert_int_eq(ftrace_linux_prot(1), -EFAULT);
}
END_TEST

START_TEST(three_steps)
{
	size_t i;

	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_uint_eq(fake_stats().sites, 16);
	ck_assert_uint_eq(fake_stats().disabled, 16);
	ck_assert_uint_eq(fake_stats().modules, 1);
	for (i = 0; i < 16; i++) {
		ck_assert(fake_is(&t, i, "NOP "));
		ck_assert_uint_eq(fake_rec(&t, i)->flags, FTRACE_FL_DISABLED);
	}
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert_uint_eq(fake_stats().disabled, 0);
	ck_assert_uint_eq(fake_stats().enabled, 16);
	for (i = 0; i < 16; i++)
		fake_call(&t, i);
	ck_assert_uint_eq(p.hits, 16);
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
	ck_assert_ptr_null(t.mod.data);
	ck_assert_uint_eq(fake_stats().sites, 0);
	ck_assert_uint_eq(fake_stats().modules, 0);
	ck_assert_uint_eq(fake_stats().sets, 0);
	/* Its text is not touched. */
	ck_assert(fake_is(&t, 0, "CALL"));
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.frames, 0);
}
END_TEST

/* While disabled its records are not counted and not patched. */
START_TEST(disabled_in_between)
{
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert(fake_is(&t, 3, "NOP "));
	ck_assert_uint_eq(fake_rec(&t, 3)->flags, FTRACE_FL_DISABLED);
	probe_on(&p, &t, 3);
	ck_assert(fake_is(&t, 3, "NOP "));
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert(fake_is(&t, 3, "CALL"));
	ck_assert_uint_eq(fake_stats().enabled, 1);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, 0, 0, 1), 0);
	ck_assert_uint_eq(fake_stats().enabled, 16);
}
END_TEST

START_TEST(errors)
{
	struct ftrace_module other = { .name = "other" };

	expect_fail(-EINVAL, "ftrace_module_init", ftrace_module_init(NULL));
	expect_fail(-EINVAL, "ftrace_module_enable",
		    ftrace_module_enable(NULL));
	expect_fail(-EINVAL, "ftrace_release_mod", ftrace_release_mod(NULL));
	expect_fail(-EINVAL, "ftrace_module_enable",
		    ftrace_module_enable(&t.mod));
	expect_fail(-EINVAL, "ftrace_release_mod", ftrace_release_mod(&t.mod));
	expect_fail(-EINVAL, "ftrace_module_init", ftrace_module_init(&other));
	expect_logged("no text");
	other.text = 2;
	other.text_end = 1;
	expect_fail(-EINVAL, "ftrace_module_init", ftrace_module_init(&other));
	other = t.mod;
	other.sites = NULL;
	expect_fail(-EINVAL, "ftrace_module_init", ftrace_module_init(&other));
	expect_logged("sites is NULL");
	ck_assert_uint_eq(fake_stats().modules, 0);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	expect_fail(-EBUSY, "ftrace_module_init", ftrace_module_init(&t.mod));
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	expect_fail(-EBUSY, "ftrace_module_enable",
		    ftrace_module_enable(&t.mod));
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
	expect_fail(-EINVAL, "ftrace_release_mod", ftrace_release_mod(&t.mod));
}
END_TEST

/* A module without sites is one all the same. */
START_TEST(no_sites)
{
	t.mod.sites = NULL;
	t.mod.nr_sites = 0;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().modules, 1);
	ck_assert_uint_eq(ftrace_location(t.mod.text), 0);
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
}
END_TEST

/* Every way in which two ranges can touch, and the two that may stand. */
START_TEST(overlap)
{
	static const struct {
		long from, to;	/* beside the first one's start and end */
		int err;
	} range[] = {
		{ 0, 0, -EINVAL },	{ 8, -8, -EINVAL },
		{ -64, 64, -EINVAL },	{ -64, -8, -EINVAL },
		{ 8, 64, -EINVAL },	{ 511, 64, -EINVAL },
		{ -64, -511, -EINVAL },	{ 512, 64, 0 },
		{ -64, -512, 0 },
	};
	static struct ftrace_module two = { .name = "two" };

	ck_assert_uint_eq(t.size, 512);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	fake.trust = true;
	two.text = t.mod.text + (unsigned long)range[_i].from;
	two.text_end = t.mod.text_end + (unsigned long)range[_i].to;
	fake_log_clear();
	ck_assert_int_eq(ftrace_module_init(&two), range[_i].err);
	ck_assert_int_eq(fake_logged("overlaps"), range[_i].err != 0);
	ck_assert_uint_eq(fake_stats().modules, range[_i].err ? 1 : 2);
}
END_TEST

/* Zero, foreign, outside, between, doubled, odd, unsorted. */
START_TEST(list_of_all_sorts)
{
	unsigned long sites[] = {
		fake_fn(&t, 9), 0, fake_fn(&t, 2), t.mod.text - 32,
		t.mod.text_end, fake_fn(&t, 2) + 8, fake_fn(&t, 9),
		(unsigned long)&t, fake_fn(&t, 3), fake_site(&t, 3),
		fake_fn(&t, 6), ~0UL, t.mod.text_end - 8,
	};
	struct ftrace_mod *m;
	unsigned long i;

	fake_poke(&t, 6, FAKE_INSN_ODD);
	t.mod.sites = sites;
	t.mod.nr_sites = sizeof(sites) / sizeof(sites[0]);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	m = t.mod.data;
	ck_assert_uint_eq(m->nr, 4);
	ck_assert_uint_eq(fake_stats().skipped, 7);
	for (i = 1; i < m->nr; i++)
		ck_assert_uint_lt(m->rec[i - 1].ip, m->rec[i].ip);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().disabled, 1);
	ck_assert_uint_eq(fake_stats().enabled, 3);
	ck_assert(fake_is(&t, 6, "ODD "));
	ck_assert(fake_is(&t, 1, "GAP "));
	ck_assert_uint_eq(fake_rec(&t, 6)->flags,
			  FTRACE_FL_DISABLED | FTRACE_FL_REFUSED);
}
END_TEST

/* How near the end of the text a site may lie. */
START_TEST(at_the_end_of_the_text)
{
	t.mod.text_end = fake_fn(&t, 15) + FTRACE_SITE_MAX_OFFSET + 1 -
			 (unsigned long)_i;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_uint_eq(fake_stats().sites, _i ? 15 : 16);
	ck_assert_uint_eq(fake_stats().skipped, _i ? 1 : 0);
}
END_TEST

/* A site that is a nop already is taken as it is. */
START_TEST(nops_stay)
{
	unsigned long flushes;

	fake_poke(&t, 4, FAKE_INSN_NOP);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert(fake_is(&t, 4, "NOP "));
	flushes = fake.calls[FAKE_FLUSH];
	ck_assert_uint_ge(flushes, 15);
}
END_TEST

/* Each failure of init: its error, the compiler's text, and then success. */
START_TEST(init_fails)
{
	static const struct {
		enum fake_service s;
		unsigned long k;
		int err;
	} way[] = {
		{ FAKE_ALLOC, 1, -ENOMEM },
		{ FAKE_ALLOC_PAGES, 1, -ENOMEM },
		{ FAKE_ALLOC_PAGES, 2, -ENOMEM },
		{ FAKE_TEXT_CHECK, 1, -EFAULT },
		{ FAKE_TEXT_OPEN, 1, -EPERM },
		{ FAKE_TEXT_CLOSE, 1, -EPERM },
		{ FAKE_SYNC_CORE, 1, -EPERM },
		{ FAKE_PIN, 1, -EPERM },
	};
	struct fake_state before;
	long live = fake.live, pages = fake.live_pages;

	fake_save(&before, &t);
	fake_fail(way[_i].s, way[_i].k);
	expect_fail(way[_i].err, "ftrace_module_init",
		    ftrace_module_init(&t.mod));
	fake_same(&before, &t);
	ck_assert_int_eq(fake.live, live);
	ck_assert_int_eq(fake.live_pages - pages,
			 ftrace_mine() ? 65536 : 0);
	ck_assert_uint_eq(ftrace_location(t.mod.text), 0);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
}
END_TEST

START_TEST(unreadable)
{
	if (unit_quick())
		return;
	mprotect(t.at, t.mapped, PROT_NONE);
	expect_fail(-EFAULT, "ftrace_module_init", ftrace_module_init(&t.mod));
	mprotect(t.at, t.mapped, PROT_READ | PROT_EXEC);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
}
END_TEST

/* All or none: one foreign site, and its records stay disabled. */
START_TEST(enable_fails)
{
	struct fake_state before;

	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	fake_poke(&t, 11, "INT3\0\0\0\0");
	fake_save(&before, &t);
	expect_fail(-EINVAL, "ftrace_module_enable",
		    ftrace_module_enable(&t.mod));
	fake_same(&before, &t);
	ck_assert_uint_eq(fake_stats().disabled, 16);
	fake_poke(&t, 11, FAKE_INSN_NOP);
	fake_fail(FAKE_TEXT_OPEN, 1);
	expect_fail(-EPERM, "ftrace_module_enable",
		    ftrace_module_enable(&t.mod));
	ck_assert_uint_eq(fake_stats().disabled, 16);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert_uint_eq(fake_stats().enabled, 16);
}
END_TEST

/* Two clients, a filter and a direct call wait for a module. */
START_TEST(enable_joins_all)
{
	static struct probe q;

	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	probe_init(&q, FTRACE_OPS_FL_SAVE_REGS);
	probe_on(&q, &t, 5);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert_uint_eq(ftrace_rec_count(fake_rec(&t, 5)), 2);
	ck_assert_uint_eq(ftrace_rec_count(fake_rec(&t, 6)), 1);
	fake_call(&t, 5);
	ck_assert_ptr_eq(fake_order[0], &q);
	ck_assert_ptr_eq(fake_order[1], &p);
	ck_assert_ptr_nonnull(q.regs);
}
END_TEST

static unsigned int told;
static int told_err;

static int is_told(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	ck_assert_int_eq(cmd, FTRACE_OPS_CMD_MODULE_GONE);
	/* It still names them, and cannot change it here. */
	ck_assert(ftrace_hash_has(&op->hash->filter, fake_site(&t, 3)));
	told++;
	told_err = ftrace_set_filter_ip(op, 0, 0, 1);
	return -EIO;
}

/* Who took a function's place is told that it goes; who only looks is not. */
START_TEST(gone)
{
	static const struct {
		unsigned long flags;
		bool there, names, told;
	} way[] = {
		{ FTRACE_OPS_FL_IPMODIFY, true, true, true },
		{ FTRACE_OPS_FL_IPMODIFY, true, false, false },
		{ FTRACE_OPS_FL_IPMODIFY, false, true, false },
		{ FTRACE_OPS_FL_DIRECT, true, true, true },
		{ FTRACE_OPS_FL_DIRECT, true, false, false },
		{ FTRACE_OPS_FL_DIRECT, false, true, false },
		{ 0, true, true, false },
	};
	bool direct = way[_i].flags & FTRACE_OPS_FL_DIRECT;
	static struct fake_text other;

	fake_text_make(&other, 4);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	probe_init(&p, direct ? 0 : way[_i].flags);
	if (direct)
		p.ops.func = NULL;
	p.ops.ops_func = is_told;
	probe_on(&p, &other, 1);
	if (way[_i].names)
		probe_on(&p, &t, 3);
	if (way[_i].there)
		ck_assert_int_eq(direct ?
				 register_ftrace_direct_multi(&p.ops, DIRECT_A) :
				 register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
	ck_assert_uint_eq(told, way[_i].told);
	if (told)
		ck_assert_int_eq(told_err, -EDEADLK);
	ck_assert(!ftrace_hash_has(&p.ops.hash->filter, fake_site(&t, 3)));
	ck_assert(ftrace_hash_has(&p.ops.hash->filter, fake_site(&other, 1)));
}
END_TEST

/* Text that became read-only between the steps stays so. */
START_TEST(protected_in_between)
{
	ck_assert_int_eq(mprotect(t.at, t.mapped, PROT_READ | PROT_WRITE |
						  PROT_EXEC), 0);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(mprotect(t.at, t.mapped, PROT_READ | PROT_EXEC), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	ck_assert(fake_is(&t, 3, "CALL"));
	ck_assert_int_eq(ftrace_linux_prot(t.mod.text), PROT_READ | PROT_EXEC);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_linux_prot(t.mod.text), PROT_READ | PROT_EXEC);
}
END_TEST

/* In the middle, first and last of the list. */
START_TEST(release_in_any_order)
{
	static const int order[3][3] = {
		{ 0, 1, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
	};
	static struct fake_text more[3];
	int i, k;

	for (i = 0; i < 3; i++)
		fake_text_make(&more[i], 4);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (i = 0; i < 3; i++) {
		fake_text_drop(&more[order[_i][i]]);
		p.hits = 0;
		for (k = i + 1; k < 3; k++)
			fake_call(&more[order[_i][k]], 3);
		ck_assert_uint_eq(p.hits, 2 - i);
		ck_assert_uint_eq(fake_stats().modules, 2 - i);
	}
}
END_TEST

/* Nothing stays behind but sets: load and unload, again and again. */
START_TEST(again_and_again)
{
	long live = 0, pages = 0;
	int i;

	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (i = 0; i < 100; i++) {
		struct fake_text m;

		fake_text_make(&m, 20);
		fake_call(&m, 3);
		fake_text_drop(&m);
		if (i)
			ck_assert(fake.live == live &&
				  fake.live_pages == pages);
		live = fake.live;
		pages = fake.live_pages;
	}
	ck_assert_uint_eq(p.hits, 100);
}
END_TEST

static volatile int stop;

static void *loads(void *arg)
{
	(void)arg;
	while (!stop) {
		struct ftrace_module m = t.mod;

		m.data = NULL;
		ck_assert_int_eq(ftrace_module_init(&m), 0);
		ck_assert_int_eq(ftrace_release_mod(&m), 0);
	}
	return NULL;
}

static void *looks_up(void *arg)
{
	(void)arg;
	while (!stop) {
		unsigned long at = ftrace_location(fake_fn(&t, 3));

		ck_assert(!at || at == fake_site(&t, 3));
	}
	return NULL;
}

/* A module comes and goes while others look addresses up and register. */
START_TEST(live)
{
	unsigned long i, n = unit_loops(300);
	static struct fake_text other;
	pthread_t a, b;

	fake_text_make(&other, 8);
	ck_assert_int_eq(pthread_create(&a, NULL, loads, NULL), 0);
	ck_assert_int_eq(pthread_create(&b, NULL, looks_up, NULL), 0);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
		fake_call(&other, 1);
		ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	}
	stop = 1;
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	ck_assert_uint_eq(p.hits, n);
}
END_TEST

Suite *suite_module(void)
{
	Suite *s = suite_create("module");
	TCase *c = tcase_create("module");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, three_steps);
	tcase_add_test(c, disabled_in_between);
	tcase_add_test(c, errors);
	tcase_add_test(c, no_sites);
	tcase_add_loop_test(c, overlap, 0, 9);
	tcase_add_test(c, list_of_all_sorts);
	tcase_add_loop_test(c, at_the_end_of_the_text, 0, 2);
	tcase_add_test(c, nops_stay);
	tcase_add_loop_test(c, init_fails, 0, 8);
	tcase_add_test(c, unreadable);
	tcase_add_test(c, enable_fails);
	tcase_add_test(c, enable_joins_all);
	tcase_add_loop_test(c, gone, 0, 7);
	tcase_add_test(c, protected_in_between);
	tcase_add_loop_test(c, release_in_any_order, 0, 3);
	tcase_add_test(c, again_and_again);
	tcase_add_test(c, live);
	tcase_add_loop_test(c, keeps_protection, 0, 2);
	return s;
}
