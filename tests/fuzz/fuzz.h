/* SPDX-License-Identifier: MIT */
/* What the fuzzers share: the input as numbers, and texts that come and go. */
#ifndef FTRACE_FUZZ_H
#define FTRACE_FUZZ_H

#include "../unit/fake.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Zeros behind its end. */
struct input {
	const uint8_t *at, *end;
};

static inline unsigned int next(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* A character of a seed as a number: '0' is 0, '1' is 1, ... */
static inline unsigned int digit(struct input *in, unsigned int below)
{
	return next(in) % 16 % below;
}

/*
 * texts.c: a text that is mapped once, and is a module again and again.
 */
void text_start(struct fake_text *t, const char *name, size_t nr, bool odd);
int text_init(struct fake_text *t, unsigned long flags);
void text_stop(struct fake_text *t);	/* as it was before text_init() */
void text_rewind(struct fake_text *t);	/* its pool only: it has no thunks */

#endif
