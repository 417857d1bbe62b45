/* SPDX-License-Identifier: MIT */
/* What every unit test stands on: fake text, a host that fails on demand. */
#ifndef FTRACE_UNIT_FAKE_H
#define FTRACE_UNIT_FAKE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../generic/internal.h"
#include "../fakearch/insn.h"
#include "../fakearch/machine.h"

/*
 * The host: the Linux one, wrapped. Each service counts its calls, and fails
 * those that it was told to.
 */
enum fake_service {
	FAKE_TEXT_CHECK,
	FAKE_TEXT_OPEN,
	FAKE_TEXT_CLOSE,
	FAKE_TEXT_POKE,
	FAKE_SYNC_CORE,
	FAKE_BARRIER,
	FAKE_FLUSH,
	FAKE_PIN,
	FAKE_ALLOC,
	FAKE_ALLOC_PAGES,
	FAKE_ALLOC_NEAR,
	FAKE_PROTECT,
	FAKE_LIST_OBJECTS,
	FAKE_MAP_FILE,
	FAKE_MEMORY,	/* counts beside each of the three alloc services */
	FAKE_ANY,	/* counts beside each service that can fail */
	FAKE_SERVICES,
};

#define FAKE_LOG_LINES	64
#define FAKE_LOG_SIZE	600

struct fake {
	unsigned long calls[FAKE_SERVICES];
	/* call numbers, inclusive */
	unsigned long fail_from[FAKE_SERVICES];
	unsigned long fail_to[FAKE_SERVICES];
	bool alone;
	bool alias;		/* text is written through its other mapping */
	bool trust;		/* text_check says yes */
	bool stay_disabled;	/* fake_text_named() does not enable */
	unsigned long blocked;	/* signals are, in this process */
	long live;		/* blocks of alloc not freed */
	long live_files;	/* mapped */
	long live_pages;	/* bytes of alloc_pages and alloc_near */
	unsigned long near, lo, hi;	/* of the last alloc_near */
	unsigned long windows;	/* handed to text_open */
	long differ;		/* that ftrace_verify() shall find */
	unsigned long frames;	/* registered and not taken back */
	bool odd;		/* functions of new texts: odd addresses */
	unsigned long (*thread_id)(void);
	void (*on_open)(void);	/* runs inside a window */
	void (*on_relax)(void);
	const struct ftrace_host_object *objects;	/* loaded */
	size_t nr_objects;
	char log[FAKE_LOG_LINES][FAKE_LOG_SIZE];
	unsigned int nr_log;
};

extern struct fake fake;
extern struct ftrace_host_ops fake_host;

/* A shorter run, under valgrind. */
static inline bool unit_quick(void)
{
	return getenv("UNIT_QUICK");
}

/* A service that tests put in when they want it. */
int fake_text_poke(const struct ftrace_poke *p, unsigned int n);

void fake_setup(void);
void fake_verify(void);
void fake_host_build(void);
TCase *fake_case(Suite *s, const char *name);

/* The @k-th call from now fails, once; @n calls from there on. */
void fake_fail(enum fake_service s, unsigned long k);
void fake_fail_n(enum fake_service s, unsigned long k, unsigned long n);
void fake_heal(void);

void fake_log_clear(void);
bool fake_logged(const char *words);

/* The call fails with @err, and the log names it. */
#define expect_fail(err, name, expr)                                        \
	do {                                                                \
		fake_log_clear();                                           \
		ck_assert_int_eq(expr, err);                                \
		ck_assert_msg(fake_logged("libftrace: " name ": "),         \
			      "%s is not named in the log", name);          \
	} while (0)

#define expect_logged(words) \
	ck_assert_msg(fake_logged(words), "not in the log: %s", words)

/*
 * Text: functions of 32 bytes, every fourth with a pad before its site. At odd
 * addresses a site of the fake machine takes three stores, and cannot go from
 * call to call.
 */
#define FAKE_STRIDE	32

struct fake_text {
	struct ftrace_module mod;
	unsigned char *at;	/* as it is run */
	unsigned char *rw;	/* the same memory, to write to */
	size_t nr, size, mapped, shift;
	unsigned long *sites;
	unsigned char *base;	/* with the pools for alloc_near around it */
	size_t used[2];		/* of the pool below and of the one above */
	struct fake_text *next;
};

void fake_text_map(struct fake_text *t, size_t nr);
void fake_text_map_size(struct fake_text *t, size_t nr, size_t size);
void fake_text_make(struct fake_text *t, size_t nr);	/* map, init, enable */
void fake_text_named(struct fake_text *t, size_t nr);	/* with f0, f1 ... */
void fake_text_drop(struct fake_text *t);		/* release, unmap */
unsigned long fake_fn(const struct fake_text *t, size_t i);
unsigned long fake_site(const struct fake_text *t, size_t i);
struct dyn_ftrace *fake_rec(const struct fake_text *t, size_t i);
bool fake_is(const struct fake_text *t, size_t i, const char *insn);
void fake_poke(struct fake_text *t, size_t i, const char *insn);

/* A thread calls a function; where it goes on is behind the site. */
#define FAKE_PARENT	0x1234UL
void fake_call(const struct fake_text *t, size_t i);

/* All that a failed call must leave as it was. */
struct fake_state {
	struct ftrace_stats st;
	unsigned char *text;
	struct dyn_ftrace *rec;
};

void fake_save(struct fake_state *s, const struct fake_text *t);
void fake_same(struct fake_state *s, const struct fake_text *t);
/* The same when all clients have left: records say that they were touched. */
void fake_gone(struct fake_state *s, const struct fake_text *t);

/* A client that counts. */
struct probe {
	struct ftrace_ops ops;
	unsigned long hits, ip, parent;
	struct ftrace_regs *fregs;
	struct pt_regs *regs;
};

extern struct probe *fake_order[64];	/* who was called, in turn */
extern unsigned int fake_nr_order;

void probe_init(struct probe *p, unsigned long flags);
void probe_on(struct probe *p, const struct fake_text *t, size_t i);
void probe_free(struct probe *p);
struct ftrace_stats fake_stats(void);

/* Direct functions of the fake machine. */
extern unsigned long fake_direct_hits[2];
void fake_direct_a(struct pt_regs *cpu);
void fake_direct_b(struct pt_regs *cpu);
#define DIRECT_A	((unsigned long)fake_direct_a)
#define DIRECT_B	((unsigned long)fake_direct_b)

/* Files for map_file: "fake:..." names one of these, copied to the heap. */
struct fake_sym {
	const char *name;
	unsigned long value, size;
	unsigned char info;
	unsigned short shndx;
};

struct fake_file {
	char path[32];
	unsigned char *at;
	size_t size;
	struct fake_file *next;
};

void fake_elf(struct fake_file *f, const struct fake_sym *sym, size_t nr,
	      unsigned int type);
void fake_file_add(struct fake_file *f);

#endif
