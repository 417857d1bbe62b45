# SPDX-License-Identifier: MIT
# Encoders against Capstone: native programs, whatever they encode for.
INSN := $(patsubst tests/insn/%.c,$(O)/insn-%,$(wildcard tests/insn/*.c))

$(O)/insn-%: tests/insn/%.c
	$(call say,HOSTCC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -MMD -MP -o $@ $< -lcapstone
-include $(INSN:=.d)

.PHONY: check-insn
check-insn: $(INSN)
	$(Q)for t in $^; do $$t || exit 1; done
