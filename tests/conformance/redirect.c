/* SPDX-License-Identifier: MIT */
/* Area 9: calls that end up in a function of another object. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <ftrace/module.h>

#include "conformance.h"
#include "elsewhere.h"
#include "stepper.h"

#define REGS FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED
/* A static program holds it itself. */
#define FIND(name) \
	(CONF_STATIC ? &(name) : (__typeof__(&(name)))dlsym(object, #name))

static void *object;
static struct probe p;
static unsigned long to;	/* a function pointer, whatever that is here */

/* It lies beside the program. */
static void load(void)
{
	char path[4096] = "";
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);

	if (CONF_STATIC)
		return;
	while (n > 0 && path[n - 1] != '/')
		n--;
	strcpy(path + (n > 0 ? n : 0), "elsewhere.so");
	object = dlopen(path, RTLD_NOW);
	if (!object)
		note("%s", dlerror());
	value("dlopen", object != NULL, true);
}

static void redirects(unsigned long ip, unsigned long parent_ip,
		      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	unsigned long was = ftrace_regs_get_instruction_pointer(fregs);

	probe_hit(ip, parent_ip, op, fregs);
	/* There and back, and there again: only the last one counts. */
	ftrace_regs_set_instruction_pointer(fregs, CODE(plain_ten));
	ftrace_regs_set_instruction_pointer(fregs, was);
	value("as it was", ftrace_regs_get_instruction_pointer(fregs), was);
	ftrace_regs_set_instruction_pointer(fregs, to);
}

static void on(const void *from, unsigned long pointer, unsigned long flags)
{
	to = pointer;
	probe_init(&p, FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_SAVE_ARGS | flags);
	p.ops.func = redirects;
	probe_on(&p, from);
	must("register", register_ftrace_function(&p.ops));
}

static void off(void)
{
	must("unregister", unregister_ftrace_function(&p.ops));
	ftrace_free_filter(&p.ops);
}

/*
 * In the same object as the traced function: it takes for granted what this
 * object's functions keep, such as the address of its table of addresses.
 */
long redirect_caller(long x);

APART long redirect_caller(long x)
{
	long sum = traced_ten(x, 2, 3, 4, 5, 6, 7, 8, 9, 10);

	order_now++;
	return sum;
}

static void ten(unsigned long flags, unsigned long times, unsigned long hits)
{
	unsigned long order, i, *seen = FIND(elsewhere_hits);

	on((const void *)traced_ten, (unsigned long)FIND(elsewhere_ten), flags);
	traced_ten_runs = 0;
	*seen = 0;
	order = order_now;
	for (i = 0; i < times; i++)
		value("result", (unsigned long)redirect_caller(11),
		      (unsigned long)-395);
	count("there", *seen, hits);
	count("callback", p.hits, hits);
	count("body", (unsigned long)traced_ten_runs, 0);
	/* One for each callback, one for each return. */
	count("order", order_now - order, 2 * hits);
	off();
	value("result", (unsigned long)redirect_caller(11), 395);
	count("body", (unsigned long)traced_ten_runs, 1);
}

static void regs_redirect_other(void)
{
	load();
	ten(0, 3, 3);
	ten(REGS, 3, 3);
}

/* Arguments on the stack, and a result for which the caller has room. */
static void stack_and_struct(unsigned long flags)
{
	struct large v;
	long i, wrong = 0;

	on((const void *)traced_longs, (unsigned long)FIND(elsewhere_longs),
	   flags);
	value("longs", (unsigned long)traced_longs(1, 2, 3, 4, 5, 6, 7, 8, 9,
						   10, 11, 12, 13, 14),
	      (unsigned long)-1015);
	off();
	on((const void *)traced_ret_large,
	   (unsigned long)FIND(elsewhere_ret_large), flags);
	v = traced_ret_large(1, 2, 3, 4, 5, 6, 7, 8, 9);
	for (i = 0; i < 9; i++)
		wrong += v.v[i] != -(i + 1);
	count("struct", (unsigned long)wrong, 0);
	off();
}

static void regs_redirect_stack(void)
{
	load();
	stack_and_struct(0);
	stack_and_struct(REGS);
}

/* The same from the entry that keeps all, whose frames are others. */
static void regs_redirect_keep(void)
{
	must("conservative", ftrace_set_conservative("*"));
	regs_redirect_other();
	stack_and_struct(0);
}

/* The function there calls the redirected one again, and again. */
static unsigned long deep;

static void again(void)
{
	if (deep && deep--)
		value("inner", (unsigned long)redirect_caller(11),
		      (unsigned long)-395);
}

static void regs_redirect_nested(void)
{
	load();
	*FIND(elsewhere_hook) = again;
	deep = 40;
	ten(0, 1, 41);
	deep = 40;
	ten(REGS, 1, 41);
}

/* From there an unwinder finds the caller, and the caller's caller. */
static unsigned int found;

static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *unused)
{
	static const char *const chain[] = { "redirect_caller", "main" };
	unsigned long start;
	const char *name = symbol_at(_Unwind_GetIP(context) - 1, &start);

	(void)unused;
	note("%s", name);
	if (found < 2 && !strcmp(name, chain[found]))
		found++;
	return _URC_NO_REASON;
}

static void walk(void)
{
	found = 0;
	_Unwind_Backtrace(frame, NULL);
}

static void regs_redirect_unwind(void)
{
	load();
	*FIND(elsewhere_hook) = walk;
	ten(0, 1, 1);
	count("found", found, 2);
	ten(REGS, 1, 1);
	count("found", found, 2);
}

#if !CONF_STATIC
/*
 * Where a stack ends: behind the caller's frame there may be nothing to read. Not
 * all C libraries have coroutines, and the only one that lacks them is static.
 */
#define STACK 65536

static ucontext_t home;
static long answer;

/* With more arguments than it looks at, so that their registers hold something. */
static inline __attribute__((always_inline)) void call_one(void)
{
	long (*fn)(long, ...) = (long (*)(long, ...))traced_one;

	answer = fn(5L, 1L, 1L, 1L, 1L, 1L, 1L, 1L);
}

static void calls_one(void)
{
	call_one();
}

/* The first frame of a thread, which no other one is behind. */
static void calls_first(void)
{
	volatile unsigned long *frame = __builtin_frame_address(0);
	unsigned long was = *frame;

	*frame = 0;
	call_one();
	*frame = was;
}

static void on_stack(char *stack, void (*fn)(void), unsigned long flags)
{
	unsigned long before = *FIND(elsewhere_hits);
	ucontext_t first;

	answer = 0;
	on((const void *)traced_one, (unsigned long)FIND(elsewhere_one), flags);
	getcontext(&first);
	first.uc_stack.ss_sp = stack;
	first.uc_stack.ss_size = STACK;
	first.uc_link = &home;
	makecontext(&first, fn, 0);
	swapcontext(&home, &first);
	count("there", *FIND(elsewhere_hits) - before, 1);
	value("answer", (unsigned long)answer,
	      fn == (void (*)(void))traced_one ? 0 : (unsigned long)-5);
	off();
}

static void regs_redirect_end(void)
{
	char *stack = mmap(NULL, 2 * STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long flags;

	value("mmap", stack != MAP_FAILED, true);
	must("mprotect", mprotect(stack + STACK, STACK, PROT_NONE));
	load();
	for (flags = 0; flags <= REGS; flags += REGS) {
		on_stack(stack, calls_one, flags);
		on_stack(stack, calls_first, flags);
		/* Who calls that has the least of a frame. */
		on_stack(stack, (void (*)(void))traced_one, flags);
	}
	must("munmap", munmap(stack, 2 * STACK));
}

#ifdef TOC_REGISTER
/*
 * From each instruction of the way there an unwinder finds the register that leads
 * to the caller's table of addresses: an exception may be caught there.
 */
extern const char ftrace_other_toc[];
static unsigned long toc;
static unsigned int looked, other;

static _Unwind_Reason_Code toc_of(struct _Unwind_Context *context, void *unused)
{
	unsigned long start;

	(void)unused;
	if (!strcmp(symbol_at(_Unwind_GetIP(context) - 1, &start),
		    "redirect_caller")) {
		looked++;
		other += _Unwind_GetGR(context, TOC_REGISTER) != toc;
	}
	return _URC_NO_REASON;
}

static void look(void)
{
	_Unwind_Backtrace(toc_of, NULL);
}

static void regs_redirect_toc(void)
{
	load();
	TOC_TO(toc);
	on((const void *)traced_ten, (unsigned long)FIND(elsewhere_ten), 0);
	value("first", (unsigned long)redirect_caller(11), (unsigned long)-395);
	step_keep(0);
	step_function((unsigned long)ftrace_other_toc);
	step_begin(look);
	value("result", (unsigned long)redirect_caller(11), (unsigned long)-395);
	step_end();
	off();
	value("looked", looked > 20, true);
	count("other", other, 0);
}
#endif
#endif

const struct conf_case redirect_cases[] = {
	{ "regs_redirect_other", "-", regs_redirect_other },
	{ "regs_redirect_stack", "-", regs_redirect_stack },
	{ "regs_redirect_keep", "-", regs_redirect_keep },
	{ "regs_redirect_nested", "-", regs_redirect_nested },
	{ "regs_redirect_unwind", "-", regs_redirect_unwind },
#if !CONF_STATIC
	{ "regs_redirect_end", "-", regs_redirect_end },
#ifdef TOC_REGISTER
	{ "regs_redirect_toc", "-", regs_redirect_toc },
#endif
#endif
	{ NULL, NULL, NULL },
};
