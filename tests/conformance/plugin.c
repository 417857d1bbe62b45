/* SPDX-License-Identifier: MIT */
/* A shared object with a site, whose constructor calls the program. */
long plugin_traced(long x);
void conformance_constructor(long (*fn)(long x));

__attribute__((noipa)) long plugin_traced(long x)
{
	return x + 5;
}

__attribute__((constructor)) static void construct(void)
{
	conformance_constructor(plugin_traced);
}
