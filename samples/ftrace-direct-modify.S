/* SPDX-License-Identifier: MIT */
/* The two direct functions of the sample; their bodies are C. */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE(sample_direct, sample_body)
FTRACE_DIRECT_TRAMPOLINE(sample_direct_new, sample_body_new)
