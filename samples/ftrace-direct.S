/* SPDX-License-Identifier: MIT */
/* The direct function of the sample; its body is C. */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE(sample_direct, sample_body)
