/* SPDX-License-Identifier: MIT */
/* log.c: text without stdio, and the lines that the library says. */
#ifndef FTRACE_LOG_H
#define FTRACE_LOG_H

#include <stddef.h>

struct ftrace_buf {
	char *at;
	size_t size;	/* room, terminator included */
	size_t len;	/* what the whole text takes, as snprintf counts */
};

void ftrace_buf_init(struct ftrace_buf *b, char *at, size_t size);
void ftrace_put(struct ftrace_buf *b, const char *s);
void ftrace_put_n(struct ftrace_buf *b, const char *s, size_t n);
void ftrace_put_dec(struct ftrace_buf *b, unsigned long long v);
void ftrace_put_hex(struct ftrace_buf *b, unsigned long v);
void ftrace_put_bytes(struct ftrace_buf *b, const void *p, size_t n);
void ftrace_log(const char *line);
/* one line "call: reason", and @err back */
int ftrace_fail(const char *call, const char *reason, int err);
int ftrace_fail_at(const char *call, const char *reason, unsigned long ip,
		   int err);
int ftrace_fail_in(const char *call, const char *reason, const char *path,
		   int err);

#endif
