/* SPDX-License-Identifier: MIT */
/* Areas 5 and 14: a signal at every single instruction of a traced call. */
#include <pthread.h>
#include <string.h>
#include <unwind.h>

#include <ftrace/module.h>

#include "graph.h"
#include "stepper.h"

#define APART __attribute__((noipa))
#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED
#define MAX_KEPT 32
/* So many callbacks run at a time, and no more. */
#define DEEP 16

int main(int argc, char **argv);

/**
 * struct scene - one way that a call of state_target() takes
 * @depth: inside so many callbacks
 * @thread: the first call of a thread
 * @alone: which finds no memory
 * @upper: with all that a vector register holds
 * @doing: done by the callback
 * @leaves: which makes it go on elsewhere
 * @graph: with a graph client: in its code nothing says what is traced, and
 *	frames begin one byte higher where libgcc could not tell two apart
 * @let_by: but it does not wait for the return
 * @odd: the site is one that takes several stores
 * @blind: by a return to a function's first instruction: who unwinds looks up
 *	the one before, which is another's
 */
static const struct scene {
	const char *name;
	unsigned int ops;
	bool direct, far;
	unsigned int depth;
	bool thread, alone, upper, graph, let_by, odd, leaves, blind;
	void (*doing)(struct ftrace_regs *fregs);
} *scene;

static unsigned char in[STATE_SIZE] __attribute__((aligned(16)));
static unsigned char after[STATE_SIZE];
static struct probe clients[2], dive;
static unsigned int levels;
static unsigned long far_hits, far_at, outermost, lost;
static bool keep;	/* the module is conservative */
static unsigned long thunk_at, thunk_end;	/* 0: none */

#ifdef STATE_ODD
#define GRAPH_ODD { .name = "graph, at an odd place", .graph = true, .odd = true },
#else
#define GRAPH_ODD
#endif

/* What one walk from the interrupted instruction met. */
struct walk {
	unsigned int frames;
	bool here, traced, caller, outer;
	bool untold;	/* it ends in code that no table describes */
	unsigned long cfa, reg[MAX_KEPT];	/* the caller's */
};

static unsigned long caller_cfa;	/* 0: not known yet */
static bool inside, chained;
static bool returned;	/* to graph.S, which nobody waits for now */
static int kept_errno;

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *arg)
{
	unsigned long code = _Unwind_GetRegionStart(context);
	struct walk *w = arg;
	unsigned int i;

	w->here |= _Unwind_GetIP(context) == step_pc;
	w->untold |= w->here && far_at && _Unwind_GetIP(context) == far_at;
	w->traced |= w->here && code == CODE(state_called);
	w->outer |= w->caller && code == outermost;
	if (code == CODE(state_call) && !w->caller) {
		w->caller = true;
		w->cfa = _Unwind_GetCFA(context);
		for (i = 0; step_kept[i].column >= 0; i++)
			w->reg[i] = _Unwind_GetGR(context, step_kept[i].column);
	}
	return w->frames++ < 100 && !w->outer ? _URC_NO_REASON :
						_URC_END_OF_STACK;
}

/* The first that is not what the caller had; -1 if all are. */
static int differs(const struct walk *w)
{
	unsigned long want;
	int i;

	for (i = 0; w->caller && step_kept[i].column >= 0; i++) {
		memcpy(&want, in + step_kept[i].offset, sizeof(want));
		if (w->reg[i] != want)
			return step_kept[i].column;
	}
	return -1;
}

static APART void walk_call(void)
{
	state_call(in, after);
	__asm__ volatile("");
}

/*
 * From each instruction the stack unwinds, with what the caller keeps. Behind the
 * body of a call whose return is told the traced function is on no stack.
 */
static void walk(void)
{
	struct walk w = { .frames = 0 };
	bool left = scene->graph || (scene->leaves && clients[0].hits);

	/* Its place is another call's as soon as there are so many. */
	if (returned)
		traced_sum(FTRACE_GRAPH_CALLS);
	_Unwind_Backtrace(look, &w);
	if (!caller_cfa)
		caller_cfa = w.cfa;
	if ((left && scene->blind) || w.untold)
		return;
	if ((!w.here || !(w.traced || left) || !w.caller || !w.outer ||
	     (w.traced && scene->graph && !step_range_of(step_pc)) ||
	     w.cfa - caller_cfa > scene->graph || differs(&w) >= 0) && lost++ < 10)
		note("lost at %#lx:%s%s%s%s%s register %d", step_pc,
		     w.here ? "" : " here", w.traced ? "" : " traced",
		     w.caller ? "" : " caller", w.outer ? "" : " outer",
		     w.cfa == caller_cfa ? "" : " cfa", differs(&w));
}

/* Where no callback runs any more: in a signal handler it is deeper still. */
static void walk_deep(void)
{
	unsigned long cfa = caller_cfa, outer = outermost;

	walk();
	if (inside || steps % 16)
		return;
	inside = true;
	caller_cfa = 0;
	outermost = CODE(walk_call);
	step_again(walk_call);
	caller_cfa = cfa;
	outermost = outer;
	inside = false;
}

static APART void run(void)
{
	caller_cfa = 0;
	returned = false;
	errno = 42;
	step_begin(scene->depth == DEEP ? walk_deep : walk);
	arch_step_state(in, scene->upper);
	state_call(in, after);
	kept_errno = errno;
	step_end();
}

static void dive_on(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (--levels)
		traced_two(0);
	else
		run();
}

static void go(void)
{
	levels = scene->depth;
	if (levels)
		traced_two(0);
	else
		run();
}

static APART void *thread(void *arg)
{
	go();
	return arg;
}

/* Threads, each with a block; the last found none, and no memory for more. */
static pthread_t crowd[1024];
static unsigned int nr_crowd;
static bool crowded;
static pthread_mutex_t leaving = PTHREAD_MUTEX_INITIALIZER;

static void *crowd_thread(void *arg)
{
	pthread_barrier_t *there = arg;

	crowded = !ftrace_location(CODE(traced_one));
	pthread_barrier_wait(there);
	pthread_mutex_lock(&leaving);
	pthread_mutex_unlock(&leaving);
	return NULL;
}

static void crowd_come(void)
{
	static pthread_barrier_t there;

	pthread_barrier_init(&there, NULL, 2);
	pthread_mutex_lock(&leaving);
	fault.alloc = true;
	for (crowded = false; !crowded && nr_crowd < 1024; nr_crowd++) {
		if (pthread_create(&crowd[nr_crowd], NULL, crowd_thread,
				   &there))
			break;
		pthread_barrier_wait(&there);
	}
	value("crowded", crowded, true);
	note("%u threads", nr_crowd);
}

static void crowd_go(void)
{
	fault.alloc = false;
	pthread_mutex_unlock(&leaving);
	while (nr_crowd)
		pthread_join(crowd[--nr_crowd], NULL);
}

static void redirect(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, CODE(plain_ten));
}

/* The site once more, where a call of it would come back to. */
static void again(struct ftrace_regs *fregs)
{
	if (clients[0].hits == 1)
		ftrace_regs_set_instruction_pointer(fregs, clients[0].ip);
}

/* To where it goes anyway. */
static void stay(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(
		fregs, ftrace_regs_get_instruction_pointer(fregs));
}

static void client(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	void *frame = __builtin_frame_address(0);
	unsigned int i;

	/* The library stands in between where a site has its own thunk. */
	for (i = 0; i < (keep && FTRACE_KEEPER_JUMP ? 3 : 1) && !chained; i++) {
		chained = arch_step_chain(frame, in, ip + MCOUNT_INSN_SIZE,
					  parent_ip);
		frame = *(void **)frame;
	}
	probe_hit(ip, parent_ip, op, fregs);
	errno = 77;
	if (scene->doing)
		scene->doing(fregs);
	arch_step_spoil();
}

static unsigned long target(void)
{
	return ftrace_location(CODE(state_called));
}

/* The thunk, if the site does not call @direct itself. */
static unsigned long thunk(unsigned long direct)
{
	struct ftrace_site_info info;

	value("listed", site_info(target(), &info), true);
	return info.target == direct ? 0 : info.target;
}

/* A thread beside, whose block lies behind: what is its own stays so. */
static pthread_barrier_t turn;

static void *beside_thread(void *arg)
{
	ftrace_location(CODE(traced_one));
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	traced_one(1);
	return arg;
}

static void go_deep(void)
{
	struct probe p;
	pthread_t t;

	probe_go(&p, 0, probe_hit, traced_one);
	pthread_barrier_init(&turn, NULL, 2);
	must("beside", pthread_create(&t, NULL, beside_thread, NULL));
	pthread_barrier_wait(&turn);
	go();
	pthread_barrier_wait(&turn);
	pthread_join(t, NULL);
	count("beside", p.hits, 1);
	must("unregister", unregister_ftrace_function(&p.ops));
}

/*
 * Does the site jump to the entry? One that calls has its return address replaced
 * by the frame's on the way from there to graph.S, and is not stepped there.
 */
static bool jumps(void)
{
	return scene->graph && FTRACE_GRAPH_JUMP && !scene->odd;
}

static void run_scene(unsigned long direct)
{
	pthread_t t;

	thunk_at = thunk(direct);
	thunk_end = !thunk_at ? 0 :
		    thunk_at + (jumps() ? FTRACE_GRAPH_THUNK_SIZE :
				keep ? KEEPER_CODE : FTRACE_THUNK_SIZE);
	step_keep(jumps() ? 2 : 1);
	step_range(CODE(state_called), target() + MCOUNT_INSN_SIZE + 4);
	if (thunk_at)
		step_range(thunk_at, thunk_end);
	steps = 0;
	/* Of a callback that the entry calls, not the library. */
	chained = scene->ops != 1 || direct || scene->depth || scene->alone ||
		  scene->graph;
	outermost = scene->thread ? CODE(thread) : CODE(main);
	/* The way is long, and known. */
	if (scene->depth == DEEP)
		outermost = CODE(run);
	if (scene->thread) {
		if (scene->alone)
			crowd_come();
		must("thread", pthread_create(&t, NULL, thread, NULL));
		pthread_join(t, NULL);
		if (scene->alone)
			crowd_go();
	} else if (scene->depth == DEEP) {
		go_deep();
	} else {
		go();
	}
	/* Nobody comes back to one by way of elsewhere. */
	if (thunk_at && !(keep && FTRACE_KEEPER_JUMP &&
			  (direct || scene->leaves)))
		step_show("thunk", thunk_at, thunk_end);
	value("steps", steps > 1, true);
	value("errno", (unsigned long)kept_errno, 42);
	value("chained", chained, true);
	count("lost", lost, 0);
	note("%lu steps", steps);
}

static void scene_run(const struct scene *s, unsigned long flags)
{
	unsigned long direct = 0;
	unsigned int i;

	note("%s%s", s->name, flags ? " with regs" : "");
	scene = s;
	step_target_is(s->odd);
	if (s->direct)
		direct = s->far ? far_make(&far_hits) : CODE(direct_one);
	far_at = s->far ? direct : 0;
	if (direct)
		must("direct", register_ftrace_direct(target(), direct));
	for (i = 0; i < s->ops; i++)
		probe_go(&clients[i], i ? 0 : flags, client, state_target);
	if (s->depth)
		probe_go(&dive, FTRACE_OPS_FL_RECURSION_SAFE, dive_on,
			 traced_two);
	run_scene(direct);
	if (s->depth)
		must("unregister", unregister_ftrace_function(&dive.ops));
	for (i = 0; i < s->ops; i++) {
		must("unregister", unregister_ftrace_function(&clients[i].ops));
		/* Where it goes on may be the site: then it comes again. */
		count("hits", clients[i].hits, s->alone || s->depth == DEEP ?
		      0 : s->doing == again ? 2 : 1);
	}
	if (direct)
		must("direct", unregister_ftrace_direct(target(), direct));
}

static const struct scene scenes[] = {
	{ .name = "one", .ops = 1 },
	{ .name = "two", .ops = 2 },
	{ .name = "with all of the vectors", .ops = 1, .upper = true },
	{ .name = "direct and one", .ops = 1, .direct = true },
	{ .name = "direct and elsewhere", .ops = 1, .direct = true,
	  .doing = redirect, .leaves = true, .blind = true },
	{ .name = "inside another", .ops = 1, .depth = 1 },
	{ .name = "too deep", .ops = 1, .depth = DEEP },
	{ .name = "too deep, with all of the vectors", .ops = 1, .depth = DEEP,
	  .upper = true },
	{ .name = "elsewhere", .ops = 1, .doing = redirect,
	  .leaves = true },
	{ .name = "override", .ops = 1,
	  .doing = ftrace_override_function_with_return, .leaves = true },
	{ .name = "nowhere else", .ops = 1, .doing = stay, .leaves = true },
	{ .name = "once more", .ops = 1, .doing = again, .leaves = true },
	{ .name = "a thread's first", .ops = 1, .thread = true },
	{ .name = "without memory", .ops = 1, .thread = true, .alone = true },
};

static const struct scene direct_scenes[] = {
	{ .name = "direct", .direct = true },
	{ .name = "far direct", .direct = true, .far = true },
};

/* Words that nothing else holds. */
static void fill(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(17 * i + i / 7);
	state_adjust(in);
}

static void unwind_step(void)
{
	size_t i;

	state_call(in, after);	/* it may be its first */
	fill();
	step_entries();
	for (i = 0; i < sizeof(direct_scenes) / sizeof(direct_scenes[0]); i++)
		scene_run(&direct_scenes[i], 0);
	for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		/* Nothing is done with what a callback does not get. */
		if (has_args() || !scenes[i].doing)
			scene_run(&scenes[i], 0);
		scene_run(&scenes[i], REGS);
	}
	/* One that hands out no arguments, the first, never takes some of its ways. */
	value("entries", step_show_entries(!has_args() && !keep) > HAS_REGS, true);
}

/* The same in a module whose sites keep all. */
static void unwind_keep_step(void)
{
	must("conservative", ftrace_set_conservative("*"));
	keep = true;
	unwind_step();
}

static unsigned int graph_entries, graph_returns;
static unsigned long graph_ip, graph_sp;

static int graph_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		       struct ftrace_regs *fregs)
{
	(void)trace, (void)gops;
	graph_entries++;
	graph_ip = ftrace_regs_get_instruction_pointer(fregs);
	graph_sp = ftrace_regs_get_stack_pointer(fregs);
	errno = 77;
	return !scene->let_by;
}

/* Is it returned to along frame records? Where C code has them. */
static bool leads_to(void *frame, unsigned long addr)
{
	unsigned int n;

	for (n = 0; FRAME_RECORDS && n < 8; n++, frame = *(void **)frame)
		if (((unsigned long *)frame)[1] == addr)
			return true;
	return !FRAME_RECORDS;
}

/* It finds what the entry handler found, but for the arguments. */
static void graph_return(struct ftrace_graph_ret *trace,
			 struct fgraph_ops *gops, struct ftrace_regs *fregs)
{
	(void)gops;
	graph_returns++;
	value("frames", leads_to(__builtin_frame_address(0), trace->retaddr),
	      true);
	value("ip", ftrace_regs_get_instruction_pointer(fregs), graph_ip);
	value("sp", ftrace_regs_get_stack_pointer(fregs), graph_sp);
	value("parent", ftrace_regs_get_return_address(fregs), trace->retaddr);
	value("all registers", ftrace_get_regs(fregs) != NULL, false);
	returned = true;
	errno = 77;
	arch_step_spoil();
}

static const struct scene told[] = {
	{ .name = "graph", .graph = true },
	{ .name = "graph, with all of the vectors", .graph = true,
	  .upper = true },
	{ .name = "graph and one", .ops = 1, .graph = true },
	{ .name = "graph and direct", .direct = true, .graph = true },
	{ .name = "let by", .graph = true, .let_by = true },
	{ .name = "let by, with all of the vectors", .graph = true,
	  .let_by = true, .upper = true },
	{ .name = "let by, and one", .ops = 1, .graph = true, .let_by = true },
	{ .name = "let by, and direct", .direct = true, .graph = true,
	  .let_by = true },
	GRAPH_ODD	/* the last: entries are stepped no more */
};

/* From each instruction on the way into a body whose return is told, and back. */
static void graph_step(void)
{
	static struct fgraph_ops gops = { .entryfunc = graph_entry,
					  .retfunc = graph_return };
	static struct watch others;
	unsigned int waits = 0;
	size_t i;

	state_call(in, after);
	fill();
	watch_init(&others);
	watch_on(&others, traced_sum);
	watch_start(&others);
	step_graph();
	if (FTRACE_GRAPH_JUMP)
		step_entries();
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		step_target_is(told[i].odd);
		must("filter", ftrace_set_filter_ip(&gops.ops, target(), 0, 0));
	}
	must("graph", register_ftrace_graph(&gops));
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		/* Whatever lay where the registers' state comes to lie. */
		step_soil = i % 2 ? 0xff : 0;
		waits += !told[i].let_by;
		scene_run(&told[i], 0);
	}
	must("graph", unregister_ftrace_graph(&gops));
	count("entries", graph_entries, i);
	count("returns", graph_returns, waits);
	value("others", others.entries > 0, true);
	watch_end(&others, others.returns, others.entries);
}

const struct conf_case step_cases[] = {
	{ "unwind_step", "host", unwind_step },
	{ "graph_step", "-", graph_step },
	{ STEP_KEEPERS ? "unwind_keep_step" : NULL, "host", unwind_keep_step },
	{ NULL, NULL, NULL },
};
