/* SPDX-License-Identifier: MIT */
/* What a filter line names: functions by pattern, by number, by object. */
#include "internal.h"

#define MOD_WORD ":mod:"

static const char *find_word(const char *p, size_t len)
{
	return memmem(p, len, MOD_WORD, sizeof(MOD_WORD) - 1);
}

static bool is_number(const char *p, size_t len, unsigned long *n)
{
	size_t i;

	*n = 0;
	for (i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*n = *n * 10 + (unsigned long)(p[i] - '0');
	}
	return len > 0 && len < 10;
}

/* @text without its leading '!': 0 or -EINVAL. It must outlive the pattern. */
int ftrace_pattern_parse(struct ftrace_pattern *pt, const char *text,
			 size_t len)
{
	const char *mod = find_word(text, len);
	size_t name_len = mod ? (size_t)(mod - text) : len;

	memset(pt, 0, sizeof(*pt));
	if (!mod && is_number(text, len, &pt->index))
		return pt->index ? 0 : -EINVAL;
	pt->index = 0;
	pt->has_mod = mod;
	/* ":mod:object" alone means all its functions. */
	if (ftrace_glob_parse(&pt->name, mod && !name_len ? "*" : text,
			      mod && !name_len ? 1 : name_len))
		return -EINVAL;
	if (!mod)
		return 0;
	mod += sizeof(MOD_WORD) - 1;
	return ftrace_glob_parse(&pt->mod, mod, (size_t)(text + len - mod));
}

/* An object goes by its path, and by the last part of it. */
static bool mod_matches(const struct ftrace_pattern *pt,
			const struct ftrace_mod *m)
{
	const char *name = ftrace_mod_name(m), *slash = strrchr(name, '/');

	return !pt->has_mod || ftrace_glob_match(&pt->mod, name) ||
	       (slash && ftrace_glob_match(&pt->mod, slash + 1));
}

static int each_by_name(const struct ftrace_pattern *pt, struct ftrace_mod *m,
			int (*fn)(unsigned long ip, void *arg), void *arg)
{
	int err = ftrace_symbols_want(m);
	size_t i;

	for (i = 0; i < m->symbols.nr && !err; i++) {
		const struct ftrace_symbol *s = &m->symbols.sym[i];
		struct dyn_ftrace *rec;

		if (!ftrace_glob_match(&pt->name, s->name))
			continue;
		rec = ftrace_find_rec(s->addr, NULL);
		if (rec)
			err = fn(rec->ip, arg);
	}
	return err;
}

/* Generated code and stripped files have sites without a name. */
static int each_site(struct ftrace_mod *m,
		     int (*fn)(unsigned long ip, void *arg), void *arg)
{
	unsigned long i;
	int err = 0;

	for (i = 0; i < m->nr && !err; i++)
		err = fn(m->rec[i].ip, arg);
	return err;
}

/* Call @fn for each site in @m that @pt names, until it returns nonzero. */
int ftrace_pattern_each(const struct ftrace_pattern *pt, struct ftrace_mod *m,
			int (*fn)(unsigned long ip, void *arg), void *arg)
{
	if (!mod_matches(pt, m))
		return 0;
	return ftrace_glob_all(&pt->name) ? each_site(m, fn, arg) :
					    each_by_name(pt, m, fn, arg);
}

/* The site with a number, as listings count them; 0 if there are fewer. */
unsigned long ftrace_pattern_nth(unsigned long index)
{
	struct ftrace_mod *m = NULL;

	while ((m = ftrace_mod_behind(m))) {
		if (index <= m->nr)
			return m->rec[index - 1].ip;
		index -= m->nr;
	}
	return 0;
}
