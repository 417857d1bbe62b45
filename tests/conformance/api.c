/* SPDX-License-Identifier: MIT */
/* The whole interface, call by call, beside a host that fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ftrace/ftrace_regs.h>
#include <ftrace/graph.h>
#include <ftrace/host.h>
#include <ftrace/switch.h>
#include <ftrace/version.h>

#include "api.h"

static const struct api *api;
static unsigned long looks_up, hits, released_nr;

static void look(unsigned long ip, unsigned long parent_ip,
		 struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)parent_ip;
	(void)op;
	(void)fregs;
	looks_up += ftrace_location(ip) == ip;
	hits++;
}

static struct ftrace_ops a = { .func = look };
static struct ftrace_ops b = { .func = look,
			       .flags = FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED };
static struct ftrace_ops g = { .func = look };
static struct ftrace_ops t = { .func = look, .flags = FTRACE_OPS_FL_PID };
static struct ftrace_ops mover = { .func = look,
				   .flags = FTRACE_OPS_FL_IPMODIFY };

/*
 * A direct client that is another while it shares its functions. It puts back
 * what it did itself, so that a failure can leave all as it was.
 */
static int shares(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	bool on = cmd == FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_PEER;

	if (!on)
		api->fail(NULL, 0);
	return modify_ftrace_direct_multi_nolock(op, api->direct[on]);
}

static struct ftrace_ops d = { .ops_func = shares };

static int name_of(struct ftrace_ops *ops, unsigned int fn,
		   int (*set)(struct ftrace_ops *ops, const char *buf, int len,
			      int reset))
{
	return set(ops, api->name[fn], (int)strlen(api->name[fn]), 0);
}

static int filter(void)
{
	return name_of(&a, 0, ftrace_set_filter);
}

static int filter_ip(void)
{
	return ftrace_set_filter_ip(&a, api->fn[1], 0, 0);
}

static int notrace_name(void)
{
	return name_of(&a, 1, ftrace_set_notrace);
}

static int reg_a(void)
{
	return register_ftrace_function(&a);
}

static int filter_ips(void)
{
	return ftrace_set_filter_ips(&b, api->fn, 2, 0, 1);
}

static int reg_b(void)
{
	return register_ftrace_function(&b);
}

static int widen_b(void)
{
	return ftrace_set_filter_ip(&b, api->fn[2], 0, 0);
}

static int global(void)
{
	return ftrace_set_global_filter(api->name[0],
					(int)strlen(api->name[0]), 0);
}

static int global_notrace(void)
{
	return ftrace_set_global_notrace(api->name[2],
					 (int)strlen(api->name[2]), 0);
}

static int reg_g(void)
{
	return register_ftrace_function(&g);
}

static int global_reset(void)
{
	return ftrace_set_global_filter(api->name[1],
					(int)strlen(api->name[1]), 1);
}

static int tid(void)
{
	return ftrace_set_filter_tid(&t, 1, 0, 0);
}

static int tid_more(void)
{
	return ftrace_set_filter_tid(&t, 2, 0, 0);
}

static int filter_t(void)
{
	return ftrace_set_filter_ip(&t, api->fn[0], 0, 0);
}

static int reg_t(void)
{
	return register_ftrace_function(&t);
}

static int direct(void)
{
	return register_ftrace_direct(api->fn[0], api->direct[0]);
}

static int redirect(void)
{
	return modify_ftrace_direct(api->fn[0], api->direct[0],
				    api->direct[1]);
}

static int undirect(void)
{
	return unregister_ftrace_direct(api->fn[0], api->direct[1]);
}

static int filter_d(void)
{
	return ftrace_set_filter_ip(&d, api->fn[2], 0, 0);
}

static int multi(void)
{
	return register_ftrace_direct_multi(&d, api->direct[1]);
}

static int multi_modify(void)
{
	return modify_ftrace_direct_multi(&d, api->direct[0]);
}

static int filter_mover(void)
{
	return ftrace_set_filter_ip(&mover, api->fn[2], 0, 0);
}

/* d is asked, and calls modify_ftrace_direct_multi_nolock(). */
static int reg_mover(void)
{
	return register_ftrace_function(&mover);
}

static int unreg_mover(void)
{
	return unregister_ftrace_function(&mover);
}

static int unmulti(void)
{
	return unregister_ftrace_direct_multi(&d, api->direct[0]);
}

static int conservative(void)
{
	return ftrace_set_conservative("nobody*");
}

static int mod_init(void)
{
	return ftrace_module_init(api->module);
}

static int mod_enable(void)
{
	return ftrace_module_enable(api->module);
}

static int mod_release(void)
{
	return ftrace_release_mod(api->module);
}

/* If it has records by now all that is left to do is to let clients at them. */
static int object_add(void)
{
	if (!api->object)
		return 0;
	return api->object->mod.data ? ftrace_module_enable(&api->object->mod) :
				       ftrace_object_add(api->object);
}

static int object_del(void)
{
	return api->object ? ftrace_object_del(api->object) : 0;
}

static int rescan(void)
{
	return ftrace_rescan();
}

static int each(const struct ftrace_site_info *site, void *arg)
{
	(void)arg;
	return site->ip == 0;
}

static int lists(void)
{
	struct ftrace_iter it = { .list = FTRACE_LIST_ENABLED };
	struct ftrace_site_info site;
	struct ftrace_stats st;
	char line[200];
	int err = ftrace_for_each_site(each, NULL);

	if (!err && (err = ftrace_iter_next(&it, &site)) > 0)
		err = ftrace_iter_line(&it, line, sizeof(line));
	if (err >= 0)
		err = ftrace_explain(api->name[0], 0, line, sizeof(line));
	return err < 0 ? err : ftrace_get_stats(&st);
}

static int lookup(void)
{
	unsigned long addr;

	return ftrace_lookup_symbols((const char **)&api->name[0], 1, &addr);
}

/* What cannot fail, but has no answer for a thread without a block. */
static int looks(void)
{
	unsigned long site = ftrace_location(api->fn[0]);

	ftrace_text_reserved((void *)site, (void *)site);
	ftrace_location_range(site, site);
	ftrace_find_rec_direct(site);
	ftrace_code((const void *)look);
	ftrace_arch_features();
	ftrace_version();
	return ftrace_is_dead() ? -ENODEV : 0;
}

static int unreg_a(void)
{
	return unregister_ftrace_function(&a);
}

static int unreg_b(void)
{
	return unregister_ftrace_function_timeout(&b, 1000);
}

static void released(struct ftrace_ops *ops)
{
	(void)ops;
	released_nr++;
}

static int unreg_g(void)
{
	return unregister_ftrace_function_async(&g, released);
}

static int synchronize(void)
{
	return ftrace_synchronize();
}

static int unreg_t(void)
{
	return unregister_ftrace_function(&t);
}

static int free_all(void)
{
	ftrace_free_filter(&a);
	ftrace_free_filter(&b);
	ftrace_free_filter(&d);
	ftrace_free_filter(&t);
	ftrace_free_filter(&mover);
	return 0;
}

static int entered(struct ftrace_graph_ent *ent, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	int idx = 0;

	(void)ent;
	(void)gops;
	(void)fregs;
	looks_up += ftrace_graph_ret_addr(&idx, 1) == 1;
	return 1;
}

static void left(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	(void)ret;
	(void)gops;
	ftrace_regs_set_return_value(fregs, ftrace_regs_get_return_value(fregs));
}

static struct fgraph_ops graph = { .entryfunc = entered, .retfunc = left };

static int filter_graph(void)
{
	ftrace_graph_set_max_depth(0);
	return ftrace_set_filter_ip(&graph.ops, api->fn[0], 0, 0);
}

static int reg_graph(void)
{
	return register_ftrace_graph(&graph);
}

static int unreg_graph(void)
{
	return unregister_ftrace_graph(&graph);
}

static int policy(void)
{
	return ftrace_set_policy(FTRACE_PERMANENT_SITES);
}

static int off(void)
{
	return ftrace_enable(0);
}

static int on(void)
{
	return ftrace_enable(1);
}

/* Text that the host says cannot be read is not what a record says. */
static int verify(void)
{
	long differ = ftrace_verify();

	return differ > 0 ? -EFAULT : (int)differ;
}

static const struct {
	const char *name;
	int (*run)(void);
	bool may_change;	/* before it fails, as its header says */
} script[] = {
	{ "filter", filter, false },
	{ "filter_ip", filter_ip, false },
	{ "notrace", notrace_name, false },
	{ "register a", reg_a, false },
	{ "filter_ips", filter_ips, false },
	{ "register b", reg_b, false },
	{ "widen b", widen_b, false },
	{ "global filter", global, false },
	{ "global notrace", global_notrace, false },
	{ "register g", reg_g, false },
	{ "global reset", global_reset, false },
	{ "tid", tid, false },
	{ "tid more", tid_more, false },
	{ "filter t", filter_t, false },
	{ "register t", reg_t, false },
	{ "direct", direct, false },
	{ "redirect", redirect, false },
	{ "filter d", filter_d, false },
	{ "multi", multi, false },
	{ "modify multi", multi_modify, false },
	{ "filter graph", filter_graph, false },
	{ "register graph", reg_graph, false },
	{ "policy", policy, false },
	{ "off", off, false },
	{ "on", on, false },
	{ "verify", verify, false },
	{ "filter mover", filter_mover, false },
	{ "register mover", reg_mover, false },
	{ "conservative", conservative, false },
	{ "module init", mod_init, false },
	{ "module enable", mod_enable, false },
	{ "object add", object_add, true },
	{ "rescan", rescan, true },
	{ "lists", lists, false },
	{ "lookup", lookup, false },
	{ "looks", looks, false },
	{ "unregister graph", unreg_graph, true },
	{ "unregister mover", unreg_mover, false },
	{ "undirect", undirect, false },
	{ "unregister multi", unmulti, false },
	{ "object del", object_del, true },
	{ "module release", mod_release, true },
	{ "unregister a", unreg_a, true },
	{ "unregister b", unreg_b, true },
	{ "unregister g", unreg_g, true },
	{ "synchronize", synchronize, true },
	{ "unregister t", unreg_t, true },
	{ "free", free_all, false },
};

#define STEPS (sizeof(script) / sizeof(script[0]))

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
			 "%s, failing at %lu: %s (%ld)", script[step].name, k,
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
	unsigned long before = dump(true);
	int err;

	api->forget();
	api->fail(way, k);
	err = script[step].run();
	shared->over = !api->failed();
	api->fail(NULL, 0);
	if (shared->over)
		return;
	shared->r.tries++;
	shared->r.errors += err != 0;
	if (ftrace_is_dead()) {
		/* For good, after text was written: there is no way back. */
		shared->r.dead++;
		if (!way->all || !api->logged("giving up"))
			wrong(step, k, "it gave up", err);
		return;
	}
	if (err > 0 || (err && !api->logged("libftrace: ")))
		wrong(step, k, "no reason was logged", err);
	if (err && !script[step].may_change && dump(true) != before)
		wrong(step, k, "all is not as it was", err);
	if (err && (err = script[step].run()) &&
	    !(script[step].may_change && (err == -EBUSY || err == -EINVAL)))
		wrong(step, k, "the next try fails", err);
	if (ftrace_verify())
		wrong(step, k, "records and text differ", err);
	if (dump(false) != shared->after)
		wrong(step, k, "it is not what the step makes", err);
	api->call(0);
	api->call(2);
}

/* In a child, so that the next failure finds the same. */
static void in_child(const struct api_way *way, unsigned int step,
		     unsigned long k)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		api->forked();
		if (k) {
			fail_step(way, step, k);
		} else {
			int err = script[step].run();

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

	api = with;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		exit(3);
	ftrace_rescan();
	for (i = 0; i < STEPS && !shared->r.wrong; i++) {
		in_child(way, i, 0);
		shared->over = false;
		for (k = 1; !shared->over && !shared->r.wrong; k++)
			in_child(way, i, k);
		script[i].run();
		api->call(0);
		api->call(2);
	}
	*result = shared->r;
	munmap(shared, sizeof(*shared));
}
