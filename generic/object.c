/* SPDX-License-Identifier: MIT */
/* Objects that carry ftrace_object.o: from its bounds to a module. */
#include "elf.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Looking for the loaded object that a struct ftrace_object lies in. */
struct search {
	struct ftrace_object *obj;
	struct ftrace_mod *like;
	unsigned long nr;	/* looked at: the first is the executable */
	bool found;
	int err;
};

/* Both names in one piece of memory, the file's first. */
int ftrace_object_names(const struct ftrace_host_object *o,
			struct ftrace_module *mod, struct ftrace_mod *like)
{
	size_t file = strlen(o->file) + 1, path = strlen(o->path) + 1;

	like->file = ftrace_host->alloc(file + path);
	if (!like->file)
		return -ENOMEM;
	memcpy(like->file, o->file, file);
	mod->name = memcpy(like->file + file, o->path, path);
	return 0;
}

static bool holds(const struct ftrace_host_object *o, unsigned long addr)
{
	const elf_phdr *ph = o->phdr;
	unsigned long i;

	for (i = 0; i < o->nr_phdr; i++)
		if (ph[i].p_type == PT_LOAD && addr >= o->base + ph[i].p_vaddr &&
		    addr < o->base + ph[i].p_vaddr + ph[i].p_memsz)
			return true;
	return false;
}

/*
 * What memory says of an object. Text is what lies between the first and the
 * last executable segment; without one it is empty.
 */
void ftrace_object_text(const struct ftrace_host_object *o,
			struct ftrace_module *mod, struct ftrace_mod *like)
{
	const elf_phdr *ph = o->phdr;
	int prot = PROT_READ | PROT_EXEC;
	const void *property = NULL;
	size_t property_size = 0;
	unsigned long i;

	mod->text = ~0UL;
	mod->text_end = 0;
	for (i = 0; i < o->nr_phdr; i++) {
		unsigned long start = o->base + ph[i].p_vaddr;
		unsigned long end = start + ph[i].p_memsz;

		if (ph[i].p_type == PT_GNU_PROPERTY) {
			property = (const void *)start;
			property_size = ph[i].p_memsz;
		}
		if (ph[i].p_type != PT_LOAD || !(ph[i].p_flags & PF_X))
			continue;
		if (ph[i].p_flags & PF_W)
			prot |= PROT_WRITE;
		if (start < mod->text)
			mod->text = start;
		if (end > mod->text_end)
			mod->text_end = end;
	}
	like->prot = prot | arch_ftrace_text_prot(property, property_size);
	like->base = o->base;
	like->build_id = ftrace_object_build_id(o);
}

static int look_at(const struct ftrace_host_object *o, void *arg)
{
	struct search *s = arg;

	s->like->executable = !s->nr++;
	if (!holds(o, (unsigned long)s->obj))
		return 0;
	s->found = true;
	ftrace_object_text(o, &s->obj->mod, s->like);
	s->err = ftrace_object_names(o, &s->obj->mod, s->like);
	return 1;
}

/* One list of the object's two. */
static unsigned long *sites_of(const struct ftrace_object *obj,
			       unsigned long *nr)
{
	size_t a = (size_t)(obj->pfe_end - obj->pfe);
	size_t b = (size_t)(obj->mcount_end - obj->mcount);
	unsigned long *all = ftrace_host->alloc_pages((a + b + 1) *
						      sizeof(*all));

	if (!all)
		return NULL;
	if (a)
		memcpy(all, obj->pfe, a * sizeof(*all));
	if (b)
		memcpy(all + a, obj->mcount, b * sizeof(*all));
	*nr = a + b;
	return all;
}

static int object_add(struct ftrace_object *obj)
{
	const char *call = "ftrace_object_add";
	struct ftrace_mod like = { .mcount = obj->mcount_slot };
	struct search s = { .obj = obj, .like = &like };
	unsigned long *sites, nr;
	int err;

	/* Its name and bounds are in use, and not to be written again. */
	if (obj->mod.data)
		return ftrace_fail(call, "the object is here already", -EBUSY);
	ftrace_host->list_objects(look_at, &s);
	if (s.err)
		return ftrace_fail(call, "no memory", s.err);
	if (!s.found)
		return ftrace_fail_at(call, "no loaded object holds it",
				      (unsigned long)obj, -EINVAL);
	err = -ENOMEM;
	sites = sites_of(obj, &nr);
	if (!sites) {
		ftrace_fail(call, "no memory", err);
		goto out_path;
	}
	obj->mod.sites = sites;
	obj->mod.nr_sites = nr;
	obj->mod.flags |= FTRACE_MODULE_FRESH;
	err = ftrace_mod_init(&obj->mod, &like);
	obj->mod.sites = NULL;
	ftrace_host->free_pages(sites, (nr + 1) * sizeof(*sites));
	if (err)
		goto out_path;
	ftrace_discover_in(obj->mod.data);
	/* Its failure is logged; the records stay, disabled. */
	return ftrace_mod_enable(obj->mod.data);
out_path:
	obj->mod.name = NULL;
	ftrace_host->free(like.file);
	return err;
}

/*
 * When the process exits every object's destructor runs, but nothing is
 * unmapped, and clients that are still registered may have lived on the stack
 * of main(): leave all as it is.
 */
static bool exiting;	/* written once, in exit() */

static void at_exit(void)
{
	exiting = true;
}

FTRACE_PUBLIC int ftrace_object_add(struct ftrace_object *obj)
{
	const char *call = "ftrace_object_add";
	static bool hooked;	/* registration lock */
	int err;

	if (!obj || obj->size != sizeof(*obj))
		return ftrace_fail(call, "NULL, or made for another version",
				   -EINVAL);
	err = ftrace_lock_pruned(call);
	if (err)
		return err;
	if (!hooked)
		hooked = !atexit(at_exit);
	err = object_add(obj);
	ftrace_unlock();
	return err;
}

FTRACE_PUBLIC int ftrace_object_del(struct ftrace_object *obj)
{
	if (!obj || !obj->mod.data)
		return -EINVAL;
	if (exiting)
		return 0;
	return ftrace_release_mod(&obj->mod);
}
