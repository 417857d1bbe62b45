/* SPDX-License-Identifier: MIT */
/* A loaded object that says nothing of itself, and its file. */
#include "fake_object.h"

struct image image;
struct memory memory;
struct fake_text t;
ElfW(Phdr) phdr[3];
struct ftrace_host_object object;
struct fake_file file = { .path = "fake:/scan" };

static const char names[] = "\0__patchable_function_entries\0__mcount_loc";
static const struct id_note good_note = {
	{ 4, 20, NT_GNU_BUILD_ID }, "GNU", "0123456789abcdefghi",
};


static unsigned long offset(const void *p)
{
	return (unsigned long)p - t.mod.text;
}

void image_make(void)
{
	struct image *im = &image;

	memset(im, 0, sizeof(*im));
	memcpy(im->e.e_ident, ELFMAG, SELFMAG);
	im->e.e_ident[EI_CLASS] = sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32;
	im->e.e_phoff = offsetof(struct image, ph);
	im->e.e_phentsize = sizeof(im->ph[0]);
	im->e.e_phnum = 2;
	im->e.e_shoff = offsetof(struct image, sh);
	im->e.e_shentsize = sizeof(im->sh[0]);
	im->e.e_shnum = 4;
	im->e.e_shstrndx = STRINGS;
	im->ph[0].p_type = PT_LOAD;
	im->ph[1] = (ElfW(Phdr)){ .p_type = PT_NOTE, .p_align = 4,
				  .p_offset = offsetof(struct image, note),
				  .p_filesz = sizeof(im->note) };
	im->sh[PFE] = (ElfW(Shdr)){ .sh_name = 1, .sh_type = SHT_PROGBITS,
				    .sh_flags = SHF_ALLOC | SHF_WRITE,
				    .sh_addr = offset(memory.pfe),
				    .sh_size = sizeof(memory.pfe) };
	im->sh[MCOUNT] = (ElfW(Shdr)){ .sh_name = 30, .sh_type = SHT_PROGBITS,
				       .sh_flags = SHF_ALLOC | SHF_WRITE,
				       .sh_addr = offset(memory.mcount),
				       .sh_size = sizeof(memory.mcount) };
	im->sh[STRINGS] = (ElfW(Shdr)){ .sh_type = SHT_STRTAB,
					.sh_offset = offsetof(struct image,
							      names),
					.sh_size = sizeof(names) };
	im->note = good_note;
	memcpy(im->names, names, sizeof(names));
}

/* Functions 0 to 7 in one list, 8 to 11 in the other, and four that are odd. */
static void make_memory(void)
{
	size_t i;

	memset(&memory, 0, sizeof(memory));
	memory.note = good_note;
	memory.other.n = (ElfW(Nhdr)){ 10, 0, 1 };
	memcpy(memory.other.owner, "elsewhere", 10);
	for (i = 0; i < 8; i++)
		memory.pfe[i] = fake_fn(&t, i);
	memory.pfe[8] = fake_fn(&t, 3);		/* twice: two were folded */
	memory.pfe[9] = 0;			/* discarded */
	memory.pfe[10] = (unsigned long)&image;	/* foreign */
	memory.pfe[11] = t.mod.text_end;
	memory.obj.size = sizeof(memory.obj);
	memory.obj.pfe = memory.pfe;
	memory.obj.pfe_end = memory.pfe + 8;
	for (i = 0; i < 4; i++)
		memory.mcount[i] = fake_fn(&t, 8 + i);
}

void object_start(void)
{
	fake_setup();
	fake_text_map(&t, NR);
	make_memory();
	image_make();
	file.at = (void *)&image;
	file.size = offsetof(struct image, names) + sizeof(names);
	fake_file_add(&file);
	phdr[0] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
				.p_memsz = t.size };
	phdr[1] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
				.p_vaddr = offset(&memory),
				.p_memsz = sizeof(memory) };
	phdr[2] = (ElfW(Phdr)){ .p_type = PT_NOTE, .p_align = 4,
				.p_vaddr = offset(&memory),
				.p_memsz = offsetof(struct memory, pfe) };
	object = (struct ftrace_host_object){ "/lib/scan.so", file.path,
					      t.mod.text, phdr, 3 };
	fake.objects = &object;
	fake.nr_objects = 1;
}

/* After all that a test did nothing may be left. */
void object_stop(void)
{
	fake_verify();
	fake.nr_objects = 0;
	ck_assert_int_eq(ftrace_rescan(), 0);
	ck_assert_uint_eq(fake_stats().modules, 0);
	/* The table of sets, and one that nobody has taken back yet. */
	ck_assert_int_le(fake.live, 2);
	ck_assert_int_eq(fake.live_pages, ftrace_mine() ? 65536 : 0);
	ck_assert_int_eq(fake.live_files, 0);
}

/* The text, as the file has it. */
void compiled(void)
{
	size_t i;

	for (i = 0; i < NR; i++)
		fake_poke(&t, i, FAKE_INSN_GAP);
}

/* Its records, or what they are not. */
unsigned long sites(void)
{
	return fake_stats().sites;
}

void found(unsigned long nr)
{
	ck_assert_int_eq(ftrace_rescan(), 0);
	ck_assert_uint_eq(sites(), nr);
}

void not_found(const char *why)
{
	fake_log_clear();
	found(0);
	if (why) {
		expect_logged("libftrace: ftrace_rescan: ");
		expect_logged(why);
		expect_logged("/lib/scan.so");
		ck_assert_uint_eq(fake.nr_log, 1);
	} else {
		ck_assert_uint_eq(fake.nr_log, 0);
	}
}
