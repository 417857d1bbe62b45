/* SPDX-License-Identifier: MIT */
/* What the parts of the conformance program share. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ftrace/ftrace.h>
#include <ftrace/ftrace_regs.h>
#include <ftrace/host.h>

#include "arch.h"

/*
 * Cases
 * =====
 * One process runs one case. It prints facts, a line each, and the runner
 * judges them.
 */

/**
 * struct conf_case - one case
 * @name: <area>_<situation>
 * @needs: what it cannot do without, for --list; "-" for nothing
 * @run: prints its facts
 */
struct conf_case {
	const char *name;
	const char *needs;
	void (*run)(void);
};

/*
 * main.c: the case that this process runs, for who asks before main(). Not all
 * C libraries give a constructor the arguments.
 */
const char *case_name(void);

/* What ftrace_verify() shall find behind the case; 0 but for foreign bytes. */
extern unsigned long conf_differ;

/* Each ends with an entry that has no name. */
extern const struct conf_case sites_cases[], refuse_cases[], errors_cases[],
	entry_cases[],
	ops_cases[], live_cases[], poke_cases[], regs_cases[], direct_cases[],
	share_cases[], unwind_cases[], memory_cases[],
	filter_cases[], lookup_cases[], null_cases[],
	context_cases[], late_cases[], mix_cases[], clients_cases[],
	process_cases[], discover_cases[], parked_cases[],
	arch_cases[];	/* of this architecture alone */
extern const struct conf_case stack_cases[], recursion_cases[],
	halfway_cases[], host_cases[], pads_cases[], step_cases[],
	multi_cases[], orders_cases[], redirect_cases[], permanent_cases[],
	modules_cases[], patchers_cases[], states_cases[], graph_cases[],
	graph_leave_cases[], graph_throws_cases[], graph_filter_cases[],
	profile_cases[], graph_left_cases[], api_cases[], hardened_cases[],
	strike_cases[], shadow_cases[], step_recursion_cases[],
	graph_results_cases[];

/*
 * report.c: facts
 * ===============
 */

/* "value NAME got=.. want=..": the runner fails the case if they differ. */
void value(const char *name, unsigned long got, unsigned long want);
/* What gives 0 or an error gave 0. */
void must(const char *name, long err);
/* The same, for the number of calls. */
void count(const char *name, unsigned long got, unsigned long want);
/* Words for a person; judged by nobody. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Do callbacks get arguments without SAVE_REGS? */
static inline bool has_args(void)
{
	return ftrace_arch_features() & FTRACE_FEATURE_ARGS;
}

/* The function pointer as an address, for ftrace_location() and friends. */
#define CODE(fn) ftrace_code((const void *)(fn))

/* "site NAME nop|call|jump|compiled ip= target= bytes=", which are disassembled. */
void show_nop(const char *name, unsigned long ip);
/* A call of the thunk that the library says it is, with @clients attached. */
void show_thunk(const char *name, unsigned long ip, unsigned long clients);
/* The same of a site with graph clients: a jump, where the target has that. */
void show_graph(const char *name, unsigned long ip, unsigned long clients);
void show_call(const char *name, unsigned long ip, unsigned long target);
/* A call of @addr itself, where the site may. */
void show_direct(const char *name, unsigned long ip, unsigned long addr);
/*
 * A site that takes several stores calls one thunk, which serves direct calls
 * and keeps all registers whoever asks.
 */
bool has_own_thunk(unsigned long ip);
/* A call of @addr, which far_make() made: through a thunk, if there is far. */
void show_far(const char *name, unsigned long ip, unsigned long addr);
/* What lay there before the library's first use. */
void show_compiled(const char *name, unsigned long ip, const void *bytes);
bool site_info(unsigned long ip, struct ftrace_site_info *info);

/* Everything that a refused call must not change. */
struct snap {
	struct ftrace_stats st;
	uint64_t listing;
};

void snap_take(struct snap *s);
/* "value NAME:...": is all as it was at @before? */
void snap_same(const char *name, const struct snap *before);

/* Do the figures say what the listings do? */
void figures_true(void);

void log_start(void);		/* from now on log lines are kept */
void log_clear(void);
bool log_has(const char *one, const char *two);	/* both in one line */
/* @got is @want, and a line names the public function and the reason. */
void refused(const char *name, int got, int want, const char *call,
	     const char *reason);

/*
 * host.c: a host that fails when it is told to
 * ============================================
 */
enum host_call {
	HOST_PROTECT,
	HOST_TEXT_CHECK,
	HOST_TEXT_PROT,
	HOST_TEXT_OPEN,
	HOST_TEXT_POKE,
	HOST_TEXT_CLOSE,
	HOST_SYNC_CORE,
	HOST_PIN_OBJECTS,
	HOST_LIST_OBJECTS,
	HOST_MAP_FILE,
	NR_HOST_CALLS
};

/* When a call of the host fails: at its k-th time, or from then on; 0 never. */
struct fault_at {
	unsigned long at, from;
	unsigned long calls;	/* counted for these two */
};

struct fault {
	struct fault_at host[NR_HOST_CALLS];
	bool text_open;		/* no text can be written: -EPERM */
	bool window;		/* text cannot be made writable: -EPERM */
	bool alloc;		/* every allocation */
	unsigned long alloc_at;	/* the k-th allocation, 0 none */
	unsigned long alloc_from; /* the k-th and all behind it, 0 none */
	int near_err;		/* what alloc_near gives, 0 for the truth */
	unsigned long allocs;	/* counted for alloc_at and alloc_from */
	unsigned long hits;	/* times something was refused */
	void (*during)(void);	/* called by the next allocation, once */
	void (*syncing)(void);	/* by the next sync_core, once */
	void (*attaching)(void); /* when the next thread has its block, once */
};

extern struct fault fault;
void fault_install(void);	/* before the library's first use */
/* The library's own, without that. */
struct ftrace_thread *__real_ftrace_thread_attach(void);
/* @call fails at its @k-th time, counted from now; @k 0: the host is well. */
void fault_at(enum host_call call, unsigned long k);

/* parked.c: the threads that a late_parked case has. */
int parked_threads(unsigned long *id, int room);

/*
 * probe.c: a client that counts
 * =============================
 */
struct probe {
	struct ftrace_ops ops;
	unsigned long hits;
	unsigned long ip, parent_ip;
	unsigned long order;	/* of its last call, among all */
};

extern unsigned long order_now;
void probe_init(struct probe *p, unsigned long flags);
void probe_on(struct probe *p, const void *fn);	/* adds to its filter */
/* It is registered for @fn, and @func is what is called. */
void probe_go(struct probe *p, unsigned long flags, ftrace_func_t func,
	      const void *fn);
void probe_hit(unsigned long ip, unsigned long parent_ip,
	       struct ftrace_ops *op, struct ftrace_regs *fregs);

/*
 * traced.c: functions with sites
 * ==============================
 */
typedef long ten_args(long, long, long, long, long, long, long, long, long,
		      long);
typedef long traced_fn(long x);
long traced_one(long x);
long traced_two(long x);
ten_args traced_ten;
ten_args plain_ten;		/* no site, another result */
long traced_calls(long (*fn)(long), long x);
long traced_far_a(long x);
extern long traced_ten_runs;
/* traced_names.c, traced_twin.c: static functions, found by name alone */
struct traced_name {
	const char *name;
	traced_fn *fn;
};

extern const struct traced_name traced_names[];	/* ends without a name */
extern const struct traced_name traced_twin_names[];	/* one more twin */
/* A signal handler: calls the hook. */
void traced_handler(int sig, siginfo_t *info, void *context);
extern void (*handler_hook)(void *context);
/* traced-pad.c: they begin with a landing pad. */
long traced_pad(long x);
long traced_pad_calls(long (*fn)(long), long x);
/* traced-found.c: of sites that no list names, where -pg alone can make them. */
long found_one(long x), found_two(long x), found_three(long x);
ten_args found_ten;
double found_double(double a, double b);
/* One of these two has its page to itself: the one at the lower address. */
long traced_lonely_a(long x);
long traced_lonely_b(long x);
traced_fn *lonely(void);

/*
 * symbol.c
 * ========
 */

/* The program's function that @addr lies in and where it starts, or "?". */
const char *symbol_at(unsigned long addr, unsigned long *start);

/*
 * direct.c
 * ========
 */
extern unsigned long direct_hits[3];
extern unsigned long direct_into, direct_parent, direct_order;
void direct_hit(unsigned long which, unsigned long into, unsigned long parent);
extern void (*direct_hook)(void);	/* called by direct_hit() if set */
unsigned long far_make(unsigned long *counter);	/* 0: no such place */
/* A branch cannot go everywhere; where it can a far trampoline is no matter. */
#define HAS_FAR (FTRACE_BRANCH_REACH < ~0UL / 2)

/*
 * entry.c: what state.S's state_callback() goes on to
 * ===================================================
 */
void state_callback_c(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs);
extern void (*state_hook)(void);	/* called by state_callback_c() if set */
/* All that a call may clobber, as a host may. */
void state_destroy(void);

/*
 * trampoline.S, by <ftrace/trampoline.h>, and what they call
 * ==========================================================
 */
void trampoline_six(void);
void trampoline_ip(void);	/* state_callback() */
void trampoline_walks(void);	/* unwind_direct() */
void trampoline_body(long a, long b, long c, long d, long e, long f);
void unwind_direct(void);

/*
 * Shared objects
 * ==============
 * plugin.so and plugin2.so to plugin4.so are of a kind. The constructor calls the hook,
 * if there is one, with the traced function of its object, which adds 5.
 */
extern void (*plugin_hook)(traced_fn *fn);

/*
 * arch/<arch>/
 * ============
 */

/* direct.S: trampolines; each tells direct_hit() and goes on. */
void direct_one(void);
void direct_two(void);
/* Dumps its state into state_direct, nothing else. */
void direct_dump(void);
/* A blob that counts in the word whose address its last bytes are. */
extern const char direct_far[], direct_far_end[];

/*
 * late.S: calls a function at @code with @x, in the state in which a site's
 * call gets there; the site's call returns to @into.
 */
long late_call(long x, unsigned long code, unsigned long into);

/* state.S; see arch.h for what lies in a state. */
void state_call(const void *in, void *after);
void state_target(void);
void state_callback(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *op, struct ftrace_regs *fregs);
extern unsigned char state_seen[STATE_SIZE], state_direct[STATE_SIZE];
extern unsigned long state_callback_sp;

/* arch.c: the registers in a state */
#define REG_LIVE	1u	/* must be the same with and without tracing */
#define REG_FULL	2u	/* also, if all registers were saved */
#define REG_GIVEN	4u	/* not the loader's choice */
#define REG_PT		8u	/* a name in struct pt_regs */
#define REG_FREE	16u	/* also, in conservative mode */
#define REG_AWAY	32u	/* then even on the way to another place */

struct state_reg {
	const char *name;
	unsigned int offset, size, flags;
};

extern const struct state_reg state_regs[];	/* ends without a name */
extern const char *const state_args[];		/* NULL: then on the stack */
extern const char *const state_fp;
/* Make a register's pattern one that the register can hold. */
void state_adjust(void *in);
/* The program counter in the context of a signal handler. */
unsigned long *arch_pc(void *context);
/* Another address of @code that the library must take for the function. */
unsigned long arch_local_entry(unsigned long code);

#endif
