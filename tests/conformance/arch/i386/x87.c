/* SPDX-License-Identifier: MIT */
/* i386: what is returned in x87 registers: x86_64's case. */
#include "../x86_64/x87.c"
