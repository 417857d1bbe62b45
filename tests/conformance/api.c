/* SPDX-License-Identifier: MIT */
/* The whole interface, call by call, beside a host that fails. */
#include <errno.h>
#include <string.h>

#include <ftrace/ftrace_regs.h>
#include <ftrace/graph.h>
#include <ftrace/host.h>
#include <ftrace/profile.h>
#include <ftrace/switch.h>
#include <ftrace/version.h>

#include "api.h"

const struct api *api_with;
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
		api_with->fail(NULL, 0);
	return modify_ftrace_direct_multi_nolock(op, api_with->direct[on]);
}

static struct ftrace_ops d = { .ops_func = shares };

static int name_of(struct ftrace_ops *ops, unsigned int fn,
		   int (*set)(struct ftrace_ops *ops, const char *buf, int len,
			      int reset))
{
	return set(ops, api_with->name[fn], (int)strlen(api_with->name[fn]), 0);
}

static int filter(void)
{
	return name_of(&a, 0, ftrace_set_filter);
}

static int filter_ip(void)
{
	return ftrace_set_filter_ip(&a, api_with->fn[1], 0, 0);
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
	return ftrace_set_filter_ips(&b, api_with->fn, 2, 0, 1);
}

static int reg_b(void)
{
	return register_ftrace_function(&b);
}

static int widen_b(void)
{
	return ftrace_set_filter_ip(&b, api_with->fn[2], 0, 0);
}

static int global(void)
{
	return ftrace_set_global_filter(api_with->name[0],
					(int)strlen(api_with->name[0]), 0);
}

static int global_notrace(void)
{
	return ftrace_set_global_notrace(api_with->name[2],
					 (int)strlen(api_with->name[2]), 0);
}

static int reg_g(void)
{
	return register_ftrace_function(&g);
}

static int global_reset(void)
{
	return ftrace_set_global_filter(api_with->name[1],
					(int)strlen(api_with->name[1]), 1);
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
	return ftrace_set_filter_ip(&t, api_with->fn[0], 0, 0);
}

static int reg_t(void)
{
	return register_ftrace_function(&t);
}

static int direct(void)
{
	return register_ftrace_direct(api_with->fn[0], api_with->direct[0]);
}

static int redirect(void)
{
	return modify_ftrace_direct(api_with->fn[0], api_with->direct[0],
				    api_with->direct[1]);
}

static int undirect(void)
{
	return unregister_ftrace_direct(api_with->fn[0], api_with->direct[1]);
}

static int filter_d(void)
{
	return ftrace_set_filter_ip(&d, api_with->fn[2], 0, 0);
}

static int multi(void)
{
	return register_ftrace_direct_multi(&d, api_with->direct[1]);
}

static int multi_modify(void)
{
	return modify_ftrace_direct_multi(&d, api_with->direct[0]);
}

static int filter_mover(void)
{
	return ftrace_set_filter_ip(&mover, api_with->fn[2], 0, 0);
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
	return unregister_ftrace_direct_multi(&d, api_with->direct[0]);
}

static int conservative(void)
{
	return ftrace_set_conservative("nobody*");
}

static int mod_init(void)
{
	return ftrace_module_init(api_with->module);
}

static int mod_enable(void)
{
	return ftrace_module_enable(api_with->module);
}

static int mod_release(void)
{
	return ftrace_release_mod(api_with->module);
}

/* If it has records by now all that is left to do is to let clients at them. */
static int object_add(void)
{
	if (!api_with->object)
		return 0;
	return api_with->object->mod.data ? ftrace_module_enable(&api_with->object->mod) :
				       ftrace_object_add(api_with->object);
}

static int object_del(void)
{
	return api_with->object ? ftrace_object_del(api_with->object) : 0;
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
		err = ftrace_explain(api_with->name[0], 0, line, sizeof(line));
	return err < 0 ? err : ftrace_get_stats(&st);
}

static int lookup(void)
{
	unsigned long addr;

	return ftrace_lookup_symbols((const char **)&api_with->name[0], 1, &addr);
}

/* What cannot fail, but has no answer for a thread without a block. */
static int looks(void)
{
	unsigned long site = ftrace_location(api_with->fn[0]);

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

static int entered(struct ftrace_graph_ent *ent, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	long *data = fgraph_reserve_data(gops->idx, sizeof(*data));
	int idx = 0;

	(void)ent;
	(void)fregs;
	if (data)
		*data = 1;
	looks_up += ftrace_graph_ret_addr(&idx, 1) == 1;
	return 1;
}

static void left(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	int size;

	(void)ret;
	looks_up += fgraph_retrieve_data(gops->idx, &size) != NULL;
	ftrace_regs_set_return_value(fregs, ftrace_regs_get_return_value(fregs));
}

static struct fgraph_ops graph = { .entryfunc = entered, .retfunc = left };

static int filter_graph(void)
{
	ftrace_graph_set_max_depth(0);
	return ftrace_set_filter_ip(&graph.ops, api_with->fn[0], 0, 0);
}

static int below(void)
{
	return ftrace_set_graph_function(&graph, api_with->name[0],
					 (int)strlen(api_with->name[0]), 1);
}

static int not_below(void)
{
	return ftrace_set_graph_notrace(&graph, api_with->name[1],
					(int)strlen(api_with->name[1]), 1);
}

static int stacks(void)
{
	unsigned long low = (unsigned long)&graph;
	int err = ftrace_graph_stack(low, low + 16);

	return err ? err : ftrace_graph_stack(low, 0);
}

static int reg_graph(void)
{
	return register_ftrace_graph(&graph);
}

static int unreg_graph(void)
{
	return unregister_ftrace_graph(&graph);
}

static int filter_profile(void)
{
	return ftrace_set_filter_ip(ftrace_profile_ops(), api_with->fn[0], 0,
				    0);
}

static int profile_on(void)
{
	return ftrace_profile_enable(1);
}

static int profiled(const struct ftrace_profile *f, void *arg)
{
	(void)arg;
	return !f->ip;
}

static int profile_line(const char *text, void *arg)
{
	(void)arg;
	return !text;
}

static int profile_shows(void)
{
	int err = ftrace_profile_for_each(profiled, NULL);

	if (!err)
		err = ftrace_profile_print(profile_line, NULL);
	ftrace_profile_reset();
	return err ? err : (int)ftrace_profile_missed();
}

static int profile_off(void)
{
	return ftrace_profile_enable(0);
}

static int free_all(void)
{
	ftrace_free_filter(&a);
	ftrace_free_filter(&b);
	ftrace_free_filter(&d);
	ftrace_free_filter(&t);
	ftrace_free_filter(&mover);
	ftrace_free_filter(&graph.ops);
	ftrace_free_filter(ftrace_profile_ops());
	return 0;
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

/* Once in a process, and not on each target. */
static int discover(void)
{
	int err = ftrace_discover(100);

	return err == -EBUSY || err == -EOPNOTSUPP ? 0 : err;
}

/* It needs nothing of the host; a client can still leave, sooner or later. */
static int kill_all(void)
{
	int err;

	ftrace_kill();
	if (!ftrace_is_dead())
		return -EINVAL;
	err = unregister_ftrace_function(&a);
	return err == -ETIMEDOUT ? unregister_ftrace_function(&a) : err;
}

const struct api_step api_script[] = {
	{ "filter", filter, 0 },
	{ "filter_ip", filter_ip, 0 },
	{ "notrace", notrace_name, 0 },
	{ "register a", reg_a, 0 },
	{ "filter_ips", filter_ips, 0 },
	{ "register b", reg_b, 0 },
	{ "widen b", widen_b, 0 },
	{ "global filter", global, 0 },
	{ "global notrace", global_notrace, 0 },
	{ "register g", reg_g, 0 },
	{ "global reset", global_reset, 0 },
	{ "tid", tid, 0 },
	{ "tid more", tid_more, 0 },
	{ "filter t", filter_t, 0 },
	{ "register t", reg_t, 0 },
	{ "direct", direct, 0 },
	{ "redirect", redirect, 0 },
	{ "filter d", filter_d, 0 },
	{ "multi", multi, 0 },
	{ "modify multi", multi_modify, 0 },
	{ "filter graph", filter_graph, 0 },
	{ "below", below, 0 },
	{ "stacks", stacks, 0 },
	{ "register graph", reg_graph, 0 },
	{ "not below", not_below, 0 },
	{ "filter profile", filter_profile, 0 },
	{ "profile on", profile_on, 0 },
	{ "profile shows", profile_shows, 0 },
	{ "policy", policy, 0 },
	{ "off", off, 0 },
	{ "on", on, 0 },
	{ "verify", verify, 0 },
	{ "filter mover", filter_mover, 0 },
	{ "register mover", reg_mover, 0 },
	{ "conservative", conservative, 0 },
	{ "module init", mod_init, 0 },
	{ "module enable", mod_enable, 0 },
	{ "object add", object_add, API_CHANGES },
	{ "rescan", rescan, API_CHANGES },
	{ "discover", discover, 0 },
	{ "lists", lists, 0 },
	{ "lookup", lookup, 0 },
	{ "looks", looks, 0 },
	{ "kill", kill_all, API_ENDS },
	{ "unregister graph", unreg_graph, API_CHANGES },
	{ "profile off", profile_off, API_CHANGES },
	{ "unregister mover", unreg_mover, 0 },
	{ "undirect", undirect, 0 },
	{ "unregister multi", unmulti, 0 },
	{ "object del", object_del, API_CHANGES },
	{ "module release", mod_release, API_CHANGES },
	{ "unregister a", unreg_a, API_CHANGES },
	{ "unregister b", unreg_b, API_CHANGES },
	{ "unregister g", unreg_g, API_CHANGES },
	{ "synchronize", synchronize, API_CHANGES },
	{ "unregister t", unreg_t, API_CHANGES },
	{ "free", free_all, 0 },
};

const unsigned int api_steps = sizeof(api_script) / sizeof(api_script[0]);
