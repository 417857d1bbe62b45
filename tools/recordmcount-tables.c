/* SPDX-License-Identifier: MIT */
/* Write the object anew, with one table of sites for each section of code. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "recordmcount.h"

#define RELA_NAME	".rela" MCOUNT_LOC
#define REL_NAME	".rel" MCOUNT_LOC

static bool is_patchable(const struct object *o, size_t i)
{
	return o->sec[i].hdr.sh_type == SHT_PROGBITS && o->sec[i].reloc &&
	       !strcmp(o->sec[i].name, PATCHABLE);
}

/* The section that entry @i of a table names. */
static int get_target(const struct object *o, const struct section *rel,
		      size_t i, GElf_Rela *rela, size_t *target)
{
	GElf_Sym sym;

	if (get_reloc(o, rel, i, rela) ||
	    get_symbol(o, GELF_R_SYM(rela->r_info), &sym, target))
		return -1;
	if (!*target)
		return fail(o, "%s: entry %zu is not in this object", rel->name,
			    i);
	return 0;
}

/* Does table @tab go with the code it names? 1, 0, or -1 on failure. */
static int fits(const struct object *o, size_t tab)
{
	const struct section *sec = &o->sec[tab];
	const struct section *rel = &o->sec[sec->reloc];
	size_t i, target;
	GElf_Rela rela;

	for (i = 0; i < entries(o, rel); i++) {
		if (get_target(o, rel, i, &rela, &target))
			return -1;
		if (!(sec->hdr.sh_flags & SHF_LINK_ORDER) ||
		    sec->hdr.sh_link != target ||
		    sec->group != o->sec[target].group)
			return 0;
	}
	return 1;
}

/* Is there anything to write? 1, 0, or -1 on failure. */
int needs_rewrite(const struct object *o)
{
	int need = o->nsite > 0, fit;
	size_t i;

	/* Done already, by this tool or by gcc -mrecord-mcount. */
	for (i = 1; i < o->nsec; i++)
		if (!strcmp(o->sec[i].name, MCOUNT_LOC))
			return 0;

	for (i = 1; i < o->nsec; i++) {
		if (!is_patchable(o, i))
			continue;
		fit = fits(o, i);
		if (fit < 0)
			return -1;
		need |= !fit;
	}
	return need;
}

static Elf_Data *new_data(struct object *o, Elf_Scn *scn, const GElf_Shdr *hdr)
{
	Elf_Data *data = scn ? elf_newdata(scn) : NULL;

	if (!data) {
		fail_elf(o, "cannot add a section");
		return NULL;
	}
	data->d_version = EV_CURRENT;
	data->d_align = hdr->sh_addralign ? hdr->sh_addralign : 1;
	return data;
}

/* Give the output the sections of the input. */
static int copy_sections(struct object *o)
{
	const Elf_Data *from;
	Elf_Data *data;
	Elf_Scn *scn;
	size_t i;

	if (!gelf_newehdr(o->out, o->ehdr.e_ident[EI_CLASS]) ||
	    !gelf_update_ehdr(o->out, &o->ehdr))
		return fail_elf(o, "cannot write");
	for (i = 1; i < o->nsec; i++) {
		scn = elf_newscn(o->out);
		from = o->sec[i].data;
		if (!from)
			continue;
		data = new_data(o, scn, &o->sec[i].hdr);
		if (!data)
			return -1;
		data->d_buf = from->d_buf;
		data->d_size = from->d_size;
		data->d_type = from->d_type;
		o->sec[i].data = data;
	}
	return 0;
}

/* Headers last, when no section changes any more. */
static int put_headers(struct object *o)
{
	size_t i;

	for (i = 0; i < o->nsec; i++)
		if (!gelf_update_shdr(elf_getscn(o->out, i), &o->sec[i].hdr))
			return fail_elf(o, "cannot write section headers");
	return 0;
}

/* Append a section's name to the table of those: its offset, 0 on failure. */
static size_t add_name(struct object *o, const char *name)
{
	const Elf_Data *data = o->sec[o->shstrndx].data;
	size_t size = data->d_size;
	const void *old = data->d_buf;
	char *buf = resize(o, o->shstrndx, size + strlen(name) + 1);

	if (!buf)
		return 0;
	memcpy(buf, old, size);
	strcpy(buf + size, name);
	return size;
}

/* A new section of the output with the header @hdr, or 0 on failure. */
static size_t add_section(struct object *o, const GElf_Shdr *hdr,
			  const char *name, Elf_Type type)
{
	struct section *sec;

	sec = realloc(o->sec, (o->nsec + 1) * sizeof(*sec));
	if (!sec) {
		fail(o, "out of memory");
		return 0;
	}
	o->sec = sec;
	sec += o->nsec;
	*sec = (struct section) { .hdr = *hdr, .name = name };
	sec->hdr.sh_flags &= ~(GElf_Xword)SHF_GROUP;
	sec->data = new_data(o, elf_newscn(o->out), hdr);
	if (!sec->data)
		return 0;
	sec->data->d_type = type;
	return o->nsec++;
}

static void set_group(struct object *o, size_t i, size_t group)
{
	struct section *sec = &o->sec[i];

	if (sec->group == group)
		return;
	o->sec[sec->group].regroup = true;
	o->sec[group].regroup = true;
	sec->group = group;
	sec->hdr.sh_flags &= ~(GElf_Xword)SHF_GROUP;
	if (group)
		sec->hdr.sh_flags |= SHF_GROUP;
}

/* Write the member lists of the groups that won or lost a section. */
static int put_groups(struct object *o)
{
	uint32_t *list, flags;
	size_t i, g;

	for (i = 1; i < o->nsec; i++)
		o->sec[o->sec[i].group].members++;
	for (g = 1; g < o->nsec; g++) {
		if (!o->sec[g].regroup)
			continue;
		flags = *(uint32_t *)o->sec[g].data->d_buf;
		list = resize(o, g, (o->sec[g].members + 1) * sizeof(*list));
		if (!list)
			return -1;
		list[0] = flags;
		o->sec[g].members = 0;
	}
	for (i = 1; i < o->nsec; i++) {
		g = o->sec[i].group;
		if (!g || !o->sec[g].regroup)
			continue;
		list = o->sec[g].data->d_buf;
		list[++o->sec[g].members] = i;
	}
	return 0;
}

/*
 * Make table @tab, relocated by @rel, the @n sites at @site, which all lie in
 * one section: linked to that section and in its group, the table is dropped
 * by the linker when, and only when, the code is.
 */
static int fill_table(struct object *o, size_t tab, size_t rel,
		      struct site *site, size_t n)
{
	size_t word = o->machine->word, target = site->target, i;
	unsigned char *words = resize(o, tab, n * word);
	GElf_Shdr *hdr = &o->sec[rel].hdr;

	if (!words || !resize(o, rel, n * entry_size(o, &o->sec[rel])))
		return -1;
	o->sec[tab].hdr.sh_flags |= SHF_LINK_ORDER;
	o->sec[tab].hdr.sh_link = target;
	hdr->sh_info = tab;
	hdr->sh_link = o->symtab;
	set_group(o, tab, o->sec[target].group);
	set_group(o, rel, o->sec[target].group);
	for (i = 0; i < n; i++) {
		memcpy(words + i * word, site[i].word, word);
		site[i].rela.r_offset = i * word;
		if (put_reloc(o, &o->sec[rel], i, &site[i].rela))
			return -1;
	}
	return 0;
}

/* A new table, its headers those of section @tab and its relocations @rel. */
static int add_table(struct object *o, const struct section *tab,
		     const struct section *rel, struct site *site, size_t n)
{
	bool is_rel = rel->hdr.sh_type == SHT_REL;
	struct section t = *tab, r = *rel;
	size_t ti, ri;

	/* Copies: the caller's may be in the array that grows here. */
	ti = add_section(o, &t.hdr, t.name, ELF_T_BYTE);
	if (!ti)
		return -1;
	ri = add_section(o, &r.hdr, r.name, is_rel ? ELF_T_REL : ELF_T_RELA);
	if (!ri)
		return -1;
	return fill_table(o, ti, ri, site, n);
}

/* How many of the @n sites lie in the section of the first? */
static size_t run(const struct site *site, size_t n)
{
	size_t i;

	for (i = 1; i < n && site[i].target == site[0].target; i++)
		;
	return i;
}

static int by_target(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->target != y->target)
		return x->target < y->target ? -1 : 1;
	if (x->rela.r_offset != y->rela.r_offset)
		return x->rela.r_offset < y->rela.r_offset ? -1 : 1;
	return 0;
}

/* The @n entries of table @tab as sites, sorted by their code. */
static int read_table(const struct object *o, size_t tab, struct site *site,
		      size_t n)
{
	const struct section *sec = &o->sec[tab];
	size_t word = o->machine->word, i;

	if (n * word != sec->data->d_size)
		return fail(o, "%s: %zu bytes but %zu relocations", sec->name,
			    sec->data->d_size, n);
	for (i = 0; i < n; i++) {
		if (get_target(o, &o->sec[sec->reloc], i, &site[i].rela,
			       &site[i].target))
			return -1;
		if (site[i].rela.r_offset % word ||
		    site[i].rela.r_offset / word >= n)
			return fail(o, "%s: bad relocation %zu", sec->name, i);
		memcpy(site[i].word, (char *)sec->data->d_buf +
		       site[i].rela.r_offset, word);
	}
	qsort(site, n, sizeof(*site), by_target);
	return 0;
}

/*
 * The code whose entries stay in table @tab when it is cut up: if possible the
 * one it is linked to. A section must follow the group that lists it.
 */
static size_t pick_owner(const struct object *o, size_t tab,
			 const struct site *site, size_t n)
{
	size_t i, owner = 0;

	for (i = 0; i < n; i++) {
		if (o->sec[site[i].target].group > tab)
			continue;
		if (!owner || site[i].target == o->sec[tab].hdr.sh_link)
			owner = site[i].target;
	}
	return owner;
}

/*
 * gcc 12 collects the entries of all functions in one section, which it links
 * to the first of them: if the linker drops that one for another object's copy,
 * the rest goes too, and otherwise entries name code that was dropped.
 */
static int split_table(struct object *o, size_t tab)
{
	size_t rel = o->sec[tab].reloc, n = entries(o, &o->sec[rel]);
	struct site *site = keep(o, n * sizeof(*site));
	size_t i, len, owner;
	int err;

	if (!site || read_table(o, tab, site, n))
		return -1;
	owner = pick_owner(o, tab, site, n);
	if (!owner)
		return fail(o, "%s: stands before its group", PATCHABLE);

	for (i = 0; i < n; i += len) {
		len = run(site + i, n - i);
		if (site[i].target == owner)
			err = fill_table(o, tab, rel, site + i, len);
		else
			err = add_table(o, &o->sec[tab], &o->sec[rel],
					site + i, len);
		if (err)
			return -1;
	}
	return 0;
}

static int split_tables(struct object *o)
{
	size_t i, n = o->nsec;
	int fit;

	for (i = 1; i < n; i++) {
		if (!is_patchable(o, i))
			continue;
		fit = fits(o, i);
		if (fit < 0 || (!fit && split_table(o, i)))
			return -1;
	}
	return 0;
}

/* Write __mcount_loc sections for the sites found, one for each section. */
static int add_mcount_tables(struct object *o)
{
	const struct machine *m = o->machine;
	struct section tab = { .name = MCOUNT_LOC }, rel = tab;
	size_t i, j, len, name;

	if (!o->nsite)
		return 0;
	name = add_name(o, m->rel ? REL_NAME : RELA_NAME);
	if (!name)
		return -1;
	rel.hdr = (GElf_Shdr) {
		.sh_name = name,
		.sh_type = m->rel ? SHT_REL : SHT_RELA,
		.sh_flags = SHF_INFO_LINK,
		.sh_addralign = m->word,
	};
	rel.hdr.sh_entsize = entry_size(o, &rel);
	tab.hdr = (GElf_Shdr) {
		.sh_name = name + strlen(m->rel ? ".rel" : ".rela"),
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC | SHF_WRITE,
		.sh_addralign = m->word,
	};
	for (i = 0; i < o->nsite; i += len) {
		len = run(o->site + i, o->nsite - i);
		for (j = i; j < i + len; j++)
			o->site[j].rela.r_info = GELF_R_INFO(
				o->sec[o->site[j].target].symbol, m->address);
		if (add_table(o, &tab, &rel, o->site + i, len))
			return -1;
	}
	return 0;
}

/* Write the object with its tables to @fd. */
int rewrite_object(struct object *o, int fd)
{
	o->out = elf_begin(fd, ELF_C_WRITE, NULL);
	if (!o->out)
		return fail_elf(o, "cannot write");
	if (copy_sections(o) || name_targets(o) || add_mcount_tables(o) ||
	    split_tables(o) || put_groups(o) || put_headers(o))
		return -1;
	if (elf_update(o->out, ELF_C_WRITE) < 0)
		return fail_elf(o, "cannot write");
	return 0;
}
