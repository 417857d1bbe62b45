/* SPDX-License-Identifier: MIT */
/* A script of calls, each of which can be made to fail first. */
#ifndef CONFORMANCE_SCRIPT_H
#define CONFORMANCE_SCRIPT_H

#include "conformance.h"

/**
 * struct step - one call of the script
 * @name: for the facts
 * @call: the public function
 * @text: it changes the site of lonely()
 * @run: makes it
 * @a, @b, @direct: how many of each a call of lonely() reaches afterwards
 */
struct step {
	const char *name, *call;
	bool text;
	int (*run)(void);
	unsigned int a, b, direct;
};

extern const struct step script[];	/* ends without a name */
void script_init(void);
/* Call lonely() and compare who was reached. */
void script_check(const struct step *s);

#endif
