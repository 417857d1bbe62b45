/* SPDX-License-Identifier: MIT */
/* Patterns: * ? [set] [!set] \ over names of functions and objects. */
#include "internal.h"

/*
 * Parsing sorts a pattern into the shapes that need no matcher: most are a
 * word with a star at either end, asked of a million names.
 */

static bool plain(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strchr("*?[\\", p[i]))
			return false;
	return true;
}

/* The byte behind the class that starts at @p, NULL if it has no end. */
static const char *class_end(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '!')
		p++;
	/* A bracket that comes first is a member. */
	if (p < end && *p == ']')
		p++;
	while (p < end && *p != ']')
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p < end ? p + 1 : NULL;
}

static bool well_formed(const char *p, const char *end)
{
	while (p && p < end) {
		if (*p == '[')
			p = class_end(p, end);
		else if (*p == '\\' && p + 1 == end)
			return false;
		else
			p += *p == '\\' ? 2 : 1;
	}
	return p != NULL;
}

/* -EINVAL for a class without an end, a backslash at the end, or a zero. */
int ftrace_glob_parse(struct ftrace_glob *g, const char *p, size_t len)
{
	bool front = len && p[0] == '*', back = len > 1 && p[len - 1] == '*';

	g->p = p;
	g->len = len;
	g->shape = FTRACE_GLOB_FULL;
	/* No name holds one, and matching would go on behind a name's end. */
	if (memchr(p, 0, len))
		return -EINVAL;
	if (plain(p, len))
		return 0;
	if (plain(p + front, len - front - back)) {
		g->p = p + front;
		g->len = len - front - back;
		g->shape = front && back ? FTRACE_GLOB_MIDDLE :
			   front	 ? FTRACE_GLOB_END :
					   FTRACE_GLOB_FRONT;
		return 0;
	}
	g->shape = FTRACE_GLOB_ANY;
	return well_formed(p, p + len) ? 0 : -EINVAL;
}

/* Is @c a member of the class at @p? @p is moved behind it. */
static bool in_class(const char **at, char c)
{
	const unsigned char *p = (const unsigned char *)*at + 1;
	bool not = *p == '!', found = false, first = true;
	unsigned char u = (unsigned char)c;

	p += not;
	for (; first || *p != ']'; first = false) {
		unsigned char lo, hi;

		p += *p == '\\';
		lo = hi = *p++;
		if (*p == '-' && p[1] != ']') {
			p++;
			p += *p == '\\';
			hi = *p++;
		}
		found |= u >= lo && u <= hi;
	}
	*at = (const char *)p + 1;
	return found != not;
}

/* One element that is not a star against one character. */
static bool match_one(const char **p, char c)
{
	if (**p == '[')
		return in_class(p, c);
	if (**p == '?') {
		(*p)++;
		return true;
	}
	if (**p == '\\')
		(*p)++;
	return *(*p)++ == c;
}

/*
 * Only the last star is ever gone back to: what an earlier one took can only
 * have been too little for all, so the time is at most the two lengths'
 * product, and nothing recurses.
 */
static bool match_any(const struct ftrace_glob *g, const char *s)
{
	const char *p = g->p, *end = g->p + g->len;
	const char *star = NULL, *from = NULL;

	for (;;) {
		if (p < end && *p == '*') {
			star = ++p;
			from = s;
			continue;
		}
		if (p == end && !*s)
			return true;
		if (p < end && *s && match_one(&p, *s)) {
			s++;
			continue;
		}
		if (!star || !*from)
			return false;
		p = star;
		s = ++from;
	}
}

/* Does it match every name, so that nobody's needs to be known? */
bool ftrace_glob_all(const struct ftrace_glob *g)
{
	return !g->len && g->shape != FTRACE_GLOB_FULL;
}

bool ftrace_glob_match(const struct ftrace_glob *g, const char *s)
{
	size_t len;

	switch (g->shape) {
	case FTRACE_GLOB_FULL:
		return !strncmp(s, g->p, g->len) && !s[g->len];
	case FTRACE_GLOB_FRONT:
		return !strncmp(s, g->p, g->len);
	case FTRACE_GLOB_END:
		len = strlen(s);
		return len >= g->len &&
		       !memcmp(s + len - g->len, g->p, g->len);
	case FTRACE_GLOB_MIDDLE:
		return memmem(s, strlen(s), g->p, g->len);
	case FTRACE_GLOB_ANY:
		return match_any(g, s);
	}
	return false;
}
