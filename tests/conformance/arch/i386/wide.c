/* SPDX-License-Identifier: MIT */
/* i386: vector arguments keep all their bits: x86_64's cases, three registers. */
#include "../x86_64/wide.c"
