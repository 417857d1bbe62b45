/* SPDX-License-Identifier: MIT */
/* i386: a value in a vector of 32 or 64 bytes of which little is in use. */
#include "../../stack.h"
#include "../x86_64/arch-cases.h"

typedef float v8f __attribute__((vector_size(32)));
typedef float v16f __attribute__((vector_size(64)));

/* The file is not built for AVX, these functions are. */
#define WITH(what) __attribute__((noipa, target(what)))
#define TRACED __attribute__((patchable_function_entry(5), aligned(16)))

TRACED WITH("avx") static v8f traced_ymm(float f)
{
	return (v8f){ 0, 0, 0, 0, 0, f, 0, 0 };
}

TRACED WITH("avx512f") static v16f traced_zmm_third(float f)
{
	return (v16f){ 0, 0, 0, 0, 0, 0, 0, 0, 0, f };
}

TRACED WITH("avx512f") static v16f traced_zmm_last(float f)
{
	return (v16f){ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, f };
}

static WITH("avx") void call_ymm(void *out)
{
	STORE(v8f, 0, traced_ymm(7));
}

static WITH("avx512f") void call_zmm_third(void *out)
{
	STORE(v16f, 0, traced_zmm_third(8));
}

static WITH("avx512f") void call_zmm_last(void *out)
{
	STORE(v16f, 0, traced_zmm_last(9));
}

static WITH("avx") void clear(void)
{
	__asm__ volatile("vzeroall" ::: "memory");
}

void stack_ymm(void)
{
	static const struct shape ymm = { { "traced_ymm", NULL }, 1, call_ymm };
	static const struct shape zmm[] = {
		{ { "traced_zmm_third", NULL }, 1, call_zmm_third },
		{ { "traced_zmm_last", NULL }, 1, call_zmm_last },
	};

	state_hook = clear;
	if (__builtin_cpu_supports("avx"))
		stack_try(&ymm);
	if (!__builtin_cpu_supports("avx512f"))
		return;
	stack_try(&zmm[0]);
	stack_try(&zmm[1]);
}
