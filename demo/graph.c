/* SPDX-License-Identifier: MIT */
/* Part 3 of the demo: one call as the kernel's function_graph shows it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <ftrace/ftrace_regs.h>
#include <ftrace/graph.h>

#include "demo.h"
#include "guest.h"

#define LINES	60	/* of the listing that are shown */

static unsigned long listed, hidden, calls, returns;

static const char *signature_of(const char *name)
{
	const struct guest_signature *s;

	for (s = guest.signatures; s->name; s++)
		if (!strcmp(s->name, name))
			return s->args;
	return "...";
}

/* A long long takes two arguments where a long is half of it, from an even one. */
static long long wide_argument(struct ftrace_regs *fregs, unsigned int *n)
{
	int big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	unsigned long long half[2];

	if (sizeof(long) == sizeof(long long))
		return (long)ftrace_regs_get_argument(fregs, *n);
	*n += big && *n % 2;
	half[0] = ftrace_regs_get_argument(fregs, *n);
	half[1] = ftrace_regs_get_argument(fregs, ++*n);
	return (long long)(half[big] | half[!big] << 32);
}

/* Text that ends where there is no room. */
struct text {
	char *at;
	size_t room;
};

static void put(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at, t->room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->room)
		n = t->room ? (int)t->room - 1 : 0;
	t->at += n;
	t->room -= (size_t)n;
}

static void put_argument(struct text *t, const char *word, size_t len,
			 struct ftrace_regs *fregs, unsigned int *n)
{
	unsigned long value = ftrace_regs_get_argument(fregs, *n);

	if (len != 2 || word[0] != '%')
		put(t, "%.*s", (int)len, word);
	else if (word[1] == 's')
		put(t, "\"%.20s\"", (const char *)value);
	else if (word[1] == 'l')
		put(t, "%lld", wide_argument(fregs, n));
	else if (word[1] == 'c' && value > ' ' && value < 127)
		put(t, "'%c'", (int)value);
	else
		put(t, "%d", (int)value);
}

static void put_call(const char *name, struct ftrace_regs *fregs, char *buf,
		     size_t size)
{
	const char *word = signature_of(name);
	struct text text = { buf, size };
	unsigned int n;
	size_t len;

	put(&text, "%s(", name);
	for (n = 0; *word; n++) {
		len = strcspn(word, " ");
		put_argument(&text, word, len, fregs, &n);
		word += len;
		if (*word++ != ' ')
			break;
		put(&text, ", ");
	}
	put(&text, ")");
}

/* What is kept with a call until it returns. */
struct call {
	unsigned long long start;
	char text[80];
};

/* Entered last: if it calls nothing traced it takes one line, not two. */
static struct call *open_call;
static int open_depth;

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000 +
	       (unsigned long long)t.tv_nsec;
}

/* The kernel's layout, time in microseconds. */
static int put_margin(const struct call *done, unsigned long long end,
		      int depth)
{
	if (listed++ >= LINES) {
		hidden++;
		return 0;
	}
	if (done)
		printf("  %8.3f us |", (double)(end - done->start) / 1000);
	else
		printf("              |");
	printf("%*s", 2 + 2 * depth, "");
	return 1;
}

static int entered(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	struct call *c = fgraph_reserve_data(gops->idx, sizeof(*c));

	if (open_call && put_margin(NULL, 0, open_depth))
		printf("%s {\n", open_call->text);
	calls++;
	put_call(name_at(trace->func), fregs, c->text, sizeof(c->text));
	open_call = c;
	open_depth = trace->depth;
	c->start = now();
	return 1;
}

static void returned(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
		     struct ftrace_regs *fregs)
{
	unsigned long long end = now();
	struct call *c = fgraph_retrieve_data(gops->idx, NULL);
	long value = (long)ftrace_regs_get_return_value(fregs);

	returns++;
	if (!put_margin(c, end, trace->depth))
		;
	else if (open_call == c)
		printf("%s; /* = %#lx */\n", c->text, (unsigned long)value);
	else
		printf("} /* %s = %#lx */\n", name_at(trace->func),
		       (unsigned long)value);
	open_call = NULL;
}

void show_one_call(void)
{
	static struct fgraph_ops graph = { .entryfunc = entered,
					   .retfunc = returned };
	int len = (int)strlen(guest.one);

	heading(3, "One call, what it calls, and what that returns");
	if (check(ftrace_set_graph_function(&graph, guest.one, len, 1),
		  "ftrace_set_graph_function") ||
	    check(register_ftrace_graph(&graph), "register"))
		return;
	printf("  #  DURATION        FUNCTION CALLS\n");
	guest.call_one();
	check(unregister_ftrace_graph(&graph), "unregister");
	ftrace_free_filter(&graph.ops);
	if (hidden)
		printf("  ... and %lu lines more\n", hidden);
	claim(calls > 1, "%s: %lu calls below one %s()", guest.one_does,
	      calls - 1, guest.one);
	claim(calls == returns, "each of them returned");
}
