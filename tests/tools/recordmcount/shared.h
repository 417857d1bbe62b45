/* SPDX-License-Identifier: MIT */
/* Functions that both objects of the test define, each in a COMDAT group. */
#ifndef RECORDMCOUNT_SHARED_H
#define RECORDMCOUNT_SHARED_H

#define NOINLINE __attribute__((noinline))

extern int sink;

template <class T> NOINLINE T twice(T x)
{
	sink += (int)x;
	return x + x;
}

template <class T> struct box {
	T value;
	/* At -O0 a constructor is two symbols in one group. */
	NOINLINE box(T x) : value(x) { sink++; }
	NOINLINE T get() const { return value + sink; }
};

inline NOINLINE int half(int x)
{
	sink--;
	return x / 2;
}

int other(int x);

#endif
