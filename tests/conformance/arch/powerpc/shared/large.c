/* SPDX-License-Identifier: MIT */
/* A function of an object with more text than a branch reaches across. */

/* LARGE is its name. What it counts in is found by r2. */
long LARGE(long x);
static volatile long runs;

__attribute__((noipa)) long LARGE(long x)
{
	runs++;
	return x + runs;
}
