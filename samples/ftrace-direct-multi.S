/* SPDX-License-Identifier: MIT */
/* The direct function of the sample, which is told where it is called from. */
#include <ftrace/trampoline.h>

FTRACE_DIRECT_TRAMPOLINE_IP(sample_direct_ip, sample_body_ip)
