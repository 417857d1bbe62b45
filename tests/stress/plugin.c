/* SPDX-License-Identifier: MIT */
/* A shared object with a site, which comes and goes. */
long plugin_traced(long x);

__attribute__((noipa)) long plugin_traced(long x)
{
	return x + 1;
}
