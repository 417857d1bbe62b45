/* SPDX-License-Identifier: MIT */
/* Reading ELF files that may be damaged, and the notes of loaded objects. */
#include "elf.h"

/*
 * Offsets are aligned as the file format has it, so that what they point to
 * can be used where it lies.
 */
const void *ftrace_elf_range(const struct elf_file *f, uint64_t off,
			     uint64_t size)
{
	if (off > f->size || size > f->size - off || off % sizeof(long))
		return NULL;
	return f->at + off;
}

/* False: it is no file of this machine's class, or its table is cut off. */
bool ftrace_elf_open(struct elf_file *f, const void *at, size_t size)
{
	const elf_ehdr *e;

	*f = (struct elf_file){ .at = at, .size = size };
	e = ftrace_elf_range(f, 0, sizeof(*e));
	if (!e || memcmp(e->e_ident, ELFMAG, SELFMAG) ||
	    e->e_ident[EI_CLASS] != (sizeof(long) == 8 ? ELFCLASS64 :
							 ELFCLASS32))
		return false;
	if (!e->e_shnum)
		return true;
	if (e->e_shentsize != sizeof(elf_shdr))
		return false;
	f->nr_shdr = e->e_shnum;
	f->shdr = ftrace_elf_range(f, e->e_shoff,
				   (uint64_t)f->nr_shdr * sizeof(elf_shdr));
	return f->shdr;
}

/* Section number @section as strings, each of which ends within it, or NULL. */
const char *ftrace_elf_strings(const struct elf_file *f, size_t section)
{
	const elf_shdr *sh;

	if (section >= f->nr_shdr)
		return NULL;
	sh = &f->shdr[section];
	if (sh->sh_offset > f->size || !sh->sh_size ||
	    sh->sh_size > f->size - sh->sh_offset ||
	    f->at[sh->sh_offset + sh->sh_size - 1])
		return NULL;
	return (const char *)f->at + sh->sh_offset;
}

/* What a note is looked for by, and where its contents are. */
struct note {
	const char *owner;	/* with its terminator, as in the file */
	size_t owner_size;
	uint32_t type;
	const unsigned char *desc;
	size_t size;
};

static const struct note build_id = { "GNU", 4, NT_GNU_BUILD_ID, NULL, 0 };
static const struct note announced = { FTRACE_NOTE_OWNER,
				       sizeof(FTRACE_NOTE_OWNER),
				       FTRACE_NOTE_TYPE, NULL, 0 };

/* In one segment of notes; nothing in it is taken on trust. */
static bool notes_find(struct note *want, const unsigned char *at,
		       uint64_t size, uint64_t align)
{
	uint64_t off = 0, desc, end;
	elf_nhdr n;

	align = align == 8 ? 7 : 3;
	for (; off < size && size - off >= sizeof(n); off = end) {
		memcpy(&n, at + off, sizeof(n));
		desc = off + ((sizeof(n) + (uint64_t)n.n_namesz + align) &
			      ~align);
		end = desc + (((uint64_t)n.n_descsz + align) & ~align);
		if (desc + n.n_descsz > size)
			return false;
		if (n.n_type != want->type || n.n_namesz != want->owner_size ||
		    memcmp(at + off + sizeof(n), want->owner, n.n_namesz))
			continue;
		want->desc = at + desc;
		want->size = n.n_descsz;
		return true;
	}
	return false;
}

/* Mapped where its program headers say, and checked, since they may lie. */
static bool object_note(const struct ftrace_host_object *o, struct note *want)
{
	const elf_phdr *ph = o->phdr;
	unsigned long i;

	for (i = 0; i < o->nr_phdr; i++) {
		unsigned long at = o->base + ph[i].p_vaddr;

		if (ph[i].p_type == PT_NOTE && ph[i].p_memsz &&
		    !ftrace_host->text_check(at, at + ph[i].p_memsz) &&
		    notes_find(want, (const unsigned char *)at, ph[i].p_memsz,
			       ph[i].p_align))
			return true;
	}
	return false;
}

static bool file_note(const struct elf_file *f, struct note *want)
{
	const elf_ehdr *e = (const elf_ehdr *)f->at;
	const elf_phdr *ph;
	size_t i;

	if (e->e_phentsize != sizeof(*ph))
		return false;
	ph = ftrace_elf_range(f, e->e_phoff,
			      (uint64_t)e->e_phnum * sizeof(*ph));
	for (i = 0; ph && i < e->e_phnum; i++)
		if (ph[i].p_type == PT_NOTE && ph[i].p_offset < f->size &&
		    ph[i].p_filesz <= f->size - ph[i].p_offset &&
		    notes_find(want, f->at + ph[i].p_offset, ph[i].p_filesz,
			       ph[i].p_align))
			return true;
	return false;
}

/* Eight bytes are enough to tell two builds apart; 0 is none. */
static uint64_t digest(const struct note *n)
{
	uint64_t h = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < n->size; i++)
		h = (h ^ n->desc[i]) * 0x100000001b3ULL;
	return n->size ? h : 0;
}

uint64_t ftrace_object_build_id(const struct ftrace_host_object *o)
{
	struct note n = build_id;

	return object_note(o, &n) ? digest(&n) : 0;
}

uint64_t ftrace_elf_build_id(const struct elf_file *f)
{
	struct note n = build_id;

	return file_note(f, &n) ? digest(&n) : 0;
}

/* Does it carry ftrace_object.o, whose constructor speaks for it? */
bool ftrace_object_announced(const struct ftrace_host_object *o)
{
	struct note n = announced;

	return object_note(o, &n);
}
