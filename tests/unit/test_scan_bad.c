/* SPDX-License-Identifier: MIT */
/* generic/scan.c, generic/elf.c: files that lie, and files that are damaged. */
#include "fake_object.h"
#include "suites.h"

/* What a file must be to be believed. */
START_TEST(not_its_file)
{
	switch (_i) {
	case 0:
		image.note.id[19]++;
		return not_found("build-ids differ");
	case 1:
		image.note.n.n_type++;
		return not_found("build-ids differ");
	case 2:
		memory.note.n.n_type++;
		return not_found("it has no build-id");
	case 3:	/* and no sites: nobody wants to know */
		memory.note.n.n_type++;
		image.sh[PFE].sh_size = image.sh[MCOUNT].sh_size = 0;
		return not_found(NULL);
	case 4:
		memory.note.n.n_descsz = image.note.n.n_descsz = 0;
		return not_found("it has no build-id");
	case 5:
		image.e.e_shnum = image.e.e_shentsize = 0;
		image.e.e_shoff = 0;
		return not_found("no section headers");
	case 6:
		phdr[2].p_vaddr = 0x1000 - t.mod.text;
		return not_found("it has no build-id");
	}
}
END_TEST

/* One field of the file at a time. */
#define FIELD(f) &image.f, sizeof(image.f)
#define MINUS ((unsigned long)-8L)

static const struct {
	void *at;
	size_t size;
	unsigned long value;
	const char *why;
} lie[] = {
	{ FIELD(e.e_ident[0]), 0x7e, "not ELF" },
	{ FIELD(e.e_ident[EI_CLASS]), 0, "not ELF" },
	{ FIELD(e.e_shentsize), sizeof(image.sh[0]) + 8, "not ELF" },
	{ FIELD(e.e_shoff), sizeof(image) - sizeof(image.sh[0]), "not ELF" },
	{ FIELD(e.e_shoff), MINUS, "not ELF" },
	{ FIELD(e.e_shoff), offsetof(struct image, sh) + 1, "not ELF" },
	{ FIELD(e.e_shnum), 0xffff, "not ELF" },
	{ FIELD(e.e_shstrndx), 4, "no names of sections" },
	{ FIELD(e.e_shstrndx), PFE, "no names of sections" },
	{ FIELD(sh[STRINGS].sh_size), sizeof(image), "no names of sections" },
	{ FIELD(sh[STRINGS].sh_size), MINUS, "no names of sections" },
	{ FIELD(sh[STRINGS].sh_size), 12, "no names of sections" },
	{ FIELD(sh[STRINGS].sh_size), 0, "no names of sections" },
	{ FIELD(sh[STRINGS].sh_offset), MINUS, "no names of sections" },
	{ FIELD(sh[PFE].sh_addr), MINUS, "lies outside it" },
	{ FIELD(sh[MCOUNT].sh_size), sizeof(memory.mcount) +
	  sizeof(memory.obj) + 1, "lies outside it" },
	{ FIELD(sh[PFE].sh_size), MINUS, "lies outside it" },
	{ FIELD(sh[PFE].sh_flags), 0, "lies outside it" },
	{ FIELD(e.e_phentsize), 0, "build-ids differ" },
	{ FIELD(e.e_phoff), sizeof(image), "build-ids differ" },
	{ FIELD(e.e_phoff), MINUS, "build-ids differ" },
	{ FIELD(e.e_phnum), 0xffff, "build-ids differ" },
	{ FIELD(e.e_phnum), 0, "build-ids differ" },
	{ FIELD(ph[1].p_offset), sizeof(image), "build-ids differ" },
	{ FIELD(ph[1].p_offset), MINUS, "build-ids differ" },
	{ FIELD(ph[1].p_filesz), MINUS, "build-ids differ" },
	{ FIELD(ph[1].p_filesz), sizeof(image.note) - 1, "build-ids differ" },
	{ FIELD(note.n.n_namesz), ~0U, "build-ids differ" },
	{ FIELD(note.n.n_descsz), ~0U - 2, "build-ids differ" },
	{ FIELD(note.n.n_descsz), 0, "build-ids differ" },
	{ FIELD(note.n.n_type), 0, "build-ids differ" },
};

#define NR_LIES ((int)(sizeof(lie) / sizeof(lie[0])))

START_TEST(lies)
{
	/* A list in the file, which lies at its end, and ends behind it. */
	image.sh[PFE].sh_offset = offsetof(struct image, names);
	memcpy(lie[_i].at, &lie[_i].value, lie[_i].size);
	not_found(lie[_i].why);
	image_make();
	found(NR);
}
END_TEST

/* A list may be named over and over, to make it longer than all memory. */
START_TEST(too_many)
{
	phdr[0].p_memsz = NR + 3;
	not_found("more sites than bytes of code");
	phdr[0].p_memsz = t.size;
	found(NR);
}
END_TEST

/*
 * Any bytes at all: no crash, no error but those for memory, and when the
 * object is gone nothing is left. A sanitiser looks on.
 */
static void survive(void)
{
	struct ftrace_stats st;

	ck_assert_int_eq(ftrace_rescan(), 0);
	st = fake_stats();
	ck_assert_uint_le(st.sites, NR);
	fake.nr_objects = 0;
	ck_assert_uint_eq(fake_stats().modules, 0);
	fake.nr_objects = 1;
	ck_assert_int_eq(fake.live, 0);
}

static const unsigned char hurt[] = { 0, 1, 2, 7, 0x7f, 0x80, 0xff };

static void damage(unsigned char *at, size_t size)
{
	size_t i, k;

	for (i = 0; i < size; i++) {
		for (k = 0; k < sizeof(hurt); k++) {
			unsigned char keep = at[i];

			at[i] = hurt[k];
			survive();
			at[i] = keep;
		}
	}
	found(NR);
}

START_TEST(damaged_file)
{
	damage(file.at, file.size);
}
END_TEST

START_TEST(damaged_notes)
{
	damage((void *)&memory, offsetof(struct memory, pfe));
}
END_TEST

START_TEST(damaged_lists)
{
	damage((void *)memory.pfe, sizeof(memory.pfe));
}
END_TEST

START_TEST(truncated)
{
	size_t size = file.size;

	for (file.size = 1; file.size < size; file.size++)
		survive();
	found(NR);
}
END_TEST

START_TEST(damaged_at_random)
{
	unsigned long round;
	unsigned long x = 88172645463325252UL + (unsigned long)_i;
	struct image good = image;
	int i;

	for (round = 0; round < 20000; round++) {
		for (i = 0; i < 4; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			file.at[(x >> 8) % file.size] ^=
				(unsigned char)(1 << (x >> 50) % 8);
		}
		survive();
		image = good;
	}
	found(NR);
}
END_TEST

Suite *suite_scan_bad(void)
{
	Suite *s = suite_create("scan: bad files");
	TCase *c = tcase_create("bad");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, object_start, object_stop);
	tcase_add_loop_test(c, not_its_file, 0, 7);
	tcase_add_loop_test(c, lies, 0, NR_LIES);
	tcase_add_test(c, too_many);
	tcase_add_test(c, damaged_file);
	tcase_add_test(c, damaged_notes);
	tcase_add_test(c, damaged_lists);
	tcase_add_test(c, truncated);
	tcase_add_loop_test(c, damaged_at_random, 0, 2);
	return s;
}
