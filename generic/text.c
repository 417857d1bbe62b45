/* SPDX-License-Identifier: MIT */
/* The only writer of text: verify a batch, open, write step by step, close. */
#include "internal.h"

#include <sys/mman.h>

/*
 * A batch is a walk: its owner calls the verbs for each record that shall
 * change, first to have them verified, and once more, while the text is open,
 * to have them written. So a million changes take no memory. What takes
 * several steps, or comes without a walk, is kept in a list instead.
 *
 * Everything here runs under the registration lock. Within a window nothing
 * allocates, blocks or takes a lock, and this thread takes no signal.
 */

enum phase { IDLE, VERIFY, WRITE, UNDO };

#define NO_SYNC "the host's sync_core failed: beside other threads text " \
		"cannot be written"

/* So few stores are cheaper one by one than with a window: see design.md. */
#define POKE_MAX 16

static struct {
	enum phase phase;
	bool keep;		/* all changes: there will be no walk */
	bool alone;		/* nobody else runs the code that it changes */
	bool sync;		/* there are others, who must see it */
	bool parks;		/* they are stopped meanwhile */
	bool ran;		/* they were */
	bool written;		/* a window was open */
	bool refused;		/* none could be opened */
	bool stored;		/* something, since undoing began */
	unsigned int steps;	/* the most that one change takes */
	unsigned int widest;	/* bytes of the widest store */
	size_t nr;		/* changes */
	struct dyn_ftrace *rec;	/* the first's, later the one that failed */
	struct ftrace_change *kept;
	size_t nr_kept, cap_kept;
	struct ftrace_window *win, *at;	/* one a module; @at holds the last */
	unsigned int nr_win, cap_win;
	struct ftrace_mod *m;	/* the module of @at */
	ftrace_walk_t walk;
	void *arg;
	struct ftrace_poke poke[POKE_MAX];
	unsigned int nr_poke;
	bool poking;
	bool unpoked;		/* the host refused one */
	const char *lacks;	/* what it refused, for people */
} batch;

unsigned long ftrace_windows_opened, ftrace_syncs_made;
struct ftrace_site_error ftrace_expected;

void ftrace_batch_begin(bool fresh, bool keep)
{
	memset(&batch, 0, sizeof(batch));
	batch.phase = VERIFY;
	batch.keep = keep;
	batch.sync = !ftrace_host->alone();
	batch.alone = fresh || !batch.sync;
	ftrace_text_distrust();
}

/*
 * Before the first change: others will stand still while the batch is written,
 * and none between two instructions of a site. All changes are kept.
 */
void ftrace_batch_park(void)
{
	batch.parks = true;
	batch.alone = true;
}

void ftrace_batch_abort(void)
{
	if (batch.kept)
		ftrace_host->free_pages(batch.kept,
					batch.cap_kept * sizeof(*batch.kept));
	if (batch.win)
		ftrace_host->free_pages(batch.win,
					batch.cap_win * sizeof(*batch.win));
	memset(&batch, 0, sizeof(batch));
	ftrace_text_distrust();
}

/* Make room for one more of @size bytes; *@cap is how many there is room for. */
static bool room(void *list, size_t *cap, size_t nr, size_t size)
{
	size_t bigger = *cap ? *cap * 4 : 4096 / size;
	void **at = list, *to;

	if (nr < *cap)
		return true;
	to = ftrace_host->alloc_pages(bigger * size);
	if (!to)
		return false;
	if (*at) {
		memcpy(to, *at, nr * size);
		ftrace_host->free_pages(*at, *cap * size);
	}
	*at = to;
	*cap = bigger;
	return true;
}

static void expected(const struct ftrace_change *c, const void *actual,
		     const char *what)
{
	struct ftrace_site_error *e = &ftrace_expected;

	e->addr = c->addr;
	e->len = c->len;
	e->what = what;
	memset(e->actual, 0, sizeof(e->actual));
	if (actual)
		memcpy(e->actual, actual, c->len);
	memcpy(e->expected, c->old, sizeof(e->expected));
}

/*
 * The number of a module's window; behind the last if it has none. Rounded to
 * pages it may begin before the text.
 */
static unsigned int window_nr(const struct ftrace_mod *m)
{
	unsigned long text = m ? m->mod->text : 0;
	unsigned int i;

	if (batch.phase != VERIFY)
		text &= ~(ftrace_host->page_size() - 1);
	for (i = 0; m && i < batch.nr_win; i++)
		if (batch.win[i].start >= text &&
		    batch.win[i].start < m->mod->text_end)
			return i;
	return batch.nr_win;
}

/*
 * The window of the module that @addr lies in; NULL without memory, or when the
 * time to make one is over.
 */
static struct ftrace_window *window_find(unsigned long addr)
{
	size_t cap = batch.cap_win;
	unsigned int i;

	batch.m = ftrace_mod_of(addr);
	i = window_nr(batch.m);
	if (i < batch.nr_win)
		return &batch.win[i];
	if (batch.phase != VERIFY ||
	    !room(&batch.win, &cap, batch.nr_win, sizeof(*batch.win)))
		return NULL;
	batch.cap_win = (unsigned int)cap;
	batch.win[i] = (struct ftrace_window){
		.start = addr, .end = addr,
		.prot = batch.m ? batch.m->prot : PROT_READ | PROT_EXEC,
	};
	batch.nr_win++;
	return &batch.win[i];
}

static inline struct ftrace_window *window_of(unsigned long addr)
{
	if (!batch.m || addr < batch.m->mod->text ||
	    addr >= batch.m->mod->text_end)
		batch.at = window_find(addr);
	return batch.at;
}

/* What the change takes: how many stores, how wide, and room if it is kept. */
static int change_plan(const struct ftrace_change *c)
{
	struct ftrace_store st[FTRACE_TEXT_STEPS];
	int n = arch_ftrace_text_steps(c, batch.alone, st);

	if (n < 0) {
		expected(c, (const void *)c->addr,
			 "the site cannot be changed while other threads run");
		return n;
	}
	if ((unsigned int)n > batch.steps)
		batch.steps = (unsigned int)n;
	if (st->len > batch.widest)
		batch.widest = st->len;
	if (!batch.keep && n == 1)
		return 0;
	if (!room(&batch.kept, &batch.cap_kept, batch.nr_kept, sizeof(*c))) {
		ftrace_expected.what = "no memory";
		ftrace_expected.len = 0;
		return -ENOMEM;
	}
	batch.kept[batch.nr_kept++] = *c;
	return 0;
}

static int window_extend(unsigned long start, unsigned long end)
{
	struct ftrace_window *w = window_of(start);

	if (!w) {
		ftrace_expected.what = "no memory";
		ftrace_expected.len = 0;
		return -ENOMEM;
	}
	if (start < w->start)
		w->start = start;
	if (end > w->end)
		w->end = end;
	return 0;
}

/* First phase: is it what it must be, can it be done, and what does it take? */
static int change_verify(const struct ftrace_change *c)
{
	int err = 0;

	if (ftrace_text_readable(c->addr, c->len)) {
		expected(c, NULL, "the site cannot be read");
		return -EFAULT;
	}
	if (ftrace_text_at(c->addr, c->len) != ftrace_first_of(c->old, c->len)) {
		expected(c, (const void *)c->addr,
			 "the site does not hold what it must");
		return -EINVAL;
	}
	/* Of a modifiable site all that is known: one store, wide or not. */
	if (batch.keep || ftrace_rec_private(c->rec) || batch.nr <= POKE_MAX)
		err = change_plan(c);
	if (!err)
		err = window_extend(c->addr, c->addr + c->len);
	if (!err && !batch.nr++)
		batch.rec = c->rec;
	return err;
}

/*
 * May a module's modifiable sites be verified, and later written, in a loop
 * without a call for each? Then text that holds what it must needs no more
 * than ftrace_batch_add(). Not in a small batch, which may be poked.
 */
bool ftrace_batch_bulk(const struct ftrace_mod *m, long *alias)
{
	const struct ftrace_window *w;

	if (batch.phase == VERIFY)
		return batch.nr > POKE_MAX &&
		       ftrace_text_trusted(m->mod->text, m->mod->text_end);
	if (batch.phase != WRITE || batch.poking)
		return false;
	w = window_of(m->mod->text);
	if (w)
		*alias = w->alias;
	return w;
}

/* @nr sites from @first to @last were verified so, or written. */
int ftrace_batch_add(unsigned long first, unsigned long last, size_t nr)
{
	last += MCOUNT_INSN_SIZE;
	if (batch.phase == WRITE) {
		ftrace_host->flush_icache(first, last);
		return 0;
	}
	batch.nr += nr;
	return window_extend(first, last);
}

static int poke_all(void)
{
	int err = batch.nr_poke ? ftrace_host->text_poke(batch.poke,
							 batch.nr_poke) : 0;

	batch.nr_poke = 0;
	batch.unpoked |= err;
	return err ? -EPERM : 0;
}

static int poke_add(const struct ftrace_store *st)
{
	int err = batch.nr_poke == POKE_MAX ? poke_all() : 0;
	struct ftrace_poke *p = &batch.poke[batch.nr_poke++];

	p->addr = st->addr;
	p->len = st->len;
	memcpy(p->bytes, st->new, sizeof(p->bytes));
	return err;
}

static int store(const struct ftrace_change *c, const struct ftrace_store *st)
{
	long alias = window_of(c->addr)->alias;

	batch.stored = true;
	if (batch.poking)
		return poke_add(st);
	arch_ftrace_store((void *)(st->addr + alias), st);
	ftrace_host->flush_icache(st->addr, st->addr + st->len);
	return 0;
}

/* Second phase, of a change that is walked to: one store. */
static int change_write(const struct ftrace_change *c)
{
	struct ftrace_store st[FTRACE_TEXT_STEPS];

	if (arch_ftrace_text_steps(c, batch.alone, st) > 1)
		return 0;
	/* Another patcher may have come since; nobody asks the system again. */
	if (ftrace_text_at(c->addr, c->len) != ftrace_first_of(c->old, c->len)) {
		if (batch.phase == UNDO)
			return 0;
		expected(c, (const void *)c->addr,
			 "the site was changed by somebody else just now");
		batch.rec = c->rec;
		return -EINVAL;
	}
	return store(c, st);
}

static void swap_if_undo(struct ftrace_change *to,
			 const struct ftrace_change *c)
{
	bool undo = batch.phase == UNDO;

	*to = *c;
	memcpy(to->old, undo ? c->new : c->old, sizeof(to->old));
	memcpy(to->new, undo ? c->old : c->new, sizeof(to->new));
}

/*
 * Is there nothing to put back? Where nothing was stored nothing needs to be
 * written, by a host that may refuse just that. Between two steps of a change
 * its site is neither old nor new.
 */
static bool is_back(const struct ftrace_change *c)
{
	return batch.phase == UNDO &&
	       ftrace_text_at(c->addr, c->len) == ftrace_first_of(c->new, c->len);
}

static int kept_write(unsigned int step)
{
	struct ftrace_store st[FTRACE_TEXT_STEPS];
	struct ftrace_change c;
	size_t i;
	int n, err = 0;

	for (i = 0; i < batch.nr_kept && !err; i++) {
		swap_if_undo(&c, &batch.kept[i]);
		n = arch_ftrace_text_steps(&c, batch.alone, st);
		if ((int)step < n && !is_back(&c))
			err = store(&c, &st[step]);
	}
	return err;
}

static int write_all(void)
{
	unsigned int step;
	int err = 0;

	for (step = 0; step < batch.steps && !err; step++) {
		if (!step && batch.walk)
			err = batch.walk(batch.arg);
		if (!err)
			err = kept_write(step);
		if (batch.poking && poke_all())
			err = -EPERM;
		/* Nobody has to be told of what was not stored. */
		if (!batch.sync || (batch.phase == UNDO && !batch.stored))
			continue;
		if (ftrace_host->sync_core()) {
			batch.lacks = NO_SYNC;
			err = -EPERM;
		}
		ftrace_syncs_made++;
	}
	return err;
}

/* From the extents of the changes to whole pages. */
static void windows_round(void)
{
	unsigned long page = ftrace_host->page_size();
	unsigned int i;

	for (i = 0; i < batch.nr_win; i++) {
		struct ftrace_window *w = &batch.win[i];

		/* A step may touch the aligned 16 bytes around each end. */
		w->start = (w->start & ~15UL) & ~(page - 1);
		w->end = (((w->end + 15) & ~15UL) + page - 1) & ~(page - 1);
	}
}

static int window_write(void *unused)
{
	int err = 0;

	(void)unused;
	batch.ran = true;
	if (!batch.poking)
		err = ftrace_host->text_open(batch.win, batch.nr_win);
	if (err) {
		batch.refused = true;
		batch.lacks = "the host's text_open failed, and text_poke "
			      "cannot serve: text cannot be written";
		return err;
	}
	batch.written = true;
	err = write_all();
	if (batch.poking)
		return err;
	ftrace_windows_opened += batch.nr_win;
	if (ftrace_host->text_close(batch.win, batch.nr_win) && !err)
		err = -EPERM;
	return err;
}

/* Is @addr inside a site that changes, behind its first byte? */
static int between(unsigned long addr, void *unused)
{
	size_t lo = 0, hi = batch.nr_kept;

	(void)unused;
	/* They come in the order of the records. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (batch.kept[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr - batch.kept[lo - 1].addr < batch.kept[lo - 1].len;
}

static int window_run(void *unused)
{
	unsigned long signals[16];
	int err;

	ftrace_host->block_signals(signals);
	batch.ran = false;
	err = batch.parks ? ftrace_host->park(between, window_write, NULL) :
			    window_write(unused);
	ftrace_host->restore_signals(signals);
	return err;
}

/*
 * A copy that the system makes may store its bytes in any order, and be
 * interrupted between them: while others run the code it serves where one
 * store that is known to be single is all there is to a change.
 */
static bool can_poke(void)
{
	unsigned int widest = batch.alone ? 8 : FTRACE_POKE_SIZE;

	return batch.steps == 1 && batch.widest <= widest &&
	       ftrace_poke_works();
}

/* By the way that it was written; where that fails a window may be had still. */
static int batch_undo(void)
{
	int err;

	batch.phase = UNDO;
	batch.stored = false;
	err = ftrace_host->pin_objects(window_run, NULL);
	if (err && batch.poking) {
		batch.poking = false;
		err = ftrace_host->pin_objects(window_run, NULL);
	}
	return err;
}

/*
 * Before text is written for the first time: what cannot be told to others
 * cannot be put back either. Later on a host that could is believed.
 */
static bool can_sync(void)
{
	static bool could;

	if (batch.sync && !could) {
		could = !ftrace_host->sync_core();
		ftrace_syncs_made += could;
	}
	return !batch.sync || could;
}

static int batch_write(void)
{
	int err;

	if (!can_sync()) {
		batch.lacks = NO_SYNC;
		return -EPERM;
	}
	batch.poking = batch.sync && batch.nr <= POKE_MAX && can_poke();
	err = ftrace_host->pin_objects(window_run, NULL);
	/* Text that must not become writable can still be written. */
	if (batch.refused && can_poke()) {
		batch.poking = true;
		return ftrace_host->pin_objects(window_run, NULL);
	}
	/* And what worked at the trial may be refused since. */
	if (!batch.unpoked || batch_undo())
		return err;
	batch.phase = WRITE;
	batch.written = false;
	batch.poking = false;
	return ftrace_host->pin_objects(window_run, NULL);
}

static void commit_failed(const char *call, int err)
{
	if (err == -EINVAL) {
		ftrace_bug(err, batch.rec);
		ftrace_fail_at(call, ftrace_expected.what, batch.rec->ip, err);
	} else {
		ftrace_expected = (struct ftrace_site_error){
			.addr = batch.rec->ip,
		};
		ftrace_bug(-EPERM, batch.rec);
		ftrace_fail_at(call, batch.lacks ? batch.lacks :
			       "text cannot be written", batch.rec->ip,
			       -EPERM);
	}
	if (!batch.written)
		return;
	if (batch_undo()) {
		ftrace_fail(call, "and what was written could not be put "
			    "back: giving up", -EPERM);
		ftrace_give_up();
	}
}

/*
 * Write a verified batch: @walk makes the same verbs be called as before, or
 * is NULL where all changes were kept. On failure the text is as it was; if
 * even that cannot be had the library gives up.
 */
int ftrace_batch_commit(const char *call, ftrace_walk_t walk, void *arg)
{
	int err = 0;

	if (!batch.nr)
		goto out;
	batch.walk = walk;
	batch.arg = arg;
	batch.phase = WRITE;
	windows_round();
	err = batch_write();
	/* Nobody wrote: they could not be stopped, and it can be done without. */
	if (batch.parks && !batch.ran) {
		ftrace_batch_abort();
		return -EAGAIN;
	}
	if (err && err != -EINVAL)
		err = -EPERM;
	if (err)
		commit_failed(call, err);
out:
	ftrace_batch_abort();
	return err;
}

int ftrace_text_change(struct dyn_ftrace *rec, unsigned long addr,
		       const void *old, const void *new, unsigned int len)
{
	bool undo = batch.phase == UNDO;
	uint64_t from = ftrace_first_of(undo ? new : old, len);
	uint64_t to = ftrace_first_of(undo ? old : new, len);
	struct ftrace_change c;
	int err;

	c.rec = rec;
	c.addr = addr;
	c.len = len;
	memcpy(c.old, &from, sizeof(c.old));
	memcpy(c.new, &to, sizeof(c.new));
	if (batch.phase == VERIFY)
		return change_verify(&c);
	if (batch.phase != IDLE)
		return change_write(&c);
	ftrace_batch_begin(false, true);
	err = change_verify(&c);
	if (!err)
		return ftrace_batch_commit("ftrace_text_change", NULL, NULL);
	ftrace_batch_abort();
	return err;
}
