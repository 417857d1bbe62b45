/* SPDX-License-Identifier: MIT */
/* Area 1: somebody else's bytes at a site, and another copy of the library. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blob.h"
#include "second.h"

static struct blob blob;
static struct probe p, other;
static unsigned long ip;	/* of a function of the blob, as all below */
static unsigned char mine[MCOUNT_INSN_SIZE], theirs[MCOUNT_INSN_SIZE];

static void start(void)
{
	value("made", blob_make(&blob, 3), true);
	must("module", blob_add(&blob));
	ip = ftrace_location(CODE(blob.fn[1]));
	probe_init(&p, 0);
	must("filter", ftrace_set_filter_ip(&p.ops, ip, 0, 0));
}

static void end(void)
{
	must("verify", ftrace_verify());
	must("release", ftrace_release_mod(&blob.mod));
	ftrace_free_filter(&p.ops);
}

static void hex(char *to, const unsigned char *bytes)
{
	unsigned int i;

	for (i = 0; i < MCOUNT_INSN_SIZE; i++)
		to += sprintf(to, "%s%02x", i ? " " : "", bytes[i]);
}

/* @got is a refusal that shows both, and leaves theirs alone. */
static void is_refused(int got, const char *call, const char *doing)
{
	char actual[3 * MCOUNT_INSN_SIZE], expected[3 * MCOUNT_INSN_SIZE];

	hex(actual, theirs);
	hex(expected, mine);
	value("bug", log_has("ftrace bug", doing), true);
	value("bytes", log_has(actual, expected), true);
	refused(call, got, -EINVAL, call, "does not hold what it must");
	value("theirs", !memcmp((const void *)ip, theirs, sizeof(theirs)), true);
}

/* They come while it is a nop, and while it is a call. */
static void patched(void)
{
	char words[512];

	log_clear();
	memcpy(mine, (const void *)ip, sizeof(mine));
	blob_write(&blob, ip, theirs);
	value("verify", (unsigned long)ftrace_verify(), 1);
	log_clear();
	is_refused(register_ftrace_function(&p.ops), "register_ftrace_function",
		   "from nop to call");
	is_refused(register_ftrace_direct(ip, CODE(direct_one)),
		   "register_ftrace_direct", "from nop to call");
	value("explain", ftrace_explain(NULL, ip, words, sizeof(words)) > 0,
	      true);
	value("in words", strstr(words, "cannot be changed") != NULL, true);
	blob_write(&blob, ip, mine);
	must("register", register_ftrace_function(&p.ops));
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 1);
	memcpy(mine, (const void *)ip, sizeof(mine));
	blob_write(&blob, ip, theirs);
	value("verify", (unsigned long)ftrace_verify(), 1);
	log_clear();
	is_refused(unregister_ftrace_function(&p.ops),
		   "unregister_ftrace_function", "from call to nop");
	is_refused(ftrace_enable(0), "ftrace_enable", "from call to nop");
	blob_write(&blob, ip, mine);
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 2);
	must("unregister", unregister_ftrace_function(&p.ops));
}

/* A debugger's breakpoint. */
static void patchers_trap(void)
{
	const TRAP_TYPE trap = (TRAP_TYPE)TRAP_INSN;

	start();
	memcpy(theirs, (const void *)ip, sizeof(theirs));
	memcpy(theirs, &trap, sizeof(trap));
	patched();
	end();
}

/* A call of somebody's own, as a uprobe makes of a nop. */
static void patchers_call(void)
{
	start();
	must("direct", register_ftrace_direct(ip, CODE(direct_two)));
	memcpy(theirs, (const void *)ip, sizeof(theirs));
	must("direct", unregister_ftrace_direct(ip, CODE(direct_two)));
	patched();
	end();
}

static const struct second *second_load(void)
{
	char path[4096] = "";
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	const struct second *s;
	void *dl;

	while (n > 0 && path[n - 1] != '/')
		n--;
	strcpy(path + (n > 0 ? n : 0), "second.so");
	dl = dlopen(path, RTLD_NOW);
	if (!dl)
		note("%s", dlerror());
	s = dl ? dlsym(dl, "second") : NULL;
	value("second", s && s->verify != ftrace_verify, true);
	return s;
}

static struct ftrace_module again;

static void second_init(const struct second *s)
{
	static unsigned long sites[2];

	sites[0] = ip;
	sites[1] = ip - SITE_LEAD;
	memset(&again, 0, sizeof(again));
	again.name = "again";
	again.text = blob.mod.text;
	again.text_end = blob.mod.text_end;
	again.sites = sites;
	again.nr_sites = 2;
	must("second init", s->module_init(&again));
	must("second enable", s->module_enable(&again));
}

static bool says(int (*explain)(const char *, unsigned long, char *, size_t),
		 const char *what)
{
	char words[512] = "";

	value("explain", explain(NULL, ip, words, sizeof(words)) > 0, true);
	note("%s", words);
	return strstr(words, what) != NULL;
}

/* A site that calls for one copy is none for the other. */
static void patchers_second(void)
{
	const struct second *s = second_load();
	unsigned char call[MCOUNT_INSN_SIZE];

	start();
	must("register", register_ftrace_function(&p.ops));
	memcpy(call, (const void *)ip, sizeof(call));
	second_init(s);
	probe_init(&other, 0);
	must("second registers", s->register_function(&other.ops));
	value("left alone", !memcmp((const void *)ip, call, sizeof(call)), true);
	value("by name", says(s->explain, "another tracer's call"), true);
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 1);
	count("second", other.hits, 0);
	must("second verifies", s->verify());
	must("unregister", unregister_ftrace_function(&p.ops));
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("second", other.hits, 0);
	must("second unregisters", s->unregister_function(&other.ops));
	must("second releases", s->release_mod(&again));
	end();
}

/* One that is a nop is anybody's: who comes first has it. */
static void patchers_first(void)
{
	const struct second *s = second_load();

	start();
	memcpy(mine, (const void *)ip, sizeof(mine));
	second_init(s);
	probe_init(&other, 0);
	must("second registers", s->register_function(&other.ops));
	memcpy(theirs, (const void *)ip, sizeof(theirs));
	value("differ", (unsigned long)ftrace_verify(), 1);
	log_clear();
	is_refused(register_ftrace_function(&p.ops), "register_ftrace_function",
		   "from nop to call");
	value("in words", says(ftrace_explain, "cannot be changed"), true);
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 0);
	count("second", other.hits, 1);
	must("second verifies", s->verify());
	must("second unregisters", s->unregister_function(&other.ops));
	must("register", register_ftrace_function(&p.ops));
	value("second differs", (unsigned long)s->verify(), 1);
	value("second is refused", (unsigned long)s->register_function(
					   &other.ops), (unsigned long)-EINVAL);
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 1);
	count("second", other.hits, 1);
	must("unregister", unregister_ftrace_function(&p.ops));
	must("second releases", s->release_mod(&again));
	end();
}

static bool said;

/* One byte of the call is another: what is said of who is there? */
static void spoilt(int (*leave)(void), const char *call, const char *record,
		   const char *who)
{
	int err;

	memcpy(mine, (const void *)ip, sizeof(mine));
	memcpy(theirs, mine, sizeof(theirs));
	theirs[MCOUNT_INSN_SIZE - 1] ^= 1;
	blob_write(&blob, ip, theirs);
	log_clear();
	err = leave();
	value(record, log_has(record, who), true);
	said = log_has("enabled R", record);
	is_refused(err, call, "from call to nop");
	blob_write(&blob, ip, mine);
	must(call, leave());
}

static int leave_ops(void)
{
	return unregister_ftrace_function(&p.ops);
}

static int leave_direct(void)
{
	return unregister_ftrace_direct(ip, CODE(direct_one));
}

static void patchers_flags(void)
{
	start();
	p.ops.flags |= FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_IPMODIFY |
		       FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED;
	must("register", register_ftrace_function(&p.ops));
	spoilt(leave_ops, "unregister_ftrace_function", " I P (1) ops ",
	       "tramp: ");
	value("R", said, (ftrace_arch_features() & FTRACE_FEATURE_REGS) != 0);
	must("direct", register_ftrace_direct(ip, CODE(direct_one)));
	spoilt(leave_direct, "unregister_ftrace_direct", " D (1)",
	       "direct-->");
	end();
}

const struct conf_case patchers_cases[] = {
	{ "patchers_trap", "-", patchers_trap },
	{ "patchers_call", "-", patchers_call },
	{ "patchers_flags", "-", patchers_flags },
	{ CONF_STATIC ? NULL : "patchers_second", "-", patchers_second },
	{ "patchers_first", "-", patchers_first },
	{ NULL, NULL, NULL },
};
