# SPDX-License-Identifier: MIT
# Fuzzing with libFuzzer: the core on the fake machine, native.
#	fuzz		all fuzzers beside each other, TIME= seconds each, or 600; what
#			is new to them stays in build/fuzz/corpus; with the lines of
#			generic/ that all of it executes
#	fuzz-NAME	one of them: filter object ops
#	check-fuzz	the seeds, and 20 seconds
FUZZ := tests/fuzz
FUZZERS := filter object ops
fuzz-cc := clang-19
fuzz-flags := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
# Ours instead of Check's, and no warning of what it leaves unused.
fuzz-inc := -I$(FUZZ) $(unit-inc) -Wno-unused-function
# What shall be gone through is counted, and nothing else.
fuzz-core := $(wildcard generic/*.c)
fuzz-rest := $(wildcard generic/host/*.c tests/fakearch/*.c) \
	$(addprefix tests/unit/,fake.c fake_host.c fake_object.c) $(FUZZ)/texts.c
ops.fuzz := $(FUZZ)/model.c

$(O)/fuzz/%.c.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(fuzz-cc) $(LIB_CFLAGS) $(fuzz-flags) $(if $(filter $(fuzz-core),$<), \
		-fsanitize=fuzzer-no-link) $(fuzz-inc) -c -o $@ $<

$(O)/fuzz/lines/%.c.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)gcc $(LIB_CFLAGS) -O0 $(if $(filter $(fuzz-core),$<),--coverage) \
		$(fuzz-inc) -c -o $@ $<

define fuzzer
fuzz-$(1)-obj := $$(patsubst %,$(O)/fuzz/%.o,$(fuzz-core) $(fuzz-rest) \
	$(FUZZ)/$(1).c $($(1).fuzz))

$(O)/fuzz/$(1): $$(fuzz-$(1)-obj)
	$$(call say,LD)
	$$(Q)$(fuzz-cc) $(fuzz-flags) -fsanitize=fuzzer -o $$@ $$^ -pthread

# The same for gcov, which counts lines.
fuzz-$(1)-lines := $$(patsubst $(O)/fuzz/%,$(O)/fuzz/lines/%,$$(fuzz-$(1)-obj)) \
	$(O)/fuzz/lines/$(FUZZ)/replay.c.o

$(O)/fuzz/lines/$(1): $$(fuzz-$(1)-lines)
	$$(call say,LD)
	$$(Q)gcc --coverage -o $$@ $$^ -pthread

.PHONY: fuzz-$(1)
fuzz-$(1): $(O)/fuzz/$(1) $(O)/fuzz/lines/$(1)
	$$(Q)$(FUZZ)/run.sh $(O)/fuzz $(1) $(or $(TIME),600) lines
-include $$(fuzz-$(1)-obj:.o=.d) $$(fuzz-$(1)-lines:.o=.d)
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzzer,$(f))))

.PHONY: fuzz check-fuzz
fuzz check-fuzz: $(FUZZERS:%=$(O)/fuzz/%)
fuzz: $(FUZZERS:%=$(O)/fuzz/lines/%)
	$(Q)$(FUZZ)/run.sh $(O)/fuzz '$(FUZZERS)' $(or $(TIME),600) lines
# With what was found before, if it is here; 20 minutes where hours are.
check-fuzz:
	$(Q)$(FUZZ)/run.sh $(O)/fuzz '$(FUZZERS)' $(if $(CONF_FULL),1200,20)
