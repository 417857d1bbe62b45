/* SPDX-License-Identifier: MIT */
/*
 * The contract: everything an architecture provides, and all that it may ask.
 *
 * An architecture is a folder arch/<arch>/ with arch.mk, ftrace.c, entry.S,
 * insn.h and include/ftrace/asm/{ftrace.h,ptrace.h}. tests/fakearch is a
 * complete one in plain C, made to be copied. A missing item is an error of
 * the compiler or the linker that names it; nothing here has a default.
 */
#ifndef FTRACE_ARCH_H
#define FTRACE_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ftrace/ftrace.h>
#include <ftrace/ftrace_regs.h>
#include <ftrace/asm/ftrace.h>

/*
 * Constants
 * =========
 * defined by <ftrace/asm/ftrace.h>, usable in assembly.
 */

/* Bytes of the site's call; return address - MCOUNT_INSN_SIZE is its ip. */
#ifndef MCOUNT_INSN_SIZE
#error "missing definition of MCOUNT_INSN_SIZE"
#endif
/* Bytes of a thunk: a power of two, at most 64. */
#ifndef FTRACE_THUNK_SIZE
#error "missing definition of FTRACE_THUNK_SIZE"
#endif
/*
 * The same of a module whose sites keep every register: a power of two, at
 * most 64.
 */
#ifndef FTRACE_KEEPER_SIZE
#error "missing definition of FTRACE_KEEPER_SIZE"
#endif
/* Do that module's sites jump, each to a thunk of its own? 0 or 1. */
#ifndef FTRACE_KEEPER_JUMP
#error "missing definition of FTRACE_KEEPER_JUMP"
#endif
/*
 * Does a site with graph clients jump, to a thunk that provides what a call
 * would have? 1 where a call without a return is worse than that: the CPU
 * predicts returns by calls. 0: it calls, like others. With 1, bytes of such a
 * thunk: a power of two, 16 to 64.
 */
#ifndef FTRACE_GRAPH_JUMP
#error "missing definition of FTRACE_GRAPH_JUMP"
#endif
#ifndef FTRACE_GRAPH_THUNK_SIZE
#error "missing definition of FTRACE_GRAPH_THUNK_SIZE"
#endif
/* How far a site's branch reaches either way, rounded down to a page. */
#ifndef FTRACE_BRANCH_REACH
#error "missing definition of FTRACE_BRANCH_REACH"
#endif
/* FTRACE_FEATURE_* of this target; ftrace_arch_features() returns it. */
#ifndef FTRACE_ARCH_FEATURES
#error "missing definition of FTRACE_ARCH_FEATURES"
#endif
/* The most bytes between a function's start and its site. */
#ifndef FTRACE_SITE_MAX_OFFSET
#error "missing definition of FTRACE_SITE_MAX_OFFSET"
#endif
/*
 * The most bytes before a call that belong to its site: ftrace_init_nop()
 * changes them, or runs rely on them. They start where a function can start,
 * see arch_ftrace_is_prologue().
 */
#ifndef FTRACE_SITE_LEAD
#error "missing definition of FTRACE_SITE_LEAD"
#endif
/* The most stores that one change of a site takes, each with a sync behind. */
#ifndef FTRACE_TEXT_STEPS
#error "missing definition of FTRACE_TEXT_STEPS"
#endif
/*
 * Bits of a symbol's st_other, any of which says that a function's callers rely
 * on more registers than the ABI's: its record gets FTRACE_FL_VARIANT before
 * ftrace_init_nop() sees it. 0 where symbols say no such thing.
 */
#ifndef FTRACE_SYMBOL_VARIANT
#error "missing definition of FTRACE_SYMBOL_VARIANT"
#endif
/*
 * Does -pg, with what arch.mk says beside it, leave calls of one function that
 * are sites, and does ../mcount/ or object/ have that function? It behaves like
 * a thunk of the slot ftrace_mcount_slot, which it brings along: entry and set,
 * hidden, zero at first; and while the entry is 0 it only returns. 0 or 1.
 */
#ifndef FTRACE_MCOUNT
#error "missing definition of FTRACE_MCOUNT"
#endif
/* The widest store that the system makes at once when it writes text. */
#ifndef FTRACE_POKE_SIZE
#error "missing definition of FTRACE_POKE_SIZE"
#endif
/* CFI of a thunk: CIE augmentation "zR" or "zRS", factors, return column. */
#ifndef FTRACE_CFI_AUGMENTATION
#error "missing definition of FTRACE_CFI_AUGMENTATION"
#endif
#ifndef FTRACE_CFI_CODE_ALIGN
#error "missing definition of FTRACE_CFI_CODE_ALIGN"
#endif
#ifndef FTRACE_CFI_DATA_ALIGN
#error "missing definition of FTRACE_CFI_DATA_ALIGN"
#endif
#ifndef FTRACE_CFI_RETURN_COLUMN
#error "missing definition of FTRACE_CFI_RETURN_COLUMN"
#endif
/* DW_CFA bytes that hold in a whole thunk, as a brace initialiser's inside. */
#ifndef FTRACE_CFI_INITIAL
#error "missing definition of FTRACE_CFI_INITIAL"
#endif
/*
 * The same for one FTRACE_KEEPER_SIZE: from the initial rules, over all of it,
 * and back to them. 0, which is a DW_CFA_nop, if they hold throughout. With
 * FTRACE_KEEPER_JUMP there is a rule for the return column before it: it is
 * behind the site.
 */
#ifndef FTRACE_CFI_KEEPER
#error "missing definition of FTRACE_CFI_KEEPER"
#endif
/* The same for one FTRACE_GRAPH_THUNK_SIZE, with that rule before it. */
#ifndef FTRACE_CFI_GRAPH
#error "missing definition of FTRACE_CFI_GRAPH"
#endif

/*
 * The record
 * ==========
 */

struct ftrace_module;
struct ftrace_frame;

/**
 * struct dyn_ftrace - one site
 * @ip: address of the site's call instruction. Never changes
 * @flags: FTRACE_FL_* and the reference count. Registration lock
 * @set: id of the set that the site calls now, 0 for a nop. Registration lock
 * @arch: the architecture's: kind and length of the site, what stands before
 *	it, and why it cannot be traced. Written by ftrace_init_nop() only; 0
 *	before
 */
struct dyn_ftrace {
	unsigned long ip;
	uint64_t flags;
	uint32_t set;
	uint32_t arch;
};

#define FTRACE_FL_ENABLED	(1ULL << 63)
#define FTRACE_FL_REGS		(1ULL << 62)
#define FTRACE_FL_REGS_EN	(1ULL << 61)
#define FTRACE_FL_TRAMP		(1ULL << 60)
#define FTRACE_FL_TRAMP_EN	(1ULL << 59)
#define FTRACE_FL_IPMODIFY	(1ULL << 58)
#define FTRACE_FL_DISABLED	(1ULL << 57)
#define FTRACE_FL_PERMANENT	(1ULL << 56)
#define FTRACE_FL_DIRECT	(1ULL << 55)
#define FTRACE_FL_DIRECT_EN	(1ULL << 54)
#define FTRACE_FL_CALL_OPS	(1ULL << 53)
#define FTRACE_FL_CALL_OPS_EN	(1ULL << 52)
#define FTRACE_FL_TOUCHED	(1ULL << 51)
#define FTRACE_FL_MODIFIED	(1ULL << 50)
#define FTRACE_FL_REFUSED	(1ULL << 49)	/* by ftrace_init_nop() */
#define FTRACE_FL_PRIVATE	(1ULL << 48)	/* has a thunk of its own */
#define FTRACE_FL_JUMP		(1ULL << 47)	/* jumps there, no call */
#define FTRACE_FL_VARIANT	(1ULL << 46)	/* FTRACE_SYMBOL_VARIANT */
#define FTRACE_FL_RUNNING	(1ULL << 45)	/* refused for other threads */
#define FTRACE_REF_MAX		0xffffffffULL

static inline unsigned long ftrace_rec_count(const struct dyn_ftrace *rec)
{
	return (unsigned long)(rec->flags & FTRACE_REF_MAX);
}

/*
 * Finding sites
 * =============
 */

/**
 * ftrace_call_adjust - from what the compiler recorded to the call instruction
 * @addr: an address from a table, inside readable text, at least
 *	FTRACE_SITE_MAX_OFFSET bytes from its end
 *
 * May read text from @addr to @addr + FTRACE_SITE_MAX_OFFSET, and what lies
 * before @addr in the same page; elsewhere through ftrace_text_read().
 * Return: the ip of the record, or 0 if no site of this target starts there.
 */
unsigned long ftrace_call_adjust(unsigned long addr);

/**
 * arch_ftrace_is_prologue - does a function that starts at @start have its
 *	site at @rec->ip?
 *
 * Called with 0 < @rec->ip - @start <= FTRACE_SITE_MAX_OFFSET. Reads no text,
 * which may be unreadable by now: ftrace_init_nop() left in @rec->arch what
 * stands before the site.
 * Return: true if only what compilers put before a site lies between.
 */
bool arch_ftrace_is_prologue(unsigned long start, const struct dyn_ftrace *rec);

/**
 * ftrace_init_nop - turn a compiler's site into the target's nop
 *
 * Finds what the compiler emitted; leaves the nop (its several-instruction
 * start included) and rec->arch. The one verb that may touch more than one
 * instruction: nothing runs the code yet, or the record is refused.
 *
 * In a module with FTRACE_MODULE_CONSERVATIVE the site shall change no register
 * while it is disabled, and with FTRACE_KEEPER_JUMP no more than a jump does.
 *
 * Return: 0; -EINVAL not a compiler's site, or one that cannot be traced, and
 *	rec->arch then says why to arch_ftrace_why(); and what
 *	ftrace_text_change() returns.
 */
int ftrace_init_nop(struct ftrace_module *mod, struct dyn_ftrace *rec);

/**
 * arch_ftrace_why - why ftrace_init_nop() refused a site
 * @rec: a record that it refused
 *
 * Return: words without a full stop, or NULL if it left no reason.
 */
const char *arch_ftrace_why(const struct dyn_ftrace *rec);

/**
 * arch_ftrace_text_prot - what a loaded object's text is mapped with
 * @property: the object's PT_GNU_PROPERTY segment, or NULL
 * @size: its bytes
 *
 * Return: PROT_* bits beside PROT_READ and PROT_EXEC, such as PROT_BTI. They
 *	are kept when text is written, and given to thunks.
 */
int arch_ftrace_text_prot(const void *property, size_t size);

/*
 * The site's instruction
 * ======================
 * "site.h", found by -I: inline, because the core's loops over a million
 * records are made of it. An instruction is MCOUNT_INSN_SIZE bytes, at most 8;
 * as a number it has them in the order of memory, and zeros behind.
 *
 * arch_ftrace_nop(ip)		the nop of the site at @ip
 * arch_ftrace_call(ip, addr)	a call of @addr, which is in reach
 * arch_ftrace_jump(ip, addr)	a jump there
 * arch_ftrace_in_reach(ip, addr)
 *				can the site call code address @addr itself?
 * arch_ftrace_modifiable(ip)	can any instruction there become any other in
 *				one store, while others run it? Where it cannot
 *				the site gets a thunk of its own, and from call
 *				to call only that thunk's slot changes. The
 *				answer never changes
 * arch_ftrace_write(ip, alias, insn)
 *				that one store, of release order, at an address
 *				@alias bytes from the text's; nothing else: no
 *				cache maintenance, no barrier
 *
 * arch_ftrace_claim(word, value)
 *				if *word is 0 it becomes @value, an unsigned
 *				long, and the answer is true. One operation for
 *				signal handlers of this thread; other threads
 *				store 0 only, and nothing is ordered
 *
 * arch_ftrace_sp(fregs)		ftrace_regs_get_stack_pointer(), of an entry's
 *
 * The verbs ftrace_make_nop(), ftrace_make_call() and ftrace_modify_call() are
 * made of these, in site.c.
 */

/* For instructions of four bytes: from and to the number. */
static inline uint64_t ftrace_insn_word(uint32_t word)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ?
		       word : (uint64_t)word << 32;
}

static inline uint32_t ftrace_word_insn(uint64_t insn)
{
	return (uint32_t)(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ?
				  insn : insn >> 32);
}

#include "site.h"

/**
 * struct ftrace_store - one store into text
 * @addr: where; while others run the code, aligned so that no core sees half
 * @len: bytes, at most 16
 * @old: what must be there before
 * @new: what is there afterwards
 */
struct ftrace_store {
	unsigned long addr;
	unsigned int len;
	unsigned char old[16] __attribute__((aligned(16)));
	unsigned char new[16] __attribute__((aligned(16)));
};

/**
 * struct ftrace_change - one change of a site, in a batch
 * @rec: the record
 * @addr: first byte
 * @len: bytes, at most 8
 * @old: verified to be there; zeros behind @len, in both
 * @new: what shall be there
 */
struct ftrace_change {
	struct dyn_ftrace *rec;
	unsigned long addr;
	unsigned int len;
	unsigned char old[8] __attribute__((aligned(8)));
	unsigned char new[8] __attribute__((aligned(8)));
};

/**
 * arch_ftrace_text_steps - how to make a change while others run the code
 * @c: the change
 * @alone: nothing else runs the code: any order will do
 * @st: filled in, FTRACE_TEXT_STEPS at most
 *
 * Behind each step the core makes all cores see it. At every moment what a
 * core can execute must be the old, the new or a harmless instruction.
 *
 * Called with the registration lock held, before the first write of a batch
 * and once more while writing: same input, same answer. May read text near
 * the site.
 *
 * Return: number of steps; -EAGAIN if it cannot be done while others run.
 */
int arch_ftrace_text_steps(const struct ftrace_change *c, bool alone,
			   struct ftrace_store st[FTRACE_TEXT_STEPS]);

/**
 * arch_ftrace_store - one store that no core can see half of
 * @dst: where; may be another mapping of the text
 * @st: the step; @st->len bytes of @st->new
 *
 * Nothing but the store: no cache maintenance, no barrier. Signals are
 * blocked.
 */
void arch_ftrace_store(void *dst, const struct ftrace_store *st);

/*
 * Thunks and entries
 * ==================
 */

enum ftrace_entry {
	/*
	 * ftrace_caller. Without FTRACE_FEATURE_ARGS no client sees its fregs,
	 * and only arch_ftrace_again() is asked of them.
	 */
	FTRACE_ENTRY_ARGS,
	FTRACE_ENTRY_REGS,	/* ftrace_regs_caller */
	FTRACE_ENTRY_KEEP,	/* ftrace_keep_caller */
	/* With FTRACE_GRAPH_JUMP, of sites that jump: the first two, again. */
	FTRACE_ENTRY_GRAPH,
	FTRACE_ENTRY_GRAPH_REGS,
};

/**
 * arch_ftrace_entry - code address of an entry
 *
 * FTRACE_ENTRY_KEEP is for functions whose callers know which registers they
 * use (conservative modules): it keeps every register that any call may
 * clobber, vectors whole, and gives callbacks all that the target can give.
 * Who changes the instruction pointer or has a direct call is on his own.
 *
 * FTRACE_ENTRY_GRAPH and FTRACE_ENTRY_GRAPH_REGS are for sites that jump: as the
 * first two, but no call is there to be returned from, so that they leave to the
 * site's function by a jump.
 *
 * Return: 0 for FTRACE_ENTRY_REGS on a target without it, and for
 *	FTRACE_ENTRY_KEEP on a CPU with registers that it does not know.
 *
 * The entries are reached from a thunk only. The state there is that at the
 * site, plus the slot's address where the architecture likes it. Each:
 *
 * 1. saves what is live at entry (arch/<arch>/README.md), in a struct
 *    ftrace_regs;
 * 2. takes ftrace_self; if its depth is FTRACE_DEPTH_NONE calls
 *    ftrace_thread_attach(), and goes to 7 if that returns NULL;
 * 3. d = depth; depth = d + 1, in that order before the next step, which a
 *    signal handler's entry would otherwise overwrite;
 * 4. run[d].sp, any address in its own frame or the first above it, and then
 *    run[d].slot are stored, d at most FTRACE_MAX_DEPTH;
 * 5. loads the slot's set, and from it func, or nested if d is not 0, and ops;
 *    keeps *errno; calls it with (ip, parent_ip, ops, fregs);
 * 6. puts errno back; depth = d;
 * 7. restores, and leaves: through the direct address if one was set, else to
 *    the instruction pointer that the callbacks left.
 *
 * No lock prefix and no fence: who removes an ops runs both sides' barriers.
 */
unsigned long arch_ftrace_entry(enum ftrace_entry kind);

/**
 * arch_ftrace_write_thunk - encode a thunk
 * @dst: where to write FTRACE_THUNK_SIZE bytes
 * @thunk: the address that it will run at
 * @slot: address of its struct ftrace_slot
 *
 * The thunk jumps to slot->entry with the state of the site and the slot's
 * address where the entries expect it.
 */
void arch_ftrace_write_thunk(void *dst, unsigned long thunk,
			     unsigned long slot);

/**
 * arch_ftrace_write_keeper - encode a thunk of a conservative module
 * @dst: where to write FTRACE_KEEPER_SIZE bytes
 * @thunk: the address that it will run at
 * @slot: address of its struct ftrace_slot
 * @ip: with FTRACE_KEEPER_JUMP the site that jumps here, else 0
 *
 * As arch_ftrace_write_thunk(), but no register is lost, and its entry is
 * FTRACE_ENTRY_KEEP. With FTRACE_KEEPER_JUMP it tells the entry @ip, and is
 * where the entry comes back to: behind the site by a plain jump.
 */
void arch_ftrace_write_keeper(void *dst, unsigned long thunk,
			      unsigned long slot, unsigned long ip);

/**
 * arch_ftrace_write_graph_thunk - encode a thunk that a site jumps to
 * @dst: where to write FTRACE_GRAPH_THUNK_SIZE bytes
 * @thunk: the address that it will run at
 * @slot: address of its struct ftrace_slot
 * @ip: the site
 *
 * As arch_ftrace_write_thunk(), but what a call at @ip would have left is the
 * thunk's to make. Its entry is FTRACE_ENTRY_GRAPH or FTRACE_ENTRY_GRAPH_REGS.
 */
void arch_ftrace_write_graph_thunk(void *dst, unsigned long thunk,
				   unsigned long slot, unsigned long ip);

/**
 * arch_ftrace_set_direct_caller - leave through a direct call
 * @fregs: of the running callback
 * @addr: code address to go to when the callbacks are done
 */
void arch_ftrace_set_direct_caller(struct ftrace_regs *fregs,
				   unsigned long addr);

/**
 * arch_ftrace_set_graph_caller - leave by a call of the function's body
 * @fregs: of the running callbacks, which are done
 * @frame: the call's; its members body, site, direct and saved are the
 *	architecture's, and parent is where the function returns to
 *
 * With FTRACE_FEATURE_GRAPH, and never from FTRACE_ENTRY_KEEP. The entry leaves
 * as to a direct call, or straight if the site jumped, to code that
 *
 * 1. keeps @frame in a callee-saved register, and that one's value in the
 *	frame, in saved[0];
 * 2. has the body find all that it would find behind the site, but for its
 *	return address: that is arch_ftrace_graph_back(). The body begins where
 *	the entry would have gone on: behind the site, where a callback changed
 *	the instruction pointer to, or with the direct function, if one was set;
 * 3. there makes a struct ftrace_regs with the registers that may hold the
 *	function's value, calls ftrace_graph_return(), and restores those and
 *	the callee-saved one;
 * 4. returns to the parent, as it was when step 3 began.
 *
 * Every frame that is claimed is its thread's or a coroutine's: nothing of it
 * is to be found through the thread. While the body runs an unwinder finds the
 * parent by the frame; libgcc wants no two frames with one CFA, so that this
 * one's is one byte above its stack pointer.
 */
void arch_ftrace_set_graph_caller(struct ftrace_regs *fregs,
				  struct ftrace_frame *frame);

/** arch_ftrace_graph_back - what a body finds as its return address */
unsigned long arch_ftrace_graph_back(void);

/**
 * arch_ftrace_calls - does the site at @ip call @addr now?
 *
 * Called by a callback's thread, with no lock, while the site may be changed:
 * a wrong no does no harm.
 */
bool arch_ftrace_calls(unsigned long ip, unsigned long addr);

/**
 * arch_ftrace_again - leave to the site itself, in the site's own state
 * @fregs: of the running callback
 * @ip: the site
 *
 * What it holds by now is executed, as if the call had not been there yet.
 */
void arch_ftrace_again(struct ftrace_regs *fregs, unsigned long ip);

/*
 * Functions
 * =========
 */

/* Bytes of the trial function: what one store can replace. */
#define FTRACE_TRIAL_SIZE 8

/**
 * arch_ftrace_write_trial - encode a function that returns a number
 * @dst: where to write FTRACE_TRIAL_SIZE bytes
 * @n: what it returns, 1 or 2
 */
void arch_ftrace_write_trial(void *dst, unsigned int n);

/** arch_ftrace_run_trial - call it, at code address @addr; what it returned */
int arch_ftrace_run_trial(unsigned long addr);

/** arch_ftrace_code - the code address behind a function pointer */
unsigned long arch_ftrace_code(const void *fn);

/*
 * Registers
 * =========
 * The ftrace_regs_*() of <ftrace/ftrace_regs.h>, ftrace_get_regs(),
 * ftrace_partial_regs() and ftrace_override_function_with_return().
 */

/*
 * What the core gives
 * ===================
 */

/**
 * ftrace_text_read - copy text
 *
 * Return: 0, or -EFAULT if the module's text was not found readable.
 */
int ftrace_text_read(unsigned long addr, void *buf, size_t len);

/**
 * ftrace_text_change - verify a site's bytes and add a change to the batch
 * @rec: the record
 * @addr: first byte
 * @old: what must be there
 * @new: what shall be there
 * @len: bytes, at most 8; eight can be read at @old and @new whatever it is
 *
 * Outside a batch it is a batch of one. Changes nothing but the batch.
 *
 * Return: 0; -EFAULT it cannot be read; -EINVAL something else is there, and
 *	ftrace_bug() can tell what; -ENOMEM; outside a batch also -EPERM.
 */
int ftrace_text_change(struct dyn_ftrace *rec, unsigned long addr,
		       const void *old, const void *new, unsigned int len);

/*
 * The calling thread's block, initial-exec: entries read it. Until the thread's
 * first traced call it is the one that all such threads share, into which nothing
 * is stored: its depth is FTRACE_DEPTH_NONE. So the entries' test of the depth
 * finds both who is in a callback and who has no block.
 */
struct ftrace_thread;
extern __thread struct ftrace_thread *ftrace_self
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/** ftrace_graph_return - the body has returned; @frame is free afterwards */
void ftrace_graph_return(struct ftrace_frame *frame, struct ftrace_regs *fregs);

/** ftrace_thread_attach - give the calling thread its block, or NULL */
struct ftrace_thread *ftrace_thread_attach(void);

#endif
