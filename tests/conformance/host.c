/* SPDX-License-Identifier: MIT */
/* The default host, but for what a case tells it to refuse. */
#include <string.h>

#include "conformance.h"

struct fault fault;

static const struct ftrace_host_ops *below;

static bool refuse_alloc(void)
{
	void (*during)(void) = fault.during;

	fault.during = NULL;
	if (during)
		during();
	fault.allocs++;
	if (!fault.alloc && fault.allocs != fault.alloc_at &&
	    !(fault.alloc_from && fault.allocs >= fault.alloc_from))
		return false;
	fault.hits++;
	errno = ENOMEM;	/* as the system leaves it */
	return true;
}

static bool refuse(enum host_call call)
{
	struct fault_at *f = &fault.host[call];

	f->calls++;
	if (f->calls != f->at && !(f->from && f->calls >= f->from))
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

static int protect(void *p, size_t size, int prot)
{
	if (refuse(HOST_PROTECT))
		return -EPERM;
	return below->protect(p, size, prot);
}

static int text_check(unsigned long start, unsigned long end)
{
	if (refuse(HOST_TEXT_CHECK))
		return -EFAULT;
	return below->text_check(start, end);
}

static int text_prot(unsigned long addr)
{
	if (refuse(HOST_TEXT_PROT))
		return -EFAULT;
	return below->text_prot(addr);
}

static int text_open(struct ftrace_window *w, unsigned int n)
{
	if (fault.text_open || fault.window) {
		fault.hits++;
		return -EPERM;
	}
	if (refuse(HOST_TEXT_OPEN))
		return -EPERM;
	return below->text_open(w, n);
}

static int text_poke(const struct ftrace_poke *p, unsigned int n)
{
	if (fault.text_open) {
		fault.hits++;
		return -EPERM;
	}
	if (refuse(HOST_TEXT_POKE))
		return -EPERM;
	return below->text_poke(p, n);
}

/* As it is when it fails: the window stays open. */
static int text_close(struct ftrace_window *w, unsigned int n)
{
	if (refuse(HOST_TEXT_CLOSE))
		return -EPERM;
	return below->text_close(w, n);
}

static int sync_core(void)
{
	void (*syncing)(void) = fault.syncing;

	fault.syncing = NULL;
	if (syncing)
		syncing();
	return refuse(HOST_SYNC_CORE) ? -ENOSYS : below->sync_core();
}

static int pin_objects(int (*fn)(void *arg), void *arg)
{
	return refuse(HOST_PIN_OBJECTS) ? -EPERM : below->pin_objects(fn, arg);
}

/* Nothing is found. */
static int list_objects(int (*fn)(const struct ftrace_host_object *obj,
				  void *arg),
			void *arg)
{
	return refuse(HOST_LIST_OBJECTS) ? 0 : below->list_objects(fn, arg);
}

static const void *map_file(const char *path, size_t *size)
{
	return refuse(HOST_MAP_FILE) ? NULL : below->map_file(path, size);
}

/*
 * The linker has all that call this come here first (--wrap): behind it registers
 * hold what the hook leaves, not what a compiler did.
 */
struct ftrace_thread *__wrap_ftrace_thread_attach(void);

struct ftrace_thread *__wrap_ftrace_thread_attach(void)
{
	struct ftrace_thread *t = __real_ftrace_thread_attach();
	void (*attaching)(void) = fault.attaching;

	fault.attaching = NULL;
	if (attaching)
		attaching();
	return t;
}

void fault_at(enum host_call call, unsigned long k)
{
	memset(fault.host, 0, sizeof(fault.host));
	fault.hits = 0;
	fault.host[call].at = k;
	/* Without windows text could still be poked. */
	if (call == HOST_TEXT_OPEN && k)
		fault.host[HOST_TEXT_POKE].from = 1;
}

void fault_install(void)
{
	static struct ftrace_host_ops host;

	below = ftrace_linux_host();
	host = *below;
	host.alloc = alloc;
	host.alloc_pages = alloc_pages;
	host.alloc_near = alloc_near;
	host.protect = protect;
	host.text_check = text_check;
	host.text_prot = text_prot;
	host.text_open = text_open;
	host.text_poke = text_poke;
	host.text_close = text_close;
	host.sync_core = sync_core;
	host.pin_objects = pin_objects;
	host.list_objects = list_objects;
	host.map_file = map_file;
	if (!strncmp(case_name(), "late_parked", 11)) {
		value("signal", (unsigned long)ftrace_linux_park_signal(
					SIGUSR1, parked_threads), 0);
		host.park = ftrace_linux_park;
	}
	value("ftrace_set_host", (unsigned long)ftrace_set_host(&host), 0);
}
