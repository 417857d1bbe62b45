/* SPDX-License-Identifier: MIT */
/* x86_64: sites of six bytes, as -mfentry leaves them in a PIE. */
#include "arch-cases.h"

__attribute__((noipa)) long traced_fentry(long x)
{
	return x + 8;
}

__attribute__((noipa)) long traced_fentry_calls(long (*fn)(long), long x)
{
	return fn(x) + 9;
}
