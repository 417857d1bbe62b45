/* SPDX-License-Identifier: MIT */
/* Many names: what a filter by pattern takes; and what each site takes. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define REPEATS 15
#define FIRST_REPEATS 5
#define PATTERN "*1234*"
#define IN_IT "1234"

static struct bench_client client = { .ops.func = bench_count };
static const char **names;
static unsigned long nr_names, nr_matches;

static double each(size_t bytes)
{
	return (double)bytes / (double)bench_stats().sites;
}

static double set_filter(void)
{
	double start = bench_now();

	if (ftrace_set_filter(&client.ops, PATTERN, sizeof(PATTERN) - 1, 1))
		bench_die("no function of that name");
	return (bench_now() - start) / 1e6;
}

/* Each in a child: only the first filter of a process reads the symbols. */
static double first_filter(void)
{
	double ms = 0;
	int end[2];
	pid_t pid;

	if (pipe(end))
		bench_die("no pipe");
	pid = fork();
	if (!pid) {
		ms = set_filter();
		_exit(write(end[1], &ms, sizeof(ms)) != sizeof(ms));
	}
	close(end[1]);
	if (pid < 0 || read(end[0], &ms, sizeof(ms)) != sizeof(ms))
		bench_die("a child told nothing");
	close(end[0]);
	waitpid(pid, NULL, 0);
	return ms;
}

static int note_name(const struct ftrace_site_info *site, void *arg)
{
	(void)arg;
	names[nr_names++] = site->name;
	return 0;
}

/* The same names looked through by hand. */
static double search(void)
{
	double start = bench_now();
	unsigned long i;

	for (i = 0, nr_matches = 0; i < nr_names; i++)
		nr_matches += strstr(names[i], IN_IT) != NULL;
	return (bench_now() - start) / 1e6;
}

static void check_matches(void)
{
	if (register_ftrace_function(&client.ops))
		bench_die("enabling by a pattern failed");
	if (!nr_matches || bench_stats().enabled != nr_matches)
		bench_die("a pattern did not match what strstr finds");
	if (unregister_ftrace_function(&client.ops))
		bench_die("disabling by a pattern failed");
}

void bench_names(void)
{
	double first[REPEATS], later[REPEATS], floor[REPEATS];
	int r;

	bench_section(bench_text("The filter " PATTERN ", %lu names",
				 bench_stats().sites));
	for (r = 0; r < FIRST_REPEATS; r++)
		first[r] = first_filter();
	names = malloc(bench_stats().sites * sizeof(*names));
	if (!names || ftrace_for_each_site(note_name, NULL))
		bench_die("no names");
	for (r = 0; r < REPEATS; r++) {
		later[r] = set_filter();
		floor[r] = search();
	}
	check_matches();
	bench_row(&(struct bench_row){
		"first time, symbols read", "ms",
		bench_median(first, FIRST_REPEATS), "strstr",
		bench_median(floor, REPEATS),
		bench_ratio(first, NULL, floor, NULL, FIRST_REPEATS),
		BENCH_VALUE, 100, "a process each" });
	bench_row(&(struct bench_row){
		"later", "ms", bench_median(later, REPEATS), "strstr",
		bench_median(floor, REPEATS),
		bench_ratio(later, NULL, floor, NULL, REPEATS), BENCH_VALUE,
		100, bench_text("%lu matches, as by strstr", nr_matches) });
	ftrace_free_filter(&client.ops);
	free(names);
	bench_row(&(struct bench_row){
		.what = "memory with the names read", .unit = "bytes",
		.value = each(bench_held), .checked = "the host's account" });
}

/* Before a name was read, and after everything was once enabled. */
void bench_memory(void)
{
	static struct bench_client all = { .ops.func = bench_count };
	struct ftrace_stats st = bench_stats();
	double off = each(st.bytes), held = each(bench_held), on;

	bench_section("Memory, bytes a site");
	bench_row(&(struct bench_row){
		"nobody attached", "bytes", off, "the host's account", held,
		off / held, BENCH_VALUE, 24.1, "shared tables included" });
	bench_held_most = 0;
	if (register_ftrace_function(&all.ops))
		bench_die("enabling everything failed");
	on = each(bench_stats().bytes);
	held = each(bench_held);
	bench_row(&(struct bench_row){
		"attached to all", "bytes", on, "the host's account", held,
		on / held, BENCH_NO_GOAL, 0, "shared tables included" });
	bench_row(&(struct bench_row){
		.what = "the most while attaching to all", .unit = "bytes",
		.value = each(bench_held_most),
		.checked = "the host's account" });
	if (unregister_ftrace_function(&all.ops))
		bench_die("disabling everything failed");
}
