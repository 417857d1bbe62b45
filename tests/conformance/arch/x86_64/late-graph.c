/* SPDX-License-Identifier: MIT */
/* x86_64: a thread that a site's jump has sent to a graph client's thunk. */
#include "../../graph.h"
#include "arch-cases.h"

long late_jump(long x, unsigned long code);

static unsigned long thunk_of(const void *fn)
{
	struct ftrace_site_info info;

	value("listed", site_info(ftrace_location(CODE(fn)), &info), true);
	return info.target;
}

static void come(struct watch *w)
{
	watch_init(w);
	watch_on(w, traced_one);
	watch_start(w);
}

/* The site is a nop by then, a call of another client, a jump again. */
void late_graph(void)
{
	struct watch w;
	struct probe p;
	unsigned long thunk;

	come(&w);
	thunk = thunk_of(traced_one);
	value("in time", (unsigned long)late_jump(1, thunk), 2);
	watch_end(&w, 1, 1);
	value("a nop", (unsigned long)late_jump(1, thunk), 2);
	probe_init(&p, 0);
	probe_on(&p, traced_one);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	value("a call", (unsigned long)late_jump(1, thunk), 2);
	count("its client", p.hits, 1);
	come(&w);
	value("a jump", (unsigned long)late_jump(1, thunk), 2);
	count("its client", p.hits, 2);
	watch_end(&w, 1, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	ftrace_free_filter(&p.ops);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}
