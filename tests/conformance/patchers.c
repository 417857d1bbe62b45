/* SPDX-License-Identifier: MIT */
/* Area 1: somebody else's bytes at a site, and another copy of the library. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "blob.h"
#include "second.h"

static struct blob blob;
static struct probe p, other;
static unsigned long ip;	/* of a function of the blob, as all below */
static unsigned char mine[MCOUNT_INSN_SIZE], theirs[MCOUNT_INSN_SIZE];

static void must(const char *name, long err)
{
	value(name, (unsigned long)err, 0);
}

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

static void patch(const unsigned char *bytes)
{
	mprotect(blob.page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy((void *)ip, bytes, MCOUNT_INSN_SIZE);
	mprotect(blob.page, 4096, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)ip, (char *)ip + MCOUNT_INSN_SIZE);
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
	patch(theirs);
	value("verify", (unsigned long)ftrace_verify(), 1);
	log_clear();
	is_refused(register_ftrace_function(&p.ops), "register_ftrace_function",
		   "from nop to call");
	is_refused(register_ftrace_direct(ip, CODE(direct_one)),
		   "register_ftrace_direct", "from nop to call");
	value("explain", ftrace_explain(NULL, ip, words, sizeof(words)) > 0,
	      true);
	value("in words", strstr(words, "cannot be changed") != NULL, true);
	patch(mine);
	must("register", register_ftrace_function(&p.ops));
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 1);
	memcpy(mine, (const void *)ip, sizeof(mine));
	patch(theirs);
	value("verify", (unsigned long)ftrace_verify(), 1);
	log_clear();
	is_refused(unregister_ftrace_function(&p.ops),
		   "unregister_ftrace_function", "from call to nop");
	is_refused(ftrace_enable(0), "ftrace_enable", "from call to nop");
	patch(mine);
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

const struct conf_case patchers_cases[] = {
	{ "patchers_trap", "-", patchers_trap },
	{ "patchers_call", "-", patchers_call },
	{ CONF_STATIC ? NULL : "patchers_second", "-", patchers_second },
	{ NULL, NULL, NULL },
};
