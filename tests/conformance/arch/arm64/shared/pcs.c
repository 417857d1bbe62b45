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
	{ NULL, NULL, NULL, false },
};
