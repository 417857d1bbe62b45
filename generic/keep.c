/* SPDX-License-Identifier: MIT */
/* Conservative modules: those whose callers know what a function clobbers. */
#include "internal.h"

struct keep {
	struct keep *next;
	size_t len;
	char pattern[];
};

static struct keep *kept;	/* registration lock */

static bool named(const struct ftrace_glob *g, const char *name)
{
	const char *slash = strrchr(name, '/');

	return ftrace_glob_match(g, name) ||
	       (slash && ftrace_glob_match(g, slash + 1));
}

static bool kept_names(const char *name)
{
	struct ftrace_glob g;
	const struct keep *k;

	for (k = kept; name && k; k = k->next)
		if (!ftrace_glob_parse(&g, k->pattern, k->len) &&
		    named(&g, name))
			return true;
	return false;
}

static int can_keep(const char *call)
{
	if (arch_ftrace_entry(FTRACE_ENTRY_KEEP))
		return 0;
	return ftrace_fail(call, "this CPU has registers that no entry here "
			   "keeps", -EOPNOTSUPP);
}

/* A module that is new: was it asked for, or does it say so itself? */
int ftrace_keep_module(struct ftrace_module *mod)
{
	int err = 0;

	if (mod->flags & FTRACE_MODULE_CONSERVATIVE || kept_names(mod->name))
		err = can_keep("ftrace_module_init");
	if (!err && kept_names(mod->name))
		mod->flags |= FTRACE_MODULE_CONSERVATIVE;
	return err;
}

/* Its sites are nops: where they would jump, those are other nops. */
static int sites_convert(struct ftrace_mod *m)
{
	unsigned long i;
	int err = 0;

	m->mod->flags |= FTRACE_MODULE_CONSERVATIVE;
	for (i = 0; ftrace_mod_jumps(m) && i < m->nr && !err; i++) {
		struct dyn_ftrace *rec = &m->rec[i];
		uint32_t arch = rec->arch;

		if (rec->flags & FTRACE_FL_REFUSED)
			continue;
		err = ftrace_init_nop(m->mod, rec);
		rec->arch = arch;
	}
	return err;
}

static void records_convert(struct ftrace_mod *m)
{
	unsigned long i;

	ftrace_discover_in(m);
	for (i = 0; ftrace_mod_jumps(m) && i < m->nr; i++)
		m->rec[i].flags |= FTRACE_FL_PRIVATE | FTRACE_FL_JUMP;
}

/* It has thunks, or, while switched off, clients that will have some. */
static bool traced(const struct ftrace_mod *m)
{
	unsigned long i;

	for (i = 0; i < m->nr; i++)
		if (m->rec[i].set)
			return true;
	return m->own || m->pages;
}

/* To be told apart when it fails: modules that are being converted. */
static bool converts(const struct ftrace_mod *m, const struct ftrace_glob *g,
		     bool begun)
{
	return named(g, ftrace_mod_name(m)) && ftrace_mod_keeps(m) == begun &&
	       !traced(m);
}

/* All the modules that are here, in one batch. */
static int modules_convert(const char *call, const struct ftrace_glob *g)
{
	struct ftrace_mod *m;
	int err = 0;

	ftrace_batch_begin(false, true);
	for_each_ftrace_module(m)
		if (!err && converts(m, g, false))
			err = sites_convert(m);
	if (err)
		ftrace_fail(call, "sites cannot be made ready: other threads "
			    "run, or they do not hold what they must", err);
	if (err)
		ftrace_batch_abort();
	else
		err = ftrace_batch_commit(call, NULL, NULL);
	for_each_ftrace_module(m) {
		if (!converts(m, g, true))
			continue;
		if (err)
			m->mod->flags &= ~FTRACE_MODULE_CONSERVATIVE;
		else
			records_convert(m);
	}
	return err;
}

static int keep(const char *call, const char *pattern)
{
	size_t len = strlen(pattern);
	struct ftrace_glob g;
	struct ftrace_mod *m;
	struct keep *k;
	int err;

	if (ftrace_dead)
		return ftrace_fail(call, "ftrace was killed", -ENODEV);
	if (!len || ftrace_glob_parse(&g, pattern, len))
		return ftrace_fail(call, "not a pattern", -EINVAL);
	for_each_ftrace_module(m)
		if (named(&g, ftrace_mod_name(m)) && !ftrace_mod_keeps(m) &&
		    traced(m))
			return ftrace_fail_in(call, "was traced already",
					      ftrace_mod_name(m), -EBUSY);
	err = can_keep(call);
	if (err)
		return err;
	k = ftrace_host->alloc(sizeof(*k) + len);
	if (!k)
		return ftrace_fail(call, "no memory", -ENOMEM);
	err = modules_convert(call, &g);
	if (err) {
		ftrace_host->free(k);
		return err;
	}
	memcpy(k->pattern, pattern, len);
	k->len = len;
	k->next = kept;
	kept = k;
	return 0;
}

FTRACE_PUBLIC int ftrace_set_conservative(const char *module)
{
	const char *call = "ftrace_set_conservative";
	int err;

	if (!module)
		return ftrace_fail(call, "module is NULL", -EINVAL);
	err = ftrace_lock_pruned(call);
	if (err)
		return err;
	err = keep(call, module);
	ftrace_unlock();
	return err;
}
