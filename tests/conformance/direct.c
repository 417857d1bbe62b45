/* SPDX-License-Identifier: MIT */
/* Area 8: a direct call alone on its function. */
#include <string.h>
#include <sys/mman.h>

#include "conformance.h"
#include "../../generic/internal.h"

unsigned long direct_hits[3];
unsigned long direct_into, direct_parent, direct_order;
void (*direct_hook)(void);

void direct_hit(unsigned long which, unsigned long into, unsigned long parent)
{
	__atomic_fetch_add(&direct_hits[which], 1, __ATOMIC_RELAXED);
	direct_into = into;
	direct_parent = parent;
	direct_order = ++order_now;
	if (direct_hook)
		direct_hook();
	/* No tail call: it is looked for in a backtrace. */
	__asm__ volatile("");
}

bool has_own_thunk(unsigned long ip)
{
	return !arch_ftrace_modifiable(ip);
}

void show_direct(const char *name, unsigned long ip, unsigned long addr)
{
	struct ftrace_site_info info;

	if (has_own_thunk(ip)) {
		show_thunk(name, ip, 1);
		return;
	}
	value("listed", site_info(ip, &info), true);
	value("clients", info.count, 1);
	value("direct", info.flags & FTRACE_SITE_DIRECT, FTRACE_SITE_DIRECT);
	show_call(name, ip, addr);
}

void show_far(const char *name, unsigned long ip, unsigned long addr)
{
	if (HAS_FAR)
		show_thunk(name, ip, 1);
	else
		show_direct(name, ip, addr);
}

/* 8 GiB, or 128 MiB where all is smaller. */
#define FAR_STEP ((unsigned long)(sizeof(long) == 8 ? 8ULL << 30 : 128 << 20))

static bool is_far(unsigned long addr)
{
	unsigned long ip = CODE(traced_one);
	unsigned long gap = addr > ip ? addr - ip : ip - addr;

	return !HAS_FAR || (gap > FTRACE_BRANCH_REACH &&
			    gap - FTRACE_BRANCH_REACH >
				    FTRACE_BRANCH_REACH + (4UL << 20));
}

/* A counting trampoline that no branch of ours reaches; 0 without a place. */
unsigned long far_make(unsigned long *counter)
{
	size_t size = (size_t)(direct_far_end - direct_far);
	unsigned long step, addr;
	unsigned char *p;
	int dir;

	for (step = 1; step < 32; step++) {
		for (dir = 0; dir < 2; dir++) {
			addr = (CODE(traced_one) & ~0xffffUL) +
			       (dir ? -step : step) * FAR_STEP;
			p = mmap((void *)addr, 65536, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (p != MAP_FAILED && is_far((unsigned long)p))
				goto found;
			if (p != MAP_FAILED)
				munmap(p, 65536);
		}
	}
	return 0;
found:
	memcpy(p, direct_far, size);
	memcpy(p + size - sizeof(counter), &counter, sizeof(counter));
	mprotect(p, 65536, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)p, (char *)p + size);
	return (unsigned long)p;
}

static void call_one(void)
{
	value("result", (unsigned long)traced_one(1), 2);
}

static unsigned long site(void)
{
	return ftrace_location(CODE(traced_one));
}

static void near_by(unsigned long add, unsigned long del)
{
	unsigned long addr = CODE(direct_one);

	direct_hits[1] = 0;
	value("find", ftrace_find_rec_direct(add), 0);
	must("register", register_ftrace_direct(add, addr));
	show_direct("traced_one", site(), addr);
	value("find", ftrace_find_rec_direct(del), addr);
	value("result", (unsigned long)traced_one(1), 2);
	count("hits", direct_hits[1], 1);
	value("into", direct_into, site() + MCOUNT_INSN_SIZE);
	value("parent is here", direct_parent - CODE(near_by) < 4096, true);
	must("unregister", unregister_ftrace_direct(del, addr));
	show_nop("traced_one", site());
	call_one();
	count("hits", direct_hits[1], 1);
}

static void direct_near(void)
{
	near_by(site(), site());
}

/* The same function, by each of its addresses. */
static void direct_by_address(void)
{
	unsigned long start = CODE(traced_one);
	unsigned long local = arch_local_entry(start);

	near_by(start, site());
	near_by(site(), start);
	near_by(local, start);
	near_by(start, local);
	near_by(local, site());
	value("location", ftrace_location(start), site());
	value("location", ftrace_location(local), site());
}

static void direct_distant(void)
{
	unsigned long far_hits = 0, addr = far_make(&far_hits);

	value("far", addr != 0, true);
	must("register", register_ftrace_direct(site(), addr));
	show_far("traced_one", site(), addr);
	value("find", ftrace_find_rec_direct(site()), addr);
	call_one();
	call_one();
	count("far", far_hits, 2);
	must("unregister", unregister_ftrace_direct(site(), addr));
	show_nop("traced_one", site());
	call_one();
	count("far", far_hits, 2);
	must("register", register_ftrace_direct(site(), addr));
	call_one();
	count("far", far_hits, 3);
	must("unregister", unregister_ftrace_direct(site(), addr));
}

static void modify(unsigned long from, unsigned long to)
{
	must("modify", modify_ftrace_direct(site(), from, to));
	value("find", ftrace_find_rec_direct(site()), to);
	call_one();
}

static void direct_modify(void)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);
	unsigned long hits_a = 0, hits_b = 0;
	unsigned long a = far_make(&hits_a), b = far_make(&hits_b);

	must("register", register_ftrace_direct(site(), one));
	call_one();
	modify(one, two);
	show_direct("traced_one", site(), two);
	count("one", direct_hits[1], 1);
	count("two", direct_hits[2], 1);
	modify(two, a);
	show_far("traced_one", site(), a);
	count("two", direct_hits[2], 1);
	count("far a", hits_a, 1);
	modify(a, b);
	show_far("traced_one", site(), b);
	count("far a", hits_a, 1);
	count("far b", hits_b, 1);
	modify(b, one);
	show_direct("traced_one", site(), one);
	modify(one, one);
	count("one", direct_hits[1], 3);
	count("two", direct_hits[2], 1);
	count("far b", hits_b, 1);
	must("unregister", unregister_ftrace_direct(site(), one));
	show_nop("traced_one", site());
	call_one();
	count("one", direct_hits[1], 3);
}

static struct snap before;

static void refuse(const char *name, int got, int want, const char *call,
		   const char *reason)
{
	refused(name, got, want, call, reason);
	snap_same(name, &before);
}

/* What is wrong while the function has no direct call. */
static void errors_without(unsigned long one, unsigned long two)
{
	const char *reg = "register_ftrace_direct";

	refuse("no site", register_ftrace_direct(CODE(plain_ten), one),
	       -ENODEV, reg, "no site");
	refuse("inside the site", register_ftrace_direct(site() + 1, one),
	       -ENODEV, reg, "no site");
	refuse("no address", register_ftrace_direct(site(), 0), -EINVAL, reg,
	       "address is 0");
	refuse("not there", unregister_ftrace_direct(site(), one), -ENODEV,
	       "unregister_ftrace_direct", "no direct call");
	refuse("not there", modify_ftrace_direct(site(), one, two), -ENODEV,
	       "modify_ftrace_direct", "no direct call");
	refuse("no site", unregister_ftrace_direct(CODE(plain_ten), one),
	       -ENODEV, "unregister_ftrace_direct", "no site");
	refuse("no site", modify_ftrace_direct(CODE(plain_ten), one, two),
	       -ENODEV, "modify_ftrace_direct", "no site");
}

/* And while it has one: @one. */
static void errors_with(unsigned long one, unsigned long two)
{
	refuse("twice", register_ftrace_direct(site(), one), -EBUSY,
	       "register_ftrace_direct", "has a direct call");
	refuse("second", register_ftrace_direct(site(), two), -EBUSY,
	       "register_ftrace_direct", "has a direct call");
	refuse("wrong", unregister_ftrace_direct(site(), two), -EINVAL,
	       "unregister_ftrace_direct", "another");
	refuse("wrong old", modify_ftrace_direct(site(), two, one), -EINVAL,
	       "modify_ftrace_direct", "another");
	refuse("no new", modify_ftrace_direct(site(), one, 0), -EINVAL,
	       "modify_ftrace_direct", "address is 0");
	refuse("no old", modify_ftrace_direct(site(), 0, two), -EINVAL,
	       "modify_ftrace_direct", "address is 0");
	refuse("no address", unregister_ftrace_direct(site(), 0), -EINVAL,
	       "unregister_ftrace_direct", "address is 0");
}

static void direct_errors(void)
{
	unsigned long one = CODE(direct_one), two = CODE(direct_two);

	snap_take(&before);
	log_clear();
	errors_without(one, two);
	must("register", register_ftrace_direct(site(), one));
	snap_take(&before);
	errors_with(one, two);
	call_one();
	count("one", direct_hits[1], 1);
	count("two", direct_hits[2], 0);
	must("modify", modify_ftrace_direct(site(), one, two));
	must("unregister", unregister_ftrace_direct(site(), two));
	must("register", register_ftrace_direct(site(), two));
	call_one();
	count("two", direct_hits[2], 1);
	must("unregister", unregister_ftrace_direct(site(), two));
	show_nop("traced_one", site());
}

static long six[6];

void trampoline_body(long a, long b, long c, long d, long e, long f)
{
	const long now[6] = { a, b, c, d, e, f };

	memcpy(six, now, sizeof(six));
}

/* The library's own trampoline: its C function gets what the traced one gets. */
static void direct_trampoline(void)
{
	unsigned long ip = ftrace_location(CODE(traced_ten)), i, round;
	unsigned long addr = CODE(trampoline_six);
	struct probe p;

	for (round = 0; round < 2; round++) {
		probe_init(&p, 0);
		probe_on(&p, traced_ten);
		must("register", register_ftrace_direct(ip, addr));
		if (round)
			must("client", register_ftrace_function(&p.ops));
		memset(six, 0, sizeof(six));
		value("result", (unsigned long)traced_ten(11, 12, 13, 14, 15,
							  16, 17, 18, 19, 20),
		      935);
		for (i = 0; i < 6; i++)
			value("argument", (unsigned long)six[i], 11 + i);
		count("client", p.hits, round);
		if (round)
			must("client", unregister_ftrace_function(&p.ops));
		must("unregister", unregister_ftrace_direct(ip, addr));
		ftrace_free_filter(&p.ops);
	}
}

const struct conf_case direct_cases[] = {
	{ "direct_near", "-", direct_near },
	{ "direct_by_address", "-", direct_by_address },
	{ "direct_distant", "-", direct_distant },
	{ "direct_modify", "-", direct_modify },
	{ "direct_errors", "-", direct_errors },
	{ "direct_trampoline", "-", direct_trampoline },
	{ NULL, NULL, NULL },
};
