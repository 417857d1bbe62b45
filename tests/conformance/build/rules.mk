# SPDX-License-Identifier: MIT
# Build rows: a small program, built in every way that objects are built. Each
# row is compiler, kind, flags to compile the traced files with, flags to link.
# Kinds: c and cxx are programs; linked and opened have a shared object with the
# traced code. Words that may follow the kind:
#	plain	without ftrace_object.o
#	strip	run strip on what has the sites
#	lld	linked by clang's driver with lld, whatever compiled it; told where
#		the C library is, or it finds the host's of 32 bits first
#	split	recordmcount for C too: then functions may go with their sites
#	lto	so that recordmcount has an object to read where it is needed
#	fentry	sites by the flags alone, and by recordmcount
#	none	the compiler refuses what makes sites here, and makes none
#	nolink	the linker refuses -static-pie here; linked as the flags say
BUILD := $(CONF)/build
row.pie		:= gcc c | -fPIE | -pie
row.nopie	:= gcc c | -fno-pie | -no-pie
row.static	:= gcc c | -fno-pie | -static
row.static-pie	:= gcc c | -fPIE | -static-pie
row.linked	:= gcc linked | -fPIC | -pie
row.opened	:= gcc opened | -fPIC | -pie
row.O0		:= gcc c | -fPIE -O0 | -pie
row.Os		:= gcc c | -fPIE -Os | -pie
row.lto		:= gcc c lto | -fPIE -flto | -pie -flto
row.gc		:= gcc c | -fPIE -ffunction-sections | -pie -Wl,--gc-sections
row.gc-lld	:= gcc c lld split | -fPIE -ffunction-sections -DBUILD_OTHERS=0 | -pie -Wl,--gc-sections
row.icf		:= gcc c lld | -fPIE -ffunction-sections -DBUILD_FOLDED=1 | -pie -Wl,--icf=all
row.strip	:= gcc c strip | -fPIE | -pie -rdynamic
row.clang	:= clang c | -fPIE | -pie
row.clang-gc	:= clang c lld | -fPIE -ffunction-sections -DBUILD_OTHERS=0 | -pie -Wl,--gc-sections
row.clang-icf	:= clang c lld | -fPIE -ffunction-sections -DBUILD_FOLDED=1 | -pie -Wl,--icf=all
row.cxx		:= g++ cxx | -fPIE | -pie
row.cxx-O0	:= g++ cxx | -fPIE -O0 | -pie
row.cxx-lto	:= g++ cxx lto | -fPIE -flto | -pie -flto
row.cxx-clang	:= clang++ cxx | -fPIE | -pie
row.fentry	:= gcc c fentry | -fno-pie -pg -mfentry | -no-pie
row.plain	:= gcc c plain | -fPIE | -pie
row.plain-static := gcc c plain | -fno-pie | -static
row.plain-strip	:= gcc c plain strip | -fPIE | -pie -rdynamic
row.plain-linked := gcc linked plain | -fPIC | -pie
row.plain-opened := gcc opened plain | -fPIC | -pie
row.clang-none	:= clang c none | -fPIE -DBUILD_OTHERS=0 | -pie
row.static-pie-none := gcc c nolink | -fPIE | -static -no-pie
row.guarded	:= gcc c | -fPIE -mbranch-protection=standard | -pie
row.clang-guarded := clang c | -fPIE -mbranch-protection=standard | -pie
ROWS := $(sort $(patsubst row.%,%,$(filter row.%,$(.VARIABLES))))
# What a target's toolchain cannot do; a row named -none shows that it refuses.
# Debian's C library for powerpc has no rcrt1.o; its clang knows neither
# -fpatchable-function-entry nor -mprofile-kernel there; lld knows no ELFv1.
# -mfentry is a flag of x86.
norow.arm64	:= fentry
norow.ppc64le	:= static-pie clang clang-gc clang-icf cxx-clang fentry
norow.ppc64	:= $(norow.ppc64le) gc-lld icf
norow.ppc	:= $(norow.ppc64le)
# More words for a row of one target. gcc's lists for ELFv1 are not linked to
# their functions, which the linker wants before it takes any away.
words.ppc64-gc	:= split
# Rows of one target alone.
only.arm64	:= guarded clang-guarded
ONLY := $(foreach t,$(TARGETS),$(only.$(t)))
rows = $(filter-out %-none $(norow.$(1)) $(filter-out $(only.$(1)),$(ONLY)),$(ROWS)) \
	$(filter $(norow.$(1):=-none),$(ROWS))

space := $(subst ,, )
row-field = $(strip $(subst ~, ,$(word $(1),$(subst |, ,$(subst $(space),~,$(row.$(2)))))))
row-driver = $(if $(filter clang%,$(2)),$(2) --target=$($(1)-cross:-=),$($(1)-cross)$(2)) \
	$($(1).cflags)
row-needs = $(BUILD)/rules.mk $(BUILD)/build.h $(if $(filter cxx,$(1)),$(BUILD)/traced.hh)

# Row $(2) for target $(1); $(3) its kind and words, $(4) its compiler.
define build-row
$(1)-$(2) := $(O)/$(1)/rows/$(2)
$(1)-$(2)-so := $(if $(filter linked opened,$(3)),$(O)/$(1)/rows/$(2)/libtraced.so)
$(1)-$(2)-obj := $(addprefix $(O)/$(1)/rows/$(2)/,$(if $(filter cxx,$(3)), \
	traced_a.cc.o traced_b.cc.o,traced.c.o))
$(1)-$(2)-said := $(if $(filter plain,$(3)),$(patsubst %,$(O)/$(1)/%.o, \
	$(filter %.S,$($(1)-objsrc))),$(O)/$(1)/ftrace_object.o)
$(1)-$(2)-main := $(patsubst %,$(O)/$(1)/$(CONF)/%.c.o,report probe $(if \
	$(filter none,$(3)),build/none,build/main) $(if $(filter opened,$(3)),build/open build/$(if $(filter \
	plain,$(3)),plain,announced),$(if $(filter none,$(3)),,build/linked)))
$(1)-$(2)-link := $(if $(filter lld,$(3)),$(call row-driver,$(1),clang) \
	-fuse-ld=lld $($(1).sysroot:%=-L%/lib),$(call row-driver,$(1),$(4))) -Wl,--build-id,-z,noexecstack

$(O)/$(1)/rows/$(2)/%.o: $(BUILD)/% $(call row-needs,$(3)) $(O)/recordmcount
	$$(call say,ROW)
	@mkdir -p $$(@D)
	$(if $(filter none,$(3)),$$(Q)! $(call row-driver,$(1),$(4)) \
		$($(1).pfe) -c -o $$@ $$< 2>$$@.refused)
	$$(Q)$(call row-driver,$(1),$(4)) $(if $(filter cxx,$(3)),-std=gnu++17 \
		-Wall -Wextra -Werror,-std=gnu11 $(WARN)) $(CFLAGS) \
		$(if $(findstring BUILD_OTHERS,$(row.$(2))),,-DBUILD_OTHERS=2) \
		$(if $($(1).recordmcount),-DBUILD_MCOUNT) $(if $(filter none fentry,$(3)),, \
		$($(1).$(if $(filter clang%,$(4)),clang,pfe))) \
		$(call row-field,2,$(2)) -c -o $$@ $$<
	$(if $($(1).recordmcount),$(if $(filter lto,$(3)),$$(Q)$(call \
		row-driver,$(1),$(4)) -O2 $($(1).pfe) $(call row-field,2,$(2)) -r \
		-nostdlib -flinker-output=nolto-rel -o $$@.whole $$@ && mv $$@.whole $$@))
	$(if $(or $($(1).recordmcount),$(filter split fentry,$(3)), \
		$(if $(filter lto,$(3)),,$(filter g++,$(4)))),$$(Q)$(O)/recordmcount $$@)

$(O)/$(1)/rows/$(2)/libtraced.so: $$($(1)-$(2)-obj) $$($(1)-$(2)-said) \
	$(O)/$(1)/libftrace.so.$(SOVERSION)
	$$(call say,ROW)
	$$(Q)$$($(1)-$(2)-link) -shared -o $$@ $$($(1)-$(2)-obj) $$($(1)-$(2)-said) \
		$(if $(filter plain,$(3)),,-L$(O)/$(1) -lftrace)

$(1)-$(2)-lib := $(O)/$(1)/libftrace.$(if \
	$(filter linked opened,$(3)),so.$(SOVERSION),a)
$(1)-$(2)-args = $$($(1)-$(2)-main) $(if $(filter linked opened,$(3)), \
	$(if $(filter linked,$(3)),$$($(1)-$(2)-so)) -L$(O)/$(1) -lftrace \
	-Wl$(comma)-rpath$(comma)'$$$$ORIGIN:$$$$ORIGIN/../..', \
	$$($(1)-$(2)-obj) $$($(1)-$(2)-said) $$($(1)-$(2)-lib)) -pthread -ldl

$(O)/$(1)/rows/$(2)/program: $$($(1)-$(2)-main) $$($(1)-$(2)-so) \
	$$($(1)-$(2)-obj) $$($(1)-$(2)-said) $$($(1)-$(2)-lib)
	$$(call say,ROW)
	$(if $(filter nolink,$(3)),$$(Q)! $$($(1)-$(2)-link) -static-pie -o $$@ \
		$$($(1)-$(2)-args) 2>$$@.refused)
	$$(Q)$$($(1)-$(2)-link) $(call row-field,3,$(2)) -o $$@ $$($(1)-$(2)-args)
	$(if $(filter strip,$(3)),$$(Q)$($(1)-cross)strip $$@)

$(1)-rows += $(O)/$(1)/rows/$(2)/program
$(1)-rows-run += --target $(1) --row $(2) $(if $(filter $(1),$(MACHINE)),, \
	--qemu $($(1).qemu) --sysroot $($(1).sysroot)) \
	--prog $(O)/$(1)/rows/$(2)/program
endef
$(foreach t,$(TARGETS),$(foreach r,$(call rows,$(t)),$(eval $(call \
	build-row,$(t),$(r),$(wordlist 2,9,$(call row-field,1,$(r))) \
	$(words.$(t)-$(r)),$(firstword \
	$(call row-field,1,$(r)))))))

-include $(wildcard $(TARGETS:%=$(O)/%/$(BUILD)/*.d))

.PHONY: check-build
check-build: $(O)/runner $(foreach t,$(CONF_TARGETS),$($(t)-rows))
	$(call run,$(BUILD),$(foreach t,$(CONF_TARGETS),$($(t)-rows-run)))
	$(show-results)
