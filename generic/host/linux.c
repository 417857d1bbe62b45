/* SPDX-License-Identifier: MIT */
/* The default host: Linux, through system calls and the C library. */
#define _FILE_OFFSET_BITS 64	/* for what lies high in /proc/self/mem */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <sys/single_threaded.h>
#endif

#include <ftrace/host.h>

#include "fence.h"
#include "maps.h"

#define KERNEL_SIGSET 8
#define LARGE (4UL << 20)

static unsigned long page_size(void)
{
	static unsigned long size;	/* the same for all who compute it */

	if (!size)
		size = (unsigned long)sysconf(_SC_PAGESIZE);
	return size;
}

/*
 * The kernel copies the set before it looks at the nonsense in "how", so this
 * reads eight bytes and changes nothing: EINVAL if they can be read.
 */
static bool readable(unsigned long addr)
{
	return syscall(SYS_rt_sigprocmask, ~0, addr, NULL, KERNEL_SIGSET) < 0 &&
	       errno == EINVAL;
}

/* 1 if populating tells the truth here; qemu accepts it for any address. */
static int populate_works(void)
{
#ifdef MADV_POPULATE_READ
	static int works;	/* 0 unknown, 1 yes, -1 no */
	size_t page = page_size();
	void *p;

	if (works)
		return works;
	p = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	works = madvise(p, page, MADV_POPULATE_READ) ? 1 : -1;
	munmap(p, page);
	return works;
#else
	return -1;
#endif
}

static bool populate(unsigned long start, size_t size)
{
#ifdef MADV_POPULATE_READ
	return !madvise((void *)start, size, MADV_POPULATE_READ);
#else
	(void)start;
	(void)size;
	return false;
#endif
}

/* Few pages are asked one by one; many with one call where that works. */
static int text_check(unsigned long start, unsigned long end)
{
	unsigned long page = page_size(), at = start & ~(page - 1);
	unsigned long pages = (end - at + page - 1) / page;
	int keep = errno, err = 0;

	/* Counted and not compared: the last page may end at address 0. */
	if (start >= end)
		return start > end ? -EFAULT : 0;
	if (end - at > ~0UL - page)
		return -EFAULT;
	if (pages > 2 && populate_works() == 1 && populate(at, pages * page))
		goto out;
	for (; pages && !err; at += page, pages--)
		if (!readable(at))
			err = -EFAULT;
out:
	errno = keep;
	return err;
}

static int text_protect(const struct ftrace_window *w, int prot)
{
	return mprotect((void *)w->start, w->end - w->start, prot) ? -EPERM : 0;
}

static int text_close(struct ftrace_window *w, unsigned int n)
{
	int err = 0;

	while (n--)
		if (text_protect(&w[n], w[n].prot))
			err = -EPERM;
	return err;
}

static int text_open(struct ftrace_window *w, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		w[i].alias = 0;
		/* It must stay executable: other threads are running it. */
		if (text_protect(&w[i], w[i].prot | PROT_WRITE)) {
			text_close(w, i);
			return -EPERM;
		}
	}
	return 0;
}

/*
 * Is the file our memory? In an emulator it may be the emulator's, where our
 * addresses belong to others, and a store would hit one of them. So a word must
 * be seen there, and seen to change.
 */
static bool is_ours(int fd)
{
	static int ours;	/* 0 not known, 1 yes, -1 no; the same for all */
	volatile unsigned long here = 0x6c696266;
	unsigned long seen;
	int i;

	for (i = 0; !ours && i < 2; i++) {
		here = ~here;
		if (pread64(fd, &seen, sizeof(seen),
			    (off64_t)(unsigned long)&here) != sizeof(seen) ||
		    seen != here)
			ours = -1;
	}
	if (!ours)
		ours = 1;
	return ours > 0;
}

/*
 * The kernel lets a process write to its own read-only pages this way. Opened
 * each time: in a fork's child an old descriptor is still the parent's memory.
 */
static int text_poke(const struct ftrace_poke *p, unsigned int n)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC), keep = errno;
	unsigned int i;

	for (i = 0; fd >= 0 && is_ours(fd) && i < n; i++)
		if (pwrite64(fd, p[i].bytes, p[i].len, (off64_t)p[i].addr) !=
		    (ssize_t)p[i].len)
			break;
	if (fd >= 0)
		close(fd);
	errno = keep;
	return fd >= 0 && i == n ? 0 : -EPERM;
}

static void flush_icache(unsigned long start, unsigned long end)
{
	__builtin___clear_cache((char *)start, (char *)end);
}

static int membarrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

/*
 * Registering is per process, survives fork, and is asked for only once. What a
 * sandbox refuses is asked for no more: visits of all CPUs take its place.
 */
static int expedited(int command, int reg, int *registered)
{
	int keep = errno, err = 0;

	if (!*registered)
		*registered = membarrier(reg) ? -1 : 1;
	if (*registered < 0 || membarrier(command))
		err = -ENOSYS;
	errno = keep;
	return err;
}

static int visit(void)
{
	int keep = errno, err = ftrace_linux_visit_cpus();

	errno = keep;
	return err;
}

/*
 * A thread that is interrupted goes on behind what serialises: a return from
 * an interrupt does on each machine.
 */
static int sync_core(void)
{
	static int registered;

	if (!expedited(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
		       MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
		       &registered))
		return 0;
	return visit();
}

static int barrier(void)
{
	static int registered;

	if (!expedited(MEMBARRIER_CMD_PRIVATE_EXPEDITED,
		       MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, &registered))
		return 0;
	/* Slow, and in every kernel since 4.3. */
	return membarrier(MEMBARRIER_CMD_GLOBAL) ? visit() : 0;
}

struct pinned {
	int (*fn)(void *arg);
	void *arg;
	int ret;
};

static int pinned_run(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct pinned *p = arg;

	(void)info;
	(void)size;
	p->ret = p->fn(p->arg);
	return 1;
}

static int pin_objects(int (*fn)(void *arg), void *arg)
{
	struct pinned p = { fn, arg, -EPERM };

	dl_iterate_phdr(pinned_run, &p);
	return p.ret;
}

static void block_signals(unsigned long save[16])
{
	uint64_t all = ~0ULL;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, save, KERNEL_SIGSET);
}

static void restore_signals(const unsigned long save[16])
{
	int keep = errno;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, save, NULL, KERNEL_SIGSET);
	errno = keep;
}

static void *alloc(size_t size)
{
	return calloc(1, size);
}

static void *alloc_pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
#ifdef MADV_HUGEPAGE
	/* Records of a large module are walked again and again. */
	if (size >= LARGE)
		madvise(p, size, MADV_HUGEPAGE);
#endif
	return p;
}

static void free_pages(void *p, size_t size)
{
	munmap(p, size);
}

/*
 * Where no memory may become executable that was not (PR_SET_MDWE, a filter), it
 * may still be mapped so: what was written, from a file without a name. Private,
 * so that it is not shared with a child.
 */
static int map_written(void *p, size_t size, int prot)
{
	int fd = memfd_create("libftrace", MFD_CLOEXEC);
	bool mapped = fd >= 0 && write(fd, p, size) == (ssize_t)size &&
		      mmap(p, size, prot, MAP_PRIVATE | MAP_FIXED, fd, 0) == p;

	if (fd >= 0)
		close(fd);
	return mapped ? 0 : -EPERM;
}

static int protect(void *p, size_t size, int prot)
{
	int keep = errno, err = 0;

	if (mprotect(p, size, prot))
		err = prot & PROT_EXEC ? map_written(p, size, prot) : -EPERM;
	errno = keep;
	return err;
}

struct listing {
	int (*fn)(const struct ftrace_host_object *obj, void *arg);
	void *arg;
};

/* The executable has no name in the loader's list. */
#define EXE "/proc/self/exe"

static const char *exe_name(char *buf, size_t size)
{
	ssize_t n = readlink(EXE, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? buf : NULL;
}

/* Without /proc what it was started as; its build-id tells if that is it. */
static const char *exe_started(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	return name ? name : EXE;
}

static int list_one(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct listing *l = arg;
	bool exe = !info->dlpi_name || !*info->dlpi_name;
	char buf[512];
	const char *name = exe ? exe_name(buf, sizeof(buf)) : NULL;
	const struct ftrace_host_object obj = {
		.path = !exe ? info->dlpi_name : name ? name : exe_started(),
		.file = !exe ? info->dlpi_name : name ? EXE : exe_started(),
		.base = info->dlpi_addr,
		.phdr = info->dlpi_phdr,
		.nr_phdr = info->dlpi_phnum,
	};

	(void)size;
	return l->fn(&obj, l->arg);
}

static int list_objects(int (*fn)(const struct ftrace_host_object *obj,
				  void *arg),
			void *arg)
{
	struct listing l = { fn, arg };

	return dl_iterate_phdr(list_one, &l);
}

static const void *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *p = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && st.st_size > 0) {
		*size = (size_t)st.st_size;
		p = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void unmap_file(const void *p, size_t size)
{
	munmap((void *)p, size);
}

static int *errno_location(void)
{
	return &errno;
}

/*
 * What the C library takes this thread for, read from the number of its clock,
 * which Linux makes of it. Behind vfork() that is still the thread that called
 * it, whose memory, block included, the child runs in and leaves behind: the
 * number that the system gives the child would soon be a dead thread's.
 */
static unsigned long thread_id(void)
{
	clockid_t clock;

	pthread_getcpuclockid(pthread_self(), &clock);
	return (unsigned long)~(clock >> 3);
}

static int thread_alive(unsigned long id)
{
	int keep = errno, alive;

	/* A child of vfork() cannot tell of its parent's threads. */
	alive = thread_id() != (unsigned long)syscall(SYS_gettid) ||
		!syscall(SYS_tgkill, getpid(), id, 0) || errno != ESRCH;
	errno = keep;
	return alive;
}

static int same_stack(unsigned long a, unsigned long b)
{
	int keep = errno, same = 1;
	unsigned long start;
	stack_t st;

	if (!sigaltstack(NULL, &st) && !(st.ss_flags & SS_DISABLE)) {
		start = (unsigned long)st.ss_sp;
		same = (a - start < st.ss_size) == (b - start < st.ss_size);
	}
	errno = keep;
	return same;
}

#ifdef __GLIBC__
static int alone(void)
{
	return __libc_single_threaded;
}
#else
/* The directory of the process's threads has a link from each of them. */
static int alone(void)
{
	int keep = errno;
	struct stat st;
	bool one = !stat("/proc/self/task", &st) && st.st_nlink == 3;

	errno = keep;
	return one;
}
#endif

static void relax(void)
{
	sched_yield();
}

static unsigned long long clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec;
}

static void log_line(const char *line)
{
	struct iovec part[2] = {
		{ .iov_base = (void *)line, .iov_len = strlen(line) },
		{ .iov_base = (void *)"\n", .iov_len = 1 },
	};
	int keep = errno;

	/* Nobody is left to tell if standard error cannot be written. */
	if (writev(STDERR_FILENO, part, 2) < 0)
		errno = 0;
	errno = keep;
}

/*
 * libgcc's, if the program has an unwinder at all: one that has none needs
 * no frames, and must not be made to link one.
 */
#pragma weak __register_frame
#pragma weak __deregister_frame
void __register_frame(void *eh_frame);
void __deregister_frame(void *eh_frame);

static void register_frames(void *eh_frame)
{
	if (__register_frame)
		__register_frame(eh_frame);
}

static void deregister_frames(void *eh_frame)
{
	if (__deregister_frame)
		__deregister_frame(eh_frame);
}

static const struct ftrace_host_ops linux_host = {
	.size = sizeof(linux_host),
	.page_size = page_size,
	.text_check = text_check,
	.text_prot = ftrace_linux_prot,
	.text_open = text_open,
	.text_close = text_close,
	.flush_icache = flush_icache,
	.sync_core = sync_core,
	.barrier = barrier,
	.pin_objects = pin_objects,
	.block_signals = block_signals,
	.restore_signals = restore_signals,
	.alloc = alloc,
	.free = free,
	.alloc_pages = alloc_pages,
	.free_pages = free_pages,
	.alloc_near = ftrace_linux_alloc_near,
	.protect = protect,
	.list_objects = list_objects,
	.map_file = map_file,
	.unmap_file = unmap_file,
	.errno_location = errno_location,
	.thread_id = thread_id,
	.thread_alive = thread_alive,
	.same_stack = same_stack,
	.alone = alone,
	.relax = relax,
	.clock = clock_ns,
	.log = log_line,
	.text_poke = text_poke,
	.register_frames = register_frames,
	.deregister_frames = deregister_frames,
	.own_stack = ftrace_linux_own_stack,
};

__attribute__((visibility("default"))) const struct ftrace_host_ops *
ftrace_linux_host(void)
{
	return &linux_host;
}
