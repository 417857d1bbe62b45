# SPDX-License-Identifier: MIT
# libffi's own tests, which pass arguments in all ways that there are, traced
# and not: all targets, or TARGET. OPT= is the levels of optimisation, TESTS= a
# pattern of names.
FFI := tests/libffi
OPT := -O0 -O2

$(O)/source/libffi/configure: ci/source
	@printf '  %-8s %s\n' FETCH 'the source of libffi'
	$(Q)ci/source $(O)/source libffi >/dev/null
	@touch $@

define libffi
$(O)/$(1)/$(FFI)/tracer.c.o: $(FFI)/tracer.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$($(1)-conf-flags) -c -o $$@ $$<
-include $(O)/$(1)/$(FFI)/tracer.c.d

$(1)-ffi-link := $$(addprefix $(O)/$(1)/,$(FFI)/tracer.c.o \
	$$($(1)-conf)/state.S.o $$($(1)-conf)/arch.c.o ftrace_object.o libftrace.a)

.PHONY: check-libffi-$(1)
check-libffi-$(1): $(O)/source/libffi/configure $$($(1)-ffi-link) $(O)/recordmcount
	$$(Q)CC="$$($(1)-cc) $$($(1).cflags)" CXX="$$($(1)-cross)g++ $$($(1).cflags)" \
		AR=$$($(1)-cross)ar SITES="$$($(1).pfe)" RECORD=$$(abspath $(O)/recordmcount) \
		RECORD_C=$$($(1).recordmcount) OPT="$(OPT)" TESTS="$(TESTS)" \
		TRACER_LINK="$$(abspath $$($(1)-ffi-link))" \
		EMULATOR="$$(if $$(filter $$(MACHINE),$(1) $$($(1).native)),,$$(strip \
		$$($(1).qemu) -L $$($(1).sysroot) -E LD_LIBRARY_PATH=$$($(1).sysroot)/lib))" \
		$(FFI)/run.sh $(1) $(O)/source/libffi $(O)/$(1)/libffi
endef
$(foreach t,$(TARGETS),$(eval $(call libffi,$(t))))

.PHONY: check-libffi
check-libffi: $(CONF_TARGETS:%=check-libffi-%)
