/* SPDX-License-Identifier: MIT */
/* powerpc: a module with both kinds of sites, in conservative mode. */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "../../blob.h"
#include "objects.h"

#define PAGE 4096UL
#define NOP 0x60000000
#define MFLR 0x7c0802a6
#define SECOND 16	/* the second function */

/* Two that do what traced_one() does; the bl is not for running. */
static const uint32_t code[] = {
	NOP, NOP, 0x38630001 /* addi r3, r3, 1 */, 0x4e800020 /* blr */,
	MFLR, 0x48000101 /* bl */, 0x38630001, 0x4e800020,
};

static struct ftrace_module mod;
static traced_fn *fn[2];

static void make(unsigned long flags)
{
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	value("page", p != MAP_FAILED, true);
	memcpy(p, code, sizeof(code));
	__builtin___clear_cache((char *)p, (char *)p + PAGE);
	mprotect(p, PAGE, PROT_READ | PROT_EXEC);
	memset(&mod, 0, sizeof(mod));
	mod.name = "mixed";
	mod.text = (unsigned long)p;
	mod.text_end = mod.text + PAGE;
	mod.flags = flags;
	fn[0] = blob_pointer(mod.text);
	fn[1] = blob_pointer(mod.text + SECOND);
}

/* The first instruction of one kind is recorded, the second of the other. */
static void traced_both(void)
{
	unsigned long site[2] = { mod.text, mod.text + SECOND + 4 };
	struct probe p;
	int i;

	mod.sites = site;
	mod.nr_sites = 2;
	value("init", (unsigned long)ftrace_module_init(&mod), 0);
	mod.sites = NULL;
	value("enable", (unsigned long)ftrace_module_enable(&mod), 0);
	probe_init(&p, 0);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	for (i = 0; i < 2; i++) {
		value("result", (unsigned long)fn[i](1), 2);
		count("hits", p.hits, (unsigned long)i + 1);
	}
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	for (i = 0; i < 2; i++)
		value("result", (unsigned long)fn[i](1), 2);
	count("hits", p.hits, 2);
	value("release", (unsigned long)ftrace_release_mod(&mod), 0);
}

static uint32_t word(unsigned long at)
{
	return *(const volatile uint32_t *)(mod.text + at);
}

/* Nobody else runs: r0 is kept everywhere; and the sites are found again. */
void sites_mixed(void)
{
	make(FTRACE_MODULE_FRESH | FTRACE_MODULE_CONSERVATIVE);
	traced_both();
	value("nop", word(0), NOP);
	value("no mflr", word(SECOND) != MFLR, true);
	traced_both();
}

static int stop;

static void *idle(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		sched_yield();
	return unused;
}

/*
 * Somebody may be between two nops, so the module is conservative; and may have
 * r0 from the other's mflr for the call behind it, so that stays.
 */
void sites_running(void)
{
	pthread_t t;

	value("thread", (unsigned long)pthread_create(&t, NULL, idle, NULL), 0);
	make(0);
	traced_both();
	value("conservative", mod.flags & FTRACE_MODULE_CONSERVATIVE,
	      FTRACE_MODULE_CONSERVATIVE);
	value("nop", word(0), NOP);
	value("mflr", word(SECOND), MFLR);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	value("join", (unsigned long)pthread_join(t, NULL), 0);
}
