/* SPDX-License-Identifier: MIT */
/* arm64: functions that keep more registers than the base standard asks for. */
#pragma GCC target("+sve")
#include <arm_sve.h>

#include "../arch-cases.h"

#define TRACED __attribute__((noipa))
#define VECTOR TRACED __attribute__((aarch64_vector_pcs))

VECTOR static long pcs_vector(long x)
{
	return x + 9;
}

TRACED static svint64_t pcs_sve(svint64_t x)
{
	return svadd_x(svptrue_b64(), x, 9);
}

/* As keep_target(). */
void pcs_dump(const void *in, void *seen, bool sve);
__asm__(".pushsection .text\n\t"
	".arch armv8-a+sve\n\t"
	".variant_pcs pcs_dump\n"
	".globl pcs_dump\n"
	".type pcs_dump, %function\n"
	"pcs_dump:\n\t"
	".cfi_startproc\n"
	".Lpcs_site: nop\n\t"
	"nop\n\t"
	"cbz x2, 1f\n\t"
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "
		"18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\t"
	"str z\\n, [x1, #\\n, mul vl]\n\t"
	".endr\n\t"
	"addvl x1, x1, #16\n\t"
	"addvl x1, x1, #16\n\t"
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"
	"str p\\n, [x1, #\\n, mul vl]\n\t"
	".endr\n\t"
	"rdffr p0.b\n\t"
	"str p0, [x1, #16, mul vl]\n\t"
	"ret\n"
	"1:\t"
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "
		"18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\t"
	"str q\\n, [x1, #16 * \\n]\n\t"
	".endr\n\t"
	"ret\n\t"
	".cfi_endproc\n\t"
	".size pcs_dump, . - pcs_dump\n\t"
	".section __patchable_function_entries, \"awo\", %progbits, .Lpcs_site\n\t"
	".balign 8\n\t"
	".xword .Lpcs_site\n\t"
	".popsection");

static long call_vector(long x)
{
	return pcs_vector(x);
}

static long call_sve(long x)
{
	return svlastb(svptrue_b64(), pcs_sve(svdup_s64(x)));
}

const struct pcs_fn pcs_fns[] = {
	{ "pcs_vector", (const void *)pcs_vector, call_vector, false },
	{ "pcs_sve", (const void *)pcs_sve, call_sve, true },
	{ "pcs_dump", (const void *)pcs_dump, NULL, false },
	{ NULL, NULL, NULL, false },
};
