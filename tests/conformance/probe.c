/* SPDX-License-Identifier: MIT */
/* A client that counts its calls. */
#include <string.h>

#include "conformance.h"

unsigned long order_now;

void probe_hit(unsigned long ip, unsigned long parent_ip,
	       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct probe *p = op->priv;

	(void)fregs;
	p->hits++;
	p->ip = ip;
	p->parent_ip = parent_ip;
	p->order = ++order_now;
}

void probe_init(struct probe *p, unsigned long flags)
{
	memset(p, 0, sizeof(*p));
	p->ops.func = probe_hit;
	p->ops.flags = flags;
	p->ops.priv = p;
}

void probe_on(struct probe *p, const void *fn)
{
	int err = ftrace_set_filter_ip(&p->ops, ftrace_code(fn), 0, 0);

	if (err)
		value("ftrace_set_filter_ip", (unsigned long)err, 0);
}

void probe_go(struct probe *p, unsigned long flags, ftrace_func_t func,
	      const void *fn)
{
	probe_init(p, flags);
	p->ops.func = func;
	probe_on(p, fn);
	must("register", register_ftrace_function(&p->ops));
}
