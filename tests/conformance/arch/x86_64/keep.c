/* SPDX-License-Identifier: MIT */
/* x86: conservative mode loses no vector register and no opmask. */
#include <string.h>

#include <ftrace/module.h>

#include "arch-cases.h"

void keep_target(const void *in, void *seen, unsigned int width);
void keep_call(const void *in, void *seen, unsigned int width);
void keep_destroy(unsigned int width);

#define SIZE (KEEP_REGS_512 * 64 + 8 * 8)

static unsigned char in[SIZE], seen[SIZE];
static struct probe one;
static unsigned int width, size;

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	keep_destroy(width);
}

static void check(void)
{
	memset(seen, 0xee, sizeof(seen));
	keep_call(in, seen, width);
	value("vectors", (unsigned long)memcmp(seen, in, size), 0);
}

/* From here on nothing above xmm is in use, as far as a CPU can tell. */
static void forget_upper(void)
{
	static unsigned char area[4096] __attribute__((aligned(64)));
	const unsigned int mxcsr = 0x1f80;

	memcpy(area + 24, &mxcsr, sizeof(mxcsr));
	__asm__ volatile("xrstor %0" :: "m"(area), "a"(0xe4), "d"(0));
}

/* xmm alone, which no instruction ever made wider. */
static void check_narrow(void)
{
	unsigned int whole = width;

	if (!width)
		return;
	width = 16;
	memset(seen, 0xee, sizeof(seen));
	if (whole > width)
		forget_upper();
	keep_call(in, seen, width);
	value("narrow", (unsigned long)memcmp(seen, in, KEEP_REGS * 16), 0);
	width = whole;
}

/* All in use, one alone, the lowest parts only, none. */
static void check_all(void)
{
	unsigned int i, at;

	for (i = 0; i < size; i++)
		in[i] = (unsigned char)(i * 7 + 1);
	check();
	check_narrow();
	for (i = 0; i < size; i += 8) {
		memset(in, 0, sizeof(in));
		in[i + 7] = 0x80;
		check();
	}
	memset(in, 0, sizeof(in));
	for (i = 0; width && i < KEEP_REGS; i++)
		for (at = 0; at < 16; at++)
			in[i * width + at] = (unsigned char)(i + at + 1);
	check();
	memset(in, 0, sizeof(in));
	check();
}

void wide_keep(void)
{
	width = __builtin_cpu_supports("avx512f") ? 64 :
		__builtin_cpu_supports("avx") ? 32 :
		__builtin_cpu_supports("sse") ? 16 : 0;
	size = width == 64 ? SIZE : KEEP_REGS * width;
	note("%u bytes", width);
	check_all();
	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	probe_init(&one, 0);
	one.ops.func = callback;
	probe_on(&one, keep_target);
	value("register", (unsigned long)register_ftrace_function(&one.ops), 0);
	check_all();
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
	count("hits", one.hits, size / 8 + (width ? 4 : 3));
	check_all();
}
