/* SPDX-License-Identifier: MIT */
/* The direct functions of sanitized.c; their bodies are C. */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE(direct_one, direct_one_body)
FTRACE_DIRECT_TRAMPOLINE(direct_two, direct_two_body)
