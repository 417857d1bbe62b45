/* SPDX-License-Identifier: MIT */
/* A program to be traced: what the demo asks of it, whichever one it is. */
#ifndef DEMO_GUEST_H
#define DEMO_GUEST_H

#include <stddef.h>

/**
 * struct guest_signature - how to show a function's integer arguments
 * @name: the function
 * @args: one word per argument: %d an int, %l a long long, %c a character, %s
 *	a string; any other word, for pointers, stands for itself
 */
struct guest_signature {
	const char *name;
	const char *args;
};

/**
 * struct guest - the program
 * @name: what to call it
 * @run: do the whole work, DEMO_WORK units of it, and put its result, one
 *	line, in @buf. It must make the same calls in each build: no time, no
 *	address, no environment
 * @one: function of which one call is listed
 * @one_does: what that call does
 * @call_one: something that calls it once
 * @signatures: for that listing; ends with a NULL name
 * @argument: function whose argument is changed while @live runs
 * @argument_nr: which one
 * @argument_shown: that function and its argument, for the reader
 * @argument_value: to what; it had another value
 * @result: function whose result is changed
 * @result_shown: the same, for the reader
 * @result_value: to what
 * @columns: heading of the two texts that @live hands to @step
 * @live: a loop of three rounds in the guest's own code, each of which calls
 *	@step with what the two functions made of the same input
 */
struct guest {
	const char *name;
	void (*run)(char *buf, size_t len);
	const char *one, *one_does;
	void (*call_one)(void);
	const struct guest_signature *signatures;
	const char *argument, *argument_shown;
	unsigned int argument_nr;
	unsigned long argument_value;
	const char *result, *result_shown;
	unsigned long result_value;
	const char *columns[2];
	void (*live)(void (*step)(const char *argument, const char *result));
};

extern const struct guest guest;

#endif
