/* SPDX-License-Identifier: MIT */
/* Area 2: a traced function finds every register as its caller left it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <ftrace/module.h>

#include "conformance.h"

#define WORD sizeof(long)
#define WORDS (STATE_SIZE / WORD)

/* Aligned, as vectors are loaded from it. */
static unsigned char in[STATE_SIZE] __attribute__((aligned(16)));
static unsigned char after[STATE_SIZE];
static unsigned char base[STATE_SIZE], base_after[STATE_SIZE];
static struct probe one, two, outer, deep;
static unsigned long trampoline_ips;	/* that it was told, when it is one */
static bool in_trampoline;
static bool dig;	/* the callback calls a traced function itself */
static bool keep;	/* the module is conservative */
static bool away;	/* the callback moves the instruction pointer */
static unsigned long entry_sp, entry_parent, entry_arg[10];
static bool entry_fregs;
static unsigned long site_sp;
static bool misaligned;
void (*state_hook)(void);

static unsigned long get(const unsigned char *state, unsigned int offset)
{
	unsigned long v;

	memcpy(&v, state + offset, sizeof(v));
	return v;
}

static const struct state_reg *reg(const char *name)
{
	const struct state_reg *r;

	for (r = state_regs; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return state_regs;
}

#ifndef STATE_MORE
#define STATE_MORE() do { } while (0)
#endif

/* C's part of the callback; assembly then destroys what a call may. */
void state_callback_c(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	unsigned int i;

	misaligned |= (state_callback_sp + STATE_SP_BIAS) & 15;
	if (in_trampoline) {
		trampoline_ips += ip;
		return;
	}
	probe_hit(ip, parent_ip, op, fregs);
	if (state_hook)
		state_hook();
	if (keep)
		STATE_MORE();
	if (op->priv == &deep) {
		errno = 78;
		return;
	}
	entry_fregs = ftrace_regs_has_args(fregs);
	if (entry_fregs) {
		entry_sp = ftrace_regs_get_stack_pointer(fregs);
		entry_parent = ftrace_regs_get_return_address(fregs);
		for (i = 0; i < 10; i++)
			entry_arg[i] = ftrace_regs_get_argument(fregs, i);
	}
	if (away)
		ftrace_regs_set_instruction_pointer(fregs, CODE(direct_dump));
	errno = 77;
	if (dig) {
		traced_one(0);
		value("errno inside", (unsigned long)errno, 77);
	}
}

static void fill(void)
{
	unsigned long i, word;
	uint64_t pattern;

	for (i = 0; i < WORDS; i++) {
		pattern = 0x8040201008040201ULL * (i + 1);
		word = (unsigned long)(pattern ^ 0x1122334455667788ULL);
		memcpy(in + WORD * i, &word, WORD);
	}
	state_adjust(in);
}

static void hex(char *to, const unsigned char *p, unsigned int n)
{
	while (n--)
		to += sprintf(to, "%02x", *p++);
}

/* Compare the registers that have any of @mask set. */
static void same(const char *what, const unsigned char *got,
		 const unsigned char *want, unsigned int mask)
{
	const struct state_reg *r;
	unsigned int differ = 0;
	char a[40], b[40];

	for (r = state_regs; r->name; r++) {
		if (!(r->flags & mask) ||
		    (in_trampoline && strchr(TRAMPOLINE_DROPS, r->name[0])) ||
		    !memcmp(got + r->offset, want + r->offset, r->size))
			continue;
		hex(a, got + r->offset, r->size);
		hex(b, want + r->offset, r->size);
		printf("state %s: %s got=%s want=%s\n", what, r->name, a, b);
		differ++;
	}
	count(what, differ, 0);
}

/* Stack pointers are compared as distances from the caller's. */
static void relative(unsigned char *state, unsigned long from)
{
	unsigned int offset = reg("sp")->offset;
	unsigned long sp = get(state, offset) - from;

	memcpy(state + offset, &sp, sizeof(sp));
}

static void run(void)
{
	unsigned long sp;

	memset(state_seen, 0, sizeof(state_seen));
	memset(state_direct, 0, sizeof(state_direct));
	memset(after, 0, sizeof(after));
	errno = 42;
	state_call(in, after);
	value("errno", (unsigned long)errno, 42);
	site_sp = get(state_seen, reg("sp")->offset);
	sp = get(after, reg("sp")->offset);
	relative(state_seen, sp);
	relative(state_direct, sp);
	relative(after, sp);
}

/* What it looks like without tracing, from the same stack depth. */
static void run_untraced(void)
{
	const struct state_reg *r;
	unsigned int wrong = 0;

	fill();
	run();
	memcpy(base, state_seen, sizeof(base));
	memcpy(base_after, after, sizeof(base));
	for (r = state_regs; r->name; r++) {
		/* A site's first instruction may give it; not if it is kept. */
		if ((r->flags & REG_GIVEN && !(keep && r->flags & REG_FREE)) ||
		    !memcmp(base + r->offset, in + r->offset, r->size))
			continue;
		note("the loader did not load %s", r->name);
		wrong++;
	}
	count("loader", wrong, 0);
}

/* Once more, traced: all as before. */
static void run_traced(unsigned int mask)
{
	misaligned = false;
	run();
	same("seen", state_seen, base, mask);
	same("after", after, base_after, REG_LIVE);
	value("misaligned", misaligned, false);
}

static unsigned long target(void)
{
	return ftrace_location(CODE(state_target));
}

/* @given: the callback is to have them; else NULL is promised. */
static void fregs_right(bool given)
{
	unsigned int i, regs = 0;
	unsigned long want;

	value("ip", one.ip, target());
	value("parent_ip", one.parent_ip, get(base, reg("parent")->offset));
	value("fregs", entry_fregs, given);
	if (!given)
		return;
	value("stack pointer", entry_sp, site_sp);
	value("return address", entry_parent, get(base, reg("parent")->offset));
	for (i = 0; i < 10; i++) {
		if (state_args[regs])
			want = get(in, reg(state_args[regs++])->offset);
		else
			want = get(in, STATE_STACK + WORD * (i - regs));
		value("argument", entry_arg[i], want);
	}
}

static void client(struct probe *p, unsigned long flags, const void *fn)
{
	probe_init(p, flags);
	p->ops.func = state_callback;
	probe_on(p, fn);
	value("register", (unsigned long)register_ftrace_function(&p->ops), 0);
}

static void leave(struct probe *p, unsigned long hits)
{
	value("unregister", (unsigned long)unregister_ftrace_function(&p->ops),
	      0);
	count("hits", p->hits, hits);
}

/* Nothing may be lost then, free or not. */
static void conservative(void)
{
	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	keep = true;
}

static unsigned int mask_of(unsigned long flags)
{
	if (keep)
		return REG_LIVE | REG_FULL | REG_FREE;
	return flags && HAS_REGS ? REG_LIVE | REG_FULL : REG_LIVE;
}

static void with_one(unsigned long flags)
{
	run_untraced();
	client(&one, flags, state_target);
	run_traced(mask_of(flags));
	fregs_right(has_args() || flags);
	leave(&one, 1);
	run_traced(REG_LIVE | REG_FULL);
}

static void with_two(unsigned long flags)
{
	run_untraced();
	client(&one, flags, state_target);
	client(&two, 0, state_target);
	run_traced(mask_of(flags));
	fregs_right(has_args() || flags);
	leave(&two, 1);
	run_traced(mask_of(flags));
	leave(&one, 2);
}

static unsigned int nested_mask;

static void in_callback(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	fill();
	run();
	same("seen", state_seen, base, nested_mask);
}

/* The function is called in a callback; its own callback calls another. */
static void with_nested(unsigned long flags)
{
	run_untraced();
	client(&one, flags, state_target);
	client(&deep, flags, traced_one);
	dig = true;
	run_traced(mask_of(flags));
	count("deep", deep.hits, 1);
	probe_init(&outer, flags);
	outer.ops.func = in_callback;
	probe_on(&outer, traced_two);
	value("register", (unsigned long)register_ftrace_function(&outer.ops),
	      0);
	nested_mask = mask_of(flags);
	value("result", (unsigned long)traced_two(1), 3);
	leave(&outer, 1);
	count("deep", deep.hits, 2);
	leave(&deep, 2);
	leave(&one, 2);
}

void state_destroy(void)
{
	/* As the library calls it, by a pointer: it leaves no table of addresses. */
	void (*volatile callback)(unsigned long, unsigned long,
				  struct ftrace_ops *, struct ftrace_regs *) =
		state_callback;

	in_trampoline = true;
	callback(0, 0, NULL, NULL);
	in_trampoline = false;
}

static void *thread(void *arg)
{
	/* Untraced first: this thread's first callback is the one below. */
	run_untraced();
	run_traced(REG_LIVE);
	value("register", (unsigned long)register_ftrace_function(&one.ops), 0);
	fault.attaching = state_destroy;
	run_traced(mask_of((unsigned long)arg));
	value("attached", !fault.attaching, true);
	fregs_right(has_args() || arg);
	run_traced(mask_of((unsigned long)arg));
	leave(&one, 2);
	return NULL;
}

/* A thread's first traced call has to find it a block on the way. */
static void with_thread(unsigned long flags)
{
	pthread_t t;

	probe_init(&one, flags);
	one.ops.func = state_callback;
	probe_on(&one, state_target);
	value("thread", (unsigned long)pthread_create(&t, NULL, thread,
						      (void *)flags), 0);
	pthread_join(t, NULL);
}

/* What is not for arguments is kept for who goes elsewhere, too. */
static unsigned int away_mask(void)
{
	return keep ? REG_AWAY | DIRECT_KEEPS : 0;
}

static void direct_right(void)
{
	same("direct", state_direct, base, REG_LIVE | away_mask());
	value("into", get(state_direct, STATE_INTO),
	      target() + MCOUNT_INSN_SIZE);
}

static unsigned int direct_mask(void)
{
	return REG_LIVE | (keep ? DIRECT_KEEPS : 0);
}

static void direct_alone(void)
{
	unsigned long addr = CODE(direct_dump);

	run_untraced();
	value("direct", (unsigned long)register_ftrace_direct(target(), addr),
	      0);
	run_traced(direct_mask());
	direct_right();
	value("direct", (unsigned long)unregister_ftrace_direct(target(), addr),
	      0);
	run_traced(REG_LIVE | REG_FULL);
}

/* The library's own trampoline, whose function destroys all that it may. */
static void trampoline(void)
{
	unsigned long addr = CODE(trampoline_ip);

	run_untraced();
	value("direct", (unsigned long)register_ftrace_direct(target(), addr),
	      0);
	in_trampoline = true;
	run_traced(REG_LIVE);
	value("ip", trampoline_ips, target());
	in_trampoline = false;
	client(&one, 0, state_target);
	one.ops.flags |= FTRACE_OPS_FL_STUB;	/* it is no callback now */
	in_trampoline = true;
	run_traced(REG_LIVE);
	value("ip", trampoline_ips, 2 * target());
	in_trampoline = false;
	leave(&one, 0);
	value("direct", (unsigned long)unregister_ftrace_direct(target(), addr),
	      0);
	run_traced(REG_LIVE | REG_FULL);
}

static void direct_shared(unsigned long flags, bool second)
{
	unsigned long addr = CODE(direct_dump);

	run_untraced();
	value("direct", (unsigned long)register_ftrace_direct(target(), addr),
	      0);
	client(&one, flags, state_target);
	if (second)
		client(&two, 0, state_target);
	run_traced(direct_mask());
	direct_right();
	fregs_right(true);
	if (second)
		leave(&two, 1);
	leave(&one, 1);
	value("direct", (unsigned long)unregister_ftrace_direct(target(), addr),
	      0);
}

/* The function is not called, and where it goes on returns to its caller. */
static void redirected(void)
{
	conservative();
	run_untraced();
	client(&one, FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED, state_target);
	away = true;
	run();
	away = false;
	same("elsewhere", state_direct, base, away_mask());
	leave(&one, 1);
}

#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED
#define CASE(name, call) static void name(void) { call; }

CASE(entry_untraced, run_untraced(); run_traced(REG_LIVE | REG_FULL))
CASE(entry_args_one, with_one(0))
CASE(entry_args_two, with_two(0))
CASE(entry_args_nested, with_nested(0))
CASE(entry_args_thread, with_thread(0))
CASE(entry_regs_one, with_one(REGS))
CASE(entry_regs_two, with_two(REGS))
CASE(entry_regs_nested, with_nested(REGS))
CASE(entry_regs_thread, with_thread(REGS))
CASE(entry_keep_args, conservative(); with_one(0))
CASE(entry_keep_regs, conservative(); with_one(REGS))
CASE(entry_keep_two, conservative(); with_two(0))
CASE(entry_keep_nested, conservative(); with_nested(0))
CASE(entry_keep_thread, conservative(); with_thread(0))
CASE(entry_keep_alone, conservative(); direct_alone())
CASE(entry_keep_redirect, redirected())
CASE(entry_keep_direct, conservative(); direct_shared(0, false))
CASE(entry_direct_args, direct_shared(0, false))
CASE(entry_direct_regs, direct_shared(REGS, false))
CASE(entry_direct_args_two, direct_shared(0, true))
CASE(entry_direct_regs_two, direct_shared(REGS, true))

const struct conf_case entry_cases[] = {
	{ "entry_untraced", "-", entry_untraced },
	{ "entry_args_one", "-", entry_args_one },
	{ "entry_args_two", "-", entry_args_two },
	{ "entry_args_nested", "-", entry_args_nested },
	{ "entry_args_thread", "host", entry_args_thread },
	{ "entry_regs_one", "-", entry_regs_one },
	{ "entry_regs_two", "-", entry_regs_two },
	{ "entry_regs_nested", "-", entry_regs_nested },
	{ "entry_regs_thread", "host", entry_regs_thread },
	{ "entry_keep_args", "-", entry_keep_args },
	{ "entry_keep_regs", "-", entry_keep_regs },
	{ "entry_keep_two", "-", entry_keep_two },
	{ "entry_keep_nested", "-", entry_keep_nested },
	{ "entry_keep_thread", "host", entry_keep_thread },
	{ "entry_keep_alone", "-", entry_keep_alone },
	{ "entry_keep_direct", "-", entry_keep_direct },
	{ "entry_keep_redirect", "-", entry_keep_redirect },
	{ "entry_direct_alone", "-", direct_alone },
	{ "entry_trampoline", "-", trampoline },
	{ "entry_direct_args", "-", entry_direct_args },
	{ "entry_direct_regs", "-", entry_direct_regs },
	{ "entry_direct_args_two", "-", entry_direct_args_two },
	{ "entry_direct_regs_two", "-", entry_direct_regs_two },
	{ NULL, NULL, NULL },
};
