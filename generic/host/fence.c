/* SPDX-License-Identifier: MIT */
/* A barrier on every thread without the system call that is made for it. */
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fence.h"

#define BITS (8 * sizeof(unsigned long))
#define WORDS (8192 / BITS)	/* of a set of CPUs: as many as a kernel can have */

/* Bytes of the kernel's set; 0 if it does not say. */
static size_t get_cpus(unsigned long *set)
{
	long n = syscall(SYS_sched_getaffinity, 0, WORDS * sizeof(*set), set);

	return n > 0 ? (size_t)n : 0;
}

static int go_to(const unsigned long *set, size_t size)
{
	return syscall(SYS_sched_setaffinity, 0, size, set) ? -errno : 0;
}

/*
 * This thread visits each CPU that there is. One that ran there was interrupted
 * for that, and both the interrupt and the switch are full barriers; one that
 * did not run passes the same before it does. What the kernel calls one CPU
 * that this process may not use is left out: no thread of it is there.
 */
int ftrace_linux_visit_cpus(void)
{
	unsigned long mine[WORDS], one[WORDS] = { 0 }, cpu;
	size_t size = get_cpus(mine);
	int visited = 0, err = size ? 0 : -ENOSYS;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (cpu = 0; !err && cpu < size * 8; cpu++) {
		one[cpu / BITS] = 1UL << cpu % BITS;
		err = go_to(one, size);
		one[cpu / BITS] = 0;
		visited += !err;
		/* No such CPU, or not for us. */
		if (err == -EINVAL)
			err = 0;
	}
	if (visited && go_to(mine, size) && !err)
		err = -ENOSYS;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return visited && !err ? 0 : -ENOSYS;
}
