# SPDX-License-Identifier: MIT
# What a traced call costs, in instructions: all targets, or TARGET.
COUNT := tests/count

define count-entry-rules
$(O)/$(1)/$(COUNT)/main.c.o: $(COUNT)/main.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(CONF_CFLAGS) $$($(1)-inc) -c -o $$@ $$<

$(O)/$(1)/$(COUNT)/traced.c.o: $(COUNT)/traced.c $(if $($(1).recordmcount),$(O)/recordmcount)
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(CONF_CFLAGS) $$($(1)-inc) $$($(1).pfe) -c -o $$@ $$<
	$(if $($(1).recordmcount),$$(Q)$(O)/recordmcount $$@)
-include $(wildcard $(O)/$(1)/$(COUNT)/*.d)

$(O)/$(1)/count: $(O)/$(1)/$(COUNT)/main.c.o $(O)/$(1)/$(COUNT)/traced.c.o \
	$(O)/$(1)/ftrace_object.o $(O)/$(1)/libftrace.a
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -pie -o $$@ $$^

.PHONY: count-entry-$(1)
count-entry-$(1): $(O)/$(1)/count | count-entry-head
	$$(Q)$(COUNT)/count.sh $(1) $$< $$($(1).qemu) -L $$($(1).sysroot) \
		-E LD_LIBRARY_PATH=$$($(1).sysroot)/lib
endef
$(foreach t,$(TARGETS),$(eval $(call count-entry-rules,$(t))))

.PHONY: count-entry count-entry-head
count-entry-head:
	@echo '| target | CPU | entry | instructions | kept | goal | beyond |'
	@echo '|---|---|---|---|---|---|---|'

count-entry: $(CONF_TARGETS:%=count-entry-%)
