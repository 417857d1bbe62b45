/* SPDX-License-Identifier: MIT */
/* A barrier on every thread without the system call that is made for it. */
#ifndef FTRACE_HOST_FENCE_H
#define FTRACE_HOST_FENCE_H

/* 0 when every thread has passed a barrier; -ENOSYS, and nobody knows. */
int ftrace_linux_visit_cpus(void);

#endif
