/* SPDX-License-Identifier: MIT */
/* What fake.c and fake_host.c share: where alloc_near finds its memory. */
#ifndef FTRACE_UNIT_FAKE_TEXTS_H
#define FTRACE_UNIT_FAKE_TEXTS_H

#define FAKE_POOL	(1UL << 20)	/* bytes on each side of a text */

extern struct fake_text *fake_texts;

#endif
