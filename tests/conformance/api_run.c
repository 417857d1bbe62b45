/* SPDX-License-Identifier: MIT */
/* Each step of the script fails in each way that its host can, in a child. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ftrace/switch.h>

#include "api.h"

/* Shared with the children that fail. */
struct shared {
	struct api_result r;
	unsigned long after;	/* what is there when the step succeeded */
	bool over;		/* the host was not asked so often */
};

static struct shared *shared;

static void wrong(unsigned int step, unsigned long k, const char *what, long n)
{
	if (!shared->r.wrong++)
		snprintf(shared->r.why, sizeof(shared->r.why),
			 "%s, failing at %lu: %s (%ld)", api_script[step].name, k,
			 what, n);
}

static unsigned long mix(unsigned long h, const void *p, size_t n)
{
	const unsigned char *byte = p;

	while (n--)
		h = (h ^ *byte++) * 0x01000193UL;
	return h;
}

struct dump {
	unsigned long h;
	bool exact;
};

/* Exactly as it is; or as it is whichever thunks there are. */
static int dump_one(const struct ftrace_site_info *site, void *arg)
{
	unsigned long direct_at[2];
	struct dump *x = arg;

	direct_at[0] = site->flags & FTRACE_SITE_DIRECT ? 1 : 0;
	direct_at[1] = site->target != 0;
	x->h = mix(x->h, &site->ip, sizeof(site->ip));
	x->h = mix(x->h, &site->count, sizeof(site->count));
	x->h = mix(x->h, &site->flags, sizeof(site->flags));
	x->h = mix(x->h, direct_at, sizeof(direct_at));
	if (!x->exact)
		return 0;
	x->h = mix(x->h, &site->target, sizeof(site->target));
	x->h = mix(x->h, (void *)site->ip, sizeof(int));
	return 0;
}

static unsigned long dump(bool exact)
{
	struct dump x = { 0x811c9dc5UL, exact };
	struct ftrace_iter it = { .list = FTRACE_LIST_ENABLED };
	char line[512];
	int n;

	ftrace_for_each_site(dump_one, &x);
	while (exact && (n = ftrace_iter_line(&it, line, sizeof(line))) > 0)
		x.h = mix(x.h, line, strlen(line));
	return x.h;
}

/* One step while the host fails at its @k-th call; then once more. */
static void fail_step(const struct api_way *way, unsigned int step,
		      unsigned long k)
{
	bool changes = api_script[step].how & API_CHANGES;
	unsigned long before = dump(true);
	int err;

	api_with->forget();
	api_with->fail(way, k);
	err = api_script[step].run();
	shared->over = !api_with->failed();
	api_with->fail(NULL, 0);
	if (shared->over)
		return;
	shared->r.tries++;
	if (api_script[step].how & API_ENDS) {
		if (err && (err != -ETIMEDOUT || api_script[step].run()))
			wrong(step, k, "it fails", err);
		if (ftrace_verify())
			wrong(step, k, "records and text differ", 0);
		return;
	}
	shared->r.errors += err != 0;
	if (ftrace_is_dead()) {
		/* For good, after text was written: there is no way back. */
		shared->r.dead++;
		if (!way->all || !api_with->logged("giving up"))
			wrong(step, k, "it gave up", err);
		return;
	}
	if (err > 0 || (err && !api_with->logged("libftrace: ")))
		wrong(step, k, "no reason was logged", err);
	if (err && !changes && dump(true) != before)
		wrong(step, k, "all is not as it was", err);
	if (err && (err = api_script[step].run()) &&
	    (!changes || (err != -EBUSY && err != -EINVAL)))
		wrong(step, k, "the next try fails", err);
	if (ftrace_verify())
		wrong(step, k, "records and text differ", err);
	if (dump(false) != shared->after)
		wrong(step, k, "it is not what the step makes", err);
	api_with->call(0);
	api_with->call(2);
}

/* In a child, so that the next failure finds the same. */
static void in_child(const struct api_way *way, unsigned int step,
		     unsigned long k)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		api_with->forked();
		if (k) {
			fail_step(way, step, k);
		} else {
			int err = api_script[step].run();

			if (err)
				wrong(step, 0, "it fails", err);
			shared->after = dump(false);
		}
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		wrong(step, k, "the child died", pid < 0 ? 0 : status);
}

void api_run(const struct api *with, const struct api_way *way,
	     struct api_result *result)
{
	unsigned long k;
	unsigned int i;

	api_with = with;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		exit(3);
	ftrace_rescan();
	for (i = 0; i < api_steps && !shared->r.wrong; i++) {
		in_child(way, i, 0);
		shared->over = false;
		for (k = 1; !shared->over && !shared->r.wrong; k++)
			in_child(way, i, k);
		if (!(api_script[i].how & API_ENDS))
			api_script[i].run();
		api_with->call(0);
		api_with->call(2);
	}
	*result = shared->r;
	munmap(shared, sizeof(*shared));
}
