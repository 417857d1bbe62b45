/* SPDX-License-Identifier: MIT */
/* powerpc: what third.so and large.so have. */
#ifndef CONFORMANCE_OBJECTS_H
#define CONFORMANCE_OBJECTS_H

#include <ftrace/ftrace.h>

void third_callback(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *op, struct ftrace_regs *fregs);
struct ftrace_ops *third_last(void);
long third_uses_toc(long x);
long third_leaf(long x);
long third_one_nop(long x);
long third_four(long x);
long third_four_two(long x);
extern unsigned long third_hits;

/* objects.c */
void objects_third(void);
void objects_large(void);
void objects_kept(void);
void sites_patchable(void);
/* mixed.c */
void sites_mixed(void);
void sites_running(void);

#endif
