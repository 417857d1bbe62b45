/* SPDX-License-Identifier: MIT */
/* The version of the headers, and the version of the library that runs. */
#ifndef FTRACE_VERSION_H
#define FTRACE_VERSION_H

#define LIBFTRACE_VERSION_MAJOR 0
#define LIBFTRACE_VERSION_MINOR 1
#define LIBFTRACE_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ftrace_version - the version of the library that is linked
 *
 * Context: any, a signal handler too.
 * Return: (major << 16) | (minor << 8) | patch.
 * Origin: our own.
 */
unsigned int ftrace_version(void);

#ifdef __cplusplus
}
#endif
#endif
