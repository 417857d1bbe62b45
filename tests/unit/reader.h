/* SPDX-License-Identifier: MIT */
/* What the reader (reader.c) and the writer (cores.c) know of each other. */
#ifndef FTRACE_UNIT_READER_H
#define FTRACE_UNIT_READER_H

#include "cores.h"
#include "stale.h"

/* What the writer did in this run; all of it follows from its position. */
#define MAX_STATES	16
#define MAX_CODE	8
#define CORES_LEVELS	2
#define MAX_SLOTS	64
#define MAX_MEM		128

struct world {
	bool on;
	bool first_gone;		/* the first site's module */
	bool nests;			/* callbacks call functions */
	uint64_t position;
	unsigned int nr_sites;
	const struct fake_text *text;
	unsigned int nr_texts;
	unsigned long site[STALE_SITES];
	unsigned int told[MAX_STATES][STALE_SITES];
	unsigned int stays;		/* registered, and switched off */
	unsigned int lo, hi;		/* on the way from one to the other */
	unsigned long code[MAX_CODE][2];	/* other text that was flushed */
	unsigned int nr_code;
	struct ftrace_slot *slot[MAX_SLOTS], was[MAX_SLOTS];
	unsigned int nr_slots;
	bool text_closed;
	bool struck;			/* the mutant has done its harm */
	/* In the order of its making; kept until the run ends. */
	struct {
		void *p;
		size_t size;
		bool freed;
	} mem[MAX_MEM];
	unsigned int nr_mem;
	unsigned long syncs, flushes, barriers;
};

extern struct world w;
extern const struct cores_mutant *mutant;
extern struct cores_result *result;

/* This schedule fails. */
void reader_bad(const char *why);
void reader_attach(void);
void reader_begin(void);
/* What the writer is about to do; behind BARRIER it looks at blocks. */
enum event { STORE, WORD, SYNC, BARRIER, CLOSE, FREE, RETURN };

/* It goes on by any number of steps; by one at least if it @must. */
void reader_run(enum event event, bool must);
void reader_barrier(void);
void reader_returned(void);	/* a call of the library has */
void reader_client(struct ftrace_ops *op);	/* a new one */
bool reader_idle(void);
/* A thread's number in the library, of none of the machine's. */
#define READER_ID (1UL << 40)

#endif
