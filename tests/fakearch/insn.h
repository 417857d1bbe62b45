/* SPDX-License-Identifier: MIT */
/* The fake machine's encoders: a word of letters and a number, eight bytes. */
#ifndef FTRACE_FAKE_INSN_H
#define FTRACE_FAKE_INSN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FAKE_INSN_SIZE	8
#define FAKE_INSN_NOP	"NOP \0\0\0\0"	/* the library's */
#define FAKE_INSN_GAP	"GAP \0\0\0\0"	/* what the compiler leaves */
#define FAKE_INSN_TWO	"TWO \0\0\0\0"	/* the same, of two instructions */
#define FAKE_INSN_PAD	"PAD \0\0\0\0"	/* may stand before a site */
#define FAKE_INSN_ODD	"ODD \0\0\0\0"	/* a site that cannot be traced */
#define FAKE_INSN_SKIP	"SKIP"		/* jumps over the next four bytes */
#define FAKE_HEAD_SIZE	4		/* of the word; the number is the tail */

/* CALL target */
static inline void fake_insn_call(unsigned char out[8], unsigned long ip,
				  unsigned long target)
{
	int32_t rel = (int32_t)(target - ip);

	memcpy(out, "CALL", 4);
	memcpy(out + 4, &rel, 4);
}

/* JUMP target */
static inline void fake_insn_jump(unsigned char out[8], unsigned long ip,
				  unsigned long target)
{
	fake_insn_call(out, ip, target);
	memcpy(out, "JUMP", 4);
}

static inline bool fake_insn_is(unsigned long at, const char *insn)
{
	return !memcmp((const void *)at, insn, FAKE_INSN_SIZE);
}

static inline bool fake_insn_is_skip(unsigned long at)
{
	return !memcmp((const void *)at, FAKE_INSN_SKIP, FAKE_HEAD_SIZE);
}

/* Where the call or jump at @ip goes; 0 if it is none. */
static inline unsigned long fake_insn_target(unsigned long ip)
{
	int32_t rel;

	if (memcmp((const void *)ip, "CALL", 4) &&
	    memcmp((const void *)ip, "JUMP", 4))
		return 0;
	memcpy(&rel, (const void *)(ip + 4), 4);
	return ip + (unsigned long)(long)rel;
}

#endif
