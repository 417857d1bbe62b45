/* SPDX-License-Identifier: MIT */
/* Which host is in force. */
#include "internal.h"

const struct ftrace_host_ops *ftrace_host;

static bool host_complete(const struct ftrace_host_ops *o)
{
	const char *from = (const char *)&o->page_size;
	const char *to = (const char *)&o->text_poke;

	for (; from < to; from += sizeof(void (*)(void))) {
		void (*member)(void);

		memcpy(&member, from, sizeof(member));
		if (!member)
			return false;
	}
	return true;
}

const struct ftrace_host_ops *ftrace_host_get(void)
{
	const struct ftrace_host_ops *none = NULL;
	const struct ftrace_host_ops *h = load_acquire(ftrace_host);

	if (h)
		return h;
	h = ftrace_linux_host();
	/* Two first users agree on the one that was quicker. */
	if (__atomic_compare_exchange_n(&ftrace_host, &none, h, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return h;
	return none;
}

FTRACE_PUBLIC int ftrace_set_host(const struct ftrace_host_ops *ops)
{
	const struct ftrace_host_ops *none = NULL;

	if (!ops || ops->size != sizeof(*ops) || !host_complete(ops))
		return -EINVAL;
	if (!__atomic_compare_exchange_n(&ftrace_host, &none, ops, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return none == ops ? 0 : -EBUSY;
	return 0;
}
