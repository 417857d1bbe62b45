/* SPDX-License-Identifier: MIT */
/* Area 11: objects and generated code come and go under clients. */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "blob.h"

static struct probe p;

static void holds(const char *name, int err)
{
	must(name, err);
	must("verify", ftrace_verify());
}

static void on(struct probe *c)
{
	holds("register", register_ftrace_function(&c->ops));
}

static void off(struct probe *c)
{
	holds("unregister", unregister_ftrace_function(&c->ops));
}

/* A file beside the program. */
static const char *beside(const char *name)
{
	static __thread char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);

	while (n > 0 && path[n - 1] != '/')
		n--;
	strcpy(path + (n > 0 ? n : 0), name);
	return path;
}

static traced_fn *load_as(const char *name, int flags, void **dl)
{
	*dl = dlopen(beside(name), RTLD_NOW | flags);
	if (!*dl)
		note("%s", dlerror());
	return *dl ? (traced_fn *)dlsym(*dl, "plugin_traced") : NULL;
}

static traced_fn *load(void **dl)
{
	traced_fn *fn = load_as("plugin.so", 0, dl);

	value("loaded", fn != NULL, true);
	return fn;
}

static void unload(void *dl)
{
	value("dlclose", (unsigned long)dlclose(dl), 0);
	value("verify", (unsigned long)ftrace_verify(), 0);
}

static void calls(traced_fn *fn, unsigned long want)
{
	p.hits = 0;
	value("result", (unsigned long)fn(1), 6);
	count("hits", p.hits, want);
}

static unsigned long in_constructor;

static void call_it(traced_fn *fn)
{
	in_constructor += fn(1) == 6;
}

/* Loaded first, then traced; and the other way round. */
static void modules_before(void)
{
	traced_fn *fn;
	void *dl;

	plugin_hook = call_it;
	fn = load(&dl);
	probe_init(&p, 0);
	on(&p);
	calls(fn, 1);
	unload(dl);
	off(&p);
}

static void modules_after(void)
{
	struct ftrace_stats was, is;
	traced_fn *fn;
	void *dl;

	plugin_hook = call_it;
	probe_init(&p, 0);
	on(&p);
	ftrace_get_stats(&was);
	fn = load(&dl);
	/* By the object's own constructor it is complete. */
	value("constructor", in_constructor, 1);
	/* The constructor itself, and what it calls. */
	count("in the constructor", p.hits, 2);
	calls(fn, 1);
	unload(dl);
	ftrace_get_stats(&is);
	value("sites", is.sites, was.sites);
	value("modules", is.modules, was.modules);
	value("sets", is.sets, was.sets);
	off(&p);
}

static int filter(const char *line)
{
	return ftrace_set_filter(&p.ops, line, (int)strlen(line), 0);
}

/* A line that waits for an object finds it each time that it comes. */
static void modules_pending(void)
{
	traced_fn *fn;
	void *dl;
	int i;

	plugin_hook = call_it;
	probe_init(&p, 0);
	holds("filter", filter(":mod:plugin.so"));
	on(&p);
	traced_one(1);
	for (i = 0; i < 3; i++) {
		fn = load(&dl);
		/* The constructor itself, and what it calls. */
		count("in the constructor", p.hits, 2);
		calls(fn, 1);
		unload(dl);
		p.hits = 0;
	}
	traced_one(1);
	count("elsewhere", p.hits, 0);
	off(&p);
	ftrace_free_filter(&p.ops);
}

/* What a filter names goes with its object, and does not become "all". */
static void modules_filter(void)
{
	traced_fn *fn;
	void *dl;

	plugin_hook = call_it;
	fn = load(&dl);
	probe_init(&p, 0);
	probe_on(&p, (const void *)fn);
	on(&p);
	calls(fn, 1);
	unload(dl);
	traced_one(1);
	fn = load(&dl);
	calls(fn, 0);
	holds("filter", ftrace_set_filter_ip(&p.ops, CODE(fn), 0, 0));
	calls(fn, 1);
	off(&p);
	/* And a function that was left out is, when it comes again, one of all. */
	ftrace_free_filter(&p.ops);
	holds("notrace", ftrace_set_notrace(&p.ops, "plugin_traced", 13, 0));
	on(&p);
	calls(fn, 0);
	unload(dl);
	fn = load(&dl);
	calls(fn, 1);
	off(&p);
	ftrace_free_filter(&p.ops);
	unload(dl);
}

/* One that is never unmapped stays, with its clients. */
static void modules_nodelete(void)
{
	traced_fn *fn;
	void *dl;

	plugin_hook = call_it;
	probe_init(&p, 0);
	on(&p);
	fn = load_as("plugin.so", RTLD_NODELETE, &dl);
	value("loaded", fn != NULL, true);
	unload(dl);
	calls(fn, 1);
	fn = load(&dl);
	calls(fn, 1);
	unload(dl);
	off(&p);
	calls(fn, 0);
}

/* A constructor that loads another object, with the loader's lock held. */
static void *inner;
static traced_fn *inner_fn;

static void load_inner(traced_fn *fn)
{
	plugin_hook = call_it;
	fn(1);
	inner_fn = load_as("plugin2.so", 0, &inner);
	fn(1);
}

static void modules_nested(void)
{
	traced_fn *fn;
	void *dl;

	probe_init(&p, 0);
	on(&p);
	plugin_hook = load_inner;
	fn = load(&dl);
	value("inner", inner_fn && inner_fn != fn, true);
	value("both constructors", in_constructor, 1);
	count("in constructors", p.hits, 5);
	calls(fn, 1);
	calls(inner_fn, 1);
	unload(dl);
	calls(inner_fn, 1);
	unload(inner);
	off(&p);
}

/* A constructor that starts threads, which run its object's code at once. */
static unsigned long stop, runs, wrong;
static pthread_t worker[2];

static void *work(void *arg)
{
	traced_fn *fn = *(traced_fn **)arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (fn(1) != 6)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void start_workers(traced_fn *fn)
{
	static traced_fn *keep;
	int i;

	keep = fn;
	for (i = 0; i < 2; i++)
		value("thread", (unsigned long)pthread_create(&worker[i], NULL,
							      work, &keep), 0);
	while (!__atomic_load_n(&runs, __ATOMIC_RELAXED))
		sched_yield();
}

static void modules_threads(void)
{
	traced_fn *fn;
	int round, i;
	void *dl;

	plugin_hook = start_workers;
	probe_init(&p, 0);
	fn = load(&dl);
	for (round = 0; round < 20; round++) {
		on(&p);
		while (!__atomic_load_n(&p.hits, __ATOMIC_RELAXED))
			sched_yield();
		off(&p);
		p.hits = 0;
	}
	stop = 1;
	for (i = 0; i < 2; i++)
		pthread_join(worker[i], NULL);
	count("wrong", wrong, 0);
	calls(fn, 0);
	unload(dl);
}

/* Generated code, in three steps. */
static struct blob blob;

static void modules_steps(void)
{
	struct ftrace_site_info info;
	unsigned long ip;

	value("made", blob_make(&blob, 3), true);
	probe_init(&p, 0);
	on(&p);
	holds("init", blob_init(&blob));
	ip = ftrace_location(CODE(blob.fn[1]));
	value("listed", site_info(ip, &info), true);
	value("disabled", info.flags, FTRACE_SITE_DISABLED);
	count("clients", info.count, 0);
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 0);
	holds("enable", ftrace_module_enable(&blob.mod));
	value("result", (unsigned long)blob.fn[1](1), 2);
	count("hits", p.hits, 1);
	show_thunk("blob", ip, 1);
	holds("release", ftrace_release_mod(&blob.mod));
	value("gone", ftrace_location(CODE(blob.fn[1])), 0);
	off(&p);
}

/* Two clients that move the instruction pointer meet as it is enabled. */
static void modules_enable_fails(void)
{
	static struct probe a, b;
	struct snap before;
	unsigned long ip;

	value("made", blob_make(&blob, 3), true);
	holds("init", blob_init(&blob));
	ip = ftrace_location(CODE(blob.fn[1]));
	probe_init(&a, FTRACE_OPS_FL_IPMODIFY);
	probe_init(&b, FTRACE_OPS_FL_IPMODIFY);
	holds("filter", ftrace_set_filter_ip(&a.ops, ip, 0, 0));
	holds("filter", ftrace_set_filter_ip(&b.ops, ip, 0, 0));
	on(&a);
	on(&b);
	snap_take(&before);
	log_clear();
	refused("enable", ftrace_module_enable(&blob.mod), -EBUSY,
		"ftrace_module_enable", "instruction pointer");
	snap_same("enable", &before);
	value("verify", (unsigned long)ftrace_verify(), 0);
	off(&b);
	holds("enable", ftrace_module_enable(&blob.mod));
	off(&a);
	holds("release", ftrace_release_mod(&blob.mod));
	ftrace_free_filter(&a.ops);
	ftrace_free_filter(&b.ops);
}

static struct ftrace_ops direct;
static unsigned long told[2];
static unsigned int shares;

static int gone(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	if (cmd == FTRACE_OPS_CMD_MODULE_GONE)
		told[op == &direct]++;
	else
		shares = cmd != FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER;
	return 0;
}

static void is_told(unsigned long want)
{
	count("the mover is told", told[0], want);
	count("the direct client is told", told[1], want);
	value("sharing", shares, !want);
}

/* Who took the place of a function of an object that goes is told so. */
static void modules_gone(void)
{
	unsigned long one = CODE(direct_one), ip;
	traced_fn *fn;
	void *dl;

	plugin_hook = call_it;
	fn = load(&dl);
	ip = ftrace_location(CODE(fn));
	probe_init(&p, FTRACE_OPS_FL_IPMODIFY);
	p.ops.ops_func = direct.ops_func = gone;
	probe_on(&p, (const void *)fn);
	holds("filter", ftrace_set_filter_ip(&direct, ip, 0, 0));
	on(&p);
	holds("direct", register_ftrace_direct_multi(&direct, one));
	calls(fn, 1);
	count("direct", direct_hits[1], 1);
	is_told(0);
	unload(dl);
	is_told(1);
	value("find", ftrace_find_rec_direct(ip), 0);
	/* It may come back where it was, and is another one. */
	fn = load(&dl);
	calls(fn, 0);
	off(&p);
	holds("direct", unregister_ftrace_direct_multi(&direct, one));
	ftrace_free_filter(&p.ops);
	ftrace_free_filter(&direct);
	is_told(1);
	/* A direct call of nobody's goes without a word. */
	ip = ftrace_location(CODE(fn));
	holds("direct", register_ftrace_direct(ip, one));
	calls(fn, 0);
	unload(dl);
	count("direct", direct_hits[1], 2);
	value("direct", (unsigned long)unregister_ftrace_direct(ip, one),
	      (unsigned long)-ENODEV);
	is_told(1);
}

/*
 * One thread registers for everything, again and again, while another one makes
 * a module's text read-only between its first two steps.
 */
static void *enable_all(void *unused)
{
	static struct probe all;

	probe_init(&all, 0);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		wrong += register_ftrace_function(&all.ops) != 0;
		wrong += unregister_ftrace_function(&all.ops) != 0;
		__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
	}
	return unused;
}

static int prot_of(const void *page)
{
	int prot = -1;
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512], r, w, x;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %c%c%c", &from, &to, &r, &w,
			   &x) == 5 &&
		    from <= (unsigned long)page && (unsigned long)page < to)
			prot = (r == 'r' ? PROT_READ : 0) |
			       (w == 'w' ? PROT_WRITE : 0) |
			       (x == 'x' ? PROT_EXEC : 0);
	if (f)
		fclose(f);
	return prot;
}

static unsigned long race_round(void)
{
	unsigned long bad = !blob_make(&blob, 3);

	/* As a code generator may have it while it fills in the page. */
	bad += mprotect(blob.page, 4096, PROT_READ | PROT_WRITE |
					 PROT_EXEC) != 0;
	bad += blob_init(&blob) != 0;
	bad += mprotect(blob.page, 4096, PROT_READ | PROT_EXEC) != 0;
	bad += blob.fn[1](1) != 2;
	bad += ftrace_module_enable(&blob.mod) != 0;
	bad += blob.fn[1](1) != 2;
	bad += ftrace_verify() != 0;
	bad += ftrace_release_mod(&blob.mod) != 0;
	bad += prot_of(blob.page) != (PROT_READ | PROT_EXEC);
	munmap(blob.page, 4096);
	return bad;
}

static void modules_enable_race(void)
{
	unsigned long bad = 0;
	unsigned int round;
	pthread_t t;

	value("thread", (unsigned long)pthread_create(&t, NULL, enable_all,
						      NULL), 0);
	while (!__atomic_load_n(&runs, __ATOMIC_RELAXED))
		sched_yield();
	for (round = 0; round < 100; round++)
		bad += race_round();
	stop = 1;
	pthread_join(t, NULL);
	count("bad rounds", bad, 0);
	count("wrong", wrong, 0);
}

/*
 * Four threads load an object each, trace its function, call it and let go of
 * both, 1,000 times in all; nothing grows once all is warm.
 */
#define THREADS 4
#define ROUNDS 1000

static unsigned long rounds, built;

static struct {
	struct probe p;
	const char *object;
} own[THREADS] = {
	{ .object = "plugin.so" }, { .object = "plugin2.so" },
	{ .object = "plugin3.so" }, { .object = "plugin4.so" },
};

static void was_built(traced_fn *fn)
{
	if (fn(1) == 6)
		__atomic_fetch_add(&built, 1, __ATOMIC_RELAXED);
}

static unsigned long one_round(struct probe *c, const char *object)
{
	traced_fn *fn;
	unsigned long bad, i;
	void *dl;

	fn = load_as(object, 0, &dl);
	if (!fn)
		return 1;
	probe_init(c, 0);
	bad = ftrace_set_filter_ip(&c->ops, CODE(fn), 0, 0) != 0;
	bad += register_ftrace_function(&c->ops) != 0;
	for (i = 0; i < 3; i++)
		bad += fn(1) != 6;
	bad += c->hits != 3;
	bad += unregister_ftrace_function(&c->ops) != 0;
	ftrace_free_filter(&c->ops);
	return bad + (dlclose(dl) != 0);
}

static void *rounds_run(void *arg)
{
	unsigned long i = (unsigned long)arg;

	while (__atomic_fetch_add(&rounds, -1UL, __ATOMIC_RELAXED) - 1 <
	       ROUNDS)
		__atomic_fetch_add(&wrong, one_round(&own[i].p, own[i].object),
				   __ATOMIC_RELAXED);
	return NULL;
}

static void run_rounds(unsigned long n)
{
	pthread_t t[THREADS];
	unsigned long i;

	rounds = n;
	built = 0;
	for (i = 0; i < THREADS; i++)
		value("thread", (unsigned long)pthread_create(&t[i], NULL,
						rounds_run, (void *)i), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	count("wrong", wrong, 0);
	/* Each round is one object, loaded and gone. */
	count("built", built, n);
	value("verify", (unsigned long)ftrace_verify(), 0);
}

static void modules_rounds(void)
{
	struct ftrace_stats was, is;

	plugin_hook = was_built;
	run_rounds(100);
	ftrace_get_stats(&was);
	run_rounds(ROUNDS - 100);
	ftrace_get_stats(&is);
	value("sites", is.sites, was.sites);
	value("modules", is.modules, was.modules);
	value("thunks", is.thunks, was.thunks);
	value("sets", is.sets, was.sets);
	value("bytes", is.bytes, was.bytes);
}

/* Those that load objects come last: a static program's list ends there. */
const struct conf_case modules_cases[] = {
	{ "modules_steps", "-", modules_steps },
	{ "modules_enable_fails", "-", modules_enable_fails },
	{ "modules_enable_race", "-", modules_enable_race },
	{ CONF_STATIC ? NULL : "modules_before", "-", modules_before },
	{ "modules_after", "-", modules_after },
	{ "modules_pending", "-", modules_pending },
	{ "modules_filter", "-", modules_filter },
	{ "modules_nodelete", "-", modules_nodelete },
	{ "modules_nested", "-", modules_nested },
	{ "modules_threads", "-", modules_threads },
	{ "modules_gone", "-", modules_gone },
	{ "modules_rounds", "-", modules_rounds },
	{ NULL, NULL, NULL },
};
