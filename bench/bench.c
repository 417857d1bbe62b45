/* SPDX-License-Identifier: MIT */
/*
 * What the library costs, beside clang's XRay and beside floors in the same
 * process. Linked twice: with a few functions, to be run, and with many,
 * which the first one runs for its rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* The other program lies beside this one. */
static void run_many(const char *self, const char *how, long syscalls)
{
	const char *slash = strrchr(self, '/');
	const char *path = bench_text("%.*sbench-many",
				      slash ? (int)(slash + 1 - self) : 0,
				      self);
	const char *count = bench_text("%ld", syscalls);
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl(path, path, how, count, NULL);
		bench_die(path);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		bench_die("the program with many functions failed");
}

static void few(const char *self, const char *how)
{
	long syscalls;

	bench_wide_attach();
	bench_calls();
	bench_profile(self);
	bench_wide();
	syscalls = bench_many_alone(0);
	bench_direct_many();
	run_many(self, how, syscalls);
	bench_many_threads();
	bench_leave();
}

static void many(long syscalls)
{
	bench_memory();
	bench_names();
	bench_many_alone(syscalls);
	bench_many_threads();
	bench_one();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "text";
	bool whole = argc < 3;

	bench_begin(!strcmp(how, "json"), whole);
	bench_xray_handler(false);
	if (whole)
		few(argv[0], how);
	else
		many(strtol(argv[2], NULL, 10));
	bench_end(whole);
	return 0;
}
