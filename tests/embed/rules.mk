# SPDX-License-Identifier: MIT
# Programs that embed the library.
EMBED := tests/embed
# A JIT with a host of its own, on targets that it can emit code for. As many
# units come and go as the time for them allows.
JIT_TARGETS := $(foreach t,$(TARGETS),$(if $(wildcard $(EMBED)/$($(t).arch)/emit.h),$(t)))

.PHONY: check-embed
check-embed: check-embed-names check-embed-sanitize $(JIT_TARGETS:%=check-embed-jit-%)

.PHONY: check-embed-names
check-embed-names: $(O)/$(MACHINE)/all $(O)/recordmcount
	$(Q)$(EMBED)/snippets.sh docs/embedding.md
	$(Q)$(EMBED)/names.sh $(O) $(MACHINE) $(MAKE)

.PHONY: check-embed-sanitize
check-embed-sanitize: $(O)/$(MACHINE)/all
	$(Q)$(EMBED)/sanitize.sh $(O) $(MACHINE) $(MAKE) $($(MACHINE).pfe) \
		$($(MACHINE)-inc)

define jit
$(O)/$(1)/$(EMBED)/%.c.o: $(EMBED)/%.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) -std=gnu11 -D_GNU_SOURCE $$(WARN) $$(CFLAGS) -fPIE -Iinclude \
		$$($(1)-inc) -I$(EMBED)/$$($(1)-arch) $$($(1).pfe) -MMD -MP -c -o $$@ $$<

$(O)/$(1)/embed-jit: $(O)/$(1)/$(EMBED)/jit.c.o $(O)/$(1)/$(EMBED)/jit_main.c.o \
	$(O)/$(1)/ftrace_object.o $(O)/$(1)/libftrace.a
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$(LDFLAGS) -pie -o $$@ $$^ -pthread

.PHONY: check-embed-jit-$(1)
check-embed-jit-$(1): $(O)/$(1)/embed-jit
	$$(Q)timeout 300 $(if $(filter $(1),$(MACHINE)),$(O)/$(1)/embed-jit 60, \
		$($(1).qemu) -L $($(1).sysroot) -E LD_LIBRARY_PATH=$($(1).sysroot)/lib \
		$(O)/$(1)/embed-jit 20)
-include $(wildcard $(O)/$(1)/$(EMBED)/*.d)
endef
$(foreach t,$(JIT_TARGETS),$(eval $(call jit,$(t))))
