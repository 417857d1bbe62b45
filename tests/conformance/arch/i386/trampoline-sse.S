/* SPDX-License-Identifier: MIT */
/* As in a file that is assembled for SSE. */
#undef __SSE__
#define __SSE__ 1
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE_IP(trampoline_ip_sse, state_callback)
