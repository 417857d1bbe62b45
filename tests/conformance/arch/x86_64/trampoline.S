/* SPDX-License-Identifier: MIT */
/* Trampolines that the library makes for C functions. */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE(trampoline_six, trampoline_body)
FTRACE_DIRECT_TRAMPOLINE_IP(trampoline_ip, state_callback)
FTRACE_DIRECT_TRAMPOLINE(trampoline_walks, unwind_direct)
