/* SPDX-License-Identifier: MIT */
/* Lines of text without stdio, and the hook that they leave through. */
#include "internal.h"

#include <ftrace/version.h>

static void (*log_hook)(const char *line);	/* READ_ONCE, WRITE_ONCE */

void ftrace_buf_init(struct ftrace_buf *b, char *at, size_t size)
{
	b->at = at;
	b->size = size;
	b->len = 0;
	if (size)
		at[0] = '\0';
}

void ftrace_put_n(struct ftrace_buf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, b->len++) {
		if (b->len + 1 < b->size) {
			b->at[b->len] = s[i];
			b->at[b->len + 1] = '\0';
		}
	}
}

void ftrace_put(struct ftrace_buf *b, const char *s)
{
	ftrace_put_n(b, s, strlen(s));
}

static void put_number(struct ftrace_buf *b, unsigned long long v,
		       unsigned int base)
{
	char digits[24];
	size_t n = sizeof(digits);

	do {
		digits[--n] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	ftrace_put_n(b, digits + n, sizeof(digits) - n);
}

void ftrace_put_dec(struct ftrace_buf *b, unsigned long long v)
{
	put_number(b, v, 10);
}

void ftrace_put_hex(struct ftrace_buf *b, unsigned long v)
{
	ftrace_put(b, "0x");
	put_number(b, v, 16);
}

void ftrace_put_bytes(struct ftrace_buf *b, const void *p, size_t n)
{
	const unsigned char *byte = p;
	size_t i;

	for (i = 0; i < n; i++) {
		const char hex[3] = { "0123456789abcdef"[byte[i] >> 4],
				      "0123456789abcdef"[byte[i] & 15], ' ' };

		ftrace_put_n(b, hex, i + 1 < n ? 3 : 2);
	}
}

void ftrace_log(const char *line)
{
	void (*hook)(const char *) = READ_ONCE(log_hook);

	if (!hook)
		hook = ftrace_host_get()->log;
	hook(line);
}

int ftrace_fail_at(const char *call, const char *reason, unsigned long ip,
		   int err)
{
	char line[256];
	struct ftrace_buf b;

	ftrace_buf_init(&b, line, sizeof(line));
	ftrace_put(&b, "libftrace: ");
	ftrace_put(&b, call);
	ftrace_put(&b, ": ");
	ftrace_put(&b, reason);
	if (ip) {
		ftrace_put(&b, " at ");
		ftrace_put_hex(&b, ip);
	}
	ftrace_put(&b, " (error ");
	ftrace_put_dec(&b, (unsigned long)-err);
	ftrace_put(&b, ")");
	ftrace_log(line);
	return err;
}

int ftrace_fail(const char *call, const char *reason, int err)
{
	return ftrace_fail_at(call, reason, 0, err);
}

/* For an object, which has no function to be named by. */
int ftrace_fail_in(const char *call, const char *reason, const char *path,
		   int err)
{
	char text[224];
	struct ftrace_buf b;

	ftrace_buf_init(&b, text, sizeof(text));
	ftrace_put(&b, reason);
	ftrace_put(&b, ": ");
	ftrace_put(&b, path);
	return ftrace_fail(call, text, err);
}

FTRACE_PUBLIC void ftrace_set_log(void (*hook)(const char *line))
{
	WRITE_ONCE(log_hook, hook);
}

FTRACE_PUBLIC unsigned int ftrace_version(void)
{
	return (LIBFTRACE_VERSION_MAJOR << 16) | (LIBFTRACE_VERSION_MINOR << 8) |
	       LIBFTRACE_VERSION_PATCH;
}
