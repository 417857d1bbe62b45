/* SPDX-License-Identifier: MIT */
/* A cell of the table is a row, what is called, in a context, where from. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "conformance.h"

/* By these a row knows where it is. */
extern bool in_callback;		/* of a client of traced_two */
extern volatile bool interrupting;	/* a handler, of a call of the library */
extern volatile bool in_handler;
extern volatile unsigned long handled;	/* signals */

struct row {
	void (*prepare)(void);
	void (*run)(void);
	void (*finish)(void);	/* back in main() */
};

extern const struct row change, leave, looking, calling;

/* The last row in the callback of its own client, and that one. */
extern struct probe guarded;
void row_call_inside(void);

#endif
