/* SPDX-License-Identifier: MIT */
/* i386: upper parts of vectors stay unused: x86_64's case. */
#include "../x86_64/clean.c"
