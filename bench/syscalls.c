/* SPDX-License-Identifier: MIT */
/* How many system calls something takes, by the kernel's account. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* No library calls it: the first one begins the count, the second ends it. */
#define MARK SYS_getppid

static void *sleeper(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

/* The traced child: with a second thread, as barriers need one to be for. */
static void child(void (*run)(void))
{
	pthread_t thread;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) ||
	    pthread_create(&thread, NULL, sleeper, NULL))
		_exit(1);
	raise(SIGSTOP);
	syscall(MARK);
	run();
	syscall(MARK);
	_exit(0);
}

/* The number of the call that @pid enters, -1 if it leaves one. */
static long entered(pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		bench_die("ptrace does not tell of system calls");
	return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

long bench_syscalls(void (*run)(void))
{
	long nr = 0, marks = 0;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bench_die("no child");
	if (!pid)
		child(run);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD))
		bench_die("no tracing of a child");
	for (;;) {
		long call;

		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) ||
		    waitpid(pid, &status, 0) != pid)
			bench_die("no tracing of a child");
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		call = entered(pid);
		if (call == MARK)
			marks++;
		else if (call >= 0 && marks == 1)
			nr++;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) || marks != 2)
		bench_die("the traced child failed");
	return nr;
}
