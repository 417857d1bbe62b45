/* SPDX-License-Identifier: MIT */
/* generic/text.c: all of a batch or nothing of it. */
#include <sys/mman.h>

#include "suites.h"

#define MANY 70		/* texts, a window each */

static struct fake_text many[MANY];
static struct probe p;

static void make_many(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		fake_text_make(&many[i], 4);
	probe_init(&p, 0);
}

static void all_are(const char *insn)
{
	int i;

	for (i = 0; i < MANY; i++)
		ck_assert_msg(fake_is(&many[i], 0, insn) &&
			      fake_is(&many[i], 3, insn), "text %d", i);
}

static void call_many(unsigned long hits)
{
	int i;

	p.hits = 0;
	for (i = 0; i < MANY; i++)
		fake_call(&many[i], 3);
	ck_assert_uint_eq(p.hits, hits);
}

/* A module in which nothing changes gets no window, not even an empty one. */
START_TEST(no_window)
{
	static struct fake_text refused;
	unsigned long windows;
	size_t i;

	make_many();
	fake_text_map(&refused, 4);
	for (i = 0; i < 4; i++)
		fake_poke(&refused, i, FAKE_INSN_ODD);
	ck_assert_int_eq(ftrace_module_init(&refused.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&refused.mod), 0);
	windows = fake.windows;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.windows - windows, MANY);
	ck_assert_uint_eq(fake_stats().windows, fake.windows);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

/* Modules whose text begins inside a page: rounded, a window begins before it. */
START_TEST(inside_a_page)
{
	static struct fake_text t[2];
	int i;

	probe_init(&p, 0);
	fake.alias = true;
	for (i = 0; i < 2; i++) {
		fake.odd = i && _i;
		fake_text_map(&t[i], 64);
		t[i].mod.text += FAKE_STRIDE;
		ck_assert_int_eq(ftrace_module_init(&t[i].mod), 0);
		ck_assert_int_eq(ftrace_module_enable(&t[i].mod), 0);
	}
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (i = 0; i < 2; i++)
		fake_call(&t[i], 40);
	ck_assert_uint_eq(p.hits, 2);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

/* One window a module; all are opened at once, and there is one sync. */
START_TEST(windows_and_syncs)
{
	unsigned long opens, syncs, windows;

	make_many();
	opens = fake.calls[FAKE_TEXT_OPEN];
	syncs = fake.calls[FAKE_SYNC_CORE];
	windows = fake.windows;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_OPEN] - opens, 1);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_CLOSE],
			  fake.calls[FAKE_TEXT_OPEN]);
	ck_assert_uint_eq(fake.calls[FAKE_SYNC_CORE] - syncs, 1);
	ck_assert_uint_eq(fake.windows - windows, MANY);
	ck_assert_uint_eq(fake_stats().windows, fake.windows);
	ck_assert_uint_eq(fake_stats().syncs, fake.calls[FAKE_SYNC_CORE]);
	ck_assert_uint_eq(fake_stats().enabled, MANY * 4);
	all_are("CALL");
	call_many(MANY);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	all_are("NOP ");
}
END_TEST

/* With one thread no sync is needed, and the text is flushed still. */
START_TEST(alone)
{
	unsigned long flushes;
	static struct fake_text t;

	fake.alone = true;
	fake_text_make(&t, 4);
	probe_init(&p, 0);
	flushes = fake.calls[FAKE_FLUSH];
	ck_assert_uint_ge(flushes, 4);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.calls[FAKE_SYNC_CORE], 0);
	ck_assert_uint_eq(fake_stats().syncs, 0);
	ck_assert_uint_ge(fake.calls[FAKE_FLUSH], flushes + 1);
	fake_call(&t, 0);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

/*
 * What nobody runs yet is synced once, for other processors' sake; and before
 * all the host is asked whether it can.
 */
START_TEST(fresh_module)
{
	static struct fake_text t, u;

	fake_text_map(&t, 4);
	t.mod.flags = FTRACE_MODULE_FRESH;
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_uint_eq(fake.calls[FAKE_SYNC_CORE], 2);
	ck_assert(fake_is(&t, 0, "NOP "));
	fake.alone = true;
	fake_text_make(&u, 4);
	ck_assert_uint_eq(fake.calls[FAKE_SYNC_CORE], 2);
}
END_TEST

/* Text that is written through another mapping and never writable itself. */
START_TEST(alias)
{
	fake.alias = true;
	make_many();
	all_are("NOP ");
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	all_are("CALL");
	call_many(MANY);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	all_are("NOP ");
}
END_TEST

/* Many windows fail in one way or another: what was written is put back. */
START_TEST(many_fail)
{
	static const enum fake_service way[] = {
		FAKE_TEXT_OPEN, FAKE_TEXT_CLOSE, FAKE_SYNC_CORE, FAKE_PIN,
	};
	struct fake_state before;
	int last = _i % 2 ? MANY - 1 : 0;

	make_many();
	fake_save(&before, &many[last]);
	fake_fail(way[_i / 2], 1);
	expect_fail(-EPERM, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	expect_logged("ftrace cannot write");
	expect_logged("text cannot be written");
	fake_same(&before, &many[last]);
	all_are("NOP ");
	call_many(0);
	ck_assert_int_eq(ftrace_is_dead(), 0);
	ck_assert_uint_eq(fake.blocked, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	all_are("CALL");
	call_many(MANY);
}
END_TEST

/* The same with a single window: nothing stays written. */
START_TEST(only_group_fails)
{
	static const enum fake_service way[] = {
		FAKE_TEXT_OPEN, FAKE_TEXT_CLOSE, FAKE_SYNC_CORE, FAKE_PIN,
	};
	struct fake_state before;
	static struct fake_text t;

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	fake_save(&before, &t);
	fake_fail(way[_i], 1);
	expect_fail(-EPERM, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	fake_same(&before, &t);
	ck_assert_int_eq(ftrace_is_dead(), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, 0);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

/* Undoing fails too: the library gives up, and ordinary clients fall silent. */
START_TEST(undo_fails)
{
	static struct probe first;

	make_many();
	probe_init(&first, 0);
	ck_assert_int_eq(register_ftrace_function(&first.ops), 0);
	fake_fail(FAKE_SYNC_CORE, 1);
	fake_fail(FAKE_TEXT_OPEN, 2);
	expect_fail(-EPERM, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	expect_logged("giving up");
	ck_assert_int_ne(ftrace_is_dead(), 0);
	call_many(0);
	ck_assert_uint_eq(first.hits, 0);
	expect_fail(-ENODEV, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	ck_assert_int_eq(unregister_ftrace_function(&first.ops), 0);
	memset(&first, 0x5a, sizeof(first));
	call_many(0);
	/* Nobody knows any more what the text is. */
	fake.differ = 4 * MANY;
}
END_TEST

/* One bad site among a thousand: nothing is opened, nothing written. */
START_TEST(one_bad_site)
{
	enum { N = 1000, BAD = 777 };
	struct fake_state before;
	static struct fake_text t;
	unsigned long opens;

	fake_text_make(&t, N);
	probe_init(&p, 0);
	fake_poke(&t, BAD, "INT3\1\2\3\4");
	fake_save(&before, &t);
	opens = fake.calls[FAKE_TEXT_OPEN];
	expect_fail(-EINVAL, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	expect_logged("does not hold what it must");
	expect_logged("actual:   49 4e 54 33 01 02 03 04");
	expect_logged("expected: 4e 4f 50 20 00 00 00 00");
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_OPEN], opens);
	fake_same(&before, &t);
	ck_assert_int_eq(ftrace_is_dead(), 0);
	fake_poke(&t, BAD, FAKE_INSN_NOP);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, BAD);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

/* More changes than the batch's first room; the room is given back. */
START_TEST(large_batch)
{
	enum { N = 9000 };
	static struct fake_text t;
	unsigned long i;
	long pages;

	fake_text_make(&t, N);
	probe_init(&p, 0);
	pages = fake.live_pages;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().enabled, N);
	for (i = 0; i < N; i++)
		ck_assert(fake_is(&t, i, "CALL"));
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	for (i = 0; i < N; i++)
		ck_assert(fake_is(&t, i, "NOP "));
	ck_assert_int_eq(fake.live_pages - pages, 2 * 4096);
}
END_TEST

/* A text that is taken away under the library is an error, not a crash. */
START_TEST(unreadable_site)
{
	struct fake_state before;
	static struct fake_text t;

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	fake_save(&before, &t);
	mprotect(t.at, t.mapped, PROT_NONE);
	expect_fail(-EFAULT, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	expect_logged("ftrace faulted on reading");
	expect_logged("the site cannot be read");
	mprotect(t.at, t.mapped, PROT_READ | PROT_EXEC);
	fake_same(&before, &t);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
}
END_TEST

/* A range that is vouched for is not asked for again, and no longer. */
START_TEST(trust)
{
	unsigned char buf[8];
	static struct fake_text t;
	unsigned long asked;

	fake_text_make(&t, 8);
	ftrace_lock("test");
	ftrace_batch_begin(false, false);
	ck_assert_int_eq(ftrace_text_trust(t.mod.text, t.mod.text + 64), 0);
	asked = fake.calls[FAKE_TEXT_CHECK];
	ck_assert_int_eq(ftrace_text_read(t.mod.text, buf, 8), 0);
	ck_assert_int_eq(ftrace_text_read(t.mod.text + 56, buf, 8), 0);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_CHECK], asked);
	ck_assert_int_eq(ftrace_text_read(t.mod.text + 57, buf, 8), 0);
	ck_assert_int_eq(ftrace_text_read(t.mod.text - 1, buf, 8), -EFAULT);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_CHECK], asked + 2);
	ftrace_batch_abort();
	ck_assert_int_eq(ftrace_text_read(t.mod.text, buf, 8), 0);
	ck_assert_uint_eq(fake.calls[FAKE_TEXT_CHECK], asked + 3);
	fake_fail(FAKE_TEXT_CHECK, 1);
	ck_assert_int_eq(ftrace_text_trust(t.mod.text, t.mod.text + 64),
			 -EFAULT);
	fake_fail(FAKE_TEXT_CHECK, 1);
	ck_assert_int_eq(ftrace_text_read(t.mod.text, buf, 8), -EFAULT);
	ck_assert_int_eq(memcmp(buf, (void *)t.mod.text, 8), 0);
	ftrace_unlock();
}
END_TEST

/* Outside a batch a change is a batch of one. */
START_TEST(batch_of_one)
{
	static struct fake_text t;

	fake_text_make(&t, 4);
	ftrace_lock("test");
	ck_assert_int_eq(ftrace_make_call(fake_rec(&t, 1), fake_fn(&t, 0),
					  false), 0);
	ck_assert(fake_is(&t, 1, "CALL"));
	ck_assert_int_eq(ftrace_make_call(fake_rec(&t, 1), fake_fn(&t, 0),
					  false), -EINVAL);
	ck_assert_int_eq(ftrace_modify_call(fake_rec(&t, 1), fake_fn(&t, 0),
					    fake_fn(&t, 2), false), 0);
	fake_fail(FAKE_TEXT_OPEN, 1);
	ck_assert_int_eq(ftrace_make_nop(&t.mod, fake_rec(&t, 1),
					 fake_fn(&t, 2)), -EPERM);
	ck_assert(fake_is(&t, 1, "CALL"));
	fake_fail(FAKE_ALLOC_PAGES, 1);
	ck_assert_int_eq(ftrace_make_nop(&t.mod, fake_rec(&t, 1),
					 fake_fn(&t, 2)), -ENOMEM);
	ck_assert(fake_is(&t, 1, "CALL"));
	ck_assert_int_eq(ftrace_make_nop(&t.mod, fake_rec(&t, 1),
					 fake_fn(&t, 2)), 0);
	ck_assert(fake_is(&t, 1, "NOP "));
	ftrace_unlock();
}
END_TEST

static struct ftrace_window seen;

static int open_and_look(struct ftrace_window *w, unsigned int n)
{
	ck_assert_uint_eq(n, 1);
	seen = *w;
	return ftrace_linux_host()->text_open(w, n);
}

/* The window is whole pages, from the first changed site to the last. */
START_TEST(window_covers_the_sites)
{
	static struct fake_text t;

	fake_host.text_open = open_and_look;
	fake_text_map(&t, 1024);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_uint_eq(seen.start, t.mod.text);
	ck_assert_uint_eq(seen.end, t.mod.text_end);
	ck_assert_int_eq(seen.prot, PROT_READ | PROT_EXEC);
	ck_assert_int_eq(ftrace_module_enable(&t.mod), 0);
	probe_init(&p, 0);
	probe_on(&p, &t, 256);
	probe_on(&p, &t, 127);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(seen.start, t.mod.text);
	ck_assert_uint_eq(seen.end, t.mod.text + 3 * 4096);
	probe_on(&p, &t, 512);
	ck_assert_uint_eq(seen.start, t.mod.text + 4 * 4096);
	ck_assert_uint_eq(seen.end, t.mod.text + 5 * 4096);
}
END_TEST

/* A host that never could: no text is written, so nothing has to be undone. */
START_TEST(never_synced)
{
	struct fake_state before;
	static struct fake_text t;

	fake.alone = true;
	fake_text_make(&t, 4);
	probe_init(&p, 0);
	fake.alone = false;
	fake_save(&before, &t);
	fake_fail_n(FAKE_SYNC_CORE, 1, 100);
	expect_fail(-EPERM, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	expect_logged("sync_core");
	ck_assert_int_eq(ftrace_is_dead(), 0);
	fake_same(&before, &t);
	fake_heal();
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, 0);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

static void in_a_window(void)
{
	ck_assert_int_eq(ftrace_lock("window"), -EDEADLK);
}

/* Windows are opened under the lock, signals blocked (see the host). */
START_TEST(window_state)
{
	fake.on_open = in_a_window;
	make_many();
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.blocked, 0);
}
END_TEST

Suite *suite_text(void)
{
	Suite *s = suite_create("text");
	TCase *c = fake_case(s, "text");

	tcase_add_test(c, windows_and_syncs);
	tcase_add_test(c, no_window);
	tcase_add_loop_test(c, inside_a_page, 0, 2);
	tcase_add_test(c, alone);
	tcase_add_test(c, fresh_module);
	tcase_add_test(c, alias);
	tcase_add_loop_test(c, many_fail, 0, 8);
	tcase_add_loop_test(c, only_group_fails, 0, 4);
	tcase_add_test(c, undo_fails);
	tcase_add_test(c, one_bad_site);
	tcase_add_test(c, large_batch);
	tcase_add_test(c, unreadable_site);
	tcase_add_test(c, trust);
	tcase_add_test(c, batch_of_one);
	tcase_add_test(c, window_covers_the_sites);
	tcase_add_test(c, window_state);
	tcase_add_test(c, never_synced);
	return s;
}
