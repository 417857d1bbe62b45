/* SPDX-License-Identifier: MIT */
/* What the samples share: one program each, with what it calls in it. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdio.h>
#include <stdlib.h>

#include <ftrace/ftrace.h>
#include <ftrace/ftrace_regs.h>

/* A function that stays one: others' calls of it are what is traced. */
#define TRACED __attribute__((noipa))

/* SAMPLE.S, and the bodies that it calls */
void sample_direct(void);
void sample_direct_new(void);
void sample_direct_ip(void);
void sample_body(long a, long b);
void sample_body_new(long a, long b);
void sample_body_ip(unsigned long ip);

/* A code address, as the library takes it; not all function pointers are one. */
#define CODE(fn) ftrace_code((const void *)(fn))

/* Every call can fail, and says why on stderr by itself. */
static inline notrace void check(int err)
{
	if (err)
		exit(1);
}

#endif
