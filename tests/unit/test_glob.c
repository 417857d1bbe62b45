/* SPDX-License-Identifier: MIT */
/* generic/glob.c: patterns, against a matcher that is slow and plain. */
#include "suites.h"

static bool match(const char *pattern, const char *s)
{
	struct ftrace_glob g;

	ck_assert_int_eq(ftrace_glob_parse(&g, pattern, strlen(pattern)), 0);
	return ftrace_glob_match(&g, s);
}

START_TEST(table)
{
	static const struct {
		const char *p, *s;
		bool yes;
	} t[] = {
		{ "abc", "abc", 1 },	  { "abc", "abcd", 0 },
		{ "abc", "ab", 0 },	  { "abc*", "abc", 1 },
		{ "abc*", "abcd", 1 },	  { "abc*", "xabc", 0 },
		{ "*abc", "abc", 1 },	  { "*abc", "xabc", 1 },
		{ "*abc", "abcx", 0 },	  { "*abc", "bc", 0 },
		{ "*abc*", "xabcx", 1 },  { "*abc*", "abc", 1 },
		{ "*abc*", "acb", 0 },	  { "*", "", 1 },
		{ "*", "x", 1 },	  { "**", "", 1 },
		{ "", "", 1 },		  { "", "x", 0 },
		{ "?", "", 0 },		  { "?", "x", 1 },
		{ "a?c", "abc", 1 },	  { "a?c", "ac", 0 },
		{ "a*b*c", "axbxc", 1 },  { "a*b*c", "axbx", 0 },
		{ "a*b*c", "abbcc", 1 },  { "[Ss]y[Ss]_*", "syS_x", 1 },
		{ "[Ss]y[Ss]_*", "sxs_", 0 }, { "[a-c]x", "bx", 1 },
		{ "[a-c]x", "dx", 0 },	  { "[!a-c]x", "dx", 1 },
		{ "[!a-c]x", "ax", 0 },	  { "[]x]", "]", 1 },
		{ "[!]x]", "]", 0 },	  { "[!]x]", "a", 1 },
		{ "[a-]", "-", 1 },	  { "[a-]", "b", 0 },
		{ "[\\]]", "]", 1 },	  { "[\\]]", "\\", 0 },
		{ "[a\\-c]", "b", 0 },	  { "[a\\-c]", "-", 1 },
		{ "\\*", "*", 1 },	  { "\\*", "x", 0 },
		{ "a\\?*", "a?b", 1 },	  { "a\\?*", "axb", 0 },
		{ "*pin*lock", "spin_lock", 1 },
		{ "*pin*lock", "spin_locks", 0 },
		{ "mutex*unl*", "mutex_trylock_unlock", 1 },
		{ "sch*ule", "schedule", 1 }, { "sch?dule", "schedule", 1 },
		{ "[\xe0-\xff]", "\xe9", 1 }, { "[\x01-\x7f]", "\xe9", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_msg(match(t[i].p, t[i].s) == t[i].yes, "%s ~ %s",
			      t[i].p, t[i].s);
}
END_TEST

START_TEST(shapes)
{
	static const struct {
		const char *p;
		enum ftrace_glob_shape shape;
		size_t len;
	} t[] = {
		{ "abc", FTRACE_GLOB_FULL, 3 },
		{ "abc*", FTRACE_GLOB_FRONT, 3 },
		{ "*abc", FTRACE_GLOB_END, 3 },
		{ "*abc*", FTRACE_GLOB_MIDDLE, 3 },
		{ "*a*c*", FTRACE_GLOB_ANY, 5 },
		{ "a?c", FTRACE_GLOB_ANY, 3 },
	};
	struct ftrace_glob g;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_int_eq(ftrace_glob_parse(&g, t[i].p, strlen(t[i].p)),
				 0);
		ck_assert_int_eq(g.shape, t[i].shape);
		ck_assert_uint_eq(g.len, t[i].len);
	}
}
END_TEST

START_TEST(refused)
{
	static const char *const bad[] = {
		"[", "a[", "[a", "[!", "[!]", "[]", "a\\", "\\", "[a\\]",
		"*[", "[a]b[c", "?\\",
	};
	struct ftrace_glob g;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(ftrace_glob_parse(&g, bad[i], strlen(bad[i])) ==
				      -EINVAL, "%s", bad[i]);
	ck_assert_int_eq(ftrace_glob_parse(&g, "abc", 4), -EINVAL);
	ck_assert_int_eq(ftrace_glob_parse(&g, "a\0c*", 4), -EINVAL);
}
END_TEST

/* Stars, marks and letters: what a recursive matcher says. */
static bool slow(const char *p, const char *s)
{
	if (*p == '*')
		return slow(p + 1, s) || (*s && slow(p, s + 1));
	if (!*p || !*s)
		return *p == *s;
	return (*p == '?' || *p == *s) && slow(p + 1, s + 1);
}

static void letters(char *to, size_t n, const char *from, unsigned long *x)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*x ^= *x << 13;
		*x ^= *x >> 7;
		*x ^= *x << 17;
		to[i] = from[(*x >> 9) % strlen(from)];
	}
	to[n] = '\0';
}

START_TEST(random_against_slow)
{
	unsigned long i, n = unit_loops(100000), x = 88172645463325252UL;
	unsigned long yes = 0;

	for (i = 0; i < n; i++) {
		char p[8], s[10];

		letters(p, i % 7, "ab*?", &x);
		letters(s, x % 9, "ab", &x);
		ck_assert_msg(match(p, s) == slow(p, s), "%s ~ %s", p, s);
		yes += slow(p, s);
	}
	ck_assert_uint_gt(yes, n / 20);
}
END_TEST

/* Whatever parses, matches within its bytes: a sanitiser watches. */
START_TEST(random_classes)
{
	unsigned long i, n = unit_loops(100000), x = 88172645463325251UL;
	unsigned long parsed = 0;

	for (i = 0; i < n; i++) {
		struct ftrace_glob g;
		char p[12], s[8], *heap;
		size_t len = 1 + i % 9;

		letters(p, len, "ab[]!-\\*?", &x);
		letters(s, x % 7, "ab]-!\\", &x);
		heap = malloc(len);
		memcpy(heap, p, len);
		if (!ftrace_glob_parse(&g, heap, len)) {
			ftrace_glob_match(&g, s);
			parsed++;
		}
		free(heap);
	}
	ck_assert_uint_gt(parsed, n / 20);
}
END_TEST

Suite *suite_glob(void)
{
	Suite *s = suite_create("glob");
	TCase *c = fake_case(s, "glob");

	tcase_add_test(c, table);
	tcase_add_test(c, shapes);
	tcase_add_test(c, refused);
	tcase_add_test(c, random_against_slow);
	tcase_add_test(c, random_classes);
	return s;
}
