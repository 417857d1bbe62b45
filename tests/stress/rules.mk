# SPDX-License-Identifier: MIT
# Everything at once, and every call accounted for: all targets, or TARGET.
# TIME= is the seconds for each, or 60; THREADS= the callers; i386 and x86_64 natively
# as well, with 16.
#	stress-xray	the same scenario over clang's XRay (x86_64)
#	check-stress	the same for two seconds each
STRESS := tests/stress
# qemu loads gs anew behind a signal, from a table that all threads share: then
# they have the thread-local variables of the thread that was made last.
STRESS_QUIET := i386 i386_noargs
THREADS ?= 4

define stress
$(O)/$(1)/$(STRESS)/%.c.o: $(STRESS)/%.c $(if $($(1).recordmcount),$(O)/recordmcount)
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) -std=gnu11 -D_GNU_SOURCE $$(WARN) $$(CFLAGS) -fPIC -Iinclude \
		$$($(1)-inc) $$(if $$(filter traced plugin,$$*),$$($(1).pfe)) -MMD -MP -c -o $$@ $$<
	$(if $($(1).recordmcount),$$(if $$(filter traced plugin,$$*),$$(Q)$(O)/recordmcount $$@))

$(O)/$(1)/$(STRESS)/%.S.o: $(STRESS)/%.S
	$$(call say,AS)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(CFLAGS) -Iinclude $$($(1)-inc) -MMD -MP -c -o $$@ $$<

$(O)/$(1)/stress-plugin.so: $(O)/$(1)/$(STRESS)/plugin.c.o $(O)/$(1)/ftrace_object.o
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -shared -o $$@ $$^

# -rdynamic: the plugin's ftrace_object.o speaks to the program's library.
$(O)/$(1)/stress: $(patsubst %,$(O)/$(1)/$(STRESS)/%.o,stress.c ours.c traced.c direct.S) \
	$(O)/$(1)/ftrace_object.o $(O)/$(1)/libftrace.a | $(O)/$(1)/stress-plugin.so
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -pie -rdynamic -o $$@ \
		$$^ -pthread -ldl

$(1)-stress-qemu := $($(1).qemu) -L $($(1).sysroot) \
	-E LD_LIBRARY_PATH=$($(1).sysroot)/lib
.PHONY: stress-$(1)
stress-$(1): $(O)/$(1)/stress
	@printf '  %-8s %s, qemu: ' STRESS $(1)
	$$(Q)timeout $$$$(($(or $(TIME),60) + 120)) $$($(1)-stress-qemu) $$< $(or $(TIME),60) $(THREADS) \
		$(if $(filter $(1),$(STRESS_QUIET)),quiet)
	$(if $(filter $(MACHINE),$(1) $($(1).native)),@printf '  %-8s %s: ' STRESS $(1)
	$$(Q)timeout $$$$(($(or $(TIME),60) + 120)) $$< $(or $(TIME),60) 16)
-include $(wildcard $(O)/$(1)/$(STRESS)/*.d)
endef
$(foreach t,$(TARGETS),$(eval $(call stress,$(t))))

# XRay beside it: it may crash, and what it does wrong is a figure and no fault.
STRESS_XRAY := $(O)/xray/$(STRESS)
stress-xray-cflags := -D_GNU_SOURCE -O2 -g -Wno-unknown-attributes -MMD -MP

$(STRESS_XRAY)/%.c.o: $(STRESS)/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)clang-19 -std=gnu11 $(stress-xray-cflags) $(if $(filter traced,$*), \
		-fxray-instrument -fxray-instruction-threshold=1) -c -o $@ $<

$(STRESS_XRAY)/%.cc.o: $(STRESS)/%.cc
	$(call say,CXX)
	@mkdir -p $(@D)
	$(Q)clang++-19 $(stress-xray-cflags) -c -o $@ $<

$(STRESS_XRAY)/stress-plugin.so: $(STRESS_XRAY)/plugin.c.o
	$(call say,LD)
	$(Q)clang-19 -shared -o $@ $^

$(STRESS_XRAY)/stress: $(patsubst %,$(STRESS_XRAY)/%.o,stress.c xray.cc traced.c) | \
		$(STRESS_XRAY)/stress-plugin.so
	$(call say,LD)
	$(Q)clang++-19 -fxray-instrument -o $@ $^ -pthread -ldl
-include $(wildcard $(STRESS_XRAY)/*.d)

.PHONY: stress-xray
stress-xray: $(STRESS_XRAY)/stress
	@printf '  %-8s %s: ' STRESS XRay
	$(Q)$< $(or $(TIME),60) 16
	@printf '  %-8s %s: ' STRESS 'XRay, changers at once'
	$(Q)XRAY_TOGETHER=1 $< $(or $(TIME),60) 16

.PHONY: stress check-stress
stress-all := $(CONF_TARGETS:%=stress-%) \
	$(if $(filter x86_64,$(filter $(MACHINE),$(CONF_TARGETS))),stress-xray)
stress: $(stress-all)
check-stress:
	+$(Q)$(MAKE) TIME=2 THREADS=2 $(stress-all)
