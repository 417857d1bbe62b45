/* SPDX-License-Identifier: MIT */
/* Sites of graph clients, which jump, as the core's files share it. */
#ifndef FTRACE_GENERIC_JUMP_H
#define FTRACE_GENERIC_JUMP_H

/*
 * Does its site jump when it goes to @call, to a thunk of jump.c's? A site with a
 * thunk of its own does, or does not, whoever its clients are.
 */
static inline bool ftrace_rec_jumps(const struct dyn_ftrace *rec,
				    const struct ftrace_set *call)
{
	return FTRACE_GRAPH_JUMP && call && call->graph &&
	       !ftrace_rec_private(rec);
}

/* A target whose sites do not has no such thunk. */
static inline void ftrace_jump_write(void *dst, unsigned long thunk,
				     const struct ftrace_slot *slot,
				     const struct dyn_ftrace *rec)
{
	if (FTRACE_GRAPH_JUMP)
		arch_ftrace_write_graph_thunk(dst, thunk, (unsigned long)slot,
					      rec->ip);
}

/* jump.c; registration lock */
int ftrace_jump_get(struct ftrace_mod *m, const struct dyn_ftrace *rec,
		    const struct ftrace_set *set, unsigned long *addr);
void ftrace_jump_move(const struct ftrace_mod *m, const struct dyn_ftrace *rec,
		      const struct ftrace_set *now, struct ftrace_set *call,
		      bool before);
void ftrace_jump_undo(const struct ftrace_mod *m, const struct dyn_ftrace *rec,
		      const struct ftrace_set *now,
		      const struct ftrace_set *call);
const char *ftrace_jump_wrong(const struct ftrace_mod *m,
			      const struct dyn_ftrace *rec);
void ftrace_jump_free(const struct ftrace_mod *m);
size_t ftrace_jump_size(const struct ftrace_mod *m);
bool ftrace_jump_room(struct ftrace_mod *to, const struct ftrace_mod *from);
void ftrace_jump_copy(struct ftrace_mod *to, unsigned long i,
		      const struct ftrace_mod *from, unsigned long old);

#endif
