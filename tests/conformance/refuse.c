/* SPDX-License-Identifier: MIT */
/* Area 1: what is refused, what it says, and that the next try succeeds. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "script.h"

#define PAGE 4096UL

/**
 * struct way - one way to fail
 * @err: what the call must return
 * @reason: what the log must say
 * @set, @clear: bring it about, and end it
 * @all: steps that change no text fail too
 */
struct way {
	int err;
	const char *reason;
	void (*set)(void);
	void (*clear)(void);
	bool all;
};

static unsigned char site_was[MCOUNT_INSN_SIZE];
static unsigned int wrong_at;	/* which byte of the site is wrong */

static void protect(int prot)
{
	unsigned long page = CODE(lonely()) & ~(PAGE - 1);

	value("mprotect", (unsigned long)mprotect((void *)page, PAGE, prot), 0);
}

static unsigned char *site(void)
{
	return (unsigned char *)ftrace_location(CODE(lonely()));
}

static void site_write(const unsigned char *bytes)
{
	protect(PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(site(), bytes, MCOUNT_INSN_SIZE);
	protect(PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)site(),
				(char *)site() + MCOUNT_INSN_SIZE);
}

static void wrong_bytes(void)
{
	unsigned char wrong[MCOUNT_INSN_SIZE];

	memcpy(site_was, site(), sizeof(site_was));
	memcpy(wrong, site_was, sizeof(wrong));
	wrong[wrong_at] ^= 0x5a;
	site_write(wrong);
}

static void hex(char *to, const unsigned char *bytes)
{
	unsigned int i;

	for (i = 0; i < MCOUNT_INSN_SIZE; i++)
		to += sprintf(to, "%s%02x", i ? " " : "", bytes[i]);
}

/* Says what is there, what should be, and where; and puts it right. */
static void right_bytes(void)
{
	char is[3 * MCOUNT_INSN_SIZE], was[3 * MCOUNT_INSN_SIZE];
	unsigned char wrong[MCOUNT_INSN_SIZE];

	memcpy(wrong, site_was, sizeof(wrong));
	wrong[wrong_at] ^= 0x5a;
	value("still wrong", !memcmp(site(), wrong, sizeof(wrong)), true);
	hex(is, wrong);
	hex(was, site_was);
	value("names it", log_has("ftrace bug", "traced_lonely_"), true);
	value("actual", log_has("actual:", is), true);
	value("expected", log_has("expected:", was), true);
	value("record", log_has("record:", "("), true);
	site_write(site_was);
}

static void unmap(void)
{
	protect(PROT_NONE);
}

static void map(void)
{
	value("names it", log_has("ftrace bug", "traced_lonely_"), true);
	value("fault", log_has("ftrace bug", "read"), true);
	protect(PROT_READ | PROT_EXEC);
}

static void unwritable(void)
{
	fault.text_open = true;
}

static void writable(void)
{
	value("names it", log_has("ftrace bug", "traced_"), true);
	value("write", log_has("ftrace bug", "write"), true);
	fault.text_open = false;
}

static void no_memory(void)
{
	fault.alloc = true;
}

static void memory(void)
{
	fault.alloc = false;
}

static void fail_first(const struct step *s, const struct way *w)
{
	struct snap before;
	int err;

	snap_take(&before);
	log_clear();
	w->set();
	err = s->run();
	w->clear();
	refused(s->name, err, w->err, s->call, w->reason);
	/* Foreign bytes were part of "before" only for the call itself. */
	snap_same(s->name, &before);
}

static void script_run(const struct way *w)
{
	const struct step *s, *before = NULL;

	script_init();
	for (s = script; s->name; before = s++) {
		if (s->text || w->all) {
			fail_first(s, w);
			if (before)
				script_check(before);
		}
		value(s->name, (unsigned long)s->run(), 0);
		script_check(s);
	}
	show_nop("lonely", (unsigned long)site());
}

static void refuse_wrong_bytes(void)
{
	static const struct way w = { -EINVAL, "does not hold", wrong_bytes,
				      right_bytes, false };

	for (; wrong_at < MCOUNT_INSN_SIZE; wrong_at++)
		script_run(&w);
}

static void refuse_unmapped(void)
{
	static const struct way w = { -EFAULT, "cannot be read", unmap, map,
				      false };

	script_run(&w);
}

static void refuse_unwritable(void)
{
	static const struct way w = { -EPERM, "cannot be written", unwritable,
				      writable, false };

	script_run(&w);
}

static void refuse_no_memory(void)
{
	static const struct way w = { -ENOMEM, "no memory", no_memory, memory,
				      true };

	/* What is asked for once and kept is asked for now. */
	traced_one(0);
	script_run(&w);
}

/* Foreign bytes at one function keep nobody from another. */
static void refuse_only_there(void)
{
	struct probe a;

	wrong_bytes();
	probe_init(&a, 0);
	probe_on(&a, traced_one);
	value("register", (unsigned long)register_ftrace_function(&a.ops), 0);
	traced_one(0);
	count("a", a.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&a.ops),
	      0);
	site_write(site_was);
}

static unsigned long others;

static void other(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	others += 1 + 10 * !!ftrace_get_regs(fregs);
}

/* The same memory comes again as another client: nothing old is found. */
static void refuse_then_other(void)
{
	struct probe a;

	probe_init(&a, 0);
	probe_on(&a, traced_one);
	fault.text_open = true;
	value("register", (unsigned long)register_ftrace_function(&a.ops),
	      -EPERM);
	fault.text_open = false;
	a.ops.func = other;
	a.ops.flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED;
	value("register", (unsigned long)register_ftrace_function(&a.ops), 0);
	traced_one(0);
	count("a", a.hits, 0);
	count("other", others, HAS_REGS ? 11 : 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&a.ops),
	      0);
	a.ops.func = probe_hit;
	a.ops.flags &= ~(FTRACE_OPS_FL_SAVE_REGS |
			 FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	value("register", (unsigned long)register_ftrace_function(&a.ops), 0);
	traced_one(0);
	count("a", a.hits, 1);
	count("other", others, HAS_REGS ? 11 : 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&a.ops),
	      0);
}

static void refuse_near(int near_err, const char *reason)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	struct snap before;
	struct probe a;
	unsigned long far_hits = 0;
	unsigned long far = far_make(&far_hits);

	value("far", far != 0, true);
	probe_init(&a, 0);
	probe_on(&a, traced_one);
	snap_take(&before);
	log_clear();
	fault.near_err = near_err;
	refused("register", register_ftrace_function(&a.ops), near_err,
		"register_ftrace_function", reason);
	snap_same("register", &before);
	if (HAS_FAR)
		refused("direct", register_ftrace_direct(ip, far), near_err,
			"register_ftrace_direct", reason);
	snap_same("direct", &before);
	show_nop("traced_one", ip);
	traced_one(0);
	fault.near_err = 0;
	value("register", (unsigned long)register_ftrace_function(&a.ops), 0);
	value("direct", (unsigned long)register_ftrace_direct(ip, far), 0);
	show_thunk("traced_one", ip, 2);
	value("result", (unsigned long)traced_one(0), 1);
	count("a", a.hits, 1);
	count("far", far_hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&a.ops),
	      0);
	value("direct", (unsigned long)unregister_ftrace_direct(ip, far), 0);
	show_nop("traced_one", ip);
}

static void refuse_out_of_reach(void)
{
	refuse_near(-ERANGE, "in reach of the site");
}

static void refuse_no_thunk(void)
{
	refuse_near(-ENOMEM, "no memory");
}

const struct conf_case refuse_cases[] = {
	{ "refuse_wrong_bytes", "-", refuse_wrong_bytes },
	{ "refuse_unmapped", "-", refuse_unmapped },
	{ "refuse_only_there", "-", refuse_only_there },
	{ "refuse_unwritable", "host", refuse_unwritable },
	{ "refuse_no_memory", "host", refuse_no_memory },
	{ "refuse_then_other", "host", refuse_then_other },
	{ "refuse_out_of_reach", "host", refuse_out_of_reach },
	{ "refuse_no_thunk", "host", refuse_no_thunk },
	{ NULL, NULL, NULL },
};
