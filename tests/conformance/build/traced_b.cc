// SPDX-License-Identifier: MIT
// The functions of the build rows in C++: the second of two files.
#include "traced.hh"

BUILD_KEEP long build_in_b(long x)
{
	build_class c(9);

	return build_via<int>(x) + build_via<char>(x) + build_inline(x) +
	       c.method(x) + build_twice(x) + 8;
}
