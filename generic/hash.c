/* SPDX-License-Identifier: MIT */
/* A set of addresses: open addressing, address 0 is a free place. */
#include "internal.h"

static size_t place(const struct ftrace_hash *h, unsigned long ip)
{
	uint64_t mixed = (uint64_t)ip * 0x9e3779b97f4a7c15ULL;
	size_t i = (size_t)(mixed >> 20) & (h->size - 1);

	while (h->ip[i] && h->ip[i] != ip)
		i = (i + 1) & (h->size - 1);
	return i;
}

bool ftrace_hash_has(const struct ftrace_hash *h, unsigned long ip)
{
	return h->nr && h->ip[place(h, ip)] == ip;
}

static int grow(struct ftrace_hash *h)
{
	struct ftrace_hash bigger = { .size = h->size ? h->size * 2 : 16 };
	size_t i;

	bigger.ip = ftrace_host->alloc(bigger.size * sizeof(*bigger.ip));
	if (!bigger.ip)
		return -ENOMEM;
	for (i = 0; i < h->size; i++)
		if (h->ip[i])
			bigger.ip[place(&bigger, h->ip[i])] = h->ip[i];
	ftrace_host->free(h->ip);
	h->ip = bigger.ip;
	h->size = bigger.size;
	return 0;
}

/* 0 also when it was there. */
int ftrace_hash_add(struct ftrace_hash *h, unsigned long ip)
{
	size_t i;

	if ((h->nr + 1) * 4 > h->size * 3 && grow(h))
		return -ENOMEM;
	h->none = false;
	i = place(h, ip);
	if (h->ip[i] == ip)
		return 0;
	h->ip[i] = ip;
	h->nr++;
	return 0;
}

int ftrace_hash_del(struct ftrace_hash *h, unsigned long ip)
{
	size_t i;

	if (!ftrace_hash_has(h, ip))
		return -ENOENT;
	i = place(h, ip);
	h->ip[i] = 0;
	h->nr--;
	/* What was put behind it in the same run must be found again. */
	for (;;) {
		unsigned long moved;

		i = (i + 1) & (h->size - 1);
		moved = h->ip[i];
		if (!moved)
			return 0;
		h->ip[i] = 0;
		h->ip[place(h, moved)] = moved;
	}
}

int ftrace_hash_copy(struct ftrace_hash *to, const struct ftrace_hash *from)
{
	*to = *from;
	to->ip = NULL;
	if (!from->size)
		return 0;
	to->ip = ftrace_host->alloc(from->size * sizeof(*to->ip));
	if (!to->ip)
		return -ENOMEM;
	memcpy(to->ip, from->ip, from->size * sizeof(*to->ip));
	return 0;
}

void ftrace_hash_free(struct ftrace_hash *h)
{
	ftrace_host->free(h->ip);
	memset(h, 0, sizeof(*h));
}

/* Is it an empty filter, which stands for all functions? */
bool ftrace_hash_all(const struct ftrace_hash *h)
{
	return !h->nr && !h->none;
}

/* Does an ops with these filters want the function? NULL: no filter yet. */
bool ftrace_ops_test(const struct ftrace_ops_hash *h, unsigned long ip)
{
	if (!h)
		return true;
	return (ftrace_hash_all(&h->filter) ||
		ftrace_hash_has(&h->filter, ip)) &&
	       !ftrace_hash_has(&h->except, ip);
}
