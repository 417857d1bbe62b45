/* SPDX-License-Identifier: MIT */
/* Names of functions: the symbol table of a module's file, sorted by address. */
#include "elf.h"

#include <stdlib.h>

static const elf_shdr *find_table(const struct elf_file *f, unsigned int type)
{
	size_t i;

	for (i = 0; i < f->nr_shdr; i++)
		if (f->shdr[i].sh_type == type &&
		    f->shdr[i].sh_link < f->nr_shdr)
			return &f->shdr[i];
	return NULL;
}

static int by_addr(const void *a, const void *b)
{
	const struct ftrace_symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/*
 * The code of a function symbol, 0 if it has none in the module's text. The
 * symbol may name a descriptor instead, which is data.
 */
static unsigned long code_of(const struct ftrace_mod *m,
			     const struct elf_file *f, const elf_sym *sym)
{
	unsigned long addr = sym->st_value + m->base, end;
	const elf_shdr *in;

	if ((sym->st_info & 15) != STT_FUNC || !sym->st_shndx)
		return 0;
	if (addr < m->mod->text || addr >= m->mod->text_end) {
		if (sym->st_shndx >= f->nr_shdr)
			return 0;
		in = &f->shdr[sym->st_shndx];
		end = in->sh_addr + in->sh_size;
		if (!(in->sh_flags & SHF_ALLOC) || addr % sizeof(long) ||
		    sym->st_value < in->sh_addr || sym->st_value >= end ||
		    end - sym->st_value < sizeof(long))
			return 0;
		addr = arch_ftrace_code((const void *)addr);
	}
	return addr >= m->mod->text && addr < m->mod->text_end ? addr : 0;
}

static int collect(struct ftrace_mod *m, const struct elf_file *f,
		   const elf_shdr *table)
{
	const char *names = ftrace_elf_strings(f, table->sh_link);
	size_t i, n = table->sh_size / sizeof(elf_sym);
	const elf_sym *sym = ftrace_elf_range(f, table->sh_offset,
					      table->sh_size);
	struct ftrace_symbols *s = &m->symbols;

	if (!sym || !names)
		return 0;
	s->sym = ftrace_host->alloc((n + 1) * sizeof(*s->sym));
	if (!s->sym)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		unsigned long addr = code_of(m, f, &sym[i]);

		if (!addr ||
		    sym[i].st_name >= f->shdr[table->sh_link].sh_size)
			continue;
		s->sym[s->nr++] = (struct ftrace_symbol){
			.addr = addr,
			.size = sym[i].st_size,
			.name = names + sym[i].st_name,
		};
	}
	qsort(s->sym, s->nr, sizeof(*s->sym), by_addr);
	return 0;
}

/* A file that took the place of the one that was loaded has wrong names. */
static bool file_replaced(const struct ftrace_mod *m, const struct elf_file *f)
{
	if (!m->build_id || ftrace_elf_build_id(f) == m->build_id)
		return false;
	ftrace_fail_in("symbols", "no names, since the file on disk is not the "
		       "one that was loaded", ftrace_mod_name(m), -ENOEXEC);
	return true;
}

/* NULL without a file, or without a table in it. */
static const elf_shdr *open_table(struct ftrace_mod *m, struct elf_file *f)
{
	struct ftrace_symbols *s = &m->symbols;
	const elf_shdr *table;

	if (!s->file && m->file)
		s->file = ftrace_host->map_file(m->file, &s->file_size);
	if (!s->file || !ftrace_elf_open(f, s->file, s->file_size) ||
	    file_replaced(m, f))
		return NULL;
	table = find_table(f, SHT_SYMTAB);
	return table ? table : find_table(f, SHT_DYNSYM);
}

/*
 * Once a module; without a file or a table it has no names. -ENOMEM: not now,
 * but the next call may succeed.
 */
int ftrace_symbols_load(struct ftrace_mod *m)
{
	struct ftrace_symbols *s = &m->symbols;
	const elf_shdr *table;
	struct elf_file f;
	int err = 0;

	if (s->loaded)
		return 0;
	table = open_table(m, &f);
	if (table)
		err = collect(m, &f, table);
	s->loaded = !err;
	return err;
}

static void mark(struct ftrace_mod *m, const struct elf_file *f,
		 const elf_sym *sym)
{
	unsigned long addr = code_of(m, f, sym), size = sym->st_size;
	struct dyn_ftrace *rec = addr ? ftrace_rec_from(m, addr) : NULL;

	/* Of a function without a size, or without a site, the next is not it. */
	if (rec && rec->ip - addr <= FTRACE_SITE_MAX_OFFSET &&
	    (!size || rec->ip - addr < size))
		rec->flags |= FTRACE_FL_VARIANT;
}

/*
 * FTRACE_FL_VARIANT for the records of functions whose symbols ask for it.
 * Nobody asks for names yet: nothing is sorted, nor kept.
 */
void ftrace_symbols_mark(struct ftrace_mod *m)
{
	const elf_shdr *table;
	const elf_sym *sym;
	struct elf_file f;
	size_t i;

	if (!FTRACE_SYMBOL_VARIANT)
		return;
	table = open_table(m, &f);
	sym = table ? ftrace_elf_range(&f, table->sh_offset, table->sh_size) :
		      NULL;
	for (i = 0; sym && i < table->sh_size / sizeof(*sym); i++)
		if (sym[i].st_other & FTRACE_SYMBOL_VARIANT)
			mark(m, &f, &sym[i]);
	ftrace_symbols_free(m);
	m->symbols.file = NULL;
}

/* Who asks by name cannot do without: try again a file that would not open. */
int ftrace_symbols_want(struct ftrace_mod *m)
{
	if (!m->symbols.file)
		m->symbols.loaded = false;
	return ftrace_symbols_load(m);
}

void ftrace_symbols_free(struct ftrace_mod *m)
{
	ftrace_host->free(m->symbols.sym);
	if (m->symbols.file)
		ftrace_host->unmap_file(m->symbols.file, m->symbols.file_size);
}

/* The function that holds @ip; of its names the first. */
const struct ftrace_symbol *ftrace_symbol_at(struct ftrace_mod *m,
					     unsigned long ip)
{
	struct ftrace_symbols *s = &m->symbols;
	size_t lo = 0, hi;

	ftrace_symbols_load(m);
	hi = s->nr;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->sym[mid].addr <= ip)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	while (lo > 1 && s->sym[lo - 2].addr == s->sym[lo - 1].addr)
		lo--;
	if (s->sym[lo - 1].size && ip - s->sym[lo - 1].addr >=
					   s->sym[lo - 1].size)
		return NULL;
	return &s->sym[lo - 1];
}

/* Every symbol of that name; stops at the first nonzero answer. */
int ftrace_symbol_each(struct ftrace_mod *m, const char *name, size_t len,
		       int (*fn)(const struct ftrace_symbol *s, void *arg),
		       void *arg)
{
	int err = ftrace_symbols_want(m);
	size_t i;

	for (i = 0; i < m->symbols.nr && !err; i++) {
		const struct ftrace_symbol *s = &m->symbols.sym[i];

		if (strlen(s->name) == len && !memcmp(s->name, name, len))
			err = fn(s, arg);
	}
	return err;
}

static int by_name(const void *key, const void *elem)
{
	return strcmp(key, *(const char *const *)elem);
}

static const char *names_wrong(const char **names, size_t cnt)
{
	size_t i;

	for (i = 0; i < cnt; i++) {
		if (!names[i])
			return "a name is NULL";
		if (i && strcmp(names[i - 1], names[i]) >= 0)
			return "the names are not sorted, or one is there "
			       "twice";
	}
	return NULL;
}

/* Fill in what @m has of the names that were not found yet. */
static int lookup_in(struct ftrace_mod *m, const char **names, size_t cnt,
		     unsigned long *addrs, size_t *found)
{
	int err = ftrace_symbols_want(m);
	size_t i;

	for (i = 0; !err && i < m->symbols.nr && *found < cnt; i++) {
		const struct ftrace_symbol *s = &m->symbols.sym[i];
		const char **name = bsearch(s->name, names, cnt,
					    sizeof(*names), by_name);

		if (!name || addrs[name - names] ||
		    !ftrace_find_rec(s->addr, NULL))
			continue;
		addrs[name - names] = s->addr;
		++*found;
	}
	return err;
}

FTRACE_PUBLIC int ftrace_lookup_symbols(const char **sorted_syms, size_t cnt,
					unsigned long *addrs)
{
	struct ftrace_mod *m = NULL;
	const char *wrong;
	size_t found = 0;
	int err;

	if (cnt && (!sorted_syms || !addrs))
		return ftrace_fail(__func__, "sorted_syms or addrs is NULL",
				   -EINVAL);
	wrong = names_wrong(sorted_syms, cnt);
	if (wrong)
		return ftrace_fail(__func__, wrong, -EINVAL);
	err = ftrace_lock_scanned(__func__);
	if (err)
		return err;
	if (cnt)
		memset(addrs, 0, cnt * sizeof(*addrs));
	while (!err && found < cnt && (m = ftrace_mod_behind(m)))
		err = lookup_in(m, sorted_syms, cnt, addrs, &found);
	ftrace_unlock();
	if (err)
		return ftrace_fail(__func__, "no memory", err);
	return found == cnt ? 0 : ftrace_fail(__func__, "no function of one "
					      "of the names has a site",
					      -ESRCH);
}
