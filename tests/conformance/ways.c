/* SPDX-License-Identifier: MIT */
/* One traced call by each way through the library, and what must come of it. */
#include <string.h>

#include "graph.h"
#include "stepper.h"
#include "ways.h"
#include "../../generic/internal.h"

static unsigned char in[2][STATE_SIZE] __attribute__((aligned(16)));
static unsigned char after[2][STATE_SIZE];
static unsigned char seen[2][STATE_SIZE], behind[2][STATE_SIZE];
static struct probe clients[2], deep;
static struct watch watch;
static const struct way *now;
static bool inside_now, in_deep, kept;
static unsigned long bad_arguments, refusals, recursed;

static unsigned long target(void)
{
	return ftrace_location(CODE(state_called));
}

/* Words that nothing else holds, others in a handler. */
static void fill(void)
{
	unsigned int i, k;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < STATE_SIZE; i++)
			in[k][i] = (unsigned char)((17 + 2 * k) * i + i / 7);
		state_adjust(in[k]);
	}
}

/* How many registers differ; where the stack lies is no matter. */
static unsigned int differ(const unsigned char *got, const unsigned char *want)
{
	/* A trampoline of ours keeps what is live, and no more. */
	bool all = kept && !now->direct;
	unsigned int mask = all ? REG_LIVE | REG_FREE : REG_LIVE, n = 0;
	const struct state_reg *r;

	for (r = state_regs; r->name; r++)
		n += (r->flags & mask) && !(r->flags & REG_GIVEN) &&
		     memcmp(got + r->offset, want + r->offset, r->size);
	return n;
}

/* What a function that has returned owes its caller, whoever saw it return. */
static bool kept_same(const unsigned char *got, const unsigned char *want)
{
	const struct step_kept *r;

	for (r = step_kept; r->column >= 0; r++)
		if (memcmp(got + r->offset, want + r->offset, sizeof(long)))
			return false;
	return true;
}

static bool call_state(bool inside)
{
	memset(state_seen, 0, STATE_SIZE);
	memset(after[inside], 0, STATE_SIZE);
	state_call(in[inside], after[inside]);
	/* One leads to the frame of a graph client's call meanwhile. */
	return differ(state_seen, seen[inside]) <= now->graph &&
	       kept_same(after[inside], behind[inside]) &&
	       (now->graph || !differ(after[inside], behind[inside]));
}

static bool call_nest(bool inside)
{
	return traced_outer(inside ? 5 : 3, NULL) == (inside ? 13 : 9);
}

/* What a handler interrupts may be on its way to dump the first call's. */
bool way_call(const struct way *w, bool inside)
{
	unsigned char first[STATE_SIZE];
	int saved = errno;
	bool right;

	memcpy(first, state_seen, STATE_SIZE);
	inside_now = inside;
	in_deep = false;
	errno = 42;
	right = w->nest ? call_nest(inside) : call_state(inside);
	right &= errno == 42;
	inside_now = false;
	if (inside) {
		memcpy(state_seen, first, STATE_SIZE);
		errno = saved;
	}
	return right;
}

bool way_call_stepped(const struct way *w)
{
	unsigned char on[STATE_SIZE] __attribute__((aligned(16)));

	if (w->nest)
		return call_nest(false);
	memcpy(on, in[0], STATE_SIZE);
	arch_step_state(on, false);
	memset(state_seen, 0, STATE_SIZE);
	state_call(on, after[0]);
	memset(on, 0, STATE_SIZE);
	return memcmp(state_seen, on, STATE_SIZE) != 0;
}

/* Called in a callback only, and busy when it calls its function again. */
static void goes_deep(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	recursed += in_deep;
	if (in_deep)
		return;
	in_deep = true;
	refusals++;
	traced_far_a(1);
	in_deep = false;
}

/*
 * A client of the first call, or of a handler's, with what that one passed. It
 * calls another of its functions, where it is busy.
 */
static void looks(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	unsigned long want;
	unsigned int i;

	if (ip != target()) {
		recursed++;
		return;
	}
	probe_hit(ip, parent_ip, op, fregs);
	refusals++;
	traced_one(1);
	traced_far_a(1);
	for (i = 0; state_args[i] && ftrace_regs_has_args(fregs); i++) {
		const struct state_reg *r = state_regs;

		while (strcmp(r->name, state_args[i]))
			r++;
		memcpy(&want, in[inside_now] + r->offset, sizeof(want));
		bad_arguments += ftrace_regs_get_argument(fregs, i) != want;
	}
	if (now->jump)
		now->jump(fregs);
	errno = 77;
	arch_step_spoil();
}

static void go(struct probe *p)
{
	if (p->ops.func == looks)
		probe_on(p, traced_one);
	must("filter", ftrace_set_filter_ip(&p->ops, target(), 0, 0));
	must("register", register_ftrace_function(&p->ops));
}

static unsigned long thunk(unsigned long ip)
{
	struct ftrace_site_info info;

	value("listed", site_info(ip, &info), true);
	return info.target;
}

/* Clients come and go until one has the thunk of the first. */
static void go_spare(struct probe *p)
{
	unsigned long first = 0;
	int tries;

	for (tries = 0; tries < 400; tries++) {
		go(p);
		if (first == thunk(target()))
			return;
		if (!first)
			first = thunk(target());
		must("unregister", unregister_ftrace_function(&p->ops));
	}
	/* Where a site has a thunk of its own it is always the same. */
	value("reused", 0, 1);
}

static void base(void)
{
	unsigned int k;

	for (k = 0; k < 2; k++) {
		state_call(in[k], after[k]);	/* it may be its first */
		state_call(in[k], after[k]);
		memcpy(seen[k], state_seen, STATE_SIZE);
		memcpy(behind[k], after[k], STATE_SIZE);
	}
}

void way_begin(const struct way *w, bool keep)
{
	unsigned int i;

	now = w;
	kept = keep;
	step_target_is(w->odd);
	fill();
	base();
	direct_hits[1] = bad_arguments = refusals = recursed = 0;
	if (w->direct)
		must("direct", register_ftrace_direct(target(),
						      CODE(direct_one)));
	for (i = 0; i < 2; i++) {
		probe_init(&clients[i], w->flags);
		clients[i].ops.func = i ? looks : state_callback;
		if (!(w->clients & 1u << i))
			continue;
		if (w->spare)
			go_spare(&clients[i]);
		else
			go(&clients[i]);
	}
	probe_go(&deep, 0, goes_deep, traced_far_a);
	watch_init(&watch);
	if (w->graph && !w->nest)
		watch_on(&watch, state_called);
	if (w->nest) {
		watch_on(&watch, traced_inner);
		watch_on(&watch, traced_outer);
	}
	if (w->graph)
		watch_start(&watch);
}

unsigned long way_told(const struct way *w)
{
	return (w->clients & 1) + (w->clients >> 1) +
	       (w->nest ? 2 : w->graph ? 1 : 0);
}

void way_counts(struct way_counts *c)
{
	struct ftrace_stats st;

	ftrace_get_stats(&st);
	c->hits = clients[0].hits + clients[1].hits + watch.entries;
	c->direct = direct_hits[1];
	c->dropped = st.dropped - refusals;
	c->open = watch.entries - watch.returns;
	c->wrong = bad_arguments + recursed + watch.wrong + watch.overrun;
}

void way_end(const struct way *w)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (w->clients & 1u << i) {
			must("unregister",
			     unregister_ftrace_function(&clients[i].ops));
			ftrace_free_filter(&clients[i].ops);
		}
	must("unregister", unregister_ftrace_function(&deep.ops));
	ftrace_free_filter(&deep.ops);
	if (w->direct)
		must("direct", unregister_ftrace_direct(target(),
							CODE(direct_one)));
	if (w->graph) {
		must("graph", unregister_ftrace_graph(&watch.gops));
		ftrace_free_filter(&watch.gops.ops);
	}
	step_target_is(false);
}

static void site_range(unsigned long ip)
{
	unsigned long to = thunk(ip);

	if (to && to != CODE(direct_one))
		step_range(to, to + (kept ? KEEPER_CODE :
				     now->graph && FTRACE_GRAPH_JUMP ?
				     FTRACE_GRAPH_THUNK_SIZE :
				     FTRACE_THUNK_SIZE));
}

/*
 * The function, its thunk and the entry. How a graph client's call gets to its
 * body is known by where that comes back to.
 */
void way_ranges(const struct way *w)
{
	step_keep(0);
	step_entries();
	if (w->nest) {
		step_function(CODE(traced_outer));
		step_function(CODE(traced_inner));
		site_range(ftrace_location(CODE(traced_outer)));
		site_range(ftrace_location(CODE(traced_inner)));
	} else {
		/* A used thunk reads the site's call, which is to be no trap. */
		step_range(CODE(state_called),
			   target() + (w->spare ? 0 : MCOUNT_INSN_SIZE));
		step_range(target() + MCOUNT_INSN_SIZE,
			   target() + MCOUNT_INSN_SIZE + 4);
		site_range(target());
	}
	if (w->direct)
		step_function(CODE(direct_one));
	if (w->graph)
		step_graph();
}

/* What these call of the library, as far as it has a name. */
void way_ranges_c(const struct way *w)
{
	step_function(CODE(ftrace_call_list));
	/* With traps between its two halves an exchange would never be done. */
	if (w->thread && STEP_BY_FLAG)
		step_function(CODE(__real_ftrace_thread_attach));
	if (!w->graph)
		return;
	step_function(CODE(ftrace_graph_func));
	step_function(CODE(ftrace_graph_one));
	step_function(CODE(ftrace_graph_open));
	step_function(CODE(ftrace_graph_wait));
	step_function(CODE(ftrace_graph_commit));
	step_function(CODE(ftrace_graph_return));
	step_function(CODE(ftrace_graph_close));
	step_function(CODE(ftrace_graph_tell));
}
