/* SPDX-License-Identifier: MIT */
/* What is wrong with a site, said once and in full. */
#include "internal.h"

const char *ftrace_doing;

static const char *what_failed(int err)
{
	switch (err) {
	case -EFAULT:
		return "ftrace faulted on reading";
	case -EINVAL:
		return "ftrace found other bytes than it must";
	case -EPERM:
		return "ftrace cannot write";
	case -ERANGE:
		return "ftrace has no way that reaches that far";
	case -EAGAIN:
		return "ftrace cannot change this site while threads run";
	case -ENOMEM:
		return "ftrace has no memory";
	}
	return "ftrace failed";
}

static void put_flags(struct ftrace_buf *b, uint64_t fl)
{
	ftrace_put(b, fl & FTRACE_FL_ENABLED ? " enabled" : " nop");
	ftrace_put(b, fl & FTRACE_FL_REGS ? " R" : "");
	ftrace_put(b, fl & FTRACE_FL_IPMODIFY ? " I" : "");
	ftrace_put(b, fl & FTRACE_FL_DIRECT ? " D" : "");
	ftrace_put(b, fl & FTRACE_FL_PERMANENT ? " P" : "");
	ftrace_put(b, fl & FTRACE_FL_DISABLED ? " disabled" : "");
	ftrace_put(b, " (");
	ftrace_put_dec(b, (unsigned long)(fl & FTRACE_REF_MAX));
	ftrace_put(b, ")");
}

static void put_site(struct ftrace_buf *b, struct dyn_ftrace *rec)
{
	struct ftrace_mod *m = ftrace_mod_of(rec->ip);
	const struct ftrace_symbol *s = m ? ftrace_symbol_at(m, rec->ip) : NULL;

	ftrace_put(b, s ? s->name : "?");
	ftrace_put(b, " [");
	ftrace_put_hex(b, rec->ip);
	ftrace_put(b, "]");
}

static void put_clients(struct ftrace_buf *b, const struct dyn_ftrace *rec)
{
	const struct ftrace_set *set = ftrace_set_by_id(rec->set);
	unsigned int i;

	for (i = 0; set && i < set->nr; i++) {
		if (!set->ops[i])
			continue;
		ftrace_put(b, " ops ");
		ftrace_put_hex(b, (unsigned long)set->ops[i]);
		ftrace_put(b, " (");
		ftrace_put_code(b, ftrace_code((const void *)set->ops[i]->func));
		ftrace_put(b, ")");
	}
	if (set && set->direct) {
		ftrace_put(b, " direct-->");
		ftrace_put_code(b, set->direct);
	}
}

static void put_tramp(struct ftrace_buf *b, const struct dyn_ftrace *rec)
{
	struct ftrace_mod *m = ftrace_mod_of(rec->ip);
	unsigned long addr;

	if (!m || ftrace_get_addr_curr(m, rec, &addr) || !addr)
		return;
	ftrace_put(b, " tramp: ");
	ftrace_put_code(b, addr);
}

/*
 * Report @err for a record. ftrace_expected says what was being looked for,
 * when it was the bytes, and ftrace_doing what for. Three lines; nothing is
 * changed.
 */
void ftrace_bug(int err, struct dyn_ftrace *rec)
{
	const struct ftrace_site_error *e = &ftrace_expected;
	char line[512];
	struct ftrace_buf b;

	ftrace_buf_init(&b, line, sizeof(line));
	ftrace_put(&b, "------------[ ftrace bug ]------------ ");
	ftrace_put(&b, what_failed(err));
	ftrace_put(&b, " ");
	put_site(&b, rec);
	if (ftrace_doing) {
		ftrace_put(&b, ", ");
		ftrace_put(&b, ftrace_doing);
	}
	ftrace_log(line);

	if (e->len) {
		ftrace_buf_init(&b, line, sizeof(line));
		ftrace_put(&b, " actual:   ");
		ftrace_put_bytes(&b, e->actual, e->len);
		ftrace_put(&b, "  expected: ");
		ftrace_put_bytes(&b, e->expected, e->len);
		ftrace_put(&b, "  at ");
		ftrace_put_hex(&b, e->addr);
		ftrace_log(line);
	}

	ftrace_buf_init(&b, line, sizeof(line));
	ftrace_put(&b, " record:  ");
	put_flags(&b, rec->flags);
	put_clients(&b, rec);
	put_tramp(&b, rec);
	ftrace_log(line);
}
