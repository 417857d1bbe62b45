/* SPDX-License-Identifier: MIT */
/* Area 6: what a callback sees of the registers, and what it changes. */
#include <string.h>

#include <ftrace/asm/ptrace.h>

#include <ftrace/module.h>

#include "conformance.h"

#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED

static struct probe p;
static unsigned long seen[10], words[6];
static void (*doing)(struct ftrace_regs *fregs);

long plain_ten(long a, long b, long c, long d, long e, long f, long g, long h,
	       long i, long j)
{
	return -(a + b + c + d + e + f + g + h + i + j);
}

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	doing(fregs);
}

static long call_ten(void)
{
	return traced_ten(11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
}

/* What the body makes of its arguments, when the first and last are these. */
static long ten_of(long a, long j)
{
	return a + 2 * 12 + 3 * 13 + 4 * 14 + 5 * 15 + 6 * 16 + 7 * 17 +
	       8 * 18 + 9 * 19 + 10 * j;
}

/* One call of traced_ten() with @fn in the callback; its result. */
static long with(unsigned long flags, void (*fn)(struct ftrace_regs *fregs))
{
	long result;

	doing = fn;
	probe_init(&p, flags | FTRACE_OPS_FL_SAVE_ARGS);
	p.ops.func = callback;
	probe_on(&p, traced_ten);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	result = call_ten();
	count("hits", p.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	ftrace_free_filter(&p.ops);
	value("and then", (unsigned long)call_ten(),
	      (unsigned long)ten_of(11, 20));
	return result;
}

static void look(struct ftrace_regs *fregs)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		seen[i] = ftrace_regs_get_argument(fregs, i);
	words[0] = ftrace_regs_get_return_address(fregs);
	words[1] = ftrace_regs_get_instruction_pointer(fregs);
	words[2] = (unsigned long)ftrace_regs_has_args(fregs);
	words[3] = (unsigned long)ftrace_get_regs(fregs);
	words[4] = ftrace_regs_get_stack_pointer(fregs);
	ftrace_regs_set_return_value(fregs, 0x1234);
	words[5] = ftrace_regs_get_return_value(fregs);
	/* Where that register is the first argument's too. */
	ftrace_regs_set_argument(fregs, 0, seen[0]);
}

static void read_all(unsigned long flags)
{
	unsigned long ip = ftrace_location(CODE(traced_ten));
	unsigned int i;
	char here;

	value("result", (unsigned long)with(flags, look),
	      (unsigned long)ten_of(11, 20));
	for (i = 0; i < 10; i++)
		value("argument", seen[i], 11 + i);
	value("return address", words[0], p.parent_ip);
	value("instruction pointer", words[1], ip + MCOUNT_INSN_SIZE);
	value("has args", words[2] != 0, true);
	value("all registers", words[3] != 0,
	      HAS_REGS && (flags || !has_args() || has_own_thunk(ip)));
	value("stack pointer", (unsigned long)&here - words[4] < 65536, true);
	value("return value", words[5], 0x1234);
}

static void regs_get_args(void)
{
	read_all(0);
}

static void regs_get_full(void)
{
	read_all(REGS);
}

static void change(struct ftrace_regs *fregs)
{
	unsigned int i;

	ftrace_regs_set_argument(fregs, 0, 1100);
	ftrace_regs_set_argument(fregs, 9, 2000);
	seen[0] = ftrace_regs_get_argument(fregs, 0);
	seen[9] = ftrace_regs_get_argument(fregs, 9);
	for (i = 1; i < 9; i++)
		ftrace_regs_set_argument(fregs, i, 11 + i);
}

static void regs_set_argument(void)
{
	unsigned long flags;

	for (flags = 0; flags <= REGS; flags += REGS) {
		value("result", (unsigned long)with(flags, change),
		      (unsigned long)ten_of(1100, 2000));
		value("argument", seen[0], 1100);
		value("argument", seen[9], 2000);
	}
}

static void redirect(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, CODE(plain_ten));
	seen[0] = ftrace_regs_get_instruction_pointer(fregs);
}

static void regs_set_ip(void)
{
	unsigned long flags;

	for (flags = 0; flags <= REGS; flags += REGS) {
		traced_ten_runs = 0;
		value("result", (unsigned long)with(
				flags | FTRACE_OPS_FL_IPMODIFY, redirect),
		      (unsigned long)-155);
		value("instruction pointer", seen[0], CODE(plain_ten));
		/* The one behind with()'s unregistering. */
		count("body", (unsigned long)traced_ten_runs, 1);
	}
}

static void override(struct ftrace_regs *fregs)
{
	ftrace_regs_set_return_value(fregs, 4321);
	ftrace_override_function_with_return(fregs);
}

static void regs_override(void)
{
	unsigned long flags;

	for (flags = 0; flags <= REGS; flags += REGS) {
		traced_ten_runs = 0;
		value("result", (unsigned long)with(
				flags | FTRACE_OPS_FL_IPMODIFY, override),
		      4321);
		count("body", (unsigned long)traced_ten_runs, 1);
	}
}

/* The same by the entry that keeps all, which has ways of its own to leave. */
static void regs_keep(void)
{
	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	regs_set_argument();
	regs_set_ip();
	regs_override();
}

/* A second client that may change the IP is refused; the first works on. */
static void regs_ipmodify_one(void)
{
	struct probe second;
	struct snap before;

	doing = override;
	probe_init(&p, FTRACE_OPS_FL_IPMODIFY);
	p.ops.func = callback;
	probe_on(&p, traced_ten);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	probe_init(&second, FTRACE_OPS_FL_IPMODIFY);
	probe_on(&second, traced_ten);
	snap_take(&before);
	log_clear();
	refused("second", register_ftrace_function(&second.ops), -EBUSY,
		"register_ftrace_function", "instruction pointer");
	snap_same("second", &before);
	value("result", (unsigned long)call_ten(), 4321);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	value("second", (unsigned long)register_ftrace_function(&second.ops),
	      0);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&second.ops), 0);
}

/* The state test's pattern, register by register, as pt_regs has it. */
static unsigned char in[STATE_SIZE], after[STATE_SIZE];
static unsigned long by_name[64];

static unsigned long word_of(const void *state, unsigned int offset)
{
	unsigned long v;

	memcpy(&v, (const char *)state + offset, sizeof(v));
	return v;
}

static void look_by_name(struct ftrace_regs *fregs)
{
	const struct pt_regs *regs = ftrace_get_regs(fregs);
	unsigned int i;

	for (i = 0; regs && state_regs[i].name; i++) {
		int off = ftrace_regs_query_register_offset(state_regs[i].name);

		if (off >= 0)
			by_name[i] = word_of(regs, (unsigned int)off);
	}
	words[0] = ftrace_regs_get_frame_pointer(fregs);
}

static void names_right(void)
{
	unsigned int i;

	for (i = 0; state_regs[i].name; i++) {
		const struct state_reg *r = &state_regs[i];
		int off = ftrace_regs_query_register_offset(r->name);

		if (!(r->flags & REG_PT) || !HAS_REGS)
			continue;
		value(r->name, off >= 0, true);
		value(r->name, by_name[i], word_of(in, r->offset));
	}
}

static void state_run(unsigned long flags)
{
	doing = look_by_name;
	probe_init(&p, flags | FTRACE_OPS_FL_SAVE_ARGS);
	p.ops.func = callback;
	probe_on(&p, state_target);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	memset(in, 0, sizeof(in));
	state_call(in, after);
	for (unsigned int i = 0; i < STATE_SIZE; i++)
		in[i] = (unsigned char)(17 * i + i / 7);
	state_adjust(in);
	state_call(in, after);
	count("hits", p.hits, 2);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

static void regs_by_name(void)
{
	const struct state_reg *r = state_regs;

	state_run(REGS);
	names_right();
	while (strcmp(r->name, state_fp))
		r++;
	value("frame pointer", words[0],
	      word_of(r->flags & REG_GIVEN ? state_seen : in, r->offset));
	state_run(0);
	value("frame pointer", words[0],
	      word_of(r->flags & REG_GIVEN ? state_seen : in, r->offset));
	value("unknown", (unsigned long)
	      ftrace_regs_query_register_offset("no_such"), -EINVAL);
	value("empty", (unsigned long)
	      ftrace_regs_query_register_offset(""), -EINVAL);
	value("NULL", (unsigned long)
	      ftrace_regs_query_register_offset(NULL), -EINVAL);
}

static struct pt_regs *given, *got;
static unsigned char storage[2048] __attribute__((aligned(16)));

/* The first argument: in @regs, or where the ABI has it on the stack. */
static unsigned long *first_of(struct ftrace_regs *fregs, void *regs)
{
	if (!state_args[0])
		return (unsigned long *)ftrace_regs_get_stack_pointer(fregs) + 1;
	return (unsigned long *)((char *)regs +
			ftrace_regs_query_register_offset(state_args[0]));
}

static void partial(struct ftrace_regs *fregs)
{
	unsigned int i;

	memset(storage, 0x5a, sizeof(storage));
	got = ftrace_partial_regs(fregs, (struct pt_regs *)storage);
	given = ftrace_get_regs(fregs);
	for (i = 0; HAS_REGS && state_args[i]; i++)
		seen[i] = word_of(got, (unsigned int)
			ftrace_regs_query_register_offset(state_args[i]));
	if (HAS_REGS && !state_args[0])
		seen[0] = *first_of(fregs, got);
}

static void arguments_there(void)
{
	unsigned int i;

	for (i = 0; HAS_REGS && (!i || (state_args[0] && state_args[i])); i++)
		value("argument", seen[i], 11 + i);
}

static void regs_partial(void)
{
	bool all = HAS_REGS &&
		(!has_args() || has_own_thunk(ftrace_location(CODE(traced_ten))));

	with(0, partial);
	value("no registers", given == NULL, !all);
	value("storage", (unsigned long)got == (unsigned long)storage, !all);
	arguments_there();
	with(REGS, partial);
	value("registers", given != NULL, HAS_REGS);
	value("complete", (unsigned long)got ==
	      (unsigned long)(HAS_REGS ? (void *)given : storage), true);
	arguments_there();
}

/* A callback's store into pt_regs is what the function finds. */
static void store(struct ftrace_regs *fregs)
{
	if (HAS_REGS)
		*first_of(fregs, ftrace_get_regs(fregs)) = 1100;
	else
		ftrace_regs_set_argument(fregs, 0, 1100);
}

static void regs_store(void)
{
	value("result", (unsigned long)with(REGS, store),
	      (unsigned long)ten_of(1100, 20));
}

/* Another pattern for each register that pt_regs may set. */
static void store_all(struct ftrace_regs *fregs)
{
	char *regs = (char *)ftrace_get_regs(fregs);
	const struct state_reg *r;

	for (r = state_regs; regs && r->name; r++)
		if (r->flags & REG_PT)
			memcpy(regs + ftrace_regs_query_register_offset(r->name),
			       in + r->offset, sizeof(long));
}

/* Callee-saved ones too: what is at @found finds what the callback left. */
static void call_stored(unsigned long flags, unsigned int mask,
			const unsigned char *found)
{
	static const unsigned char nothing[STATE_SIZE];
	const struct state_reg *r;
	unsigned int i;

	for (i = 0; i < STATE_SIZE; i++)
		in[i] = (unsigned char)(13 * i + i / 5 + 1);
	state_adjust(in);
	probe_init(&p, flags);
	p.ops.func = callback;
	probe_on(&p, state_target);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	state_call(nothing, after);
	count("hits", p.hits, 1);
	for (r = state_regs; r->name; r++)
		if ((r->flags & mask) == mask)
			value(r->name, word_of(found, r->offset),
			      HAS_REGS ? word_of(in, r->offset) : 0);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

static void regs_store_all(void)
{
	doing = store_all;
	call_stored(REGS, REG_PT, state_seen);
}

static void store_and_move(struct ftrace_regs *fregs)
{
	store_all(fregs);
	ftrace_regs_set_instruction_pointer(fregs, CODE(direct_dump));
}

#ifndef STATE_AWAY
/* Flags may be lost where the instruction pointer is changed. */
#define STATE_AWAY REG_LIVE
#endif

/* The same on the other ways out. A function called there has no flags. */
static void regs_store_away(void)
{
	unsigned long ip = ftrace_location(CODE(state_target));
	unsigned long addr = CODE(direct_dump);

	doing = store_and_move;
	call_stored(REGS | FTRACE_OPS_FL_IPMODIFY, REG_PT | STATE_AWAY,
		    state_direct);
	memset(state_direct, 0, STATE_SIZE);
	doing = store_all;
	value("direct", (unsigned long)register_ftrace_direct(ip, addr), 0);
	call_stored(REGS, REG_PT | REG_LIVE, state_direct);
	value("direct", (unsigned long)unregister_ftrace_direct(ip, addr), 0);
}

static void look_null(struct ftrace_regs *fregs)
{
	words[0] = fregs == NULL;
	words[1] = (unsigned long)ftrace_get_regs(fregs);
	words[2] = (unsigned long)ftrace_regs_has_args(fregs);
}

/* Where the entry will have its frame nothing is zero by chance. */
static __attribute__((noipa)) void soil(void)
{
	volatile unsigned char below[8192];
	size_t i;

	for (i = 0; i < sizeof(below); i++)
		below[i] = 0x5b;
}

/* Who asks for nothing: NULL where NULL is promised, and arguments elsewhere. */
static void regs_null(void)
{
	bool all = has_own_thunk(ftrace_location(CODE(traced_ten)));
	struct probe other;

	doing = look_null;
	probe_init(&p, 0);
	p.ops.func = callback;
	probe_on(&p, traced_ten);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	soil();
	call_ten();
	value("NULL", words[0], !has_args());
	value("registers", words[1] != 0, HAS_REGS && all && has_args());
	value("arguments", words[2] != 0, has_args());
	/* Somebody else's wish is everybody's gain. */
	probe_init(&other, REGS);
	probe_on(&other, traced_ten);
	value("register", (unsigned long)register_ftrace_function(&other.ops),
	      0);
	call_ten();
	value("NULL", words[0], false);
	value("registers", words[1] != 0, HAS_REGS);
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&other.ops), 0);
	call_ten();
	value("NULL", words[0], !has_args());
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

const struct conf_case regs_cases[] = {
	{ "regs_get_args", "-", regs_get_args },
	{ "regs_get_full", "-", regs_get_full },
	{ "regs_set_argument", "-", regs_set_argument },
	{ "regs_set_ip", "-", regs_set_ip },
	{ "regs_override", "-", regs_override },
	{ "regs_keep", "-", regs_keep },
	{ "regs_ipmodify_one", "-", regs_ipmodify_one },
	{ "regs_by_name", "-", regs_by_name },
	{ "regs_partial", "-", regs_partial },
	{ "regs_null", "-", regs_null },
	{ "regs_store", "-", regs_store },
	{ "regs_store_all", "-", regs_store_all },
	{ "regs_store_away", "-", regs_store_away },
	{ NULL, NULL, NULL },
};
