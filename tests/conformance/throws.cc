// SPDX-License-Identifier: MIT
// Area 13: exceptions through traced functions, caught in them, thrown again.
// No template and no inline function of the library's: g++'s lists of sites and
// its COMDAT groups do not go together.

#ifdef __clang__
#define ALONE __attribute__((noinline))
#else
#define ALONE __attribute__((noipa))
#endif
#define TRACED extern "C" ALONE __attribute__((visibility("default"), aligned(16)))
#define BEHIND __asm__ volatile("" ::: "memory")

struct error {
	long what;
};

static long order;

// What was destroyed, in turn.
struct guard {
	long n;
	explicit guard(long i) : n(i) {}
	~guard() { order = 10 * order + n; }
};

TRACED long throws_inner(long x)
{
	guard g(1);

	if (x > 5)
		throw error{ x };
	BEHIND;
	return x + 1;
}

TRACED long throws_outer(long x)
{
	guard g(2);
	long r = throws_inner(x);

	BEHIND;
	return r + 1;
}

TRACED long throws_catches(long x)
{
	try {
		return throws_inner(x);
	} catch (const error &e) {
		return -e.what;
	}
}

TRACED long throws_again(long x)
{
	guard g(3);

	try {
		return throws_outer(x);
	} catch (const error &) {
		order = 10 * order + 7;
		throw;
	}
}

// From n calls further down.
TRACED long throws_deep(long n)
{
	long r = n > 0 ? throws_deep(n - 1) : throws_inner(6);

	BEHIND;
	return r + 1;
}

TRACED long throws_tail(long x)
{
	return throws_outer(x + 1);
}

// Values that must live through it lie in registers that are kept.
static ALONE long catches(long (*fn)(long), long x, long a,
					   long b, long c, long d, long e)
{
	long s = 3 * a, t = 5 * b, u = 7 * c, v = 9 * d, w = 11 * e, r;

	try {
		guard g(4);

		r = fn(x);
	} catch (const error &error) {
		r = 100 * error.what;
	}
	BEHIND;
	return r + s + t + u + v + w;
}

static long call(long (*fn)(long), long x)
{
	return catches(fn, x, 1, 2, 3, 4, 5) - 3 - 10 - 21 - 36 - 55;
}

extern "C" __attribute__((visibility("default"))) long throws_from(long n)
{
	return call(throws_deep, n) != 600;
}

// 0 if it went as it must.
extern "C" __attribute__((visibility("default"))) long throws_run(int way)
{
	long r;

	order = 0;
	switch (way) {
	case 0:		// caught by the caller's caller
		r = call(throws_outer, 6);
		return r != 600 || order != 124;
	case 1:		// caught in a traced function
		r = call(throws_catches, 7);
		return r != -7 || order != 14;
	case 2:		// thrown again
		r = call(throws_again, 8);
		return r != 800 || order != 12734;
	case 3:		// from what was jumped to
		r = call(throws_tail, 8);
		return r != 900 || order != 124;
	default:	// none, and caught by the immediate caller
		r = call(throws_outer, 1) * 1000 + call(throws_inner, 9);
		return r != 3000 + 900 || order != 12414;
	}
}
