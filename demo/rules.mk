# SPDX-License-Identifier: MIT
# demo: a first look at the library. The guest is Lua, if its source can be
# had; it is built three times: without sites, with them, and for gcov.
ifneq ($(filter demo,$(MAKECMDGOALS)),)
-include $(O)/demo/lua.mk
endif

$(O)/demo/lua.mk: demo/fetch.sh ci/source | $(O)/deps-demo.mk
	@printf '  %-8s %s\n' FETCH 'the source of Lua'
	$(Q)demo/fetch.sh $(@D)

demo := $(O)/demo/$(TARGET)/$(if $(demo-lua),lua,fallback)
demo-c := $(if $(demo-lua),$(filter-out %/lua.c %/luac.c,$(wildcard \
	$(O)/demo/lua/src/*.c)) demo/lua_guest.c,demo/fallback.c)
demo-emulated := $(filter-out $(MACHINE),$(TARGET))
demo-run := env -i $(if $(demo-emulated),$($(TARGET).qemu) \
	-L $($(TARGET).sysroot) -E LD_LIBRARY_PATH=$($(TARGET).sysroot)/lib)
# gcov is gcc's. Both builds must make the same calls: none inlined, left out
# because its result is known, split, merged, cloned or turned into a loop.
demo-cc := $($(TARGET)-cross)gcc
demo-cflags := -std=gnu11 -O2 -g -fno-inline -fno-optimize-sibling-calls \
	-fno-ipa-pure-const -fno-ipa-modref -fno-ipa-reference -fno-ipa-cp \
	-fno-ipa-sra -fno-ipa-icf -fno-partial-inlining \
	-DDEMO_WORK=$(if $(demo-emulated),1,10)
demo-cflags += $(if $(demo-lua),-DLUA_USE_POSIX -I$(O)/demo/lua/src \
	-include demo/lua_config.h)
demo-plain := -fno-pie
demo-sites := -fno-pie $($(TARGET).pfe)
demo-gcov := -fno-pie --coverage
demo-record-sites := $(if $($(TARGET).recordmcount),$(O)/recordmcount)
demo-main := $(addprefix $(O)/$(TARGET)/,demo/demo.c.o demo/count.c.o demo/graph.c.o \
	ftrace_object.o libftrace.a)
demo-capstone = $(shell pkg-config --libs capstone 2>/dev/null)

define demo-build
$(demo)/$(1)/%.o: $(O)/demo/lua/src/%.c demo/lua_config.h | $(demo-record-$(1))
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$(demo-cc) $(demo-cflags) $(demo-$(1)) -c -o $$@ $$<
	$(if $(demo-record-$(1)),$$(Q)$(demo-record-$(1)) $$@)

$(demo)/$(1)/%.o: demo/%.c demo/guest.h demo/lua_config.h | $(demo-record-$(1))
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$(demo-cc) $(WARN) $(demo-cflags) $(demo-$(1)) -c -o $$@ $$<
	$(if $(demo-record-$(1)),$$(Q)$(demo-record-$(1)) $$@)

$(demo)/$(1)/guest: $(patsubst %.c,$(demo)/$(1)/%.o,$(notdir $(demo-c))) \
	$(if $(filter sites,$(1)),$(demo-main),$(O)/$(TARGET)/demo/plain.c.o)
	$$(call say,LD)
	$$(Q)$(demo-cc) -no-pie $(filter --coverage,$(demo-$(1))) -o $$@ $$^ -lm
endef
$(foreach kind,plain sites gcov,$(eval $(call demo-build,$(kind))))

$(O)/$(TARGET)/demo/%.o: LIB_CFLAGS += -DDEMO_TARGET='"$(TARGET)"'
-include $(wildcard $(O)/$(TARGET)/demo/*.d)

$(O)/demo/decode: demo/decode.c
	$(call say,HOSTCC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $@ $< \
		$(or $(demo-capstone),-DDEMO_NO_CAPSTONE)

$(demo)/gcov.txt: $(demo)/gcov/guest $(wildcard demo/*.lua)
	$(call say,GCOV)
	$(Q)rm -f $(<D)/*.gcda && $(demo-run) $< >/dev/null
	$(Q)$($(TARGET)-cross)gcov -b -c -t $(<D)/*.gcda | \
		awk '/^function / { print $$2, $$4 }' >$@

.PHONY: demo
demo: $(demo)/gcov.txt $(demo)/plain/guest $(demo)/sites/guest $(O)/demo/decode
	$(Q)$(demo-run) $(demo)/plain/guest >$(demo)/plain.txt
	$(Q)$(demo-run) $(demo)/sites/guest $(demo)/gcov.txt $(demo)/plain.txt \
		>$(demo)/out.txt; status=$$?; \
		$(O)/demo/decode <$(demo)/out.txt && exit $$status
