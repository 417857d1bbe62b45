/* SPDX-License-Identifier: MIT */
/* x86: the cases that cases.c lists and other files hold. */
#ifndef CONFORMANCE_ARCH_CASES_H
#define CONFORMANCE_ARCH_CASES_H

#include "../../conformance.h"

void wide_args(void);
void wide_regs(void);
void wide_clean(void);
void wide_clean_keep(void);
void wide_unattached(void);
void stack_ymm(void);
void stack_x87(void);
void wide_keep(void);
/* traced-fentry.c */
long traced_fentry(long x);
long traced_fentry_calls(long (*fn)(long), long x);

void sites_fentry(void);
void sites_places(void);
void sites_places_live(void);
void sites_places_fail(void);
void late_graph(void);

#endif
