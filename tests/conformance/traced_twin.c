/* SPDX-License-Identifier: MIT */
/* A static function whose name another file has, too. */
#include "conformance.h"

static long twin(long x) __attribute__((noipa, used, aligned(16)));
static long twin(long x)
{
	return x + 40;
}

const struct traced_name traced_twin_names[] = {
	{ "other_twin", twin },
	{ NULL, NULL },
};
