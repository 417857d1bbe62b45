# SPDX-License-Identifier: MIT
# The core on the fake machine, native: one program, built three ways. What
# leaks is found by the host of the tests, which counts.
#	check-unit		all of it
#	check-unit-plain	one of plain asan ndebug valgrind

unit-src := $(wildcard generic/*.c generic/host/*.c tests/fakearch/*.c \
	tests/unit/*.c) $(addprefix tests/conformance/,api.c api_run.c)
unit-cc := $(if $(filter file command environment,$(origin CC)),$(CC),gcc)
unit-libs = $(shell pkg-config --libs check)
unit-inc := -Itests/fakearch/include -Itests/fakearch
# What tests/unit/cores.c and test_model.c look on at.
unit-wrap := $(addprefix -Wl$(comma)--wrap=,arch_ftrace_store \
	arch_ftrace_text_steps ftrace_runs ftrace_any_run ftrace_sets_kill_ops \
	ftrace_thunks_retire ftrace_thunk_point ftrace_thunk_get)
# What a simulated core runs.
unit-once := generic/graph.c generic/sets.c generic/thunk.c tests/fakearch/entry.c
plain.unit :=
asan.unit := -fsanitize=address,undefined -fno-sanitize-recover=all
ndebug.unit := -DNDEBUG
# Its processes are many and short: the slow cases are left to check-full, and take
# far longer than the time that they are given elsewhere.
unit-valgrind = UNIT_VALGRIND=1 CK_TIMEOUT_MULTIPLIER=30 \
	$(if $(CONF_FULL),,UNIT_QUICK=1) valgrind -q --error-exitcode=99 --suppressions=tests/unit/valgrind.supp

define unit
unit-$(1)-obj := $$(addsuffix .o,$$(addprefix $$(O)/unit/$(1)/,$$(unit-src)))

$$(O)/unit/$(1)/%.c.o: %.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$(unit-cc) $$(LIB_CFLAGS) $$($(1).unit) $$(unit-inc) \
		$$(if $$(filter $$(unit-once),$$<),-include tests/unit/once.h) -c -o $$@ $$<

$$(O)/unit/$(1)/unit: $$(unit-$(1)-obj)
	$$(call say,LD)
	$$(Q)$$(unit-cc) $$(CFLAGS) $$($(1).unit) $$(LDFLAGS) -o $$@ $$^ \
		$$(unit-wrap) $$(unit-libs)

.PHONY: check-unit-$(1)
check-unit-$(1): $$(O)/unit/$(1)/unit
	@printf '  %-8s %s\n' UNIT $(1)
	$$(Q)ASAN_OPTIONS=detect_leaks=0 $$<
-include $$(unit-$(1)-obj:.o=.d)
endef
$(foreach k,plain asan ndebug,$(eval $(call unit,$(k))))

.PHONY: check-unit check-unit-valgrind
check-unit-valgrind: $(O)/unit/plain/unit
	@printf '  %-8s %s\n' UNIT valgrind
	$(Q)$(unit-valgrind) $<

check-unit: $(foreach k,plain asan ndebug valgrind,check-unit-$(k))
