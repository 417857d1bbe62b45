/* SPDX-License-Identifier: MIT */
/* Runs every case of the conformance program on every target, and judges. */
#include <check.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"

/*
 * runner --manifest FILE [--results FILE] [--build B] [--full] [--first]
 *	{ --target T [--row R] [--qemu Q] [--cpu C] [--sysroot S] --prog P }...
 *	[CASE]...
 *
 * Each --target begins a run: one program, natively or under one qemu. The
 * manifest lists its cases by the target or, if it is one of the ways to build
 * a program, by the row.
 * With --cpu it runs only what depends on the model, a list below, or with
 * --full all the same.
 * CASE may be a pattern, as for a shell. With --first each is run by all runs
 * before the next, and a failure ends it all, as does a loop.
 *
 * The results, for matrix.awk, are lines "STATE TARGET BUILD CPU CASE": each
 * case is "planned" before anything is run, then "run", at last "passed". So
 * what is never said to have passed has failed, even if the runner dies. A case
 * that says "positions N" has "positions" with N behind its name there, too.
 */

#define MAX_RUNS 256
#define MAX_CASES 512
#define TIMEOUT 120
#define CPU_TIME_FIRST 8	/* a loop without end is not worth the wait */
#define CPU_TIME_STEP 60	/* of what stops at every instruction */

struct run {
	const char *target, *row, *qemu, *cpu, *sysroot, *prog;
	char *cases[MAX_CASES];		/* of the manifest, for this target */
	bool native[MAX_CASES];		/* not under an emulator */
	unsigned int nr;
	char title[128];
};

/* What depends on the CPU's model. */
static const char *const by_cpu[] = { "entry_*", "stack_*", "wide_*", "regs_*",
				      "share_*", "unwind_*", "nop_*",
				      "sites_places*", "sites_guarded",
				      "refuse_variant", "graph_nesting",
				      "graph_step", "graph_unaligned",
				      "graph_results" };

static struct run runs[MAX_RUNS];
static unsigned int nr_runs;
static const char *manifest = "tests/conformance/manifest";
static const char *results, *build = "O2";
static int results_fd = -1;
static bool full, first;
static char **only;		/* patterns of cases; none: all */
static int nr_only;

/* The whole output of one process, and how it ended. */
struct output {
	char *text;
	size_t len;
	int status;
};

static void child(const struct run *r, const char *arg, int out)
{
	char path[512];
	const char *argv[16];
	bool long_time = strstr(arg, "_step") || !strncmp(arg, "strike_", 7);
	rlim_t time = long_time ? CPU_TIME_STEP : CPU_TIME_FIRST;
	int n = 0;

	dup2(out, 1);
	dup2(out, 2);
	if (first)
		setrlimit(RLIMIT_CPU, &(struct rlimit){ time, time });
	/* An emulator does not see what the system stores into text. */
	if (!r->qemu)
		setenv("CONFORMANCE_NATIVE", "1", 1);
	if (full)
		setenv("CONFORMANCE_FULL", "1", 1);
	if (r->qemu) {
		argv[n++] = r->qemu;
		argv[n++] = "-L";
		argv[n++] = r->sysroot ? r->sysroot : "/";
	}
	if (r->qemu && r->cpu) {
		argv[n++] = "-cpu";
		argv[n++] = r->cpu;
	}
	if (r->qemu && r->sysroot && strcmp(r->sysroot, "/")) {
		/* Or foreign packages mix their libc in. */
		snprintf(path, sizeof(path), "LD_LIBRARY_PATH=%s/lib",
			 r->sysroot);
		argv[n++] = "-E";
		argv[n++] = path;
	}
	argv[n++] = r->prog;
	argv[n++] = arg;
	argv[n] = NULL;
	execvp(argv[0], (char **)argv);
	perror(argv[0]);
	_exit(126);
}

/* "got=X want=Y": are they the same? */
static bool agrees(const char *line)
{
	const char *got = strstr(line, " got="), *want = strstr(line, " want=");
	size_t n;

	if (!got || !want)
		return true;
	got += 5;
	want += 6;
	n = strcspn(got, " ");
	return n == strlen(want) && !strncmp(got, want, n);
}

static bool judged(const char *line)
{
	return !strncmp(line, "value ", 6) || !strncmp(line, "count ", 6) ||
	       !strncmp(line, "state ", 6);
}

/* Is one of the lines wrong that are whole, from @at on? */
static bool wrong(const struct output *o, size_t *at)
{
	char *line, *end;
	bool bad = false;

	o->text[o->len] = '\0';
	for (; !bad && (end = strchr(line = o->text + *at, '\n'));
	     *at += (size_t)(end + 1 - line)) {
		*end = '\0';
		bad = judged(line) && !agrees(line);
		*end = '\n';
	}
	return bad;
}

/* With --first nobody waits for what comes behind a failure. */
static void output_read(struct output *o, int fd, pid_t pid)
{
	size_t cap = 65536, at = 0;
	ssize_t n;

	o->text = malloc(cap);
	o->len = 0;
	while (o->text && (n = read(fd, o->text + o->len,
				    cap - o->len - 1)) > 0) {
		o->len += (size_t)n;
		if (cap - o->len < 4096)
			o->text = realloc(o->text, cap *= 2);
		if (first && o->text && wrong(o, &at)) {
			kill(pid, SIGKILL);
			break;
		}
	}
	ck_assert_ptr_nonnull(o->text);
	o->text[o->len] = '\0';
}

static void run_program(const struct run *r, const char *arg, struct output *o)
{
	int fd[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(fd[0]);
		child(r, arg, fd[1]);
	}
	close(fd[1]);
	output_read(o, fd[0], pid);
	close(fd[0]);
	waitpid(pid, &o->status, 0);
}

/* One line; "" if it is right, else why it is not. */
static const char *judge_line(const struct run *r, const char *line)
{
	if (judged(line) && !agrees(line))
		return "got is not want";
	if (!strncmp(line, "site ", 5))
		return judge_site(r->target, line);
	if (!strncmp(line, "stepped ", 8))
		return judge_steps(r->target, line);
	return "";
}

static void fail_with(const struct run *r, const char *name,
		      const struct output *o, const char *line,
		      const char *why)
{
	size_t skip = o->len > 3000 ? o->len - 3000 : 0;

	ck_abort_msg("%s %s: %s: %.300s\n--- end of its output\n%s", r->title, name,
		     why, line, o->text + skip);
}

static void judge(const struct run *r, const char *name, struct output *o)
{
	char *copy = strdup(o->text), *save = NULL, *line;
	unsigned long facts = 0;
	bool done = false;
	const char *why;

	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		why = judge_line(r, line);
		if (*why)
			fail_with(r, name, o, line, why);
		facts += judged(line);
		done |= !strcmp(line, "done");
	}
	free(copy);
	if (WIFSIGNALED(o->status))
		fail_with(r, name, o, strsignal(WTERMSIG(o->status)), "died");
	if (WEXITSTATUS(o->status))
		fail_with(r, name, o, "", "exit status is not 0");
	if (!done)
		fail_with(r, name, o, "", "no line \"done\"");
	if (!facts)
		fail_with(r, name, o, "", "no facts");
}

/* One write() a line: the tests are processes of their own. */
static void result(const struct run *r, const char *state, const char *name)
{
	const char *cpu = r->cpu ? r->cpu : r->qemu ? "qemu" : "native";
	char line[256];
	int n;

	if (results_fd < 0)
		return;
	n = snprintf(line, sizeof(line), "%s %s %s %s %s\n", state, r->target,
		     r->row ? r->row : build, cpu, name);
	if (write(results_fd, line, (size_t)n) != n)
		perror(results);
}

static void positions(const struct run *r, const char *name,
		      const struct output *o)
{
	const char *at = strstr(o->text, "\npositions ");
	char line[128];

	if (!at)
		return;
	snprintf(line, sizeof(line), "%s %lu", name, strtoul(at + 11, NULL, 10));
	result(r, "positions", line);
}

static void one_case(const struct run *r, int i)
{
	struct output o;

	result(r, "run", r->cases[i]);
	run_program(r, r->cases[i], &o);
	judge(r, r->cases[i], &o);
	positions(r, r->cases[i], &o);
	free(o.text);
	result(r, "passed", r->cases[i]);
}

/* Loop tests get a number only; each TCase finds its run by its number. */
#define NR_PER_RUN 1000

START_TEST(test_case)
{
	one_case(&runs[_i / NR_PER_RUN], _i % NR_PER_RUN);
}
END_TEST

static bool in_manifest(const struct run *r, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (strlen(r->cases[i]) == len &&
		    !strncmp(r->cases[i], name, len))
			return true;
	return false;
}

/* Every case of the program is in the manifest, and the other way round. */
START_TEST(test_manifest)
{
	const struct run *r = &runs[_i / NR_PER_RUN];
	char *save = NULL, *line;
	unsigned int listed = 0;
	struct output o;

	result(r, "run", "manifest");
	run_program(r, "--list", &o);
	ck_assert_msg(o.status == 0, "%s: --list failed:\n%s", r->title,
		      o.text);
	for (line = strtok_r(o.text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		ck_assert_msg(in_manifest(r, line, strcspn(line, " ")),
			      "%s: not in the manifest: %s", r->title, line);
		listed++;
	}
	ck_assert_msg(listed == r->nr, "%s: the manifest has %u cases, the "
		      "program %u", r->title, r->nr, listed);
	free(o.text);
	result(r, "passed", "manifest");
}
END_TEST

/* "all", a row, a target, and "/dynamic": not where nothing is loaded. */
static bool names(const struct run *r, const char *word, size_t len)
{
	const char *name = r->row ? r->row : r->target;
	bool is_static = strstr(build, "static") || strstr(build, "musl");
	size_t n = strcspn(word, "/:");

	if (n == 3 && !strncmp(word, "all", 3))
		name = "all";
	if (strlen(name) != n || strncmp(word, name, n))
		return false;
	return n == len || !is_static;
}

/*
 * "CASE TARGET..." or "CASE all" a line; # begins a comment. TARGET:native,
 * also behind all, is a target whose emulator cannot be asked for the case.
 */
static void manifest_line(struct run *r, char *line)
{
	char *save = NULL, *name, *target;
	bool here = false, native = false;

	line[strcspn(line, "#\n")] = '\0';
	name = strtok_r(line, " \t", &save);
	while (name && (target = strtok_r(NULL, " \t", &save))) {
		size_t n = strcspn(target, ":");

		if (names(r, target, n)) {
			here = true;
			native |= !strcmp(target + n, ":native");
		}
	}
	if (here && r->nr == MAX_CASES) {
		fprintf(stderr, "%s: more than MAX_CASES\n", manifest);
		exit(2);
	}
	if (here) {
		r->native[r->nr] = native;
		r->cases[r->nr++] = strdup(name);
	}
}

static void manifest_read(struct run *r)
{
	FILE *f = fopen(manifest, "r");
	char line[512];

	if (!f) {
		perror(manifest);
		exit(2);
	}
	while (fgets(line, sizeof(line), f))
		manifest_line(r, line);
	fclose(f);
}

static bool chosen(const struct run *r, unsigned int nr)
{
	const char *name = r->cases[nr];
	bool on = !r->cpu || full;
	size_t c;
	int i;

	for (c = 0; c < sizeof(by_cpu) / sizeof(by_cpu[0]); c++)
		on |= !fnmatch(by_cpu[c], name, 0);
	if (!on || (r->qemu && r->native[nr]))
		return false;
	for (i = 0; i < nr_only; i++)
		if (!fnmatch(only[i], name, 0))
			return true;
	return !nr_only;
}

static TCase *tcase(struct run *r, int from)
{
	TCase *tc;
	int c;

	snprintf(r->title, sizeof(r->title), "%s %s (%s%s%s)",
		 r->target, r->row ? r->row : build,
		 r->qemu ? r->qemu : "native", r->cpu ? " " : "",
		 r->cpu ? r->cpu : "");
	if (!r->nr)
		manifest_read(r);
	tc = tcase_create(r->title);
	tcase_set_timeout(tc, TIMEOUT);
	if (!nr_only) {
		result(r, "planned", "manifest");
		tcase_add_loop_test(tc, test_manifest, from, from + 1);
	}
	for (c = 0; c < (int)r->nr; c++) {
		if (!chosen(r, (unsigned int)c))
			continue;
		result(r, "planned", r->cases[c]);
		tcase_add_loop_test(tc, test_case, from + c, from + c + 1);
	}
	return tc;
}

/* How many cases of runs @from to @to failed; @ran: and how many there are. */
static int run_runs(unsigned int from, unsigned int to, int *ran)
{
	Suite *s = suite_create("conformance");
	SRunner *sr;
	int failed;

	for (; from < to; from++)
		suite_add_tcase(s, tcase(&runs[from], (int)from * NR_PER_RUN));
	sr = srunner_create(s);
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_NORMAL);
	*ran += srunner_ntests_run(sr);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed;
}

static int run_first(int *ran)
{
	char **pattern = only;
	int nr = nr_only, failed = 0;
	unsigned int r;

	nr_only = 1;
	for (; nr-- && !failed; only++)
		for (r = 0; r < nr_runs && !failed; r++)
			failed = run_runs(r, r + 1, ran);
	only = pattern;
	return failed;
}

static int usage(void)
{
	fputs("usage: runner [--manifest FILE] [--results FILE] [--build B] "
	      "[--full] [--first] {--target T [--row R] [--qemu Q] "
	      "[--cpu C] [--sysroot S] --prog P}... [CASE]...\n", stderr);
	return 2;
}

/* An option that belongs to the run that is being described. */
static bool run_option(const char *name, const char *arg)
{
	struct run *r;

	if (!strcmp(name, "--target")) {
		if (nr_runs == MAX_RUNS)
			return false;
		runs[nr_runs++].target = arg;
		return true;
	}
	if (!nr_runs)
		return false;
	r = &runs[nr_runs - 1];
	if (!strcmp(name, "--row"))
		r->row = arg;
	else if (!strcmp(name, "--qemu"))
		r->qemu = arg;
	else if (!strcmp(name, "--cpu"))
		r->cpu = arg;
	else if (!strcmp(name, "--sysroot"))
		r->sysroot = arg;
	else if (!strcmp(name, "--prog"))
		r->prog = arg;
	else
		return false;
	return true;
}

static bool options(int argc, char **argv)
{
	unsigned int r;
	int i;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] != '-')
			only[nr_only++] = argv[i];
		else if (!strcmp(argv[i], "--full"))
			full = true;
		else if (!strcmp(argv[i], "--first"))
			first = true;
		else if (i + 1 == argc)
			return false;
		else if (!strcmp(argv[i], "--manifest"))
			manifest = argv[++i];
		else if (!strcmp(argv[i], "--results"))
			results = argv[++i];
		else if (!strcmp(argv[i], "--build"))
			build = argv[++i];
		else if (!run_option(argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	for (r = 0; r < nr_runs; r++)
		if (!runs[r].prog)
			return false;
	return nr_runs;
}

int main(int argc, char **argv)
{
	int failed, ran = 0;

	only = calloc((size_t)argc, sizeof(*only));
	if (!only || !options(argc, argv))
		return usage();
	if (results)
		results_fd = open(results, O_WRONLY | O_CREAT | O_TRUNC |
					   O_APPEND | O_CLOEXEC, 0666);
	if (results && results_fd < 0) {
		perror(results);
		return 2;
	}
	failed = first ? run_first(&ran) : run_runs(0, nr_runs, &ran);
	/* A case that is asked for may be another target's alone. */
	if (!ran && !nr_only) {
		fputs("no case was run\n", stderr);
		failed = 1;
	}
	free(only);
	return failed ? 1 : 0;
}
