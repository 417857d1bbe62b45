/* SPDX-License-Identifier: MIT */
/*
 * The whole interface in one script, each call of which fails in every way that
 * a host can fail before it succeeds: for the fake machine and for real ones.
 */
#ifndef CONFORMANCE_API_H
#define CONFORMANCE_API_H

#include <stdbool.h>

#include <ftrace/module.h>

#define API_FUNCS 3

/**
 * struct api_way - a way for the host to fail
 * @name: for what is said of it
 * @nr: the host's own
 * @all: not the k-th call alone, but all behind it too
 */
struct api_way {
	const char *name;
	unsigned int nr;
	bool all;
};

/**
 * struct api - what the script runs on
 * @fn: functions with sites: their code
 * @name: and their names
 * @call: calls one
 * @direct: two direct functions
 * @module: generated code that is no module yet; one of the same each time
 * @object: one that can be added; NULL where all are here
 * @fail: from now on the host fails so at its @k-th call; 0: it is well
 * @failed: how often it did
 * @logged: was there such a line since @forget
 * @forked: in a child: what it stores into text must not be its parent's
 */
struct api {
	unsigned long fn[API_FUNCS], direct[2];
	const char *name[API_FUNCS];
	void (*call)(unsigned int fn);
	struct ftrace_module *module;
	struct ftrace_object *object;
	void (*fail)(const struct api_way *way, unsigned long k);
	unsigned long (*failed)(void);
	bool (*logged)(const char *words);
	void (*forget)(void);
	void (*forked)(void);
};

/**
 * struct api_step - a call of the script, or a few
 * @name: for what is said of it
 * @run: 0 or its error
 * @how: API_CHANGES: it may change something before it fails, as its header
 *	says; API_ENDS: nothing comes after it, so it is made in children alone
 */
struct api_step {
	const char *name;
	int (*run)(void);
	unsigned int how;
};

#define API_CHANGES	1u
#define API_ENDS	2u

/* api.c */
extern const struct api *api_with;
extern const struct api_step api_script[];
extern const unsigned int api_steps;

/**
 * struct api_result - how that went
 * @tries: calls that were made to fail
 * @errors: of these, calls that returned an error
 * @wrong: what was not as it must be: 0
 * @dead: the library gave up, as it has to when writing fails for good
 */
struct api_result {
	unsigned long tries, errors, wrong, dead;
	char why[200];	/* of the first */
};

void api_run(const struct api *with, const struct api_way *way,
	     struct api_result *result);

#endif
