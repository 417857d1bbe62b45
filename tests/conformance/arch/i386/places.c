/* SPDX-License-Identifier: MIT */
/* i386: sites at every place, and of every kind: x86_64's cases. */
#include "../x86_64/places.c"
