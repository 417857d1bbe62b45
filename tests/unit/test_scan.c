/* SPDX-License-Identifier: MIT */
/* generic/scan.c: objects that say nothing come, go, and come again. */
#include <sys/mman.h>

#include "fake_object.h"
#include "suites.h"

START_TEST(first_use)
{
	static struct probe p;
	struct ftrace_mod *m;

	probe_init(&p, 0);
	ck_assert_ptr_null(ftrace_modules);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	m = ftrace_modules;
	ck_assert_ptr_nonnull(m);
	ck_assert_str_eq(ftrace_mod_name(m), "/lib/scan.so");
	ck_assert_str_eq(m->file, file.path);
	ck_assert_int_eq(m->prot, PROT_READ | PROT_EXEC);
	ck_assert_uint_eq(m->nr, NR);
	ck_assert_uint_eq(m->skipped, 3);
	ck_assert(m->live && m->found);
	ck_assert_ptr_null(m->mod->sites);
	fake_call(&t, 3);
	fake_call(&t, 10);
	ck_assert_uint_eq(p.hits, 2);
	/* Later only when asked. */
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	fake.nr_objects = 0;
	ck_assert_uint_eq(fake_stats().modules, 0);
	fake.nr_objects = 1;
	ck_assert_uint_eq(fake_stats().modules, 0);
	found(NR);
	found(NR);
	ck_assert_uint_eq(fake_stats().modules, 1);
}
END_TEST

static int by_filter(struct probe *p)
{
	return ftrace_set_filter_ip(&p->ops, fake_fn(&t, 2), 0, 0);
}

static int by_direct(struct probe *p)
{
	(void)p;
	return register_ftrace_direct(fake_fn(&t, 2), DIRECT_A);
}

static int by_list(struct probe *p)
{
	struct ftrace_iter it = { .list = FTRACE_LIST_AVAILABLE };
	struct ftrace_site_info site;

	(void)p;
	return ftrace_iter_next(&it, &site) - 1;
}

static int by_stats(struct probe *p)
{
	struct ftrace_stats st;

	(void)p;
	return ftrace_get_stats(&st);
}

/* Whoever asks first finds it there. */
START_TEST(each_first_use)
{
	static int (*const first[])(struct probe *p) = {
		by_filter, by_direct, by_list, by_stats,
	};
	static struct probe p;

	probe_init(&p, 0);
	ck_assert_int_eq(first[_i](&p), 0);
	ck_assert_ptr_nonnull(ftrace_modules);
	ftrace_free_filter(&p.ops);
	if (_i == 1)
		ck_assert_int_eq(unregister_ftrace_direct(fake_fn(&t, 2),
							  DIRECT_A), 0);
}
END_TEST

/* Not for a module of somebody's own, nor for a constructor. */
START_TEST(first_use_is_a_clients)
{
	static struct fake_text own;

	fake_text_make(&own, 4);
	ck_assert_uint_eq(fake.calls[FAKE_MAP_FILE], 0);
	ck_assert_uint_eq(fake_stats().modules, 2);
	fake_text_drop(&own);
}
END_TEST

START_TEST(which_lists)
{
	switch (_i) {
	case 0:
		image.sh[PFE].sh_name = 0;
		return found(4);
	case 1:
		image.sh[MCOUNT].sh_type = SHT_NOBITS;
		return found(8);
	case 2:
		image.sh[PFE].sh_size = 2 * sizeof(long) + 7;
		return found(6);
	case 3:	/* the same list by two names */
		image.sh[MCOUNT] = image.sh[PFE];
		return found(8);
	case 4:
		image.sh[PFE].sh_size = image.sh[MCOUNT].sh_size = 0;
		return not_found(NULL);
	}
}
END_TEST

/* A list that is not in memory has the file's addresses. */
START_TEST(list_in_the_file)
{
	ElfW(Shdr) *sh = &image.sh[MCOUNT];

	sh->sh_flags = 0;
	sh->sh_offset = offsetof(struct image, list);
	image.list[0] = fake_fn(&t, 9) - t.mod.text;
	image.list[1] = 0;	/* would be the first function */
	image.list[2] = fake_fn(&t, 8) - t.mod.text;
	image.list[3] = ~0UL;
	memory.pfe[0] = 0;
	found(9);
	ck_assert_ptr_null(fake_rec((t.mod.data = ftrace_modules, &t), 0));
	ck_assert_ptr_nonnull(fake_rec(&t, 8));
	t.mod.data = NULL;
}
END_TEST

START_TEST(known_already)
{
	static const struct id_note mark = {
		{ sizeof(FTRACE_NOTE_OWNER), 0, FTRACE_NOTE_TYPE }, "", "",
	};

	if (_i) {
		/* By a note it announces itself. */
		memory.other.n = mark.n;
		memcpy(memory.other.owner, FTRACE_NOTE_OWNER,
		       sizeof(FTRACE_NOTE_OWNER));
		not_found(NULL);
		memory.other.n.n_type++;
		found(NR);
		return;
	}
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	found(NR);
	ck_assert_uint_eq(fake_stats().modules, 1);
	ck_assert_uint_eq(fake.calls[FAKE_MAP_FILE], 0);
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
}
END_TEST

START_TEST(no_file_of_its_own)
{
	object.file = "linux-vdso.so.1";
	not_found(NULL);
	ck_assert_uint_eq(fake.calls[FAKE_MAP_FILE], 0);
	object.file = "fake:/none";
	not_found("its file cannot be read");
	object.file = file.path;
	phdr[0].p_flags = PF_R;
	not_found(NULL);
	phdr[0].p_flags |= PF_X;
	found(NR);
}
END_TEST

/* Away without a word: the next call knows, and nobody writes there. */
START_TEST(gone)
{
	static struct probe p, q;

	probe_init(&p, 0);
	probe_init(&q, 0);
	found(NR);
	probe_on(&p, &t, 5);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert(!ftrace_object_gone(ftrace_modules));
	switch (_i) {
	case 0:
		fake.nr_objects = 0;
		break;
	case 1:	/* another one at its place */
		memory.note.id[3]++;
		break;
	case 2:
		phdr[0].p_memsz -= 16;
		break;
	case 3:
		object.base += 4096;
		break;
	}
	ck_assert(ftrace_object_gone(ftrace_modules));
	mprotect(t.at, t.mapped, PROT_NONE);
	if (_i & 1)
		ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	ck_assert_ptr_null(ftrace_modules);
	if (!(_i & 1))
		ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unregister_ftrace_function(&q.ops), 0);
	/* Nor does a filter name what comes to lie there. */
	ck_assert(_i & 1 || p.ops.hash->filter.none);
	probe_free(&p);
	mprotect(t.at, t.mapped, PROT_READ | PROT_EXEC);
}
END_TEST

/* The object's own place is free for one that announces itself. */
START_TEST(gone_and_announced)
{
	found(NR);
	if (_i) {
		/* Built anew, with ftrace_object.o, and loaded again. */
		memory.note.id[0]++;
		compiled();
		ck_assert_int_eq(ftrace_object_add(&memory.obj), 0);
		found(8);
		ck_assert_int_eq(ftrace_object_del(&memory.obj), 0);
		fake.nr_objects = 0;
		return;
	}
	fake.nr_objects = 0;
	fake_poke(&t, 0, FAKE_INSN_GAP);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	ck_assert_int_eq(ftrace_release_mod(&t.mod), 0);
}
END_TEST

/* The same object, mapped again at the same address, as its file has it. */
START_TEST(loaded_anew)
{
	static struct probe p;

	probe_init(&p, 0);
	found(NR);
	if (_i)
		ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	compiled();
	ck_assert(!ftrace_object_gone(ftrace_modules));
	ck_assert_uint_eq(sites(), 0);
	found(NR);
	if (!_i)
		ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, 7);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

/* A foreign breakpoint at its first site is none of that. */
START_TEST(foreign_bytes)
{
	static struct probe p;

	probe_init(&p, 0);
	found(NR);
	fake_poke(&t, 0, "TRAP\0\0\0\0");
	ck_assert_uint_eq(sites(), NR);
	ck_assert_int_eq(register_ftrace_function(&p.ops), -EINVAL);
	found(NR);
	fake_poke(&t, 0, FAKE_INSN_NOP);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

/* Nothing in its list is a site, as before it was relocated: look again. */
START_TEST(empty_at_first)
{
	struct memory keep = memory;

	memset(memory.pfe, 0, sizeof(memory.pfe));
	memset(memory.mcount, 0, sizeof(memory.mcount));
	found(0);
	memory = keep;
	ck_assert_uint_eq(sites(), 0);
	found(NR);
}
END_TEST

static int first_register(struct probe *p)
{
	return register_ftrace_function(&p->ops);
}

/* Each allocation in turn; then the same call works, and nothing leaked. */
START_TEST(no_memory)
{
	unsigned long k;
	static struct probe p;
	int err;

	probe_init(&p, 0);
	for (k = 1; k < 60; k++) {
		long live = fake.live;

		fake_log_clear();
		fake_fail(FAKE_MEMORY, k);
		err = _i ? ftrace_rescan() : first_register(&p);
		fake_heal();
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		expect_logged("no memory");
		if (!ftrace_modules)
			ck_assert_int_eq(fake.live, live);
	}
	ck_assert_uint_gt(k, 4);
	ck_assert_uint_eq(sites(), NR);
	if (!_i)
		ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

/* What cannot be written is no reason to refuse a client of something else. */
START_TEST(not_writable)
{
	static struct probe p;

	probe_init(&p, 0);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 100);
	ck_assert_int_eq(ftrace_rescan(), -EPERM);
	ck_assert_ptr_null(ftrace_modules);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_ptr_null(ftrace_modules);
	fake_heal();
	found(NR);
	fake_call(&t, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

/* Two clients want what one can have: its records wait for a rescan. */
START_TEST(not_enabled)
{
	static struct probe p;

	probe_init(&p, 0);
	fake.nr_objects = 0;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake.nr_objects = 1;
	/* The first window makes nops, the second one calls. */
	fake_fail(FAKE_TEXT_OPEN, 2);
	ck_assert_int_eq(ftrace_rescan(), -EPERM);
	fake_heal();
	ck_assert_uint_eq(fake_stats().disabled, NR);
	found(NR);
	ck_assert_uint_eq(fake_stats().disabled, 0);
	fake_call(&t, 1);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

START_TEST(when_dead)
{
	found(NR);
	ftrace_kill();
	expect_fail(-ENODEV, "ftrace_rescan", ftrace_rescan());
	ck_assert_uint_eq(sites(), NR);
}
END_TEST

/* Names come from a file only if it is the one that was loaded. */
START_TEST(names_of_another_file)
{
	struct ftrace_mod *m;

	found(NR);
	m = ftrace_modules;
	if (_i)
		image.note.id[0]++;
	fake_log_clear();
	ck_assert_int_eq(ftrace_symbols_load(m), 0);
	ck_assert_int_eq(fake_logged("not the one that was loaded"), _i);
	ck_assert_int_eq(ftrace_symbols_want(m), 0);
	ck_assert_uint_eq(fake.nr_log, (unsigned int)_i);
}
END_TEST

Suite *suite_scan(void)
{
	Suite *s = suite_create("scan");
	TCase *c = tcase_create("scan"), *dead = tcase_create("dead");

	suite_add_tcase(s, c);
	suite_add_tcase(s, dead);
	tcase_add_checked_fixture(dead, object_start, fake_verify);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, object_start, object_stop);
	tcase_add_test(c, first_use);
	tcase_add_loop_test(c, each_first_use, 0, 4);
	tcase_add_test(c, first_use_is_a_clients);
	tcase_add_loop_test(c, which_lists, 0, 5);
	tcase_add_test(c, list_in_the_file);
	tcase_add_loop_test(c, known_already, 0, 2);
	tcase_add_test(c, no_file_of_its_own);
	tcase_add_loop_test(c, gone, 0, 4);
	tcase_add_loop_test(c, gone_and_announced, 0, 2);
	tcase_add_loop_test(c, loaded_anew, 0, 2);
	tcase_add_test(c, foreign_bytes);
	tcase_add_test(c, empty_at_first);
	tcase_add_loop_test(c, no_memory, 0, 2);
	tcase_add_test(c, not_writable);
	tcase_add_test(c, not_enabled);
	tcase_add_loop_test(c, names_of_another_file, 0, 2);
	tcase_add_test(dead, when_dead);
	return s;
}
