/* SPDX-License-Identifier: MIT */
/* The body with clang's XRay sleds, and XRay's switch. */
#include <cstdint>
#include <xray/xray_interface.h>

extern "C" {
#include "bench.h"

long bench_xray_calls;

[[clang::xray_always_instrument]] __attribute__((noinline)) long
bench_xray(long v)
{
	__asm__ volatile("");
	return v + 1;
}

[[clang::xray_never_instrument]] static void entry(int32_t, XRayEntryType type)
{
	if (type == XRayEntryType::ENTRY)
		bench_xray_calls++;
}

[[clang::xray_never_instrument]] int bench_xray_patch(int on)
{
	if (on) {
		__xray_set_handler(entry);
		return __xray_patch() != XRayPatchingStatus::SUCCESS;
	}
	return __xray_unpatch() != XRayPatchingStatus::SUCCESS;
}
}
