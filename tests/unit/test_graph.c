/* SPDX-License-Identifier: MIT */
/* generic/graph.c, generic/frames.c: clients that are told of returns. */
#include <unistd.h>

#include "suites.h"

#define NR 8
#define MOST FTRACE_GRAPH_CALLS

static struct fake_text text;
static struct fake_state before;

struct watch {
	struct fgraph_ops gops;
	unsigned long entries, returns, retaddr, overrun;
	int depth;
};

static struct watch w[FTRACE_GRAPH_MAX + 1];

static int entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	struct watch *at = gops->priv;

	(void)fregs;
	at->entries++;
	at->depth = trace->depth;
	at->retaddr = trace->retaddr;
	return 1;
}

static void leave(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		  struct ftrace_regs *fregs)
{
	struct watch *at = gops->priv;

	(void)fregs;
	ck_assert_ptr_null(fgraph_reserve_data(gops->idx, 1));
	at->returns++;
	at->depth = trace->depth;
	at->retaddr = trace->retaddr;
	at->overrun = trace->overrun;
	errno = 4;
}

static void init(struct watch *at, size_t i)
{
	memset(at, 0, sizeof(*at));
	at->gops.entryfunc = entry;
	at->gops.retfunc = leave;
	at->gops.priv = at;
	ck_assert_int_eq(ftrace_set_filter_ip(&at->gops.ops, fake_fn(&text, i),
					      0, 0), 0);
}

static void on(struct watch *at)
{
	ck_assert_int_eq(register_ftrace_graph(&at->gops), 0);
}

static void off(struct watch *at)
{
	ck_assert_int_eq(unregister_ftrace_graph(&at->gops), 0);
	ftrace_free_filter(&at->gops.ops);
}

static void start_with(bool odd)
{
	fake_setup();
	fake.odd = odd;
	fake_text_make(&text, NR);
	fake_direct_hits[0] = fake_direct_hits[1] = 0;
	fake_save(&before, &text);
}

static void start(void)
{
	start_with(false);
}

static void start_calls(void)
{
	start_with(true);
}

/* A call, and then its return; the stack is the caller's choice. */
static struct pt_regs enter(size_t i, unsigned long sp, unsigned long parent)
{
	struct pt_regs cpu = { .parent = parent, .sp = sp };

	ck_assert_uint_eq(fake_run(fake_fn(&text, i), &cpu),
			  fake_site(&text, i) + 8);
	return cpu;
}

static void go(struct pt_regs *cpu, unsigned long to)
{
	ck_assert_uint_eq(fake_leave(cpu), to);
}

START_TEST(one)
{
	struct pt_regs cpu;

	init(&w[0], 1);
	on(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ck_assert_uint_eq(cpu.parent, FAKE_GRAPH_BACK);
	ck_assert(w[0].entries == 1 && w[0].retaddr == FAKE_PARENT);
	w[0].retaddr = 0;
	errno = 3;
	go(&cpu, FAKE_PARENT);
	ck_assert_int_eq(errno, 3);
	ck_assert(w[0].returns == 1 && w[0].retaddr == FAKE_PARENT);
	off(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ck_assert_uint_eq(cpu.parent, FAKE_PARENT);
	ck_assert_uint_eq(w[0].entries, 1);
}
END_TEST

START_TEST(nested)
{
	struct pt_regs outer, inner;

	init(&w[0], 1);
	ck_assert_int_eq(ftrace_set_filter_ip(&w[0].gops.ops,
					      fake_fn(&text, 2), 0, 0), 0);
	on(&w[0]);
	outer = enter(1, 0x5000, FAKE_PARENT);
	ck_assert_int_eq(w[0].depth, 0);
	inner = enter(2, 0x4000, 0x4321);
	ck_assert_int_eq(w[0].depth, 1);
	go(&inner, 0x4321);
	ck_assert(w[0].depth == 1 && w[0].retaddr == 0x4321);
	go(&outer, FAKE_PARENT);
	ck_assert(w[0].depth == 0 && w[0].retaddr == FAKE_PARENT);
	ck_assert_uint_eq(w[0].returns, 2);
	off(&w[0]);
}
END_TEST

/* It jumped at its end: one return address for both. */
START_TEST(tail)
{
	struct pt_regs cpu;
	int idx = 0;

	init(&w[0], 1);
	ck_assert_int_eq(ftrace_set_filter_ip(&w[0].gops.ops,
					      fake_fn(&text, 2), 0, 0), 0);
	on(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	cpu = enter(2, 0x5000, cpu.parent);
	ck_assert(w[0].depth == 1 && w[0].retaddr == FAKE_PARENT);
	ck_assert_uint_eq(ftrace_graph_ret_addr(&idx, cpu.parent), FAKE_PARENT);
	ck_assert_int_eq(idx, 2);
	ck_assert_uint_eq(ftrace_graph_ret_addr(&idx, 0x77), 0x77);
	go(&cpu, FAKE_PARENT);
	ck_assert_uint_eq(w[0].returns, 2);
	off(&w[0]);
}
END_TEST

/* A function that was left is no more when its stack pointer comes again. */
START_TEST(left)
{
	unsigned long i;
	struct pt_regs cpu;

	init(&w[0], 1);
	on(&w[0]);
	for (i = 0; i < 3 * MOST; i++)
		enter(1, 0x5000 - 16 * (i % 8), FAKE_PARENT);
	ck_assert_uint_eq(w[0].entries, 3 * MOST);
	ck_assert_uint_eq(fake_stats().overruns, 0);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	go(&cpu, FAKE_PARENT);
	ck_assert(w[0].returns == 1 && w[0].depth == 0);
	/* Nor is one that was left lower down what a call is made in. */
	enter(1, 0x5000, FAKE_PARENT);
	cpu = enter(1, 0x6000, FAKE_PARENT);
	ck_assert_int_eq(w[0].depth, 0);
	go(&cpu, FAKE_PARENT);
	off(&w[0]);
}
END_TEST

/* As many as there are, wherever their stacks lie; then others are counted. */
START_TEST(overrun)
{
	static struct pt_regs cpu[MOST];
	unsigned long n = 0, i;

	init(&w[0], 1);
	on(&w[0]);
	while (n < 2) {
		/* All begin to look at the same place, and at neighbours. */
		for (i = 0; i < MOST; i++)
			cpu[i] = enter(1, 0x10000000 - i * (_i ? 16 : 16 * MOST),
				       FAKE_PARENT);
		ck_assert_uint_eq(enter(1, 0x40, FAKE_PARENT).parent,
				  FAKE_PARENT);
		ck_assert_uint_eq(fake_stats().overruns, ++n);
		while (i--)
			go(&cpu[i], FAKE_PARENT);
		ck_assert_uint_eq(w[0].overrun, n);
		ck_assert_uint_eq(w[0].returns, n * MOST);
		ck_assert_uint_eq(w[0].entries, n * MOST);
	}
	off(&w[0]);
}
END_TEST

/* No memory for a thread's first frames is no overrun of the caller's. */
START_TEST(no_memory)
{
	struct pt_regs cpu;

	init(&w[0], 1);
	on(&w[0]);
	ftrace_location(fake_fn(&text, 1));	/* the thread has its block */
	fake_fail(FAKE_ALLOC_PAGES, 1);
	errno = 3;
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ck_assert_int_eq(errno, 3);
	fake_heal();
	ck_assert_uint_eq(cpu.parent, FAKE_PARENT);
	ck_assert(w[0].entries == 0 && fake_stats().overruns == 1);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	go(&cpu, FAKE_PARENT);
	ck_assert(w[0].entries == 1 && w[0].returns == 1);
	off(&w[0]);
}
END_TEST

START_TEST(all_clients)
{
	struct pt_regs cpu;
	unsigned int i;

	for (i = 0; i <= FTRACE_GRAPH_MAX; i++)
		init(&w[i], 1);
	for (i = 0; i < FTRACE_GRAPH_MAX; i++)
		on(&w[i]);
	expect_fail(-ENOSPC, "register_ftrace_graph",
		    register_ftrace_graph(&w[i].gops));
	cpu = enter(1, 0x5000, FAKE_PARENT);
	/* The place is free at once, and its return nobody's. */
	off(&w[7]);
	on(&w[i]);
	ck_assert_int_eq(w[i].gops.idx, 7);
	go(&cpu, FAKE_PARENT);
	for (i = 0; i < FTRACE_GRAPH_MAX; i++)
		ck_assert(w[i].entries == 1 && w[i].returns == (i != 7));
	ck_assert(w[i].entries == 0 && w[i].returns == 0);
	for (i = 0; i <= FTRACE_GRAPH_MAX; i++)
		if (i != 7)
			off(&w[i]);
	fake_gone(&before, &text);
}
END_TEST

static int declines(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		    struct ftrace_regs *fregs)
{
	entry(trace, gops, fregs);
	return 0;
}

/* No return is wanted, by one or two: the call keeps no frame. */
START_TEST(unwanted)
{
	unsigned long i;

	init(&w[0], 1);
	init(&w[1], 1);
	w[0].gops.entryfunc = w[1].gops.entryfunc = declines;
	on(&w[0]);
	if (_i)
		on(&w[1]);
	for (i = 0; i < 2 * MOST; i++)
		ck_assert_uint_eq(enter(1, 0x10000000 - 16 * i,
					FAKE_PARENT).parent, FAKE_PARENT);
	ck_assert(w[0].entries == 2 * MOST && fake_stats().overruns == 0);
	off(&w[0]);
	if (_i)
		off(&w[1]);
}
END_TEST

/* Who has no entry handler wants all returns. */
START_TEST(returns_only)
{
	struct pt_regs cpu;

	init(&w[0], 1);
	w[0].gops.entryfunc = NULL;
	on(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	go(&cpu, FAKE_PARENT);
	ck_assert(w[0].entries == 0 && w[0].returns == 1);
	off(&w[0]);
}
END_TEST

static int joins(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	entry(trace, gops, fregs);
	on(&w[1]);
	return 0;
}

/* Who comes while the callbacks of a call run is not meant by it. */
START_TEST(joins_inside)
{
	struct pt_regs cpu;

	init(&w[0], 1);
	init(&w[1], 1);
	w[0].gops.entryfunc = joins;
	on(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ck_assert_uint_eq(cpu.parent, FAKE_PARENT);
	ck_assert_uint_eq(w[1].entries, 0);
	off(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	go(&cpu, FAKE_PARENT);
	ck_assert(w[1].entries == 1 && w[1].returns == 1);
	off(&w[1]);
}
END_TEST

/* A plain client and a direct call beside it, each counted once. */
START_TEST(shared)
{
	struct pt_regs cpu;
	struct probe p;

	probe_init(&p, 0);
	probe_on(&p, &text, 1);
	init(&w[0], 1);
	on(&w[0]);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_direct(fake_fn(&text, 1), DIRECT_A),
			 0);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ck_assert(p.hits == 1 && fake_direct_hits[0] == 1);
	go(&cpu, FAKE_PARENT);
	ck_assert(w[0].entries == 1 && w[0].returns == 1);
	off(&w[0]);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(unregister_ftrace_direct(fake_fn(&text, 1), DIRECT_A),
			 0);
	probe_free(&p);
}
END_TEST

START_TEST(refused)
{

	struct ftrace_mod *m = text.mod.data;

	expect_fail(-EINVAL, "register_ftrace_graph",
		    register_ftrace_graph(NULL));
	expect_fail(-EINVAL, "unregister_ftrace_graph",
		    unregister_ftrace_graph(NULL));
	init(&w[0], 1);
	expect_fail(-EBUSY, "unregister_ftrace_graph",
		    unregister_ftrace_graph(&w[0].gops));
	w[0].gops.entryfunc = NULL;
	w[0].gops.retfunc = NULL;
	expect_fail(-EINVAL, "register_ftrace_graph",
		    register_ftrace_graph(&w[0].gops));
	w[0].gops.retfunc = leave;
	w[0].gops.ops.flags = FTRACE_OPS_FL_IPMODIFY;
	expect_fail(-EINVAL, "register_ftrace_graph",
		    register_ftrace_graph(&w[0].gops));
	w[0].gops.ops.flags = 0;
	fake_features &= ~FTRACE_FEATURE_GRAPH;
	expect_fail(-EOPNOTSUPP, "register_ftrace_graph",
		    register_ftrace_graph(&w[0].gops));
	fake_features |= FTRACE_FEATURE_GRAPH;
	m->mod->flags |= FTRACE_MODULE_CONSERVATIVE;
	expect_fail(-EOPNOTSUPP, "register_ftrace_graph",
		    register_ftrace_graph(&w[0].gops));
	m->mod->flags &= ~FTRACE_MODULE_CONSERVATIVE;
	on(&w[0]);
	expect_fail(-EBUSY, "register_ftrace_graph",
		    register_ftrace_graph(&w[0].gops));
	off(&w[0]);

	fake_gone(&before, &text);
}
END_TEST

static void *room[4];

static int reserves(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		    struct ftrace_regs *fregs)
{
	int n = 0;

	room[0] = fgraph_retrieve_data(gops->idx, NULL);
	room[1] = fgraph_reserve_data(gops->idx, FTRACE_GRAPH_DATA);
	room[2] = fgraph_reserve_data(gops->idx, 1);
	room[3] = fgraph_retrieve_data(gops->idx, &n);
	ck_assert_int_eq(n, room[1] ? (int)FTRACE_GRAPH_DATA : 0);
	ck_assert_ptr_null(fgraph_reserve_data(FTRACE_GRAPH_MAX, 1));
	ck_assert_ptr_null(fgraph_reserve_data(-1, 1));
	return entry(trace, gops, fregs);
}

/* Two clients can have the most; a third one then has none. */
START_TEST(data)
{
	struct pt_regs cpu;
	void *first;
	int i;

	for (i = 0; i < 3; i++) {
		init(&w[i], 1);
		w[i].gops.entryfunc = reserves;
	}
	on(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	first = room[1];
	ck_assert(first && !room[0] && !room[2] && room[3] == first);
	go(&cpu, FAKE_PARENT);
	on(&w[1]);
	on(&w[2]);
	/* The newest first; so the last is the first of all. */
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ck_assert(!room[1] && !room[3]);
	go(&cpu, FAKE_PARENT);
	ck_assert_ptr_null(fgraph_reserve_data(0, 1));
	for (i = 0; i < 3; i++)
		off(&w[i]);
}
END_TEST

/* The only client of a function is asked for its threads, too. */
START_TEST(chosen)
{
	struct pt_regs cpu;
	int i;

	init(&w[0], 1);
	w[0].gops.ops.flags = FTRACE_OPS_FL_PID;
	on(&w[0]);
	/* Not chosen, chosen, and again: by then it has frames. */
	for (i = 0; i < 3; i++) {
		cpu = enter(1, 0x5000, FAKE_PARENT);
		ck_assert_int_eq(cpu.parent == FAKE_PARENT, i != 1);
		go(&cpu, FAKE_PARENT);
		if (i < 2)
			ck_assert_int_eq(ftrace_set_filter_tid(
				&w[0].gops.ops, ftrace_host->thread_id(), i,
				0), 0);
	}
	ck_assert(w[0].entries == 1 && w[0].returns == 1);
	off(&w[0]);
}
END_TEST

START_TEST(depth)
{
	struct pt_regs cpu[3];
	int i;

	init(&w[0], 1);
	on(&w[0]);
	ftrace_graph_set_max_depth(2);
	for (i = 0; i < 3; i++)
		cpu[i] = enter(1, 0x5000 - 0x100 * (unsigned long)i,
			       FAKE_PARENT);
	ck_assert_uint_eq(w[0].entries, 2);
	while (i--)
		go(&cpu[i], FAKE_PARENT);
	ck_assert_uint_eq(w[0].returns, 2);
	ck_assert_uint_eq(fake_stats().overruns, 0);
	ftrace_graph_set_max_depth(0);
	off(&w[0]);
}
END_TEST

/* It is not told of an open call, if nobody else comes or leaves. */
START_TEST(leaves)
{
	struct pt_regs cpu;

	init(&w[0], 1);
	on(&w[0]);
	/* The first one goes the long way. */
	cpu = enter(1, 0x5000, FAKE_PARENT);
	go(&cpu, FAKE_PARENT);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	off(&w[0]);
	go(&cpu, FAKE_PARENT);
	ck_assert(w[0].entries == 2 && w[0].returns == 1);
}
END_TEST

/* Sites call who is gone. */
START_TEST(killed)
{
	struct pt_regs cpu;

	init(&w[0], 1);
	on(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ftrace_kill();
	go(&cpu, FAKE_PARENT);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	ck_assert_uint_eq(cpu.parent, FAKE_PARENT);
	ck_assert(w[0].entries == 1 && w[0].returns == 1);
	off(&w[0]);
}
END_TEST

static struct ftrace_frame *hand, *taken;

/* As if a signal's handler, where the level below is about to take its frame. */
static void interrupts(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct pt_regs cpu;

	(void)ip, (void)parent_ip, (void)op, (void)fregs;
	ftrace_self->run[0].frame = hand;
	cpu = enter(1, 0x5000, FAKE_PARENT);
	taken = ftrace_self->run[1].frame;
	go(&cpu, FAKE_PARENT);
}

/* What the level below has in hand is not taken, though it is free still. */
START_TEST(in_hand)
{
	struct pt_regs cpu;
	struct probe p;

	init(&w[0], 1);
	on(&w[0]);
	cpu = enter(1, 0x5000, FAKE_PARENT);
	hand = ftrace_self->top;
	go(&cpu, FAKE_PARENT);
	probe_init(&p, 0);
	p.ops.func = interrupts;
	probe_on(&p, &text, 2);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	enter(2, 0x6000, FAKE_PARENT);
	ck_assert(hand && taken && taken != hand && !hand->sp);
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	probe_free(&p);
	off(&w[0]);
}
END_TEST

/* Sites that jump; and those that cannot, and call. */
static void add_all(Suite *s, const char *name, void (*begin)(void))
{
	TCase *c = tcase_create(name);

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, begin, NULL);
	tcase_add_test(c, one);
	tcase_add_test(c, nested);
	tcase_add_test(c, tail);
	tcase_add_test(c, left);
	tcase_add_loop_test(c, overrun, 0, 2);
	tcase_add_test(c, no_memory);
	tcase_add_test(c, all_clients);
	tcase_add_loop_test(c, unwanted, 0, 2);
	tcase_add_test(c, returns_only);
	tcase_add_test(c, joins_inside);
	tcase_add_test(c, shared);
	tcase_add_test(c, refused);
	tcase_add_test(c, data);
	tcase_add_test(c, chosen);
	tcase_add_test(c, depth);
	tcase_add_test(c, leaves);
	tcase_add_test(c, killed);
	tcase_add_test(c, in_hand);
}

Suite *suite_graph(void)
{
	Suite *s = suite_create("graph");

	add_all(s, "jump", start);
	add_all(s, "call", start_calls);
	return s;
}
