/* SPDX-License-Identifier: MIT */
/* Give code that has none a section symbol, which its sites refer to. */
#include <string.h>
#include "recordmcount.h"

/* Newer than the elf.h of the distributions this has to build on. */
#define LLVM_ADDRSIG		0x6fff4c03
#define LLVM_CALL_GRAPH		0x6fff4c09

/* Open a gap of @n entries of @size bytes at entry @first of a section. */
static int open_gap(struct object *o, size_t i, size_t size, size_t first,
		    size_t n)
{
	const Elf_Data *data = o->sec[i].data;
	size_t head = first * size, old_size = data->d_size;
	const char *old = data->d_buf;
	char *new;

	if (head > old_size)
		return fail(o, "%s: too short", o->sec[i].name);
	new = resize(o, i, old_size + n * size);
	if (!new)
		return -1;
	memcpy(new, old, head);
	memcpy(new + head + n * size, old + head, old_size - head);
	return 0;
}

static int move_relocs(struct object *o, const struct section *sec,
		       size_t first, size_t n)
{
	GElf_Rela rela;
	size_t i, sym;

	for (i = 0; i < entries(o, sec); i++) {
		if (get_reloc(o, sec, i, &rela))
			return -1;
		sym = GELF_R_SYM(rela.r_info);
		if (sym < first)
			continue;
		rela.r_info = GELF_R_INFO(sym + n, GELF_R_TYPE(rela.r_info));
		if (put_reloc(o, sec, i, &rela))
			return -1;
	}
	return 0;
}

/* Symbols from @first on have moved up by @n: tell all who name them. */
static int move_symbols(struct object *o, size_t first, size_t n)
{
	struct section *sec;
	size_t i;

	for (i = 1; i < o->nsec; i++) {
		sec = &o->sec[i];
		if (sec->hdr.sh_link != o->symtab)
			continue;
		switch (sec->hdr.sh_type) {
		case SHT_REL:
		case SHT_RELA:
			if (move_relocs(o, sec, first, n))
				return -1;
			break;
		case SHT_GROUP:
			if (sec->hdr.sh_info >= first)
				sec->hdr.sh_info += n;
			break;
		case LLVM_ADDRSIG:
			/* A hint; without a link lld takes it for stale. */
			sec->hdr.sh_link = 0;
			break;
		case SHT_SYMTAB_SHNDX:
		case LLVM_CALL_GRAPH:
			break;
		default:
			return fail(o, "section %zu (%s): cannot renumber"
				       " symbols in it", i, sec->name);
		}
	}
	return 0;
}

static int put_section_symbol(struct object *o, size_t target)
{
	size_t i = o->sec[target].symbol;
	GElf_Sym sym = {
		.st_info = GELF_ST_INFO(STB_LOCAL, STT_SECTION),
		.st_shndx = target,
	};
	Elf_Data *shndx = NULL;
	Elf32_Word wide = 0;

	if (o->symtab_shndx)
		shndx = o->sec[o->symtab_shndx].data;
	if (target >= SHN_LORESERVE) {
		if (!shndx)
			return fail(o, "no extended section numbers");
		sym.st_shndx = SHN_XINDEX;
		wide = target;
	}
	if (!gelf_update_symshndx(o->sec[o->symtab].data, shndx, i, &sym, wide))
		return fail_elf(o, "cannot add a symbol");
	return 0;
}

/*
 * Locals stand before globals, so new ones go between. A global will not do
 * instead: it may be preempted, or defined by the copy that another object has.
 */
int name_targets(struct object *o)
{
	size_t first, n = 0, i;
	struct section *sec;

	if (!o->nsite)
		return 0;
	first = o->sec[o->symtab].hdr.sh_info;
	for (i = 0; i < o->nsite; i++) {
		sec = &o->sec[o->site[i].target];
		if (!sec->symbol)
			sec->symbol = first + n++;
	}
	if (!n)
		return 0;

	sec = &o->sec[o->symtab];
	if (open_gap(o, o->symtab, entry_size(o, sec), first, n) ||
	    (o->symtab_shndx &&
	     open_gap(o, o->symtab_shndx, sizeof(Elf32_Word), first, n)) ||
	    move_symbols(o, first, n))
		return -1;
	sec->hdr.sh_info += n;
	for (i = 1; i < o->nsec; i++)
		if (o->sec[i].symbol >= first && put_section_symbol(o, i))
			return -1;
	return 0;
}
