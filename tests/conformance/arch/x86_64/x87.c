/* SPDX-License-Identifier: MIT */
/* x86: what is returned in x87 registers, past handlers that use all of them. */
#include "../../stack.h"
#include "arch-cases.h"

/* A site as compilers make it; eax says nothing of what is returned. */
#define TRACED(name, body)                                             \
	__asm__(".pushsection .text\n"                                 \
		"	.p2align 4\n"                                  \
		"	.globl	" #name "\n"                           \
		"	.type	" #name ", @function\n"                \
		#name ":\n"                                            \
		"	.cfi_startproc\n"                              \
		"	.rept	5\n	nop\n	.endr\n"                \
		"	" body "\n"                                    \
		"	movl	$0, %eax\n"                            \
		"	ret\n"                                         \
		"	.cfi_endproc\n"                                \
		"	.size	" #name ", . - " #name "\n"            \
		"	.section __patchable_function_entries, \"awo\", " \
		"@progbits, " #name "\n"                               \
		"	.balign	" WORD "\n"                            \
		"	" ADDRESS "	" #name "\n"                   \
		"	.popsection")

#ifdef __x86_64__
#define WORD	"8"
#define ADDRESS	".quad"
#else
#define WORD	"4"
#define ADDRESS	".long"
#endif

long double traced_x87_one(void), traced_x87_two(void);
void traced_x87_none(void);
TRACED(traced_x87_none, "nop");
TRACED(traced_x87_one, "fldpi");
TRACED(traced_x87_two, "fldl2e\n	fldpi");

/* So that a word which is not stored is noticed. */
static APART void soil(void)
{
	volatile unsigned char below[4096];
	unsigned int i;

	for (i = 0; i < sizeof(below); i++)
		below[i] = 0x5b;
}

/* All eight are empty still: the third word of fnstenv's has two ones for each. */
static APART void empty(void *out)
{
	unsigned int env[7];

	__asm__ volatile("fnstenv %0" : "=m"(env));
	STORE(unsigned int, 32, env[2]);
}

static APART void call_none(void *out)
{
	soil();
	traced_x87_none();
	empty(out);
}

static const struct shape x87_none = { { "traced_x87_none", NULL }, 1,
				       call_none };

SHAPE(x87_one, 1, STORE(long double, 0, traced_x87_one()); empty(out));

/* The second one is nobody's but ours. */
static APART void call_two(void *out)
{
	long double first = traced_x87_two();

	__asm__ volatile("fstpt %0\n\tfstpt %1"
			 : "=m"(((long double *)out)[0]),
			   "=m"(((long double *)out)[1])
			 : "t"(first)
			 : "st");
	empty(out);
}

static const struct shape x87_two = { { "traced_x87_two", NULL }, 1, call_two };

static void all_eight(void)
{
	__asm__ volatile("fldz\n\tfldz\n\tfldz\n\tfldz\n\t"
			 "fldz\n\tfldz\n\tfldz\n\tfldz\n\t"
			 "fstp %%st(0)\n\tfstp %%st(0)\n\tfstp %%st(0)\n\t"
			 "fstp %%st(0)\n\tfstp %%st(0)\n\tfstp %%st(0)\n\t"
			 "fstp %%st(0)\n\tfstp %%st(0)"
			 ::: "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)",
			     "st(6)", "st(7)");
}

/* Wherever the stack of registers begins. */
void stack_x87(void)
{
	unsigned int top;

	state_hook = all_eight;
	for (top = 0; top < 8; top++) {
		stack_try(&x87_none);
		stack_try(&x87_one);
		stack_try(&x87_two);
		__asm__ volatile("fincstp");
	}
}
