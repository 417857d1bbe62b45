/* SPDX-License-Identifier: MIT */
/* The Linux host with an account of the memory that it has given out. */
#include <malloc.h>
#include <stdio.h>

#include <ftrace/host.h>

#include "bench.h"

size_t bench_held, bench_held_most;

static void hold(size_t size)
{
	bench_held += size;
	if (bench_held > bench_held_most)
		bench_held_most = bench_held;
}

static void *alloc(size_t size)
{
	void *p = ftrace_linux_host()->alloc(size);

	hold(malloc_usable_size(p));
	return p;
}

static void release(void *p)
{
	bench_held -= malloc_usable_size(p);
	ftrace_linux_host()->free(p);
}

static void *alloc_pages(size_t size)
{
	void *p = ftrace_linux_host()->alloc_pages(size);

	hold(p ? size : 0);
	return p;
}

static void release_pages(void *p, size_t size)
{
	bench_held -= size;
	ftrace_linux_host()->free_pages(p, size);
}

static int alloc_near(unsigned long near, unsigned long lo, unsigned long hi,
		      size_t size, void **p)
{
	int err = ftrace_linux_host()->alloc_near(near, lo, hi, size, p);

	hold(err ? 0 : size);
	return err;
}

void bench_no_log(const char *line)
{
	(void)line;
}

/* As early as ftrace_object.o, and linked before it: the first use is its. */
__attribute__((constructor(101))) static void install(void)
{
	static struct ftrace_host_ops host;

	host = *ftrace_linux_host();
	host.alloc = alloc;
	host.free = release;
	host.alloc_pages = alloc_pages;
	host.free_pages = release_pages;
	host.alloc_near = alloc_near;
	if (ftrace_set_host(&host))
		bench_die("no host of its own");
}
