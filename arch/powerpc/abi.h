/* SPDX-License-Identifier: MIT */
/* powerpc: what the ABIs call differently; for C and assembly. */
#ifndef FTRACE_POWERPC_ABI_H
#define FTRACE_POWERPC_ABI_H

#if defined(__powerpc64__) && _CALL_ELF == 2

/* A frame's head: back chain, CR, LR, TOC. LR is its callee's to fill. */
#define ABI_LINKAGE	32
#define ABI_LR_SAVE	16
/* From r1 at the site to argument n; those in registers have a place too. */
#define ABI_ARG_AT(n)	(32 + 8 * (n))

#ifdef __ASSEMBLER__
	.abiversion 2

#define LOAD		ld
#define LOAD_X		ldx
#define STORE		std
#define STORE_UPDATE	stdu
#define SHIFT_LEFT	sldi
#define COMPARE		cmpdi
#define COMPARE_U	cmpldi

/* r2 for this object. \reg holds the address of \label. */
	.macro	load_toc reg, label
	addis	%r2, \reg, (.TOC. - \label)@ha
	addi	%r2, %r2, (.TOC. - \label)@l
	.endm

/* \reg = a variable of this thread; needs r2. The linker knows these three. */
	.macro	load_tls reg, name
	addis	\reg, %r2, \name@got@tprel@ha
	ld	\reg, \name@got@tprel@l(\reg)
	ldx	\reg, \reg, \name@tls
	.endm

/* Call the function that the pointer in r12 names. r2 is lost. */
	.macro	call_pointer
	mtctr	%r12
	bctrl
	.endm
#endif

#else
#error "missing definition of this ABI"
#endif

#endif
