/* SPDX-License-Identifier: MIT */
/* The verbs: what one record's site can be told to become. */
#include "internal.h"

/* What @rec's site holds when it calls @addr, or jumps there, or (0) neither. */
uint64_t ftrace_site_insn(const struct dyn_ftrace *rec, unsigned long addr,
			  bool jump)
{
	if (!addr)
		return arch_ftrace_nop(rec->ip);
	return jump ? arch_ftrace_jump(rec->ip, addr) :
		      arch_ftrace_call(rec->ip, addr);
}

static inline bool jumps(const struct dyn_ftrace *rec)
{
	return rec->flags & FTRACE_FL_JUMP;
}

/*
 * Each verifies that the site holds what it must and has the new instruction
 * put in the batch, or written when the batch is walked again. Outside a batch
 * it is a batch of one.
 *
 * Return: 0; -ERANGE @addr is out of reach; and what ftrace_text_change()
 * returns: -EFAULT, -EINVAL, -ENOMEM, and -EPERM.
 */
static int change(struct dyn_ftrace *rec, unsigned long from, unsigned long to,
		  bool jump)
{
	uint64_t old = ftrace_site_insn(rec, from, jumps(rec));
	uint64_t new = ftrace_site_insn(rec, to, jump);

	return ftrace_text_change(rec, rec->ip, &old, &new, MCOUNT_INSN_SIZE);
}

/* From a call of @addr, or a jump, as the record says, to the nop. */
int ftrace_make_nop(struct ftrace_module *mod, struct dyn_ftrace *rec,
		    unsigned long addr)
{
	(void)mod;
	if (!arch_ftrace_in_reach(rec->ip, addr))
		return -ERANGE;
	return change(rec, addr, 0, false);
}

/* From the nop to a call of @addr, or a jump. */
int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr, bool jump)
{
	if (!arch_ftrace_in_reach(rec->ip, addr))
		return -ERANGE;
	return change(rec, 0, addr, jump);
}

/* From a call of @old_addr to a call of @addr; either may be a jump. */
int ftrace_modify_call(struct dyn_ftrace *rec, unsigned long old_addr,
		       unsigned long addr, bool jump)
{
	if (!arch_ftrace_in_reach(rec->ip, old_addr) ||
	    !arch_ftrace_in_reach(rec->ip, addr))
		return -ERANGE;
	return change(rec, old_addr, addr, jump);
}
