/* SPDX-License-Identifier: MIT */
/* Trying an instruction that the CPU may not have, for hosts that allow it. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ftrace/host.h>

/* How far behind its start a tried function can fault. */
#define TRIED_SIZE 16

/* One trial at a time: whoever sets busy owns the rest. */
static struct {
	bool busy;
	long thread;
	unsigned long code;
	struct sigaction was;	/* SIGILL's, for whoever else raises it */
	sigjmp_buf out;
} trial;

static void pass_on(int sig, siginfo_t *info, void *context)
{
	const struct sigaction *was = &trial.was;

	if (was->sa_flags & SA_SIGINFO)
		was->sa_sigaction(sig, info, context);
	else if (was->sa_handler == SIG_DFL)
		/* The fault repeats, and then ends the process as it would. */
		sigaction(sig, was, NULL);
	else if (was->sa_handler != SIG_IGN)
		was->sa_handler(sig);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	/* si_code is positive for faults only: others have no address. */
	if (info->si_code > 0 && syscall(SYS_gettid) == trial.thread &&
	    (unsigned long)info->si_addr - trial.code < TRIED_SIZE)
		siglongjmp(trial.out, 1);
	pass_on(sig, info, context);
}

__attribute__((visibility("default"))) int
ftrace_linux_try_code(void (*code)(void))
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO };
	sigset_t ill, mask;
	volatile int err = 0;	/* set behind sigsetjmp() */

	if (__atomic_exchange_n(&trial.busy, true, __ATOMIC_ACQUIRE))
		return -EBUSY;
	trial.thread = syscall(SYS_gettid);
	trial.code = (unsigned long)code;
	sigemptyset(&ill);
	sigaddset(&ill, SIGILL);
	sigaction(SIGILL, &sa, &trial.was);
	/* A fault whose signal is blocked ends the process. */
	pthread_sigmask(SIG_UNBLOCK, &ill, &mask);
	if (sigsetjmp(trial.out, 1))
		err = -ENOSYS;
	else
		code();
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGILL, &trial.was, NULL);
	__atomic_store_n(&trial.busy, false, __ATOMIC_RELEASE);
	return err;
}
