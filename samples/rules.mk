# SPDX-License-Identifier: MIT
# Samples: a program of one C file each, and a file of assembly if it has one.
# check-samples compares what they print with samples/expected.
SAMPLES := $(patsubst samples/%.c,%,$(wildcard samples/*.c))

define sample
$$(O)/$(1)/samples/%.c.o: samples/%.c samples/sample.h $$(O)/recordmcount
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) -std=gnu11 -D_GNU_SOURCE $$(WARN) $$(CFLAGS) -fPIE \
		-Iinclude $$($(1)-inc) $$($(1).pfe) -MMD -MP -c -o $$@ $$<
	$$(if $$($(1).recordmcount),$$(Q)$$(O)/recordmcount $$@)

$$(O)/$(1)/samples/%.S.o: samples/%.S
	$$(call say,AS)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(CFLAGS) -Iinclude $$($(1)-inc) -MMD -MP -c -o $$@ $$<

$$(O)/$(1)/samples/%: $$(O)/$(1)/samples/%.c.o $$(O)/$(1)/ftrace_object.o \
	$$(O)/$(1)/libftrace.a \
	$$$$(addprefix $$(O)/$(1)/,$$$$(addsuffix .o,$$$$(wildcard samples/$$$$*.S)))
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -pie -o $$@ \
		$$(filter %.c.o %.S.o,$$^) $$(O)/$(1)/ftrace_object.o \
		$$(O)/$(1)/libftrace.a -pthread

.SECONDARY: $$(patsubst %,$$(O)/$(1)/%.o,$$(wildcard samples/*.[cS]))
.PHONY: $(1)-samples
$(1)-samples: $$(SAMPLES:%=$$(O)/$(1)/samples/%)
	$$(Q)for s in $$(SAMPLES); do \
		$$(if $$(filter $$(MACHINE),$(1) $$($(1).native)),,$$($(1).qemu) \
			-L $$($(1).sysroot) -E LD_LIBRARY_PATH=$$($(1).sysroot)/lib) \
			$$(O)/$(1)/samples/$$$$s >$$(O)/$(1)/samples/$$$$s.out && \
		diff samples/expected/$$$$s $$(O)/$(1)/samples/$$$$s.out || exit 1; \
	done
	@printf '  %-8s %s\n' SAMPLES '$(1): $$(SAMPLES)'
-include $$(wildcard $$(O)/$(1)/samples/*.d)
endef
$(foreach t,$(TARGETS),$(eval $(call sample,$(t))))

.PHONY: check-samples
check-samples: $(CONF_TARGETS:%=%-samples)
