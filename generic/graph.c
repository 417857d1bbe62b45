/* SPDX-License-Identifier: MIT */
/* Graph clients: told when a function is entered, and when it returns. */
#include "internal.h"

/*
 * A graph client is an ops like any other, whose callback is the library's. The
 * first one of a call claims a frame for it; when all have run, and one wants
 * the return, the entry leaves through arch_ftrace_set_graph_caller(): that calls
 * the function's body, and ftrace_graph_return() behind it.
 *
 * A frame outlives clients. It says which of them want the return, by number,
 * and when it was made; a client that has come since does not count for it, so
 * that a number is free as soon as its client leaves.
 */
struct ftrace_client {
	struct fgraph_ops *gops;	/* NULL: free; store_release */
	unsigned long since;		/* before that */
};

/* Changed under the registration lock. */
static struct ftrace_client client[FTRACE_GRAPH_MAX];
static unsigned long clock;	/* counts who comes and who leaves */
static unsigned int max_depth;

/* Of struct fgraph_ops.reserved: the client's handlers, or what stands for one. */
#define ENTRY_HANDLER 0
#define RETURN_HANDLER 1

#define ENTRY_ASSERT(what, member)                                    \
	_Static_assert(what == offsetof(struct ftrace_frame, member), \
		       "entry_layout.h: ftrace_frame." #member)

ENTRY_ASSERT(FTRACE_FRAME_SP, sp);
ENTRY_ASSERT(FTRACE_FRAME_PARENT, parent);
ENTRY_ASSERT(FTRACE_FRAME_PREV, prev);
ENTRY_ASSERT(FTRACE_FRAME_BODY, body);
ENTRY_ASSERT(FTRACE_FRAME_SITE, site);
ENTRY_ASSERT(FTRACE_FRAME_DIRECT, direct);
ENTRY_ASSERT(FTRACE_FRAME_FUNC, told.ret.func);
ENTRY_ASSERT(FTRACE_FRAME_STOP, told.ret.retaddr);
ENTRY_ASSERT(FTRACE_FRAME_SAVED, saved);

static unsigned long back;	/* arch_ftrace_graph_back(), since the first */

/* What a level of nesting leads to while it runs return handlers. */
static struct ftrace_set returning = { .listed = true };
struct ftrace_slot ftrace_return_slot = { .set = &returning };

/* Of a call that there is no frame for. */
static struct ftrace_frame no_frame;

/* The caller's address, where a call before this one has jumped here. */
static unsigned long parent_of(const struct ftrace_frame *f, unsigned long ret)
{
	while (ret == back) {
		ret = f->parent;
		f = f->prev;
	}
	return ret;
}

/* The call that this one was made in, as far as can be told: see thread.top. */
static struct ftrace_frame *outer(const struct ftrace_thread *t,
				  unsigned long sp, bool tail)
{
	struct ftrace_frame *f = t->top;
	unsigned int steps = 0;

	/* A hint may lead anywhere among frames, in circles too. */
	while (steps++ < FTRACE_GRAPH_CALLS) {
		unsigned long at = READ_ONCE(f->sp);

		if (at > sp || (at == sp && tail))
			return f;
		f = f->prev;
	}
	return &ftrace_outermost;
}

/* What a call in @f is below, for clients that have not changed since. */
static unsigned int inherited(const struct ftrace_frame *f)
{
	unsigned int idx, below = f->below;

	for (idx = 0; idx < FTRACE_GRAPH_MAX && f->since != clock; idx++)
		if (READ_ONCE(client[idx].since) > f->since)
			below &= ~(FTRACE_INSIDE(idx) | FTRACE_HIDDEN(idx));
	return below;
}

/* Small, and on the way of each call. */
#define FTRACE_INLINE inline __attribute__((always_inline))

/* @only: who wants its return, if he is alone; else see @hooked */
static FTRACE_INLINE void frame_fill(struct ftrace_frame *f, unsigned long ip,
				     unsigned long parent,
				     struct ftrace_frame *prev, bool tail,
				     struct ftrace_ops *only,
				     unsigned int below)
{
	f->parent = parent;
	f->told.ret.func = ip;
	f->told.ret.retaddr = tail ? 0 : parent;
	f->told.ret.depth = prev->told.ret.depth + 1;
	f->prev = prev;
	f->since = load_acquire(clock);
	f->only = only;
	f->hooked = 0;
	f->below = below;
}

/* Stands for clients of a call that may be more than one. */
static struct fgraph_ops several = {
	.reserved[RETURN_HANDLER] = (unsigned long)ftrace_graph_tell,
};

static struct ftrace_frame *frame_new(struct ftrace_thread *t, unsigned long ip,
				      unsigned long parent, unsigned long sp)
{
	unsigned int most = READ_ONCE(max_depth);
	struct ftrace_frame *prev, *f = NULL;
	bool tail = parent == back;

	if (ftrace_frames_make(t)) {
		prev = outer(t, sp, tail);
		if (prev != t->top)
			prev = ftrace_frames_pass(t, prev, sp);
		if (most && (unsigned int)prev->told.ret.depth + 1 >= most)
			return &no_frame;
		f = ftrace_frame_claim(t, sp, tail);
	}
	if (!f) {
		WRITE_ONCE(t->overruns, t->overruns + 1);
		return &no_frame;
	}
	frame_fill(f, ip, parent, prev, tail, &several.ops,
		   prev->below ? inherited(prev) : 0);
	return f;
}

static FTRACE_INLINE trace_func_graph_ent_t
entry_handler(const struct fgraph_ops *gops)
{
	return (trace_func_graph_ent_t)gops->reserved[ENTRY_HANDLER];
}

static FTRACE_INLINE trace_func_graph_ret_t
return_handler(const struct fgraph_ops *gops)
{
	return (trace_func_graph_ret_t)gops->reserved[RETURN_HANDLER];
}

static FTRACE_INLINE void call_entry(struct ftrace_frame *f, unsigned long ip,
				     unsigned long retaddr,
				     struct fgraph_ops *gops, unsigned int idx,
				     struct ftrace_regs *fregs)
{
	struct ftrace_graph_ent ent;

	ent.func = ip;
	ent.retaddr = retaddr;
	ent.depth = f->told.ent.depth;
	if (entry_handler(gops)(&ent, gops, fregs))
		f->hooked |= 1u << idx;
}

static inline struct fgraph_ops *gops_of(struct ftrace_ops *op)
{
	return (struct fgraph_ops *)((char *)op -
				     offsetof(struct fgraph_ops, ops));
}

static inline unsigned int idx_of(const struct fgraph_ops *gops)
{
	return (unsigned int)gops->idx % FTRACE_GRAPH_MAX;
}

/* The callback of every graph client's ops. */
void ftrace_graph_func(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct fgraph_ops *gops = gops_of(op);
	unsigned int idx = idx_of(gops);
	struct ftrace_thread *t = ftrace_self;
	struct ftrace_run *run = ftrace_run_of(t);
	struct ftrace_frame *f = run->frame;

	if (!f)
		f = run->frame = frame_new(t, ip, parent_ip,
					   arch_ftrace_sp(fregs));
	/* Behind the frame's time: who leaves may have lost its number before. */
	if (f == &no_frame || READ_ONCE(client[idx].gops) != gops ||
	    !ftrace_graph_shows(op, f, idx))
		return;
	call_entry(f, ip, parent_of(f->prev, parent_ip), gops, idx, fregs);
}

/* Its return is waited for. */
void ftrace_graph_wait(struct ftrace_thread *t, struct ftrace_frame *f,
		       struct ftrace_regs *fregs)
{
	t->top = f;
	arch_ftrace_set_graph_caller(fregs, f);
}

/* All callbacks of the call have run; it leaves by way of @f if one wants it. */
void ftrace_graph_commit(struct ftrace_thread *t, struct ftrace_frame *f,
			 struct ftrace_regs *fregs)
{
	if (f == &no_frame)
		return;
	if (f->hooked & FTRACE_WAITED)
		ftrace_graph_wait(t, f, fregs);
	else
		ftrace_frame_free(f);
}

/*
 * The address of ftrace_graph_one() while a call may be as most are, and beyond
 * it by one for each limit of depth or list of functions: one comparison.
 */
static unsigned long plain = (unsigned long)ftrace_graph_one;

void ftrace_graph_limits(long more)
{
	__atomic_fetch_add(&plain, (unsigned long)more, __ATOMIC_RELAXED);
}

/*
 * The only client of a function, outside any callback, and a call as most are:
 * made in the last one, with its place free. What ftrace_call_list() and
 * ftrace_graph_func() do before they call it, with what they have to ask left
 * out. NULL: it is not so simple.
 *
 * Who is called is said, and the frame has its time, before the set is asked
 * whether it still calls it: of a client that leaves, the set is told first, and
 * then the clock goes on. And the frame is said to be in hand: nobody else on this
 * thread takes it from here on (frames.c), so that it is claimed by a plain store.
 */
static FTRACE_INLINE struct ftrace_frame *
open_one(unsigned long ip, unsigned long parent_ip, struct ftrace_set *set,
	 struct ftrace_regs *fregs, struct ftrace_thread *t)
{
	struct ftrace_ops *op = load_acquire(set->ops[0]);
	unsigned long sp = arch_ftrace_sp(fregs);
	struct ftrace_run *run = &t->run[0];
	struct ftrace_frame *prev = t->top, *f;

	WRITE_ONCE(run->ops, op);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	/* Without a table the last call is none, at 0: see thread.top. */
	if (parent_ip == back || READ_ONCE(prev->sp) <= sp)
		return NULL;
	f = &t->frames->frame[ftrace_frame_nr(sp)];
	/* Compilers would compute it anew for each member. */
	__asm__("" : "+r"(f));
	run->frame = f;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (load_acquire(f->sp))
		return NULL;
	WRITE_ONCE(f->sp, sp);
	frame_fill(f, ip, parent_ip, prev, false, op, 0);
	if ((unsigned long)READ_ONCE(set->func) == READ_ONCE(plain))
		return f;
	ftrace_frame_free(f);
	return NULL;
}

/* Its set's function. */
void ftrace_graph_one(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *arg, struct ftrace_regs *fregs)
{
	struct ftrace_thread *t = ftrace_self;
	struct ftrace_set *set = (struct ftrace_set *)arg;
	struct ftrace_frame *f = open_one(ip, parent_ip, set, fregs, t);
	struct fgraph_ops *gops;
	bool wanted;

	if (!f) {
		ftrace_call_list(ip, parent_ip, arg, fregs);
		return;
	}
	gops = gops_of(f->only);
	wanted = entry_handler(gops)(&f->told.ent, gops, fregs);
	WRITE_ONCE(t->run[0].ops, NULL);
	if (wanted)
		ftrace_graph_wait(t, f, fregs);
	else
		ftrace_frame_free(f);
}

/* Not inline, or the others would keep registers for it. */
static __attribute__((noinline)) int
open_other(struct ftrace_thread *t, struct ftrace_set *set,
	   struct ftrace_regs *fregs, unsigned long parent_ip, unsigned long ip)
{
	WRITE_ONCE(t->run[0].ops, NULL);
	set->func(ip, parent_ip, set->arg, fregs);
	t->run[0].frame = NULL;
	return 0;
}

/*
 * For an entry that does ftrace_graph_one()'s part behind the handler itself. The
 * handler returns to the entry, and the answer is the handler's. If @set is to be
 * called in another way, it was, and the answer is no return, without a frame.
 */
int ftrace_graph_open(struct ftrace_thread *t, struct ftrace_set *set,
		      struct ftrace_regs *fregs, unsigned long parent_ip,
		      unsigned long ip)
{
	struct ftrace_frame *f = open_one(ip, parent_ip, set, fregs, t);
	struct fgraph_ops *gops;

	/* Not @t: no register has to keep it. */
	if (!f)
		return open_other(ftrace_self, set, fregs, parent_ip, ip);
	gops = gops_of(f->only);
	return entry_handler(gops)(&f->told.ent, gops, fregs);
}

/* As ftrace_call_list(): who is called is said before it is looked up again. */
static FTRACE_INLINE void call_client(struct ftrace_thread *t,
				      struct ftrace_run *run,
				      const struct ftrace_frame *f,
				      unsigned int idx,
				      struct ftrace_regs *fregs)
{
	struct fgraph_ops *gops = load_acquire(client[idx].gops);
	struct ftrace_graph_ret ret;

	if (!gops)
		return;
	WRITE_ONCE(run->ops, &gops->ops);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (load_acquire(client[idx].gops) != gops ||
	    READ_ONCE(client[idx].since) > f->since)
		return;
	ret.func = f->told.ret.func;
	ret.retaddr = f->told.ret.retaddr ? f->parent :
					    parent_of(f->prev, f->parent);
	ret.depth = f->told.ret.depth;
	ret.overrun = t->overruns;
	return_handler(gops)(&ret, gops, fregs);
}

/* By number. The only one may have left, and is not looked at. */
static unsigned int who_wants(const struct ftrace_frame *f)
{
	unsigned int idx;

	if (f->only == &several.ops)
		return f->hooked & (FTRACE_KEPT - 1);
	for (idx = 0; idx < FTRACE_GRAPH_MAX; idx++)
		if (READ_ONCE(client[idx].gops) == gops_of(f->only))
			return 1u << idx;
	return 0;
}

/* The return handler of a call that several clients may want the return of. */
void ftrace_graph_tell(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		       struct ftrace_regs *fregs)
{
	struct ftrace_frame *f = (struct ftrace_frame *)
		((char *)trace - offsetof(struct ftrace_frame, told));
	struct ftrace_thread *t = ftrace_self;
	unsigned int left = who_wants(f);

	(void)gops;
	for (; left; left &= left - 1)
		call_client(t, ftrace_run_of(t), f, (unsigned int)__builtin_ctz(left),
			    fregs);
}

/*
 * What an entry does before callbacks, see arch_ftrace_entry() for the order. As
 * long as nobody has come or left since the call began, its client is there; that
 * is asked behind having said who is called. The client whose handler is next.
 */
static FTRACE_INLINE struct fgraph_ops *close_one(struct ftrace_frame *f,
						  struct ftrace_regs *fregs,
						  struct ftrace_thread *t,
						  unsigned long level)
{
	struct ftrace_run *run = &t->run[level];
	struct ftrace_ops *op = f->only;

	WRITE_ONCE(t->depth, level + 1);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(run->sp, (unsigned long)fregs);
	WRITE_ONCE(run->ops, op);
	run->frame = f;
	WRITE_ONCE(run->slot, &ftrace_return_slot);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (f->since != load_acquire(clock))
		return &several;
	/* A store less, mostly: those are what a call takes its time for. */
	if (f->told.ret.overrun != t->overruns)
		f->told.ret.overrun = t->overruns;
	return gops_of(op);
}

/* And behind them. */
static void call_clients(struct ftrace_thread *t, struct ftrace_frame *f,
			 struct ftrace_regs *fregs)
{
	int saved_errno = *t->errno_ptr;
	unsigned long level = t->depth;
	struct fgraph_ops *gops = close_one(f, fregs, t, level);

	return_handler(gops)(&f->told.ret, gops, fregs);
	WRITE_ONCE(t->run[level].ops, NULL);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(t->depth, level);
	/* A store each time would make each call wait for the last one's. */
	if (*t->errno_ptr != saved_errno)
		*t->errno_ptr = saved_errno;
}

void ftrace_graph_return(struct ftrace_frame *f, struct ftrace_regs *fregs)
{
	struct ftrace_thread *t = ftrace_mine();

	/* A coroutine that was entered on another thread. */
	if (!t)
		t = ftrace_thread_attach();
	if (t) {
		/* Levels beyond the last are not told apart, and call nobody. */
		if (t->depth < FTRACE_MAX_DEPTH)
			call_clients(t, f, fregs);
		if (t->top == f)
			t->top = f->prev;
	}
	ftrace_frame_free(f);
}

/*
 * For what is behind a body, outside any callback: as ftrace_graph_open(). What
 * ends ftrace_graph_return() is the caller's.
 */
void ftrace_graph_close(struct ftrace_frame *f, struct ftrace_thread *t,
			struct ftrace_regs *fregs)
{
	struct fgraph_ops *gops = close_one(f, fregs, t, 0);

	return_handler(gops)(&f->told.ret, gops, fregs);
}

/* A client has one handler at least. What stands for the other. */
static int wants_return(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
			struct ftrace_regs *fregs)
{
	(void)trace;
	(void)gops;
	(void)fregs;
	return 1;
}

static void not_told(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		     struct ftrace_regs *fregs)
{
	(void)trace;
	(void)gops;
	(void)fregs;
}

/* A client comes. Registration lock */
int ftrace_graph_join(const char *call, struct ftrace_ops *ops)
{
	struct fgraph_ops *gops = (struct fgraph_ops *)
		((char *)ops - offsetof(struct fgraph_ops, ops));
	int idx = 0;

	if (!ftrace_ops_graph(ops))
		return 0;
	while (idx < FTRACE_GRAPH_MAX && client[idx].gops)
		idx++;
	if (idx == FTRACE_GRAPH_MAX)
		return ftrace_fail(call, "there are as many graph clients as "
				   "there can be", -ENOSPC);
	gops->idx = idx;
	gops->reserved[ENTRY_HANDLER] = (unsigned long)
		(gops->entryfunc ? gops->entryfunc : wants_return);
	gops->reserved[RETURN_HANDLER] = (unsigned long)
		(gops->retfunc ? gops->retfunc : not_told);
	back = arch_ftrace_graph_back();
	WRITE_ONCE(client[idx].since, clock + 1);
	store_release(clock, clock + 1);
	store_release(client[idx].gops, gops);
	return 0;
}

/* It leaves, or did not come at all. The drain is the caller's. */
void ftrace_graph_forget(struct ftrace_ops *ops)
{
	unsigned int idx;

	for (idx = 0; ftrace_ops_graph(ops) && idx < FTRACE_GRAPH_MAX; idx++)
		if (client[idx].gops && &client[idx].gops->ops == ops) {
			store_release(client[idx].gops, NULL);
			store_release(clock, clock + 1);
		}
}

int ftrace_graph_register(const char *call, struct fgraph_ops *gops)
{
	if (gops->ops.flags & FTRACE_OPS_FL_IPMODIFY)
		return ftrace_fail(call, "a graph client cannot change the "
				   "instruction pointer", -EINVAL);
	if (!(FTRACE_ARCH_FEATURES & FTRACE_FEATURE_GRAPH))
		return ftrace_fail(call, "this target has no return tracing",
				   -EOPNOTSUPP);
	gops->ops.func = ftrace_graph_func;
	if (!ftrace_has_args() &&
	    !(READ_ONCE(gops->ops.flags) & FTRACE_OPS_FL_ENABLED))
		gops->ops.flags |= FTRACE_OPS_FL_SAVE_ARGS;
	return ftrace_ops_register(call, &gops->ops);
}

FTRACE_PUBLIC int register_ftrace_graph(struct fgraph_ops *gops)
{
	if (!gops)
		return ftrace_fail(__func__, "gops is NULL", -EINVAL);
	if (!gops->entryfunc && !gops->retfunc)
		return ftrace_fail(__func__, "gops has no handler", -EINVAL);
	return ftrace_graph_register(__func__, gops);
}

FTRACE_PUBLIC int unregister_ftrace_graph(struct fgraph_ops *gops)
{
	if (!gops)
		return ftrace_fail(__func__, "gops is NULL", -EINVAL);
	return ftrace_ops_unregister(__func__, &gops->ops, FTRACE_FOREVER);
}

FTRACE_PUBLIC void ftrace_graph_set_max_depth(unsigned int depth)
{
	unsigned int was = __atomic_exchange_n(&max_depth, depth,
					       __ATOMIC_RELAXED);

	ftrace_graph_limits((long)(depth != 0) - (long)(was != 0));
}

FTRACE_PUBLIC unsigned long ftrace_graph_ret_addr(int *idx, unsigned long ret)
{
	const struct ftrace_thread *t = ftrace_mine();
	const struct ftrace_frame *f = t ? t->top : &ftrace_outermost;
	int i;

	if (!back || ret != back)
		return ret;
	for (i = 0; i < *idx; i++)
		f = f->prev;
	while (f->parent && ret == back) {
		ret = f->parent;
		f = f->prev;
		++*idx;
	}
	return ret;
}
