/* SPDX-License-Identifier: MIT */
/* generic/thunk.c: pages in reach, thunks that are found again, their CFI. */
#include <sys/mman.h>
#include <unistd.h>

#include "suites.h"

#define THUNKS ((unsigned int)getpagesize() / FTRACE_THUNK_SIZE)

static struct ftrace_set *new_set(void)
{
	struct probe *p = malloc(sizeof(*p));
	struct ftrace_ops *op = &p->ops;

	probe_init(p, 0);
	return ftrace_set_get(&(struct ftrace_set_key){ .ops = &op, .nr = 1 });
}

static int get(struct ftrace_mod *m, unsigned long ip, struct ftrace_set *set,
	       unsigned long *addr)
{
	int err = 0;
	struct dyn_ftrace rec = { .ip = ip };
	struct ftrace_thunk *t = ftrace_thunk_get(m, &rec, set, &err);

	ck_assert_int_eq(!t, err != 0);
	if (t)
		*addr = t->addr;
	return err;
}

/* A page holds so many; the next is on a second page; all are found again. */
START_TEST(second_page)
{
	unsigned long addr[2 * 256], again;
	struct ftrace_set *set[2 * 256];
	unsigned int i, n = THUNKS + 3;
	struct ftrace_stats st = { 0 };
	struct ftrace_mod *m;
	static struct fake_text t;

	fake_text_make(&t, 4);
	m = t.mod.data;
	ftrace_lock("test");
	for (i = 0; i < n; i++) {
		set[i] = new_set();
		ck_assert_int_eq(get(m, fake_site(&t, 0), set[i], &addr[i]),
				 0);
		ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR],
				  1 + (i >= THUNKS));
	}
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(get(m, fake_site(&t, 3), set[i], &again), 0);
		ck_assert_uint_eq(again, addr[i]);
	}
	ck_assert_uint_eq(addr[1] - addr[0], FTRACE_THUNK_SIZE);
	ck_assert_uint_eq(addr[THUNKS - 1] - addr[0],
			  (THUNKS - 1) * FTRACE_THUNK_SIZE);
	ftrace_thunk_sum(m, &st);
	ck_assert_uint_eq(st.thunks, n);
	ck_assert_uint_ge(st.bytes, m->pages->size * 2);
	ftrace_unlock();
	ck_assert_uint_eq(fake.frames, 2);
	fake_text_drop(&t);
	ck_assert_uint_eq(fake.frames, 0);
}
END_TEST

/* Code, then slots, in whole pages; code is not writable any more. */
START_TEST(page_layout)
{
	struct ftrace_thunk_page *p;
	unsigned long slot, addr;
	struct ftrace_set *set;
	struct ftrace_mod *m;
	static struct fake_text t;

	fake_text_make(&t, 4);
	m = t.mod.data;
	ftrace_lock("test");
	set = new_set();
	ck_assert_int_eq(get(m, fake_site(&t, 0), set, &addr), 0);
	p = m->pages;
	ck_assert_uint_eq(p->code, addr);
	ck_assert_uint_eq(p->code_size, (size_t)getpagesize());
	ck_assert_uint_ge(p->size, p->code_size +
			  p->nr * sizeof(struct ftrace_slot));
	ck_assert_uint_eq(p->nr, THUNKS);
	memcpy(&slot, (void *)(addr + 8), sizeof(slot));
	ck_assert_uint_eq(slot, (unsigned long)p->slots);
	ck_assert_ptr_eq(p->slots->set, set);
	ck_assert_uint_eq(p->slots->entry,
			  arch_ftrace_entry(FTRACE_ENTRY_ARGS));
	/* Every thunk of the page names its own slot from the start. */
	memcpy(&slot, (void *)(addr + (p->nr - 1) * FTRACE_THUNK_SIZE + 8),
	       sizeof(slot));
	ck_assert_uint_eq(slot, (unsigned long)&p->slots[p->nr - 1]);
	ck_assert_uint_ge(fake.calls[FAKE_FLUSH], 1);
	ck_assert_uint_eq(fake.calls[FAKE_PROTECT], 1);
	ftrace_unlock();
}
END_TEST

/* First choice: within reach of the whole text; the bounds say so. */
START_TEST(bounds)
{
	static struct fake_text t;
	static struct probe p;

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.near, t.mod.text);
	ck_assert_uint_eq(fake.lo, t.mod.text_end - FTRACE_BRANCH_REACH);
	ck_assert_uint_eq(fake.hi, t.mod.text + FTRACE_BRANCH_REACH);
}
END_TEST

/* If that fails, within reach of the one site. */
START_TEST(second_choice)
{
	static struct fake_text t;
	static struct probe p;

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	probe_on(&p, &t, 2);
	fake_fail(FAKE_ALLOC_NEAR, 1);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR], 2);
	ck_assert_uint_eq(fake.near, fake_site(&t, 2));
	ck_assert_uint_eq(fake.lo, fake_site(&t, 2) - FTRACE_BRANCH_REACH);
	ck_assert_uint_eq(fake.hi, fake_site(&t, 2) + FTRACE_BRANCH_REACH);
	fake_call(&t, 2);
	ck_assert_uint_eq(p.hits, 1);
}
END_TEST

/* Near the ends of the address space the bounds do not wrap round. */
START_TEST(bounds_do_not_wrap)
{
	struct ftrace_module low = { .text = 0x1000, .text_end = 0x2000 };
	struct ftrace_module high = { .text = ~0UL - 0x2fff,
				      .text_end = ~0UL - 0x1fff };
	struct ftrace_mod m = { .mod = _i & 1 ? &high : &low };
	unsigned long addr, ip = m.mod->text + 8;
	struct ftrace_set *set;

	ftrace_lock("test");
	set = new_set();
	fake_fail_n(FAKE_ALLOC_NEAR, 1, _i & 2 ? 1 : 0);
	ck_assert_int_eq(get(&m, ip, set, &addr), -ERANGE);
	ck_assert_uint_lt(fake.lo, fake.hi);
	if (_i & 1)
		ck_assert_uint_eq(fake.hi, ~0UL);
	else
		ck_assert_uint_eq(fake.lo, 0);
	ftrace_unlock();
	ck_assert_int_eq(fake.live_pages, 0);
}
END_TEST

static void large(struct fake_text *t)
{
	size_t i, nr = 2, size = 5UL << 30;
	unsigned long last;

	fake_text_map_size(t, nr, size);
	last = t->mod.text_end - 64;
	for (i = 0; i < 16; i++)
		t->rw[size - 64 + i] = t->rw[i];
	t->sites[1] = last;
	ck_assert_int_eq(ftrace_module_init(&t->mod), 0);
	ck_assert_int_eq(ftrace_module_enable(&t->mod), 0);
}

/* Text that no page can serve whole: one at each end, each to its sites. */
START_TEST(text_beyond_reach)
{
	struct pt_regs cpu = { .arg = { 0 } };
	struct ftrace_mod *m;
	static struct fake_text t;
	static struct probe p;
	unsigned long last;

	/* So much is not to be looked at, nor to be made writable. */
	fake.trust = fake.alias = true;
	large(&t);
	m = t.mod.data;
	last = m->rec[1].ip;
	probe_init(&p, 0);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR], 2);
	ck_assert_ptr_nonnull(m->pages->next);
	ck_assert_uint_ge(m->pages->code, t.mod.text_end);
	ck_assert_uint_lt(m->pages->next->code, t.mod.text);
	fake_call(&t, 0);
	ck_assert_uint_eq(fake_run(last, &cpu), last + 8);
	ck_assert_uint_eq(p.hits, 2);
	ck_assert_uint_eq(m->rec[0].set, m->rec[1].set);
	/* Each site's bytes are known again, by the thunk in its reach. */
	ck_assert_int_eq(unregister_ftrace_function(&p.ops), 0);
	ck_assert(!memcmp((void *)last, "NOP ", 4));
	ck_assert_uint_eq(fake.calls[FAKE_ALLOC_NEAR], 2);
	fake_text_drop(&t);
}
END_TEST

/* Each way a page or a thunk cannot be had: its error, then the next try. */
START_TEST(failures)
{
	static const struct {
		enum fake_service s;
		unsigned long k, n;
		int err;
		const char *words;
	} way[] = {
		{ FAKE_ALLOC_NEAR, 1, 2, -ENOMEM, "no memory for a thunk" },
		{ FAKE_PROTECT, 1, 1, -EPERM, NULL },
		{ FAKE_ALLOC, 4, 1, -ENOMEM, "no memory for a thunk" },
		{ FAKE_ALLOC, 5, 1, -ENOMEM, "no memory for a thunk" },
	};
	struct fake_state before;
	static struct fake_text t;
	static struct probe p;
	long pages;

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	probe_on(&p, &t, 1);
	fake_save(&before, &t);
	pages = fake.live_pages;
	fake_fail_n(way[_i].s, way[_i].k, way[_i].n);
	expect_fail(way[_i].err, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	if (way[_i].words)
		expect_logged(way[_i].words);
	fake_same(&before, &t);
	if (_i < 3)
		ck_assert_int_eq(fake.live_pages, pages);
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
	fake_call(&t, 1);
	ck_assert_uint_eq(p.hits, 1);
	fake_text_drop(&t);
}
END_TEST

/* No gap in reach at all: -ERANGE, in words. */
START_TEST(out_of_reach)
{
	struct fake_state before;
	static struct fake_text t;
	static struct probe p;

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	fake_save(&before, &t);
	t.used[0] = t.used[1] = 1UL << 20;
	expect_fail(-ERANGE, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	expect_logged("in reach of the site");
	expect_logged("ftrace has no way that reaches that far");
	fake_same(&before, &t);
	t.used[0] = 0;
	ck_assert_int_eq(register_ftrace_function(&p.ops), 0);
}
END_TEST

static int far_away(unsigned long near, unsigned long lo, unsigned long hi,
		    size_t size, void **p)
{
	(void)lo;
	(void)hi;
	*p = mmap((void *)(near / 2 & ~0xfffUL), size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return *p == MAP_FAILED ? -ENOMEM : 0;
}

/* A host that breaks its word gets an error, and the text is left alone. */
START_TEST(host_that_gives_far_memory)
{
	struct fake_state before;
	static struct fake_text t;
	static struct probe p;

	fake_text_make(&t, 4);
	probe_init(&p, 0);
	fake_save(&before, &t);
	fake_host.alloc_near = far_away;
	expect_fail(-ERANGE, "register_ftrace_function",
		    register_ftrace_function(&p.ops));
	fake_same(&before, &t);
}
END_TEST

static void on(struct probe *p)
{
	ck_assert_int_eq(register_ftrace_function(&p->ops), 0);
}

static void off(struct probe *p)
{
	ck_assert_int_eq(unregister_ftrace_function(&p->ops), 0);
}

/* Comes to site 0, and is gone; the thunk that it had there. */
static unsigned long leave_thunk(struct fake_text *t, unsigned long flags)
{
	struct probe *p = malloc(sizeof(*p));
	unsigned long thunk;

	probe_init(p, flags);
	probe_on(p, t, 0);
	on(p);
	thunk = fake_insn_target(fake_site(t, 0));
	off(p);
	probe_free(p);
	memset(p, 0x5a, sizeof(*p));
	free(p);
	return thunk;
}

/* @p comes to site 1 until the thunk that it gets there is @thunk. */
static void until_reused(struct fake_text *t, struct probe *p,
			 unsigned long thunk)
{
	int tries = 0;

	probe_on(p, t, 1);
	for (on(p); fake_insn_target(fake_site(t, 1)) != thunk; on(p)) {
		ck_assert_int_lt(tries++, 300);
		off(p);
	}
}

/* A thread that left site @i for @thunk long ago goes on at the site + @to. */
static void arrives(const struct fake_text *t, size_t i, unsigned long thunk,
		    unsigned long to)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT };

	ck_assert_uint_eq(fake_arrive(fake_site(t, i), thunk, &cpu),
			  fake_site(t, i) + to);
}

/*
 * A thunk in its second life. Who comes to it late from a site that calls it
 * no more executes what that site holds by now; who comes from one that does
 * is called.
 */
START_TEST(late_at_a_used_thunk)
{
	unsigned long thunk, flags = _i ? FTRACE_OPS_FL_SAVE_REGS : 0;
	static struct fake_text t;
	static struct probe a, b;

	fake_text_make(&t, 4);
	probe_init(&a, flags);
	probe_init(&b, 0);
	thunk = leave_thunk(&t, flags);
	arrives(&t, 0, thunk, 0);
	until_reused(&t, &a, thunk);
	/* Site 0 is a nop; a's site is another. */
	arrives(&t, 0, thunk, 0);
	ck_assert_uint_eq(a.hits, 0);
	fake_call(&t, 1);
	ck_assert_uint_eq(a.hits, 1);
	/* Site 0 calls somebody else, by another thunk. */
	probe_on(&b, &t, 0);
	on(&b);
	arrives(&t, 0, thunk, 0);
	fake_call(&t, 0);
	ck_assert(a.hits == 1 && b.hits == 1);
	/* And now this one: the late thread is as good as any. */
	off(&b);
	probe_on(&a, &t, 0);
	ck_assert_uint_eq(fake_insn_target(fake_site(&t, 0)), thunk);
	arrives(&t, 0, thunk, 8);
	ck_assert_uint_eq(a.hits, 2);
	off(&a);
	arrives(&t, 0, thunk, 0);
	arrives(&t, 1, thunk, 0);
	ck_assert(a.hits == 2 && b.hits == 1);
}
END_TEST

/* The frame: two entries and an end, over exactly the page. */
START_TEST(cfi)
{
	const struct ftrace_cfi_rows rows = { .nr = 0 };
	unsigned char buf[FTRACE_CFI_MAX];
	unsigned long code, len;
	uint32_t n, back;
	size_t fde, end;

	memset(buf, 0xee, sizeof(buf));
	end = ftrace_cfi_build(buf, 0x12345000, 0x1000, &rows);
	ck_assert_uint_le(end, sizeof(buf));
	memcpy(&n, buf, 4);
	fde = n + 4;
	ck_assert_uint_eq(fde % sizeof(long), 0);
	memcpy(&back, buf + 4, 4);
	ck_assert_uint_eq(back, 0);
	ck_assert_uint_eq(buf[8], 1);
	ck_assert_str_eq((char *)buf + 9, FTRACE_CFI_AUGMENTATION);
	ck_assert_uint_eq(buf[12], FTRACE_CFI_CODE_ALIGN);
	ck_assert_uint_eq(buf[13], FTRACE_CFI_DATA_ALIGN & 0x7f);
	ck_assert_uint_eq(buf[14], FTRACE_CFI_RETURN_COLUMN);
	ck_assert_uint_eq(buf[15], 1);
	ck_assert_uint_eq(buf[16], 0);
	memcpy(&n, buf + fde, 4);
	memcpy(&back, buf + fde + 4, 4);
	ck_assert_uint_eq(back, fde + 4);
	memcpy(&code, buf + fde + 8, sizeof(code));
	memcpy(&len, buf + fde + 8 + sizeof(code), sizeof(len));
	ck_assert_uint_eq(code, 0x12345000);
	ck_assert_uint_eq(len, 0x1000);
	ck_assert_uint_eq(buf[fde + 8 + 2 * sizeof(code)], 0);
	ck_assert_uint_eq((n + 4) % sizeof(long), 0);
	ck_assert_uint_eq(end, fde + 4 + n + 4);
	memcpy(&n, buf + end - 4, 4);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(buf[end], 0xee);
}
END_TEST

Suite *suite_thunk(void)
{
	Suite *s = suite_create("thunk");
	TCase *c = fake_case(s, "thunk");

	tcase_add_test(c, second_page);
	tcase_add_test(c, page_layout);
	tcase_add_test(c, bounds);
	tcase_add_test(c, second_choice);
	tcase_add_loop_test(c, bounds_do_not_wrap, 0, 4);
	tcase_add_test(c, text_beyond_reach);
	tcase_add_loop_test(c, failures, 0, 4);
	tcase_add_test(c, out_of_reach);
	tcase_add_test(c, host_that_gives_far_memory);
	tcase_add_loop_test(c, late_at_a_used_thunk, 0, 2);
	tcase_add_test(c, cfi);
	return s;
}
