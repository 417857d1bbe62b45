/* SPDX-License-Identifier: MIT */
/* generic/object.c: from an object's own bounds to a module. */
#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include "suites.h"

/* An object: a data segment with its ftrace_object, and text from fake.c. */
static struct fake_text t;
static struct ftrace_object obj;
static ElfW(Phdr) phdr[4];
static const char *path = "/lib/libfake.so";
static unsigned long sites[4];
static int first;	/* of the two that are listed */

static int list(int (*fn)(const struct ftrace_host_object *o, void *arg),
		void *arg)
{
	struct ftrace_host_object o[2] = {
		{ "/lib/none.so", "/none", 0x1000, phdr, 0 },
		{ path, "/proc/self/exe", t.mod.text, phdr, 4 },
	};
	int ret = fn(&o[first], arg);

	return ret ? ret : fn(&o[!first], arg);
}

static void start(void)
{
	fake_setup();
	fake_host.list_objects = list;
	fake_text_map(&t, 8);
	phdr[0] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R,
				.p_vaddr = (unsigned long)&obj - t.mod.text,
				.p_memsz = sizeof(obj) };
	phdr[1] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
				.p_vaddr = 128, .p_memsz = 128 };
	phdr[2] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
				.p_vaddr = 0, .p_memsz = 64 };
	phdr[3] = (ElfW(Phdr)){ .p_type = PT_GNU_PROPERTY };
	sites[0] = fake_fn(&t, 0);
	sites[1] = fake_fn(&t, 1);
	sites[2] = fake_fn(&t, 5);
	sites[3] = fake_fn(&t, 6);
	obj.size = sizeof(obj);
	obj.pfe = sites;
	obj.pfe_end = sites + 2;
	obj.mcount = sites + 2;
	obj.mcount_end = sites + 4;
}

START_TEST(add_and_del)
{
	struct ftrace_mod *m;
	static struct probe p;

	ck_assert_int_eq(ftrace_object_add(&obj), 0);
	m = obj.mod.data;
	ck_assert_uint_eq(obj.mod.text, t.mod.text);
	ck_assert_uint_eq(obj.mod.text_end, t.mod.text + 256);
	ck_assert_uint_eq(m->base, t.mod.text);
	ck_assert_str_eq(m->file, "/proc/self/exe");
	ck_assert_str_eq(ftrace_mod_name(m), path);
	ck_assert_int_eq(m->prot, PROT_READ | PROT_EXEC);
	ck_assert_ptr_null(obj.mod.sites);
	ck_assert_uint_eq(m->nr, 4);
	ck_assert(m->live);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, 6);
	ck_assert_uint_eq(p.hits, 1);
	ck_assert_int_eq(ftrace_object_del(&obj), 0);
	ck_assert_ptr_null(obj.mod.data);
	ck_assert_int_eq(ftrace_object_del(&obj), -EINVAL);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake_stats().sites, 0);
}
END_TEST

/* The first object of the list is the executable. */
START_TEST(executable)
{
	struct ftrace_mod *m;

	first = _i;
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
	m = obj.mod.data;
	ck_assert_int_eq(m->executable, _i);
}
END_TEST

START_TEST(one_list_or_none)
{
	struct ftrace_mod *m;

	if (_i & 1)
		obj.pfe = obj.pfe_end = NULL;
	if (_i & 2)
		obj.mcount = obj.mcount_end = NULL;
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
	m = obj.mod.data;
	ck_assert_uint_eq(m->nr, 4 - 2 * (_i & 1) - (_i & 2));
}
END_TEST

START_TEST(refused)
{
	struct ftrace_object stray = { .size = sizeof(stray) };

	expect_fail(-EINVAL, "ftrace_object_add", ftrace_object_add(NULL));
	obj.size--;
	expect_fail(-EINVAL, "ftrace_object_add", ftrace_object_add(&obj));
	obj.size++;
	expect_fail(-EINVAL, "ftrace_object_add", ftrace_object_add(&stray));
	expect_logged("no loaded object holds it");
	ck_assert_int_eq(ftrace_object_del(NULL), -EINVAL);
	ck_assert_int_eq(ftrace_object_del(&stray), -EINVAL);
	/* No executable segment. */
	phdr[1].p_flags = phdr[2].p_flags = PF_R;
	expect_fail(-EINVAL, "ftrace_module_init", ftrace_object_add(&obj));
	ck_assert_ptr_null(obj.mod.name);
	phdr[1].p_flags = phdr[2].p_flags = PF_X;
	ck_assert_int_eq(fake.live, 0);
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
}
END_TEST

/* Which segment holds the object: to the byte. */
START_TEST(holds)
{
	phdr[0].p_vaddr += (unsigned long)(_i & 1);
	if (_i & 2) {
		phdr[0].p_vaddr -= 8;
		phdr[0].p_memsz = 8;
	}
	ck_assert_int_eq(ftrace_object_add(&obj), _i == 1 || _i == 2 ? -EINVAL :
								       0);
}
END_TEST

/* A second constructor's call: refused, and the first stays whole. */
START_TEST(added_twice)
{
	struct ftrace_mod *m;

	ck_assert_int_eq(ftrace_object_add(&obj), 0);
	fake_log_clear();
	ck_assert_int_eq(ftrace_object_add(&obj), -EBUSY);
	ck_assert_uint_ne(fake.nr_log, 0);
	m = obj.mod.data;
	ck_assert_str_eq(ftrace_mod_name(m), path);
	ck_assert_ptr_eq(obj.mod.name, ftrace_mod_name(m));
	ck_assert_int_eq(ftrace_object_del(&obj), 0);
	ck_assert_int_eq(ftrace_object_add(&obj), 0);
}
END_TEST

START_TEST(failures)
{
	long live = fake.live, pages = fake.live_pages;
	unsigned long k;
	int err;

	for (k = 1; k < 30; k++) {
		fake_fail(FAKE_MEMORY, k);
		fake_log_clear();
		err = ftrace_object_add(&obj);
		fake_heal();
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert(fake_logged("no memory"));
		if (obj.mod.data) {
			/* Its records stay, disabled, until it goes. */
			ck_assert_uint_eq(fake_stats().disabled, 4);
			ck_assert_int_eq(ftrace_object_del(&obj), 0);
		}
		ck_assert_int_eq(fake.live, live);
		ck_assert_int_eq(fake.live_pages - pages,
				 ftrace_mine() ? 65536 : 0);
	}
	ck_assert_uint_gt(k, 4);
	ck_assert_ptr_nonnull(obj.mod.data);
}
END_TEST

Suite *suite_object(void)
{
	Suite *s = suite_create("object");
	TCase *c = tcase_create("object");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, add_and_del);
	tcase_add_loop_test(c, executable, 0, 2);
	tcase_add_loop_test(c, one_list_or_none, 0, 4);
	tcase_add_test(c, refused);
	tcase_add_loop_test(c, holds, 0, 4);
	tcase_add_test(c, added_twice);
	tcase_add_test(c, failures);
	return s;
}
