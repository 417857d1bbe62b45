/* SPDX-License-Identifier: MIT */
/* What a call costs: all rows taken in turn, as many times as there are repeats. */
#include <ftrace/ftrace_regs.h>
#include <ftrace/module.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

#define REPEATS 51
#define CALLS 400000L
#define OTHERS 100

enum {
	PLAIN, XRAY, XRAY_ENTRY, XRAY_OFF, SITE, STUB, HAND_CALL, SHARED, FAR,
	HAND_FAR, REDIRECT,
	MOVED, HAND_JUMP, ONE, GRAPH, SWAPPED, INSTRUMENTED,
	SAFE, ELSEWHERE, USED, REGS, KEEP,
	TWO, FOUR, EIGHT, SIXTEEN,
	HAND_2, HAND_4, HAND_8, HAND_16, BUSY, BUSY_SITE, BUSY_NOPS, NR
};

/* Clients of the functions that are measured, and of another one. */
static struct bench_client clients[40], others[OTHERS];
static unsigned int nr_clients;

/* A loop over as many callbacks, written by hand: what they cost themselves. */
static struct bench_client by_hand[16];
static volatile int hand_nr;

__attribute__((noinline)) static long bench_hand(long v)
{
	int i, nr = hand_nr;

	for (i = 0; i < nr; i++)
		by_hand[i].ops.func((unsigned long)bench_hand, 0,
				    &by_hand[i].ops, NULL);
	return v + 1;
}

/* Every call goes on elsewhere. */
static void move(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	bench_count(ip, parent_ip, op, fregs);
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)bench_target);
}

static void attach(int nr, unsigned long flags, bench_fn *fn)
{
	while (nr--)
		bench_attach(&clients[nr_clients++], bench_count, flags, fn);
}

static void on_others(void)
{
	int i;

	for (i = 0; i < OTHERS; i++)
		bench_attach(&others[i], bench_count, 0, bench_other);
}

static void off_others(void)
{
	int i;

	for (i = 0; i < OTHERS; i++)
		bench_detach(&others[i]);
}

/* Attached anew each time: by then only used thunks are left. */
static void on_again(void)
{
	bench_attach(&others[0], bench_count, 0, bench_again);
}

static void off_again(void)
{
	bench_detach(&others[0]);
}

static void on_xray(void)
{
	bench_xray_patch(true);
}

static void off_xray(void)
{
	bench_xray_patch(false);
}

static void on_hand_2(void)
{
	hand_nr = 2;
}

static void on_hand_4(void)
{
	hand_nr = 4;
}

static void on_hand_8(void)
{
	hand_nr = 8;
}

static void on_hand_16(void)
{
	hand_nr = 16;
}

static struct call {
	bench_fn *fn;
	int per_call;			/* callbacks that each call must make */
	void (*on)(void), (*off)(void);
	double ns[REPEATS];
	bench_fn *const *busy;		/* variants, instead of fn */
} calls[NR] = {
	[PLAIN] = { .fn = bench_plain },
	[XRAY] = { bench_xray, 2, on_xray, off_xray, { 0 }, NULL },
	[XRAY_ENTRY] = { bench_xray_entry, 1, on_xray, off_xray, { 0 }, NULL },
	[XRAY_OFF] = { .fn = bench_xray },
	[SITE] = { .fn = bench_site },
	[STUB] = { .fn = bench_direct },
	[HAND_CALL] = { .fn = bench_hand_call },
	[SHARED] = { .fn = bench_shared, .per_call = 1 },
	[FAR] = { .fn = bench_far },
	[HAND_FAR] = { .fn = bench_hand_far },
	[REDIRECT] = { .fn = bench_redirect },
	[MOVED] = { .fn = bench_moved, .per_call = 1 },
	[HAND_JUMP] = { .fn = bench_hand_jump },
	[ONE] = { .fn = bench_1, .per_call = 1 },
	[GRAPH] = { .fn = bench_graph, .per_call = 1 },
	[SWAPPED] = { .fn = bench_swapped, .per_call = 1 },
	[INSTRUMENTED] = { .fn = bench_instrumented, .per_call = 1 },
	[SAFE] = { .fn = bench_safe, .per_call = 1 },
	[ELSEWHERE] = { bench_1, 1, on_others, off_others, { 0 }, NULL },
	[USED] = { bench_again, 1, on_again, off_again, { 0 }, NULL },
	[REGS] = { .fn = bench_regs, .per_call = 1 },
	[KEEP] = { .per_call = 1 },
	[TWO] = { .fn = bench_2, .per_call = 2 },
	[FOUR] = { .fn = bench_4, .per_call = 4 },
	[EIGHT] = { .fn = bench_8, .per_call = 8 },
	[SIXTEEN] = { .fn = bench_16, .per_call = 16 },
	[HAND_2] = { .fn = bench_hand, .per_call = 2, .on = on_hand_2 },
	[HAND_4] = { .fn = bench_hand, .per_call = 4, .on = on_hand_4 },
	[HAND_8] = { .fn = bench_hand, .per_call = 8, .on = on_hand_8 },
	[HAND_16] = { .fn = bench_hand, .per_call = 16, .on = on_hand_16 },
	[BUSY] = { .busy = bench_busy },
	[BUSY_SITE] = { .busy = bench_busy_site },
	[BUSY_NOPS] = { .busy = bench_busy_nops },
};

/* The same function, site included, in a conservative module. */
static void make_keep(void)
{
	static const unsigned char code[] = {
		0x90, 0x90, 0x90, 0x90, 0x90,	/* the site */
		0x48, 0x8d, 0x47, 0x01,		/* lea 1(%rdi), %rax */
		0xc3,				/* ret */
	};
	static unsigned long site;
	static struct ftrace_module mod = {
		.name = "kept", .sites = &site, .nr_sites = 1,
		.flags = FTRACE_MODULE_FRESH | FTRACE_MODULE_CONSERVATIVE,
	};
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		bench_die("no memory");
	memcpy(p, code, sizeof(code));
	mod.text = site = (unsigned long)p;
	mod.text_end = mod.text + 4096;
	if (mprotect(p, 4096, PROT_READ | PROT_EXEC) ||
	    ftrace_module_init(&mod) || ftrace_module_enable(&mod))
		bench_die("no generated function");
	calls[KEEP].fn = (bench_fn *)mod.text;
	attach(1, 0, calls[KEEP].fn);
}

/* Those that have a direct call. */
static struct {
	bench_fn *fn;
	void (*to)(void);
} directs[] = {
	{ bench_direct, bench_stub },
	{ bench_shared, bench_stub },
	{ bench_redirect, bench_redirect_stub },
	{ bench_swapped, bench_swap },
	{ bench_far, NULL },
};

#define NR_DIRECTS (sizeof(directs) / sizeof(directs[0]))

/* The stub once more, where no branch of this program reaches. */
static void make_far(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long away = (long)p - (long)bench_far;

	if (p == MAP_FAILED || away == (int)away)
		bench_die("no memory far away");
	memcpy(p, (const void *)bench_stub, 16);
	if (mprotect(p, 4096, PROT_READ | PROT_EXEC))
		bench_die("no function far away");
	memcpy(&directs[NR_DIRECTS - 1].to, &p, sizeof(p));
	bench_far_stub = directs[NR_DIRECTS - 1].to;
}

static void attach_directs(void)
{
	unsigned long ip, to;
	size_t i;

	make_far();
	for (i = 0; i < NR_DIRECTS; i++) {
		ip = (unsigned long)directs[i].fn;
		to = (unsigned long)directs[i].to;
		if (register_ftrace_direct(ip, to) ||
		    ftrace_find_rec_direct(ip) != to)
			bench_die("no direct call");
	}
}

static void detach_directs(void)
{
	size_t i;

	for (i = 0; i < NR_DIRECTS; i++)
		if (unregister_ftrace_direct((unsigned long)directs[i].fn,
					     (unsigned long)directs[i].to))
			bench_die("a direct call stays");
}

/* What stays attached while the calls are measured. */
static void attach_all(void)
{
	int i;

	attach(1, 0, bench_1);
	attach(1, 0, bench_shared);
	attach(1, FTRACE_OPS_FL_RECURSION_SAFE, bench_safe);
	attach(1, FTRACE_OPS_FL_SAVE_REGS, bench_regs);
	make_keep();
	attach(2, 0, bench_2);
	attach(4, 0, bench_4);
	attach(8, 0, bench_8);
	attach(16, 0, bench_16);
	bench_attach(&clients[nr_clients++], move, FTRACE_OPS_FL_IPMODIFY,
		     bench_moved);
	for (i = 0; i < 16; i++)
		by_hand[i].ops.func = bench_count;
	attach_directs();
	bench_graph_attach(bench_graph);
	bench_xray_handler(false);
}

static void detach_all(void)
{
	while (nr_clients)
		bench_detach(&clients[--nr_clients]);
	detach_directs();
	bench_graph_detach();
}

static long counted(void)
{
	long sum = bench_xray_calls + bench_xray_exits + bench_graph_counted();
	unsigned int i;

	for (i = 0; i < nr_clients; i++)
		sum += clients[i].calls;
	for (i = 0; i < OTHERS; i++)
		sum += others[i].calls;
	for (i = 0; i < 16; i++)
		sum += by_hand[i].calls;
	return sum;
}

static void run(struct call *c, int repeat)
{
	long before;
	int i;

	if (c->on)
		c->on();
	before = counted();
	if (c->fn)
		c->ns[repeat] = bench_time_calls(c->fn, CALLS);
	for (i = 0; c->busy && i < BENCH_BUSY; i++)
		c->ns[repeat] += bench_time_calls(c->busy[i], CALLS) / BENCH_BUSY;
	if (counted() - before != CALLS * c->per_call)
		bench_die("callbacks were not as many as calls");
	if (c->off)
		c->off();
}

/* A row whose time is what is above a plain call. */
static void above(const char *what, int id, const char *ref, int ref_id,
		  enum bench_goal goal, double limit)
{
	const double *zero = calls[PLAIN].ns, *v = calls[id].ns;
	struct bench_row r = {
		.what = what,
		.unit = "ns",
		.value = bench_median_above(v, zero, REPEATS),
		.goal = goal,
		.limit = limit,
		.checked = calls[id].per_call ? "calls and callbacks counted" :
						"calls counted",
	};

	if (ref) {
		r.ref = ref;
		r.ref_value = bench_median_above(calls[ref_id].ns, zero,
						 REPEATS);
		r.ratio = bench_ratio(v, zero, calls[ref_id].ns, zero,
				      REPEATS);
	}
	bench_row(&r);
}

/* A row of two whole calls that should take the same time. */
static void whole(const char *what, int id, const char *ref, int ref_id,
		  enum bench_goal goal, double limit, const char *checked)
{
	const double *v = calls[id].ns, *beside = calls[ref_id].ns;
	const struct bench_row r = {
		what, "ns", bench_median(v, REPEATS), ref,
		bench_median(beside, REPEATS),
		bench_ratio(v, NULL, beside, NULL, REPEATS), goal, limit,
		checked,
	};

	bench_row(&r);
}

/* Least squares through 2, 4, 8 and 16 callbacks, for each repeat. */
static void slope(const int id[4], double *out)
{
	static const double n[4] = { 2, 4, 8, 16 };
	const double mean = 7.5, spread = 115;	/* of n: sum of squares */
	int r, i;

	for (r = 0; r < REPEATS; r++) {
		out[r] = 0;
		for (i = 0; i < 4; i++)
			out[r] += (n[i] - mean) / spread * calls[id[i]].ns[r];
	}
}

static void report_slope(void)
{
	static const int ours[4] = { TWO, FOUR, EIGHT, SIXTEEN };
	static const int hand[4] = { HAND_2, HAND_4, HAND_8, HAND_16 };
	double a[REPEATS], b[REPEATS];

	slope(ours, a);
	slope(hand, b);
	bench_row(&(struct bench_row){
		"each further ops, slope of 2 to 16", "ns",
		bench_median(a, REPEATS), "a loop by hand, slope",
		bench_median(b, REPEATS),
		bench_ratio(a, NULL, b, NULL, REPEATS), BENCH_RATIO, 1.5,
		"every callback counted" });
}

static void report_busy(void)
{
	const double *plain = calls[BUSY].ns;
	double nops = bench_ratio(calls[BUSY_NOPS].ns, NULL, plain, NULL,
				  REPEATS);

	/* Else this machine would not have shown a slow site either. */
	if (nops <= bench_ratio(calls[BUSY_SITE].ns, NULL, plain, NULL, REPEATS))
		bench_die("five one-byte nops are no slower than a site");
	whole("site off, in a busy body", BUSY_SITE, "without a site", BUSY,
	      BENCH_RATIO, 1.01, "five one-byte nops are slower");
	whole("five one-byte nops, in a busy body", BUSY_NOPS,
	      "without a site", BUSY, BENCH_NO_GOAL, 0, "calls counted");
}

static void report(void)
{
	static const char stub[] = "empty stub at the site";
	static const char entry[] = "XRay, entry only";
	static const char exits[] = "XRay, entry and exit";

	bench_section("A call: ns above a plain one, or whole calls where two stand "
		      "side by side");
	report_busy();
	above("site off", SITE, "XRay off", XRAY_OFF, BENCH_NO_GOAL, 0);
	above(exits, XRAY, entry, XRAY_ENTRY, BENCH_NO_GOAL,
	      0);
	above("one ops", ONE, entry, XRAY_ENTRY, BENCH_RATIO, 0.5);
	above("one ops", ONE, stub, STUB, BENCH_RATIO, 2.5);
	above("one ops", ONE, exits, XRAY, BENCH_NO_GOAL, 0);
	above("entry and return, graph client", GRAPH, exits, XRAY, BENCH_RATIO,
	      0.6);
	above("entry and return, graph client", GRAPH,
	      "return address swapped, ret", SWAPPED, BENCH_NO_GOAL, 0);
	above("entry and return, graph client", GRAPH,
	      "-finstrument-functions", INSTRUMENTED, BENCH_NO_GOAL, 0);
	above("one ops, conservative mode", KEEP, entry, XRAY_ENTRY,
	      BENCH_NO_GOAL, 0);
	above("one ops, RECURSION_SAFE", SAFE, entry, XRAY_ENTRY,
	      BENCH_NO_GOAL, 0);
	above("one ops, used thunk", USED, entry, XRAY_ENTRY, BENCH_NO_GOAL, 0);
	above("one ops, SAVE_REGS", REGS, entry, XRAY_ENTRY, BENCH_NO_GOAL, 0);
	whole("one ops, 100 ops elsewhere", ELSEWHERE, "one ops", ONE,
	      BENCH_SAME, 0.03, "every callback counted");
	above("two ops", TWO, "by hand", HAND_2, BENCH_NO_GOAL, 0);
	above("four ops", FOUR, "by hand", HAND_4, BENCH_NO_GOAL, 0);
	above("eight ops", EIGHT, "by hand", HAND_8, BENCH_NO_GOAL, 0);
	above("sixteen ops", SIXTEEN, "by hand", HAND_16, BENCH_NO_GOAL, 0);
	report_slope();
	whole("direct call, nobody else", STUB, "call by hand", HAND_CALL,
	      BENCH_SAME, 0.03, "calls counted");
	above("direct call, shared with one ops", SHARED, "one ops", ONE,
	      BENCH_NO_GOAL, 0);
	whole("direct call, far, nobody else", FAR, "indirect call by hand",
	      HAND_FAR, BENCH_NO_GOAL, 0, "calls counted");
	whole("redirect, by a callback", MOVED, "jump by hand", HAND_JUMP,
	      BENCH_NO_GOAL, 0, "all moved");
	whole("redirect, by a direct call", REDIRECT, "jump by hand",
	      HAND_JUMP, BENCH_SAME, 0.03, "all moved");
}

void bench_calls(void)
{
	int repeat, i;

	attach_all();
	for (repeat = 0; repeat < REPEATS; repeat++)
		for (i = 0; i < NR; i++)
			run(&calls[i], repeat);
	detach_all();
	report();
}
