/* SPDX-License-Identifier: MIT */
/* Direct functions whose body is C: for assembly files. */
#ifndef FTRACE_TRAMPOLINE_H
#define FTRACE_TRAMPOLINE_H

/*
 * What register_ftrace_direct() calls runs in the place of a site's call: it
 * must keep all that is live there, and go back with the registers of a site,
 * which no C function does. In a file whose name ends in .S
 *
 *	#include <ftrace/trampoline.h>
 *
 *	FTRACE_DIRECT_TRAMPOLINE(name, function)
 *	FTRACE_DIRECT_TRAMPOLINE_IP(name, function)
 *
 * define void name(void), to be registered as ftrace_code((void *)name). It
 * keeps what is live, calls the C function, and goes on into the traced one,
 * or to where an IPMODIFY client of the same function sends it.
 *
 * The function gets the first six integer or pointer arguments of the traced
 * one, and all that are in registers: its prototype may be the traced one's as
 * far as that goes. Its result is dropped, and the traced one's arguments stay
 * as they were. That of the second kind gets the site's address, unsigned long
 * ip, and nothing else. It lies in the same object as the trampoline, is notrace
 * and keeps errno, if anybody looks at that. backtrace() shows it, the traced
 * function, its caller and so on.
 *
 * Vector arguments are kept as the baseline of the target has them: x86_64
 * 128 bits, powerpc those of AltiVec and i386 those of SSE if the file is
 * assembled for it (i386: and no MMX registers, which nobody can use beside the
 * x87 unit). For functions that get wider ones in registers this is no
 * trampoline.
 *
 * Each port has these macros in <ftrace/asm/direct.h>.
 */
#ifdef __ASSEMBLER__
#if !__has_include(<ftrace/asm/direct.h>)
#error "missing <ftrace/asm/direct.h>: this port has no trampolines for C"
#endif
#include <ftrace/asm/direct.h>

	.section .note.GNU-stack, "", %progbits
	.text
#endif

#endif
