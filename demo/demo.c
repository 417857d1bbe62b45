/* SPDX-License-Identifier: MIT */
/* A first look at libftrace: six things it does to a program, each checked. */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ftrace/asm/ftrace.h>
#include <ftrace/ftrace.h>
#include <ftrace/ftrace_regs.h>
#include <ftrace/host.h>

#include "demo.h"
#include "guest.h"

static int failures;

void claim(int ok, const char *fmt, ...)
{
	va_list ap;

	failures += !ok;
	printf("  %s  ", ok ? "[ok]" : "[FAILED]");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void heading(int number, const char *text)
{
	printf("\n%d. %s\n", number, text);
	fflush(stdout);
}

/* The library speaks up only when something is wrong. */
static void log_line(const char *line)
{
	claim(0, "the library says: %s", line);
}

int check(int err, const char *what)
{
	if (err)
		claim(0, "%s: %s", what, strerror(-err));
	return err;
}

double run_guest(char *result, size_t len)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	guest.run(result, len);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (double)(b.tv_sec - a.tv_sec) +
	       (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
}

/* ------------------------------------------------------------------------ */
/* 4. The bytes of one site */

/* demo-decode turns these lines into instructions. */
static void put_bytes(const char *when, unsigned long ip, const void *bytes)
{
	const unsigned char *p = bytes;
	int i;

	printf("bytes %s %s %#lx ", DEMO_TARGET, when, ip);
	for (i = 0; i < MCOUNT_INSN_SIZE; i++)
		printf("%02x", p[i]);
	putchar('\n');
}

/* What the compiler left is in the file still. */
static int compiled(struct dl_phdr_info *info, size_t size, void *arg)
{
	unsigned long at = *(unsigned long *)arg - info->dlpi_addr, offset;
	unsigned char bytes[MCOUNT_INSN_SIZE];
	int fd, i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || at - p->p_vaddr >= p->p_filesz)
			continue;
		offset = at - p->p_vaddr + p->p_offset;
		fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		if (pread(fd, bytes, sizeof(bytes), (off_t)offset) ==
		    sizeof(bytes))
			put_bytes("compiled", at + info->dlpi_addr, bytes);
		close(fd);
	}
	return 1;	/* the first object is the program */
}

static void show_bytes(void)
{
	unsigned char before[MCOUNT_INSN_SIZE], during[MCOUNT_INSN_SIZE];
	unsigned long ip = site_of(guest.one);
	const void *site = (const void *)ip;

	heading(4, "The bytes at that function's site");
	if (!ip || check(ftrace_set_filter_ip(&counter, ip, 0, 1), "filter"))
		return;
	dl_iterate_phdr(compiled, &ip);
	memcpy(before, site, sizeof(before));
	put_bytes("off", ip, before);
	if (check(register_ftrace_function(&counter), "register"))
		return;
	memcpy(during, site, sizeof(during));
	put_bytes("on", ip, during);
	if (check(unregister_ftrace_function(&counter), "unregister"))
		return;
	put_bytes("off-again", ip, site);
	claim(memcmp(before, during, sizeof(before)) &&
	      !memcmp(before, site, sizeof(before)),
	      "a nop, a call to a thunk, the same nop");
}

/* ------------------------------------------------------------------------ */
/* 5. An argument and a result, changed while the guest is in a loop */

static void set_argument(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip, (void)parent_ip, (void)op;
	ftrace_regs_set_argument(fregs, guest.argument_nr,
				 guest.argument_value);
}

static void set_result(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip, (void)parent_ip, (void)op;
	ftrace_regs_set_return_value(fregs, guest.result_value);
	ftrace_override_function_with_return(fregs);
}

static struct ftrace_ops on_argument = {
	.func = set_argument,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};
static struct ftrace_ops on_result = {
	.func = set_result,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};

static char seen[3][2][64];
static int rounds;

/* Called by the guest, from the middle of its loop. */
static void step(const char *argument, const char *result)
{
	static const char *const when[] = { "before", "while", "after" };

	if (rounds < 3) {
		printf("  %-8s %-28s %s\n", when[rounds], argument, result);
		snprintf(seen[rounds][0], sizeof(seen[0][0]), "%s", argument);
		snprintf(seen[rounds][1], sizeof(seen[0][1]), "%s", result);
	}
	if (rounds == 0) {
		check(register_ftrace_function(&on_argument), "register");
		check(register_ftrace_function(&on_result), "register");
	} else if (rounds == 1) {
		check(unregister_ftrace_function(&on_argument), "unregister");
		check(unregister_ftrace_function(&on_result), "unregister");
	}
	rounds++;
}

static void show_changes(void)
{
	int i, same = 1, changed = 1;

	heading(5, "An argument and a result, changed while a loop runs");
	if (check(ftrace_set_filter(&on_argument, guest.argument,
				    (int)strlen(guest.argument), 1), "filter") ||
	    check(ftrace_set_filter(&on_result, guest.result,
				    (int)strlen(guest.result), 1), "filter"))
		return;
	printf("  %s becomes %lu\n", guest.argument_shown, guest.argument_value);
	printf("  %s returns %lu, its body does not run\n\n",
	       guest.result_shown, guest.result_value);
	printf("  %-8s %-28s %s\n", "", guest.columns[0], guest.columns[1]);
	guest.live(step);
	for (i = 0; i < 2; i++) {
		same &= !strcmp(seen[0][i], seen[2][i]);
		changed &= !!strcmp(seen[0][i], seen[1][i]);
	}
	claim(rounds == 3 && changed, "both differ while the two are attached");
	claim(rounds == 3 && same, "both are as before once they are not");
}

/* ------------------------------------------------------------------------ */
/* 6. Nothing stays */

static void show_rest(const char *plain)
{
	char expected[256], result[256];
	unsigned long before, after;
	struct ftrace_stats st;

	heading(6, "Everything off again");
	ftrace_free_filter(&counter);
	ftrace_free_filter(&on_argument);
	ftrace_free_filter(&on_result);
	before = take_counts();
	read_plain(plain, expected, sizeof(expected));
	run_guest(result, sizeof(result));
	after = take_counts();
	if (check(ftrace_get_stats(&st), "ftrace_get_stats"))
		return;
	printf("  counted before the guest's last run: %lu; after it: %lu\n",
	       before, after);
	claim(before == after && !strcmp(result, expected),
	      "the guest ran once more and nobody looked");
	claim(!st.enabled && !st.dropped && !st.unattached,
	      "%lu sites enabled, no call was dropped", st.enabled);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s GCOV-COUNTS PLAIN-OUTPUT\n",
			argv[0]);
		return 2;
	}
	ftrace_set_log(log_line);
	printf("libftrace on %s; the guest is %s\n", DEMO_TARGET, guest.name);
	if (!show_sites()) {
		show_counts(argv[1], argv[2]);
		show_one_call();
		show_bytes();
		show_changes();
		show_rest(argv[2]);
	}
	if (failures)
		printf("\nFAILED: %d\n", failures);
	else
		printf("\nAll claims hold.\n");
	return !!failures;
}
