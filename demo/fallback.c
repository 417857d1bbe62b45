/* SPDX-License-Identifier: MIT */
/* The demo's guest where Lua's source cannot be had: a small calculator. */
#include <ctype.h>
#include <stdio.h>

#include "guest.h"

struct parser {
	const char *at;
	long x;		/* the value of the variable x */
};

static long sum(struct parser *p);

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ')
		p->at++;
}

static int accept(struct parser *p, char c)
{
	skip_blanks(p);
	if (*p->at != c)
		return 0;
	p->at++;
	return 1;
}

/* Where a number of the text enters the calculation. */
static long literal(long value)
{
	return value;
}

static long number(struct parser *p)
{
	long value = 0;

	for (skip_blanks(p); isdigit((unsigned char)*p->at); p->at++)
		value = value * 10 + *p->at - '0';
	return literal(value);
}

static long atom(struct parser *p)
{
	long value;

	if (accept(p, 'x'))
		return p->x;
	if (!accept(p, '('))
		return number(p);
	value = sum(p);
	accept(p, ')');
	return value;
}

static long multiply(long a, long b)
{
	return a * b;
}

static long modulo(long a, long b)
{
	return b ? a % b : 0;
}

static long product(struct parser *p)
{
	long value = atom(p);

	for (;;) {
		if (accept(p, '*'))
			value = multiply(value, atom(p));
		else if (accept(p, '%'))
			value = modulo(value, atom(p));
		else
			return value;
	}
}

static long add(long a, long b)
{
	return a + b;
}

static long sum(struct parser *p)
{
	long value = product(p);

	while (accept(p, '+'))
		value = add(value, product(p));
	return value;
}

static int same(long a, long b)
{
	return a == b;
}

static int equation(const char *text, long x)
{
	struct parser p = { text, x };
	long left = sum(&p);

	return accept(&p, '=') && same(left, sum(&p));
}

static void run(char *buf, size_t len)
{
	long x, solutions = 0;

	for (x = 0; x < 10000 * DEMO_WORK; x++)
		solutions += equation("(3*x*x + 2*x + 1) % 17 = x % 17", x);
	snprintf(buf, len, "%ld solutions below %ld", solutions, x);
}

static void call_one(void)
{
	equation("6*7 = 2*(20 + 1)", 0);
}

static void live(void (*step)(const char *argument, const char *result))
{
	char text[24];
	int i;

	for (i = 0; i < 3; i++) {
		struct parser p = { "20 + 1", 0 };

		snprintf(text, sizeof(text), "%ld", sum(&p));
		step(text, equation("x = x + x", 1) ? "true" : "false");
	}
}

static const struct guest_signature signatures[] = {
	{ "equation", "%s %d" }, { "sum", "p" },
	{ "product", "p" },	 { "atom", "p" },
	{ "accept", "p %c" },	 { "skip_blanks", "p" },
	{ "number", "p" },	 { "literal", "%d" },
	{ "multiply", "%d %d" }, { "modulo", "%d %d" },
	{ "add", "%d %d" },	 { "same", "%d %d" },
	{ NULL, NULL },
};

const struct guest guest = {
	.name = "a calculator, demo/fallback.c, for want of Lua",
	.run = run,
	.one = "product",
	.one_does = "the calculator works out 6*7",
	.call_one = call_one,
	.signatures = signatures,
	.argument = "literal",
	.argument_shown = "literal(value): value",
	.argument_nr = 0,
	.argument_value = 7,
	.result = "same",
	.result_shown = "same(a, b)",
	.result_value = 1,
	.columns = { "20 + 1", "1 = 1 + 1" },
	.live = live,
};
