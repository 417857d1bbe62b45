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
static unsigned long clock;	/* counts registrations */
static unsigned int max_depth;

#define ENTRY_ASSERT(what, member)                                    \
	_Static_assert(what == offsetof(struct ftrace_frame, member), \
		       "entry_layout.h: ftrace_frame." #member)

ENTRY_ASSERT(FTRACE_FRAME_SP, sp);
ENTRY_ASSERT(FTRACE_FRAME_PARENT, parent);
ENTRY_ASSERT(FTRACE_FRAME_PREV, prev);
ENTRY_ASSERT(FTRACE_FRAME_BODY, body);
ENTRY_ASSERT(FTRACE_FRAME_SITE, site);
ENTRY_ASSERT(FTRACE_FRAME_DIRECT, direct);
ENTRY_ASSERT(FTRACE_FRAME_STOP, stop);
ENTRY_ASSERT(FTRACE_FRAME_SAVED, saved);

static unsigned long back;	/* arch_ftrace_graph_back(), since the first */

/* What a level of nesting leads to while it runs return handlers. */
static struct ftrace_set returning = { .listed = true };
static struct ftrace_slot return_slot = { .set = &returning };

/* Of a call that there is no frame for. */
static struct ftrace_frame no_frame;

static struct ftrace_run *run_of(struct ftrace_thread *t)
{
	unsigned long level = t->depth - 1;

	return &t->run[level < FTRACE_MAX_DEPTH ? level : FTRACE_MAX_DEPTH];
}

/* The caller's address, where a call before this one has jumped here. */
static unsigned long parent_of(const struct ftrace_frame *f, unsigned long ret)
{
	while (f && ret == back) {
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
	while (f && steps++ < FTRACE_GRAPH_CALLS) {
		unsigned long at = READ_ONCE(f->sp);

		if (at > sp || (at == sp && tail))
			return f;
		f = f->prev;
	}
	return NULL;
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

static FTRACE_INLINE void frame_fill(struct ftrace_frame *f, unsigned long ip,
				     unsigned long parent,
				     struct ftrace_frame *prev, bool tail,
				     unsigned int below)
{
	f->parent = parent;
	f->told.ret.func = ip;
	f->told.ret.retaddr = parent;
	f->told.ret.depth = prev ? prev->told.ret.depth + 1 : 0;
	f->prev = prev;
	f->since = load_acquire(clock);
	f->stop = !tail;
	f->only = NULL;
	f->hooked = 0;
	f->keeps = 0;
	f->used = 0;
	f->below = below;
}

static struct ftrace_frame *frame_new(struct ftrace_thread *t, unsigned long ip,
				      unsigned long parent, unsigned long sp)
{
	bool tail = parent == back;
	struct ftrace_frame *prev = outer(t, sp, tail);
	unsigned int most = READ_ONCE(max_depth);
	struct ftrace_frame *f;

	if (prev != t->top)
		prev = ftrace_frames_pass(t, prev, sp);
	if (most && prev && (unsigned int)prev->told.ret.depth + 1 >= most)
		return &no_frame;
	f = ftrace_frame_claim(t, sp, tail);
	if (!f) {
		WRITE_ONCE(t->overruns, t->overruns + 1);
		return &no_frame;
	}
	frame_fill(f, ip, parent, prev, tail,
		   prev && prev->below ? inherited(prev) : 0);
	return f;
}

/* Of a call as most are: made in the last one, with its place free. Or NULL. */
static FTRACE_INLINE struct ftrace_frame *
frame_new_plain(struct ftrace_thread *t, unsigned long ip, unsigned long parent,
		unsigned long sp)
{
	struct ftrace_frames *frames = READ_ONCE(t->frames);
	struct ftrace_frame *prev = t->top, *f;

	if (!frames || parent == back || READ_ONCE(max_depth) ||
	    (prev && (READ_ONCE(prev->sp) <= sp || prev->below)))
		return NULL;
	f = &frames->frame[ftrace_frame_nr(sp)];
	/* Compilers would compute it anew for each member. */
	__asm__("" : "+r"(f));
	if (!ftrace_frame_try(f, sp))
		return NULL;
	frame_fill(f, ip, parent, prev, false, 0);
	return f;
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
	if (!gops->entryfunc || gops->entryfunc(&ent, gops, fregs))
		f->hooked |= 1u << idx;
}

static inline struct fgraph_ops *gops_of(struct ftrace_ops *op)
{
	return (struct fgraph_ops *)((char *)op -
				     offsetof(struct fgraph_ops, ops));
}

/* A member of its, so that no call has to compute it. */
static inline const struct ftrace_client *client_of(const struct fgraph_ops *gops)
{
	return (const struct ftrace_client *)gops->reserved[0];
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
	struct ftrace_run *run = run_of(t);
	struct ftrace_frame *f = run->frame;

	if (!f)
		f = run->frame = frame_new(t, ip, parent_ip,
					   arch_ftrace_sp(fregs));
	if (f == &no_frame || READ_ONCE(client[idx].gops) != gops ||
	    READ_ONCE(client[idx].since) > f->since ||
	    !ftrace_graph_shows(op, f, idx))
		return;
	call_entry(f, ip, parent_of(f->prev, parent_ip), gops, idx, fregs);
}

static FTRACE_INLINE void commit(struct ftrace_thread *t,
				 struct ftrace_frame *f,
				 struct ftrace_regs *fregs)
{
	if (!f->hooked) {
		ftrace_frame_free(f);
		return;
	}
	t->top = f;
	arch_ftrace_set_graph_caller(fregs, f);
}

/* All callbacks of the call have run; it leaves by way of @f if one wants it. */
void ftrace_graph_commit(struct ftrace_thread *t, struct ftrace_frame *f,
			 struct ftrace_regs *fregs)
{
	if (f != &no_frame)
		commit(t, f, fregs);
}

/*
 * The only client of a function, outside any callback: what ftrace_call_list()
 * and ftrace_graph_func() do before they call it, with what they have to ask left
 * out. NULL: it is not so simple.
 */
static FTRACE_INLINE struct ftrace_frame *
open_one(unsigned long ip, unsigned long parent_ip, struct ftrace_set *set,
	 struct ftrace_regs *fregs, struct ftrace_thread *t,
	 struct ftrace_ops *op)
{
	struct ftrace_run *run = &t->run[0];
	struct ftrace_frame *f;

	WRITE_ONCE(run->ops, op);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (!op || READ_ONCE(set->ops[0]) != op ||
	    op->reserved[FTRACE_OPS_GRAPH])
		return NULL;
	f = frame_new_plain(t, ip, parent_ip, arch_ftrace_sp(fregs));
	if (!f)
		return NULL;
	f->only = client_of(gops_of(op));
	f->hooked = (unsigned int)gops_of(op)->reserved[1];
	run->frame = f;
	return f;
}

/* Its set's function. */
void ftrace_graph_one(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *arg, struct ftrace_regs *fregs)
{
	struct ftrace_thread *t = ftrace_self;
	struct ftrace_set *set = (struct ftrace_set *)arg;
	struct ftrace_ops *op = READ_ONCE(set->ops[0]);
	struct ftrace_frame *f = open_one(ip, parent_ip, set, fregs, t, op);
	struct fgraph_ops *gops;

	if (!f) {
		ftrace_call_list(ip, parent_ip, arg, fregs);
		return;
	}
	gops = gops_of(op);
	if (gops->entryfunc && !gops->entryfunc(&f->told.ent, gops, fregs))
		f->hooked = 0;
	WRITE_ONCE(t->run[0].ops, NULL);
	commit(t, f, fregs);
}

/* Not inline, or the others would keep registers for it. */
static __attribute__((noinline)) int
open_other(unsigned long ip, unsigned long parent_ip, struct ftrace_set *set,
	   struct ftrace_regs *fregs, struct ftrace_thread *t)
{
	WRITE_ONCE(t->run[0].ops, NULL);
	set->func(ip, parent_ip, set->arg, fregs);
	return 0;
}

/*
 * For an entry that does ftrace_graph_one()'s part behind the handler itself. The
 * handler returns to the entry; then run[0].ops is not NULL, and the answer is the
 * handler's. Else @set's function was called, and all is done.
 */
int ftrace_graph_open(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_set *set, struct ftrace_regs *fregs,
		      struct ftrace_thread *t)
{
	struct ftrace_frame *f;
	struct fgraph_ops *gops;
	struct ftrace_ops *op;

	if (set->func != ftrace_graph_one)
		return open_other(ip, parent_ip, set, fregs, t);
	op = READ_ONCE(set->ops[0]);
	f = open_one(ip, parent_ip, set, fregs, t, op);
	if (!f)
		return open_other(ip, parent_ip, set, fregs, t);
	gops = gops_of(op);
	return gops->entryfunc ? gops->entryfunc(&f->told.ent, gops, fregs) : 1;
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
	    READ_ONCE(client[idx].since) > f->since || !gops->retfunc)
		return;
	ret.func = f->told.ret.func;
	ret.retaddr = f->stop ? f->parent : parent_of(f->prev, f->parent);
	ret.depth = f->told.ret.depth;
	ret.overrun = t->overruns;
	gops->retfunc(&ret, gops, fregs);
}

static FTRACE_INLINE void handlers_done(struct ftrace_thread *t,
					struct ftrace_run *run,
					unsigned long level, int saved_errno)
{
	WRITE_ONCE(run->ops, NULL);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(t->depth, level);
	/* A store each time would make each call wait for the last one's. */
	if (*t->errno_ptr != saved_errno)
		*t->errno_ptr = saved_errno;
}

/* What an entry does around callbacks; see arch_ftrace_entry() for the order. */
static FTRACE_INLINE void call_clients(struct ftrace_thread *t,
				       unsigned long level,
				       struct ftrace_frame *f,
				       struct ftrace_regs *fregs)
{
	struct ftrace_run *run = &t->run[level < FTRACE_MAX_DEPTH ?
						 level : FTRACE_MAX_DEPTH];
	int saved_errno = *t->errno_ptr;
	unsigned int left = f->hooked & ~FTRACE_KEPT;

	WRITE_ONCE(t->depth, level + 1);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(run->sp, (unsigned long)fregs);
	WRITE_ONCE(run->ops, NULL);
	WRITE_ONCE(run->slot, &return_slot);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	run->frame = f;
	for (; left && level < FTRACE_MAX_DEPTH; left &= left - 1)
		call_client(t, run, f, (unsigned int)__builtin_ctz(left), fregs);
	handlers_done(t, run, level, saved_errno);
}

/*
 * Outside any callback, where one client wants the return: what call_clients()
 * does before it calls it. NULL, and nothing is changed: it is not so simple.
 */
static FTRACE_INLINE struct fgraph_ops *close_one(struct ftrace_frame *f,
						  struct ftrace_regs *fregs,
						  struct ftrace_thread *t)
{
	const struct ftrace_client *c = f->only;
	struct fgraph_ops *gops = c ? load_acquire(c->gops) : NULL;
	struct ftrace_run *run = &t->run[0];

	if (!gops)
		return NULL;
	WRITE_ONCE(t->depth, 1);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(run->sp, (unsigned long)fregs);
	WRITE_ONCE(run->ops, &gops->ops);
	run->frame = f;
	WRITE_ONCE(run->slot, &return_slot);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (load_acquire(c->gops) == gops && READ_ONCE(c->since) <= f->since &&
	    gops->retfunc) {
		f->told.ret.overrun = t->overruns;
		return gops;
	}
	WRITE_ONCE(run->ops, NULL);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	WRITE_ONCE(t->depth, 0);
	return NULL;
}

static FTRACE_INLINE bool call_only(struct ftrace_thread *t,
				    struct ftrace_frame *f,
				    struct ftrace_regs *fregs)
{
	int saved_errno = *t->errno_ptr;
	struct fgraph_ops *gops = close_one(f, fregs, t);

	if (!gops)
		return false;
	gops->retfunc(&f->told.ret, gops, fregs);
	handlers_done(t, &t->run[0], 0, saved_errno);
	return true;
}

void ftrace_graph_return(struct ftrace_frame *f, struct ftrace_regs *fregs)
{
	struct ftrace_thread *t = ftrace_mine();

	/* A coroutine that was entered on another thread. */
	if (!t)
		t = ftrace_thread_attach();
	if (t) {
		if (t->depth || !call_only(t, f, fregs))
			call_clients(t, t->depth, f, fregs);
		if (t->top == f)
			t->top = f->prev;
	}
	ftrace_frame_free(f);
}

/*
 * For what is behind a body, outside any callback: as ftrace_graph_open(). If
 * run[0].ops is not NULL behind it there is left what ends ftrace_graph_return().
 */
void ftrace_graph_close(struct ftrace_frame *f, struct ftrace_regs *fregs,
			struct ftrace_thread *t)
{
	struct fgraph_ops *gops = close_one(f, fregs, t);

	if (gops)
		gops->retfunc(&f->told.ret, gops, fregs);
	else
		ftrace_graph_return(f, fregs);
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
	gops->reserved[0] = (unsigned long)&client[idx];
	gops->reserved[1] = 1u << idx;
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
		if (client[idx].gops && &client[idx].gops->ops == ops)
			store_release(client[idx].gops, NULL);
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

/* Of the call whose handler runs on this thread, for client @idx. */
static struct ftrace_frame *current_frame(int idx)
{
	struct ftrace_thread *t = ftrace_mine();

	if (idx < 0 || idx >= FTRACE_GRAPH_MAX || !t || !t->depth)
		return NULL;
	return run_of(t)->frame;
}

FTRACE_PUBLIC void *fgraph_reserve_data(int idx, int size)
{
	struct ftrace_frame *f = current_frame(idx);
	unsigned int words;

	if (!f || f == &no_frame || run_of(ftrace_self)->slot == &return_slot ||
	    size <= 0 || (size_t)size > FTRACE_GRAPH_DATA ||
	    f->keeps & 1u << idx)
		return NULL;
	words = ((unsigned int)size + sizeof(long) - 1) / sizeof(long);
	if (f->used + words > FTRACE_FRAME_WORDS)
		return NULL;
	f->at[idx] = (unsigned char)f->used;
	f->size[idx] = (unsigned short)size;
	f->keeps |= (unsigned short)(1u << idx);
	f->used += (unsigned short)words;
	return &f->data[f->at[idx]];
}

FTRACE_PUBLIC void *fgraph_retrieve_data(int idx, int *size)
{
	struct ftrace_frame *f = current_frame(idx);

	if (!f || f == &no_frame || !(f->keeps & 1u << idx))
		return NULL;
	if (size)
		*size = f->size[idx];
	return &f->data[f->at[idx]];
}

FTRACE_PUBLIC void ftrace_graph_set_max_depth(unsigned int depth)
{
	WRITE_ONCE(max_depth, depth);
}

FTRACE_PUBLIC unsigned long ftrace_graph_ret_addr(int *idx, unsigned long ret)
{
	const struct ftrace_thread *t = ftrace_mine();
	const struct ftrace_frame *f = t ? t->top : NULL;
	int i;

	if (!back || ret != back)
		return ret;
	for (i = 0; f && i < *idx; i++)
		f = f->prev;
	while (f && ret == back) {
		ret = f->parent;
		f = f->prev;
		++*idx;
	}
	return ret;
}
