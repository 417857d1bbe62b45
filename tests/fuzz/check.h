/* SPDX-License-Identifier: MIT */
/*
 * In place of Check, so that the fake host and its texts serve here as well:
 * an assertion that fails is a crash, which is what libFuzzer looks for.
 */
#ifndef FTRACE_FUZZ_CHECK_H
#define FTRACE_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

typedef struct Suite Suite;
typedef struct TCase TCase;

#define ck_abort_msg(...)                                              \
	do {                                                           \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);        \
		fprintf(stderr, __VA_ARGS__);                          \
		fputc('\n', stderr);                                   \
		abort();                                               \
	} while (0)

#define ck_assert_msg(expr, ...)                \
	do {                                    \
		if (!(expr))                    \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

#define ck_assert(expr) ck_assert_msg(expr, "%s", #expr)

#define fuzz_compare(a, op, b)                                           \
	do {                                                             \
		long long a_ = (long long)(a), b_ = (long long)(b);      \
									 \
		ck_assert_msg(a_ op b_, "%s (%lld) " #op " %s (%lld)",   \
			      #a, a_, #b, b_);                           \
	} while (0)

#define ck_assert_int_eq(a, b) fuzz_compare(a, ==, b)
#define ck_assert_int_ne(a, b) fuzz_compare(a, !=, b)
#define ck_assert_int_le(a, b) fuzz_compare(a, <=, b)
#define ck_assert_uint_eq(a, b) fuzz_compare(a, ==, b)
#define ck_assert_uint_lt(a, b) fuzz_compare(a, <, b)
#define ck_assert_uint_le(a, b) fuzz_compare(a, <=, b)
#define ck_assert_ptr_eq(a, b) ck_assert((a) == (b))
#define ck_assert_ptr_ne(a, b) ck_assert((a) != (b))
#define ck_assert_ptr_null(a) ck_assert(!(a))
#define ck_assert_ptr_nonnull(a) ck_assert(a)

static inline TCase *tcase_create(const char *name)
{
	(void)name;
	return NULL;
}

static inline void tcase_set_timeout(TCase *c, double seconds)
{
	(void)c;
	(void)seconds;
}

#define tcase_add_checked_fixture(c, before, after) ((void)(c), (void)(before))
#define suite_add_tcase(s, c) ((void)(s), (void)(c))

#endif
