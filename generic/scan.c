/* SPDX-License-Identifier: MIT */
/* The second way: loaded objects that say nothing, found by their files. */
#include "elf.h"

/*
 * An object that carries ftrace_object.o speaks for itself. For any other one
 * the section headers of its file say where its sites are listed, and what is
 * in these lists is taken from memory, where the loader relocated it. A file
 * is believed only if it has the build-id that the object has in memory.
 *
 * All of this happens inside list_objects(), so that no object can be unmapped
 * meanwhile; nothing here waits for anybody who might want the loader's lock.
 */
struct found {
	const char *call;
	const struct ftrace_host_object *o;
	struct elf_file f;
	struct ftrace_module mod;
	struct ftrace_mod like;
	unsigned long *sites, nr, cap;
	int err;
};

static int fail_object(const struct found *x, const char *reason, int err)
{
	return ftrace_fail_in(x->call, reason, x->o->path, err);
}

/* Readable, and part of what the object has in memory? */
static bool in_memory(const struct found *x, unsigned long addr, uint64_t size)
{
	const elf_phdr *ph = x->o->phdr;
	unsigned long i;

	for (i = 0; i < x->o->nr_phdr; i++) {
		unsigned long off = addr - x->o->base - ph[i].p_vaddr;

		if (ph[i].p_type == PT_LOAD && off <= ph[i].p_memsz &&
		    size <= ph[i].p_memsz - off)
			return !ftrace_host->text_check(addr, addr + size);
	}
	return false;
}

/* Where the values of a list are; what is only in the file lacks the base. */
static const void *list_at(const struct found *x, const elf_shdr *sh)
{
	unsigned long addr = x->o->base + sh->sh_addr;

	if (!(sh->sh_flags & SHF_ALLOC))
		return ftrace_elf_range(&x->f, sh->sh_offset, sh->sh_size);
	return in_memory(x, addr, sh->sh_size) ? (const void *)addr : NULL;
}

static bool is_list(const elf_shdr *sh, const char *names, uint64_t size)
{
	if (sh->sh_name >= size || sh->sh_type == SHT_NOBITS || !sh->sh_size)
		return false;
	names += sh->sh_name;
	return !strcmp(names, "__patchable_function_entries") ||
	       !strcmp(names, "__mcount_loc");
}

static void list_copy(struct found *x, const elf_shdr *sh, const void *from)
{
	unsigned long base = sh->sh_flags & SHF_ALLOC ? 0 : x->o->base;
	unsigned long *to = x->sites + x->nr;
	size_t i, n = sh->sh_size / sizeof(*to);

	/* The section need not be aligned as its contents are. */
	memcpy(to, from, n * sizeof(*to));
	/* What is zero was discarded by the linker, and stays zero. */
	for (i = 0; i < n && base; i++)
		if (to[i])
			to[i] += base;
}

/* Count the lists, or copy them into x->sites; NULL, or what is wrong. */
static const char *lists_walk(struct found *x)
{
	const elf_ehdr *e = (const elf_ehdr *)x->f.at;
	const char *names = ftrace_elf_strings(&x->f, e->e_shstrndx);
	size_t i;

	x->nr = 0;
	if (!names)
		return "its file is damaged: no names of sections";
	for (i = 0; i < x->f.nr_shdr; i++) {
		const elf_shdr *sh = &x->f.shdr[i];
		const void *from;

		if (!is_list(sh, names, x->f.shdr[e->e_shstrndx].sh_size))
			continue;
		from = list_at(x, sh);
		if (!from)
			return "its file is damaged: a list of sites lies "
			       "outside it";
		/* Several lists may be one that is named over and over. */
		if (sh->sh_size / sizeof(long) > x->cap - x->nr)
			return "its file is damaged: it has more sites than "
			       "bytes of code";
		if (x->sites)
			list_copy(x, sh, from);
		x->nr += sh->sh_size / sizeof(long);
	}
	return NULL;
}

/* Find out how many sites there are; NULL, or why they are not used. */
static const char *look_at_file(struct found *x)
{
	uint64_t id = x->like.build_id;
	const char *wrong;

	if (!ftrace_elf_open(&x->f, x->f.at, x->f.size))
		return "its file is damaged: not ELF of this machine's kind, "
		       "or cut off";
	if (id && ftrace_elf_build_id(&x->f) != id)
		return "its file on disk is not the one that was loaded: the "
		       "build-ids differ";
	if (!x->f.nr_shdr)
		return "its file has no section headers";
	wrong = lists_walk(x);
	if (!wrong && x->nr && !id)
		return "it has no build-id to know its file by";
	return wrong;
}

static int add_module(struct found *x)
{
	struct ftrace_module *mod = ftrace_host->alloc(sizeof(*mod));
	int err;

	if (!mod)
		return fail_object(x, "no memory", -ENOMEM);
	*mod = x->mod;
	mod->sites = x->sites;
	mod->nr_sites = x->nr;
	x->like.found = true;
	err = ftrace_object_names(x->o, mod, &x->like);
	if (err) {
		fail_object(x, "no memory", err);
		goto out_mod;
	}
	err = ftrace_mod_init(mod, &x->like);
	if (err)
		goto out_names;
	mod->sites = NULL;
	/* Its failure is logged; the records stay, disabled, for a rescan. */
	return ftrace_mod_enable(mod->data);
out_names:
	ftrace_host->free(x->like.file);
out_mod:
	ftrace_host->free(mod);
	return err;
}

static int add_sites(struct found *x)
{
	size_t size = x->nr * sizeof(*x->sites);
	int err;

	x->sites = ftrace_host->alloc_pages(size);
	if (!x->sites)
		return fail_object(x, "no memory", -ENOMEM);
	x->cap = x->nr;
	lists_walk(x);
	err = add_module(x);
	ftrace_host->free_pages(x->sites, size);
	return err;
}

static int scan_file(struct found *x)
{
	const char *wrong;
	int err = 0;

	x->f.at = ftrace_host->map_file(x->o->file, &x->f.size);
	if (!x->f.at) {
		fail_object(x, "its file cannot be read", -ENOENT);
		return 0;
	}
	wrong = look_at_file(x);
	if (wrong)
		fail_object(x, wrong, -ENOEXEC);
	else if (x->nr)
		err = add_sites(x);
	ftrace_host->unmap_file(x->f.at, x->f.size);
	return err;
}

/* A module that is here: one that could not join its clients tries again. */
static bool scan_known(struct found *x)
{
	struct ftrace_mod *m;

	for_each_ftrace_module(m) {
		if (x->mod.text >= m->mod->text_end ||
		    x->mod.text_end <= m->mod->text)
			continue;
		if (m->found && !m->live)
			x->err = ftrace_mod_enable(m);
		return true;
	}
	return false;
}

struct scan {
	const char *call;
	int err;	/* the first */
};

static int scan_one(const struct ftrace_host_object *o, void *arg)
{
	struct found x = { .o = o };
	struct scan *s = arg;

	x.call = s->call;
	/* The vdso has a name, but no file has it. */
	if (!strchr(o->file, '/'))
		return 0;
	ftrace_object_text(o, &x.mod, &x.like);
	if (x.mod.text >= x.mod.text_end)
		return 0;
	x.cap = x.mod.text_end - x.mod.text;
	if (!scan_known(&x) && !ftrace_object_announced(o))
		x.err = scan_file(&x);
	if (!s->err)
		s->err = x.err;
	return 0;
}

static bool scanned;	/* registration lock */

/* Under the lock. One object's failure does not keep others from being found. */
static int scan(const char *call)
{
	struct scan s = { .call = call };

	ftrace_host->list_objects(scan_one, &s);
	scanned |= s.err != -ENOMEM;
	return s.err;
}

struct same {
	const struct ftrace_mod *m;
	bool found;
};

static int same_object(const struct ftrace_host_object *o, void *arg)
{
	struct same *s = arg;
	const struct ftrace_module *mod = s->m->mod;
	struct ftrace_module now;
	struct ftrace_mod like;

	if (o->base != s->m->base)
		return 0;
	ftrace_object_text(o, &now, &like);
	s->found = now.text == mod->text && now.text_end == mod->text_end &&
		   like.build_id == s->m->build_id;
	return s->found;
}

/*
 * Was the object of @m unmapped without a word? What announced itself says when
 * it goes. Asks the loader, and neither allocates nor waits. Under the lock.
 */
bool ftrace_object_gone(const struct ftrace_mod *m)
{
	struct same s = { .m = m };

	if (m->found)
		ftrace_host->list_objects(same_object, &s);
	return m->found && !s.found;
}

/*
 * The same object again, at the same place: its text is as its file has it, and
 * not as its records say.
 */
static bool loaded_anew(struct ftrace_mod *m)
{
	struct dyn_ftrace rec;
	unsigned long i = 0;
	int err;

	while (i < m->nr && (m->rec[i].flags & FTRACE_FL_REFUSED))
		i++;
	if (!m->found || i == m->nr || !ftrace_site_foreign(m, &m->rec[i]))
		return false;
	rec = (struct dyn_ftrace){ .ip = m->rec[i].ip };
	ftrace_batch_begin(false, true);
	err = ftrace_init_nop(m->mod, &rec);
	ftrace_batch_abort();
	return !err || err == -EAGAIN;
}

/* @all: also those of which nothing could be used, to look at them anew. */
static struct ftrace_mod *find_gone(bool all)
{
	struct ftrace_mod *m;

	for_each_ftrace_module(m)
		if (ftrace_object_gone(m) || loaded_anew(m) ||
		    (all && m->found && !m->nr))
			return m;
	return NULL;
}

static int lock_without_gone(const char *call, bool all)
{
	struct ftrace_mod *m;
	int err;

	while (!(err = ftrace_lock(call)) && (m = find_gone(all))) {
		ftrace_mod_unlink(m);
		ftrace_unlock();
		/* Waits for look-ups, and so without the lock. */
		ftrace_mod_free(call, m);
	}
	if (!err)
		ftrace_discover_convert(call);
	return err;
}

/* Take the lock; what went away without a word is forgotten. */
int ftrace_lock_pruned(const char *call)
{
	return lock_without_gone(call, false);
}

/* The same, and all that was there at the first time is known. */
int ftrace_lock_scanned(const char *call)
{
	int err = ftrace_lock_pruned(call);

	if (err || scanned || ftrace_dead)
		return err;
	err = scan(call);
	/* A module that cannot be used is no reason to refuse the call. */
	if (scanned)
		return 0;
	ftrace_unlock();
	return err;
}

FTRACE_PUBLIC int ftrace_rescan(void)
{
	const char *call = "ftrace_rescan";
	int err = lock_without_gone(call, true);

	if (err)
		return err;
	err = ftrace_dead ? ftrace_fail(call, "ftrace was killed", -ENODEV) :
			    scan(call);
	ftrace_unlock();
	return err;
}
