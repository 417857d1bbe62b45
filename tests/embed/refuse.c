/* SPDX-License-Identifier: MIT */
/* A host that counts, and refuses each call of each service in turn. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ftrace/ftrace.h>
#include <ftrace/host.h>
#include <ftrace/module.h>

#define TRACED __attribute__((noipa))
#define CODE(fn) ftrace_code((const void *)(fn))
#define NR_FN 3
#define SITE 16		/* bytes of a function that its site lies in */

/* Services that may say no, and what they say then. */
#define SERVICES(_)							\
	_(text_check, int, -EFAULT, (unsigned long s, unsigned long e), (s, e)) \
	_(text_prot, int, -EFAULT, (unsigned long a), (a))		\
	_(text_open, int, -EACCES, (struct ftrace_window *w, unsigned int n), \
	  (w, n))							\
	_(sync_core, int, -EPERM, (void), ())				\
	_(barrier, int, -EPERM, (void), ())				\
	_(pin_objects, int, -ENOMEM, (int (*fn)(void *), void *arg), (fn, arg)) \
	_(alloc, void *, NULL, (size_t n), (n))				\
	_(alloc_pages, void *, NULL, (size_t n), (n))			\
	_(alloc_near, int, -ENOMEM, (unsigned long near, unsigned long lo, \
	  unsigned long hi, size_t n, void **p), (near, lo, hi, n, p))	\
	_(protect, int, -EACCES, (void *p, size_t n, int prot), (p, n, prot)) \
	_(list_objects, int, -ENOMEM, (int (*fn)(const struct ftrace_host_object *, \
	  void *), void *arg), (fn, arg))				\
	_(map_file, const void *, NULL, (const char *path, size_t *n), (path, n)) \
	_(text_poke, int, -EPERM, (const struct ftrace_poke *p, unsigned int n), \
	  (p, n))

#define NUMBER(name, ...) AT_##name,
enum { SERVICES(NUMBER) NR_SERVICES };
#define NAME(name, ...) #name,
static const char *const names[] = { SERVICES(NAME) };

static const struct ftrace_host_ops *below;
static struct ftrace_host_ops host;
static int service = NR_SERVICES;	/* the one that refuses ... */
static unsigned long kth;		/* ... its call of this number */
/* Shared with the processes that it refuses in. */
static struct { unsigned long asked[NR_SERVICES], refused[NR_SERVICES], errors; } *sum;

static notrace bool refuses(int which)
{
	sum->asked[which]++;
	if (which != service || !kth || --kth)
		return false;
	sum->refused[which]++;
	return true;
}

#define WRAP(name, type, no, params, args)				\
static notrace type my_##name params					\
{									\
	return refuses(AT_##name) ? no : below->name args;		\
}
SERVICES(WRAP)

static notrace void quiet(const char *line)
{
	(void)line;
}

static notrace void must(const char *what, long got, long want)
{
	if (got == want)
		return;
	fprintf(stderr, "refuse: %s: %ld, not %ld (%s refuses)\n", what, got,
		want, service < NR_SERVICES ? names[service] : "nobody");
	exit(1);
}

static notrace void set_host(void)
{
	sum = mmap(NULL, sizeof(*sum), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must("memory", sum != MAP_FAILED, true);
	below = ftrace_linux_host();
	host = *below;
#define SET(name, ...) host.name = my_##name;
	SERVICES(SET)
	host.log = quiet;
	must("host", ftrace_set_host(&host), 0);
}

__attribute__((section(".preinit_array"), used)) static void (*const early)(void) =
	set_host;

static TRACED long called_one(long x) { return x + 1; }
static TRACED long called_two(long x) { return x + 2; }
static TRACED long called_three(long x) { return x + 3; }

/* Who was called: two clients, two direct functions. */
enum { A, B, FIRST, SECOND, NR_COUNTS };
static long counts[NR_COUNTS];

void first_direct(void);
void second_direct(void);

notrace void first_body(long x);
notrace void first_body(long x)
{
	counts[FIRST] += x;
}

notrace void second_body(long x);
notrace void second_body(long x)
{
	counts[SECOND] += x;
}

static notrace void hit(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	++*(long *)op->priv;
}

static struct ftrace_ops a = { .func = hit, .priv = &counts[A] };
static struct ftrace_ops b = { .func = hit, .priv = &counts[B],
			       .flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED };

/* Each changes something; none does what an earlier one undid. */
static notrace int attach(void) { return register_ftrace_function(&a); }
static notrace int detach(void) { return unregister_ftrace_function(&a); }
static notrace int attach_b(void) { return register_ftrace_function(&b); }
static notrace int detach_b(void) { return unregister_ftrace_function(&b); }

static notrace int choose(void)
{
	return ftrace_set_filter_ip(&a, CODE(called_one), 0, 1);
}

static notrace int choose_b(void)
{
	unsigned long ips[] = { CODE(called_one), CODE(called_two),
				CODE(called_three) };

	return ftrace_set_filter_ips(&b, ips, NR_FN, 0, 1);
}

static notrace int more(void)
{
	return ftrace_set_filter(&a, "called_tw?", 10, 0);
}

static notrace int less(void)
{
	return ftrace_set_filter_ip(&a, CODE(called_two), 1, 0);
}

static notrace int direct(void)
{
	return register_ftrace_direct(CODE(called_three), CODE(first_direct));
}

static notrace int redirect(void)
{
	return modify_ftrace_direct(CODE(called_three), CODE(first_direct),
				    CODE(second_direct));
}

static notrace int undirect(void)
{
	return unregister_ftrace_direct(CODE(called_three), CODE(second_direct));
}

/* What calling each function once adds behind each step. */
static const struct {
	const char *name;
	int (*run)(void);
	long adds[NR_COUNTS];
} steps[] = {
	{ "start", NULL, { 0, 0, 0, 0 } },
	{ "rescan", ftrace_rescan, { 0, 0, 0, 0 } },
	{ "filter", choose, { 0, 0, 0, 0 } },
	{ "register", attach, { 1, 0, 0, 0 } },
	{ "add to the filter", more, { 2, 0, 0, 0 } },
	{ "register direct", direct, { 2, 0, 1, 0 } },
	{ "filter for registers", choose_b, { 2, 0, 1, 0 } },
	{ "register with registers", attach_b, { 2, 3, 1, 0 } },
	{ "modify direct", redirect, { 2, 3, 0, 1 } },
	{ "remove from the filter", less, { 1, 3, 0, 1 } },
	{ "unregister with registers", detach_b, { 1, 0, 0, 1 } },
	{ "unregister direct", undirect, { 1, 0, 0, 0 } },
	{ "unregister", detach, { 0, 0, 0, 0 } },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static notrace void call_all(const char *when, const long adds[NR_COUNTS])
{
	int i;

	memset(counts, 0, sizeof(counts));
	must(when, called_one(1) + called_two(1) + called_three(1), 9);
	for (i = 0; i < NR_COUNTS; i++)
		must(when, counts[i], adds[i]);
}

/* What a call that fails must not change. */
struct shot {
	unsigned char text[NR_FN][SITE];
	unsigned long sites, enabled, sets, disabled;
};

static notrace void shoot(struct shot *s)
{
	const unsigned long fn[NR_FN] = { CODE(called_one), CODE(called_two),
					  CODE(called_three) };
	struct ftrace_stats st;
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < NR_FN; i++)
		memcpy(s->text[i], (const void *)fn[i], SITE);
	must("statistics", ftrace_get_stats(&st), 0);
	s->sites = st.sites;
	s->enabled = st.enabled;
	s->disabled = st.disabled;
	s->sets = st.sets;
}

/* One step; while the host refuses nothing changes, and then it works. */
static notrace void step(unsigned int i)
{
	struct shot before, after;
	unsigned long left = kth;
	int err;

	kth = 0;
	shoot(&before);
	kth = left;
	err = steps[i].run();
	left = kth;
	kth = 0;
	if (err) {
		sum->errors++;
		must(steps[i].name, service < NR_SERVICES && !left, true);
		shoot(&after);
		must(steps[i].name, memcmp(&before, &after, sizeof(after)), 0);
		call_all(steps[i].name, steps[i - 1].adds);
		must(steps[i].name, steps[i].run(), 0);
	}
	call_all(steps[i].name, steps[i].adds);
	kth = left;
}

/* With other threads there is more to ask for. */
static notrace void *other(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* In a process where the library has not done anything yet. */
static notrace void script(void)
{
	pthread_t thread;
	unsigned int i;

	must("thread", pthread_create(&thread, NULL, other, NULL), 0);
	for (i = 1; i < STEPS; i++)
		step(i);
	for (i = 1; i < STEPS; i++)
		step(i);
}

static notrace bool refused_once(int which, unsigned long k)
{
	unsigned long before = sum->refused[which];
	pid_t pid;
	int status;

	service = which;
	kth = k;
	pid = fork();
	if (!pid) {
		script();
		_exit(0);
	}
	must("process", waitpid(pid, &status, 0) == pid && !status, true);
	return sum->refused[which] != before;
}

notrace int main(void)
{
	unsigned long all = 0, k;
	int s;

	for (s = 0; s < NR_SERVICES; s++) {
		for (k = 1; refused_once(s, k); k++)
			;
		all += sum->refused[s];
		printf("refuse: %-12s asked %6lu, refused %lu\n", names[s],
		       sum->asked[s], sum->refused[s]);
	}
	printf("refuse: %lu refused; %lu calls failed, none half\n", all,
	       sum->errors);
	return 0;
}
