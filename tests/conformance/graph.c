/* SPDX-License-Identifier: MIT */
/* Area 13: entries and returns, what handlers get, and who shares a function. */
#include <string.h>

#include "graph.h"

/* The stack pointer tells calls apart; it is kept with each. */
static int watch_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		       struct ftrace_regs *fregs)
{
	struct watch *w = gops->priv;
	unsigned long *kept = fgraph_reserve_data(gops->idx, sizeof(*kept));

	w->entries++;
	w->retaddr = trace->retaddr;
	if ((unsigned long)trace->depth > w->deepest)
		w->deepest = (unsigned long)trace->depth;
	*kept = trace->func ^ (unsigned long)trace->depth ^ trace->retaddr;
	errno = 77;
	(void)fregs;
	return 1;
}

static void watch_return(struct ftrace_graph_ret *trace,
			 struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	struct watch *w = gops->priv;
	unsigned long *kept = fgraph_retrieve_data(gops->idx, NULL);

	w->returns++;
	w->value = ftrace_regs_get_return_value(fregs);
	w->overrun = trace->overrun;
	if (*kept != (trace->func ^ (unsigned long)trace->depth ^
		      trace->retaddr))
		w->wrong++;
	errno = 78;
}

void watch_init(struct watch *w)
{
	memset(w, 0, sizeof(*w));
	w->gops.entryfunc = watch_entry;
	w->gops.retfunc = watch_return;
	w->gops.priv = w;
}

void watch_on(struct watch *w, const void *fn)
{
	must("filter", ftrace_set_filter_ip(&w->gops.ops, CODE(fn), 0, 0));
}

void watch_start(struct watch *w)
{
	must("register", register_ftrace_graph(&w->gops));
}

void watch_begin(struct watch *w)
{
	watch_init(w);
	watch_on(w, traced_outer);
	watch_on(w, traced_inner);
	watch_on(w, traced_jumps);
	watch_start(w);
}

void watch_end(struct watch *w, unsigned long entries, unsigned long returns)
{
	must("unregister", unregister_ftrace_graph(&w->gops));
	count("entries", w->entries, entries);
	count("returns", w->returns, returns);
	count("wrong", w->wrong, 0);
	ftrace_free_filter(&w->gops.ops);
}

static struct probe entered, returned;

static int spoil_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		       struct ftrace_regs *fregs)
{
	(void)gops;
	state_callback(trace->func, trace->retaddr, &entered.ops, fregs);
	return 1;
}

static void spoil_return(struct ftrace_graph_ret *trace,
			 struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	(void)gops;
	state_callback(trace->func, trace->retaddr, &returned.ops, fregs);
}

void spoil_init(struct fgraph_ops *gops)
{
	*gops = (struct fgraph_ops){ .entryfunc = spoil_entry,
				     .retfunc = spoil_return };
	probe_init(&entered, 0);
	probe_init(&returned, 0);
}

void spoil_end(struct fgraph_ops *gops, unsigned long calls)
{
	must("unregister", unregister_ftrace_graph(gops));
	count("entered", entered.hits, calls);
	count("returned", returned.hits, calls);
	ftrace_free_filter(&gops->ops);
}

static void watch_both(struct watch *w)
{
	watch_init(w);
	watch_on(w, traced_inner);
	watch_on(w, traced_outer);
	watch_start(w);
}

static struct watch watch;

static void graph_nesting(void)
{
	watch_both(&watch);
	errno = 5;
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	value("errno", (unsigned long)errno, 5);
	value("its value", watch.value, 9);
	value("deepest", watch.deepest, 1);
	value("returns here", watch.retaddr - CODE(traced_outer) < 256, true);
	value("inner", (unsigned long)traced_inner(3, NULL), 4);
	value("its value", watch.value, 4);
	watch_end(&watch, 3, 3);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	count("entries", watch.entries, 3);
	show_nop("traced_outer", ftrace_location(CODE(traced_outer)));
}

/* All of it returns, and what is too deep is counted. */
static void graph_recursion(void)
{
	const long most = FTRACE_GRAPH_CALLS, over = 100;
	struct ftrace_stats st;
	unsigned int i;

	watch_init(&watch);
	watch_on(&watch, traced_sum);
	watch_start(&watch);
	for (i = 0; i < 3; i++) {
		value("all", (unsigned long)traced_sum(most),
		      (unsigned long)(most * (most + 1) / 2));
		value("too deep", (unsigned long)traced_sum(most + over),
		      (unsigned long)((most + over) * (most + over + 1) / 2));
		count("overrun", watch.overrun,
		      (i + 1) * (unsigned long)over);
	}
	value("deepest", watch.deepest, (unsigned long)most - 1);
	ftrace_get_stats(&st);
	count("overruns", st.overruns, 3 * (unsigned long)over);
	watch_end(&watch, 6 * (unsigned long)most, 6 * (unsigned long)most);
}

static void graph_depth(void)
{
	watch_init(&watch);
	watch_on(&watch, traced_sum);
	watch_start(&watch);
	ftrace_graph_set_max_depth(3);
	value("limited", (unsigned long)traced_sum(10), 55);
	count("entries", watch.entries, 3);
	ftrace_graph_set_max_depth(0);
	value("not limited", (unsigned long)traced_sum(10), 55);
	watch_end(&watch, 13, 13);
}

static struct watch many[FTRACE_GRAPH_MAX + 1];

/* As many as there can be, on the same functions; one leaves in the middle. */
static void graph_clients(void)
{
	unsigned int i;

	for (i = 0; i < FTRACE_GRAPH_MAX; i++)
		watch_both(&many[i]);
	watch_init(&many[i]);
	log_clear();
	refused("one too many", register_ftrace_graph(&many[i].gops), -ENOSPC,
		"register_ftrace_graph", "graph clients");
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	watch_end(&many[5], 2, 2);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	watch_both(&many[FTRACE_GRAPH_MAX]);
	value("its number", (unsigned long)many[FTRACE_GRAPH_MAX].gops.idx, 5);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	for (i = 0; i < FTRACE_GRAPH_MAX; i++)
		if (i != 5)
			watch_end(&many[i], 6, 6);
	watch_end(&many[i], 2, 2);
}

#define SIZES 5
static const int sizes[SIZES] = { 1, 2, 4, 8, FTRACE_GRAPH_DATA };
static const unsigned long long kept[SIZES] = {
	123, 12345, 1234567890, 1234567890123456789, 0x0102030405060708
};
static unsigned long data_right, data_none;

static int data_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		      struct ftrace_regs *fregs)
{
	unsigned int i = (unsigned int)((struct watch *)gops->priv - many);
	unsigned char *p;
	int n;

	(void)trace, (void)fregs;
	data_none += !fgraph_retrieve_data(gops->idx, NULL);
	data_none += !fgraph_reserve_data(gops->idx, 0);
	data_none += !fgraph_reserve_data(gops->idx, FTRACE_GRAPH_DATA + 1);
	p = fgraph_reserve_data(gops->idx, sizes[i]);
	data_none += !fgraph_reserve_data(gops->idx, sizes[i]);
	for (n = 0; p && n < sizes[i]; n++)
		p[n] = (unsigned char)(kept[i] >> (n % 8 * 8));
	return p != NULL;
}

static void data_return(struct ftrace_graph_ret *trace,
			struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	unsigned int i = (unsigned int)((struct watch *)gops->priv - many);
	unsigned char *p;
	int n, size = 0;

	(void)trace, (void)fregs;
	p = fgraph_retrieve_data(gops->idx, &size);
	data_none += !fgraph_reserve_data(gops->idx, 1);
	for (n = 0; p && n < sizes[i]; n++)
		if (p[n] != (unsigned char)(kept[i] >> (n % 8 * 8)))
			return;
	data_right += p && size == sizes[i];
}

/* Each keeps another size, through calls of the same functions within. */
static void graph_data(void)
{
	unsigned int i;

	for (i = 0; i < SIZES; i++) {
		watch_init(&many[i]);
		many[i].gops.entryfunc = data_entry;
		many[i].gops.retfunc = data_return;
		watch_on(&many[i], traced_sum);
		watch_start(&many[i]);
	}
	value("sum", (unsigned long)traced_sum(20), 210);
	count("right", data_right, 20 * SIZES);
	count("none", data_none, 20 * SIZES * 5);
	value("nowhere", (unsigned long)fgraph_retrieve_data(0, NULL), 0);
	value("nowhere", (unsigned long)fgraph_reserve_data(0, 1), 0);
	for (i = 0; i < SIZES; i++)
		must("unregister", unregister_ftrace_graph(&many[i].gops));
}

/* One wants no return, one nothing else, one changes both. */
static int entry_no(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		    struct ftrace_regs *fregs)
{
	watch_entry(trace, gops, fregs);
	return 0;
}

static int entry_changes(struct ftrace_graph_ent *trace,
			 struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	ftrace_regs_set_argument(fregs, 0, 40);
	return watch_entry(trace, gops, fregs);
}

static void return_changes(struct ftrace_graph_ret *trace,
			   struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	watch_return(trace, gops, fregs);
	ftrace_regs_set_return_value(fregs, 1000);
	value("no registers", (unsigned long)ftrace_get_regs(fregs), 0);
}

static void graph_wishes(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		watch_init(&many[i]);
		watch_on(&many[i], traced_inner);
	}
	many[0].gops.entryfunc = entry_no;
	many[1].gops.retfunc = NULL;
	many[2].gops.entryfunc = entry_changes;
	many[2].gops.retfunc = return_changes;
	watch_start(&many[0]);
	value("no return", (unsigned long)traced_inner(3, NULL), 4);
	watch_start(&many[1]);
	value("no handler", (unsigned long)traced_inner(3, NULL), 4);
	watch_start(&many[2]);
	value("changed", (unsigned long)traced_inner(3, NULL), 1000);
	value("what it was", many[2].value, 41);
	watch_end(&many[2], 1, 1);
	watch_end(&many[1], 2, 0);
	watch_end(&many[0], 3, 0);
}

static void graph_errors(void)
{
	const char *call = "register_ftrace_graph";
	struct snap before;

	snap_take(&before);
	log_clear();
	refused("NULL", register_ftrace_graph(NULL), -EINVAL, call, "NULL");
	memset(&watch, 0, sizeof(watch));
	refused("none", register_ftrace_graph(&watch.gops), -EINVAL, call,
		"handler");
	watch_init(&watch);
	watch.gops.ops.flags = FTRACE_OPS_FL_IPMODIFY;
	refused("moves", register_ftrace_graph(&watch.gops), -EINVAL, call,
		"instruction pointer");
	watch.gops.ops.flags = 1UL << 31;
	refused("flag", register_ftrace_graph(&watch.gops), -EINVAL, call,
		"flag");
	watch.gops.ops.flags = 0;
	refused("not registered", unregister_ftrace_graph(&watch.gops), -EBUSY,
		"unregister_ftrace_graph", "not registered");
	refused("NULL", unregister_ftrace_graph(NULL), -EINVAL,
		"unregister_ftrace_graph", "NULL");
	snap_same("refused", &before);
	watch_on(&watch, traced_inner);
	watch_start(&watch);
	refused("twice", register_ftrace_graph(&watch.gops), -EBUSY, call,
		"registered");
	value("inner", (unsigned long)traced_inner(3, NULL), 4);
	watch_end(&watch, 1, 1);
	value("feature", !!(ftrace_arch_features() & FTRACE_FEATURE_GRAPH),
	      true);
}

/* A handler that calls what it traces, and unregisters itself. */
static void return_calls(struct ftrace_graph_ret *trace,
			 struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	watch_return(trace, gops, fregs);
	value("within", (unsigned long)traced_outer(1, NULL), 5);
	if (watch.returns == 2)
		value("leaves", (unsigned long)unregister_ftrace_graph(gops),
		      (unsigned long)-EINPROGRESS);
}

static void graph_handlers(void)
{
	watch_init(&watch);
	watch.gops.retfunc = return_calls;
	watch_on(&watch, traced_inner);
	watch_on(&watch, traced_outer);
	watch_start(&watch);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	must("synchronize", ftrace_synchronize());
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	count("entries", watch.entries, 2);
	count("returns", watch.returns, 2);
}

/* It leaves, and another one comes, while a call is in the body. */
static void leaves_inside(void)
{
	watch_end(&many[0], 2, 0);
	watch_both(&many[1]);
	value("number", (unsigned long)many[1].gops.idx, 0);
}

static void graph_leaves_inside(void)
{
	watch_both(&many[0]);
	value("outer", (unsigned long)traced_outer(3, leaves_inside), 9);
	count("of others", many[1].returns, 0);
	count("of who left", many[0].returns, 0);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	watch_end(&many[1], 2, 2);
}

static void redirects(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	ftrace_regs_set_instruction_pointer(fregs, CODE(plain_ten));
}

static long ten(void)
{
	return traced_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
}

/* With one that sends the function elsewhere: what returns is that. */
static void graph_ipmodify(void)
{
	long elsewhere = plain_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), here = ten();
	unsigned long flags = 0;
	struct probe p;

	do {
		watch_init(&watch);
		watch_on(&watch, traced_ten);
		probe_init(&p, FTRACE_OPS_FL_IPMODIFY | flags);
		p.ops.func = redirects;
		probe_on(&p, traced_ten);
		watch_start(&watch);
		must("register", register_ftrace_function(&p.ops));
		value("elsewhere", (unsigned long)ten(),
		      (unsigned long)elsewhere);
		value("its value", watch.value, (unsigned long)elsewhere);
		must("unregister", unregister_ftrace_function(&p.ops));
		value("here", (unsigned long)ten(), (unsigned long)here);
		count("redirected", p.hits, 1);
		watch_end(&watch, 2, 2);
		ftrace_free_filter(&p.ops);
		flags = flags ? 0 : FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED;
	} while (flags);
}

static void overrides(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	ftrace_regs_set_return_value(fregs, 4321);
	ftrace_override_function_with_return(fregs);
}

static void graph_override(void)
{
	struct probe p;

	watch_init(&watch);
	watch_on(&watch, traced_one);
	watch_start(&watch);
	probe_init(&p, FTRACE_OPS_FL_IPMODIFY);
	p.ops.func = overrides;
	probe_on(&p, traced_one);
	must("register", register_ftrace_function(&p.ops));
	value("overridden", (unsigned long)traced_one(1), 4321);
	value("its value", watch.value, 4321);
	must("unregister", unregister_ftrace_function(&p.ops));
	value("itself", (unsigned long)traced_one(1), 2);
	watch_end(&watch, 2, 2);
}

/* A function that ends in a jump to another one: both return, to the same. */
static void graph_tail(void)
{
	watch_init(&watch);
	watch_on(&watch, traced_tail_calls);
	watch_on(&watch, traced_outer);
	watch_on(&watch, traced_inner);
	watch_start(&watch);
	value("tail", (unsigned long)traced_tail_calls(2, NULL), 9);
	value("deepest", watch.deepest, 2);
	value("tail", (unsigned long)traced_tail_calls(2, NULL), 9);
	watch_end(&watch, 6, 6);
}

static unsigned long goes_to(const void *fn)
{
	struct ftrace_site_info info;

	value("listed", site_info(ftrace_location(CODE(fn)), &info), true);
	return info.target;
}

/* What the sites hold as clients of both kinds come and go. */
static void graph_sites(void)
{
	unsigned long inner = ftrace_location(CODE(traced_inner)), to;
	struct probe p, q;

	probe_init(&p, 0);
	probe_on(&p, traced_inner);
	must("register", register_ftrace_function(&p.ops));
	show_thunk("traced_inner", inner, 1);
	watch_both(&watch);
	show_graph("traced_inner", inner, 2);
	show_graph("traced_outer", ftrace_location(CODE(traced_outer)), 1);
	to = goes_to(traced_inner);
	value("its own", to != goes_to(traced_outer), true);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	probe_init(&q, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED);
	probe_on(&q, traced_inner);
	must("register", register_ftrace_function(&q.ops));
	show_graph("traced_inner", inner, 3);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	must("unregister", unregister_ftrace_function(&q.ops));
	value("back", goes_to(traced_inner), to);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	watch_end(&watch, 6, 6);
	show_thunk("traced_inner", inner, 1);
	value("outer", (unsigned long)traced_outer(3, NULL), 9);
	must("unregister", unregister_ftrace_function(&p.ops));
	show_nop("traced_inner", inner);
	count("hits", p.hits, 4);
	count("hits", q.hits, 1);
	ftrace_free_filter(&p.ops);
	ftrace_free_filter(&q.ops);
}

/* A thread's first call has no memory for what is waited for: it is a plain call. */
static void graph_no_memory(void)
{
	struct ftrace_stats st;

	watch_both(&watch);
	/* It has its block. */
	value("location", ftrace_location(CODE(traced_inner)) != 0, true);
	fault.alloc = true;
	errno = 42;
	value("inner", (unsigned long)traced_inner(3, NULL), 4);
	value("errno", (unsigned long)errno, 42);
	fault.alloc = false;
	must("stats", ftrace_get_stats(&st));
	count("lost", st.overruns, 1);
	count("entries", watch.entries, 0);
	value("inner", (unsigned long)traced_inner(3, NULL), 4);
	watch_end(&watch, 1, 1);
}

const struct conf_case graph_cases[] = {
	{ "graph_sites", "-", graph_sites },
	{ "graph_nesting", "-", graph_nesting },
	{ "graph_recursion", "-", graph_recursion },
	{ "graph_depth", "-", graph_depth },
	{ "graph_clients", "-", graph_clients },
	{ "graph_data", "-", graph_data },
	{ "graph_wishes", "-", graph_wishes },
	{ "graph_errors", "-", graph_errors },
	{ "graph_handlers", "-", graph_handlers },
	{ "graph_leaves_inside", "-", graph_leaves_inside },
	{ "graph_ipmodify", "-", graph_ipmodify },
	{ "graph_override", "-", graph_override },
	{ "graph_tail", "-", graph_tail },
	{ "graph_no_memory", "host", graph_no_memory },
	{ NULL, NULL, NULL },
};
