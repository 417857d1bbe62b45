/* SPDX-License-Identifier: MIT */
/* Area 7: every public function with NULL for each of its pointers. */
#include <ftrace/module.h>

#include "conformance.h"

static struct snap before;

/* Refused by name, and nothing is changed. */
static void null(const char *call, int got, int want)
{
	refused(call, got, want, call, "NULL");
	snap_same(call, &before);
}

static void start(void)
{
	snap_take(&before);
	log_clear();
}

static void released(struct ftrace_ops *ops)
{
	value("released", (unsigned long)ops, 0);
}

static void null_clients(void)
{
	struct probe p;

	probe_init(&p, 0);
	start();
	null("register_ftrace_function", register_ftrace_function(NULL),
	     -EINVAL);
	null("unregister_ftrace_function", unregister_ftrace_function(NULL),
	     -EINVAL);
	null("unregister_ftrace_function_timeout",
	     unregister_ftrace_function_timeout(NULL, 0), -EINVAL);
	null("unregister_ftrace_function_async",
	     unregister_ftrace_function_async(NULL, released), -EINVAL);
	null("unregister_ftrace_function_async",
	     unregister_ftrace_function_async(&p.ops, NULL), -EINVAL);
	null("ftrace_set_filter_tid", ftrace_set_filter_tid(NULL, 1, 0, 0),
	     -EINVAL);
	ftrace_free_filter(NULL);
	value("ftrace_free_filter", log_has("libftrace", ""), false);
	log_clear();
	refused("func", register_ftrace_function(&(struct ftrace_ops){ 0 }),
		-EINVAL, "register_ftrace_function", "no func");
	refused("direct", register_ftrace_direct(CODE(traced_one), 0), -EINVAL,
		"register_ftrace_direct", "address is 0");
	refused("direct", unregister_ftrace_direct(CODE(traced_one), 0),
		-EINVAL, "unregister_ftrace_direct", "address is 0");
	refused("direct", modify_ftrace_direct(CODE(traced_one), 0, 1),
		-EINVAL, "modify_ftrace_direct", "address is 0");
	refused("direct", modify_ftrace_direct(CODE(traced_one), 1, 0),
		-EINVAL, "modify_ftrace_direct", "address is 0");
	refused("ip", register_ftrace_direct(0, CODE(direct_one)), -ENODEV,
		"register_ftrace_direct", "no site");
	value("ftrace_find_rec_direct", ftrace_find_rec_direct(0), 0);
	snap_same("clients", &before);
}

static void null_filters(void)
{
	unsigned long ip = CODE(traced_one);
	struct probe p;

	probe_init(&p, 0);
	start();
	null("ftrace_set_filter", ftrace_set_filter(NULL, "twin", 4, 0),
	     -EINVAL);
	null("ftrace_set_filter", ftrace_set_filter(&p.ops, NULL, 4, 0),
	     -EINVAL);
	null("ftrace_set_filter", ftrace_set_filter(&p.ops, "twin", -1, 0),
	     -EINVAL);
	null("ftrace_set_notrace", ftrace_set_notrace(NULL, "twin", 4, 0),
	     -EINVAL);
	null("ftrace_set_notrace", ftrace_set_notrace(&p.ops, NULL, 4, 0),
	     -EINVAL);
	null("ftrace_set_global_filter", ftrace_set_global_filter(NULL, 4, 0),
	     -EINVAL);
	null("ftrace_set_global_notrace",
	     ftrace_set_global_notrace(NULL, 4, 0), -EINVAL);
	null("ftrace_set_filter_ip", ftrace_set_filter_ip(NULL, ip, 0, 0),
	     -EINVAL);
	null("ftrace_set_filter_ips",
	     ftrace_set_filter_ips(NULL, &ip, 1, 0, 0), -EINVAL);
	null("ftrace_set_filter_ips",
	     ftrace_set_filter_ips(&p.ops, NULL, 1, 0, 0), -EINVAL);
	value("no filter", p.ops.hash == NULL, true);
	/* Only a reset may come without a name, or without addresses. */
	value("reset", (unsigned long)ftrace_set_filter(&p.ops, NULL, 0, 1), 0);
	value("reset", (unsigned long)ftrace_set_filter_ips(&p.ops, NULL, 0, 0,
							    1), 0);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	traced_one(0);
	count("hits", p.hits, 1);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

static void null_looks(void)
{
	const char *names[2] = { "traced_one", "traced_two" };
	struct ftrace_iter it = { .list = FTRACE_LIST_AVAILABLE };
	struct ftrace_site_info info;
	unsigned long addr[2];
	char buf[80];

	start();
	null("ftrace_lookup_symbols", ftrace_lookup_symbols(NULL, 2, addr),
	     -EINVAL);
	null("ftrace_lookup_symbols", ftrace_lookup_symbols(names, 2, NULL),
	     -EINVAL);
	names[1] = NULL;
	null("ftrace_lookup_symbols", ftrace_lookup_symbols(names, 2, addr),
	     -EINVAL);
	null("ftrace_iter_next", ftrace_iter_next(NULL, &info), -EINVAL);
	null("ftrace_iter_next", ftrace_iter_next(&it, NULL), -EINVAL);
	null("ftrace_iter_line", ftrace_iter_line(NULL, buf, 9), -EINVAL);
	null("ftrace_iter_line", ftrace_iter_line(&it, NULL, 9), -EINVAL);
	null("ftrace_for_each_site", ftrace_for_each_site(NULL, NULL),
	     -EINVAL);
	null("ftrace_get_stats", ftrace_get_stats(NULL), -EINVAL);
	refused("ftrace_explain", ftrace_explain("twin", 0, NULL, 9), -EINVAL,
		"ftrace_explain", "no buffer");
	value("by address", ftrace_explain(NULL, 0, buf, sizeof(buf)) > 0,
	      true);
	value("ftrace_code", ftrace_code(NULL), 0);
	value("ftrace_location", ftrace_location(0), 0);
	value("ftrace_location_range", ftrace_location_range(0, 0), 0);
	value("ftrace_text_reserved",
	      (unsigned long)ftrace_text_reserved(NULL, NULL), 0);
	value("ftrace_regs_query_register_offset",
	      (unsigned long)ftrace_regs_query_register_offset(NULL), -EINVAL);
	snap_same("looks", &before);
}

static void null_modules(void)
{
	struct ftrace_module empty = { .name = NULL };
	struct ftrace_module no_list = {
		.text = 4096, .text_end = 8192, .nr_sites = 1,
	};

	start();
	null("ftrace_module_init", ftrace_module_init(NULL), -EINVAL);
	null("ftrace_module_init", ftrace_module_init(&no_list), -EINVAL);
	refused("empty", ftrace_module_init(&empty), -EINVAL,
		"ftrace_module_init", "no text");
	refused("NULL", ftrace_module_enable(NULL), -EINVAL,
		"ftrace_module_enable", "not a module");
	refused("NULL", ftrace_release_mod(NULL), -EINVAL,
		"ftrace_release_mod", "not a module");
	null("ftrace_object_add", ftrace_object_add(NULL), -EINVAL);
	value("ftrace_object_del", (unsigned long)ftrace_object_del(NULL),
	      -EINVAL);
	value("ftrace_set_host", (unsigned long)ftrace_set_host(NULL),
	      -EINVAL);
	snap_same("modules", &before);
	/* The host's own log, and this program's again. */
	ftrace_set_log(NULL);
	log_start();
	start();
	null("ftrace_module_init", ftrace_module_init(NULL), -EINVAL);
}

const struct conf_case null_cases[] = {
	{ "null_clients", "-", null_clients },
	{ "null_filters", "-", null_filters },
	{ "null_looks", "-", null_looks },
	{ "null_modules", "-", null_modules },
	{ NULL, NULL, NULL },
};
