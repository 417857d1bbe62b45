/* SPDX-License-Identifier: MIT */
/* Clients that count: many of them, with filters of their own, on one loop. */
#include "sample.h"

#define CALLS 1000
#define CLIENTS 4

struct client {
	struct ftrace_ops ops;
	unsigned long hits;
};

static TRACED long relevant(long x)
{
	return x + 1;
}

static TRACED long irrelevant(long x)
{
	return x + 2;
}

static notrace void hit(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)fregs;
	((struct client *)op->priv)->hits++;
}

/* The last one wants all registers, and the other function. */
static notrace void start(struct client *c, int last)
{
	c->ops.func = hit;
	c->ops.priv = c;
	c->ops.flags = last ? FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED : 0;
	check(ftrace_set_filter_ip(&c->ops, last ? CODE(irrelevant) :
						   CODE(relevant), 0, 1));
	check(register_ftrace_function(&c->ops));
}

notrace int main(void)
{
	static struct client client[CLIENTS];
	long sum = 0;
	int i;

	for (i = 0; i < CLIENTS; i++)
		start(&client[i], i == CLIENTS - 1);
	for (i = 0; i < CALLS; i++)
		sum += relevant(i) - i;
	irrelevant(0);
	for (i = 0; i < CLIENTS; i++) {
		check(unregister_ftrace_function(&client[i].ops));
		ftrace_free_filter(&client[i].ops);
	}
	sum += relevant(0) + irrelevant(0);
	printf("sum %ld\n", sum);
	for (i = 0; i < CLIENTS; i++)
		printf("client %d: %lu\n", i, client[i].hits);
	return 0;
}
