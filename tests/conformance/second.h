/* SPDX-License-Identifier: MIT */
/* Another copy of the library in the same process: second.so. */
#ifndef CONFORMANCE_SECOND_H
#define CONFORMANCE_SECOND_H

#include <ftrace/module.h>

struct second {
	int (*module_init)(struct ftrace_module *mod);
	int (*module_enable)(struct ftrace_module *mod);
	int (*release_mod)(struct ftrace_module *mod);
	int (*set_filter_ip)(struct ftrace_ops *ops, unsigned long ip,
			     int remove, int reset);
	int (*register_function)(struct ftrace_ops *ops);
	int (*unregister_function)(struct ftrace_ops *ops);
	long (*verify)(void);
	int (*explain)(const char *name, unsigned long ip, char *buf,
		       size_t len);
};

extern const struct second second;

#endif
