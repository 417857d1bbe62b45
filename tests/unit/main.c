/* SPDX-License-Identifier: MIT */
/* All suites, in the order in which the core's files rest on each other. */
#include "suites.h"

/*
 * Under valgrind each test is translated anew, in a process of its own: those
 * suites that go through the most of the core, unless there is time for all.
 */
static bool quick(Suite *(*suite)(void))
{
	return suite == suite_sets || suite == suite_records ||
	       suite == suite_bug || suite == suite_symbols ||
	       suite == suite_listing || suite == suite_object ||
	       suite == suite_scan || suite == suite_switch;
}

/*
 * None of these then. They are about what the kernel answers, where valgrind
 * answers, and about all there is on other threads' stacks, old words too.
 */
static bool kernel(Suite *(*suite)(void))
{
	return suite == suite_host_linux || suite == suite_host_maps ||
	       suite == suite_park;
}

int main(void)
{
	static Suite *(*const suites[])(void) = {
		suite_log, suite_lock, suite_thread, suite_hash, suite_sets,
		suite_records, suite_thunk, suite_state, suite_poke,
		suite_text, suite_update,
		suite_ops, suite_filter, suite_global, suite_glob,
		suite_pattern,
		suite_direct, suite_direct_multi, suite_share, suite_noargs,
		suite_module, suite_object, suite_discover, suite_parked,
		suite_symbols,
		suite_scan, suite_scan_bad, suite_bug, suite_listing,
		suite_keep, suite_graph, suite_jump, suite_graph_filter,
		suite_stacks, suite_profile,
		suite_cores, suite_cores_deep, suite_turns, suite_model,
		suite_host_linux, suite_host_maps,
		suite_park, suite_memory,
		suite_tids, suite_unregister, suite_barrier,
		suite_switch, suite_switch_share, suite_verify, suite_api,
	};
	SRunner *sr = srunner_create(unit_quick() ? suite_log() :
						    suite_host());
	size_t i;
	int failed;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (!(unit_quick() && !quick(suites[i])) &&
		    !(getenv("UNIT_VALGRIND") && kernel(suites[i])))
			srunner_add_suite(sr, suites[i]());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
