/* SPDX-License-Identifier: MIT */
/* The two direct functions: they call stress_old() and stress_new(). */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE(stress_direct_old, stress_old)
FTRACE_DIRECT_TRAMPOLINE(stress_direct_new, stress_new)
