/* SPDX-License-Identifier: MIT */
/* The function whose calls are counted. */
long traced(long x);

long traced(long x)
{
	return x + 1;
}
