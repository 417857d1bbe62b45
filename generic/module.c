/* SPDX-License-Identifier: MIT */
/* Modules: records are made, join the registered clients, and go. */
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>

/* New ones at the head. Lock to change; ftrace_read_enter() to walk. */
struct ftrace_mod *ftrace_modules;

const char *ftrace_mod_name(const struct ftrace_mod *m)
{
	return m->mod->name ? m->mod->name : "";
}

static const char *mod_wrong(const struct ftrace_module *mod)
{
	const struct ftrace_mod *m;

	if (mod->text >= mod->text_end)
		return "the module has no text";
	if (mod->nr_sites && !mod->sites)
		return "sites is NULL";
	for_each_ftrace_module(m)
		if (mod->text < m->mod->text_end && m->mod->text < mod->text_end)
			return "its text overlaps a module's";
	return NULL;
}

static int by_ip(const void *a, const void *b)
{
	const struct dyn_ftrace *x = a, *y = b;

	return x->ip < y->ip ? -1 : x->ip > y->ip;
}

/* From the compiler's list to sorted records without doubles. */
static void records_collect(struct ftrace_mod *m)
{
	const struct ftrace_module *mod = m->mod;
	unsigned long i, nr = 0, kept = 0;

	for (i = 0; i < mod->nr_sites; i++) {
		unsigned long addr = mod->sites[i], ip = 0;

		if (addr >= mod->text && addr < mod->text_end &&
		    mod->text_end - addr > FTRACE_SITE_MAX_OFFSET)
			ip = ftrace_call_adjust(addr);
		if (ip < mod->text || ip >= mod->text_end)
			continue;
		m->rec[nr].ip = ip;
		m->rec[nr++].flags = FTRACE_FL_DISABLED;
	}
	m->skipped = mod->nr_sites - nr;
	qsort(m->rec, nr, sizeof(*m->rec), by_ip);
	/* Folded functions share one site. */
	for (i = 0; i < nr; i++)
		if (!i || m->rec[i].ip != m->rec[kept - 1].ip)
			m->rec[kept++] = m->rec[i];
	m->nr = kept;
}

/* Sites that jump need not be made ready while other threads run. */
static bool keeps_instead(struct ftrace_mod *m)
{
	if (!FTRACE_KEEPER_JUMP || ftrace_mod_keeps(m) ||
	    !arch_ftrace_entry(FTRACE_ENTRY_KEEP))
		return false;
	m->mod->flags |= FTRACE_MODULE_CONSERVATIVE;
	return true;
}

/*
 * What ftrace_init_nop() said of a record: one that is refused stays disabled,
 * and says why when asked. 0, or the error that ends the batch.
 */
int ftrace_rec_made(const struct ftrace_mod *m, struct dyn_ftrace *rec, int err)
{
	if (err == -EINVAL || err == -EAGAIN) {
		rec->flags |= FTRACE_FL_REFUSED |
			      (err == -EAGAIN ? FTRACE_FL_RUNNING : 0);
		err = 0;
	}
	if (ftrace_mod_jumps(m))
		rec->flags |= FTRACE_FL_PRIVATE | FTRACE_FL_JUMP;
	else if (!arch_ftrace_modifiable(rec->ip))
		rec->flags |= FTRACE_FL_PRIVATE;
	return err;
}

/* Sites that take several instructions, met while others may run them. */
enum threads { CAN_STOP, STOPPED, CANNOT_STOP };

static int records_init(struct ftrace_mod *m, enum threads others);

/* One cannot be changed so: what can be done about it? */
static int records_instead(struct ftrace_mod *m, enum threads others)
{
	ftrace_batch_abort();
	return records_init(m, others == CAN_STOP ? STOPPED : CANNOT_STOP);
}

/* What the compiler left becomes the target's nop: one batch. */
static int records_init(struct ftrace_mod *m, enum threads others)
{
	const char *call = "ftrace_module_init";
	unsigned long i, refused = 0;
	int err = 0;

	ftrace_symbols_mark(m);
	ftrace_batch_begin(m->mod->flags & FTRACE_MODULE_FRESH, true);
	if (others == STOPPED)
		ftrace_batch_park();
	ftrace_text_trust(m->mod->text, m->mod->text_end);
	ftrace_doing = "from what the compiler left to nop";
	for (i = 0; i < m->nr && !err; i++) {
		err = ftrace_init_nop(m->mod, &m->rec[i]);
		if (err == -EAGAIN && (others == CAN_STOP || keeps_instead(m)))
			return records_instead(m, others);
		if (err == -EAGAIN && !refused++)
			ftrace_fail_at(call, "other threads run and were not "
				       "stopped: this site, of several "
				       "instructions, stays disabled",
				       m->rec[i].ip, err);
		err = ftrace_rec_made(m, &m->rec[i], err);
	}
	if (err) {
		ftrace_batch_abort();
		return ftrace_fail(call, "no memory", err);
	}
	err = ftrace_batch_commit(call, NULL, NULL);
	if (err != -EAGAIN)
		return err;
	ftrace_fail(call, "the other threads could not be stopped", err);
	return records_init(m, CANNOT_STOP);
}

/* @like: file, base and prot; the file name becomes the module's own. */
static int mod_make(struct ftrace_module *mod, const struct ftrace_mod *like)
{
	const char *call = "ftrace_module_init";
	struct ftrace_mod *m;
	int err = -ENOMEM;

	if (!(m = ftrace_host->alloc(sizeof(*m))))
		return ftrace_fail(call, "no memory", err);
	*m = *like;
	m->mod = mod;
	m->rec_size = (mod->nr_sites + 1) * sizeof(*m->rec);
	m->rec = ftrace_host->alloc_pages(m->rec_size);
	if (!m->rec) {
		ftrace_fail(call, "no memory", err);
		goto out_free;
	}
	err = ftrace_host->text_check(mod->text, mod->text_end);
	if (err) {
		ftrace_fail_at(call, "the text cannot be read", mod->text, err);
		goto out_free_rec;
	}
	records_collect(m);
	mod->data = m;
	m->next = ftrace_modules;
	store_release(ftrace_modules, m);
	err = records_init(m, ftrace_host->park ? CAN_STOP : CANNOT_STOP);
	if (!err)
		return 0;
	store_release(ftrace_modules, m->next);
	mod->data = NULL;
	if (!ftrace_drain_readers())
		return err;
	/* Who reported the failure may have looked for a name. */
	ftrace_symbols_free(m);
out_free_rec:
	ftrace_host->free_pages(m->rec, m->rec_size);
out_free:
	ftrace_host->free(m);
	return err;
}

/* Under the lock. */
int ftrace_mod_init(struct ftrace_module *mod, const struct ftrace_mod *like)
{
	const char *call = "ftrace_module_init", *wrong;
	int err;

	if (ftrace_dead)
		return ftrace_fail(call, "ftrace was killed", -ENODEV);
	if (mod->data)
		return ftrace_fail(call, "the module has records", -EBUSY);
	wrong = mod_wrong(mod);
	if (wrong)
		return ftrace_fail(call, wrong, -EINVAL);
	err = ftrace_keep_module(mod);
	return err ? err : mod_make(mod, like);
}

FTRACE_PUBLIC int ftrace_module_init(struct ftrace_module *mod)
{
	struct ftrace_mod generated = { .prot = 0 };
	const char *call = "ftrace_module_init";
	int err;

	if (!mod)
		return ftrace_fail(call, "mod is NULL", -EINVAL);
	err = ftrace_lock_pruned(call);
	if (err)
		return err;
	/* Its windows give back what was there, and that may be writable. */
	generated.prot = ftrace_host->text_prot(mod->text);
	if (generated.prot < 0)
		generated.prot = PROT_READ | PROT_EXEC;
	err = ftrace_mod_init(mod, &generated);
	ftrace_unlock();
	return err;
}

/* Under the lock: is @mod one of ours? */
static struct ftrace_mod *mod_known(const struct ftrace_module *mod)
{
	struct ftrace_mod *m;

	for_each_ftrace_module(m)
		if (m->mod == mod)
			return m;
	return NULL;
}

static void records_enable(struct ftrace_mod *m, bool enable)
{
	unsigned long i;

	for (i = 0; i < m->nr; i++) {
		if (m->rec[i].flags & FTRACE_FL_REFUSED)
			continue;
		if (enable)
			m->rec[i].flags &= ~FTRACE_FL_DISABLED;
		else
			m->rec[i].flags |= FTRACE_FL_DISABLED;
	}
}

int ftrace_mod_enable(struct ftrace_mod *m)
{
	struct ftrace_update u = { .kind = FTRACE_UPDATE_MODULE,
				   .call = "ftrace_module_enable", .mod = m };
	int err;

	if (ftrace_dead)
		return ftrace_fail(u.call, "ftrace was killed", -ENODEV);
	if (m->live)
		return ftrace_fail(u.call, "the module is enabled", -EBUSY);
	err = ftrace_filters_resolve(m);
	if (err)
		return ftrace_fail(u.call, "no memory", err);
	/* While no record is on: who is asked may change its direct calls. */
	err = ftrace_share_ask(u.call, NULL, m);
	if (err)
		return err;
	records_enable(m, true);
	err = ftrace_update(&u);
	if (err)
		records_enable(m, false);
	else
		m->live = true;
	return err;
}

FTRACE_PUBLIC int ftrace_module_enable(struct ftrace_module *mod)
{
	const char *call = "ftrace_module_enable";
	struct ftrace_mod *m;
	int err = ftrace_lock(call), prot;

	if (err)
		return err;
	m = mod ? mod_known(mod) : NULL;
	/* Its owner may have made it read-only meanwhile, as code is. */
	prot = m && !m->file ? ftrace_host->text_prot(mod->text) : -1;
	if (prot >= 0)
		m->prot = prot;
	err = m ? ftrace_mod_enable(m) : ftrace_fail(call, "not a module", -EINVAL);
	ftrace_unlock();
	return err;
}

/* Out of sight, for all but who has found it; its text is not touched. */
void ftrace_mod_unlink(struct ftrace_mod *m)
{
	struct ftrace_mod **at = &ftrace_modules;
	unsigned long i;

	while (*at != m)
		at = &(*at)->next;
	store_release(*at, m->next);
	for (i = 0; i < m->nr; i++)
		if (m->rec[i].set)
			ftrace_set_by_id(m->rec[i].set)->users--;
	/* Who follows a slot, or frees a set that it leads to, has the lock. */
	ftrace_thunk_forget(m);
	if (m->mcount)
		ftrace_threads_forget(m->mcount, 1);
	m->mod->data = NULL;
	ftrace_share_gone(m);
	ftrace_filters_forget(m->mod->text, m->mod->text_end);
	ftrace_share_settle();
}

/* Nobody finds it any more: wait, without the lock, for those who had. */
int ftrace_mod_free(const char *call, struct ftrace_mod *m)
{
	void *old = ftrace_graph_filters_take();

	if (!ftrace_drain_readers())
		return ftrace_fail_in(call, "the host's barrier failed: what a "
				      "look-up may still read is kept, of",
				      ftrace_mod_name(m), -ETIMEDOUT);
	ftrace_graph_filters_drop(old);
	ftrace_thunk_free(m);
	ftrace_symbols_free(m);
	ftrace_host->free_pages(m->rec, m->rec_size);
	ftrace_host->free(m->file);
	if (m->found)
		ftrace_host->free(m->mod);
	ftrace_host->free(m);
	return 0;
}

FTRACE_PUBLIC int ftrace_release_mod(struct ftrace_module *mod)
{
	const char *call = "ftrace_release_mod";
	struct ftrace_mod *m;
	int err = ftrace_lock(call);

	if (err)
		return err;
	m = mod ? mod_known(mod) : NULL;
	if (m)
		ftrace_mod_unlink(m);
	ftrace_unlock();
	if (!m)
		return ftrace_fail(call, "not a module", -EINVAL);
	return ftrace_mod_free(call, m);
}
