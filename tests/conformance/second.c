/* SPDX-License-Identifier: MIT */
/* A shared object with a copy of the library that it shares with nobody. */
#include "second.h"

const struct second second = {
	.module_init = ftrace_module_init,
	.module_enable = ftrace_module_enable,
	.release_mod = ftrace_release_mod,
	.set_filter_ip = ftrace_set_filter_ip,
	.register_function = register_ftrace_function,
	.unregister_function = unregister_ftrace_function,
	.verify = ftrace_verify,
	.explain = ftrace_explain,
};
