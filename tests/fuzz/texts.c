/* SPDX-License-Identifier: MIT */
/* Texts that are mapped once, and are modules again and again. */
#include <sys/mman.h>

#include "../unit/fake_texts.h"
#include "fuzz.h"

void text_start(struct fake_text *t, const char *name, size_t nr, bool odd)
{
	fake.odd = odd;
	fake_text_named(t, nr);
	fake.odd = false;
	t->mod.name = name;
	text_stop(t);
}

/* As fake_text_named() does it, which maps and leaves a new text each time. */
int text_init(struct fake_text *t, unsigned long flags)
{
	struct ftrace_mod like = { .base = t->mod.text,
				   .prot = PROT_READ | PROT_EXEC };
	int err;

	t->mod.flags = flags;
	if (ftrace_lock("fuzz"))
		return -EDEADLK;
	like.file = ftrace_host->alloc(sizeof(((struct fake_file *)0)->path));
	if (like.file)
		snprintf(like.file, sizeof(((struct fake_file *)0)->path),
			 "fake:%p", (void *)t);
	err = like.file ? ftrace_mod_init(&t->mod, &like) :
			  ftrace_fail("fuzz", "no memory", -ENOMEM);
	if (err)
		ftrace_host->free(like.file);
	ftrace_unlock();
	return err;
}

/* The pool that thunks were taken from is as it was, too. */
void text_rewind(struct fake_text *t)
{
	unsigned char *from[2] = { t->at - t->used[0], t->at + t->mapped };
	int i;

	for (i = 0; i < 2; i++) {
		if (t->used[i])
			ck_assert_ptr_ne(mmap(from[i], t->used[i], PROT_NONE,
					      MAP_PRIVATE | MAP_ANONYMOUS |
						      MAP_FIXED, -1, 0),
					 MAP_FAILED);
		t->used[i] = 0;
	}
}

void text_stop(struct fake_text *t)
{
	size_t i;

	if (t->mod.data)
		ck_assert_int_eq(ftrace_release_mod(&t->mod), 0);
	for (i = 0; i < t->nr; i++)
		fake_poke(t, i, FAKE_INSN_GAP);
	text_rewind(t);
}
