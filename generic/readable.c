/* SPDX-License-Identifier: MIT */
/* Which text can be read: asked once a range, not once a site. */
#include "internal.h"

/* The text that this call knows to be readable. */
static unsigned long trusted_start, trusted_end;

bool ftrace_text_trusted(unsigned long start, unsigned long end)
{
	return start >= trusted_start && end <= trusted_end;
}

/* Vouch for a range for the rest of the batch: one system call, not one a site. */
int ftrace_text_trust(unsigned long start, unsigned long end)
{
	int err = 0;

	if (ftrace_text_trusted(start, end))
		return 0;
	err = ftrace_host->text_check(start, end);
	trusted_start = err ? 0 : start;
	trusted_end = err ? 0 : end;
	return err;
}

/* -EFAULT if not. */
int ftrace_text_readable(unsigned long addr, size_t len)
{
	if (ftrace_text_trusted(addr, addr + len))
		return 0;
	return ftrace_host->text_check(addr, addr + len) ? -EFAULT : 0;
}

void ftrace_text_distrust(void)
{
	trusted_start = trusted_end = 0;
}

int ftrace_text_read(unsigned long addr, void *buf, size_t len)
{
	int err = ftrace_text_readable(addr, len);

	if (!err)
		memcpy(buf, (const void *)addr, len);
	return err;
}
