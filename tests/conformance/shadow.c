/* SPDX-License-Identifier: MIT */
/* x86: would a shadow stack find each return where its call was? */
#include <ftrace/module.h>

#include "conformance.h"
#include "stepper.h"
#include "ways.h"

#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED

/*
 * No CPU at hand has one, so each instruction is looked at before it is executed,
 * from the caller of the traced function and back. A call pushes the address that
 * it stores; a return must find the one on top. What a processor would raise an
 * exception for is counted.
 */
static unsigned long shadow[256];
static unsigned int top, mismatches;
static bool called;

static bool is_prefix(unsigned char byte)
{
	return byte == 0xf2 || byte == 0xf3 || byte == 0x3e || byte == 0x67 ||
	       (sizeof(long) == 8 && (byte & 0xf0) == 0x40);
}

static bool is_call(const unsigned char *p)
{
	return *p == 0xe8 || (*p == 0xff && (p[1] & 0x38) == 0x10);
}

static bool is_ret(const unsigned char *p)
{
	return *p == 0xc3 || *p == 0xc2;
}

/* incssp, of one address: see the architecture's step.c */
static bool is_drop(const unsigned char *p)
{
	return p[0] == 0x0f && p[1] == 0xae && (p[2] & 0xf8) == 0xe8 &&
	       p[-2] == 0xf3;
}

static void returns(unsigned long to)
{
	unsigned int found = top;

	/* Nobody saw the calls of what was there before. */
	if (!top)
		return;
	if (shadow[--top] == to)
		return;
	if (mismatches++ < 4)
		note("%#lx returns to %#lx, not to %#lx", step_pc, to,
		     shadow[top]);
	while (found && shadow[found - 1] != to)
		found--;
	if (found)
		top = found - 1;
}

static void mirror(void)
{
	const unsigned char *p = (const unsigned char *)step_pc;
	unsigned long word = *(const unsigned long *)step_sp;

	if (called && top < sizeof(shadow) / sizeof(*shadow))
		shadow[top++] = word;
	while (is_prefix(*p))
		p++;
	called = is_call(p);
	if (is_ret(p))
		returns(word);
	else if (is_drop(p) && top)
		top--;
}

static void elsewhere(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, CODE(plain_ten));
}

/**
 * struct path - a way, and whether it cannot match
 * @by_ret: where no register is free to jump by, so that an entry leaves by a
 *	return to what nobody called from: i386
 * @never: anywhere
 */
static const struct path {
	struct way way;
	bool by_ret, never;
} entry_paths[] = {
	{ .way = { .name = "one", .clients = WAY_SPOILS } },
	{ .way = { .name = "two", .clients = WAY_SPOILS | WAY_LOOKS } },
	{ .way = { .name = "regs", .clients = WAY_SPOILS, .flags = REGS } },
	{ .way = { .name = "direct", .direct = true } },
	{ .way = { .name = "direct and one", .clients = WAY_SPOILS,
		   .direct = true }, .by_ret = true },
	{ .way = { .name = "direct and one with regs", .clients = WAY_SPOILS,
		   .direct = true, .flags = REGS }, .by_ret = true },
	{ .way = { .name = "elsewhere", .clients = WAY_LOOKS, .flags = REGS,
		   .jump = elsewhere }, .by_ret = true },
	{ .way = { .name = "override", .clients = WAY_LOOKS, .flags = REGS,
		   .jump = ftrace_override_function_with_return },
	  .by_ret = true },
	/* The direct function returns to where nothing was called from. */
	{ .way = { .name = "direct and elsewhere", .clients = WAY_LOOKS,
		   .flags = REGS, .direct = true, .jump = elsewhere },
	  .never = true },
	{ .way = { .name = "a used thunk", .clients = WAY_SPOILS,
		   .spare = true } },
}, graph_paths[] = {
	{ .way = { .name = "graph", .graph = true }, .by_ret = true },
	{ .way = { .name = "graph and one", .graph = true,
		   .clients = WAY_SPOILS }, .by_ret = true },
	{ .way = { .name = "graph and one with regs", .graph = true,
		   .clients = WAY_SPOILS, .flags = REGS }, .by_ret = true },
	{ .way = { .name = "one in another", .graph = true, .nest = true },
	  .by_ret = true },
	{ .way = { .name = "graph and direct", .graph = true, .direct = true },
	  .by_ret = true },
#ifdef STATE_ODD
	{ .way = { .name = "graph where the site calls", .graph = true,
		   .odd = true } },
#endif
};

static void walk(const struct path *p, bool keep)
{
	bool never = p->never || (p->by_ret && sizeof(long) == 4), body;

	way_begin(&p->way, keep);
	way_call(&p->way, false);	/* it may be its first */
	step_keep(0);
	top = mismatches = 0;
	called = false;
	step_everywhere(true);
	step_shadow = true;
	step_begin(mirror);
	body = way_call_stepped(&p->way);
	step_end();
	step_shadow = false;
	step_everywhere(false);
	way_end(&p->way);
	value(p->way.name, mismatches != 0, never);
	value("body", body, !p->way.jump);
}

static void walk_all(const struct path *p, size_t n, bool keep)
{
	steps = 0;
	while (n--)
		walk(p++, keep);
	note("%lu instructions", steps);
}

static void shadow_entry(void)
{
	walk_all(entry_paths, sizeof(entry_paths) / sizeof(entry_paths[0]),
		 false);
}

/* The same in a module whose sites keep all. */
static void shadow_keep(void)
{
	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	walk_all(entry_paths, sizeof(entry_paths) / sizeof(entry_paths[0]),
		 true);
}

static void shadow_graph(void)
{
	walk_all(graph_paths, sizeof(graph_paths) / sizeof(graph_paths[0]),
		 false);
}

const struct conf_case shadow_cases[] = {
	{ STEP_BY_FLAG ? "shadow_entry" : NULL, "-", shadow_entry },
	{ STEP_BY_FLAG ? "shadow_keep" : NULL, "host", shadow_keep },
	{ STEP_BY_FLAG ? "shadow_graph" : NULL, "-", shadow_graph },
	{ NULL, NULL, NULL },
};
