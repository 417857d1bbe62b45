/* SPDX-License-Identifier: MIT */
/* Return tracing, as the core's files and an architecture's share it. */
#ifndef FTRACE_GENERIC_GRAPH_H
#define FTRACE_GENERIC_GRAPH_H

/*
 * frames.c: calls whose return is waited for. A frame's memory stays what it is
 * for ever, so that a stale pointer to one does no harm. In the order of stores:
 * a CPU may do two a cycle if they are of one cache line, else one.
 */
#define FTRACE_FRAME_WORDS (2 * FTRACE_GRAPH_DATA / sizeof(long))

struct ftrace_frame {
	unsigned long sp;	/* 0: free; claimed as frames.c says */
	unsigned long parent;	/* where the function returns to */
	union {			/* what handlers get: its site, how deep it is;
				 * retaddr is 0 if the parent is another frame's */
		struct ftrace_graph_ent ent;
		struct ftrace_graph_ret ret;
	} told;
	struct ftrace_frame *prev;	/* a hint, as thread.top */
	unsigned long since;	/* of this time: clients that came later are not
				 * meant */
	unsigned long body;	/* what is called behind the entry handlers */
	unsigned long site;	/* where a direct function goes on */
	unsigned long saved[2];	/* the architecture's own */
	struct ftrace_ops *only;	/* who wants it; several: see @hooked */
	unsigned long direct;	/* that function, or 0 */
	struct ftrace_frame_data *data;	/* NULL: no call's */
	unsigned int hooked;	/* clients, by idx, that want the return; and the
				 * two below */
	unsigned int below;	/* INSIDE and HIDDEN, of each client */
} __attribute__((aligned(64)));

/* By nobody who wants the return, but for what is below it. */
#define FTRACE_KEPT	(1u << FTRACE_GRAPH_MAX)
#define FTRACE_WAITED	(2 * FTRACE_KEPT - 1)
/* There is something in @data. */
#define FTRACE_ASKED	(2 * FTRACE_KEPT)
/* Of set_graph_function, of set_graph_notrace. */
#define FTRACE_INSIDE(idx)	(1u << (idx))
#define FTRACE_HIDDEN(idx)	(1u << ((idx) + FTRACE_GRAPH_MAX))

/* What clients keep with a call. */
struct ftrace_frame_data {
	unsigned short keeps;	/* those that do, by idx */
	unsigned short used;	/* words */
	unsigned char at[FTRACE_GRAPH_MAX];	/* where each one's begin */
	unsigned short size[FTRACE_GRAPH_MAX];	/* in bytes */
	unsigned long word[FTRACE_FRAME_WORDS];
};

struct ftrace_frames {
	struct ftrace_frame frame[FTRACE_GRAPH_CALLS];
	struct ftrace_frame_data data[FTRACE_GRAPH_CALLS];
};

/*
 * What a thread's first call is made in, and what thread.top is before there is a
 * table.
 */
extern const struct ftrace_frame ftrace_outer[2];
#define ftrace_outermost (*(struct ftrace_frame *)&ftrace_outer[0])
#define ftrace_tableless (*(struct ftrace_frame *)&ftrace_outer[1])

/* graph.c: what a level of nesting leads to while it runs return handlers */
extern struct ftrace_slot ftrace_return_slot;

/* The level whose handler runs. */
static inline struct ftrace_run *ftrace_run_of(struct ftrace_thread *t)
{
	unsigned long level = t->depth - 1;

	return &t->run[level < FTRACE_MAX_DEPTH ? level : FTRACE_MAX_DEPTH];
}

/* Its place; stack pointers are multiples of 16, or lie a word beside one. */
static inline unsigned int ftrace_frame_nr(unsigned long sp)
{
	return (unsigned int)(sp >> 4) % FTRACE_GRAPH_CALLS;
}

/* Claim @f if it is free. What freed it may be another thread. */
static inline bool ftrace_frame_try(struct ftrace_frame *f, unsigned long sp)
{
	if (!arch_ftrace_claim(&f->sp, sp))
		return false;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return true;
}

static inline void ftrace_frame_free(struct ftrace_frame *f)
{
	__atomic_store_n(&f->sp, 0, __ATOMIC_RELEASE);
}

bool ftrace_frames_make(struct ftrace_thread *t);
struct ftrace_frame *ftrace_frame_claim(struct ftrace_thread *t,
					unsigned long sp, bool tail);
size_t ftrace_frames_size(const struct ftrace_thread *t);
struct ftrace_frame *ftrace_frames_pass(struct ftrace_thread *t,
					struct ftrace_frame *prev,
					unsigned long sp);	/* these: stacks.c */
bool ftrace_frames_sweep(struct ftrace_thread *t, struct ftrace_frame *f,
			 unsigned long sp);

/* graph.c: clients that are told of returns */
void ftrace_graph_func(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs);
void ftrace_graph_one(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *arg, struct ftrace_regs *fregs);
int ftrace_graph_open(struct ftrace_thread *t, struct ftrace_set *set,
		      struct ftrace_regs *fregs, unsigned long parent_ip,
		      unsigned long ip);	/* these two: entries */
void ftrace_graph_close(struct ftrace_frame *f, struct ftrace_thread *t,
			struct ftrace_regs *fregs);
void ftrace_graph_tell(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		       struct ftrace_regs *fregs);
void ftrace_graph_limits(long more);
void ftrace_graph_wait(struct ftrace_thread *t, struct ftrace_frame *f,
		       struct ftrace_regs *fregs);
void ftrace_graph_commit(struct ftrace_thread *t, struct ftrace_frame *f,
			 struct ftrace_regs *fregs);
int ftrace_graph_register(const char *call, struct fgraph_ops *gops);
int ftrace_graph_join(const char *call, struct ftrace_ops *ops);
void ftrace_graph_forget(struct ftrace_ops *ops);

/* filter.c, for graph_filter.c: the line of a filter of @ops */
int ftrace_filter_set(const char *call, struct ftrace_ops *ops, const char *buf,
		      int len, int reset, bool except_side);

#define FTRACE_OPS_GRAPH 5	/* graph_filter.c's member of ops->reserved */

/* graph_filter.c: what is below some functions. Registration lock, but as said */
int ftrace_graph_edited(const char *call, const struct ftrace_ops *ops);
int ftrace_graph_filters_resolve(void);
void ftrace_graph_filters_forget(unsigned long start, unsigned long end);
void *ftrace_graph_filters_take(void);	/* these three take it */
void ftrace_graph_filters_drop(void *old);
void ftrace_graph_filter_free(struct ftrace_ops *ops);
bool ftrace_graph_shows(const struct ftrace_ops *ops, struct ftrace_frame *f,
			unsigned int idx);	/* callbacks */

/* profile.c: what a thread has counted, in bytes */
size_t ftrace_profile_size(const struct ftrace_thread *t);
void ftrace_threads_each(void (*fn)(struct ftrace_thread *t, void *arg),
			 void *arg);	/* thread.c */

static inline bool ftrace_ops_graph(const struct ftrace_ops *ops)
{
	return ops->func == ftrace_graph_func;
}

#endif
