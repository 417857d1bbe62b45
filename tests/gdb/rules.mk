# SPDX-License-Identifier: MIT
# What gdb makes of a stack with graph clients: natively, and under qemu's stub.
GDB := tests/gdb
# gdb knows from a native kernel which bits of an address are a signature; qemu's
# stub does not say. So: a CPU that signs none. And of two return addresses, the
# function's and its caller's, gdb always takes x30, the caller's, whatever the
# table says that a frame returns to: it passes by the function being entered.
gdb-env.arm64 := QEMU_CPU=cortex-a57 PASSES_BY=1

define gdb
$(O)/$(1)/$(GDB)/main.c.o: $(GDB)/main.c $(if $($(1).recordmcount),$(O)/recordmcount)
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) -std=gnu11 -D_GNU_SOURCE $$(WARN) $$(CFLAGS) -fPIE -Iinclude \
		$$($(1)-inc) $$($(1).pfe) -MMD -MP -c -o $$@ $$<
	$(if $($(1).recordmcount),$$(Q)$(O)/recordmcount $$@)

$(O)/$(1)/gdb: $(O)/$(1)/$(GDB)/main.c.o $(O)/$(1)/ftrace_object.o $(O)/$(1)/libftrace.a
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -pie -Wl,--strip-debug \
		-o $$@ $$(filter-out %.a,$$^) $(O)/$(1)/libftrace.a -pthread

.PHONY: check-gdb-$(1)
check-gdb-$(1): $(O)/$(1)/gdb
	@printf '  %-8s %s\n' GDB $(1)
	$$(Q)$(gdb-env.$(1)) $(GDB)/run.sh $$< $(if $(filter $(1),$(MACHINE)),,$($(1).qemu) $($(1).sysroot))
-include $(wildcard $(O)/$(1)/$(GDB)/*.d)
endef
$(foreach t,$(TARGETS),$(eval $(call gdb,$(t))))

.PHONY: check-gdb
check-gdb: $(CONF_TARGETS:%=check-gdb-%)
