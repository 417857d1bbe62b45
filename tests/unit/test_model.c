/* SPDX-License-Identifier: MIT */
/* The library takes the steps that the models in tests/model take. */
#include "cores.h"
#include "search.h"
#include "suites.h"

static const struct {
	const char *protocol, *steps;
} steps[] = {
#define STEPS(protocol, steps) { protocol, steps },
#include "../model/steps.h"
};

static char trace[512];
static bool whole_text;		/* a change of text is one step */
static bool was_told;		/* of a store, since the last flush */
static const struct fake_text *text;
static const struct ftrace_thunk *known[8];
static const void *set;		/* whose end is one */
static struct ftrace_host_ops below;

static void note(const char *what)
{
	size_t n = strlen(trace);

	if (whole_text && strstr("word flush sync skip tail head", what))
		what = "text";
	/* Several of a kind, for each of several sets, are one. */
	if (n >= strlen(what) && !strcmp(trace + n - strlen(what), what))
		return;
	snprintf(trace + n, sizeof(trace) - n, "%s%s", n ? " " : "", what);
}

static void stored(const struct ftrace_store *st)
{
	was_told = true;
	if (st->len == FAKE_INSN_SIZE)
		note("word");
	else if (st->addr != fake_site(text, 0))
		note("tail");
	else
		note(memcmp(st->new, FAKE_INSN_SKIP, st->len) ? "head" : "skip");
}

/* A loop over many sites stores by itself, each at once. */
static void flush_icache(unsigned long start, unsigned long end)
{
	if (start - text->mod.text < text->size) {
		if (!was_told)
			note("word");
		was_told = false;
		note("flush");
	}
	below.flush_icache(start, end);
}

static int sync_core(void)
{
	note("sync");
	return below.sync_core();
}

static int barrier(void)
{
	note("barrier");
	return below.barrier();
}

static void free_block(void *p)
{
	if (p && p == set)
		note("free");
	below.free(p);
}

bool __real_ftrace_runs(const struct ftrace_ops *ops);
bool __wrap_ftrace_runs(const struct ftrace_ops *ops);
bool __real_ftrace_any_run(bool (*fn)(const struct ftrace_slot *, const void *),
			   const void *arg);
bool __wrap_ftrace_any_run(bool (*fn)(const struct ftrace_slot *, const void *),
			   const void *arg);
void __real_ftrace_sets_kill_ops(struct ftrace_ops *ops);
void __wrap_ftrace_sets_kill_ops(struct ftrace_ops *ops);
void __real_ftrace_thunks_retire(const struct ftrace_set *s);
void __wrap_ftrace_thunks_retire(const struct ftrace_set *s);
void __real_ftrace_thunk_point(struct ftrace_mod *m,
			       const struct dyn_ftrace *rec,
			       struct ftrace_set *s);
void __wrap_ftrace_thunk_point(struct ftrace_mod *m,
			       const struct dyn_ftrace *rec,
			       struct ftrace_set *s);
struct ftrace_thunk *__real_ftrace_thunk_get(struct ftrace_mod *m,
					     const struct dyn_ftrace *rec,
					     struct ftrace_set *s, int *err);
struct ftrace_thunk *__wrap_ftrace_thunk_get(struct ftrace_mod *m,
					     const struct dyn_ftrace *rec,
					     struct ftrace_set *s, int *err);

bool __wrap_ftrace_runs(const struct ftrace_ops *ops)
{
	note("look");
	return __real_ftrace_runs(ops);
}

bool __wrap_ftrace_any_run(bool (*fn)(const struct ftrace_slot *, const void *),
			   const void *arg)
{
	note("look");
	return __real_ftrace_any_run(fn, arg);
}

void __wrap_ftrace_sets_kill_ops(struct ftrace_ops *ops)
{
	note("kill");
	__real_ftrace_sets_kill_ops(ops);
}

void __wrap_ftrace_thunks_retire(const struct ftrace_set *s)
{
	note("retire");
	__real_ftrace_thunks_retire(s);
}

void __wrap_ftrace_thunk_point(struct ftrace_mod *m,
			       const struct dyn_ftrace *rec,
			       struct ftrace_set *s)
{
	note("point");
	__real_ftrace_thunk_point(m, rec, s);
}

/* The first time that a thunk is given out its slot was filled in. */
struct ftrace_thunk *__wrap_ftrace_thunk_get(struct ftrace_mod *m,
					     const struct dyn_ftrace *rec,
					     struct ftrace_set *s, int *err)
{
	struct ftrace_thunk *t = __real_ftrace_thunk_get(m, rec, s, err);
	size_t i = 0;

	while (text && i < 7 && known[i] && known[i] != t)
		i++;
	if (text && known[i] != t) {
		known[i] = t;
		note("point");
	}
	return t;
}

static void begin(struct fake_text *t, bool odd)
{
	fake.alone = false;
	fake.odd = odd;
	fake_text_make(t, 1);
	text = t;
	below = fake_host;
	fake_host.flush_icache = flush_icache;
	fake_host.sync_core = sync_core;
	fake_host.barrier = barrier;
	fake_host.free = free_block;
	cores_stored = stored;
}

/* What was noted since the last time is what the models do. */
static void expect(const char *protocol)
{
	size_t i = 0, n = sizeof(steps) / sizeof(steps[0]);

	while (i < n && strcmp(steps[i].protocol, protocol))
		i++;
	ck_assert_msg(i < n, "no protocol %s in steps.h", protocol);
	ck_assert_msg(!strcmp(trace, steps[i].steps),
		      "%s: the library's steps are\n\t%s\nthe models'\n\t%s",
		      protocol, trace, steps[i].steps);
	trace[0] = '\0';
}

static void text_protocols(bool odd, const char *const name[3])
{
	static struct fake_text t;	/* looked at behind the test */
	struct probe a, b;

	begin(&t, odd);
	probe_init(&a, 0);
	probe_init(&b, 0);
	sure(!register_ftrace_function(&a.ops));
	expect(name[0]);
	sure(!register_ftrace_function(&b.ops));
	expect(name[1]);
	/* Up to where the client is taken out of the sets. */
	sure(!unregister_ftrace_function(&a.ops));
	trace[0] = '\0';
	sure(!unregister_ftrace_function(&b.ops));
	*strstr(trace, " kill") = '\0';
	expect(name[2]);
}

START_TEST(one_store)
{
	static const char *const name[] = {
		"one, nop to call", "one, call to call", "one, call to nop",
	};

	text_protocols(false, name);
}
END_TEST

START_TEST(head_tail_head)
{
	static const char *const name[] = {
		"steps, nop to call", "steps, call to call",
		"steps, call to nop",
	};

	text_protocols(true, name);
}
END_TEST

START_TEST(unregister)
{
	static struct fake_text t;	/* looked at behind the test */
	struct probe a;

	begin(&t, false);
	probe_init(&a, 0);
	sure(!register_ftrace_function(&a.ops));
	set = ftrace_set_by_id(fake_rec(&t, 0)->set);
	sure(set);
	trace[0] = '\0';
	whole_text = true;
	sure(!unregister_ftrace_function(&a.ops));
	note("return");
	expect("unregister");
}
END_TEST

START_TEST(unregister_killed)
{
	static struct fake_text t;	/* looked at behind the test */
	struct probe a;

	begin(&t, false);
	probe_init(&a, 0);
	sure(!register_ftrace_function(&a.ops));
	ftrace_kill();
	trace[0] = '\0';
	whole_text = true;
	sure(!unregister_ftrace_function(&a.ops));
	note("return");
	expect("killed, then unregister");
}
END_TEST

Suite *suite_model(void)
{
	Suite *suite = suite_create("model");
	TCase *c = fake_case(suite, "model");

	tcase_add_test(c, one_store);
	tcase_add_test(c, head_tail_head);
	tcase_add_test(c, unregister);
	tcase_add_test(c, unregister_killed);
	return suite;
}
