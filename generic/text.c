/* SPDX-License-Identifier: MIT */
/* The only writer of text: verify a batch, open, write step by step, close. */
#include "internal.h"

#include <sys/mman.h>

/*
 * Everything here runs under the registration lock. Within a window nothing
 * allocates, blocks or takes a lock, and this thread takes no signal.
 */

static struct {
	struct ftrace_change *change;
	size_t nr, cap;
} batch;
static bool batch_open;
static bool batch_alone;	/* nobody else runs the code that it changes */
static bool batch_sync;	/* there are others, who must see it */

/* The text that this call knows to be readable. */
static unsigned long trusted_start, trusted_end;

unsigned long ftrace_windows_opened, ftrace_syncs_made;
struct ftrace_site_error ftrace_expected;

/* Vouch for a range for the rest of the batch: one system call, not one a site. */
int ftrace_text_trust(unsigned long start, unsigned long end)
{
	int err = ftrace_host->text_check(start, end);

	trusted_start = err ? 0 : start;
	trusted_end = err ? 0 : end;
	return err;
}

int ftrace_text_read(unsigned long addr, void *buf, size_t len)
{
	if ((addr < trusted_start || addr + len > trusted_end) &&
	    ftrace_host->text_check(addr, addr + len))
		return -EFAULT;
	memcpy(buf, (const void *)addr, len);
	return 0;
}

void ftrace_batch_begin(bool fresh)
{
	batch.nr = 0;
	batch_open = true;
	batch_sync = !ftrace_host->alone();
	batch_alone = fresh || !batch_sync;
	trusted_start = trusted_end = 0;
}

void ftrace_batch_abort(void)
{
	if (batch.change)
		ftrace_host->free_pages(batch.change,
					batch.cap * sizeof(*batch.change));
	memset(&batch, 0, sizeof(batch));
	batch_open = false;
	trusted_start = trusted_end = 0;
}

static int batch_room(void)
{
	size_t cap = batch.cap ? batch.cap * 4 : 1024;
	struct ftrace_change *bigger;

	if (batch.nr < batch.cap)
		return 0;
	bigger = ftrace_host->alloc_pages(cap * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	if (batch.change) {
		memcpy(bigger, batch.change, batch.nr * sizeof(*bigger));
		ftrace_host->free_pages(batch.change,
					batch.cap * sizeof(*bigger));
	}
	batch.change = bigger;
	batch.cap = cap;
	return 0;
}

static void expected(unsigned long addr, const void *actual, const void *want,
		     unsigned int len, const char *what)
{
	struct ftrace_site_error *e = &ftrace_expected;

	e->addr = addr;
	e->len = len;
	e->what = what;
	memset(e->actual, 0, sizeof(e->actual));
	if (actual)
		memcpy(e->actual, actual, len);
	memcpy(e->expected, want, len);
}

int ftrace_text_change(struct dyn_ftrace *rec, unsigned long addr,
		       const void *old, const void *new, unsigned int len)
{
	struct ftrace_store st[FTRACE_TEXT_STEPS];
	struct ftrace_change *c;
	unsigned char now[8];
	bool one = !batch_open;
	int err;

	err = ftrace_text_read(addr, now, len);
	if (err) {
		expected(addr, NULL, old, len, "the site cannot be read");
		return err;
	}
	if (memcmp(now, old, len)) {
		expected(addr, now, old, len,
			 "the site does not hold what it must");
		return -EINVAL;
	}
	if (one)
		ftrace_batch_begin(false);
	err = batch_room();
	if (err) {
		expected(addr, now, old, 0, "no memory");
		goto out;
	}
	c = &batch.change[batch.nr];
	*c = (struct ftrace_change){ .rec = rec, .addr = addr, .len = len };
	memcpy(c->old, old, len);
	memcpy(c->new, new, len);
	err = arch_ftrace_text_steps(c, batch_alone, st);
	if (err < 0) {
		expected(addr, now, old, len,
			 "the site cannot be changed while other threads run");
		goto out;
	}
	batch.nr++;
	return one ? ftrace_batch_commit("ftrace_text_change") : 0;
out:
	if (one)
		ftrace_batch_abort();
	return err;
}

/*
 * Windows: one for each run of changes that lies in one module, from the
 * first page to the last.
 */
#define MAX_WINDOWS 64

struct window_job {
	struct ftrace_window win[MAX_WINDOWS];
	unsigned int nr;
	size_t from, to;	/* changes that the windows cover */
	bool written;
};

static void window_cover(struct window_job *j, const struct ftrace_change *c)
{
	unsigned long page = ftrace_host->page_size();
	/* A step may touch the aligned 16 bytes around each end. */
	unsigned long start = (c->addr & ~15UL) & ~(page - 1);
	unsigned long end = (((c->addr + c->len + 15) & ~15UL) + page - 1) &
			    ~(page - 1);
	struct ftrace_window *w = &j->win[j->nr - 1];

	if (start < w->start)
		w->start = start;
	if (end > w->end)
		w->end = end;
}

static void windows_plan(struct window_job *j, size_t from)
{
	struct ftrace_mod *m = NULL;
	size_t i;

	j->nr = 0;
	j->from = from;
	j->written = false;
	for (i = from; i < batch.nr; i++) {
		unsigned long ip = batch.change[i].addr;

		if (!m || ip < m->mod->text || ip >= m->mod->text_end) {
			if (j->nr == MAX_WINDOWS)
				break;
			m = ftrace_mod_of(ip);
			j->win[j->nr] = (struct ftrace_window){
				.start = ~0UL,
				.prot = m ? m->prot : PROT_READ | PROT_EXEC,
			};
			j->nr++;
		}
		window_cover(j, &batch.change[i]);
	}
	j->to = i;
}

static long alias_of(const struct window_job *j, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < j->nr; i++)
		if (addr >= j->win[i].start && addr < j->win[i].end)
			return j->win[i].alias;
	return 0;
}

/* Make step @step of changes [from, to); returns how many steps there are. */
static unsigned int write_step(struct window_job *j, unsigned int step)
{
	struct ftrace_store st[FTRACE_TEXT_STEPS];
	unsigned int most = 0;
	size_t i;

	for (i = j->from; i < j->to; i++) {
		int n = arch_ftrace_text_steps(&batch.change[i], batch_alone,
					       st);

		if (n > (int)most)
			most = (unsigned int)n;
		if ((int)step >= n)
			continue;
		arch_ftrace_store((void *)(st[step].addr +
					   alias_of(j, st[step].addr)),
				  &st[step]);
		ftrace_host->flush_icache(st[step].addr,
					  st[step].addr + st[step].len);
	}
	return most;
}

static int write_all(struct window_job *j)
{
	unsigned int step, steps = 1;
	int err = 0;

	for (step = 0; step < steps; step++) {
		steps = write_step(j, step);
		if (!batch_sync)
			continue;
		if (ftrace_host->sync_core())
			err = -EPERM;
		ftrace_syncs_made++;
	}
	return err;
}

static int window_run(void *arg)
{
	struct window_job *j = arg;
	unsigned long signals[16];
	int err;

	ftrace_host->block_signals(signals);
	err = ftrace_host->text_open(j->win, j->nr);
	if (err)
		goto out;
	ftrace_windows_opened += j->nr;
	j->written = true;
	err = write_all(j);
	if (ftrace_host->text_close(j->win, j->nr) && !err)
		err = -EPERM;
out:
	ftrace_host->restore_signals(signals);
	return err;
}

/* Put back the changes before @end. */
static int undo(size_t end)
{
	struct window_job j;
	size_t at = 0;
	int err = 0;

	for (; at < end && !err; at = j.to) {
		size_t nr = batch.nr;
		size_t i;

		batch.nr = end;
		windows_plan(&j, at);
		for (i = j.from; i < j.to; i++) {
			struct ftrace_change *c = &batch.change[i];
			unsigned char old[8];

			memcpy(old, c->old, sizeof(old));
			memcpy(c->old, c->new, sizeof(old));
			memcpy(c->new, old, sizeof(old));
		}
		err = ftrace_host->pin_objects(window_run, &j);
		batch.nr = nr;
	}
	return err;
}

/*
 * Write a verified batch. On failure the text is as it was; if even that
 * cannot be had the library gives up.
 */
int ftrace_batch_commit(const char *call)
{
	struct window_job j;
	size_t at;
	int err = 0;

	for (at = 0; at < batch.nr; at = j.to) {
		windows_plan(&j, at);
		err = ftrace_host->pin_objects(window_run, &j);
		if (err)
			break;
	}
	if (err) {
		struct ftrace_change *c = &batch.change[at];

		expected(c->addr, c->old, c->old, c->len,
			 "the text cannot be opened for writing");
		ftrace_bug(-EPERM, c->rec);
		ftrace_fail_at(call, "text cannot be written", c->addr, -EPERM);
		/* What opened but did not sync or close has written too. */
		if (undo(j.written ? j.to : at)) {
			ftrace_fail(call, "and what was written could not be "
				    "put back: giving up", -EPERM);
			ftrace_give_up();
		}
		err = -EPERM;
	}
	ftrace_batch_abort();
	return err;
}
