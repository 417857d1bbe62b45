/* SPDX-License-Identifier: MIT */
/* Does a store through the system reach what is being executed? */
#include "internal.h"

#include <sys/mman.h>

/*
 * An emulator or an instrumenting debugger may go on with its own translation
 * of the old text, and a sandbox may refuse. So the way is tried once, on a
 * function of the library's own that is changed between two calls.
 */
static bool try_it(void *page, size_t size)
{
	struct ftrace_poke p = { (unsigned long)page, FTRACE_TRIAL_SIZE, "" };

	arch_ftrace_write_trial(page, 1);
	if (ftrace_host->protect(page, size, PROT_READ | PROT_EXEC))
		return false;
	ftrace_host->flush_icache(p.addr, p.addr + p.len);
	if (arch_ftrace_run_trial(p.addr) != 1)
		return false;
	arch_ftrace_write_trial(p.bytes, 2);
	if (ftrace_host->text_poke(&p, 1))
		return false;
	ftrace_host->flush_icache(p.addr, p.addr + p.len);
	return !ftrace_host->sync_core() && arch_ftrace_run_trial(p.addr) == 2;
}

/* Registration lock. Tried on first need; the answer holds for good. */
bool ftrace_poke_works(void)
{
	static int works;	/* 0 not known, 1 yes, -1 no */
	size_t size;
	void *page;

	if (works || !ftrace_host->text_poke)
		return works > 0;
	size = ftrace_host->page_size();
	page = ftrace_host->alloc_pages(size);
	/* Without memory it is not known; the next time may tell. */
	if (!page)
		return false;
	works = try_it(page, size) ? 1 : -1;
	ftrace_host->free_pages(page, size);
	return works > 0;
}
