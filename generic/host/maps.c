/* SPDX-License-Identifier: MIT */
/* Memory near an address: walk the gaps of /proc/self/maps. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "maps.h"

/* Below this no process may map; the kernel's default is 64 KiB. */
#define LOWEST 0x10000UL

struct reader {
	int fd;
	size_t at, len;
	char buf[4096];
};

static int next_char(struct reader *r)
{
	if (r->at == r->len) {
		ssize_t n = read(r->fd, r->buf, sizeof(r->buf));

		if (n <= 0)
			return -1;
		r->at = 0;
		r->len = (size_t)n;
	}
	return (unsigned char)r->buf[r->at++];
}

/* Reads a hexadecimal number and the character behind it. */
static bool next_hex(struct reader *r, unsigned long *v, int behind)
{
	int c;

	*v = 0;
	for (c = next_char(r); c != behind; c = next_char(r)) {
		int digit = c >= 'a' ? c - 'a' + 10 : c - '0';

		if (c < 0 || digit < 0 || digit > 15)
			return false;
		*v = *v << 4 | (unsigned long)digit;
	}
	return true;
}

/* One line: "start-end rwxp ..." */
static bool next_mapping(struct reader *r, unsigned long *start,
			 unsigned long *end, int *prot)
{
	int c;

	if (!next_hex(r, start, '-') || !next_hex(r, end, ' '))
		return false;
	*prot = next_char(r) == 'r' ? PROT_READ : 0;
	*prot |= next_char(r) == 'w' ? PROT_WRITE : 0;
	*prot |= next_char(r) == 'x' ? PROT_EXEC : 0;
	do {
		c = next_char(r);
	} while (c >= 0 && c != '\n');
	return true;
}

int ftrace_linux_prot(unsigned long addr)
{
	struct reader r = { .fd = open("/proc/self/maps",
				       O_RDONLY | O_CLOEXEC) };
	unsigned long start, end;
	int prot, found = -EFAULT;

	if (r.fd < 0)
		return -EFAULT;
	while (found < 0 && next_mapping(&r, &start, &end, &prot))
		if (addr >= start && addr < end)
			found = prot;
	close(r.fd);
	return found;
}

/* The end of the mapping that an address can be read in; 0 if there is none. */
unsigned long ftrace_linux_mapping_end(unsigned long addr)
{
	struct reader r = { .fd = open("/proc/self/maps",
				       O_RDONLY | O_CLOEXEC) };
	unsigned long start, end, found = 0;
	int prot;

	if (r.fd < 0)
		return 0;
	while (!found && next_mapping(&r, &start, &end, &prot))
		if (addr >= start && addr < end && (prot & PROT_READ))
			found = end;
	close(r.fd);
	return found;
}

/*
 * What the calling thread was started on, but for what lies above the place that
 * is looked for: the first thread's has the system's random bytes at its upper
 * end, others' their control block. Their lower end is known by the guard there;
 * without one the mapping may hold other stacks.
 */
int ftrace_linux_own_stack(unsigned long *low, unsigned long *high)
{
	bool first = syscall(SYS_gettid) == getpid();
	unsigned long in = first ? getauxval(AT_RANDOM) :
				   (unsigned long)pthread_self();
	unsigned long start, end, guard = 0;
	int keep = errno, prot, err = -ENOENT;
	struct reader r = { .fd = open("/proc/self/maps",
				       O_RDONLY | O_CLOEXEC) };

	while (r.fd >= 0 && err && next_mapping(&r, &start, &end, &prot)) {
		if (in >= start && in < end && (first || guard == start)) {
			*low = start;
			*high = in;
			err = 0;
		}
		guard = prot ? 0 : end;
	}
	if (r.fd >= 0)
		close(r.fd);
	errno = keep;
	return err;
}

struct wish {
	unsigned long near, lo, hi;
	size_t size, page;
	unsigned long not_below, not_above;	/* tried in vain between these */
	unsigned long best;
	bool found;
};

static unsigned long distance(unsigned long a, unsigned long b)
{
	return a > b ? a - b : b - a;
}

static void offer(struct wish *w, unsigned long addr)
{
	if (addr >= w->not_below && addr <= w->not_above)
		return;
	if (w->found &&
	    distance(addr, w->near) >= distance(w->best, w->near))
		return;
	w->best = addr;
	w->found = true;
}

/* The ends of the gap [from, to) that lie in [lo, hi]. */
static void consider(struct wish *w, unsigned long from, unsigned long to)
{
	if (from < w->lo)
		from = w->lo;
	if (to > w->hi)
		to = w->hi;
	from = (from + w->page - 1) & ~(w->page - 1);
	to &= ~(w->page - 1);
	if (from >= to || to - from < w->size)
		return;
	/*
	 * Below first: the heap and the stack grow into gaps from their other
	 * end, and above an executable lies brk.
	 */
	if (to <= w->near)
		offer(w, to - w->size);
	else if (from < w->near && w->near - from >= w->size)
		offer(w, (w->near & ~(w->page - 1)) - w->size);
	else
		offer(w, to - w->size);
}

static int look(struct wish *w)
{
	unsigned long start, end, last = LOWEST;
	int prot;
	struct reader r = { .fd = open("/proc/self/maps",
				       O_RDONLY | O_CLOEXEC) };

	if (r.fd < 0)
		return -ENOENT;
	w->found = false;
	while (next_mapping(&r, &start, &end, &prot)) {
		if (start > last)
			consider(w, last, start);
		if (end > last)
			last = end;
	}
	/* No user address space ends beyond the top bit. */
	if (last < ~0UL / 2)
		consider(w, last, ~0UL / 2);
	close(r.fd);
	return w->found ? 0 : -ERANGE;
}

/*
 * There is no list of what is mapped. Whoever asks for a place that is taken is
 * told: below first, as above.
 */
static int ask_around(const struct wish *w, void **p)
{
	size_t step = w->size > 65536 ? w->size : 65536;
	unsigned long i;

	for (i = 2; i < 8192; i++) {
		unsigned long far = i / 2 * step;
		unsigned long at = i % 2 ? w->near + far : w->near - far;
		void *got;

		at &= ~(w->page - 1);
		if (at < w->lo || at > w->hi || w->hi - at < w->size ||
		    (i % 2 ? at < w->near : at > w->near))
			continue;
		got = mmap((void *)at, w->size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			   -1, 0);
		if (got == (void *)at) {
			*p = got;
			return 0;
		}
		if (got != MAP_FAILED)
			munmap(got, w->size);
		else if (errno != EEXIST)
			return errno == EPERM ? -ERANGE : -ENOMEM;
	}
	return -ERANGE;
}

/*
 * A gap may be taken between the look and the mmap, or be one that only looks
 * like it (an emulator's own memory): try another, a bounded number of times.
 */
int ftrace_linux_alloc_near(unsigned long near, unsigned long lo,
			    unsigned long hi, size_t size, void **p)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct wish w = { .near = near, .lo = lo, .hi = hi, .size = size,
			  .page = page, .not_below = ~0UL };
	int tries, keep = errno, err = -ENOMEM;

	*p = NULL;
	for (tries = 0; tries < 64; tries++) {
		void *got;

		err = look(&w);
		if (err == -ENOENT)
			err = ask_around(&w, p);
		if (err || *p)
			break;
		got = mmap((void *)w.best, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			   -1, 0);
		if (got == (void *)w.best) {
			*p = got;
			break;
		}
		if (got != MAP_FAILED)
			munmap(got, size);
		else if (errno == ENOMEM)
			return errno = keep, -ENOMEM;
		err = -ENOMEM;
		/* Widen the hole of vain tries by this address. */
		if (w.best < w.not_below)
			w.not_below = w.best;
		if (w.best > w.not_above)
			w.not_above = w.best;
	}
	errno = keep;
	return err;
}
