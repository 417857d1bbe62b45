/* SPDX-License-Identifier: MIT */
/* The direct functions of the program; their bodies are C. */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE(first_direct, first_body)
FTRACE_DIRECT_TRAMPOLINE(second_direct, second_body)
