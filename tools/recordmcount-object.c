/* SPDX-License-Identifier: MIT */
/* Read a relocatable object, and refuse it with a reason when it is damaged. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "recordmcount.h"

int fail(const struct object *o, const char *fmt, ...)
{
	char reason[256], *c;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	/* A damaged object's names may hold anything, line ends too. */
	for (c = reason; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	fprintf(stderr, "recordmcount: %s: %s\n", o->file, reason);
	return -1;
}

int fail_elf(const struct object *o, const char *what)
{
	return fail(o, "%s: %s", what, elf_errmsg(-1));
}

/* Zeroed memory that lives as long as the object. */
void *keep(struct object *o, size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b) {
		fail(o, "out of memory");
		return NULL;
	}
	b->next = o->blocks;
	o->blocks = b;
	return b->bytes;
}

/* The data of the output's section @i, which becomes @size zeroed bytes. */
void *resize(struct object *o, size_t i, size_t size)
{
	Elf_Data *data = o->sec[i].data;
	void *buf = keep(o, size);

	if (buf) {
		data->d_buf = buf;
		data->d_size = size;
	}
	return buf;
}

bool is_reloc(const struct section *sec)
{
	return sec->hdr.sh_type == SHT_REL || sec->hdr.sh_type == SHT_RELA;
}

/* Bytes of a symbol or relocation; the same in the file and in memory. */
size_t entry_size(const struct object *o, const struct section *sec)
{
	Elf_Type type = sec->hdr.sh_type == SHT_REL ? ELF_T_REL : ELF_T_RELA;

	if (sec->hdr.sh_type == SHT_SYMTAB)
		type = ELF_T_SYM;
	return gelf_fsize(o->in, type, 1, EV_CURRENT);
}

size_t entries(const struct object *o, const struct section *sec)
{
	return sec->data->d_size / entry_size(o, sec);
}

/* One relocation of either kind, a REL one with the addend 0. */
int get_reloc(const struct object *o, const struct section *sec, size_t i,
	      GElf_Rela *rela)
{
	GElf_Rel rel;

	if (sec->hdr.sh_type == SHT_RELA) {
		if (!gelf_getrela(sec->data, i, rela))
			return fail_elf(o, sec->name);
		return 0;
	}
	if (!gelf_getrel(sec->data, i, &rel))
		return fail_elf(o, sec->name);
	*rela = (GElf_Rela) { .r_offset = rel.r_offset, .r_info = rel.r_info };
	return 0;
}

int put_reloc(const struct object *o, const struct section *sec, size_t i,
	      GElf_Rela *rela)
{
	GElf_Rel rel = { .r_offset = rela->r_offset, .r_info = rela->r_info };
	int ok;

	if (sec->hdr.sh_type == SHT_RELA)
		ok = gelf_update_rela(sec->data, i, rela);
	else
		ok = gelf_update_rel(sec->data, i, &rel);
	return ok ? 0 : fail_elf(o, sec->name);
}

/* A symbol, and in @shndx the section it is defined in or 0. */
int get_symbol(const struct object *o, size_t i, GElf_Sym *sym, size_t *shndx)
{
	Elf_Data *shndx_data = NULL;
	Elf32_Word wide = 0;

	if (o->symtab_shndx)
		shndx_data = o->sec[o->symtab_shndx].data;
	if (!o->symtab || !gelf_getsymshndx(o->sec[o->symtab].data, shndx_data,
					    i, sym, &wide))
		return fail(o, "symbol %zu: no such symbol", i);

	if (sym->st_shndx == SHN_XINDEX)
		*shndx = wide;
	else
		*shndx = sym->st_shndx < SHN_LORESERVE ? sym->st_shndx : 0;
	if (*shndx >= o->nsec)
		return fail(o, "symbol %zu: no section %zu", i, *shndx);
	return 0;
}

/* The sections whose contents this tool reads or edits entry by entry. */
static bool is_structured(const struct section *sec)
{
	GElf_Word type = sec->hdr.sh_type;

	return is_reloc(sec) || type == SHT_SYMTAB || type == SHT_GROUP ||
	       type == SHT_SYMTAB_SHNDX;
}

static int load_section(struct object *o, size_t i)
{
	struct section *sec = &o->sec[i];
	Elf_Scn *scn = elf_getscn(o->in, i);

	if (!scn || !gelf_getshdr(scn, &sec->hdr))
		return fail(o, "section %zu: %s", i, elf_errmsg(-1));
	sec->name = elf_strptr(o->in, o->shstrndx, sec->hdr.sh_name);
	if (!sec->name)
		return fail(o, "section %zu: bad name", i);
	if (sec->hdr.sh_type == SHT_NULL)
		return 0;

	/* Reading all of them finds a truncated file before it is changed. */
	sec->data = is_structured(sec) ? elf_getdata(scn, NULL) :
					 elf_rawdata(scn, NULL);
	if (!sec->data)
		return fail(o, "section %zu (%s): %s", i, sec->name,
			    elf_errmsg(-1));
	if (sec->data->d_size && !sec->data->d_buf &&
	    sec->hdr.sh_type != SHT_NOBITS)
		return fail(o, "section %zu (%s): no contents", i, sec->name);
	return 0;
}

static int load_group(struct object *o, size_t g)
{
	Elf_Data *data = o->sec[g].data;
	const uint32_t *member = data->d_buf;
	size_t i;

	if (data->d_size < sizeof(*member) || data->d_size % sizeof(*member))
		return fail(o, "section %zu: bad group", g);
	for (i = 1; i < data->d_size / sizeof(*member); i++) {
		if (member[i] == 0 || member[i] >= o->nsec || member[i] == g ||
		    o->sec[member[i]].hdr.sh_type == SHT_GROUP)
			return fail(o, "section %zu: bad group member %u", g,
				    member[i]);
		o->sec[member[i]].group = g;
	}
	return 0;
}

/* Note what other sections say about each section. */
static int link_section(struct object *o, size_t i)
{
	const struct section *sec = &o->sec[i];

	switch (sec->hdr.sh_type) {
	case SHT_GROUP:
		return load_group(o, i);
	case SHT_SYMTAB:
		if (o->symtab)
			return fail(o, "more than one symbol table");
		if (sec->hdr.sh_info > entries(o, sec))
			return fail(o, "symbol table: bad sh_info");
		o->symtab = i;
		return 0;
	case SHT_SYMTAB_SHNDX:
		o->symtab_shndx = i;
		return 0;
	case SHT_REL:
	case SHT_RELA:
		if (sec->hdr.sh_info >= o->nsec || sec->hdr.sh_info == i)
			return fail(o, "section %zu (%s): bad sh_info", i,
				    sec->name);
		o->sec[sec->hdr.sh_info].reloc = i;
		return 0;
	}
	return 0;
}

static int load_sections(struct object *o)
{
	size_t i, shndx;
	GElf_Sym sym;

	if (elf_getshdrnum(o->in, &o->nsec) || o->nsec < 2 ||
	    elf_getshdrstrndx(o->in, &o->shstrndx))
		return fail(o, "no valid section headers");
	o->sec = calloc(o->nsec, sizeof(*o->sec));
	if (!o->sec)
		return fail(o, "out of memory");

	for (i = 0; i < o->nsec; i++)
		if (load_section(o, i))
			return -1;
	for (i = 1; i < o->nsec; i++)
		if (link_section(o, i))
			return -1;
	for (i = 1; o->symtab && i < o->sec[o->symtab].hdr.sh_info; i++) {
		if (get_symbol(o, i, &sym, &shndx))
			return -1;
		if (GELF_ST_TYPE(sym.st_info) == STT_SECTION && !sym.st_value)
			o->sec[shndx].symbol = i;
	}
	return 0;
}

/* Read the object open as @fd, which stays open until free_object(). */
int load_object(struct object *o, int fd)
{
	o->in = elf_begin(fd, ELF_C_READ, NULL);
	if (!o->in)
		return fail_elf(o, "cannot read");
	if (elf_kind(o->in) != ELF_K_ELF || !gelf_getehdr(o->in, &o->ehdr))
		return fail(o, "not an ELF object");
	if (o->ehdr.e_type != ET_REL)
		return fail(o, "not a relocatable object");
	o->machine = find_machine(&o->ehdr);
	if (!o->machine)
		return fail(o, "machine %u is not supported",
			    o->ehdr.e_machine);
	o->big = o->ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	return load_sections(o);
}

void free_object(struct object *o)
{
	struct block *next;

	elf_end(o->out);
	elf_end(o->in);
	for (; o->blocks; o->blocks = next) {
		next = o->blocks->next;
		free(o->blocks);
	}
	free(o->site);
	free(o->sec);
}
