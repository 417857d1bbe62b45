/* SPDX-License-Identifier: MIT */
/* i386: conservative mode: x86_64's case, eight registers. */
#include "../x86_64/keep.c"
