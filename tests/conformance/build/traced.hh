/* SPDX-License-Identifier: MIT */
/* Templates and inline functions that both files of the C++ rows use. */
#ifndef CONFORMANCE_BUILD_TRACED_HH
#define CONFORMANCE_BUILD_TRACED_HH

#include "build.h"

template <typename T> BUILD_KEEP T build_twice(T x)
{
	return static_cast<T>(x * 2);
}

template <typename T> BUILD_KEEP long build_via(long x)
{
	return build_twice(static_cast<T>(x)) + static_cast<long>(sizeof(T));
}

inline BUILD_KEEP long build_inline(long x)
{
	return x + 20;
}

struct build_class {
	long v;
	BUILD_KEEP explicit build_class(long n) : v(n) {}
	BUILD_KEEP long method(long x) const { return x + v; }
	virtual BUILD_KEEP long overridden(long x) { return x - v; }
};

long build_in_b(long x);

#endif
