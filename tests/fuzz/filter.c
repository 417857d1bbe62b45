/* SPDX-License-Identifier: MIT */
/*
 * Fuzzing patterns and filters. The input is lines: a pattern, and names to
 * match with it. A second matcher, written for nothing but being plain, says
 * what must come out of it.
 */
#include "fuzz.h"

#define NR 8

static struct fake_text text;

/* What a pattern is made of: a character, any one, any number, a class. */
enum kind { ONE, ANY, MANY, CLASS };

struct element {
	enum kind kind;
	bool not;
	bool has[256];
};

static struct element element[256];

/* The characters of a class, up to its bracket; false: it has none. */
static bool read_class(const char **at, const char *end, struct element *e)
{
	const char *p = *at;
	bool first = true;

	if (p < end && *p == '!') {
		e->not = true;
		p++;
	}
	for (; p < end && (first || *p != ']'); first = false) {
		unsigned char lo, hi;

		if (*p == '\\' && ++p == end)
			return false;
		lo = hi = (unsigned char)*p++;
		if (p + 1 < end && *p == '-' && p[1] != ']') {
			p++;
			if (*p == '\\' && ++p == end)
				return false;
			hi = (unsigned char)*p++;
		}
		for (; lo <= hi; lo++) {
			e->has[lo] = true;
			if (lo == 255)
				break;
		}
	}
	*at = p + 1;
	return p < end;
}

/* The number of elements, or -1. */
static int read_pattern(const char *p, size_t len)
{
	const char *end = p + len;
	int n = 0;

	if (memchr(p, 0, len))
		return -1;
	while (p < end) {
		struct element *e = &element[n++];

		memset(e, 0, sizeof(*e));
		if (*p == '[') {
			e->kind = CLASS;
			p++;
			if (!read_class(&p, end, e))
				return -1;
			continue;
		}
		e->kind = *p == '*' ? MANY : *p == '?' ? ANY : ONE;
		if (*p == '\\' && ++p == end)
			return -1;
		e->has[(unsigned char)*p++] = true;
	}
	return n;
}

static bool is_one_of(const struct element *e, char c)
{
	return e->kind == ANY || e->has[(unsigned char)c] != e->not;
}

/* can[j]: the elements so far match the first j characters. */
static bool matches(int n, const char *s)
{
	size_t len = strlen(s), j;
	bool can[258] = { true };
	int i;

	for (i = 0; i < n; i++) {
		if (element[i].kind == MANY) {
			for (j = 1; j <= len; j++)
				can[j] |= can[j - 1];
			continue;
		}
		for (j = len; j > 0; j--)
			can[j] = can[j - 1] && is_one_of(&element[i], s[j - 1]);
		can[0] = false;
	}
	return can[len];
}

/* Names behind the pattern, each in memory of its own: a reader is seen. */
static void try_names(const char *p, size_t len, const char *at,
		      const char *end)
{
	struct ftrace_glob g;
	int n = read_pattern(p, len);
	int err = ftrace_glob_parse(&g, p, len);

	ck_assert_int_eq(err, n < 0 ? -EINVAL : 0);
	while (!err && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((stop ? stop : end) - at);
		char *name = strndup(at, size < 250 ? size : 250);

		ck_assert_msg(ftrace_glob_match(&g, name) == matches(n, name),
			      "\"%s\" differs", name);
		if (ftrace_glob_all(&g))
			ck_assert(matches(n, name));
		free(name);
		at += size + 1;
	}
}

/* The functions that a filter of this name has, or -1. */
static int wanted(const char *p, size_t len)
{
	int n = read_pattern(p, len), found = 0;
	char name[16];
	unsigned int i;

	for (i = 0; n >= 0 && i < NR; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		found |= matches(n, name) << i;
	}
	return found ? found : -1;
}

static bool is_number(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	return len && n == len;
}

/* A name alone is all that a line says that the second matcher knows of. */
static bool is_plain(const char *p, size_t len)
{
	return len && !memmem(p, len, ":mod:", 5) && *p != '!' &&
	       !is_number(p, len);
}

/* In a filter, a notrace filter, and of a client that is registered. */
static void try_filter(const char *p, size_t len)
{
	int err, want = is_plain(p, len) ? wanted(p, len) : 0;
	struct probe c;
	unsigned int i;

	probe_init(&c, 0);
	err = ftrace_set_filter(&c.ops, p, (int)len, 0);
	ck_assert(err == 0 || err == -EINVAL || err == -ENOENT);
	if (want)
		ck_assert_int_eq(err, want < 0 ? -EINVAL : 0);
	for (i = 0; !err && want && i < NR; i++)
		ck_assert_int_eq(ftrace_ops_test(c.ops.hash,
						 fake_site(&text, i)),
				 want >> i & 1);
	ck_assert_int_eq(register_ftrace_function(&c.ops), 0);
	ftrace_set_notrace(&c.ops, p, (int)len, 0);
	ftrace_set_filter(&c.ops, p, (int)len, 1);
	ftrace_set_filter(&c.ops, p, (int)len, 0);
	ck_assert_int_eq(unregister_ftrace_function(&c.ops), 0);
	for (i = 0; i < NR; i++)
		ck_assert(fake_is(&text, i, "NOP "));
	ftrace_set_global_filter(p, (int)len, 0);
	ck_assert_int_eq(ftrace_set_global_filter(NULL, 0, 1), 0);
	probe_free(&c);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fake_setup();
	fake.trust = fake.alias = fake.alone = true;
	text_start(&text, "/lib/m0.so", NR, false);
	ck_assert_int_eq(text_init(&text, 0), 0);
	ck_assert_int_eq(ftrace_module_enable(&text.mod), 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *all = (const char *)data, *end = all + size;
	const char *stop = size ? memchr(all, '\n', size) : NULL;
	size_t len = stop ? (size_t)(stop - all) : size;
	/* To the byte: who reads behind it is seen. */
	char *line = malloc(len ? len : 1);

	if (len > 250 || !line) {
		free(line);
		return -1;
	}
	memcpy(line, all, len);
	try_names(line, len, stop ? stop + 1 : end, end);
	try_filter(line, len);
	free(line);
	return 0;
}
