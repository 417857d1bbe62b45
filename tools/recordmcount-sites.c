/* SPDX-License-Identifier: MIT */
/* Find the instructions that call mcount, machine by machine. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "recordmcount.h"

/* Newer than the elf.h of the distributions this has to build on. */
#define PPC64_REL24_NOTOC	116
#define PPC64_REL24_P9NOTOC	124

static uint32_t read32(const unsigned char *p, bool big)
{
	if (big)
		return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
}

/* e8 is call rel32; ff /2 is call *name@GOT..., through rip or a register. */
static int x86_call(const unsigned char *field, size_t before, bool big)
{
	(void)big;
	if (before >= 1 && field[-1] == 0xe8)
		return 1;
	if (before >= 2 && field[-2] == 0xff && (field[-1] & 0x38) == 0x10)
		return 2;
	return -1;
}

/* bl: opcode 18, AA clear, LK set. */
static int ppc_call(const unsigned char *field, size_t before, bool big)
{
	(void)before;
	return (read32(field, big) & 0xfc000003) == 0x48000001 ? 0 : -1;
}

/* bl; instructions are little endian in big endian objects too. */
static int aarch64_call(const unsigned char *field, size_t before, bool big)
{
	(void)before;
	(void)big;
	return (read32(field, false) & 0xfc000000) == 0x94000000 ? 0 : -1;
}

static const struct machine machines[] = {
	{ EM_X86_64, ELFCLASS64, 8, false, R_X86_64_64,
	  { R_X86_64_PLT32, R_X86_64_PC32, R_X86_64_GOTPCRELX,
	    R_X86_64_GOTPCREL }, x86_call },
	{ EM_X86_64, ELFCLASS32, 4, false, R_X86_64_32,
	  { R_X86_64_PLT32, R_X86_64_PC32, R_X86_64_GOTPCRELX,
	    R_X86_64_GOTPCREL }, x86_call },
	{ EM_386, ELFCLASS32, 4, true, R_386_32,
	  { R_386_PC32, R_386_PLT32, R_386_GOT32X, R_386_GOT32 }, x86_call },
	{ EM_AARCH64, ELFCLASS64, 8, false, R_AARCH64_ABS64,
	  { R_AARCH64_CALL26 }, aarch64_call },
	{ EM_PPC, ELFCLASS32, 4, false, R_PPC_ADDR32,
	  { R_PPC_REL24, R_PPC_PLTREL24, R_PPC_LOCAL24PC }, ppc_call },
	{ EM_PPC64, ELFCLASS64, 8, false, R_PPC64_ADDR64,
	  { R_PPC64_REL24, PPC64_REL24_NOTOC, PPC64_REL24_P9NOTOC }, ppc_call },
};

const struct machine *find_machine(const GElf_Ehdr *ehdr)
{
	size_t i;

	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].id == ehdr->e_machine &&
		    machines[i].class == ehdr->e_ident[EI_CLASS])
			return &machines[i];
	return NULL;
}

static bool is_mcount(const char *name)
{
	/* With the dot: the code, not the descriptor, of ELFv1. */
	if (*name == '.')
		name++;
	return !strcmp(name, "_mcount") || !strcmp(name, "mcount") ||
	       !strcmp(name, "__fentry__");
}

static bool is_branch(const struct machine *m, GElf_Word type)
{
	size_t i;

	for (i = 0; i < MAX_BRANCHES && m->branch[i]; i++)
		if (m->branch[i] == type)
			return true;
	return false;
}

static int add_site(struct object *o, size_t target, GElf_Addr offset)
{
	struct site *site = o->site;
	size_t i, at;

	/* Full when the number is a power of two: it doubles then. */
	if (!(o->nsite & (o->nsite - 1))) {
		site = realloc(site, (o->nsite ? o->nsite * 2 : 1) *
				     sizeof(*site));
		if (!site)
			return fail(o, "out of memory");
		o->site = site;
	}
	site = &site[o->nsite++];
	memset(site, 0, sizeof(*site));
	site->target = target;
	site->rela.r_addend = offset;
	for (i = 0; o->machine->rel && i < o->machine->word; i++) {
		at = o->big ? o->machine->word - 1 - i : i;
		site->word[at] = offset >> 8 * i;
	}
	return 0;
}

/* The calls that relocation section @rel finds in the code it relocates. */
static int read_calls(struct object *o, const struct section *rel)
{
	const struct section *text = &o->sec[rel->hdr.sh_info];
	const Elf_Data *code = text->data;
	size_t i, shndx;
	const char *name;
	GElf_Rela rela;
	GElf_Sym sym;
	int back;

	for (i = 0; i < entries(o, rel); i++) {
		if (get_reloc(o, rel, i, &rela))
			return -1;
		if (!is_branch(o->machine, GELF_R_TYPE(rela.r_info)))
			continue;
		if (get_symbol(o, GELF_R_SYM(rela.r_info), &sym, &shndx))
			return -1;
		name = elf_strptr(o->in, o->sec[o->symtab].hdr.sh_link,
				  sym.st_name);
		if (!name)
			return fail(o, "%s: bad symbol name", rel->name);
		if (!is_mcount(name))
			continue;
		if (code->d_size < 4 || rela.r_offset > code->d_size - 4)
			return fail(o, "%s: offset %#llx is outside %s",
				    rel->name, (long long)rela.r_offset,
				    text->name);
		back = o->machine->call((unsigned char *)code->d_buf +
					rela.r_offset, rela.r_offset, o->big);
		if (back >= 0 &&
		    add_site(o, rel->hdr.sh_info, rela.r_offset - back))
			return -1;
	}
	return 0;
}

/* Fill @o->site, the sites of a section of code side by side. */
int find_sites(struct object *o)
{
	const struct section *text;
	size_t i;

	for (i = 1; i < o->nsec; i++) {
		if (!is_reloc(&o->sec[i]))
			continue;
		text = &o->sec[o->sec[i].hdr.sh_info];
		if (text->hdr.sh_type == SHT_PROGBITS &&
		    (text->hdr.sh_flags & SHF_EXECINSTR) &&
		    read_calls(o, &o->sec[i]))
			return -1;
	}
	return 0;
}
