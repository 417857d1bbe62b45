/* SPDX-License-Identifier: MIT */
/* arm64: the cases that arch.c lists and other files hold. */
#ifndef CONFORMANCE_ARCH_CASES_H
#define CONFORMANCE_ARCH_CASES_H

#include "../../conformance.h"

/* What the kernel says of the CPU. */
bool cpu_has_sve(void);
bool cpu_has_bti(void);

/* shared/pcs.c: functions that keep more than the base standard asks for */
struct pcs_fn {
	const char *name;
	const void *code;
	long (*call)(long x);	/* x + 9, by way of it; or see keep_traced() */
	bool sve;		/* runs only where the CPU has it */
};

extern const struct pcs_fn pcs_fns[];	/* ends without a name */

/*
 * keep.c: @code is like keep_target(), and of a conservative module; it sees
 * what was there, with a client that destroys all, and without.
 */
void keep_traced(const void *code);

void wide_args(void);
void wide_keep(void);
void refuse_variant(void);
void sites_guarded(void);
void sites_guarded_keep(void);

#endif
