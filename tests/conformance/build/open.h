/* SPDX-License-Identifier: MIT */
/* What the build rows that load objects share. */
#ifndef CONFORMANCE_BUILD_OPEN_H
#define CONFORMANCE_BUILD_OPEN_H

#include <ftrace/module.h>

#include "../conformance.h"
#include "build.h"

struct opened {
	void *handle;
	const struct build_traced *t;
};

const char *object_path(void);
const struct build_traced *open_file(struct opened *o, const char *path);
const struct build_traced *open_object(struct opened *o);
void open_nothing_left(void);

/* linked.c has none of either; announced.c none of the second. */
extern const struct conf_case open_cases[], plain_cases[];
extern const bool open_plain;	/* built without ftrace_object.o */

#endif
