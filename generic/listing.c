/* SPDX-License-Identifier: MIT */
/* Looking from outside: records, figures, and a function's story in words. */
#include "internal.h"

unsigned long long ftrace_update_ns;	/* registration lock */

static unsigned long target_of(struct ftrace_mod *m, const struct dyn_ftrace *r)
{
	unsigned long addr;

	return ftrace_get_addr_curr(m, r, &addr) ? 0 : addr;
}

static const struct {
	uint64_t record;
	unsigned long site;
	char column;	/* in a line, 0 for none */
} flags[] = {
	{ FTRACE_FL_ENABLED, FTRACE_SITE_ENABLED, 0 },
	{ FTRACE_FL_DISABLED, FTRACE_SITE_DISABLED, 0 },
	{ FTRACE_FL_TOUCHED, FTRACE_SITE_TOUCHED, 0 },
	{ FTRACE_FL_REGS, FTRACE_SITE_REGS, 'R' },
	{ FTRACE_FL_IPMODIFY, FTRACE_SITE_IPMODIFY, 'I' },
	{ FTRACE_FL_DIRECT, FTRACE_SITE_DIRECT, 'D' },
	{ FTRACE_FL_CALL_OPS, FTRACE_SITE_CALL_OPS, 'O' },
	{ FTRACE_FL_MODIFIED, FTRACE_SITE_MODIFIED, 'M' },
	{ FTRACE_FL_PERMANENT, FTRACE_SITE_PERMANENT, 'P' },
};

#define NR_FLAGS (sizeof(flags) / sizeof(flags[0]))

static void site_info(struct ftrace_mod *m, const struct dyn_ftrace *r,
		      struct ftrace_site_info *info)
{
	const struct ftrace_symbol *s = ftrace_symbol_at(m, r->ip);
	size_t i;

	*info = (struct ftrace_site_info){
		.ip = r->ip,
		.name = s ? s->name : "",
		.module = ftrace_mod_name(m),
		.count = ftrace_rec_count(r),
		.target = target_of(m, r),
	};
	for (i = 0; i < NR_FLAGS; i++)
		if (r->flags & flags[i].record)
			info->flags |= flags[i].site;
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
	err = ftrace_lock_scanned(__func__);
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

static bool listed(enum ftrace_list list, const struct dyn_ftrace *rec)
{
	return list == FTRACE_LIST_AVAILABLE ||
	       (rec->flags & (list == FTRACE_LIST_ENABLED ?
				      FTRACE_FL_ENABLED : FTRACE_FL_TOUCHED));
}

/*
 * Move on to the next record of the list, NULL behind the last. The place is
 * an address, so that records may come and go between two steps.
 */
static struct dyn_ftrace *iter_step(struct ftrace_iter *it,
				    struct ftrace_mod **in)
{
	struct dyn_ftrace *rec;
	struct ftrace_mod *m;

	while ((m = ftrace_mod_from(it->at))) {
		rec = ftrace_rec_from(m, it->at);
		for (; rec && rec < m->rec + m->nr; rec++) {
			if (!listed(it->list, rec))
				continue;
			it->at = rec->ip + 1;
			*in = m;
			return rec;
		}
		it->at = m->mod->text_end;
	}
	return NULL;
}

static int iter_begin(const char *call, const struct ftrace_iter *it,
		      const void *out)
{
	if (!it || !out)
		return ftrace_fail(call, "the iterator or the room for its "
				   "answer is NULL", -EINVAL);
	if ((unsigned int)it->list > FTRACE_LIST_TOUCHED)
		return ftrace_fail(call, "no such list", -EINVAL);
	/* What is loaded is asked for once a walk, and not at each step. */
	return it->at ? ftrace_lock(call) : ftrace_lock_scanned(call);
}

FTRACE_PUBLIC int ftrace_iter_next(struct ftrace_iter *it,
				   struct ftrace_site_info *site)
{
	struct dyn_ftrace *rec;
	struct ftrace_mod *m;
	int err = iter_begin(__func__, it, site);

	if (err)
		return err;
	rec = iter_step(it, &m);
	if (rec)
		site_info(m, rec, site);
	ftrace_unlock();
	return rec != NULL;
}

/* The executable stands for the kernel, all others are modules. */
static void put_module(struct ftrace_buf *b, const struct ftrace_mod *m)
{
	const char *name = ftrace_mod_name(m), *slash = strrchr(name, '/');

	if (m->executable || !*name)
		return;
	ftrace_put(b, " [");
	ftrace_put(b, slash ? slash + 1 : name);
	ftrace_put(b, "]");
}

/* Code as name+offset/size [module], or its address if nobody knows it. */
void ftrace_put_code(struct ftrace_buf *b, unsigned long addr)
{
	struct ftrace_mod *m = ftrace_mod_of(addr);
	const struct ftrace_symbol *s = m ? ftrace_symbol_at(m, addr) : NULL;

	if (!s) {
		ftrace_put_hex(b, addr);
		return;
	}
	ftrace_put(b, s->name);
	ftrace_put(b, "+");
	ftrace_put_hex(b, addr - s->addr);
	ftrace_put(b, "/");
	ftrace_put_hex(b, s->size);
	put_module(b, m);
}

static void put_columns(struct ftrace_buf *b, const struct dyn_ftrace *rec)
{
	size_t i;

	ftrace_put(b, " (");
	ftrace_put_dec(b, ftrace_rec_count(rec));
	ftrace_put(b, ")");
	for (i = 0; i < NR_FLAGS; i++) {
		const char column[2] = { ' ', rec->flags & flags[i].record ?
						      flags[i].column : ' ' };

		if (flags[i].column)
			ftrace_put_n(b, column, sizeof(column));
	}
	ftrace_put(b, " ");
}

/* Who is called, in turn, and what of. */
static void put_calls(struct ftrace_buf *b, struct ftrace_mod *m,
		      const struct dyn_ftrace *rec)
{
	const struct ftrace_set *set = ftrace_rec_calls(rec);
	unsigned int i;

	for (i = 0; set && i < set->nr; i++) {
		if (!set->ops[i])
			continue;
		ftrace_put(b, "\ttramp: ");
		ftrace_put_hex(b, target_of(m, rec));
		ftrace_put(b, " (");
		ftrace_put_code(b, ftrace_code((const void *)set->ops[i]->func));
		ftrace_put(b, ")");
	}
	if (set && set->direct) {
		ftrace_put(b, "\n\tdirect-->");
		ftrace_put_code(b, set->direct);
	}
}

FTRACE_PUBLIC int ftrace_iter_line(struct ftrace_iter *it, char *buf,
				   size_t len)
{
	const struct ftrace_symbol *s;
	struct dyn_ftrace *rec;
	struct ftrace_mod *m;
	struct ftrace_buf b;
	int err = iter_begin(__func__, it, len ? buf : NULL);

	if (err)
		return err;
	ftrace_buf_init(&b, buf, len);
	rec = iter_step(it, &m);
	if (rec) {
		s = ftrace_symbol_at(m, rec->ip);
		if (s)
			ftrace_put(&b, s->name);
		else
			ftrace_put_hex(&b, rec->ip);
		put_module(&b, m);
		if (it->list != FTRACE_LIST_AVAILABLE) {
			put_columns(&b, rec);
			put_calls(&b, m, rec);
		}
	}
	ftrace_unlock();
	return (int)b.len;
}

FTRACE_PUBLIC int ftrace_get_stats(struct ftrace_stats *st)
{
	struct ftrace_mod *m;
	unsigned long i;
	int err;

	if (!st)
		return ftrace_fail(__func__, "st is NULL", -EINVAL);
	err = ftrace_lock_scanned(__func__);
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
			st->converted += !(m->rec[i].flags & FTRACE_FL_REFUSED);
			st->disabled += !!(m->rec[i].flags & FTRACE_FL_DISABLED);
			st->enabled += !!(m->rec[i].flags & FTRACE_FL_ENABLED);
		}
	}
	st->sets = ftrace_sets_count();
	ftrace_thread_sum(st);
	ftrace_discover_sum(st);
	st->windows = ftrace_windows_opened;
	st->syncs = ftrace_syncs_made;
	st->update_ns = ftrace_update_ns;
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
	ftrace_put(b, ftrace_rec_calls(rec) ? "is traced by " :
		      "is a nop while ftrace_enable() has switched off; has ");
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
bool ftrace_site_foreign(struct ftrace_mod *m, struct dyn_ftrace *rec)
{
	unsigned long addr;
	int err;

	ftrace_batch_begin(false, false);
	err = ftrace_get_addr_curr(m, rec, &addr);
	if (!err && !addr)
		err = ftrace_make_call(rec, m->pages ? m->pages->code :
						       rec->ip, false);
	else if (!err)
		err = ftrace_make_nop(m->mod, rec, addr);
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
		if (rec->flags & FTRACE_FL_RUNNING)
			why = "other threads were running when its module was "
			      "added, and one may stand inside its site";
		ftrace_put(b, why ? why : "its site could not be made a nop "
					  "when the module was loaded");
	} else if (rec->flags & FTRACE_FL_DISABLED) {
		ftrace_put(b, "cannot be traced: its module is not enabled");
	} else if (ftrace_site_foreign(m, rec)) {
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
	err = ftrace_lock_scanned(__func__);
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
