/* SPDX-License-Identifier: MIT */
/* The default host, but for what a case tells it to refuse. */
#include "conformance.h"

struct fault fault;

static const struct ftrace_host_ops *below;

static bool refuse_alloc(void)
{
	fault.allocs++;
	if (!fault.alloc && fault.allocs != fault.alloc_at &&
	    !(fault.alloc_from && fault.allocs >= fault.alloc_from))
		return false;
	fault.hits++;
	return true;
}

static void *alloc(size_t size)
{
	return refuse_alloc() ? NULL : below->alloc(size);
}

static void *alloc_pages(size_t size)
{
	return refuse_alloc() ? NULL : below->alloc_pages(size);
}

static int alloc_near(unsigned long near, unsigned long lo, unsigned long hi,
		      size_t size, void **p)
{
	if (fault.near_err) {
		fault.hits++;
		return fault.near_err;
	}
	if (refuse_alloc())
		return -ENOMEM;
	return below->alloc_near(near, lo, hi, size, p);
}

static int text_open(struct ftrace_window *w, unsigned int n)
{
	if (fault.text_open || fault.window) {
		fault.hits++;
		return -EPERM;
	}
	return below->text_open(w, n);
}

static int text_poke(const struct ftrace_poke *p, unsigned int n)
{
	if (fault.text_open) {
		fault.hits++;
		return -EPERM;
	}
	return below->text_poke(p, n);
}

void fault_install(void)
{
	static struct ftrace_host_ops host;

	below = ftrace_linux_host();
	host = *below;
	host.alloc = alloc;
	host.alloc_pages = alloc_pages;
	host.alloc_near = alloc_near;
	host.text_open = text_open;
	host.text_poke = text_poke;
	value("ftrace_set_host", (unsigned long)ftrace_set_host(&host), 0);
}
