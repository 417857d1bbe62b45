/* SPDX-License-Identifier: MIT */
/* generic/jump.c: sites of graph clients jump, each to a thunk of its own. */
#include <sys/mman.h>

#include "suites.h"

#define NR 6

static struct fake_text text;
static struct fake_state before;
static struct fgraph_ops graph;
static unsigned long entries;

static int entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	(void)gops;
	(void)fregs;
	entries++;
	ck_assert(ftrace_location(trace->func) == trace->func);
	return 1;
}

static void start(void)
{
	fake_setup();
	fake_text_make(&text, NR);
	fake_direct_hits[0] = fake_direct_hits[1] = 0;
	fake_save(&before, &text);
	entries = 0;
	memset(&graph, 0, sizeof(graph));
	graph.entryfunc = entry;
}

static void graph_at(size_t i)
{
	ck_assert_int_eq(ftrace_set_filter_ip(&graph.ops, fake_fn(&text, i), 0,
					      0), 0);
}

static void graph_on(void)
{
	ck_assert_int_eq(register_ftrace_graph(&graph), 0);
}

static void graph_off(void)
{
	ck_assert_int_eq(unregister_ftrace_graph(&graph), 0);
	ftrace_free_filter(&graph.ops);
}

static void on(struct probe *p, unsigned long flags, size_t i)
{
	probe_init(p, flags);
	probe_on(p, &text, i);
	ck_assert_int_eq(register_ftrace_function(&p->ops), 0);
}

static void off(struct probe *p)
{
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), 0);
	probe_free(p);
}

static unsigned long target(size_t i)
{
	return fake_insn_target(fake_site(&text, i));
}

static bool jumps(size_t i)
{
	ck_assert_int_eq(!(fake_rec(&text, i)->flags & FTRACE_FL_JUMP),
			 !fake_is(&text, i, "JUMP"));
	return fake_is(&text, i, "JUMP");
}

/* A thread gets to @thunk at last, from site @i, and goes on at it + @to. */
static void arrives(size_t i, unsigned long thunk, unsigned long to)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = 0x5000 };

	ck_assert_uint_eq(fake_arrive(fake_site(&text, i), thunk, &cpu),
			  fake_site(&text, i) + to);
	if (cpu.parent != FAKE_PARENT)
		ck_assert_uint_eq(fake_leave(&cpu), FAKE_PARENT);
}

/* While there is a graph client, whoever else is there. */
START_TEST(form)
{
	unsigned long args, regs;
	struct probe a, b;

	on(&a, 0, 1);
	ck_assert(fake_is(&text, 1, "CALL") && !jumps(1));
	graph_at(1);
	graph_on();
	ck_assert(jumps(1));
	args = target(1);
	/* Another set behind the same thunk. */
	on(&b, 0, 1);
	ck_assert(jumps(1) && target(1) == args);
	arrives(1, args, 8);
	ck_assert(a.hits == 1 && b.hits == 1 && entries == 1);
	off(&b);
	ck_assert(jumps(1) && target(1) == args);
	/* And one that wants another entry. */
	on(&b, FTRACE_OPS_FL_SAVE_REGS, 1);
	regs = target(1);
	ck_assert(jumps(1) && regs != args);
	arrives(1, regs, 8);
	ck_assert(b.regs && b.hits == 1 && a.hits == 2 && entries == 2);
	off(&b);
	ck_assert(jumps(1) && target(1) == args);
	graph_off();
	ck_assert(fake_is(&text, 1, "CALL") && !jumps(1));
	off(&a);
	ck_assert(fake_is(&text, 1, "NOP "));
	graph_at(1);
	graph_on();
	ck_assert(jumps(1) && target(1) == args);
	graph_off();
	fake_gone(&before, &text);
}
END_TEST

/* One each, made at once for neighbours. */
START_TEST(one_each)
{
	size_t i;

	graph_at(0);
	graph_on();
	ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR], 1);
	for (i = 1; i < NR; i++) {
		graph_at(i);
		ck_assert(jumps(i));
		ck_assert_uint_eq(target(i),
				  target(0) + i * FTRACE_GRAPH_THUNK_SIZE);
		arrives(i, target(i), 8);
	}
	ck_assert_uint_eq(entries, NR - 1);
	ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR], 1);
	ck_assert_uint_eq(fake_stats().thunks, NR);
	ftrace_free_filter(&graph.ops);
	ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR], 1);
	ck_assert_int_eq(unregister_ftrace_graph(&graph), 0);
}
END_TEST

/* One page, then two, then four: a million functions are few calls for memory. */
START_TEST(pages)
{
	unsigned long nr = 4096 / FTRACE_GRAPH_THUNK_SIZE, i;
	static struct fake_text large;

	fake_text_make(&large, 7 * nr);
	for (i = 7 * nr; i--;)
		ck_assert_int_eq(ftrace_set_filter_ip(&graph.ops,
						      fake_fn(&large, i), 0, 0),
				 0);
	graph_on();
	ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR], 3);
	for (i = 0; i < 7 * nr; i++) {
		struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = 0x5000 };

		ck_assert_uint_eq(fake_run(fake_fn(&large, i), &cpu),
				  fake_site(&large, i) + 8);
		ck_assert_uint_eq(fake_leave(&cpu), FAKE_PARENT);
	}
	ck_assert_uint_eq(entries, 7 * nr);
	graph_off();
	fake_text_drop(&large);
}
END_TEST

/* A site that cannot go from call to jump while it runs calls, always. */
START_TEST(odd)
{
	static struct fake_text t;
	struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = 0x5000 };

	fake.odd = true;
	fake_text_make(&t, 3);
	ck_assert(ftrace_rec_private(fake_rec(&t, 1)));
	ck_assert_int_eq(ftrace_set_filter_ip(&graph.ops, fake_fn(&t, 1), 0, 0),
			 0);
	graph_on();
	ck_assert(fake_is(&t, 1, "CALL"));
	ck_assert_uint_eq(fake_run(fake_fn(&t, 1), &cpu), fake_site(&t, 1) + 8);
	ck_assert_uint_eq(fake_leave(&cpu), FAKE_PARENT);
	ck_assert_uint_eq(entries, 1);
	graph_off();
}
END_TEST

/* Back to the site, whatever it holds by now; to its clients if it is right. */
START_TEST(late)
{
	unsigned long thunk;
	struct probe a;

	graph_at(2);
	graph_on();
	thunk = target(2);
	graph_off();
	arrives(2, thunk, 0);
	on(&a, 0, 2);
	arrives(2, thunk, 0);
	ck_assert(a.hits == 0 && entries == 0);
	fake_call(&text, 2);
	ck_assert_uint_eq(a.hits, 1);
	graph_at(2);
	graph_on();
	arrives(2, thunk, 8);
	ck_assert(a.hits == 2 && entries == 1);
	graph_off();
	off(&a);
	arrives(2, thunk, 0);
	ck_assert(a.hits == 2 && entries == 1);
}
END_TEST

/* It is a nop while switched off. */
START_TEST(switched)
{
	graph_at(3);
	graph_on();
	ck_assert_int_eq(ftrace_enable(0), 0);
	ck_assert(fake_is(&text, 3, "NOP ") && !jumps(3));
	ck_assert_int_eq(ftrace_enable(1), 0);
	ck_assert(jumps(3));
	arrives(3, target(3), 8);
	ck_assert_uint_eq(entries, 1);
	graph_off();
}
END_TEST

/* The text could not be written: no slot leads to who did not come. */
START_TEST(undone)
{
	unsigned long thunk[2];
	struct probe a, b;

	graph_at(4);
	graph_on();
	thunk[0] = target(4);
	on(&b, FTRACE_OPS_FL_SAVE_REGS, 4);
	thunk[1] = target(4);
	off(&b);
	graph_off();
	/* From a nop. */
	graph_at(4);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 1);
	fake_fail_n(FAKE_TEXT_POKE, 1, 2);
	expect_fail(-EPERM, "register_ftrace_graph",
		    register_ftrace_graph(&graph));
	fake_heal();
	arrives(4, thunk[0], 0);
	/* From a call. */
	on(&a, 0, 4);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 1);
	expect_fail(-EPERM, "register_ftrace_graph",
		    register_ftrace_graph(&graph));
	fake_heal();
	ck_assert(fake_is(&text, 4, "CALL"));
	arrives(4, thunk[0], 0);
	/* From a jump to another one. */
	graph_on();
	probe_init(&b, FTRACE_OPS_FL_SAVE_REGS);
	probe_on(&b, &text, 4);
	fake_fail_n(FAKE_TEXT_OPEN, 1, 1);
	expect_fail(-EPERM, "register_ftrace_function",
		    register_ftrace_function(&b.ops));
	fake_heal();
	arrives(4, thunk[1], 0);
	ck_assert(b.hits == 0 && entries == 0);
	arrives(4, thunk[0], 8);
	ck_assert(a.hits == 1 && entries == 1);
	probe_free(&b);
	graph_off();
	off(&a);
}
END_TEST

/* Each thing that it needs is refused once; then it is had. */
START_TEST(failures)
{
	static const struct {
		enum fake_service s;
		unsigned long k, n;
		int err;
	} way[] = {
		{ FAKE_ALLOC_NEAR, 1, 2, -ENOMEM },
		{ FAKE_PROTECT, 1, 1, -EPERM },
		{ FAKE_ALLOC_PAGES, 1, 1, -ENOMEM },
	};

	graph_at(0);
	fake_save(&before, &text);
	fake_fail_n(way[_i].s, way[_i].k, way[_i].n);
	expect_fail(way[_i].err, "register_ftrace_graph",
		    register_ftrace_graph(&graph));
	fake_heal();
	ck_assert(fake_is(&text, 0, "NOP "));
	graph_on();
	arrives(0, target(0), 8);
	ck_assert_uint_eq(entries, 1);
	graph_off();
}
END_TEST

static struct ftrace_slot *slot_at(const struct ftrace_mod *m, size_t i)
{
	const struct ftrace_jump *j = &m->jump[0][i];

	return &j->page->slots[j->n];
}

static void differ(const char *words)
{
	fake_log_clear();
	ck_assert_int_eq(ftrace_verify(), 1);
	expect_logged(words);
}

/* What the self-check sees. */
START_TEST(verified)
{
	struct ftrace_mod *m = text.mod.data;
	struct ftrace_slot *slot;
	struct ftrace_set *set;
	unsigned long was;

	graph_at(1);
	graph_on();
	ck_assert_int_eq(ftrace_verify(), 0);
	slot = slot_at(m, 1);
	set = slot->set;
	slot->set = slot_at(m, 2)->set;
	differ("lead to its set");
	slot->set = set;
	/* One that nobody jumps to leads to nobody. */
	set = slot_at(m, 2)->set;
	slot_at(m, 2)->set = slot->set;
	differ("lead to its set");
	slot_at(m, 2)->set = set;
	was = slot->entry;
	slot->entry = arch_ftrace_entry(FTRACE_ENTRY_ARGS);
	differ("another entry");
	slot->entry = was;
	mprotect((void *)m->pages->code, m->pages->code_size,
		 PROT_READ | PROT_WRITE | PROT_EXEC);
	((unsigned char *)target(1))[16] ^= 1;
	differ("does not name its slot");
	((unsigned char *)target(1))[16] ^= 1;
	fake_rec(&text, 1)->flags ^= FTRACE_FL_JUMP;
	ck_assert_int_ge(ftrace_verify(), 1);
	fake_rec(&text, 1)->flags ^= FTRACE_FL_JUMP;
	graph_off();
}
END_TEST

Suite *suite_jump(void)
{
	Suite *s = suite_create("jump");
	TCase *c = fake_case(s, "jump");

	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, form);
	tcase_add_test(c, one_each);
	tcase_add_test(c, pages);
	tcase_add_test(c, odd);
	tcase_add_test(c, late);
	tcase_add_test(c, switched);
	tcase_add_test(c, undone);
	tcase_add_loop_test(c, failures, 0, 3);
	tcase_add_test(c, verified);
	return s;
}
