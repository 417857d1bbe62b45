/* SPDX-License-Identifier: MIT */
/* One suite for each file of the core, and one for running out of memory. */
#ifndef FTRACE_UNIT_SUITES_H
#define FTRACE_UNIT_SUITES_H

#include "fake.h"

Suite *suite_api(void);
Suite *suite_barrier(void);
Suite *suite_bug(void);
Suite *suite_cores(void);
Suite *suite_cores_deep(void);
Suite *suite_direct(void);
Suite *suite_discover(void);
Suite *suite_direct_multi(void);
Suite *suite_filter(void);
Suite *suite_glob(void);
Suite *suite_global(void);
Suite *suite_graph(void);
Suite *suite_graph_filter(void);
Suite *suite_hash(void);
Suite *suite_host(void);
Suite *suite_host_linux(void);
Suite *suite_host_maps(void);
Suite *suite_jump(void);
Suite *suite_keep(void);
Suite *suite_listing(void);
Suite *suite_lock(void);
Suite *suite_log(void);
Suite *suite_memory(void);
Suite *suite_model(void);
Suite *suite_module(void);
Suite *suite_noargs(void);
Suite *suite_object(void);
Suite *suite_ops(void);
Suite *suite_park(void);
Suite *suite_parked(void);
Suite *suite_pattern(void);
Suite *suite_poke(void);
Suite *suite_profile(void);
Suite *suite_records(void);
Suite *suite_scan(void);
Suite *suite_scan_bad(void);
Suite *suite_sets(void);
Suite *suite_share(void);
Suite *suite_stacks(void);
Suite *suite_state(void);
Suite *suite_switch(void);
Suite *suite_switch_share(void);
Suite *suite_symbols(void);
Suite *suite_text(void);
Suite *suite_thread(void);
Suite *suite_thunk(void);
Suite *suite_tids(void);
Suite *suite_unregister(void);
Suite *suite_turns(void);
Suite *suite_update(void);
Suite *suite_verify(void);

/* How much of a long loop to do. */
static inline unsigned long unit_loops(unsigned long n)
{
	return unit_quick() ? n / 50 + 1 : n;
}

#endif
