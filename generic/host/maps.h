/* SPDX-License-Identifier: MIT */
/* Gaps in the address space, as /proc/self/maps shows them. */
#ifndef FTRACE_HOST_MAPS_H
#define FTRACE_HOST_MAPS_H

#include <stddef.h>

int ftrace_linux_alloc_near(unsigned long near, unsigned long lo,
			    unsigned long hi, size_t size, void **p);
int ftrace_linux_prot(unsigned long addr);
int ftrace_linux_own_stack(unsigned long *low, unsigned long *high);
unsigned long ftrace_linux_mapping_end(unsigned long addr);

#endif
