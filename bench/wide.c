/* SPDX-License-Identifier: MIT */
/* Vectors live in the caller, and a callback that clears their upper halves. */
#include <alloca.h>

#include "bench.h"
#include "wide.h"

#define REPEATS 31
#define CALLS 15000L
/* Places of the stack, all over a page: a vector may lie across a boundary. */
#define PLACES 32
#define PLACE 144

enum { PLAIN, XRAY, OURS, NR };

/* One width: its functions, its results. */
struct width {
	int bits;
	double (*run)(int which, long *lost);
	double ns[NR][PLACES][REPEATS];
	double mean[NR][REPEATS];	/* of all places */
	long lost[NR];		/* lanes that are not what they must be */
};

static struct bench_client clients[2];

__attribute__((target("avx"))) static void
clear(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
      struct ftrace_regs *fregs)
{
	bench_count(ip, parent_ip, op, fregs);
	_mm256_zeroupper();
}

BENCH_256 __m256i bench_plain_256(__m256i v)
{
	__asm__ volatile("");
	return _mm256_add_epi64(v, _mm256_set1_epi64x(1));
}

BENCH_512 __m512i bench_plain_512(__m512i v)
{
	__asm__ volatile("");
	return _mm512_add_epi64(v, _mm512_set1_epi64(1));
}

/* Every lane counts the calls: one that was lost once is behind for good. */
static long wrong(const long *lane, int nr)
{
	long bad = 0;

	while (nr--)
		bad += lane[nr] != CALLS;
	return bad;
}

BENCH_256 static double run_256(int which, long *lost)
{
	static bench_fn_256 *const fns[NR] = { bench_plain_256, bench_xray_256,
					       bench_site_256 };
	bench_fn_256 *volatile fn = fns[which];
	__m256i v = _mm256_setzero_si256();
	double start = bench_cpu_now();
	long lane[4], i;

	for (i = 0; i < CALLS; i++)
		v = fn(v);
	_mm256_storeu_si256((void *)lane, v);
	*lost += wrong(lane, 4);
	return (bench_cpu_now() - start) / (double)CALLS;
}

BENCH_512 static double run_512(int which, long *lost)
{
	static bench_fn_512 *const fns[NR] = { bench_plain_512, bench_xray_512,
					       bench_site_512 };
	bench_fn_512 *volatile fn = fns[which];
	__m512i v = _mm512_setzero_si512();
	double start = bench_cpu_now();
	long lane[8], i;

	for (i = 0; i < CALLS; i++)
		v = fn(v);
	_mm512_storeu_si512(lane, v);
	*lost += wrong(lane, 8);
	return (bench_cpu_now() - start) / (double)CALLS;
}

__attribute__((noinline)) static void run_at(struct width *w, int place, int r)
{
	volatile char *room = alloca((size_t)place * PLACE + 1);
	int i;

	room[0] = 0;
	for (i = 0; i < NR; i++) {
		w->ns[i][place][r] = w->run(i, &w->lost[i]);
		w->mean[i][r] += w->ns[i][place][r] / PLACES;
	}
}

static void repeat(struct width *w, struct bench_client *client, int r)
{
	long ours = client->calls, xray = bench_xray_calls;
	int place;

	bench_xray_patch(true);
	for (place = 0; place < PLACES; place++)
		run_at(w, place, r);
	bench_xray_patch(false);
	if (client->calls - ours != PLACES * CALLS ||
	    bench_xray_calls - xray != PLACES * CALLS)
		bench_die("callbacks were not as many as calls");
	if (w->lost[PLAIN] || w->lost[OURS])
		bench_die("a vector lost its upper part");
}

/* The place that is worst for @which. */
static double worst(const struct width *w, int which)
{
	double ns, most = 0;
	int place;

	for (place = 0; place < PLACES; place++) {
		ns = bench_median_above(w->ns[which][place],
					w->ns[PLAIN][place], REPEATS);
		if (ns > most)
			most = ns;
	}
	return most;
}

static void measure(struct width *w, struct bench_client *client)
{
	const double *zero = w->mean[PLAIN], *ours = w->mean[OURS];
	const double *xray = w->mean[XRAY];
	int r;

	for (r = 0; r < REPEATS; r++)
		repeat(w, client, r);
	bench_detach(client);
	bench_row(&(struct bench_row){
		bench_text("one ops, %d bits live", w->bits), "ns",
		bench_median_above(ours, zero, REPEATS),
		"XRay, entry only",
		bench_median_above(xray, zero, REPEATS),
		bench_ratio(ours, zero, xray, zero, REPEATS), BENCH_NO_GOAL, 0,
		"both callbacks vzeroupper, counted" });
	bench_row(&(struct bench_row){
		"the same, at the worst place of the stack", "ns",
		worst(w, OURS), "XRay, entry only", worst(w, XRAY),
		worst(w, OURS) / worst(w, XRAY), BENCH_NO_GOAL, 0,
		bench_text("of %d places", PLACES) });
	bench_row(&(struct bench_row){
		bench_text("its lanes lost, of %d x %d", w->bits / 64,
			   REPEATS * PLACES), "lanes", (double)w->lost[OURS],
		"XRay, entry only", (double)w->lost[XRAY],
		w->lost[XRAY] ? (double)w->lost[OURS] /
				(double)w->lost[XRAY] : 1,
		BENCH_VALUE, 0, "each lane counts each call" });
}

/* Before others come and go, and leave it their used thunks. */
void bench_wide_attach(void)
{
	bench_attach(&clients[0], clear, 0, bench_site_256);
	bench_attach(&clients[1], clear, 0, bench_site_512);
}

void bench_wide(void)
{
	static struct width narrow = { .bits = 256, .run = run_256 };
	static struct width wide = { .bits = 512, .run = run_512 };

	bench_section("A call with vectors live, ns above a plain one");
	bench_xray_handler(true);
	if (__builtin_cpu_supports("avx2"))
		measure(&narrow, &clients[0]);
	else
		bench_absent("one ops, 256 bits live", "not this CPU");
	if (__builtin_cpu_supports("avx512f"))
		measure(&wide, &clients[1]);
	else
		bench_absent("one ops, 512 bits live", "not this CPU");
	bench_xray_handler(false);
}
