/* SPDX-License-Identifier: MIT */
/* The floor of changing text: the same sites written with no thought at all. */
#include <linux/membarrier.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

/* The nop that stands there while nobody is attached: nothing changes. */
static const unsigned char nop[5] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };

static void open_text(const char *start, const char *end, int prot)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)start & ~(page - 1);
	uintptr_t to = ((uintptr_t)end + page - 1) & ~(page - 1);

	if (mprotect((void *)from, to - from, prot))
		bench_die("no window");
}

static void sync_core(void)
{
	if (syscall(SYS_membarrier,
		    MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0))
		bench_die("no barrier");
}

/* One window, a memcpy for each site, and so many barriers; nanoseconds. */
double bench_floor(int barriers)
{
	char *end = bench_many_text + bench_many_nr * BENCH_STRIDE;
	double start;
	char *site;

	if (memcmp(bench_many_text, nop, sizeof(nop)))
		bench_die("somebody is attached");
	if (barriers)
		syscall(SYS_membarrier,
			MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0,
			0);
	start = bench_now();
	open_text(bench_many_text, end, PROT_READ | PROT_WRITE | PROT_EXEC);
	for (site = bench_many_text; site < end; site += BENCH_STRIDE)
		memcpy(site, nop, sizeof(nop));
	while (barriers--)
		sync_core();
	open_text(bench_many_text, end, PROT_READ | PROT_EXEC);
	return bench_now() - start;
}

/* Put a byte where it must not be, and back: does the library look? */
void bench_foreign(unsigned long i, bool on)
{
	static char kept;
	char *site = bench_many_text + i * BENCH_STRIDE;

	open_text(site, site + 1, PROT_READ | PROT_WRITE | PROT_EXEC);
	if (on)
		kept = *site;
	*site = on ? (char)0xcc : kept;
	open_text(site, site + 1, PROT_READ | PROT_EXEC);
}
