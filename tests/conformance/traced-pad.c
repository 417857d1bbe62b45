/* SPDX-License-Identifier: MIT */
/* Functions that also begin with a landing pad, where the target has them. */
#include "conformance.h"

#define TRACED __attribute__((noipa, aligned(16)))

TRACED long traced_pad(long x)
{
	return x + 6;
}

/* With a frame: its return address may be signed behind the site. */
TRACED long traced_pad_calls(long (*fn)(long), long x)
{
	return fn(x) + 7;
}
