/* SPDX-License-Identifier: MIT */
/* Parts 1 and 2 of the demo: the sites, all calls counted, gcov's opinion. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftrace/ftrace.h>

#include "demo.h"
#include "guest.h"

#define TOP	12	/* busiest functions shown */

/* ------------------------------------------------------------------------ */
/* The functions and their counters */

struct function {
	const char *name;
	unsigned long ip, calls;
};

static struct function *functions;
static unsigned long nr_functions, a_disabled_one;

static int add_function(const struct ftrace_site_info *site, void *arg)
{
	struct function *f;

	(void)arg;
	if (site->flags & FTRACE_SITE_DISABLED) {
		a_disabled_one = site->ip;
		return 0;
	}
	f = realloc(functions, (nr_functions + 1) * sizeof(*f));
	if (!f)
		return -1;
	functions = f;
	f[nr_functions++] = (struct function){ site->name, site->ip, 0 };
	return 0;
}

/* One counter for each byte of the guest: no search on the way. */
static unsigned long *calls, lowest;

static void count(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)parent_ip, (void)op, (void)fregs;
	calls[ip - lowest]++;
}

struct ftrace_ops counter = { .func = count };

unsigned long take_counts(void)
{
	unsigned long i, sum = 0;

	for (i = 0; i < nr_functions; i++) {
		functions[i].calls = calls[functions[i].ip - lowest];
		sum += functions[i].calls;
	}
	return sum;
}

const char *name_at(unsigned long ip)
{
	unsigned long i;

	for (i = 0; i < nr_functions; i++)
		if (functions[i].ip == ip)
			return functions[i].name;
	return "?";
}

unsigned long site_of(const char *name)
{
	unsigned long i;

	for (i = 0; i < nr_functions; i++)
		if (!strcmp(functions[i].name, name))
			return functions[i].ip;
	return 0;
}

static int find_functions(void)
{
	unsigned long i, highest = 0;

	lowest = ~0UL;
	if (ftrace_for_each_site(add_function, NULL) || !nr_functions)
		return -1;
	for (i = 0; i < nr_functions; i++) {
		if (functions[i].ip < lowest)
			lowest = functions[i].ip;
		if (functions[i].ip > highest)
			highest = functions[i].ip;
	}
	calls = calloc(highest - lowest + 1, sizeof(*calls));
	return calls ? 0 : -1;
}

/* ------------------------------------------------------------------------ */
/* 1. What is there */

int show_sites(void)
{
	struct ftrace_stats st;
	char why[256];

	heading(1, "The sites: compiled in as nops, found at start-up");
	if (check(ftrace_get_stats(&st), "ftrace_get_stats"))
		return -1;
	printf("  %lu sites in %lu module, %lu disabled, %lu table entries skipped\n",
	       st.sites, st.modules, st.disabled, st.skipped);
	printf("  %lu are calls now; the library uses %lu kB\n", st.enabled,
	       (st.bytes + 1023) / 1024);
	if (find_functions()) {
		claim(0, "no functions to trace");
		return -1;
	}
	if (a_disabled_one &&
	    ftrace_explain(NULL, a_disabled_one, why, sizeof(why)) > 0)
		printf("  %s\n", why);
	claim(!st.enabled && st.sites == nr_functions,
	      "every function of the guest can be traced");
	return 0;
}

/* ------------------------------------------------------------------------ */
/* 2. Counting all calls, and gcov's opinion */

static int by_name(const void *a, const void *b)
{
	const struct function *f = a, *g = b;

	return strcmp(f->name, g->name);
}

static int by_calls(const void *a, const void *b)
{
	const struct function *f = a, *g = b;

	if (f->calls != g->calls)
		return f->calls < g->calls ? 1 : -1;
	return strcmp(f->name, g->name);
}

/* Two files may each have a static function of one name: gcov and we add. */
static unsigned long merge(struct function *f, unsigned long nr)
{
	unsigned long i, n = 0;

	qsort(f, nr, sizeof(*f), by_name);
	for (i = 1; i < nr; i++) {
		if (!strcmp(f[n].name, f[i].name))
			f[n].calls += f[i].calls;
		else
			f[++n] = f[i];
	}
	return nr ? n + 1 : 0;
}

static struct function *read_gcov(const char *path, unsigned long *nr)
{
	struct function *list = NULL, *f;
	FILE *file = fopen(path, "r");
	unsigned long n;
	char *name;

	*nr = 0;
	while (file && fscanf(file, "%ms %lu", &name, &n) == 2) {
		f = realloc(list, (*nr + 1) * sizeof(*f));
		if (!f)
			break;
		list = f;
		list[(*nr)++] = (struct function){ name, 0, n };
	}
	if (file)
		fclose(file);
	*nr = merge(list, *nr);
	return list;
}

/* Walk two sorted lists; what one of them lacks is a difference too. */
static unsigned long compare(const struct function *ours, unsigned long nr,
			     const struct function *gcov, unsigned long nr_gcov)
{
	unsigned long i = 0, j = 0, bad = 0;
	int order;

	while (i < nr || j < nr_gcov) {
		order = i == nr ? 1 : j == nr_gcov ? -1 :
			strcmp(ours[i].name, gcov[j].name);
		if (order < 0)
			printf("  %-28s %10lu, unknown to gcov\n", ours[i].name,
			       ours[i].calls);
		else if (order > 0)
			printf("  %-28s    no site, gcov %10lu\n",
			       gcov[j].name, gcov[j].calls);
		else if (ours[i].calls != gcov[j].calls)
			printf("  %-28s %10lu, gcov %10lu\n", ours[i].name,
			       ours[i].calls, gcov[j].calls);
		else
			bad--;
		bad++;
		i += order <= 0;
		j += order >= 0;
	}
	return bad;
}

static void show_busiest(const struct function *list, unsigned long nr)
{
	static const char bar[] = "########################################";
	unsigned long i;

	for (i = 0; i < nr && i < TOP && list[i].calls; i++)
		printf("  %-20s %10lu  %.*s\n", list[i].name, list[i].calls,
		       (int)((list[i].calls * 40 + list[0].calls - 1) /
			     list[0].calls), bar);
}

static void compare_with_gcov(struct function *ours, unsigned long nr,
			      const char *path)
{
	unsigned long nr_gcov, bad;
	struct function *gcov = read_gcov(path, &nr_gcov);

	nr = merge(ours, nr);
	bad = compare(ours, nr, gcov, nr_gcov);
	if (bad)
		claim(0, "%lu of %lu functions differ from gcov's", bad, nr);
	else
		claim(1, "%lu functions, all counts equal to gcov's", nr);
}

double read_plain(const char *path, char *result, size_t len)
{
	FILE *f = fopen(path, "r");
	double seconds = 0;

	*result = '\0';
	if (f && (fscanf(f, "%lf ", &seconds) != 1 ||
		  !fgets(result, (int)len, f)))
		*result = '\0';
	if (f)
		fclose(f);
	result[strcspn(result, "\n")] = '\0';
	return seconds;
}

void show_counts(const char *gcov, const char *plain)
{
	char expected[256], off[256], on[256];
	struct function *sorted;
	double t_plain, t_off, t_on;
	unsigned long sum;

	heading(2, "Every call of every function, counted");
	t_plain = read_plain(plain, expected, sizeof(expected));
	t_off = run_guest(off, sizeof(off));
	if (check(register_ftrace_function(&counter), "register"))
		return;
	t_on = run_guest(on, sizeof(on));
	if (check(unregister_ftrace_function(&counter), "unregister"))
		return;
	sum = take_counts();
	sorted = calloc(nr_functions, sizeof(*sorted));
	if (!sorted)
		return;
	memcpy(sorted, functions, nr_functions * sizeof(*sorted));
	qsort(sorted, nr_functions, sizeof(*sorted), by_calls);
	show_busiest(sorted, nr_functions);
	printf("\n  built without sites %.2f s, sites off %.2f s, all on %.2f s\n",
	       t_plain, t_off, t_on);
	claim(sum > 0 && !strcmp(off, expected) && !strcmp(on, expected),
	      "%lu calls seen, and the guest's result is the same", sum);
	compare_with_gcov(sorted, nr_functions, gcov);
	free(sorted);
}
