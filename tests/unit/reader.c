/* SPDX-License-Identifier: MIT */
/* The core that calls traced functions: what it may do next. */
#include "calls.h"
#include "fake_texts.h"
#include "search.h"

/*
 * The core's block as it became visible so far, and itself, where others may have
 * stored since. Each word that counts is seen when it likes.
 */
static struct ftrace_thread shown, *block;

#define RUN(n, what) offsetof(struct ftrace_thread, run[n].what)

static const size_t words[] = {
	offsetof(struct ftrace_thread, depth),
	RUN(0, slot), RUN(0, ops), RUN(1, slot), RUN(1, ops),
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static bool pending(unsigned int word)
{
	return memcmp((char *)&mine + words[word], (char *)&shown + words[word],
		      sizeof(long));
}

void reader_bad(const char *why)
{
	if (search_over())
		return;
	result->bad = why;
	search_stop();
}

/* Addresses differ from run to run; where they lie in a text does not. */
static unsigned long relative(const void *p)
{
	unsigned long addr = (unsigned long)p, size;
	unsigned int i;

	for (i = 0; i < w.nr_texts; i++) {
		size = w.text[i].mapped + 2 * FAKE_POOL;
		if (addr - (unsigned long)w.text[i].base < size)
			return addr - (unsigned long)w.text[i].base + i * size;
	}
	return addr;
}

/* Of memory that the library asked for: its number, and how far into it. */
uint64_t reader_same(unsigned long v)
{
	unsigned int i;

	for (i = 0; i < w.nr_mem; i++)
		if (v - (unsigned long)w.mem[i].p < w.mem[i].size)
			return search_mix(i + 1, v - (unsigned long)w.mem[i].p);
	return relative((const void *)v);
}

static uint64_t block_state(uint64_t h, const struct ftrace_thread *t)
{
	unsigned int i;

	h = search_mix(h, t->depth);
	for (i = 0; i < CORES_LEVELS; i++) {
		h = search_mix(h, relative(t->run[i].slot));
		h = search_mix(h, ops_bit(t->run[i].ops));
	}
	return h;
}

static uint64_t state(bool must)
{
	uint64_t h = search_mix(w.position, must << 1 | core.down);
	unsigned int i;

	for (i = 0; i <= core.at; i++) {
		const struct level *l = &levels[i];

		h = search_mix(h, l->pc << 24 | l->site << 16 | l->from << 8 |
				  l->hits);
		h = search_mix(h, relative((void *)l->target));
		h = search_mix(h, l->pc >= AT_ENTRY ? relative(l->slot) : 0);
		h = search_mix(h, l->entry);
		h = search_mix(h, l->in << 8);
	}
	h = search_mix(h, core.loaded);
	h = search_mix(h, core.reads);
	return block_state(block_state(block_state(h, &mine), &shown), block);
}

enum act {
	WRITER,
	STEP,
	SHOW,
	READ,
	SETTLE,
	FETCH,
};

struct action {
	enum act act;
	unsigned int which;	/* word, site */
	uint64_t bytes;
};

#define MAX_ACTIONS (4 + WORDS + STALE_SITES * STALE_VALUES)

static void fetches(struct action *list, unsigned int *n)
{
	uint64_t value[STALE_VALUES];
	unsigned int site, i, nr;

	for (site = w.first_gone; site < w.nr_sites; site++) {
		nr = stale_fetch(site, value);
		for (i = 0; i < nr; i++)
			list[(*n)++] = (struct action){ FETCH, site, value[i] };
	}
}

static bool settled(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < WORDS; i++)
		nr += pending(i);
	return !nr && !core.reads;
}

/* It is in no function, and left nothing behind. */
bool reader_idle(void)
{
	return !core.at && levels[0].pc == AT_SITE && settled();
}

/* What a call leaves behind is done with before the next at its level. */
static bool may_call(void)
{
	if (here()->pc != IN_CALLBACK)
		return reader_idle();
	return w.nests && core.at < CORES_LEVELS - 1 && !core.down &&
	       !pending(3) && !pending(4);
}

/* Stores become visible; where nobody looks at them, all at once. */
static unsigned int stores(struct action *list, unsigned int n, bool looked_at)
{
	unsigned int i;

	if (!looked_at) {
		if (!settled())
			list[n++].act = SETTLE;
		return n;
	}
	for (i = 0; i < WORDS; i++)
		if (pending(i))
			list[n++] = (struct action){ SHOW, i, 0 };
	if (core.reads)
		list[n++].act = READ;
	return n;
}

/* All that can be next. What goes on by itself when choices are over is first. */
static unsigned int actions(struct action *list, bool must, bool looked_at)
{
	unsigned int n = 0;

	if (!must)
		list[n++].act = WRITER;
	if (here()->pc != AT_SITE)
		list[n++].act = STEP;
	n = stores(list, n, looked_at);
	if (may_call())
		fetches(list, &n);
	return n;
}

static void show(unsigned int word)
{
	core.down &= word != 0;
	if (!pending(word))
		return;
	memcpy((char *)block + words[word], (char *)&mine + words[word],
	       sizeof(long));
	memcpy((char *)&shown + words[word], (char *)&mine + words[word],
	       sizeof(long));
}

static void perform(const struct action *a)
{
	switch (a->act) {
	case WRITER:
		break;
	case STEP:
		calls_step();
		break;
	case SHOW:
		show(a->which);
		break;
	case READ:
		if (core.reads & calls_gone())
			reader_bad("a callback reads what its client may have freed");
		core.reads = 0;
		break;
	case SETTLE:
		reader_barrier();
		break;
	case FETCH:
		calls_fetched(a->which, a->bytes);
		if (core.lost)
			reader_begin();
		break;
	}
}

void reader_run(enum event event, bool must)
{
	struct action list[MAX_ACTIONS];
	bool looked_at = event == BARRIER;
	unsigned int n, c;

	if (!w.on)
		return;
	if (!must)
		w.position = search_mix(w.position, event + 1);
	for (;;) {
		n = actions(list, must, looked_at);
		c = search_choose(n, state(must));
		if (list[c].act == WRITER)
			return;
		perform(&list[c]);
		must = false;
	}
}

/* All threads pass one. */
void reader_barrier(void)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		show(i);
	perform(&(struct action){ .act = READ });
}

void reader_returned(void)
{
	unsigned int i;

	for (i = 0; i <= core.at; i++)
		if (levels[i].in & calls_gone())
			reader_bad("a callback runs when its removal has returned");
	if (core.reads & calls_gone())
		reader_bad("a callback reads what its client may have freed");
}

static unsigned long reader_id(void)
{
	return READER_ID;
}

void reader_attach(void)
{
	struct ftrace_thread *me = ftrace_self;

	fake.thread_id = reader_id;
	block = ftrace_thread_attach();
	sure(block);
	ftrace_self = me;
	fake.thread_id = NULL;
}

/* In no function, and never was. */
void reader_begin(void)
{
	memset(&core, 0, sizeof(core));
	memset(levels, 0, sizeof(levels));
	block->depth = 0;
	memset(block->run, 0, CORES_LEVELS * sizeof(block->run[0]));
	mine = shown = *block;
}
