/* SPDX-License-Identifier: MIT */
/* Area 3: arguments and results, wherever they lie, come through any call. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "graph.h"
#include "stack.h"

#define OUT 256
#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED

/* How a function may be traced. */
static const struct mode {
	const char *name;
	unsigned int ops;
	unsigned long flags;
	bool direct;
	bool graph;
} modes[] = {
	{ "args", 1, 0, false, false },
	{ "regs", 1, REGS, false, false },
	{ "two", 2, 0, false, false },
	{ "two with regs", 2, REGS, false, false },
	{ "direct", 0, 0, true, false },
	{ "direct and args", 1, 0, true, false },
	{ "direct and regs", 1, REGS, true, false },
	{ "direct and two", 2, 0, true, false },
	{ "graph", 0, 0, false, true },
	{ "graph and args", 1, 0, false, true },
	{ "graph and two with regs", 2, REGS, false, true },
	{ "graph and direct", 0, 0, true, true },
	{ "graph, direct and regs", 1, REGS, true, true },
};

static struct probe probe[2];
static unsigned long misaligned;

static struct fgraph_ops graph;

/*
 * What a callback may do: vector and floating point work, in memory that the
 * compiler takes for aligned because the ABI says so.
 */
static APART void work(void)
{
	volatile v4f room __attribute__((aligned(16))) = { 1, 2, 3, 4 };
	volatile long double wide = 3;
	volatile double narrow = 2;
	unsigned long at = (unsigned long)&room;

	/* The compiler knows the answer, unless it forgets whose address. */
	__asm__ volatile("" : "+r"(at));
	misaligned += at & 15 ? 1 : 0;
	room = room * room + room;
	wide = wide / 7 + narrow;
	narrow = narrow / 3 + (double)wide;
}

struct search {
	const char *name;
	unsigned long ip;
};

/* A function within another has a number behind its name. */
static int is_it(const struct ftrace_site_info *site, void *arg)
{
	struct search *s = arg;
	size_t n = strlen(s->name);

	if (strncmp(site->name, s->name, n) ||
	    (site->name[n] && site->name[n] != '.'))
		return 0;
	s->ip = site->ip;
	return 1;
}

static unsigned long site_named(const char *name)
{
	struct search s = { name, 0 };

	if (!ftrace_for_each_site(is_it, &s))
		value(name, 0, 1);
	return s.ip;
}

static void graph_on(const unsigned long *ip)
{
	unsigned int n;

	spoil_init(&graph);
	for (n = 0; n < 2 && ip[n]; n++)
		must("filter", ftrace_set_filter_ip(&graph.ops, ip[n], 0, 0));
	must("register", register_ftrace_graph(&graph));
}

/* Newest first: the one with @flags has the site before the other comes. */
static void mode_on(const struct mode *m, const unsigned long *ip)
{
	unsigned int i, n;

	for (n = 0; n < 2 && ip[n] && m->direct; n++)
		must("direct", register_ftrace_direct(ip[n],
						      CODE(direct_one)));
	for (i = 0; i < m->ops; i++) {
		probe_init(&probe[i], i ? 0 : m->flags);
		probe[i].ops.func = state_callback;
		for (n = 0; n < 2 && ip[n]; n++)
			must("filter", ftrace_set_filter_ip(&probe[i].ops,
							    ip[n], 0, 0));
		must("register", register_ftrace_function(&probe[i].ops));
	}
	if (m->graph)
		graph_on(ip);
}

static void mode_off(const struct mode *m, const unsigned long *ip,
		     unsigned long calls)
{
	unsigned int i, n;

	if (m->graph)
		spoil_end(&graph, calls);
	for (i = 0; i < m->ops; i++) {
		must("unregister", unregister_ftrace_function(&probe[i].ops));
		count("hits", probe[i].hits, calls);
	}
	count("direct", direct_hits[1], m->direct ? calls : 0);
	direct_hits[1] = 0;
	for (n = 0; n < 2 && ip[n] && m->direct; n++)
		must("direct", unregister_ftrace_direct(ip[n],
							CODE(direct_one)));
}

static void same(const char *site, const char *mode, const unsigned char *out,
		 const unsigned char *base)
{
	char name[96];
	unsigned int i;

	snprintf(name, sizeof(name), "%s, %s", site, mode);
	value(name, (unsigned long)memcmp(out, base, OUT), 0);
	for (i = 0; i < OUT; i++)
		if (out[i] != base[i])
			note("byte %u: %02x, untraced %02x", i, out[i],
			     base[i]);
}

/* It returns its return address, which is another with a graph client. */
static void call_parent(void *out);

void stack_try(const struct shape *s)
{
	static unsigned char base[OUT] __attribute__((aligned(64)));
	static unsigned char out[OUT] __attribute__((aligned(64)));
	unsigned long ip[2] = { site_named(s->site[0]), 0 };
	size_t i;

	if (s->site[1])
		ip[1] = site_named(s->site[1]);
	state_hook = state_hook ? state_hook : work;
	direct_hook = work;
	memset(base, 0, OUT);
	s->call(base);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (modes[i].graph && s->call == call_parent)
			continue;
		memset(out, 0, OUT);
		mode_on(&modes[i], ip);
		s->call(out);
		mode_off(&modes[i], ip, s->calls);
		same(s->site[0], modes[i].name, out, base);
	}
	memset(out, 0, OUT);
	s->call(out);
	same(s->site[0], "off", out, base);
	count("misaligned", misaligned, 0);
}

SHAPE(longs, 1,
      STORE(long, 0, traced_longs(1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12,
				  13, 1L << 30)));
SHAPE(small, 1,
      STORE(long, 0, traced_small(-1, 255, -3, 65535, -5, true, -7, 8, -9, 200,
				  -11, -12, -13, ~0U)));
SHAPE(doubles, 1,
      STORE(double, 0, traced_doubles(1.5, -2, 3.25, -4, 5, -6, 7, -8, 9, -10,
				      11, -12, 13, -14, 15.125)));
SHAPE(mix, 1,
      STORE(double, 0, traced_mix(1, 2.5, 3.5f, -4, 5.5, 6, 7.5, -8, 9.5f, 10,
				  11.5, -12, 13.5, -14, 15.5, 16, 17.5f, 18.5,
				  -19, 20.5, 21.5, -22.5, 23.5, -24)));

static APART void call_variadic(void *out)
{
	struct pair p = { 7, -9 };

	STORE(double, 0, traced_variadic("ll", 3L, -4L));
	STORE(double, 8, traced_variadic("dd", 3.5, -4.5));
	STORE(double, 16, traced_variadic("llllllllllllll", 1L, 2L, 3L, 4L, 5L,
					  6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L,
					  14L));
	STORE(double, 24, traced_variadic("dddddddddddddd", 1.5, 2.5, 3.5, 4.5,
					  5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5,
					  12.5, 13.5, 14.5));
	STORE(double, 32, traced_variadic("ldqDpldqDpldqDp", 1L, 2.5, 3LL,
					  4.5L, p, -1L, -2.5, -3LL, -4.5L, p,
					  11L, 12.5, 13LL, 14.5L, p));
	STORE(double, 40, traced_variadic(""));
}

static const struct shape variadic = { { "traced_variadic", NULL }, 6,
				       call_variadic };

SHAPE(long_double, 1,
      STORE(long double, 0,
	    traced_long_double(1, 2.1L, -3, 4.1L, 5.5, -6.1L, 7.1L, 8, 9.1L,
			       -10.1L, 11.1L)));
SHAPE(wide, 1,
      wide_int big = (wide_int)0x0123456789abcdefLL *
		     (sizeof(wide_int) > 8 ? 0x7edcba9876543210LL : 3);
      STORE(wide_int, 0, traced_wide(big, 2, -big, big + 4, -5, big / 6,
				     big * 7)));
SHAPE(complex_float, 1,
      STORE(float complex, 0, traced_complex_float(1.5f + 2.5f * I, 3.5f,
						   -4.5f + 5.5f * I)));
SHAPE(complex_double, 1,
      STORE(double complex, 0,
	    traced_complex_double(1.5 + 2.5 * I, 3.5, -4.5 + 5.5 * I,
				  6.5 - 7.5 * I, 8.5 + 9.5 * I, 10.5 - 1 * I)));
SHAPE(complex_long, 1,
      STORE(long double complex, 0,
	    traced_complex_long(1.1L + 2.1L * I, 3, -4.1L + 5.1L * I)));

static APART void call_vectors(void *out)
{
	v4f f = { 1, -2, 3.5, 4 };
	v4i i = { 5, -6, 7, 8 };

	STORE(v4f, 0, traced_vectors(f, f + 1, i, f + 2, f + 3, f + 4, f + 5,
				     i + 1, f + 6, f + 7, f + 8, f + 9, f + 10,
				     i + 2));
}

static const struct shape vectors = { { "traced_vectors", NULL }, 1,
				      call_vectors };

static APART void call_structs(void *out)
{
	struct three a = { { 1, -2, 3 } };
	struct pair b = { 4, -5 }, h = { 6, 7 }, i = { -8, 9 };
	struct floats c = { 1.5, 2.5, 3.5, -4.5 }, j = { -1, 2, -3, 4 };
	struct large d = { { 1, 2, 3, 4, 5, 6, 7, 8, -9 } };
	struct mixed e = { 10, 11.5 }, k = { -12, 13.5 };
	struct doubles f = { 14.5, -15.5 };
	struct packed g = { 16.5, -17, 18.5 };

	STORE(double, 0, traced_structs(a, b, c, d, e, f, g, h, i, j, k));
}

static const struct shape structs = { { "traced_structs", NULL }, 1,
				      call_structs };

SHAPE(ret_three, 1, STORE(struct three, 0, traced_ret_three(42)));
SHAPE(ret_pair, 1, STORE(struct pair, 0, traced_ret_pair(0x1234567)));
SHAPE(ret_floats, 1, STORE(struct floats, 0, traced_ret_floats(1.25)));
SHAPE(ret_doubles, 1, STORE(struct doubles, 0, traced_ret_doubles(2.5)));
/* Where a long is short, there is a hole between the two. */
SHAPE(ret_mixed, 1,
      struct mixed m = traced_ret_mixed(-3, 4.5);
      STORE(long, 0, m.a); STORE(double, 8, m.b));
SHAPE(ret_packed, 1, STORE(struct packed, 0, traced_ret_packed(-3, 4.5)));
SHAPE(ret_large, 1,
      STORE(struct large, 0, traced_ret_large(1, 2, 3, 4, 5, 6, 7, 8, -9)));
SHAPE(around, 1, STORE(long, 0, traced_around(11)));

/* The function inside, twice; the one around it is another shape. */
static const struct shape within = { { "traced_within", NULL }, 2,
				     call_around };
static const struct shape both_around = { { "traced_around",
					    "traced_within" }, 3,
					  call_around };

#define LEVELS 500
SHAPE(deep, LEVELS + 1, STORE(unsigned long, 0, traced_deep(LEVELS)));

static APART void call_pair(void *out)
{
	STORE(unsigned long, 0, traced_even(LEVELS));
	STORE(unsigned long, 8, traced_odd(LEVELS));
}

static const struct shape mutual = { { "traced_even", "traced_odd" },
				     2 * LEVELS + 2, call_pair };
SHAPE(tail, 1, STORE(unsigned long, 0, traced_tail(40)));
static const struct shape tail_both = { { "traced_tail", "traced_even" }, 12,
					call_tail };
SHAPE(parent, 1, STORE(void *, 0, traced_parent()));

long stack_apply(long (*fn)(long), long x)
{
	return fn(x) + 1;
}

static APART void call_around_far(void *out)
{
	STORE(long, 0, traced_around_far(11));
}

static const struct shape within_far = { { "traced_within_far",
					   "traced_around_far" }, 3,
					 call_around_far };

static void *on_own_stack(void *arg)
{
	stack_try(arg);
	return NULL;
}

/* gcc makes code on the stack for it, and no stack of ours is executable. */
static void stack_trampoline(void)
{
	size_t size = 1 << 20;
	void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;
	pthread_t t;

	value("stack", stack != MAP_FAILED, true);
	pthread_attr_init(&attr);
	must("attr", pthread_attr_setstack(&attr, stack, size));
	must("thread", pthread_create(&t, &attr, on_own_stack,
				      (void *)&within_far));
	pthread_join(t, NULL);
}

#define CASE(name, ...)                                               \
	static void stack_##name(void)                                \
	{                                                             \
		static const struct shape *const all[] = { __VA_ARGS__ }; \
		size_t i;                                             \
		for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)    \
			stack_try(all[i]);                            \
	}

CASE(integers, &longs, &small)
CASE(doubles, &doubles)
CASE(mix, &mix)
CASE(variadic, &variadic)
CASE(structs, &structs)
CASE(returns, &ret_three, &ret_pair, &ret_floats, &ret_doubles, &ret_mixed,
     &ret_packed, &ret_large)
CASE(long_double, &long_double)
CASE(wide, &wide)
CASE(complex, &complex_float, &complex_double, &complex_long)
CASE(vectors, &vectors)
CASE(nested, &around, &within, &both_around)
CASE(deep, &deep, &mutual)
CASE(tail, &tail, &tail_both, &parent)

const struct conf_case stack_cases[] = {
	{ "stack_integers", "-", stack_integers },
	{ "stack_doubles", "-", stack_doubles },
	{ "stack_mix", "-", stack_mix },
	{ "stack_variadic", "-", stack_variadic },
	{ "stack_structs", "-", stack_structs },
	{ "stack_returns", "-", stack_returns },
	{ "stack_long_double", "-", stack_long_double },
	{ "stack_wide", "-", stack_wide },
	{ "stack_complex", "-", stack_complex },
	{ "stack_vectors", "-", stack_vectors },
	{ "stack_nested", "-", stack_nested },
	{ "stack_trampoline", "-", stack_trampoline },
	{ "stack_deep", "-", stack_deep },
	{ "stack_tail", "-", stack_tail },
	{ NULL, NULL, NULL },
};
