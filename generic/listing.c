/* SPDX-License-Identifier: MIT */
/* Looking from outside: records, figures, and a function's story in words. */
#include "internal.h"

static unsigned long target_of(struct ftrace_mod *m, const struct dyn_ftrace *r)
{
	unsigned long addr;

	return ftrace_get_addr_curr(m, r, &addr) ? 0 : addr;
}

static void site_info(struct ftrace_mod *m, const struct dyn_ftrace *r,
		      struct ftrace_site_info *info)
{
	const struct ftrace_symbol *s = ftrace_symbol_at(m, r->ip);

	*info = (struct ftrace_site_info){
		.ip = r->ip,
		.name = s ? s->name : "",
		.module = ftrace_mod_name(m),
		.count = ftrace_rec_count(r),
		.target = target_of(m, r),
	};
	if (r->flags & FTRACE_FL_ENABLED)
		info->flags |= FTRACE_SITE_ENABLED;
	if (r->flags & FTRACE_FL_DISABLED)
		info->flags |= FTRACE_SITE_DISABLED;
	if (r->flags & FTRACE_FL_REGS)
		info->flags |= FTRACE_SITE_REGS;
	if (r->flags & FTRACE_FL_DIRECT)
		info->flags |= FTRACE_SITE_DIRECT;
}

FTRACE_PUBLIC int
ftrace_for_each_site(int (*fn)(const struct ftrace_site_info *site, void *arg),
		     void *arg)
{
	struct ftrace_site_info info;
	struct ftrace_mod *m = NULL;
	unsigned long i;
	int err;

	if (!fn)
		return ftrace_fail(__func__, "fn is NULL", -EINVAL);
	err = ftrace_lock(__func__);
	if (err)
		return err;
	while (!err && (m = ftrace_mod_behind(m))) {
		for (i = 0; i < m->nr && !err; i++) {
			site_info(m, &m->rec[i], &info);
			err = fn(&info, arg);
		}
	}
	ftrace_unlock();
	return err;
}

FTRACE_PUBLIC int ftrace_get_stats(struct ftrace_stats *st)
{
	struct ftrace_mod *m;
	unsigned long i;
	int err;

	if (!st)
		return ftrace_fail(__func__, "st is NULL", -EINVAL);
	err = ftrace_lock(__func__);
	if (err)
		return err;
	memset(st, 0, sizeof(*st));
	for_each_ftrace_module(m) {
		st->modules++;
		st->sites += m->nr;
		st->skipped += m->skipped;
		st->bytes += sizeof(*m) + m->rec_size;
		ftrace_thunk_sum(m, st);
		for (i = 0; i < m->nr; i++) {
			st->disabled += !!(m->rec[i].flags & FTRACE_FL_DISABLED);
			st->enabled += !!(m->rec[i].flags & FTRACE_FL_ENABLED);
		}
	}
	st->sets = ftrace_sets_count();
	ftrace_thread_sum(st);
	st->windows = ftrace_windows_opened;
	st->syncs = ftrace_syncs_made;
	ftrace_unlock();
	return 0;
}

static void explain_clients(struct ftrace_buf *b, const struct dyn_ftrace *rec)
{
	const struct ftrace_set *set = ftrace_set_by_id(rec->set);
	unsigned int i;

	if (!set) {
		ftrace_put(b, "can be traced; nobody is attached");
		return;
	}
	ftrace_put(b, "is traced by ");
	ftrace_put_dec(b, ftrace_rec_count(rec));
	ftrace_put(b, ftrace_rec_count(rec) == 1 ? " client" : " clients");
	for (i = 0; i < set->nr; i++) {
		ftrace_put(b, i ? ", ops " : ": ops ");
		ftrace_put_hex(b, (unsigned long)set->ops[i]);
	}
	if (set->direct) {
		ftrace_put(b, set->nr ? ", direct call to " :
					": direct call to ");
		ftrace_put_hex(b, set->direct);
	}
}

/* Try the site as an update would, without making it. */
static bool bytes_foreign(struct ftrace_mod *m, struct dyn_ftrace *rec)
{
	unsigned long addr;
	int err;

	ftrace_batch_begin(false, false);
	if (!rec->set)
		err = ftrace_make_call(rec, m->pages ? m->pages->code :
						       rec->ip);
	else if (!ftrace_get_addr_curr(m, rec, &addr))
		err = ftrace_make_nop(m->mod, rec, addr);
	else
		err = 0;
	ftrace_batch_abort();
	return err == -EINVAL || err == -EFAULT;
}

static void explain_rec(struct ftrace_buf *b, struct ftrace_mod *m,
			struct dyn_ftrace *rec)
{
	const struct ftrace_symbol *s = ftrace_symbol_at(m, rec->ip);
	const char *why = arch_ftrace_why(rec);

	ftrace_put(b, s ? s->name : "the function");
	ftrace_put(b, " [");
	ftrace_put_hex(b, rec->ip);
	ftrace_put(b, "] in ");
	ftrace_put(b, ftrace_mod_name(m));
	ftrace_put(b, ": ");
	if (rec->flags & FTRACE_FL_REFUSED) {
		ftrace_put(b, "cannot be traced: ");
		ftrace_put(b, why ? why : "its site could not be made a nop "
					  "when the module was loaded");
	} else if (rec->flags & FTRACE_FL_DISABLED) {
		ftrace_put(b, "cannot be traced: its module is not enabled");
	} else if (bytes_foreign(m, rec)) {
		ftrace_put(b, "cannot be changed: ");
		ftrace_put(b, ftrace_expected.what);
		ftrace_put(b, ", which is ");
		ftrace_put_bytes(b, ftrace_expected.expected,
				 ftrace_expected.len);
		ftrace_put(b, "; found ");
		ftrace_put_bytes(b, ftrace_expected.actual,
				 ftrace_expected.len);
	} else {
		explain_clients(b, rec);
	}
}

struct explain {
	struct ftrace_buf b;
	struct ftrace_mod *m;
	unsigned long named, told;
};

static int explain_symbol(const struct ftrace_symbol *s, void *arg)
{
	struct explain *e = arg;
	struct dyn_ftrace *rec = ftrace_find_rec(s->addr, NULL);

	e->named++;
	if (!rec)
		return 0;
	if (e->told++)
		ftrace_put(&e->b, "\n");
	explain_rec(&e->b, e->m, rec);
	return 0;
}

static void explain_name(struct explain *e, const char *name)
{
	struct ftrace_mod *m;

	for_each_ftrace_module(m) {
		e->m = m;
		ftrace_symbol_each(m, name, strlen(name), explain_symbol, e);
	}
	if (e->told)
		return;
	ftrace_put(&e->b, name);
	ftrace_put(&e->b, e->named ?
			": cannot be traced: it has no site (not built for "
			"tracing, or marked notrace)" :
			": cannot be traced: no module has a function of that "
			"name (inlined everywhere, stripped, or not loaded)");
}

FTRACE_PUBLIC int ftrace_explain(const char *name, unsigned long ip, char *buf,
				 size_t len)
{
	struct explain e = { .named = 0 };
	struct dyn_ftrace *rec;
	int err;

	if (!buf || !len)
		return ftrace_fail(__func__, "no buffer", -EINVAL);
	err = ftrace_lock(__func__);
	if (err)
		return err;
	ftrace_buf_init(&e.b, buf, len);
	if (name) {
		explain_name(&e, name);
	} else {
		rec = ftrace_find_rec(ip, &e.m);
		if (rec) {
			explain_rec(&e.b, e.m, rec);
		} else {
			ftrace_put_hex(&e.b, ip);
			ftrace_put(&e.b, ": cannot be traced: no function with "
					 "a site starts there");
		}
	}
	ftrace_unlock();
	return (int)e.b.len;
}
