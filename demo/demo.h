/* SPDX-License-Identifier: MIT */
/* What the parts of the demo share. They are built without sites themselves. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <stddef.h>

struct ftrace_ops;

/** claim - print a claim; one that does not hold fails the demo */
void claim(int ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** check - an error where none should be is a failed claim; returns @err */
int check(int err, const char *what);

void heading(int number, const char *text);

/** run_guest - all of its work; returns the seconds it took */
double run_guest(char *result, size_t len);

/** read_plain - the result, and the seconds, of the build without sites */
double read_plain(const char *path, char *result, size_t len);

/* The guest's functions: by name, by address, and how often they were called. */
unsigned long site_of(const char *name);
const char *name_at(unsigned long ip);
unsigned long take_counts(void);
extern struct ftrace_ops counter;

int show_sites(void);
void show_counts(const char *gcov, const char *plain);
void show_one_call(void);

#endif
