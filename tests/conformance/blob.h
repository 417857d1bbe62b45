/* SPDX-License-Identifier: MIT */
/* Modules of generated code: copies of a traced function, as compiled. */
#ifndef CONFORMANCE_BLOB_H
#define CONFORMANCE_BLOB_H

#include <ftrace/module.h>

#include "conformance.h"

#define BLOB_MAX 64

/**
 * struct blob - a module of its own, in a page of its own
 * @fn: functions that do what traced_one() does
 * @nr: how many
 */
struct blob {
	struct ftrace_module mod;
	traced_fn *fn[BLOB_MAX];
	unsigned int nr;
	void *page;
	bool running;	/* other threads may be in it when it is added */
};

/* A function pointer to generated code. */
traced_fn *blob_pointer(unsigned long code);
/* Before the library's first use: remember the compiled bytes. */
void blob_save(void);
/* A page with @nr functions, not a module yet. */
bool blob_make(struct blob *b, unsigned int nr);
/* The library's module, not enabled yet: 0 or its error. */
int blob_init(struct blob *b);
/* The library's module, enabled: 0 or its error. */
int blob_add(struct blob *b);
/* As another patcher would: a site of it gets other bytes. */
void blob_write(struct blob *b, unsigned long ip, const unsigned char *bytes);

#endif
