/* SPDX-License-Identifier: MIT */
/* arm64: vector arguments keep all their bits, and predicates, if there are. */
#include <string.h>
#include <sys/prctl.h>

#include "arch-cases.h"

/* Of this many bits, and a predicate for each eight of them. */
#define VECTOR_MAX 256
#define STATE_MAX (8 * VECTOR_MAX + 4 * VECTOR_MAX / 8)

void wide_target(const void *in, void *seen, bool sve);
void wide_call(const void *in, void *seen, bool sve);
void wide_destroy(void);
/* entry.S: on which of the two does a thunk lead? */
extern const char ftrace_caller[], ftrace_caller_sve[];

static unsigned char in[STATE_MAX], seen[STATE_MAX];
static struct probe one, two;
static unsigned int width, size;	/* of a vector, and of all */
static bool sve;

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	probe_hit(ip, parent_ip, op, fregs);
	if (sve)
		wide_destroy();
	else
		__asm__ volatile("movi v0.2d, #0\n\t"
				 "movi v7.2d, #0" ::: "v0", "v7");
}

/* Is what the function saw what was given? */
static void check(void)
{
	memset(seen, 0, sizeof(seen));
	wide_call(in, seen, sve);
	value("arguments", (unsigned long)memcmp(seen, in, size), 0);
}

/* One register alone, by a bit of its first and of its last byte. */
static void check_one(unsigned int at, unsigned int bytes)
{
	memset(in, 0, sizeof(in));
	in[at] = 1;
	check();
	memset(in, 0, sizeof(in));
	in[at + bytes - 1] = 0x80;
	check();
}

/* All in use, then one by one. */
static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + 1);
	check();
	for (i = 0; i < 8; i++)
		check_one(i * width, width);
	for (i = 0; i < 4; i++)
		check_one(8 * width + i * (width / 8), width / 8);
}

static void client(struct probe *p)
{
	probe_init(p, 0);
	p->ops.func = callback;
	probe_on(p, wide_target);
	value("register", (unsigned long)register_ftrace_function(&p->ops), 0);
}

static void leave(struct probe *p)
{
	value("unregister", (unsigned long)unregister_ftrace_function(&p->ops),
	      0);
	count("hits", p->hits, 25);
}

/* adr x16, slot: whose first word is the entry */
static unsigned long entry_of(unsigned long ip)
{
	struct ftrace_site_info info;
	uint32_t adr;
	int32_t to;

	value("listed", site_info(ip, &info), true);
	adr = *(const uint32_t *)info.target;
	to = (int32_t)(adr << 8) >> 13;
	return *(const unsigned long *)(info.target +
					((unsigned long)to << 2 |
					 (adr >> 29 & 3)));
}

void wide_args(void)
{
	unsigned long ip = ftrace_location(CODE(wide_target));
	unsigned long addr = CODE(direct_dump);

	sve = cpu_has_sve();
	width = sve ? prctl(PR_SVE_GET_VL) & PR_SVE_VL_LEN_MASK : 16;
	size = 8 * width + (sve ? 4 * (width / 8) : 0);
	note("%u bytes", width);
	check_all();
	client(&one);
	value("entry", entry_of(ip),
	      (unsigned long)(sve ? ftrace_caller_sve : ftrace_caller));
	check_all();
	leave(&one);
	client(&one);
	client(&two);
	check_all();
	leave(&two);
	leave(&one);
	client(&one);
	value("direct", (unsigned long)register_ftrace_direct(ip, addr), 0);
	check_all();
	value("direct", (unsigned long)unregister_ftrace_direct(ip, addr), 0);
	leave(&one);
}
