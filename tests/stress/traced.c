/* SPDX-License-Identifier: MIT */
/* The functions that are called while everything about them changes. */
#include "stress.h"

unsigned long stayed, went;

#define TRACED __attribute__((noipa)) long

TRACED traced_always(long x)
{
	return x + 1;
}

TRACED traced_direct(long x)
{
	return x + 1;
}

TRACED traced_redirect(long x)
{
	stress_add(&stayed);
	return x + 1;
}

TRACED redirected(long x)
{
	stress_add(&went);
	return x + 1;
}

static TRACED one(long x)
{
	return x + 1;
}

static TRACED two(long x)
{
	return x + 1;
}

static TRACED three(long x)
{
	return x + 1;
}

static TRACED four(long x)
{
	return x + 1;
}

long (*const traced_toggled[NR_TOGGLED])(long x) = { one, two, three, four };
