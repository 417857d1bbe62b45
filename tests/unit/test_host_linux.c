/* SPDX-License-Identifier: MIT */
/* generic/host/linux.c: each service, against the kernel's own behaviour. */
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../generic/host/fence.h"
#include "suites.h"

static const struct ftrace_host_ops *host;
static size_t page;

static void start(void)
{
	host = ftrace_linux_host();
	page = host->page_size();
}

static char *pages(size_t n, int prot)
{
	void *p = mmap(NULL, n * page, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

static int check(const char *from, size_t first, size_t bytes)
{
	unsigned long at = (unsigned long)from + first;
	int err;

	errno = 55;
	err = host->text_check(at, at + bytes);
	ck_assert_int_eq(errno, 55);
	return err;
}

START_TEST(complete)
{
	ck_assert_uint_eq(host->size, sizeof(*host));
	ck_assert_uint_eq(page, (size_t)getpagesize());
	ck_assert_ptr_nonnull(host->register_frames);
	ck_assert_ptr_nonnull(host->deregister_frames);
	/* No signal is taken without leave. */
	ck_assert(!host->try_code);
}
END_TEST

/* Each CPU is visited, and the thread may go where it could before. */
START_TEST(visits_cpus)
{
	cpu_set_t before, one, after;
	int cpu = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	ck_assert_int_eq(ftrace_linux_visit_cpus(), 0);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	ck_assert(CPU_EQUAL(&before, &after));
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	ck_assert_int_eq(ftrace_linux_visit_cpus(), 0);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	ck_assert(CPU_EQUAL(&one, &after));
}
END_TEST

static int ill;

static void count_ill(int sig)
{
	ill += sig == SIGILL;
}

static void raises(void)
{
	raise(SIGILL);
	ck_assert_int_eq(ftrace_linux_try_code(raises), -EBUSY);
}

/* What is no fault of the tried code goes where it went; faults: see i386. */
START_TEST(try_code)
{
	struct sigaction sa = { .sa_handler = count_ill }, was;

	sigaction(SIGILL, &sa, NULL);
	ck_assert_int_eq(ftrace_linux_try_code(raises), 0);
	ck_assert_int_eq(ill, 1);
	sigaction(SIGILL, NULL, &was);
	ck_assert(was.sa_handler == count_ill);
	ck_assert_int_eq(ftrace_linux_try_code(raises), 0);
	ck_assert_int_eq(ill, 2);
}
END_TEST

START_TEST(text_check_readable)
{
	char *p = pages(8, PROT_READ);

	ck_assert_int_eq(check(p, 0, 8 * page), 0);
	ck_assert_int_eq(check(p, 0, 1), 0);
	ck_assert_int_eq(check(p, page - 1, 2), 0);
	ck_assert_int_eq(check(p, 8 * page - 1, 1), 0);
	ck_assert_int_eq(check(p, 1, 8 * page - 2), 0);
}
END_TEST

/* A hole in the middle, of either kind, however many pages are asked for. */
START_TEST(text_check_hole)
{
	size_t from, n, hole = 5;
	char *p = pages(10, PROT_READ);

	if (_i)
		munmap(p + hole * page, page);
	else
		mprotect(p + hole * page, page, PROT_NONE);
	for (from = 0; from < 10; from++)
		for (n = 1; from + n <= 10; n++)
			ck_assert_int_eq(check(p, from * page, n * page),
					 from <= hole && from + n > hole ?
						 -EFAULT : 0);
	ck_assert_int_eq(check(p, hole * page - 1, 1), 0);
	ck_assert_int_eq(check(p, hole * page - 1, 2), -EFAULT);
	ck_assert_int_eq(check(p, (hole + 1) * page - 1, 1), -EFAULT);
	ck_assert_int_eq(check(p, (hole + 1) * page - 1, 2), -EFAULT);
	ck_assert_int_eq(check(p, (hole + 1) * page, 1), 0);
}
END_TEST

/* Mapped beyond the end of its file: SIGBUS waits there. */
START_TEST(text_check_beyond_the_file)
{
	int fd = memfd_create("short", 0);
	char *p;

	ck_assert_int_eq(ftruncate(fd, (off_t)page), 0);
	p = mmap(NULL, 4 * page, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_int_eq(check(p, 0, page), 0);
	ck_assert_int_eq(check(p, 0, 2 * page), -EFAULT);
	ck_assert_int_eq(check(p, 0, 4 * page), -EFAULT);
	ck_assert_int_eq(check(p, page, 1), -EFAULT);
}
END_TEST

START_TEST(text_check_ends_of_the_world)
{
	ck_assert_int_eq(check(NULL, 0, 1), -EFAULT);
	ck_assert_int_eq(check(NULL, ~0UL - 8, 8), -EFAULT);
	ck_assert_int_eq(check(NULL, ~0UL - 3 * page, 3 * page), -EFAULT);
	ck_assert_int_eq(check(NULL, ~0UL - page, page / 2), -EFAULT);
}
END_TEST

static int prot_of(const char *p)
{
	unsigned long lo, hi;
	char line[512], f[8];
	FILE *maps = fopen("/proc/self/maps", "r");
	int prot = -1;

	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &lo, &hi, f) == 3 &&
		    (unsigned long)p >= lo && (unsigned long)p < hi)
			prot = (f[0] == 'r' ? PROT_READ : 0) |
			       (f[1] == 'w' ? PROT_WRITE : 0) |
			       (f[2] == 'x' ? PROT_EXEC : 0);
	fclose(maps);
	return prot;
}

#define RX (PROT_READ | PROT_EXEC)

START_TEST(windows)
{
	char *p = pages(4, RX);
	struct ftrace_window w[2] = {
		{ .start = (unsigned long)p, .end = (unsigned long)p + page,
		  .prot = RX, .alias = 5 },
		{ .start = (unsigned long)p + 2 * page,
		  .end = (unsigned long)p + 4 * page, .prot = PROT_READ },
	};

	ck_assert_int_eq(host->text_open(w, 2), 0);
	ck_assert_int_eq(w[0].alias, 0);
	ck_assert_int_eq(prot_of(p), RX | PROT_WRITE);
	ck_assert_int_eq(prot_of(p + page), RX);
	ck_assert_int_eq(prot_of(p + 3 * page), PROT_READ | PROT_WRITE);
	p[0] = p[3 * page] = 1;
	ck_assert_int_eq(host->text_close(w, 2), 0);
	ck_assert_int_eq(prot_of(p), RX);
	ck_assert_int_eq(prot_of(p + 3 * page), PROT_READ);
}
END_TEST

/* All or none. */
START_TEST(windows_fail)
{
	char *p = pages(4, RX);
	struct ftrace_window w[3] = {
		{ .start = (unsigned long)p, .end = (unsigned long)p + page,
		  .prot = RX },
		{ .start = (unsigned long)p + page,
		  .end = (unsigned long)p + 2 * page, .prot = RX },
		{ .start = (unsigned long)p + 3 * page,
		  .end = (unsigned long)p + 4 * page, .prot = RX },
	};

	munmap(p + page, page);
	ck_assert_int_eq(host->text_open(w, 3), -EPERM);
	ck_assert_int_eq(prot_of(p), RX);
	ck_assert_int_eq(prot_of(p + 3 * page), RX);
	/* Closing goes on behind one that cannot be closed. */
	mprotect(p, page, PROT_READ | PROT_WRITE);
	ck_assert_int_eq(host->text_close(w, 3), -EPERM);
	ck_assert_int_eq(prot_of(p), RX);
}
END_TEST

START_TEST(barriers)
{
	errno = 55;
	ck_assert_int_eq(host->sync_core(), 0);
	ck_assert_int_eq(host->sync_core(), 0);
	ck_assert_int_eq(host->barrier(), 0);
	ck_assert_int_eq(host->barrier(), 0);
	ck_assert_int_eq(errno, 55);
	host->flush_icache((unsigned long)pages(1, PROT_READ),
			   (unsigned long)pages(1, PROT_READ));
}
END_TEST

static int pinned(void *arg)
{
	*(int *)arg += 1;
	return -77;
}

START_TEST(pin)
{
	int n = 0;

	ck_assert_int_eq(host->pin_objects(pinned, &n), -77);
	ck_assert_int_eq(n, 1);
}
END_TEST

static volatile int signals;

static void on_signal(int sig)
{
	signals += sig == SIGUSR1;
}

START_TEST(signals_wait)
{
	unsigned long save[16];
	sigset_t set;

	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	host->block_signals(save);
	raise(SIGUSR1);
	ck_assert_int_eq(signals, 0);
	errno = 55;
	host->restore_signals(save);
	ck_assert_int_eq(errno, 55);
	ck_assert_int_eq(signals, 1);
	sigprocmask(SIG_BLOCK, NULL, &set);
	ck_assert(sigismember(&set, SIGUSR2) && !sigismember(&set, SIGUSR1));
}
END_TEST

START_TEST(memory)
{
	unsigned char *p = host->alloc(1000);
	unsigned char *q = host->alloc_pages(3 * page);
	size_t i;

	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(p[i], 0);
	for (i = 0; i < 3 * page; i++)
		ck_assert_int_eq(q[i], 0);
	memset(p, 1, 1000);
	memset(q, 1, 3 * page);
	ck_assert_int_eq(host->protect(q, page, RX), 0);
	ck_assert_int_eq(prot_of((char *)q), RX);
	host->free(p);
	host->free(NULL);
	host->free_pages(q, 3 * page);
	ck_assert_int_eq(check((char *)q, 0, 1), -EFAULT);
	ck_assert_int_eq(host->protect(q, page, RX), -EPERM);
	ck_assert_ptr_null(host->alloc_pages(~0UL / 2));
}
END_TEST

struct objects {
	int nr, with_main;
};

static int object(const struct ftrace_host_object *o, void *arg)
{
	const ElfW(Phdr) *ph = o->phdr;
	struct objects *all = arg;
	unsigned long i;

	ck_assert_ptr_nonnull(o->path);
	for (i = 0; i < o->nr_phdr; i++)
		if (ph[i].p_type == PT_LOAD &&
		    (unsigned long)suite_host_linux - o->base - ph[i].p_vaddr <
			    ph[i].p_memsz)
			all->with_main++;
	return ++all->nr == 2 ? 42 : 0;
}

START_TEST(objects)
{
	struct objects all = { 0, 0 };

	ck_assert_int_eq(host->list_objects(object, &all), 42);
	ck_assert_int_eq(all.nr, 2);
	ck_assert_int_eq(all.with_main, 1);
}
END_TEST

START_TEST(files)
{
	char path[] = "/tmp/unit-XXXXXX";
	int fd = mkstemp(path), next;
	size_t size = 0;
	const char *p;

	ck_assert_ptr_null(host->map_file(path, &size));
	ck_assert_int_eq((int)write(fd, "hello", 5), 5);
	p = host->map_file(path, &size);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(size, 5);
	ck_assert_int_eq(memcmp(p, "hello", 5), 0);
	host->unmap_file(p, size);
	ck_assert_int_eq(check(p, 0, 1), -EFAULT);
	ck_assert_int_eq(prot_of(p), -1);
	unlink(path);
	ck_assert_ptr_null(host->map_file(path, &size));
	/* No file stays open. */
	next = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(next, fd + 1);
}
END_TEST

static void *other(void *arg)
{
	unsigned long *id = arg;

	ck_assert_uint_ne(host->thread_id(), id[0]);
	ck_assert_int_ne(host->thread_alive(id[0]), 0);
	ck_assert_ptr_eq(host->errno_location(), &errno);
	ck_assert_int_eq(host->alone(), 0);
	id[1] = host->thread_id();
	return NULL;
}

START_TEST(threads)
{
	unsigned long id[2] = { host->thread_id(), 0 };
	pthread_t t;
	int tries;

	ck_assert_uint_eq(id[0], (unsigned long)gettid());
	ck_assert_ptr_eq(host->errno_location(), &errno);
	ck_assert_int_ne(host->thread_alive(id[0]), 0);
	ck_assert_int_eq(pthread_create(&t, NULL, other, id), 0);
	pthread_join(t, NULL);
	errno = 55;
	/* The kernel lets go of the number a moment behind the join. */
	for (tries = 0; tries < 1000 && host->thread_alive(id[1]); tries++)
		usleep(1000);
	ck_assert_int_eq(host->thread_alive(id[1]), 0);
	ck_assert_int_eq(errno, 55);
	host->relax();
}
END_TEST

static volatile unsigned long vforked[3];

static void in_vfork(unsigned long main_thread)
{
	pid_t pid = vfork();

	if (!pid) {
		vforked[0] = host->thread_id();
		vforked[1] = (unsigned long)host->thread_alive(main_thread);
		vforked[2] = (unsigned long)syscall(SYS_gettid);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* A block that the child takes is its parent's, who goes on with it. */
START_TEST(thread_of_vfork)
{
	in_vfork(host->thread_id());
	ck_assert_uint_ne(vforked[2], host->thread_id());
	ck_assert_uint_eq(vforked[0], host->thread_id());
	ck_assert_uint_eq(vforked[1], 1);
}
END_TEST

START_TEST(thread_of_fork)
{
	unsigned long id = host->thread_id();
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(host->thread_id() != (unsigned long)syscall(SYS_gettid) ||
		      host->thread_id() == id || host->thread_alive(id));
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(clock_runs)
{
	unsigned long long then = host->clock(), now;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = ts.tv_sec * 1000000000ULL + (unsigned long long)ts.tv_nsec;
	ck_assert_uint_le(then, now);
	ck_assert_uint_le(now, host->clock());
}
END_TEST

START_TEST(log_line)
{
	char buf[64] = "";
	int fd[2], keep = dup(2);

	ck_assert_int_eq(pipe(fd), 0);
	dup2(fd[1], 2);
	errno = 55;
	host->log("one line");
	close(2);
	host->log("nowhere");
	dup2(keep, 2);
	ck_assert_int_eq(errno, 55);
	ck_assert_int_eq((int)read(fd[0], buf, sizeof(buf)), 9);
	ck_assert_str_eq(buf, "one line\n");
}
END_TEST

/* With the real host from end to end: sites, memory near, threads. */
START_TEST(whole_library)
{
	static struct fake_text t;
	static struct probe p;
	size_t i;

	fake_text_make(&t, 64);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	for (i = 0; i < 64; i++)
		fake_call(&t, i);
	ck_assert_uint_eq(p.hits, 64);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert(fake_is(&t, 63, "NOP "));
	fake_text_drop(&t);
}
END_TEST

Suite *suite_host_linux(void)
{
	Suite *s = suite_create("host/linux");
	TCase *c = tcase_create("host/linux");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, complete);
	tcase_add_test(c, text_check_readable);
	tcase_add_loop_test(c, text_check_hole, 0, 2);
	tcase_add_test(c, text_check_beyond_the_file);
	tcase_add_test(c, text_check_ends_of_the_world);
	tcase_add_test(c, windows);
	tcase_add_test(c, windows_fail);
	tcase_add_test(c, barriers);
	tcase_add_test(c, pin);
	tcase_add_test(c, signals_wait);
	tcase_add_test(c, memory);
	tcase_add_test(c, objects);
	tcase_add_test(c, files);
	tcase_add_test(c, threads);
	tcase_add_test(c, thread_of_vfork);
	tcase_add_test(c, thread_of_fork);
	tcase_add_test(c, clock_runs);
	tcase_add_test(c, log_line);
	tcase_add_test(c, visits_cpus);
	tcase_add_test(c, try_code);
	tcase_add_test(c, whole_library);
	return s;
}
