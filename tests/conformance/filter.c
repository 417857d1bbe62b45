/* SPDX-License-Identifier: MIT */
/* Area 7: which functions a filter names, seen by who is called. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

static struct probe p;

static int filter(const char *pattern, int reset)
{
	note("filter %s", pattern);
	return ftrace_set_filter(&p.ops, pattern, (int)strlen(pattern), reset);
}

static int leave_out(const char *pattern, int reset)
{
	note("notrace %s", pattern);
	return ftrace_set_notrace(&p.ops, pattern, (int)strlen(pattern), reset);
}

static void start(void)
{
	probe_init(&p, 0);
	must("filter", filter("schedule", 0));
	must("register", register_ftrace_function(&p.ops));
}

static bool in_list(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *at = list;

	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ' ') &&
		    (!at[n] || at[n] == ' '))
			return true;
		at += n;
	}
	return false;
}

/* Call one function: does it reach the client? */
static bool called(const struct traced_name *f, const char *list)
{
	bool want = in_list(list, f->name);

	p.hits = 0;
	f->fn(0);
	count(f->name, p.hits, want);
	return want;
}

static unsigned long enabled(void)
{
	struct ftrace_stats st;

	must("stats", ftrace_get_stats(&st));
	return st.enabled;
}

/* These functions, names between spaces, reach the client, and no others. */
static void reaches(const char *list)
{
	const struct traced_name *f;
	unsigned long want = 0;

	for (f = traced_names; f->name; f++)
		want += called(f, list);
	for (f = traced_twin_names; f->name; f++)
		want += called(f, list);
	value("sites enabled", enabled(), want);
}

/* The table of the kernel's own test of its filters. */
static void filter_globs(void)
{
	static const struct {
		const char *pattern, *want;
	} t[] = {
		{ "*schedule", "schedule preempt_schedule sched_reschedule" },
		{ "*schedule*", "schedule preempt_schedule sched_reschedule "
		  "schedule_timeout preempt_schedule_irq" },
		{ "schedule*", "schedule schedule_timeout" },
		{ "*pin*lock", "raw_spin_lock raw_spin_unlock pinlock" },
		{ "mutex*unl*", "mutex_unlock mutex_is_unlocked" },
		{ "sch*ule", "schedule sch_dule schXdule scheXdule "
		  "sched_reschedule" },
		{ "[Ss]y[Ss]_*", "sys_read SyS_read Sys_write" },
		{ "sch?dule", "schedule sch_dule schXdule" },
		/* What the eight do not have. */
		{ "sch[!e]dule", "sch_dule schXdule" },
		{ "sch[A-Z_]dule", "sch_dule schXdule" },
		{ "sch\\edule", "schedule" },
		{ "*\\_*X*", "" },
		{ "mutex_lock", "mutex_lock" },
	};
	size_t i;

	start();
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (*t[i].want) {
			must("filter", filter(t[i].pattern, 1));
			reaches(t[i].want);
		} else {
			value("no match", (unsigned long)filter(t[i].pattern,
								1), -EINVAL);
		}
	}
	must("unregister", unregister_ftrace_function(&p.ops));
	reaches("");
}

/* Adding, taking away, leaving out, beginning anew. */
static void filter_edits(void)
{
	start();
	reaches("schedule");
	must("add", filter("mutex_*", 0));
	reaches("schedule mutex_lock mutex_unlock mutex_is_unlocked");
	must("remove", filter("!*_unlock", 0));
	reaches("schedule mutex_lock mutex_is_unlocked");
	must("notrace", leave_out("*lock*", 0));
	reaches("schedule");
	must("less", leave_out("!mutex_lock", 0));
	reaches("schedule mutex_lock");
	must("again", leave_out("sch*", 1));
	reaches("mutex_lock mutex_is_unlocked");
	must("reset", filter("*sys_*", 1));
	reaches("sys_read do_sys_open");
	must("reset", leave_out("do_*", 1));
	reaches("sys_read");
	must("empty", ftrace_set_filter(&p.ops, NULL, 0, 1));
	value("all but one", enabled() > 30, true);
	p.hits = 0;
	traced_one(0);
	count("hits", p.hits, 1);
	must("unregister", unregister_ftrace_function(&p.ops));
	ftrace_free_filter(&p.ops);
}

static void filter_notrace(void)
{
	const struct traced_name *f;
	struct ftrace_stats st;

	probe_init(&p, 0);
	must("notrace", leave_out("*schedule*", 0));
	must("register", register_ftrace_function(&p.ops));
	for (f = traced_names; f->name; f++) {
		p.hits = 0;
		f->fn(0);
		count(f->name, p.hits, !strstr(f->name, "schedule"));
	}
	must("stats", ftrace_get_stats(&st));
	value("all but five", st.enabled, st.sites - 5);
	must("unregister", unregister_ftrace_function(&p.ops));
}

/* Any alias matches, equal names all do, and clones only themselves. */
static void filter_names(void)
{
	start();
	must("alias", filter("other_name", 1));
	reaches("one_body");
	must("alias", filter("*ird_name", 1));
	reaches("one_body");
	must("first name", filter("one_body", 1));
	reaches("one_body");
	/* Taken away by another name than it came by. */
	must("add", filter("schedule", 0));
	must("remove", filter("!third_name", 0));
	reaches("schedule");
	must("twins", filter("twin", 1));
	reaches("twin other_twin");
	must("whole", filter("part_whole", 1));
	reaches("part_whole");
	must("cold", filter("part_whole.cold", 1));
	reaches("part_whole.cold");
	must("part", filter("part_whole.part.0", 1));
	reaches("part_whole.part.0");
	must("constprop", filter("part_whole.constprop.0", 1));
	reaches("part_whole.constprop.0");
	must("dots", filter("part_whole.*.0", 1));
	reaches("part_whole.part.0 part_whole.constprop.0");
	must("unregister", unregister_ftrace_function(&p.ops));
}

/* A number is a record, as the listing counts. */
static void filter_index(void)
{
	struct ftrace_iter it = { .list = FTRACE_LIST_AVAILABLE };
	struct ftrace_site_info info;
	struct ftrace_stats st;
	unsigned long i = 0;
	char number[24];

	start();
	must("stats", ftrace_get_stats(&st));
	while (ftrace_iter_next(&it, &info) == 1) {
		snprintf(number, sizeof(number), "%lu", ++i);
		if (ftrace_set_filter(&p.ops, number, (int)strlen(number), 1))
			note("%s: %s is refused", number, info.name);
		if (!site_info(info.ip, &info) || info.count != 1 ||
		    enabled() != 1)
			value(number, info.count, 1);
	}
	value("records", i, st.sites);
	snprintf(number, sizeof(number), "%lu", i + 1);
	log_clear();
	refused("beyond", filter(number, 0), -EINVAL, "ftrace_set_filter",
		"no function");
	refused("none", filter("0", 0), -EINVAL, "ftrace_set_filter",
		"record number 0");
	value("as before", enabled(), 1);
	must("unregister", unregister_ftrace_function(&p.ops));
}

/* Clients without a filter of their own go by the global one. */
static void filter_global(void)
{
	struct probe own;

	probe_init(&own, 0);
	probe_on(&own, traced_one);
	probe_init(&p, 0);
	must("global", ftrace_set_global_filter("*schedule", 9, 0));
	must("register", register_ftrace_function(&p.ops));
	reaches("schedule preempt_schedule sched_reschedule");
	must("own", register_ftrace_function(&own.ops));
	must("more", ftrace_set_global_filter("mutex_lock", 10, 0));
	must("notrace", ftrace_set_global_notrace("sched*", 6, 0));
	value("sites enabled", enabled(), 3);
	traced_one(0);
	count("own", own.hits, 1);
	must("own", unregister_ftrace_function(&own.ops));
	reaches("preempt_schedule mutex_lock");
	must("a filter", filter("sys_read", 0));
	reaches("sys_read");
	must("and none", ftrace_set_filter(&p.ops, NULL, 0, 1));
	reaches("preempt_schedule mutex_lock");
	log_clear();
	refused("no match", ftrace_set_global_filter("no_such", 7, 1), -EINVAL,
		"ftrace_set_global_filter", "no function");
	reaches("preempt_schedule mutex_lock");
	must("unregister", unregister_ftrace_function(&p.ops));
	reaches("");
}

static struct snap before;

static void is_refused(const char *name, int got, int want, const char *call,
		       const char *reason)
{
	refused(name, got, want, call, reason);
	snap_same(name, &before);
}

/* Each error of a filter call; the filter and the text stay as they were. */
static void filter_errors(void)
{
	const char *call = "ftrace_set_filter", *ips = "ftrace_set_filter_ips";
	unsigned long two[2] = { CODE(traced_one), CODE(plain_ten) };
	struct ftrace_ops_hash *hash;

	start();
	hash = p.ops.hash;
	snap_take(&before);
	log_clear();
	is_refused("no site", ftrace_set_filter_ips(&p.ops, two, 2, 0, 1),
		   -EINVAL, ips, "no site");
	is_refused("no match", filter("no_such*", 1), -EINVAL, call,
		   "no function");
	is_refused("not there", filter("!mutex_lock", 0), -ENOENT, call,
		   "not there");
	is_refused("not there", ftrace_set_filter_ips(&p.ops, two, 1, 1, 0),
		   -ENOENT, ips, "not there");
	is_refused("not there", leave_out("!schedule", 0), -ENOENT,
		   "ftrace_set_notrace", "not there");
	is_refused("no object", filter("!:mod:none", 0), -ENOENT, call,
		   "not there");
	value("untouched", p.ops.hash == hash, true);
	must("already there", filter("schedule", 0));
	must("unregister", unregister_ftrace_function(&p.ops));
	p.ops.flags |= FTRACE_OPS_FL_IPMODIFY;
	must("register", register_ftrace_function(&p.ops));
	snap_take(&before);
	is_refused("none left", filter("", 1), -EINVAL, call, "IPMODIFY");
	is_refused("left out", leave_out("mutex*", 0), -EINVAL,
		   "ftrace_set_notrace", "IPMODIFY");
	must("unregister", unregister_ftrace_function(&p.ops));
}

/* Input that was made to break a parser. */
static void filter_bad_input(void)
{
	static char big[10000];
	const char *call = "ftrace_set_filter";
	struct ftrace_ops *op = &p.ops;

	start();
	snap_take(&before);
	log_clear();
	memset(big, 'a', sizeof(big));
	is_refused("long", ftrace_set_filter(op, big, sizeof(big), 1), -EINVAL,
		   call, "no function");
	memset(big, '*', sizeof(big));
	big[sizeof(big) - 1] = '#';
	is_refused("stars", ftrace_set_filter(op, big, sizeof(big), 1), -EINVAL,
		   call, "no function");
	memset(big, '[', sizeof(big));
	is_refused("brackets", ftrace_set_filter(op, big, sizeof(big), 1),
		   -EINVAL, call, "class");
	memset(big, '?', sizeof(big));
	is_refused("marks", ftrace_set_filter(op, big, sizeof(big), 1), -EINVAL,
		   call, "no function");
	memcpy(big, "[a-", 3);
	memset(big + 3, 'z', sizeof(big) - 3);
	is_refused("class", ftrace_set_filter(op, big, sizeof(big), 1), -EINVAL,
		   call, "class");
	memset(big, '9', sizeof(big));
	is_refused("number", ftrace_set_filter(op, big, sizeof(big), 1),
		   -EINVAL, call, "no function");
	is_refused("class", filter("sch[a", 1), -EINVAL, call, "class");
	is_refused("backslash", filter("sched\\", 1), -EINVAL, call,
		   "backslash");
	is_refused("object", filter("schedule:mod:[x", 1), -EINVAL, call,
		   "class");
	is_refused("zero byte", ftrace_set_filter(op, "sche\0ule", 8, 1),
		   -EINVAL, call, "zero byte");
	is_refused("nothing", filter("", 0), -EINVAL, call, "no function");
	is_refused("not even", filter("!", 0), -ENOENT, call, "not there");
	reaches("schedule");
	/* Ten thousand characters that do match. */
	memset(big, '*', sizeof(big));
	memcpy(big + 5000, "mutex_lock", 10);
	must("long", ftrace_set_filter(op, big, sizeof(big), 1));
	reaches("mutex_lock");
	must("unregister", unregister_ftrace_function(op));
}

/* After a kill no filter changes; clients can still be let go. */
static void filter_dead(void)
{
	unsigned long ip = CODE(traced_one);

	start();
	ftrace_kill();
	log_clear();
	refused("filter", filter("mutex_lock", 0), -ENODEV, "ftrace_set_filter",
		"killed");
	refused("notrace", leave_out("mutex_lock", 0), -ENODEV,
		"ftrace_set_notrace", "killed");
	refused("ip", ftrace_set_filter_ip(&p.ops, ip, 0, 0), -ENODEV,
		"ftrace_set_filter_ip", "killed");
	refused("global", ftrace_set_global_filter("twin", 4, 0), -ENODEV,
		"ftrace_set_global_filter", "killed");
	refused("global", ftrace_set_global_notrace("twin", 4, 0), -ENODEV,
		"ftrace_set_global_notrace", "killed");
	traced_names[0].fn(0);
	count("hits", p.hits, 0);
	must("unregister", unregister_ftrace_function(&p.ops));
	ftrace_free_filter(&p.ops);
}

const struct conf_case filter_cases[] = {
	{ "filter_globs", "-", filter_globs },
	{ "filter_edits", "-", filter_edits },
	{ "filter_notrace", "-", filter_notrace },
	{ "filter_names", "-", filter_names },
	{ "filter_index", "-", filter_index },
	{ "filter_global", "-", filter_global },
	{ "filter_errors", "-", filter_errors },
	{ "filter_bad_input", "-", filter_bad_input },
	{ "filter_dead", "-", filter_dead },
	{ NULL, NULL, NULL },
};
