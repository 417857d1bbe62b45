// SPDX-License-Identifier: MIT
// The functions of the build rows in C++: the first of two files.
#include "traced.hh"

namespace {
BUILD_KEEP long hidden(long x)
{
	return x + 100;
}
}

extern "C" BUILD_KEEP long build_c(long x)
{
	return x + 7;
}

// Not every implementation can be pointed at: a function for each that calls.
static BUILD_KEEP long method(long x)
{
	build_class c(3);

	return c.method(x) + c.overridden(x);
}

static const build_fn fns[] = {
	{ nullptr, hidden, 101, 1 },
	{ "build_c", build_c, 8, 1 },
	{ nullptr, method, 2, 4 },
	{ nullptr, build_inline, 21, 1 },
	{ nullptr, build_via<int>, 6, 2 },
	{ nullptr, build_via<short>, 4, 2 },
	{ nullptr, build_twice<long>, 2, 1 },
	{ nullptr, build_in_b, 50, 9 },
	{ nullptr, nullptr, 0, 0 },
};

// Beside these: build_twice of int, short and char, build_via of char, two
// methods and a constructor.
const struct build_traced build_traced = { fns, 7, 0, nullptr, nullptr };
