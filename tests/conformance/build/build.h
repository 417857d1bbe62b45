/* SPDX-License-Identifier: MIT */
/* Build rows: one program, compiled and linked in every way that there is. */
#ifndef CONFORMANCE_BUILD_H
#define CONFORMANCE_BUILD_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A function with a site. The list ends without @fn. */
struct build_fn {
	const char *name;	/* NULL: only the linker knows */
	long (*fn)(long x);
	long want;		/* fn(1) */
	unsigned long hits;	/* functions entered by it, itself counted */
};

/* What traced code says of itself; one in each program or shared object. */
struct build_traced {
	const struct build_fn *fn;
	unsigned long others;	/* functions with a site that it does not list */
	unsigned long folded;	/* functions that the linker gave another's code */
	/* the list of sites, in C: to be spoilt */
	unsigned long *sites, *sites_end;
};

extern const struct build_traced build_traced;

/* -Os aligns no function, whatever flags say, and x86 sites need to be. */
#ifdef __OPTIMIZE_SIZE__
#define BUILD_ALIGNED __attribute__((aligned(16)))
#else
#define BUILD_ALIGNED
#endif

/* No caller knows what it does, no other function is merged with it. */
#ifdef __clang__
#define BUILD_KEEP __attribute__((noinline)) BUILD_ALIGNED
#else
#define BUILD_KEEP __attribute__((noipa)) BUILD_ALIGNED
#endif

/* linked.c or open.c: find the traced code, before a case begins. */
const struct build_traced *build_find(void);
/* One call of each function, its result checked; how many were entered. */
unsigned long build_call_all(const struct build_traced *t);
unsigned long build_distinct(const struct build_traced *t);	/* addresses */
unsigned long build_sites(void);
const char *build_dir(void);	/* that the program lies in */

#ifdef __cplusplus
}
#endif
#endif
