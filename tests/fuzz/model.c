/* SPDX-License-Identifier: MIT */
/* The model: who wants which function, and what each call must return. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>

#include "model.h"

unsigned int model_order[MODS];
int model_also;

const struct model_line model_lines[] = {
	{ "f1", "f1", NULL, 0 },
	{ "f*", "f*", NULL, 0 },
	{ "*3", "*3", NULL, 0 },
	{ "f[0-2]", "f[0-2]", NULL, 0 },
	{ "*", "*", NULL, 0 },
	{ "nobody", "nobody", NULL, 0 },
	{ "3", NULL, NULL, 3 },
	{ "12", NULL, NULL, 12 },
	{ ":mod:m0", "*", "m0", 0 },
	{ ":mod:m*", "*", "m*", 0 },
	{ "f2:mod:m1", "f2", "m1", 0 },
	{ "f?:mod:m2", "f?", "m2", 0 },
	{ "f1:mod:none", "f1", "none", 0 },
};

const unsigned int model_nr_lines = sizeof(model_lines) /
				    sizeof(model_lines[0]);

static unsigned int bit(unsigned int site)
{
	return 1u << site;
}

static unsigned int of_mod(unsigned int mod)
{
	return ((1u << FUNCS) - 1) << mod * FUNCS;
}

/* The functions that a line names in the modules that are there. */
static unsigned int named(const struct model *m, const struct model_line *l)
{
	unsigned int i, f, nr = 0, sites = 0;
	char name[8], mod[8];

	for (i = 0; i < MODS; i++) {
		unsigned int in = model_order[i];

		if (!m->known[in])
			continue;
		snprintf(mod, sizeof(mod), "m%u", in);
		for (f = 0; f < FUNCS; f++) {
			snprintf(name, sizeof(name), "f%u", f);
			if (l->index ? ++nr == l->index :
				       !fnmatch(l->name, name, 0) &&
					       (!l->mod ||
						!fnmatch(l->mod, mod, 0)))
				sites |= bit(in * FUNCS + f);
		}
	}
	return sites;
}

static bool has_own(const struct model_client *c)
{
	int s;

	for (s = 0; s < 2; s++)
		if (c->side[s].sites || c->side[s].none || c->side[s].waits)
			return true;
	return false;
}

static bool is_all(const struct model_side *s)
{
	return !s->sites && !s->none;
}

static bool filter_has(const struct model *m, unsigned int c, unsigned int site)
{
	const struct model_client *f = &m->client[has_own(&m->client[c]) ?
							  c : GLOBAL];

	return (is_all(&f->side[0]) || (f->side[0].sites & bit(site))) &&
	       !(f->side[1].sites & bit(site));
}

bool model_wants(const struct model *m, unsigned int c, unsigned int site)
{
	return m->client[c].on && m->live[site / FUNCS] &&
	       filter_has(m, c, site);
}

unsigned int model_direct_at(const struct model *m, unsigned int site)
{
	return m->direct[site] ? m->direct[site] :
	       model_wants(m, MULTI, site) ? m->client[MULTI].direct : 0;
}

unsigned int model_count(const struct model *m, unsigned int site)
{
	unsigned int c, n = model_direct_at(m, site) != 0;

	for (c = 0; c < CLIENTS; c++)
		n += c != MULTI && model_wants(m, c, site) &&
		     (!m->dead || c == LASTING);
	return n;
}

/* Off, only who was there before is called, and only beside who stays. */
bool model_calls(const struct model *m, unsigned int c, unsigned int site)
{
	bool stays = model_wants(m, LASTING, site) || model_direct_at(m, site);

	if (c == MULTI || !model_wants(m, c, site))
		return false;
	if (c == LASTING || m->dead)
		return c == LASTING;
	return !m->off || (stays && m->client[c].came < m->off);
}

static bool any_called(const struct model *m, unsigned int site)
{
	unsigned int c;

	for (c = 0; c < CLIENTS; c++)
		if (model_calls(m, c, site))
			return true;
	return model_direct_at(m, site);
}

/* A kill leaves text alone; only direct calls are taken away after it. */
bool model_is_call(const struct model *m, unsigned int site)
{
	return m->dead ? m->stayed & bit(site) : any_called(m, site);
}

static void text_settles(struct model *m, unsigned int site)
{
	if (m->dead && !any_called(m, site))
		m->stayed &= ~bit(site);
}

/* Where no return can be traced, is one to be? */
static bool returns_kept(const struct model *m)
{
	unsigned int f;

	for (f = 0; f < FUNCS; f++)
		if (model_wants(m, GRAPH, KEEPS * FUNCS + f))
			return true;
	return false;
}

/* May all that is wanted stand together? A direct client agrees to share. */
static bool together(const struct model *m)
{
	unsigned int s, c, movers;

	for (s = 0; s < SITES; s++) {
		movers = 0;
		for (c = 0; c < CLIENTS; c++)
			movers += m->client[c].moves && model_wants(m, c, s);
		if (movers > 1 || (movers && m->direct[s]) ||
		    (m->direct[s] && model_wants(m, MULTI, s)))
			return false;
	}
	return true;
}

/* What has waited for a module joins the filter. */
static void resolve(const struct model *m, struct model_client *c,
		    unsigned int among)
{
	unsigned int s, i;

	for (s = 0; s < 2; s++) {
		for (i = 0; i < model_nr_lines; i++) {
			unsigned int sites = c->side[s].waits & bit(i) ?
				named(m, &model_lines[i]) & among : 0;

			c->side[s].sites |= sites;
			c->side[s].none &= !sites;
		}
	}
}

/* The changed model, if that can be. */
static int change(struct model *m, const struct model *to)
{
	if (!m->dead && returns_kept(to)) {
		model_also = together(to) ? 0 : -EBUSY;
		return -EOPNOTSUPP;
	}
	if (!together(to))
		return -EBUSY;
	*m = *to;
	return 0;
}

int model_load(struct model *m, unsigned int mod)
{
	if (m->dead)
		return -ENODEV;
	if (m->known[mod])
		return -EBUSY;
	m->known[mod] = true;
	return 0;
}

int model_enable(struct model *m, unsigned int mod)
{
	struct model to;
	unsigned int c;

	if (!m->known[mod])
		return -EINVAL;
	if (m->dead)
		return -ENODEV;
	if (m->live[mod])
		return -EBUSY;
	for (c = 0; c <= GLOBAL; c++)
		resolve(m, &m->client[c], of_mod(mod));
	to = *m;
	to.live[mod] = true;
	return change(m, &to);
}

int model_unload(struct model *m, unsigned int mod)
{
	unsigned int c, s;

	if (!m->known[mod])
		return -EINVAL;
	m->known[mod] = m->live[mod] = false;
	m->stayed &= ~of_mod(mod);
	for (c = 0; c <= GLOBAL; c++) {
		for (s = 0; s < 2; s++) {
			struct model_side *f = &m->client[c].side[s];

			if (f->sites & of_mod(mod))
				f->none = !(f->sites & ~of_mod(mod));
			f->sites &= ~of_mod(mod);
		}
	}
	for (s = 0; s < FUNCS; s++)
		m->direct[mod * FUNCS + s] = 0;
	return 0;
}

int model_register(struct model *m, unsigned int c)
{
	const struct model_side *side = m->client[c].side;
	struct model to;

	if (m->dead)
		return -ENODEV;
	if (m->client[c].on)
		return -EBUSY;
	if (c == MULTI)
		return -EINVAL;
	if (m->client[c].moves &&
	    (!side[0].sites || side[1].sites || side[1].waits))
		return -EINVAL;
	resolve(m, &m->client[c], ~0u);
	to = *m;
	to.client[c].on = true;
	to.client[c].came = ++to.came;
	return change(m, &to);
}

int model_unregister(struct model *m, unsigned int c)
{
	if (!m->client[c].on)
		return -EBUSY;
	if (c == MULTI)
		return -EINVAL;
	m->client[c].on = false;
	return 0;
}

/* An edited filter, of a client that may be registered. */
static int put(struct model *m, unsigned int c, const struct model_client *new)
{
	struct model to = *m;

	if (new->on && new->moves &&
	    (is_all(&new->side[0]) || new->side[1].sites || new->side[1].waits))
		return -EINVAL;
	to.client[c] = *new;
	return change(m, &to);
}

static int may_edit(const struct model *m, unsigned int c)
{
	if (m->dead)
		return -ENODEV;
	return c == MULTI && m->client[c].on ? -EBUSY : 0;
}

/* A line, or with @line too large only a reset. */
int model_filter(struct model *m, unsigned int c, unsigned int side,
		 unsigned int line, bool remove, bool reset)
{
	struct model_client new = m->client[c];
	struct model_side *s = &new.side[side];
	bool matched = false;
	unsigned int sites;
	int err = may_edit(m, c);

	if (err)
		return err;
	if (reset)
		*s = (struct model_side){ 0 };
	if (line < model_nr_lines) {
		const struct model_line *l = &model_lines[line];

		sites = named(m, l);
		matched = remove ? s->sites & sites : sites;
		s->sites = remove ? s->sites & ~sites : s->sites | sites;
		s->none &= remove || !sites;
		if (l->mod) {
			matched |= !remove || (s->waits & bit(line));
			s->waits = remove ? s->waits & ~bit(line) :
					    s->waits | bit(line);
		}
		if (!matched)
			return remove ? -ENOENT : -EINVAL;
		if (!side)
			s->none = !s->sites && s->waits;
	}
	return put(m, c, &new);
}

int model_ips(struct model *m, unsigned int c, unsigned int first,
	      unsigned int nr, bool remove, bool reset)
{
	struct model_client new = m->client[c];
	struct model_side *s = &new.side[0];
	unsigned int i;
	int err = may_edit(m, c);

	if (err)
		return err;
	if (reset)
		*s = (struct model_side){ .waits = 0 };
	for (i = first; i < first + nr; i++) {
		unsigned int site = i % SITES;

		if (!m->known[site / FUNCS])
			return -EINVAL;
		if (remove && !(s->sites & bit(site)))
			return -ENOENT;
		if (remove)
			s->sites &= ~bit(site);
		else
			s->sites |= bit(site);
		s->none &= remove;
	}
	if (nr)
		s->none = !s->sites && s->waits;
	return put(m, c, &new);
}

void model_free(struct model *m, unsigned int c)
{
	if (m->client[c].on)
		return;
	m->client[c].side[0] = m->client[c].side[1] =
		(struct model_side){ 0 };
}

int model_direct(struct model *m, unsigned int site, unsigned int old,
		 unsigned int new)
{
	unsigned int now = model_direct_at(m, site);
	struct model to = *m;

	if (m->dead && new)
		return -ENODEV;
	if (!m->live[site / FUNCS])
		return -ENODEV;
	if (!old && now)
		return -EBUSY;
	if (old && !now)
		return -ENODEV;
	if (old != now || (now && !m->direct[site]))
		return -EINVAL;
	/* Nobody asks whose it is when it has no owner. */
	to.direct[site] = new;
	text_settles(&to, site);
	return change(m, &to);
}

/* From none (0) to one, to another, or to none. */
int model_multi(struct model *m, unsigned int old, unsigned int new)
{
	struct model_client *c = &m->client[MULTI];
	unsigned int s;
	struct model to;

	if (old && new && !c->on)
		return -EINVAL;
	if (m->dead && new)
		return -ENODEV;
	if (!old && (c->on || is_all(&c->side[0])))
		return -EINVAL;
	if (old && !c->on)
		return -EINVAL;
	if (old && !new && old != c->direct)
		return -EINVAL;
	if (!old)
		resolve(m, c, ~0u);
	to = *m;
	to.client[MULTI].on = new;
	to.client[MULTI].direct = new;
	for (s = 0; s < SITES; s++)
		if (model_wants(m, MULTI, s))
			text_settles(&to, s);
	return change(m, &to);
}

int model_turn(struct model *m, bool on)
{
	if (m->dead)
		return -ENODEV;
	if (on == !!m->off)
		m->off = on ? 0 : m->came + 1;
	return 0;
}

void model_kill(struct model *m)
{
	unsigned int s;

	for (s = 0; s < SITES && !m->dead; s++)
		m->stayed |= any_called(m, s) ? bit(s) : 0;
	m->dead = true;
}
