/* SPDX-License-Identifier: MIT */
/* Every kind of call from every place that a call can come from: the calls. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ftrace/module.h>

#include "blob.h"
#include "context.h"

/* What a call that takes the lock must give. */
static int want(void)
{
	return interrupting ? -EDEADLK : 0;
}

static void call(const char *name, int err)
{
	value(name, (unsigned long)err, (unsigned long)want());
}

/*
 * Row: what changes clients and code
 */

/* A module of one function: a copy of one that nobody traces meanwhile. */
static struct ftrace_module copy;
static unsigned long copy_sites[2];

static long (*copy_make(void))(long)
{
	unsigned long code = CODE(traced_far_a);
	unsigned long at = ftrace_location(code) - code;
	unsigned char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(p, (const void *)code, 64);
	mprotect(p, 4096, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)p, (char *)p + 64);
	/* As a compiler may have recorded it, or another one. */
	copy_sites[0] = (unsigned long)p + at;
	copy_sites[1] = (unsigned long)p + at - SITE_LEAD;
	copy.name = "copy";
	copy.text = (unsigned long)p;
	copy.text_end = copy.text + 4096;
	copy.sites = copy_sites;
	copy.nr_sites = 2;
	return blob_pointer((unsigned long)p);
}

static void change_module(struct probe *p)
{
	long (*fn)(long) = copy_make();

	call("ftrace_module_init", ftrace_module_init(&copy));
	call("ftrace_module_enable", ftrace_module_enable(&copy));
	if (!want()) {
		call("filter", ftrace_set_filter_ip(&p->ops, copy.text, 0, 0));
		value("in the module", (unsigned long)fn(1), 4);
	}
	call("ftrace_release_mod", ftrace_release_mod(&copy));
	munmap((void *)copy.text, 4096);
}

static void change_direct(void)
{
	unsigned long ip = CODE(traced_far_a), one = CODE(direct_one);

	call("direct", register_ftrace_direct(ip, one));
	call("modify", modify_ftrace_direct(ip, one, CODE(direct_two)));
	call("direct", unregister_ftrace_direct(ip, CODE(direct_two)));
}

static void change_threads(void)
{
	static struct probe p;
	unsigned long tid = (unsigned long)gettid();

	probe_init(&p, FTRACE_OPS_FL_PID);
	call("tid", ftrace_set_filter_tid(&p.ops, tid, 0, 0));
	call("filter", ftrace_set_filter_ip(&p.ops, CODE(traced_one), 0, 0));
	call("register", register_ftrace_function(&p.ops));
	traced_one(0);
	count("chosen", p.hits, !want());
	call("tid", ftrace_set_filter_tid(&p.ops, tid, 1, 0));
	traced_one(0);
	count("chosen", p.hits, !want());
	if (!want())
		value("unregister", (unsigned long)unregister_ftrace_function(
					    &p.ops),
		      (unsigned long)(in_callback ? -EINPROGRESS : 0));
}

static void row_change(void)
{
	static struct probe p;
	unsigned long ip = CODE(traced_one);

	/* The child of a fork and a second run come to it anew. */
	probe_init(&p, FTRACE_OPS_FL_RECURSION_SAFE);
	call("filter", ftrace_set_filter_ip(&p.ops, ip, 0, 0));
	call("filter", ftrace_set_filter(&p.ops, "traced_far_a", 12, 0));
	call("notrace", ftrace_set_notrace(&p.ops, "traced_far_a", 12, 0));
	call("register", register_ftrace_function(&p.ops));
	traced_one(0);
	count("hits", p.hits, !want());
	call("filter", ftrace_set_filter_ip(&p.ops, ip, 0, 1));
	change_direct();
	change_module(&p);
	change_threads();
	if (want())
		return;
	traced_one(0);
	count("hits", p.hits, 5);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      (unsigned long)(in_callback ? -EINPROGRESS : 0));
}

/*
 * Row: what waits
 */
static struct probe leaves[3];
static unsigned long released;

static void release(struct ftrace_ops *ops)
{
	value("released", ops == &leaves[2].ops, true);
	released++;
}

static void row_leave_prepare(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		probe_init(&leaves[i], 0);
		probe_on(&leaves[i], traced_one);
		value("register", (unsigned long)register_ftrace_function(
					  &leaves[i].ops), 0);
	}
}

static void row_leave(void)
{
	int err = in_callback ? -EINPROGRESS : want(), i;

	value("unregister", (unsigned long)unregister_ftrace_function(
				    &leaves[0].ops), (unsigned long)err);
	value("timeout", (unsigned long)unregister_ftrace_function_timeout(
				 &leaves[1].ops, 10000), (unsigned long)err);
	call("async", unregister_ftrace_function_async(&leaves[2].ops,
						       release));
	value("synchronize", (unsigned long)ftrace_synchronize(),
	      (unsigned long)(in_callback || interrupting ? -EDEADLK : 0));
	traced_one(0);
	for (i = 0; i < 3; i++)
		count("hits", leaves[i].hits, handled);
	count("released", released, !in_callback && !interrupting);
}

/* What could not wait there does so here. */
static void row_leave_finish(void)
{
	if (leaves[0].ops.flags & FTRACE_OPS_FL_ENABLED)
		row_leave();
	value("synchronize", (unsigned long)ftrace_synchronize(), 0);
	count("released", released, 1);
	show_nop("traced_one", ftrace_location(CODE(traced_one)));
}

/*
 * Row: what looks
 */
static void looks(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	value("argument", ftrace_regs_get_argument(fregs, 0), 41);
	value("return address", ftrace_regs_get_return_address(fregs),
	      parent_ip);
	value("instruction pointer",
	      ftrace_regs_get_instruction_pointer(fregs),
	      ip + MCOUNT_INSN_SIZE);
	value("location", ftrace_location(CODE(traced_one)), ip);
}

static struct probe look;

static void row_look_prepare(void)
{
	probe_init(&look, FTRACE_OPS_FL_RECURSION_SAFE |
			  FTRACE_OPS_FL_SAVE_ARGS);
	look.ops.func = looks;
	probe_on(&look, traced_one);
	value("register", (unsigned long)register_ftrace_function(&look.ops),
	      0);
}

static void row_look(void)
{
	unsigned long before = look.hits;
	struct ftrace_stats st = { .sites = 0 };
	char buf[256] = "";
	int len = 0;

	value("location", ftrace_location(CODE(traced_one)) != 0, true);
	value("location of nothing", ftrace_location(1), 0);
	call("stats", ftrace_get_stats(&st));
	value("sites", st.sites > 0, !want());
	value("dead", ftrace_is_dead(), 0);
	if (!in_handler) {
		len = ftrace_explain("traced_one", 0, buf, sizeof(buf));
		value("explain", len > 0 && strstr(buf, "traced_one"), true);
	}
	value("result", (unsigned long)traced_one(41), 42);
	count("looked", look.hits - before, 1);
}

/*
 * Row: a traced function is called
 */
struct probe guarded;
static struct probe safe;

static void row_call_prepare(void)
{
	probe_init(&guarded, 0);
	probe_init(&safe, FTRACE_OPS_FL_RECURSION_SAFE);
	probe_on(&guarded, traced_one);
	probe_on(&guarded, traced_two);
	probe_on(&safe, traced_one);
	value("register", (unsigned long)register_ftrace_function(
				  &guarded.ops), 0);
	value("register", (unsigned long)register_ftrace_function(&safe.ops),
	      0);
}

static unsigned long dropped(void)
{
	struct ftrace_stats st;

	value("stats", (unsigned long)ftrace_get_stats(&st), 0);
	return st.dropped;
}

static void row_call(void)
{
	unsigned long g = guarded.hits, s = safe.hits;

	value("result", (unsigned long)traced_one(1), 2);
	count("guarded", guarded.hits - g, 1);
	count("safe", safe.hits - s, 1);
}

/* Inside the guarded client's own callback only the other one is called. */
void row_call_inside(void)
{
	unsigned long drops = dropped();
	unsigned long g = guarded.hits, s = safe.hits;

	value("result", (unsigned long)traced_one(1), 2);
	count("guarded", guarded.hits - g, 0);
	count("safe", safe.hits - s, 1);
	count("dropped", dropped() - drops, 1);
}

static void nothing(void)
{
}

const struct row change = { nothing, row_change, nothing };
const struct row leave = { row_leave_prepare, row_leave, row_leave_finish };
const struct row looking = { row_look_prepare, row_look, nothing };
const struct row calling = { row_call_prepare, row_call, nothing };
