/* SPDX-License-Identifier: MIT */
/*
 * What the library must do, said a second time and as plainly as can be: no
 * sets, no thunks, no text; for each function who wants it.
 */
#ifndef FTRACE_FUZZ_MODEL_H
#define FTRACE_FUZZ_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define MODS 3
#define FUNCS 8			/* of each module */
#define SITES (MODS * FUNCS)
#define CLIENTS 8
#define MULTI 5			/* has direct calls, and no callback */
#define LASTING 6		/* is permanent */
#define GRAPH 7			/* is told of returns, too */
#define GLOBAL CLIENTS		/* the filters of those that have none */
#define KEEPS 2			/* the module where no return is traced */
#define DIRECTS 2

/* One side of a filter: of all sites, by number. */
struct model_side {
	unsigned int sites;
	bool none;		/* emptied, and yet not for all functions */
	unsigned int waits;	/* lines with ":mod:", by number */
};

struct model_client {
	bool on, moves;		/* registered; IPMODIFY */
	unsigned int came;
	struct model_side side[2];	/* filter, notrace */
	unsigned int direct;	/* 0 none, or its number */
};

struct model {
	bool known[MODS], live[MODS], dead;
	unsigned int stayed;		/* sites that were calls at a kill */
	unsigned int came;
	unsigned int off;		/* who came then or later waits; 0: on */
	struct model_client client[CLIENTS + 1];
	unsigned int direct[SITES];	/* of one function */
};

/* A line of a filter, without "!" */
struct model_line {
	const char *text, *name, *mod;	/* globs; mod may be NULL */
	unsigned int index;		/* or a record's number */
};

extern const struct model_line model_lines[];
extern const unsigned int model_nr_lines;

/*
 * What each call must return; the model is changed if that is 0. Where two things
 * are wrong at different functions, this may be returned instead.
 */
extern int model_also;
int model_load(struct model *m, unsigned int mod);
int model_enable(struct model *m, unsigned int mod);
int model_unload(struct model *m, unsigned int mod);
int model_register(struct model *m, unsigned int c);
int model_unregister(struct model *m, unsigned int c);
int model_filter(struct model *m, unsigned int c, unsigned int side,
		 unsigned int line, bool remove, bool reset);
int model_ips(struct model *m, unsigned int c, unsigned int first,
	      unsigned int nr, bool remove, bool reset);
void model_free(struct model *m, unsigned int c);
int model_direct(struct model *m, unsigned int site, unsigned int old,
		 unsigned int new);
int model_multi(struct model *m, unsigned int old, unsigned int new);
int model_turn(struct model *m, bool on);
void model_kill(struct model *m);

/* What is to be seen at a function. */
bool model_wants(const struct model *m, unsigned int c, unsigned int site);
bool model_calls(const struct model *m, unsigned int c, unsigned int site);
bool model_is_call(const struct model *m, unsigned int site);
unsigned int model_direct_at(const struct model *m, unsigned int site);
unsigned int model_count(const struct model *m, unsigned int site);

/* The modules by address, for numbers. */
extern unsigned int model_order[MODS];

#endif
