/* SPDX-License-Identifier: MIT */
/* Area 10: the switch, the kill, and the clients that survive both. */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "conformance.h"

/* Ordinary: everywhere, and two on traced_one; permanent: on traced_one. */
static struct probe all, early, late, fixed, second;

static void holds(const char *name, int err)
{
	must(name, err);
	must("verify", ftrace_verify());
}

static void on(struct probe *p)
{
	holds("register", register_ftrace_function(&p->ops));
}

static void off(struct probe *p)
{
	holds("unregister", unregister_ftrace_function(&p->ops));
}

static void turn(int to)
{
	holds(to ? "on" : "off", ftrace_enable(to));
}

static void start(void)
{
	probe_init(&all, 0);
	probe_init(&early, 0);
	probe_init(&late, 0);
	probe_init(&fixed, FTRACE_OPS_FL_PERMANENT);
	probe_init(&second, FTRACE_OPS_FL_PERMANENT |
			    FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	probe_on(&early, traced_one);
	probe_on(&late, traced_one);
	probe_on(&fixed, traced_one);
	probe_on(&second, traced_one);
}

static unsigned long site(traced_fn *fn)
{
	return ftrace_location(CODE(fn));
}

static const struct {
	char name;
	struct probe *p;
} probes[] = {
	{ 'a', &all }, { 'e', &early }, { 'l', &late }, { 'f', &fixed },
	{ 's', &second },
};

/* One call of @fn: each in @who is called once, others are not. */
static void calls(traced_fn *fn, const char *who)
{
	unsigned long direct = direct_hits[1];
	size_t i;

	note("called: %s", who);
	for (i = 0; i < 5; i++)
		probes[i].p->hits = 0;
	value("result", (unsigned long)fn(1), fn == traced_one ? 2 : 3);
	for (i = 0; i < 5; i++)
		count((char[]){ probes[i].name, '\0' }, probes[i].p->hits,
		      strchr(who, probes[i].name) != NULL);
	count("direct", direct_hits[1] - direct, strchr(who, 'd') != NULL);
}

/* So many clients are counted, whether they are called or not. */
static void counted(traced_fn *fn, unsigned long clients, bool is_call)
{
	struct ftrace_site_info info;

	value("listed", site_info(site(fn), &info), true);
	count("clients", info.count, clients);
	value("enabled", (info.flags & FTRACE_SITE_ENABLED) != 0, is_call);
	value("a target", info.target != 0, is_call);
}

static void direct(bool add)
{
	unsigned long one = CODE(direct_one);

	holds("direct", add ? register_ftrace_direct(site(traced_one), one) :
			      unregister_ftrace_direct(site(traced_one), one));
}

static void permanent_off(void)
{
	start();
	on(&all);
	on(&early);
	calls(traced_one, "ae");
	turn(0);
	turn(0);
	calls(traced_one, "");
	calls(traced_two, "");
	counted(traced_one, 2, false);
	counted(traced_two, 1, false);
	turn(1);
	turn(1);
	calls(traced_one, "ae");
	calls(traced_two, "a");
	show_thunk("traced_one", site(traced_one), 2);
	turn(0);
	off(&early);
	counted(traced_one, 1, false);
	off(&all);
	show_nop("traced_one", site(traced_one));
	turn(1);
	show_nop("traced_one", site(traced_one));
	calls(traced_one, "");
}

/* A site with a permanent client stays as it is, with all its clients. */
static void permanent_shared(void)
{
	start();
	on(&all);
	on(&fixed);
	on(&early);
	turn(0);
	calls(traced_one, "aef");
	calls(traced_two, "");
	show_thunk("traced_one", site(traced_one), 3);
	off(&early);
	calls(traced_one, "af");
	off(&fixed);
	calls(traced_one, "");
	counted(traced_one, 1, false);
	turn(1);
	calls(traced_one, "a");
	off(&all);
	show_nop("traced_one", site(traced_one));
}

static void permanent_register_off(void)
{
	start();
	on(&early);
	turn(0);
	on(&late);
	calls(traced_one, "");
	counted(traced_one, 2, false);
	on(&fixed);
	calls(traced_one, "ef");
	counted(traced_one, 3, true);
	on(&second);
	calls(traced_one, "efs");
	on(&all);
	calls(traced_one, "efs");
	counted(traced_one, 5, true);
	counted(traced_two, 1, false);
	off(&fixed);
	calls(traced_one, "es");
	off(&second);
	calls(traced_one, "");
	turn(1);
	calls(traced_one, "ael");
	/* They are like all others now. */
	turn(0);
	on(&fixed);
	calls(traced_one, "aelf");
	off(&fixed);
	off(&all);
	off(&late);
	off(&early);
	turn(1);
	show_nop("traced_one", site(traced_one));
}

static void permanent_direct(void)
{
	start();
	on(&early);
	direct(true);
	turn(0);
	calls(traced_one, "ed");
	on(&late);
	calls(traced_one, "ed");
	off(&early);
	calls(traced_one, "d");
	counted(traced_one, 2, true);
	direct(false);
	calls(traced_one, "");
	direct(true);
	calls(traced_one, "d");
	holds("modify", modify_ftrace_direct(site(traced_one), CODE(direct_one),
					     CODE(direct_two)));
	calls(traced_one, "");
	count("direct two", direct_hits[2], 1);
	holds("modify", modify_ftrace_direct(site(traced_one), CODE(direct_two),
					     CODE(direct_one)));
	turn(1);
	calls(traced_one, "ld");
	off(&late);
	turn(0);
	show_direct("traced_one", site(traced_one), CODE(direct_one));
	direct(false);
	show_nop("traced_one", site(traced_one));
	turn(1);
}

static void permanent_strict(void)
{
	start();
	log_clear();
	refused("policy", ftrace_set_policy((enum ftrace_policy)7), -EINVAL,
		"ftrace_set_policy", "no such policy");
	holds("policy", ftrace_set_policy(FTRACE_PERMANENT_STRICT));
	on(&all);
	on(&fixed);
	refused("off", ftrace_enable(0), -EBUSY, "ftrace_enable", "strict");
	calls(traced_one, "af");
	calls(traced_two, "a");
	off(&fixed);
	turn(0);
	refused("register", register_ftrace_function(&fixed.ops), -EBUSY,
		"register_ftrace_function", "strict");
	calls(traced_one, "");
	direct(true);
	calls(traced_one, "ad");
	direct(false);
	turn(1);
	on(&fixed);
	holds("policy", ftrace_set_policy(FTRACE_PERMANENT_SITES));
	turn(0);
	calls(traced_one, "af");
	calls(traced_two, "");
	off(&fixed);
	off(&all);
	turn(1);
}

static void no_more(void)
{
	log_clear();
	refused("on", ftrace_enable(1), -ENODEV, "ftrace_enable", "killed");
	refused("off", ftrace_enable(0), -ENODEV, "ftrace_enable", "killed");
	refused("policy", ftrace_set_policy(FTRACE_PERMANENT_STRICT), -ENODEV,
		"ftrace_set_policy", "killed");
	refused("register", register_ftrace_function(&second.ops), -ENODEV,
		"register_ftrace_function", "killed");
}

/* Permanent and direct go on, and are taken away each by its own call. */
static void killed(bool while_off)
{
	start();
	on(&all);
	on(&fixed);
	on(&early);
	direct(true);
	if (while_off)
		turn(0);
	on(&late);
	ftrace_kill();
	value("verify", (unsigned long)ftrace_verify(), 0);
	calls(traced_one, "fd");
	calls(traced_two, "");
	counted(traced_one, 2, true);
	no_more();
	off(&late);
	off(&early);
	calls(traced_one, "fd");
	off(&fixed);
	memset(&fixed, 0x5a, sizeof(fixed));
	calls(traced_one, "d");
	counted(traced_one, 1, true);
	direct(false);
	calls(traced_one, "");
	off(&all);
	calls(traced_two, "");
	show_nop("traced_one", site(traced_one));
}

static void permanent_kill(void)
{
	killed(false);
}

static void permanent_kill_off(void)
{
	killed(true);
}

/* A foreign byte: nothing changed, the switch is where it was. */
static void permanent_refused(void)
{
	struct snap before;

	start();
	on(&all);
	on(&fixed);
	fault.text_open = true;
	snap_take(&before);
	log_clear();
	refused("off", ftrace_enable(0), -EPERM, "ftrace_enable", "written");
	fault.text_open = false;
	snap_same("still on", &before);
	calls(traced_two, "a");
	turn(0);
	fault.text_open = true;
	snap_take(&before);
	log_clear();
	refused("on", ftrace_enable(1), -EPERM, "ftrace_enable", "written");
	fault.text_open = false;
	snap_same("still off", &before);
	on(&early);
	calls(traced_one, "af");
	turn(1);
	calls(traced_one, "aef");
	calls(traced_two, "a");
	off(&early);
	off(&fixed);
	off(&all);
}

/* One window and as many syncs as the steps of the slowest site. */
static void permanent_batch(void)
{
	struct ftrace_stats was, is;
	int to;

	start();
	on(&all);
	ftrace_get_stats(&was);
	for (to = 0; to < 2; to++) {
		turn(to);
		ftrace_get_stats(&is);
		count("windows", is.windows - was.windows, 1);
		value("few syncs", is.syncs - was.syncs <= 3, true);
		value("all sites", is.enabled, to ? is.sites - is.disabled : 0);
		was = is;
	}
	off(&all);
}

static unsigned long stop, nr_calls, wrong;

static void *caller(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		wrong += traced_one(1) != 2 || traced_two(1) != 3;
		nr_calls++;
	}
	return unused;
}

/* The switch goes to and fro, and no call of the permanent client is missed. */
static void permanent_live(void)
{
	unsigned int round, bad = 0;
	pthread_t t;

	start();
	on(&all);
	on(&fixed);
	value("thread", (unsigned long)pthread_create(&t, NULL, caller, NULL),
	      0);
	for (round = 0; round < 200; round++) {
		bad += ftrace_enable(round & 1) != 0;
		if (round % 4 == 3)
			sched_yield();
	}
	stop = 1;
	pthread_join(t, NULL);
	count("bad rounds", bad, 0);
	count("wrong", wrong, 0);
	count("permanent", fixed.hits, nr_calls);
	value("ordinary", all.hits <= 2 * nr_calls, true);
	off(&fixed);
	off(&all);
	show_nop("traced_one", site(traced_one));
}

/* The listing says P, and of a site that is off how many would be called. */
static void permanent_listing(void)
{
	struct ftrace_site_info info;
	char line[512] = "";
	struct ftrace_iter it = { .list = FTRACE_LIST_ENABLED };

	start();
	on(&all);
	on(&fixed);
	turn(0);
	value("line", ftrace_iter_line(&it, line, sizeof(line)) > 0, true);
	note("%s", line);
	value("of traced_one", !strncmp(line, "traced_one (2) ", 15), true);
	value("P", strstr(line, "        P \ttramp: ") != NULL, true);
	value("the only one", (unsigned long)ftrace_iter_line(&it, line,
							      sizeof(line)), 0);
	site_info(site(traced_one), &info);
	value("P", info.flags & FTRACE_SITE_PERMANENT, FTRACE_SITE_PERMANENT);
	value("explained", ftrace_explain("traced_two", 0, line,
					  sizeof(line)) > 0, true);
	value("as off", strstr(line, "switched off; has 1 client") != NULL,
	      true);
	turn(1);
	off(&fixed);
	off(&all);
}

const struct conf_case permanent_cases[] = {
	{ "permanent_off", "-", permanent_off },
	{ "permanent_shared", "-", permanent_shared },
	{ "permanent_register_off", "-", permanent_register_off },
	{ "permanent_direct", "-", permanent_direct },
	{ "permanent_strict", "-", permanent_strict },
	{ "permanent_kill", "-", permanent_kill },
	{ "permanent_kill_off", "-", permanent_kill_off },
	{ "permanent_refused", "host", permanent_refused },
	{ "permanent_batch", "-", permanent_batch },
	{ "permanent_live", "-", permanent_live },
	{ "permanent_listing", "-", permanent_listing },
	{ NULL, NULL, NULL },
};
