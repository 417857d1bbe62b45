/* SPDX-License-Identifier: MIT */
/* x86: every kind of site at every place, changed in every way there is. */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include <ftrace/module.h>

#include "arch-cases.h"

/*
 * What compilers leave at a site, each also behind a landing pad. A kind with
 * six bytes has one in front of the site.
 */
static const struct kind {
	const char *name;
	unsigned char bytes[6];
	unsigned int before;	/* bytes in front of ip */
	bool call;		/* nobody can run it as it is */
} kinds[] = {
	{ "gcc", { 0x90, 0x90, 0x90, 0x90, 0x90 }, 0, false },
	{ "clang", { 0x0f, 0x1f, 0x44, 0x00, 0x08 }, 0, false },
	{ "call", { 0xe8, 0, 0, 0, 0 }, 0, true },
	PLACE_KINDS
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define SITE 5
/* A cache line, and all places in it. */
#define PLACES 64
#define APART 128
#define NR (2 * KINDS * PLACES)

/* By what stores a site can be changed while others run it. */
enum way { QUAD, PAIR, HEAD, NONE, NR_WAYS };

static struct place {
	const struct kind *kind;
	unsigned int pad;	/* bytes of a landing pad at the start */
	unsigned long start, ip;
	traced_fn *fn;
	enum way way;
} place[NR];

static struct ftrace_module mod = { .name = "places" };
static unsigned long nr_ways[NR_WAYS];

static enum way way_of(unsigned long ip)
{
	if (ip % 8 <= 8 - SITE && __builtin_cpu_supports("cmpxchg8b"))
		return QUAD;
	if (ip % 16 <= 16 - SITE && __builtin_cpu_supports("avx"))
		return PAIR;
	return ip % 8 == 7 ? NONE : HEAD;
}

/* Returns its argument and one more. */
static const unsigned char body[] = PLACE_BODY;
static const unsigned char nop[] = PLACE_NOP, pad[] = PAD_BYTES;

static void place_make(struct place *p, unsigned char *at, unsigned int offset)
{
	unsigned char *ip = at + 16 + offset;

	p->ip = (unsigned long)ip;
	p->start = p->ip - p->kind->before - p->pad;
	p->fn = (traced_fn *)p->start;
	p->way = way_of(p->ip);
	nr_ways[p->way]++;
	memcpy((void *)p->start, pad, p->pad);
	memcpy((void *)(p->start + p->pad), p->kind->bytes,
	       p->kind->before + SITE);
	memcpy(ip + SITE, body, sizeof(body));
}

/* What holds in the text in front of ip once the library has it. */
static bool lead_is(const struct place *p)
{
	if (p->kind->before && *(const unsigned char *)(p->ip - 1) != 0x67)
		return false;
	return !memcmp((const void *)p->start, pad, p->pad);
}

static unsigned long sites[NR];

static int places_make(void)
{
	size_t size = (NR * APART + 4095) & ~4095UL;
	unsigned char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (p == MAP_FAILED)
		return -ENOMEM;
	for (i = 0; i < NR; i++) {
		place[i].kind = &kinds[i / PLACES / 2];
		place[i].pad = i / PLACES % 2 ? PAD_SIZE : 0;
		place_make(&place[i], p + i * APART, i % PLACES);
		/* gcc records what is behind the pad, others the start. */
		sites[i] = place[i].start + (i & 1 ? 0 : place[i].pad);
	}
	mprotect(p, size, PROT_READ | PROT_EXEC);
	mod.text = (unsigned long)p;
	mod.text_end = mod.text + size;
	mod.sites = sites;
	mod.nr_sites = NR;
	mod.flags = FTRACE_MODULE_FRESH;
	return ftrace_module_init(&mod);
}

static void places_add(void)
{
	unsigned int i, lost = 0, odd = 0;
	struct ftrace_site_info info;
	char why[256];

	must("init", places_make());
	must("enable", ftrace_module_enable(&mod));
	note("%lu, %lu, %lu and %lu", nr_ways[QUAD], nr_ways[PAIR],
	     nr_ways[HEAD], nr_ways[NONE]);
	for (i = 0; i < NR; i++) {
		const struct place *p = &place[i];
		bool off = p->way == NONE;

		lost += ftrace_location(p->start) != p->ip ||
			!site_info(p->ip, &info) ||
			!(info.flags & FTRACE_SITE_DISABLED) == off;
		if (!off)
			odd += !lead_is(p) || memcmp((void *)p->ip, nop, SITE);
		else
			odd += memcmp((void *)(p->start + p->pad),
				      p->kind->bytes,
				      p->kind->before + SITE) != 0;
		if (off && ftrace_explain(NULL, p->ip, why, sizeof(why)) >= 0)
			odd += !strstr(why, "two aligned quadwords");
	}
	count("lost", lost, 0);
	count("odd", odd, 0);
}

/* Who is refused keeps its compiled bytes, which only nops can run. */
static bool runs(const struct place *p)
{
	return p->way != NONE || !p->kind->call;
}

/* Call all; @hits for each site that can be traced. */
static void call_all(const struct probe *p, unsigned long hits)
{
	unsigned long was = p->hits, want = 0;
	unsigned int i, wrong = 0;

	for (i = 0; i < NR; i++) {
		want += place[i].way == NONE ? 0 : hits;
		wrong += runs(&place[i]) &&
			 place[i].fn((long)i) != (long)i + 1;
	}
	count("wrong", wrong, 0);
	count("hits", p->hits - was, want);
}

static void place_target(const struct place *p, unsigned long *target,
			 unsigned int *odd)
{
	const unsigned char *at = (const unsigned char *)p->ip;
	struct ftrace_site_info info;
	int32_t rel;

	site_info(p->ip, &info);
	memcpy(&rel, at + 1, sizeof(rel));
	*target = p->ip + SITE + (unsigned long)(long)rel;
	*odd += !lead_is(p) || at[0] != 0xe8 || *target != info.target;
}

/* Calls of the thunk; those that are written in steps have one each. */
static void all_call(void)
{
	unsigned long target, head_last = 0, shared = 0;
	unsigned int i, odd = 0, several = 0;

	for (i = 0; i < NR; i++) {
		if (place[i].way == NONE)
			continue;
		place_target(&place[i], &target, &odd);
		if (place[i].way == HEAD) {
			several += target == head_last || target == shared;
			head_last = target;
		} else {
			shared = shared ? shared : target;
			several += target != shared;
		}
	}
	count("no calls", odd, 0);
	count("other thunks", several, 0);
}

static void all_nop(void)
{
	unsigned int i, odd = 0;

	for (i = 0; i < NR; i++)
		if (place[i].way != NONE)
			odd += !lead_is(&place[i]) ||
			       memcmp((void *)place[i].ip, nop, SITE);
	count("no nops", odd, 0);
}

static void probe_make(struct probe *p, unsigned long flags)
{
	unsigned int i, bad = 0;

	probe_init(p, flags);
	for (i = 0; i < NR; i++)
		if (place[i].way != NONE)
			bad += !!ftrace_set_filter_ip(&p->ops, place[i].start,
						      0, 0);
	count("filter", bad, 0);
}

void sites_places(void)
{
	struct probe a, b;

	places_add();
	value("quad", nr_ways[QUAD] > 0,
	      !!__builtin_cpu_supports("cmpxchg8b"));
	value("head", nr_ways[HEAD] > 0, true);
	value("none", nr_ways[NONE] > 0, true);
	probe_make(&a, 0);
	probe_make(&b, FTRACE_OPS_FL_SAVE_REGS);
	call_all(&a, 0);
	must("register", register_ftrace_function(&a.ops));
	all_call();
	call_all(&a, 1);
	must("register", register_ftrace_function(&b.ops));
	all_call();
	call_all(&a, 1);
	call_all(&b, 1);
	must("unregister", unregister_ftrace_function(&a.ops));
	all_call();
	call_all(&a, 0);
	call_all(&b, 1);
	must("unregister", unregister_ftrace_function(&b.ops));
	all_nop();
	call_all(&b, 0);
}

static unsigned long stop, calls, wrong;

/* Round and round; every result is checked. */
static void *caller(void *arg)
{
	unsigned int i;

	for (i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		const struct place *p = &place[i % NR];
		long n;

		for (n = 0; runs(p) && n < 4; n++)
			if (p->fn(n) != n + 1)
				__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		if (i % NR == 0)
			__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	}
	return arg;
}

static unsigned long live_hits;

static void hit(unsigned long ip, unsigned long parent_ip,
		struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
	__atomic_fetch_add(&live_hits, 1, __ATOMIC_RELAXED);
}

static void rounds_pass(unsigned long n)
{
	unsigned long was = __atomic_load_n(&calls, __ATOMIC_RELAXED);

	while (__atomic_load_n(&calls, __ATOMIC_RELAXED) - was < n)
		sched_yield();
}

/* nop, a, a and b, b, nop, and a direct call in between. */
static unsigned int toggle(struct probe *a, struct probe *b, unsigned int round)
{
	const struct place *p = &place[round % NR];
	unsigned long after, one = CODE(direct_one), two = CODE(direct_two);
	unsigned int bad = 0;

	if (p->way != NONE)
		bad += !!register_ftrace_direct(p->ip, one);
	bad += !!register_ftrace_function(&a->ops);
	bad += !!register_ftrace_function(&b->ops);
	/* Now and then all of it is called. */
	if (round % 8 == 0)
		rounds_pass(2);
	if (p->way != NONE)
		bad += !!modify_ftrace_direct(p->ip, one, two);
	bad += !!unregister_ftrace_function(&a->ops);
	bad += !!unregister_ftrace_function(&b->ops);
	after = __atomic_load_n(&live_hits, __ATOMIC_RELAXED);
	if (p->way != NONE)
		bad += !!unregister_ftrace_direct(p->ip, two);
	if (round % 8 == 0)
		rounds_pass(1);
	return bad + (__atomic_load_n(&live_hits, __ATOMIC_RELAXED) != after);
}

void sites_places_live(void)
{
	unsigned int i, bad = 0;
	struct probe a, b;
	pthread_t t;

	places_add();
	probe_make(&a, 0);
	probe_make(&b, FTRACE_OPS_FL_SAVE_REGS);
	a.ops.func = b.ops.func = hit;
	must("thread", pthread_create(&t, NULL, caller, NULL));
	rounds_pass(1);
	for (i = 0; i < 300; i++)
		bad += toggle(&a, &b, i * 7);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	count("bad", bad, 0);
	count("wrong", wrong, 0);
	value("called", live_hits > NR, true);
	all_nop();
	note("%lu hits in %lu rounds", live_hits, calls);
}

static void *waits(void *arg)
{
	pthread_mutex_lock(arg);
	pthread_mutex_unlock(arg);
	return NULL;
}

/* No core can be told of the k-th step: what was written is taken back. */
static void fail_each(struct probe *p, int (*run)(struct ftrace_ops *ops),
		      bool on)
{
	unsigned long k;
	bool done;
	int err;

	for (k = 1; k < 10; k++) {
		fault_at(HOST_SYNC_CORE, k);
		err = run(&p->ops);
		done = fault.host[HOST_SYNC_CORE].calls < k;
		fault_at(HOST_SYNC_CORE, 0);
		if (done)
			break;
		value("refused", (unsigned long)err, -EPERM);
		if (on)
			all_call();
		else
			all_nop();
		call_all(p, on);
	}
	must("at last", err);
	call_all(p, !on);
	/* Head, tail, head. */
	value("steps", k - 1, 3);
}

void sites_places_fail(void)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct probe a;
	pthread_t t;

	places_add();
	probe_make(&a, 0);
	pthread_mutex_lock(&gate);
	must("thread", pthread_create(&t, NULL, waits, &gate));
	fail_each(&a, register_ftrace_function, false);
	fail_each(&a, unregister_ftrace_function, true);
	all_nop();
	pthread_mutex_unlock(&gate);
	pthread_join(t, NULL);
}
