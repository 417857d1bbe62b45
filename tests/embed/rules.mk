# SPDX-License-Identifier: MIT
# Programs that embed the library.
EMBED := tests/embed
# A JIT with a host of its own, on targets that it can emit code for. As many
# units come and go as the time for them allows.
JIT_TARGETS := $(foreach t,$(TARGETS),$(if $(wildcard $(EMBED)/$($(t).arch)/emit.h),$(t)))

.PHONY: check-embed
check-embed: check-embed-names check-embed-sanitize $(JIT_TARGETS:%=check-embed-jit-%) \
	$(CONF_TARGETS:%=check-embed-refuse-%)

.PHONY: check-embed-names
check-embed-names: $(O)/$(MACHINE)/all $(O)/recordmcount
	$(Q)$(EMBED)/snippets.sh docs/embedding.md
	$(Q)$(EMBED)/names.sh $(O) $(MACHINE) $(MAKE)

.PHONY: check-embed-sanitize
check-embed-sanitize: $(O)/$(MACHINE)/all
	$(Q)$(EMBED)/sanitize.sh $(O) $(MACHINE) $(MAKE) $($(MACHINE).pfe) \
		$($(MACHINE)-inc)

embed-run = $(if $(filter $(1),$(MACHINE)),,$($(1).qemu) -L $($(1).sysroot) \
	-E LD_LIBRARY_PATH=$($(1).sysroot)/lib)

# For target $(1): each program is one .c file or more, and has sites.
define embed
$(O)/$(1)/$(EMBED)/%.c.o: $(EMBED)/%.c $(if $($(1).recordmcount),$(O)/recordmcount)
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) -std=gnu11 -D_GNU_SOURCE $$(WARN) $$(CFLAGS) -fPIE -Iinclude \
		$$($(1)-inc) -I$(EMBED)/$$($(1)-arch) $$($(1).pfe) -MMD -MP -c -o $$@ $$<
	$(if $($(1).recordmcount),$$(Q)$(O)/recordmcount $$@)

$(O)/$(1)/embed-jit: $(O)/$(1)/$(EMBED)/jit.c.o $(O)/$(1)/$(EMBED)/jit_main.c.o
$(O)/$(1)/embed-refuse: $(addprefix $(O)/$(1)/$(EMBED)/,refuse.c.o refuse.S.o)
$(O)/$(1)/embed-%: $(O)/$(1)/ftrace_object.o $(O)/$(1)/libftrace.a
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -pie -o $$@ \
		$$(filter-out %.a,$$^) $(O)/$(1)/libftrace.a -pthread

.PHONY: check-embed-jit-$(1) check-embed-refuse-$(1)
check-embed-jit-$(1): $(O)/$(1)/embed-jit
	$$(Q)timeout 300 $(call embed-run,$(1)) $$< $(if $(filter $(1),$(MACHINE)),60,20)

# What was refused stands in the file; its last line is shown.
check-embed-refuse-$(1): $(O)/$(1)/embed-refuse
	$$(Q)timeout 300 $(call embed-run,$(1)) $$< >$$<.out
	@tail -n 1 $$<.out | sed 's/^refuse/&: $(1)/'
-include $(wildcard $(O)/$(1)/$(EMBED)/*.d)
endef
$(foreach t,$(TARGETS),$(eval $(call embed,$(t))))
