/* SPDX-License-Identifier: MIT */
/* arm64: conservative mode loses no vector, no predicate and no ffr. */
#include <string.h>
#include <sys/prctl.h>

#include <ftrace/module.h>

#include "arch-cases.h"

void keep_target(const void *in, void *seen, bool sve);
void keep_call(const void *in, void *seen, bool sve, const void *target);
void keep_destroy(bool sve);

/* Of this many bytes, and a predicate for each eight of them. */
#define VECTOR_MAX 256
#define PREDICATES 17		/* with ffr, the last */

static unsigned char in[32 * VECTOR_MAX + PREDICATES * VECTOR_MAX / 8];
static unsigned char seen[sizeof(in)];
static struct probe one;
static unsigned int width, size;	/* of a vector, and of all */
static unsigned long checks;
static const void *target;
static bool sve;

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	keep_destroy(sve);
}

static void check(void)
{
	memset(seen, 0xee, sizeof(seen));
	keep_call(in, seen, sve, target);
	value("vectors", (unsigned long)memcmp(seen, in, size), 0);
	checks++;
}

/* ffr holds only ones, and from its first bit on: @n of them. */
static void set_ffr(unsigned int n)
{
	unsigned char *ffr = in + 32 * width + (PREDICATES - 1) * (width / 8);
	unsigned int i;

	memset(ffr, 0, width / 8);
	for (i = 0; sve && i < n; i++)
		ffr[i / 8] |= (unsigned char)(1u << i % 8);
}

/* Each word of all there is, alone. */
static void check_words(void)
{
	unsigned int end = sve ? size - width / 8 : size, i;

	for (i = 0; i < end; i += 8) {
		memset(in, 0, sizeof(in));
		in[i] = 1;
		in[i + 7 < end ? i + 7 : end - 1] |= 0x80;
		check();
	}
}

static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + 1);
	set_ffr(3);
	check();
	check_words();
	memset(in, 0, sizeof(in));
	set_ffr(width);
	check();
	set_ffr(width - 1);
	check();
	set_ffr(0);
	check();
}

void keep_traced(const void *code)
{
	target = code;
	sve = cpu_has_sve();
	width = sve ? prctl(PR_SVE_GET_VL) & PR_SVE_VL_LEN_MASK : 16;
	size = 32 * width + (sve ? PREDICATES * (width / 8) : 0);
	note("%u bytes", width);
	check_all();
	probe_init(&one, 0);
	one.ops.func = callback;
	probe_on(&one, code);
	value("register", (unsigned long)register_ftrace_function(&one.ops), 0);
	checks = 0;
	check_all();
	value("unregister",
	      (unsigned long)unregister_ftrace_function(&one.ops), 0);
	count("hits", one.hits, checks);
	check_all();
}

void wide_keep(void)
{
	value("conservative", (unsigned long)ftrace_set_conservative("*"), 0);
	keep_traced((const void *)keep_target);
}
