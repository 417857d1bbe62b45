/* SPDX-License-Identifier: MIT */
/* generic/discover.c: sites that are found by what they call. */
#include <elf.h>
#include <link.h>

#include "suites.h"

/* An object with a list of two, and the slot of what the others call. */
#define NR 12

static struct fake_text t;
static struct ftrace_object obj;
static struct ftrace_slot slot;
static ElfW(Phdr) phdr[2];
static struct ftrace_host_object object = { "/lib/found.so", "/none", 0, phdr,
					    2 };
static unsigned long sites[2];

static void start_with(bool odd)
{
	fake_setup();
	fake.odd = odd;
	fake_text_map(&t, NR);
	object.base = t.mod.text;
	fake.objects = &object;
	fake.nr_objects = 1;
	phdr[0] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R,
				.p_vaddr = (unsigned long)&obj - t.mod.text,
				.p_memsz = sizeof(obj) };
	phdr[1] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
				.p_memsz = t.size };
	sites[0] = fake_fn(&t, 3);
	sites[1] = fake_fn(&t, 7);
	obj.size = sizeof(obj);
	obj.pfe = sites;
	obj.pfe_end = sites + 2;
	obj.mcount_slot = &slot;
}

static void start(void)
{
	start_with(false);
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
}

/* What the assembly at the end of a site's call does. */
static void arrive(unsigned long ip)
{
	unsigned char thunk[FTRACE_THUNK_SIZE];
	struct pt_regs cpu = { .parent = FAKE_PARENT };

	if (!slot.entry)
		return;
	arch_ftrace_write_thunk(thunk, 0, (unsigned long)&slot);
	ck_assert_uint_eq(fake_arrive(ip, (unsigned long)thunk, &cpu),
			  ip + MCOUNT_INSN_SIZE);
}

static void called(size_t i)
{
	arrive(fake_site(&t, i));
}

static struct dyn_ftrace *rec(size_t i)
{
	struct dyn_ftrace *r = ftrace_find_rec(fake_site(&t, i), NULL);

	ck_assert(!r || r->ip == fake_site(&t, i));
	return r;
}

/* The next call of the library. */
static unsigned long known(void)
{
	ck_assert_int_eq(ftrace_rescan(), 0);
	return fake_stats().sites;
}

START_TEST(nothing_unasked)
{
	ck_assert_uint_eq(slot.entry, 0);
	called(0);
	ck_assert_uint_eq(known(), 2);
	ck_assert_int_eq(ftrace_discover(8), 0);
	ck_assert_uint_ne(slot.entry, 0);
	ck_assert_uint_eq(known(), 2);
}
END_TEST

/* Before, between and behind those of the list; once each. */
START_TEST(found)
{
	static const size_t order[] = { 11, 0, 5, 8, 0, 11, 5, 4 };
	struct probe p;
	size_t i;

	ck_assert_int_eq(ftrace_discover(8), 0);
	for (i = 0; i < 8; i++)
		called(order[i]);
	ck_assert_ptr_null(rec(5));
	ck_assert(fake_is(&t, 5, FAKE_INSN_GAP));
	ck_assert_uint_eq(known(), 7);
	for (i = 0; i < 8; i++)
		ck_assert(fake_is(&t, order[i], FAKE_INSN_NOP));
	ck_assert(fake_is(&t, 6, FAKE_INSN_GAP));
	ck_assert_ptr_null(rec(6));
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (i = 0; i < NR; i++)
		if (rec(i))
			fake_call(&t, i);
	ck_assert_uint_eq(p.hits, 7);
	/* A late one is known by now. */
	called(5);
	ck_assert_uint_eq(known(), 7);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	for (i = 0; i < 8; i++)
		ck_assert(fake_is(&t, order[i], FAKE_INSN_NOP));
	ck_assert_uint_eq(fake_stats().undiscovered, 0);
}
END_TEST

/* Clients of what was there stay where they are; those of all come along. */
START_TEST(clients)
{
	struct probe all, one;

	ck_assert_int_eq(ftrace_discover(8), 0);
	probe_init(&all, 0);
	ck_assert_int_eq(register_ftrace_function(&all.ops), 0);
	probe_init(&one, 0);
	ck_assert_int_eq(ftrace_set_filter_ip(&one.ops, fake_site(&t, 7), 0, 0),
			 0);
	ck_assert_int_eq(register_ftrace_function(&one.ops), 0);
	called(1);
	called(9);
	ck_assert_uint_eq(known(), 4);
	ck_assert_uint_eq(ftrace_rec_count(rec(1)), 1);
	ck_assert_uint_eq(ftrace_rec_count(rec(3)), 1);
	ck_assert_uint_eq(ftrace_rec_count(rec(7)), 2);
	ck_assert_uint_eq(ftrace_rec_count(rec(9)), 1);
	fake_call(&t, 1);
	fake_call(&t, 7);
	fake_call(&t, 9);
	ck_assert_uint_eq(all.hits, 3);
	ck_assert_uint_eq(one.hits, 1);
	ck_assert_int_eq(unregister_ftrace_function(&all.ops), 0);
	ck_assert(fake_is(&t, 1, FAKE_INSN_NOP));
	ck_assert(!fake_is(&t, 7, FAKE_INSN_NOP));
	ck_assert_int_eq(unregister_ftrace_function(&one.ops), 0);
	ck_assert(fake_is(&t, 7, FAKE_INSN_NOP));
	ck_assert_int_eq(ftrace_object_del(&obj), 0);
	ck_assert_uint_eq(fake_stats().sites, 0);
}
END_TEST

/* Sites with thunks of their own keep them. */
START_TEST(own_thunks)
{
	struct probe p;

	start_with(true);
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
	ck_assert_int_eq(ftrace_discover(8), 0);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert(ftrace_rec_private(rec(7)));
	called(0);
	called(5);
	ck_assert_uint_eq(known(), 4);
	ck_assert(ftrace_rec_private(rec(5)));
	fake_call(&t, 5);
	fake_call(&t, 7);
	ck_assert_uint_eq(p.hits, 2);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, 3);
	fake_call(&t, 7);
	ck_assert_uint_eq(p.hits, 4);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(ftrace_object_del(&obj), 0);
	ck_assert_int_le(fake.live, 2);
}
END_TEST

/* A full table forgets nothing that is in it, and has room when it was read. */
START_TEST(full)
{
	size_t i;

	ck_assert_int_eq(ftrace_discover(2), 0);
	for (i = 0; i < 3; i++)
		called(i);
	called(0);
	ck_assert_uint_eq(fake_stats().undiscovered, 1);
	ck_assert_uint_eq(known(), 4);
	ck_assert_ptr_nonnull(rec(0));
	ck_assert_ptr_null(rec(2));
	called(2);
	called(4);
	ck_assert_uint_eq(known(), 6);
	ck_assert_uint_eq(fake_stats().undiscovered, 1);
}
END_TEST

START_TEST(refused)
{
	expect_fail(-EINVAL, "ftrace_discover", ftrace_discover(0));
	expect_fail(-ENOMEM, "ftrace_discover", ftrace_discover(~0UL));
	fake_fail(FAKE_ALLOC_PAGES, 1);
	expect_fail(-ENOMEM, "ftrace_discover", ftrace_discover(8));
	fake_heal();
	ck_assert_uint_eq(slot.entry, 0);
	ck_assert_int_eq(ftrace_discover(8), 0);
	expect_fail(-EBUSY, "ftrace_discover", ftrace_discover(8));
	called(0);
	ftrace_kill();
	expect_fail(-ENODEV, "ftrace_discover", ftrace_discover(8));
	ftrace_rescan();
	ck_assert(fake_is(&t, 0, FAKE_INSN_GAP));
}
END_TEST

/* What is no site, in no module, or foreign by now. */
START_TEST(not_sites)
{
	ck_assert_int_eq(ftrace_discover(8), 0);
	arrive(fake_site(&t, 0) + 1);
	arrive(t.mod.text_end - 4);
	arrive((unsigned long)&slot);
	called(1);
	called(2);
	fake_poke(&t, 1, "FOREIGN");
	fake_poke(&t, 2, FAKE_INSN_ODD);
	ck_assert_uint_eq(known(), 3);
	ck_assert_ptr_null(rec(1));
	/* A site that cannot be traced is listed, and says why. */
	ck_assert(rec(2)->flags & FTRACE_FL_REFUSED);
	ck_assert(fake_is(&t, 2, FAKE_INSN_ODD));
	called(2);
	ck_assert_uint_eq(known(), 3);
}
END_TEST

/* Each host call fails in turn: nothing is torn, and the site comes again. */
START_TEST(failures)
{
	struct probe p;
	unsigned long k;

	ck_assert_int_eq(ftrace_discover(8), 0);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (k = 1; k < 60; k++) {
		called(5);
		fake_fail(_i ? FAKE_MEMORY : FAKE_TEXT_OPEN, k);
		ftrace_rescan();
		fake_heal();
		if (!rec(5)) {
			ck_assert(fake_is(&t, 5, FAKE_INSN_GAP));
			ck_assert_uint_eq(fake_stats().sites, 2);
			continue;
		}
		if (!(rec(5)->flags & FTRACE_FL_DISABLED))
			break;
		/* Found, and its clients could not join. */
		ck_assert(fake_is(&t, 5, FAKE_INSN_NOP));
		ck_assert_int_eq(ftrace_object_del(&obj), 0);
		fake_poke(&t, 3, FAKE_INSN_GAP);
		fake_poke(&t, 5, FAKE_INSN_GAP);
		fake_poke(&t, 7, FAKE_INSN_GAP);
		ck_assert_int_eq(ftrace_object_add(&obj), 0);
	}
	ck_assert_uint_gt(k, 1);
	fake_call(&t, 5);
	fake_call(&t, 7);
	ck_assert_uint_eq(p.hits, 2);
}
END_TEST

#define NOT_HERE "ftrace_discover: functions that no list names are not found " \
		 "in a conservative module: /lib/found.so"

/* Where sites jump to thunks in a row there is no room between: that is said. */
START_TEST(conservative)
{
	ck_assert_int_eq(ftrace_set_conservative("/lib/found.so"), 0);
	ck_assert(!fake_logged(NOT_HERE));
	ck_assert_int_eq(ftrace_discover(8), 0);
	expect_logged(NOT_HERE);
	ck_assert_uint_eq(slot.entry, 0);
	called(0);
	ck_assert_uint_eq(known(), 2);
	ck_assert(fake_is(&t, 0, FAKE_INSN_GAP));
}
END_TEST

/* The same of one that becomes so; what was found before stays. */
START_TEST(conservative_later)
{
	unsigned long entry;

	ck_assert_int_eq(ftrace_discover(8), 0);
	called(0);
	entry = slot.entry;
	ck_assert_int_eq(ftrace_set_conservative("/lib/found.so"), 0);
	expect_logged(NOT_HERE);
	ck_assert_uint_eq(slot.entry, 0);
	ck_assert_uint_eq(fake_stats().sites, 3);
	/* A thread that was on its way to the table. */
	slot.entry = entry;
	called(1);
	slot.entry = 0;
	ck_assert_uint_eq(known(), 3);
	ck_assert(fake_is(&t, 1, FAKE_INSN_GAP));
	fake_log_clear();
	ck_assert_int_eq(ftrace_object_del(&obj), 0);
	fake_poke(&t, 0, FAKE_INSN_GAP);
	fake_poke(&t, 3, FAKE_INSN_GAP);
	fake_poke(&t, 7, FAKE_INSN_GAP);
	/* And of one that comes. */
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
	expect_logged(NOT_HERE);
	ck_assert_uint_eq(slot.entry, 0);
}
END_TEST

/* The object goes, its slot with it, and comes back. */
START_TEST(object_goes)
{
	ck_assert_int_eq(ftrace_discover(8), 0);
	called(0);
	ck_assert_ptr_eq(ftrace_self->run[0].slot, &slot);
	called(1);
	ck_assert_int_eq(ftrace_object_del(&obj), 0);
	ck_assert_ptr_null(ftrace_self->run[0].slot);
	ck_assert_uint_eq(known(), 0);
	slot = (struct ftrace_slot){ 0, NULL };
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
	ck_assert_uint_ne(slot.entry, 0);
	called(2);
	ck_assert_uint_eq(known(), 3);
}
END_TEST

/* Another thread in the recorder is nobody's callback. */
START_TEST(not_waited_for)
{
	struct probe p;

	ck_assert_int_eq(ftrace_discover(8), 0);
	called(0);
	ck_assert_uint_eq(known(), 3);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ftrace_self->run[0].slot = &slot;
	ftrace_self->depth = 1;
	ftrace_self->id = 1;	/* init's */
	ftrace_self = (struct ftrace_thread *)&ftrace_nobody;
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
}
END_TEST

Suite *suite_discover(void)
{
	Suite *s = suite_create("discover");
	TCase *c = tcase_create("discover");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, NULL);
	tcase_add_test(c, nothing_unasked);
	tcase_add_test(c, found);
	tcase_add_test(c, clients);
	tcase_add_test(c, full);
	tcase_add_test(c, refused);
	tcase_add_test(c, not_sites);
	tcase_add_loop_test(c, failures, 0, 2);
	tcase_add_test(c, conservative);
	tcase_add_test(c, conservative_later);
	tcase_add_test(c, object_goes);
	tcase_add_test(c, not_waited_for);
	c = tcase_create("own");
	suite_add_tcase(s, c);
	tcase_add_test(c, own_thunks);
	return s;
}
