# SPDX-License-Identifier: MIT
# Everything at once, and every call accounted for: all targets, or TARGET.
# TIME= is the seconds for each, or 60; THREADS= the callers; i386 and x86_64 natively
# as well, with 16.
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
		$$($(1)-inc) $$(if $$(filter stress,$$*),,$$($(1).pfe)) -MMD -MP -c -o $$@ $$<
	$(if $($(1).recordmcount),$$(if $$(filter stress,$$*),,$$(Q)$(O)/recordmcount $$@))

$(O)/$(1)/$(STRESS)/%.S.o: $(STRESS)/%.S
	$$(call say,AS)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(CFLAGS) -Iinclude $$($(1)-inc) -MMD -MP -c -o $$@ $$<

$(O)/$(1)/stress-plugin.so: $(O)/$(1)/$(STRESS)/plugin.c.o $(O)/$(1)/ftrace_object.o
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -shared -o $$@ $$^

# -rdynamic: the plugin's ftrace_object.o speaks to the program's library.
$(O)/$(1)/stress: $(patsubst %,$(O)/$(1)/$(STRESS)/%.o,stress.c traced.c direct.S) \
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

.PHONY: stress check-stress
stress: $(CONF_TARGETS:%=stress-%)
check-stress:
	+$(Q)$(MAKE) TIME=2 THREADS=2 $(CONF_TARGETS:%=stress-%)
