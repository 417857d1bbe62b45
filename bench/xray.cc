/* SPDX-License-Identifier: MIT */
/* clang's XRay: its handlers and its switches. */
#include <cstdint>
#include <immintrin.h>
#include <xray/xray_interface.h>

#include "bench.h"

extern "C" __thread long bench_xray_calls = 0, bench_xray_exits = 0;

static void entry(int32_t, XRayEntryType type)
{
	if (type == XRayEntryType::ENTRY)
		bench_xray_calls++;
	else
		bench_xray_exits++;
}

__attribute__((target("avx"))) static void upper(int32_t, XRayEntryType type)
{
	if (type == XRayEntryType::ENTRY)
		bench_xray_calls++;
	_mm256_zeroupper();
}

extern "C" void bench_xray_handler(bool clear)
{
	__xray_set_handler(clear ? upper : entry);
}

extern "C" void bench_xray_patch(bool on)
{
	if ((on ? __xray_patch() : __xray_unpatch()) !=
	    XRayPatchingStatus::SUCCESS)
		bench_die("XRay did not patch");
}

extern "C" void bench_xray_patch_one(unsigned long function, bool on)
{
	int32_t id = (int32_t)function;

	if ((on ? __xray_patch_function(id) : __xray_unpatch_function(id)) !=
	    XRayPatchingStatus::SUCCESS)
		bench_die("XRay did not patch a function");
}

extern "C" unsigned long bench_xray_functions(void)
{
	return __xray_max_function_id();
}

extern "C" unsigned long bench_xray_find(const void *fn)
{
	unsigned long i;

	for (i = 1; i <= bench_xray_functions(); i++)
		if (__xray_function_address((int32_t)i) == (uintptr_t)fn)
			return i;
	bench_die("XRay does not know a function");
}
