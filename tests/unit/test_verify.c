/* SPDX-License-Identifier: MIT */
/* generic/verify.c: each way in which something can differ is counted. */
#include <sys/mman.h>

#include "suites.h"

static struct fake_text text;
static struct probe p, q;
static struct ftrace_thunk *thunk;
static struct ftrace_set *set;

static void start(void)
{
	struct ftrace_mod *m;

	fake_setup();
	fake_text_make(&text, 8);
	probe_init(&p, 0);
	probe_init(&q, 0);
	probe_on(&p, &text, 3);
	probe_on(&q, &text, 5);
	ck_assert_int_eq(ftrace_verify(), 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_int_eq(register_ftrace_function(&q.ops), 0);
	ck_assert_int_eq(ftrace_verify(), 0);
	m = text.mod.data;
	thunk = m->pages->owner[0];
	set = ftrace_set_by_id(fake_rec(&text, 3)->set);
	ck_assert_uint_eq(thunk->key, set->id);
}

static void differ(long nr, const char *words)
{
	fake_log_clear();
	ck_assert_int_eq(ftrace_verify(), nr);
	if (words)
		expect_logged(words);
}

START_TEST(bytes)
{
	char was[8];

	memcpy(was, (void *)fake_site(&text, 3), 8);
	fake_poke(&text, 3, "INT3\0\0\0\0");
	fake_poke(&text, 1, "INT3\0\0\0\0");
	differ(2, "not what its record says");
	expect_logged("actual:   49 4e 54 33");
	fake_poke(&text, 1, FAKE_INSN_NOP);
	fake_poke(&text, 3, FAKE_INSN_NOP);
	differ(1, "not what its record says");
	fake_poke(&text, 3, was);
	/* The last byte of the call counts too. */
	was[MCOUNT_INSN_SIZE - 1] ^= 1;
	fake_poke(&text, 3, was);
	differ(1, "expected: ");
	was[MCOUNT_INSN_SIZE - 1] ^= 1;
	fake_poke(&text, 3, was);
}
END_TEST

START_TEST(disabled)
{
	static struct fake_text t;

	fake_text_map(&t, 4);
	fake_poke(&t, 2, FAKE_INSN_ODD);
	ck_assert_int_eq(ftrace_module_init(&t.mod), 0);
	differ(0, NULL);
	/* A refused site is not the library's. */
	fake_poke(&t, 2, "INT3\0\0\0\0");
	differ(0, NULL);
	fake_poke(&t, 1, "INT3\0\0\0\0");
	differ(1, "not what its record says");
	fake_poke(&t, 1, FAKE_INSN_NOP);
	fake_rec(&t, 1)->set = fake_rec(&t, 2)->set = set->id;
	set->users += 2;
	differ(2, "refused site has clients");
	expect_logged("disabled site has clients");
	fake_rec(&t, 1)->set = fake_rec(&t, 2)->set = 0;
	set->users -= 2;
}
END_TEST

START_TEST(unreadable)
{
	fake.trust = false;
	mprotect(text.at, text.mapped, PROT_NONE);
	differ(8, "faulted on reading");
	mprotect(text.at, text.mapped, PROT_READ | PROT_EXEC);
}
END_TEST

/* Who is called is not who is registered. */
START_TEST(clients)
{
	struct dyn_ftrace *r = fake_rec(&text, 3);
	struct ftrace_ops_hash *was = p.ops.hash;

	p.ops.hash = q.ops.hash;
	/* It lacks where it is, and has where it is not. */
	differ(2, "not those that registered");
	p.ops.hash = was;
	r->flags++;
	differ(1, "not those that registered");
	r->flags--;
	r->flags ^= FTRACE_FL_REGS;
	differ(1, "flags");
	r->flags ^= FTRACE_FL_REGS | FTRACE_FL_ENABLED;
	differ(1, "flags");
	r->flags ^= FTRACE_FL_ENABLED;
	/* What a record remembers is its own matter. */
	r->flags ^= FTRACE_FL_MODIFIED;
	differ(0, NULL);
}
END_TEST

START_TEST(sets)
{
	uint32_t id = fake_rec(&text, 3)->set;

	set->users++;
	differ(1, NULL);
	set->users--;
	fake_rec(&text, 3)->set = 77;
	/* The record, and its set, which lost it. */
	differ(2, "no such set");
	fake_rec(&text, 3)->set = id;
}
END_TEST

START_TEST(slots)
{
	struct ftrace_slot was = *thunk->slot;
	unsigned long key = thunk->key;

	thunk->slot->set = ftrace_set_by_id(fake_rec(&text, 5)->set);
	differ(1, "does not lead to its set");
	thunk->slot->set = &thunk->checked;
	differ(1, "does not lead to its set");
	thunk->real = set;
	differ(0, NULL);
	thunk->real = NULL;
	*thunk->slot = was;
	thunk->slot->entry++;
	differ(1, "another entry");
	*thunk->slot = was;
	/* The site's bytes are another thunk's, and this one is nobody's. */
	thunk->key = 0;
	ck_assert_int_ge(ftrace_verify(), 1);
	thunk->key = key;
}
END_TEST

START_TEST(thunks)
{
	struct ftrace_mod *m = text.mod.data;
	unsigned char *code = (unsigned char *)thunk->addr;

	mprotect((void *)m->pages->code, m->pages->code_size,
		 PROT_READ | PROT_WRITE | PROT_EXEC);
	code[8] ^= 1;
	differ(1, "does not name its slot");
	code[8] ^= 1;
}
END_TEST

/* A site's own: where it leads, and which entry it has. */
START_TEST(own)
{
	static struct fake_text odd;
	struct ftrace_thunk *t;
	struct ftrace_slot was;

	fake.odd = true;
	fake_text_make(&odd, 4);
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, fake_fn(&odd, 1), 0, 0),
			 0);
	differ(0, NULL);
	t = ((struct ftrace_mod *)odd.mod.data)->pages->owner[0];
	ck_assert(t->own);
	was = *t->slot;
	t->slot->set = set;
	differ(1, "does not lead to its set");
	*t->slot = was;
	t->slot->entry = arch_ftrace_entry(FTRACE_ENTRY_ARGS);
	differ(1, "another entry");
	*t->slot = was;
	ck_assert_int_eq(ftrace_set_filter_ip(&p.ops, fake_fn(&odd, 1), 1, 0),
			 0);
	differ(0, NULL);
	t->real = set;
	differ(1, "does not lead to its set");
	t->real = NULL;
}
END_TEST

/* Where sites jump: each to its own, of its own page, which is a keeper. */
START_TEST(keeper)
{
	static struct fake_text kept;
	struct ftrace_thunk_page *page;
	struct ftrace_thunk *t;
	struct ftrace_mod *m;

	fake_text_map(&kept, 8);
	kept.mod.flags = FTRACE_MODULE_CONSERVATIVE;
	ck_assert_int_eq(ftrace_module_init(&kept.mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&kept.mod), 0);
	probe_on(&p, &kept, 2);
	probe_on(&p, &kept, 5);
	differ(0, NULL);
	m = kept.mod.data;
	page = m->pages;
	t = page->owner[3];
	ck_assert_uint_eq(t->key, fake_site(&kept, 5));
	t->slot->entry = arch_ftrace_entry(FTRACE_ENTRY_REGS);
	differ(1, "another entry");
	t->slot->entry = arch_ftrace_entry(FTRACE_ENTRY_KEEP);
	/* It comes back behind another site than the one that jumps to it. */
	page->owner[4] = t;
	page->owner[3] = NULL;
	differ(1, "another site's");
	page->owner[3] = t;
	page->owner[4] = NULL;
	/* Its bytes and its thunk are of two minds. */
	m->own[2] = t;
	differ(2, "another site's");
	m->own[2] = page->owner[0];
	fake_rec(&kept, 5)->flags ^= FTRACE_FL_JUMP;
	differ(1, "flags");
	fake_rec(&kept, 5)->flags ^= FTRACE_FL_JUMP;
	/* Where no site does. */
	fake_rec(&text, 1)->flags ^= FTRACE_FL_JUMP | FTRACE_FL_PRIVATE;
	differ(1, "flags");
	fake_rec(&text, 1)->flags ^= FTRACE_FL_JUMP | FTRACE_FL_PRIVATE;
	mprotect((void *)page->code, page->code_size,
		 PROT_READ | PROT_WRITE | PROT_EXEC);
	((unsigned char *)t->addr)[FTRACE_KEEPER_SIZE - 1] ^= 1;
	differ(1, "does not name its slot");
	((unsigned char *)t->addr)[FTRACE_KEEPER_SIZE - 1] ^= 1;
}
END_TEST

static int agrees(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	(void)op;
	(void)cmd;
	return 0;
}

/* A direct call of an ops, and whether it shares. */
START_TEST(direct)
{
	static struct ftrace_ops d;
	static struct probe mover;

	d.ops_func = agrees;
	ck_assert_int_eq(ftrace_set_filter_ip(&d, fake_fn(&text, 3), 0, 0), 0);
	ck_assert_int_eq(register_ftrace_direct_multi(&d, DIRECT_A), 0);
	differ(0, NULL);
	d.direct_call = DIRECT_B;
	differ(1, "not those that registered");
	d.direct_call = DIRECT_A;
	d.reserved[FTRACE_OPS_SHARES] = 1;
	differ(1, "shares no more");
	d.reserved[FTRACE_OPS_SHARES] = 0;
	probe_init(&mover, FTRACE_OPS_FL_IPMODIFY);
	probe_on(&mover, &text, 3);
	ck_assert_int_eq(register_ftrace_function(&mover.ops), 0);
	differ(0, NULL);
	d.reserved[FTRACE_OPS_SHARES] = 0;
	differ(1, "was not asked");
	d.reserved[FTRACE_OPS_SHARES] = 1;
}
END_TEST

START_TEST(inside_a_call)
{
	ck_assert_int_eq(ftrace_lock("test"), 0);
	expect_fail(-EDEADLK, "ftrace_verify", ftrace_verify());
	ftrace_unlock();
}
END_TEST

Suite *suite_verify(void)
{
	Suite *s = suite_create("verify");
	TCase *c = tcase_create("verify");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, bytes);
	tcase_add_test(c, disabled);
	tcase_add_test(c, unreadable);
	tcase_add_test(c, clients);
	tcase_add_test(c, sets);
	tcase_add_test(c, slots);
	tcase_add_test(c, thunks);
	tcase_add_test(c, own);
	tcase_add_test(c, keeper);
	tcase_add_test(c, direct);
	tcase_add_test(c, inside_a_call);
	return s;
}
