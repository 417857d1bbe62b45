/* SPDX-License-Identifier: MIT */
/* Area 10: each state of a record, and what each event makes of it. */
#include <string.h>
#include <sys/mman.h>

#include "blob.h"

/*
 * The columns of the table in docs/design.md; its rows are below. A cell says
 * what the event returns, who is called from then on, and how many are counted.
 * Clients have letters: f, an ordinary one, is registered but where there are
 * none; p, a permanent one, where it says so; o, q (permanent) and d, a direct
 * call, come. A name in capitals stands for a call that calls nobody.
 */
enum state { NOP, CALL, OFF, KEPT, DISABLED, NR_STATES };

struct cell {
	int err;
	const char *called;
	unsigned long clients;
};

static const struct cell cell_of[NR_STATES] = {
	{ 0, "", 0 }, { 0, "f", 1 }, { 0, "", 1 }, { 0, "fp", 2 }, { 0, "", 0 },
};

static struct blob blob;
static struct probe f, o, p, q;
static unsigned long ip;
static unsigned char nop[MCOUNT_INSN_SIZE], was[MCOUNT_INSN_SIZE];
static unsigned char theirs[MCOUNT_INSN_SIZE];
static bool gone, foreign;

static const struct {
	char name;
	struct probe *p;
} probes[] = { { 'f', &f }, { 'o', &o }, { 'p', &p }, { 'q', &q } };

#define NR_PROBES (sizeof(probes) / sizeof(probes[0]))

static int ordinary_comes(void)
{
	return register_ftrace_function(&o.ops);
}

static int waits(void)
{
	int err = ftrace_enable(0);

	return err ? err : ordinary_comes();
}

static int permanent_comes(void)
{
	return register_ftrace_function(&q.ops);
}

static int direct_comes(void)
{
	return register_ftrace_direct(ip, CODE(direct_one));
}

static int ordinary_goes(void)
{
	return unregister_ftrace_function(&f.ops);
}

static int permanent_goes(void)
{
	return unregister_ftrace_function(&p.ops);
}

static int off(void)
{
	return ftrace_enable(0);
}

static int on(void)
{
	return ftrace_enable(1);
}

static int killed(void)
{
	ftrace_kill();
	return 0;
}

static int enabled(void)
{
	return ftrace_module_enable(&blob.mod);
}

static int released(void)
{
	gone = true;
	return ftrace_release_mod(&blob.mod);
}

static void patched(void)
{
	const TRAP_TYPE trap = (TRAP_TYPE)TRAP_INSN;

	foreign = true;
	memcpy(was, (const void *)ip, sizeof(was));
	memcpy(theirs, was, sizeof(theirs));
	memcpy(theirs, &trap, sizeof(trap));
	blob_write(&blob, ip, theirs);
	value("differ", (unsigned long)ftrace_verify(), 1);
}

static int patched_permanent(void)
{
	patched();
	return permanent_comes();
}

static int patched_direct(void)
{
	patched();
	return direct_comes();
}

#define NOT { -EBUSY, "", 0 }, { -EBUSY, "f", 1 }, { -EBUSY, "", 1 }

/* The last one cannot be undone. */
static const struct {
	const char *event;
	int (*run)(void);
	struct cell cell[NR_STATES];
} rows[] = {
	{ "an ordinary client comes", ordinary_comes,
	  { { 0, "o", 1 }, { 0, "fo", 2 }, { 0, "", 2 }, { 0, "fp", 3 },
	    { 0, "", 0 } } },
	{ "off, and one comes", waits,
	  { { 0, "", 1 }, { 0, "", 2 }, { 0, "", 2 }, { 0, "fp", 3 },
	    { 0, "", 0 } } },
	{ "a permanent one comes", permanent_comes,
	  { { 0, "q", 1 }, { 0, "fq", 2 }, { 0, "fq", 2 }, { 0, "fpq", 3 },
	    { 0, "", 0 } } },
	{ "a direct call comes", direct_comes,
	  { { 0, "d", 1 }, { 0, "fd", 2 }, { 0, "fd", 2 }, { 0, "fpd", 3 },
	    { -ENODEV, "", 0 } } },
	{ "the ordinary one goes", ordinary_goes,
	  { { -EBUSY, "", 0 }, { 0, "", 0 }, { 0, "", 0 }, { 0, "p", 1 },
	    { 0, "", 0 } } },
	{ "the permanent one goes", permanent_goes,
	  { NOT, { 0, "", 1 }, { -EBUSY, "", 0 } } },
	{ "off", off,
	  { { 0, "", 0 }, { 0, "", 1 }, { 0, "", 1 }, { 0, "fp", 2 },
	    { 0, "", 0 } } },
	{ "on", on,
	  { { 0, "", 0 }, { 0, "f", 1 }, { 0, "f", 1 }, { 0, "fp", 2 },
	    { 0, "", 0 } } },
	{ "its module is enabled", enabled,
	  { NOT, { -EBUSY, "fp", 2 }, { 0, "f", 1 } } },
	{ "its module goes", released,
	  { { 0, "", 0 }, { 0, "", 0 }, { 0, "", 0 }, { 0, "", 0 },
	    { 0, "", 0 } } },
	{ "foreign bytes, and a permanent one comes", patched_permanent,
	  { { -EINVAL, "", 0 }, { -EINVAL, "f", 1 }, { -EINVAL, "", 1 },
	    { -EINVAL, "fp", 2 }, { 0, "", 0 } } },
	{ "foreign bytes, and a direct call comes", patched_direct,
	  { { -EINVAL, "", 0 }, { -EINVAL, "f", 1 }, { -EINVAL, "", 1 },
	    { -EINVAL, "fp", 2 }, { -ENODEV, "", 0 } } },
	{ "kill", killed,
	  { { 0, "", 0 }, { 0, "NOBODY", 0 }, { 0, "", 0 }, { 0, "p", 1 },
	    { 0, "", 0 } } },
};

static void begin(enum state state)
{
	size_t i;

	gone = foreign = false;
	value("made", blob_make(&blob, 2), true);
	must("init", blob_init(&blob));
	if (state != DISABLED)
		must("enable", ftrace_module_enable(&blob.mod));
	ip = ftrace_location(CODE(blob.fn[1]));
	memcpy(nop, (const void *)ip, sizeof(nop));
	for (i = 0; i < NR_PROBES; i++) {
		probe_init(probes[i].p, probes[i].p == &p || probes[i].p == &q ?
					FTRACE_OPS_FL_PERMANENT : 0);
		must("filter", ftrace_set_filter_ip(&probes[i].p->ops, ip, 0,
						    0));
	}
	if (state != NOP)
		must("f", register_ftrace_function(&f.ops));
	if (state == KEPT)
		must("p", register_ftrace_function(&p.ops));
	if (state == OFF || state == KEPT)
		must("off", ftrace_enable(0));
}

/* Whatever is registered goes, and all is as before. */
static void end(void)
{
	size_t i;

	if (!gone && ftrace_find_rec_direct(ip))
		must("end", unregister_ftrace_direct(ip, CODE(direct_one)));
	for (i = 0; i < NR_PROBES; i++) {
		if (probes[i].p->ops.flags & FTRACE_OPS_FL_ENABLED)
			must("end",
			     unregister_ftrace_function(&probes[i].p->ops));
		ftrace_free_filter(&probes[i].p->ops);
	}
	if (!ftrace_is_dead())
		must("end", ftrace_enable(1));
	value("verify", (unsigned long)ftrace_verify(), 0);
	if (!gone)
		must("end", ftrace_release_mod(&blob.mod));
	munmap(blob.page, 4096);
}

static void is_called(const char *who)
{
	unsigned long direct = direct_hits[1];
	size_t i;

	for (i = 0; i < NR_PROBES; i++)
		probes[i].p->hits = 0;
	value("result", (unsigned long)blob.fn[1](1), 2);
	for (i = 0; i < NR_PROBES; i++)
		count((char[]){ probes[i].name, '\0' }, probes[i].p->hits,
		      strchr(who, probes[i].name) != NULL);
	count("d", direct_hits[1] - direct, strchr(who, 'd') != NULL);
}

/* Text, record and clients say what @c does. */
static void check(const struct cell *c)
{
	bool fixed = strpbrk(c->called, "pq") != NULL;
	struct ftrace_site_info info;

	value("verify", (unsigned long)ftrace_verify(), 0);
	figures_true();
	value("listed", site_info(ip, &info), true);
	count("clients", info.count, c->clients);
	value("P", (info.flags & FTRACE_SITE_PERMANENT) != 0, fixed);
	value("enabled", (info.flags & FTRACE_SITE_ENABLED) != 0, *c->called != 0);
	value("nop", !memcmp((const void *)ip, nop, sizeof(nop)), !*c->called);
	if (*c->called)
		show_thunk("site", ip, c->clients);
	is_called(c->called);
}

static void run(enum state state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cell *c = &rows[i].cell[state];

		begin(state);
		check(&cell_of[state]);
		note("%s", rows[i].event);
		value("event", (unsigned long)rows[i].run(),
		      (unsigned long)c->err);
		if (foreign) {
			value("theirs", !memcmp((const void *)ip, theirs,
						sizeof(theirs)), true);
			blob_write(&blob, ip, was);
		}
		if (gone)
			value("gone", ftrace_location(ip), 0);
		else
			check(c);
		end();
	}
}

static void states_nop(void)
{
	run(NOP);
}

static void states_call(void)
{
	run(CALL);
}

static void states_off(void)
{
	run(OFF);
}

static void states_kept(void)
{
	run(KEPT);
}

static void states_disabled(void)
{
	run(DISABLED);
}

const struct conf_case states_cases[] = {
	{ "states_nop", "-", states_nop },
	{ "states_call", "-", states_call },
	{ "states_off", "-", states_off },
	{ "states_kept", "-", states_kept },
	{ "states_disabled", "-", states_disabled },
	{ NULL, NULL, NULL },
};
