/* SPDX-License-Identifier: MIT */
/* The function profile: a graph client that counts and times, by thread. */
#include <limits.h>
#include <stdlib.h>

#include <ftrace/profile.h>

#include "internal.h"

/*
 * A thread counts in a table of its own: ip -> counter, open addressing, in its
 * block, where it stays when the thread ends and its successor adds to it. Only
 * the thread writes to it, and the handlers of one client are not entered again
 * within each other, so that nothing on the way of a call is a lock. Who reads
 * takes the registration lock, and for each counter looks whether it was being
 * written meanwhile, as 32-bit machines store half of a number at a time.
 *
 * A table that fills up is replaced by a larger one. The old one is given back
 * by the next reader: only another reader might still look at it.
 */
struct counter {
	unsigned long ip;		/* 0: free */
	unsigned long long hits, returns, time;
	unsigned long long square, square_high;	/* sum of squared times */
};

struct ftrace_counts {
	unsigned long seq;		/* odd: being written */
	unsigned long epoch;		/* it counts since this reset */
	size_t size, used;		/* a power of two */
	struct ftrace_counts *old;	/* replaced; whoever reads frees it */
	struct counter at[];
};

#define FIRST_SIZE 512
/* A thread that left its table half written does not end that: see read_one(). */
#define PATIENCE 100

/* What is kept with a call until it returns. */
struct call {
	unsigned long long start;
	unsigned long epoch;
};

static unsigned long epoch = 1;	/* raised by each reset */
static unsigned long missed;

static size_t bytes(size_t size)
{
	return sizeof(struct ftrace_counts) + size * sizeof(struct counter);
}

size_t ftrace_profile_size(const struct ftrace_thread *t)
{
	const struct ftrace_counts *c = load_acquire(t->counts);

	return c ? bytes(c->size) : 0;
}

/* Its counter, or the free place for it. */
static struct counter *place(struct ftrace_counts *c, unsigned long ip)
{
	size_t i = (size_t)((uint64_t)ip * 0x9e3779b97f4a7c15ULL >> 20);

	while (c->at[i & (c->size - 1)].ip && c->at[i & (c->size - 1)].ip != ip)
		i++;
	return &c->at[i & (c->size - 1)];
}

/* A writer that was left by siglongjmp in the middle has left it odd. */
static void write_begin(struct ftrace_counts *c)
{
	WRITE_ONCE(c->seq, c->seq | 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void write_end(struct ftrace_counts *c)
{
	store_release(c->seq, c->seq + 1);
}

/* The same in a larger table, or the first one; NULL without memory. */
static struct ftrace_counts *grow(struct ftrace_thread *t,
				  struct ftrace_counts *old,
				  unsigned long now)
{
	size_t size = old ? 4 * old->size : FIRST_SIZE, i;
	struct ftrace_counts *new = ftrace_host->alloc_pages(bytes(size));

	if (!new)
		return NULL;
	new->size = size;
	new->epoch = now;
	for (i = 0; old && i < old->size; i++)
		if (old->at[i].ip)
			*place(new, old->at[i].ip) = old->at[i];
	if (old) {
		new->used = old->used;
		new->epoch = old->epoch;
		new->old = old;
	}
	store_release(t->counts, new);
	return new;
}

static void clear(struct ftrace_counts *c, unsigned long now)
{
	write_begin(c);
	memset(c->at, 0, c->size * sizeof(c->at[0]));
	c->used = 0;
	WRITE_ONCE(c->epoch, now);
	write_end(c);
}

/*
 * This thread's counter of a function, since the reset that is @now; NULL if there
 * was another one. errno is the entry's to keep.
 */
static struct counter *counter(struct ftrace_thread *t, unsigned long ip,
			       unsigned long now)
{
	struct ftrace_counts *c = t->counts;
	struct counter *n;

	if (now != READ_ONCE(epoch))
		return NULL;
	if (c && c->epoch != now)
		clear(c, now);
	n = c ? place(c, ip) : NULL;
	if (n && n->ip)
		return n;
	if (!c || 4 * (c->used + 1) > 3 * c->size)
		c = grow(t, c, now);
	if (!c) {
		__atomic_fetch_add(&missed, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	n = place(c, ip);
	write_begin(c);
	n->ip = ip;
	c->used++;
	write_end(c);
	return n;
}

static int entered(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	struct ftrace_thread *t = ftrace_self;
	unsigned long now = READ_ONCE(epoch);
	struct counter *n = counter(t, trace->func, now);
	struct call *call;

	(void)fregs;
	if (!n)
		return 0;
	write_begin(t->counts);
	n->hits++;
	write_end(t->counts);
	call = fgraph_reserve_data(gops->idx, sizeof(*call));
	if (!call)
		return 0;
	call->epoch = now;
	/* Last: what is above is not the function's. */
	call->start = ftrace_host->clock();
	return 1;
}

/* A number of two words, and what is done to it here. */
struct wide {
	unsigned long long high, low;
};

static struct wide squared(unsigned long long v)
{
	unsigned long long a = v >> 32, b = v & 0xffffffff, mid = 2 * a * b;
	struct wide w = { a * a, b * b };

	/* The middle product, of 65 bits, is worth 2^32. */
	w.high += (mid >> 32) + ((a * b >> 63) << 32);
	w.low += mid << 32;
	w.high += w.low < mid << 32;
	return w;
}

static struct wide add(struct wide w, struct wide v)
{
	w.low += v.low;
	w.high += v.high + (w.low < v.low);
	return w;
}

/* Not below zero. */
static struct wide subtract(struct wide w, struct wide v)
{
	w.high -= v.high + (w.low < v.low);
	w.low -= v.low;
	return w;
}

static struct wide divided(struct wide w, unsigned long long by)
{
	unsigned long long rest = 0, carry;
	struct wide q = { 0, 0 };
	int i;

	for (i = 0; i < 128; i++) {
		carry = rest >> 63;
		rest = rest << 1 | w.high >> 63;
		w.high = w.high << 1 | w.low >> 63;
		w.low <<= 1;
		q.high = q.high << 1 | q.low >> 63;
		q.low <<= 1;
		if (carry || rest >= by) {
			rest -= by;
			q.low |= 1;
		}
	}
	return q;
}

static void returned(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		     struct ftrace_regs *fregs)
{
	unsigned long long took = ftrace_host->clock();
	struct call *call = fgraph_retrieve_data(gops->idx, NULL);
	struct ftrace_thread *t = ftrace_self;
	struct counter *n;
	struct wide sum;

	(void)fregs;
	/* A coroutine may come back on a thread that has never been here. */
	n = counter(t, trace->func, call->epoch);
	if (!n)
		return;
	took -= call->start;
	sum = add((struct wide){ n->square_high, n->square }, squared(took));
	write_begin(t->counts);
	n->returns++;
	n->time += took;
	n->square = sum.low;
	n->square_high = sum.high;
	write_end(t->counts);
}

static struct fgraph_ops profile = {
	.entryfunc = entered,
	.retfunc = returned,
};

FTRACE_PUBLIC struct ftrace_ops *ftrace_profile_ops(void)
{
	return &profile.ops;
}

FTRACE_PUBLIC int ftrace_profile_enable(int on)
{
	bool is = READ_ONCE(profile.ops.flags) & FTRACE_OPS_FL_ENABLED;

	if (!on == !is)
		return 0;
	if (!on)
		return ftrace_ops_unregister(__func__, &profile.ops,
					     FTRACE_FOREVER);
	ftrace_profile_reset();
	return ftrace_graph_register(__func__, &profile);
}

FTRACE_PUBLIC void ftrace_profile_reset(void)
{
	__atomic_fetch_add(&epoch, 1, __ATOMIC_RELAXED);
	WRITE_ONCE(missed, 0);
}

FTRACE_PUBLIC unsigned long ftrace_profile_missed(void)
{
	return READ_ONCE(missed);
}

/* All threads' counters, in the making. Registration lock */
struct merge {
	struct counter *at;
	size_t size, nr;
	bool full;
};

static void count_one(struct ftrace_thread *t, void *arg)
{
	const struct ftrace_counts *c = load_acquire(t->counts);
	struct merge *m = arg;

	m->size += c ? c->size : 0;
}

static void copy(struct counter *to, const struct counter *from)
{
	const unsigned long *word = (const unsigned long *)from;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(*word); i++)
		((unsigned long *)to)[i] = READ_ONCE(word[i]);
}

/*
 * As it was at one moment. Who was stopped, or left, while he wrote may not go
 * on for a long time, and nothing changes then: that is taken as it is.
 */
static void read_one(const struct ftrace_counts *c, const struct counter *from,
		     struct counter *to, unsigned long *stuck)
{
	unsigned int tries = 0;
	unsigned long seq;

	for (;; ftrace_host->relax()) {
		seq = load_acquire(c->seq);
		copy(to, from);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (READ_ONCE(c->seq) != seq)
			tries = 0;	/* he goes on */
		else if (!(seq & 1) || seq == *stuck)
			return;
		else if (tries++ == PATIENCE)
			break;
	}
	*stuck = seq;
}

static void read_thread(struct ftrace_thread *t, void *arg)
{
	struct ftrace_counts *c = load_acquire(t->counts), *old;
	struct merge *m = arg;
	unsigned long stuck = 0;
	size_t i;

	while (c && (old = c->old)) {
		c->old = old->old;
		ftrace_host->free_pages(old, bytes(old->size));
	}
	if (!c || READ_ONCE(c->epoch) != READ_ONCE(epoch))
		return;
	for (i = 0; i < c->size; i++) {
		if (!READ_ONCE(c->at[i].ip))
			continue;
		if (m->nr == m->size) {
			m->full = true;
			return;
		}
		read_one(c, &c->at[i], &m->at[m->nr], &stuck);
		m->nr += m->at[m->nr].ip != 0;
	}
}

static int by_ip(const void *a, const void *b)
{
	const struct counter *x = a, *y = b;

	return x->ip < y->ip ? -1 : x->ip > y->ip;
}

static int by_time(const void *a, const void *b)
{
	const struct counter *x = a, *y = b;

	if (x->time != y->time)
		return x->time > y->time ? -1 : 1;
	return by_ip(a, b);
}

static void add_counter(struct counter *to, const struct counter *from)
{
	struct wide sum = add((struct wide){ to->square_high, to->square },
			      (struct wide){ from->square_high, from->square });

	to->hits += from->hits;
	to->returns += from->returns;
	to->time += from->time;
	to->square = sum.low;
	to->square_high = sum.high;
}

/* Threads call more functions meanwhile: then once more, with more room. */
static int merge(const char *call, struct merge *m)
{
	size_t i, nr = 0;

	do {
		ftrace_host->free(m->at);
		*m = (struct merge){ .at = NULL };
		ftrace_threads_each(count_one, m);
		if (!m->size)
			return 0;
		m->at = ftrace_host->alloc(m->size * sizeof(*m->at));
		if (!m->at)
			return ftrace_fail(call, "no memory", -ENOMEM);
		ftrace_threads_each(read_thread, m);
	} while (m->full);
	qsort(m->at, m->nr, sizeof(*m->at), by_ip);
	for (i = 0; i < m->nr; i++)
		if (nr && m->at[nr - 1].ip == m->at[i].ip)
			add_counter(&m->at[nr - 1], &m->at[i]);
		else
			m->at[nr++] = m->at[i];
	m->nr = nr;
	qsort(m->at, m->nr, sizeof(*m->at), by_time);
	return 0;
}

/* (sum of squares - square of the sum / n) / (n - 1) */
static unsigned long long variance(const struct counter *n)
{
	struct wide w = { n->square_high, n->square };

	if (n->returns < 2)
		return 0;
	w = divided(subtract(w, divided(squared(n->time), n->returns)),
		    n->returns - 1);
	return w.high ? ULLONG_MAX : w.low;
}

static void row(const struct counter *n, struct ftrace_profile *f)
{
	struct ftrace_mod *m = ftrace_mod_of(n->ip);
	const struct ftrace_symbol *s = m ? ftrace_symbol_at(m, n->ip) : NULL;

	*f = (struct ftrace_profile){
		.ip = n->ip,
		.name = s ? s->name : "",
		.hits = n->hits,
		.returns = n->returns,
		.time = n->time,
		.average = n->returns ? n->time / n->returns : 0,
		.variance = variance(n),
	};
}

static int for_each(const char *call,
		    int (*fn)(const struct ftrace_profile *f, void *arg),
		    void *arg)
{
	struct merge m = { .at = NULL };
	struct ftrace_profile f;
	size_t i;
	int err = merge(call, &m);

	for (i = 0; i < m.nr && !err; i++) {
		row(&m.at[i], &f);
		err = fn(&f, arg);
	}
	ftrace_host->free(m.at);
	return err;
}

FTRACE_PUBLIC int
ftrace_profile_for_each(int (*fn)(const struct ftrace_profile *f, void *arg),
			void *arg)
{
	int err;

	if (!fn)
		return ftrace_fail(__func__, "fn is NULL", -EINVAL);
	err = ftrace_lock_scanned(__func__);
	if (err)
		return err;
	err = for_each(__func__, fn, arg);
	ftrace_unlock();
	return err;
}

struct text {
	int (*line)(const char *text, void *arg);
	void *arg;
};

static void pad(struct ftrace_buf *b, size_t to)
{
	while (b->len < to)
		ftrace_put(b, " ");
}

/* Thousandths of a microsecond, or of one squared: as many as seven digits go. */
static void put_time(struct ftrace_buf *b, unsigned long long v)
{
	const char rest[4] = { '.', (char)('0' + v / 100 % 10),
			       (char)('0' + v / 10 % 10),
			       (char)('0' + v % 10) };
	size_t from = b->len;

	ftrace_put_dec(b, v / 1000);
	if (b->len - from < 7)
		ftrace_put_n(b, rest, b->len - from < 4 ?
					      4 : 8 - (b->len - from));
	ftrace_put(b, " us ");
	pad(b, from + 12);
}

#define NAME_WIDTH 30

static int put_row(const struct ftrace_profile *f, void *arg)
{
	struct text *text = arg;
	char line[160], hits[24];
	struct ftrace_buf b, h;

	ftrace_buf_init(&b, line, sizeof(line));
	ftrace_put(&b, "  ");
	if (*f->name)
		ftrace_put_n(&b, f->name, strnlen(f->name, NAME_WIDTH));
	else
		ftrace_put_hex(&b, f->ip);
	ftrace_buf_init(&h, hits, sizeof(hits));
	ftrace_put_dec(&h, f->hits);
	pad(&b, 2 + NAME_WIDTH + 2 + (h.len < 10 ? 10 - h.len : 0));
	ftrace_put(&b, hits);
	ftrace_put(&b, "    ");
	put_time(&b, f->time);
	ftrace_put(&b, "    ");
	put_time(&b, f->average);
	ftrace_put(&b, "    ");
	put_time(&b, f->variance / 1000);
	return text->line(line, text->arg);
}

static int put_missed(const struct text *text)
{
	char line[80];
	struct ftrace_buf b;

	if (!ftrace_profile_missed())
		return 0;
	ftrace_buf_init(&b, line, sizeof(line));
	ftrace_put(&b, "  not counted for want of memory: ");
	ftrace_put_dec(&b, ftrace_profile_missed());
	return text->line(line, text->arg);
}

FTRACE_PUBLIC int ftrace_profile_print(int (*line)(const char *text, void *arg),
				       void *arg)
{
	struct text text = { line, arg };
	int err;

	if (!line)
		return ftrace_fail(__func__, "line is NULL", -EINVAL);
	err = ftrace_lock_scanned(__func__);
	if (err)
		return err;
	err = line("  Function                               Hit    Time"
		   "            Avg             s^2", arg);
	if (!err)
		err = line("  --------                               ---    ----"
			   "            ---             ---", arg);
	if (!err)
		err = for_each(__func__, put_row, &text);
	if (!err)
		err = put_missed(&text);
	ftrace_unlock();
	return err;
}
