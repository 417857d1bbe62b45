/* SPDX-License-Identifier: MIT */
/* i386: a signal at every single instruction: x86_64's cases. */
#include "../x86_64/step.c"

/* mov (%esp), %ebx; ret: crt1.o's, which the linker prefers, has no CFI. */
_Bool arch_step_exempt(unsigned long pc)
{
	static const unsigned char get_pc[4] = { 0x8b, 0x1c, 0x24, 0xc3 };

	return !memcmp((const void *)pc, get_pc, 4) ||
	       ((pc & 15) >= 3 && !memcmp((const char *)pc - 3, get_pc, 4));
}
