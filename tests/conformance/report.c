/* SPDX-License-Identifier: MIT */
/* Facts as lines, and the state of the library as something to compare. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conformance.h"

#define LOG_LINES 256

static char log_line[LOG_LINES][512];
static unsigned int log_nr;

static const char *number(char *to, size_t size, unsigned long v)
{
	long s = (long)v;

	if (s > -65536 && s < 65536)
		snprintf(to, size, "%ld", s);
	else
		snprintf(to, size, "%#lx", v);
	return to;
}

/* In one piece: threads report too. */
static void fact(const char *kind, const char *name, unsigned long got,
		 unsigned long want)
{
	char a[24], b[24];

	printf("%s %s got=%s want=%s\n", kind, name,
	       number(a, sizeof(a), got), number(b, sizeof(b), want));
}

void value(const char *name, unsigned long got, unsigned long want)
{
	fact("value", name, got, want);
}

void must(const char *name, long err)
{
	value(name, (unsigned long)err, 0);
}

void count(const char *name, unsigned long got, unsigned long want)
{
	fact("count", name, got, want);
}

void note(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	printf("note %s\n", line);
}

static void put_site(const char *name, const char *state, unsigned long ip,
		     unsigned long target, const unsigned char *bytes)
{
	char hex[2 * (SITE_LEAD + MCOUNT_INSN_SIZE) + 1];
	unsigned int i;

	for (i = 0; i < SITE_LEAD + MCOUNT_INSN_SIZE; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	printf("site %s %s ip=%#lx target=%#lx bytes=%s\n", name, state, ip,
	       target, hex);
}

static const unsigned char *site_bytes(unsigned long ip)
{
	return (const unsigned char *)ip - SITE_LEAD;
}

struct search {
	unsigned long ip;
	struct ftrace_site_info *info;
};

static int search_one(const struct ftrace_site_info *site, void *arg)
{
	const struct search *s = arg;

	if (site->ip != s->ip)
		return 0;
	*s->info = *site;
	return 1;
}

bool site_info(unsigned long ip, struct ftrace_site_info *info)
{
	struct search s = { ip, info };

	memset(info, 0, sizeof(*info));
	return ftrace_for_each_site(search_one, &s) == 1;
}

void show_call(const char *name, unsigned long ip, unsigned long target)
{
	put_site(name, "call", ip, target, site_bytes(ip));
}

void show_nop(const char *name, unsigned long ip)
{
	struct ftrace_site_info info;

	value("listed", site_info(ip, &info), true);
	value("clients", info.count, 0);
	/* Of what was there before, some is remembered. */
	value("flags", info.flags & ~(FTRACE_SITE_TOUCHED |
				      FTRACE_SITE_MODIFIED), 0);
	value("target", info.target, 0);
	put_site(name, "nop", ip, 0, site_bytes(ip));
}

static void show_enabled(const char *name, const char *state, unsigned long ip,
			 unsigned long clients)
{
	struct ftrace_site_info info;

	value("listed", site_info(ip, &info), true);
	value("clients", info.count, clients);
	value("enabled", info.flags & FTRACE_SITE_ENABLED, FTRACE_SITE_ENABLED);
	put_site(name, state, ip, info.target, site_bytes(ip));
}

void show_thunk(const char *name, unsigned long ip, unsigned long clients)
{
	show_enabled(name, "call", ip, clients);
}

void show_graph(const char *name, unsigned long ip, unsigned long clients)
{
	show_enabled(name, FTRACE_GRAPH_JUMP ? "jump" : "call", ip, clients);
}

void show_compiled(const char *name, unsigned long ip, const void *bytes)
{
	put_site(name, "compiled", ip, 0, bytes);
}

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *byte = p;

	while (n--)
		h = (h ^ *byte++) * 0x100000001b3ULL;
	return h;
}

static int snap_one(const struct ftrace_site_info *site, void *arg)
{
	uint64_t *h = arg;

	*h = mix(*h, &site->ip, sizeof(site->ip));
	*h = mix(*h, &site->count, sizeof(site->count));
	*h = mix(*h, &site->flags, sizeof(site->flags));
	*h = mix(*h, &site->target, sizeof(site->target));
	*h = mix(*h, site->name, strlen(site->name));
	*h = mix(*h, site_bytes(site->ip), SITE_LEAD + MCOUNT_INSN_SIZE);
	return 0;
}

void snap_take(struct snap *s)
{
	s->listing = 0xcbf29ce484222325ULL;
	ftrace_get_stats(&s->st);
	ftrace_for_each_site(snap_one, &s->listing);
}

/* Thunks and sets made on the way may stay for the next try: not compared. */
void snap_same(const char *name, const struct snap *before)
{
	struct snap now;

	snap_take(&now);
	note("%s: state after", name);
	value("sites", now.st.sites, before->st.sites);
	value("disabled", now.st.disabled, before->st.disabled);
	value("skipped", now.st.skipped, before->st.skipped);
	value("modules", now.st.modules, before->st.modules);
	value("enabled", now.st.enabled, before->st.enabled);
	value("dropped", now.st.dropped, before->st.dropped);
	value("unattached", now.st.unattached, before->st.unattached);
	value("listing", now.listing == before->listing, true);
	value("dead", ftrace_is_dead(), 0);
}

static int figures_one(const struct ftrace_site_info *site, void *arg)
{
	struct ftrace_stats *st = arg;

	st->sites++;
	st->disabled += (site->flags & FTRACE_SITE_DISABLED) != 0;
	st->enabled += (site->flags & FTRACE_SITE_ENABLED) != 0;
	return 0;
}

static unsigned long lines(enum ftrace_list list)
{
	struct ftrace_iter it = { .list = list };
	struct ftrace_site_info info;
	unsigned long nr = 0;

	while (ftrace_iter_next(&it, &info) == 1)
		nr++;
	return nr;
}

void figures_true(void)
{
	struct ftrace_stats seen = { .sites = 0 }, st;

	ftrace_get_stats(&st);
	ftrace_for_each_site(figures_one, &seen);
	value("sites", seen.sites, st.sites);
	value("disabled", seen.disabled, st.disabled);
	value("enabled", seen.enabled, st.enabled);
	value("available lines", lines(FTRACE_LIST_AVAILABLE), st.sites);
	value("enabled lines", lines(FTRACE_LIST_ENABLED), st.enabled);
	value("touched lines", lines(FTRACE_LIST_TOUCHED) >= st.enabled, true);
	value("sets", !st.enabled || st.sets, true);
}

static void log_hook(const char *line)
{
	printf("log %s\n", line);
	if (log_nr < LOG_LINES)
		snprintf(log_line[log_nr++], sizeof(log_line[0]), "%s", line);
}

void log_start(void)
{
	ftrace_set_log(log_hook);
}

void log_clear(void)
{
	log_nr = 0;
}

bool log_has(const char *one, const char *two)
{
	unsigned int i;

	for (i = 0; i < log_nr; i++)
		if (strstr(log_line[i], one) && strstr(log_line[i], two))
			return true;
	return false;
}

void refused(const char *name, int got, int want, const char *call,
	     const char *reason)
{
	value(name, (unsigned long)got, (unsigned long)want);
	if (!log_has(call, reason))
		note("no line with \"%s\" and \"%s\"", call, reason);
	value("reason", log_has(call, reason), true);
	log_clear();
}
