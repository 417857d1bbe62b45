/* SPDX-License-Identifier: MIT */
/* The table: measured, beside what, the goal, and whether it was met. */
#include <math.h>
#include <stdio.h>

#include "bench.h"

bool bench_json;
static bool first = true;	/* no row yet, in JSON */
static const char *section = "";

static const char *goal_text(const struct bench_row *r)
{
	switch (r->goal) {
	case BENCH_VALUE:
		return bench_text("<= %g %s", r->limit, r->unit);
	case BENCH_RATIO:
		return bench_text("<= %g x", r->limit);
	case BENCH_SAME:
		return bench_text("1 +- %g %%", r->limit * 100);
	default:
		return "-";
	}
}

/* How far beyond the goal, in the goal's own terms; not positive if met. */
static double beyond(const struct bench_row *r)
{
	switch (r->goal) {
	case BENCH_VALUE:
		return r->value - r->limit;
	case BENCH_RATIO:
		return r->ratio - r->limit;
	case BENCH_SAME:
		return fabs(r->ratio - 1) - r->limit;
	default:
		return 0;
	}
}

static const char *verdict(const struct bench_row *r)
{
	double by = beyond(r);

	if (r->goal == BENCH_NO_GOAL)
		return "-";
	if (by <= 0)
		return "met";
	if (r->goal == BENCH_VALUE)
		return bench_text("missed by %.3g %s", by, r->unit);
	if (r->goal == BENCH_RATIO)
		return bench_text("missed by %.2f x", by);
	return bench_text("missed by %.1f %%", by * 100);
}

static void row_text(const struct bench_row *r)
{
	bool counts = rint(r->value) == r->value &&
		      rint(r->ref_value) == r->ref_value;
	int digits = counts ? 0 : 2;
	const char *value = bench_text("%.*f %s", digits, r->value, r->unit);
	const char *ref = "-", *ratio = "-";

	if (r->ref) {
		ref = bench_text("%.*f %s", digits, r->ref_value, r->ref);
		ratio = bench_text("%.3f", r->ratio);
	}
	printf("%-42s %14s  %-34s %7s  %-12s %-19s %s\n", r->what, value, ref,
	       ratio, goal_text(r), verdict(r), r->checked);
}

static void comma(void)
{
	printf(first ? "" : ",\n");
	first = false;
}

static void row_json(const struct bench_row *r)
{
	comma();
	printf("  {\"section\": \"%s\", \"row\": \"%s\", \"unit\": \"%s\", "
	       "\"value\": %.4f",
	       section, r->what, r->unit, r->value);
	if (r->ref)
		printf(", \"beside\": \"%s\", \"beside_value\": %.4f, "
		       "\"ratio\": %.4f",
		       r->ref, r->ref_value, r->ratio);
	if (r->goal)
		printf(", \"goal\": \"%s\", \"met\": %s, \"verdict\": \"%s\"",
		       goal_text(r), beyond(r) <= 0 ? "true" : "false",
		       verdict(r));
	printf(", \"checked\": \"%s\"}", r->checked);
}

void bench_row(const struct bench_row *row)
{
	(bench_json ? row_json : row_text)(row);
	fflush(stdout);
}

/* A row that belongs here and that nothing was measured for. */
void bench_absent(const char *what, const char *why)
{
	if (!bench_json) {
		printf("%-42s %14s\n", what, why);
		return;
	}
	comma();
	printf("  {\"section\": \"%s\", \"row\": \"%s\", \"value\": null, "
	       "\"why\": \"%s\"}",
	       section, what, why);
}

void bench_section(const char *title)
{
	section = title;
	if (!bench_json)
		printf("\n%s\n", title);
	fflush(stdout);
}

/* @whole: not rows that another program has the frame for. */
void bench_begin(bool json, bool whole)
{
	bench_json = json;
	first = whole;
	if (json)
		printf(whole ? "[\n" : "");
	else if (whole)
		printf("%-42s %14s  %-34s %7s  %-12s %-19s %s\n", "",
		       "measured", "beside", "ratio", "goal", "",
		       "what held");
}

void bench_end(bool whole)
{
	if (whole)
		printf(bench_json ? "\n]\n" : "\nall counts as they must be\n");
	fflush(stdout);
}
