# SPDX-License-Identifier: MIT
# Conformance: one program for each target, run under qemu by a native runner.
# An arch.mk may set <target>.recordmcount to 1: traced objects then get their
# sites from tools/recordmcount.
CONF := tests/conformance
CONF_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARN) -Wno-psabi $(CFLAGS) -fPIE -Iinclude \
	-I$(CONF) -DCONF_STATIC=$(if $(CONF_STATIC),1,0) -MMD -MP
# A static program has no other object: what lies there lies in the program.
CONF_SRC := $(filter-out $(CONF)/traced% $(CONF)/plugin.c $(CONF)/second.c \
	$(CONF)/runner% $(if $(CONF_STATIC),,$(CONF)/elsewhere.c),\
	$(wildcard $(CONF)/*.c))
CONF_TRACED := $(wildcard $(CONF)/traced*.c)
# Files whose sites are made in another way than <target>.pfe says.
CONF_SITES_x86_64_traced-pad.c = $(x86_64.pfe) -fcf-protection=branch
CONF_SITES_i386_traced-pad.c = $(i386.pfe) -fcf-protection=branch
CONF_SITES_i386_noargs_traced-pad.c = $(i386.pfe) -fcf-protection=branch
# Whose code is copied elsewhere must not ask where it is, as gcc does at -O0.
CONF_SITES_i386_traced.c = $(i386.pfe) -O2
CONF_SITES_i386_noargs_traced.c = $(i386.pfe) -O2
CONF_SITES_arm64_traced-pad.c = $(arm64.pfe) -mbranch-protection=standard
# Every return address signed, also that of a function which calls nobody.
CONF_SITES_arm64_traced.c = $(arm64.pfe) -mbranch-protection=bti+pac-ret+leaf
CONF_SITES_x86_64_traced-fentry.c = -pg -mfentry
# By the flags alone: no list has their sites, which ftrace_discover() finds.
CONF_SITES_x86_64_traced-found.c = -pg -mfentry -falign-functions=16
CONF_SITES_i386_traced-found.c = -pg -mfentry -fno-pie
CONF_SITES_i386_noargs_traced-found.c = -pg -mfentry -fno-pie
CONF_SITES_ppc64le_traced-found.c = -pg -mprofile-kernel
CONF_SITES_ppc64_traced-found.c = -pg -mprofile-kernel
# Nothing that could be found.
CONF_SITES_arm64_traced-found.c = -mbranch-protection=standard
CONF_SITES_ppc_traced-found.c = -fno-ipa-ra
# How the program is linked where that is special. arm64: its text is guarded
# by landing pads, which the C library's start files have not; ours is start.S.
# The linker warns of each object that does not say that it has them: assembly,
# which has, and two of the C library's, which are only called. A static program
# is the C library's, which has none: nothing to guard.
CONF_LINK_arm64 := $(if $(CONF_STATIC),,-nostartfiles -Wl,-z,force-bti)
# Models beside qemu's default one. Natively too where an arch.mk says in
# <target>.native that kernels of this machine run it.
CONF_CPUS_x86_64 := qemu64 max
CONF_CPUS_i386 := 486,+cmov pentium,+cmov pentium3 max
CONF_CPUS_i386_noargs := 486,+cmov pentium3 max
# arm64: without SVE and landing pads; SVE alone; the shortest vectors and the
# longest. What qemu has by default is max, with 64 bytes.
CONF_CPUS_arm64 := cortex-a57 a64fx max,sve-max-vq=1 \
	max,sve-default-vector-length=256
CONF_CPUS_ppc64le := power8 power9 power10
# Not 970, power5+: qemu's dcbz clears less than glibc's memset relies on there.
CONF_CPUS_ppc64 := e5500 power8 power9 power10
CONF_CPUS_ppc := g3 g4

define conformance
$(1)-conf := $(CONF)/arch/$$($(1).arch)
$(1)-conf-obj := $$(patsubst %,$$(O)/$(1)/%.o,$$(CONF_SRC) $$(CONF_TRACED) \
	$$(filter-out $$(if $$(CONF_STATIC),%/start.S),\
	$$(wildcard $$($(1)-conf)/*.c $$($(1)-conf)/*.S)))
$(1)-conf-flags = $$(CONF_CFLAGS) $$($(1)-inc) -I$$($(1)-conf) \
	-DCONF_THROWS=$$(words $$($(1)-throws))

$$(O)/$(1)/$(CONF)/%.c.o: $(CONF)/%.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$($(1)-conf-flags) -c -o $$@ $$<

$$(O)/$(1)/$(CONF)/%.S.o: $(CONF)/%.S
	$$(call say,AS)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$($(1)-conf-flags) -c -o $$@ $$<

$(1)-traced := $$(CONF_TRACED) $$(wildcard $$($(1)-conf)/traced*.c)
$$($(1)-traced:%=$$(O)/$(1)/%.o): $$(O)/$(1)/%.o: % $$(O)/recordmcount
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$($(1)-conf-flags) \
		$$(or $$(CONF_SITES_$(1)_$$(*F)),$$($(1).pfe)) -c -o $$@ $$<
	$$(if $$(filter %-found.c,$$*),,$$(if $$(or $$($(1).recordmcount),$$(findstring \
		-pg,$$(CONF_SITES_$(1)_$$(*F)))),$$(Q)$$(O)/recordmcount $$@))

# Loaded by the program, and found beside it.
$$(O)/$(1)/$(CONF)/plugin.c.o: $(CONF)/plugin.c \
	$$(if $$($(1).recordmcount),$$(O)/recordmcount)
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(filter-out -fPIE,$$($(1)-conf-flags)) -fPIC \
		$$($(1).pfe) -c -o $$@ $$<
	$$(if $$($(1).recordmcount),$$(Q)$$(O)/recordmcount $$@)

$$(O)/$(1)/plugin.so: $$(O)/$(1)/$(CONF)/plugin.c.o $$(O)/$(1)/ftrace_object.o
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -shared -o $$@ $$^

# The same, for the loader other objects.
$$(addprefix $$(O)/$(1)/,plugin2.so plugin3.so plugin4.so): $$(O)/$(1)/plugin.so
	$$(Q)cp $$< $$@

# A copy of the library that has its names to itself.
$$(O)/$(1)/$(CONF)/second.c.o: $(CONF)/second.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(filter-out -fPIE,$$($(1)-conf-flags)) -fPIC -c -o $$@ $$<

$$(O)/$(1)/second.so: $$(O)/$(1)/$(CONF)/second.c.o $$(O)/$(1)/libftrace.a
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -shared \
		-Wl,--exclude-libs,ALL -o $$@ $$^ -pthread

# By compiler and level: clang has nothing that makes sites where they need
# recordmcount.
$(1)-throws := $$(foreach l,O0 O1 O2 O3,g++-$$(l) $$(if \
	$$($(1).recordmcount),,clang++-$$(l)))
$$($(1)-throws:%=$$(O)/$(1)/$(CONF)/throws-%.o): $$(O)/$(1)/$(CONF)/throws-%.o: \
	$(CONF)/throws.cc $$(if $$($(1).recordmcount),$$(O)/recordmcount)
	$$(call say,CXX)
	@mkdir -p $$(@D)
	$$(Q)$$(if $$(filter clang%,$$*),clang++-19 --target=$$($(1)-cross:-=) \
		$$(if $$(filter ppc,$(1)),-msecure-plt),$$($(1)-cross)g++) -std=gnu++17 -Wall -Wextra -Werror $$(CFLAGS) \
		-$$(lastword $$(subst -, ,$$*)) $$($(1).cflags) -fPIC $$($(1).pfe) -c -o $$@ $$<
	$$(if $$($(1).recordmcount),$$(Q)$$(O)/recordmcount $$@)

# Where no C++ library is installed, as for i386 natively, it is in there.
$$(O)/$(1)/throws-%.so: $$(O)/$(1)/$(CONF)/throws-%.o $$(O)/$(1)/ftrace_object.o
	$$(call say,LD)
	$$(Q)$$($(1)-cross)g++ $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -shared \
		-static-libstdc++ -shared-libgcc -o $$@ $$^

$$(O)/$(1)/elsewhere.so: $(CONF)/elsewhere.c $(CONF)/elsewhere.h $(CONF)/stack.h
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(filter-out -fPIE,$$($(1)-conf-flags)) -fPIC $$(LDFLAGS) \
		-shared -o $$@ $$<

$$(O)/$(1)/conformance: $$($(1)-conf-obj) $$(O)/$(1)/ftrace_object.o \
	$$(O)/$(1)/libftrace.a $$(if $$($(1)-mcount),$$(O)/$(1)/libftrace_mcount.a) | \
	$$(if $$(CONF_STATIC),,$$(addprefix \
	$$(O)/$(1)/,plugin.so plugin2.so plugin3.so plugin4.so second.so \
	elsewhere.so $$($(1)-throws:%=throws-%.so)))
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -Wl,-z,noexecstack \
		-Wl$$(comma)--wrap=ftrace_thread_attach $$(CONF_LINK_$(1)) $$(if $$(CONF_STATIC),-static -no-pie \
		-Wl$$(comma)--eh-frame-hdr,-pie -rdynamic) -o $$@ $$^ -pthread -ldl \
		$$(if $$(CONF_STATIC),,-Wl$$(comma)--no-as-needed -lgcc_s)

# Shared objects that a case loads: those of an architecture that has them.
$(1)-conf-so := $$(if $$(CONF_STATIC),,$$(patsubst $$($(1)-conf)/shared/%.c,$$(O)/$(1)/%.so,\
	$$(wildcard $$($(1)-conf)/shared/*.c)))
# By way of _mcount where the compiler can.
$(1)-conf-mcount := $$(or $$($(1).mcount),$$(if $$($(1).recordmcount),$$($(1).pfe)))
$(1)-conf-gap := $$(O)/$(1)/$$($(1)-conf)/shared/gap.S.o

$$(O)/$(1)/shared/large_%.o: $$($(1)-conf)/shared/large.c $$(O)/recordmcount
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$($(1)-conf-flags) -fPIC -DLARGE=large_$$* \
		-Wno-missing-prototypes \
		$$(or $$($(1)-conf-mcount),$$($(1).pfe)) -c -o $$@ $$<
	$$(if $$($(1)-conf-mcount),$$(Q)$$(O)/recordmcount $$@)

# No start files: they call by way of what lies behind all that text.
$$(O)/$(1)/large.so: $$(patsubst %,$$(O)/$(1)/shared/large_%.o,first middle last) \
	$$($(1)-conf-gap) $$(O)/$(1)/ftrace_object.o
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -shared \
		-nostartfiles -o $$@ $$(<) $$($(1)-conf-gap) \
		$$(word 2,$$^) $$($(1)-conf-gap) $$(word 3,$$^) $$(lastword $$^)

$$(O)/$(1)/%.so: $$($(1)-conf)/shared/%.c $$(O)/$(1)/ftrace_object.o
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$($(1)-conf-flags) -fPIC -fpatchable-function-entry=2 \
		$$(LDFLAGS) -shared -o $$@ $$^

$(1)-conf-qemu := --target $(1) --qemu $$($(1).qemu) \
	--sysroot $$($(1).sysroot) --prog $$(O)/$(1)/conformance
$(1)-conf-run := $$($(1)-conf-qemu) \
	$$(if $$(CONF_FULL)$$(filter O2,$$(CONF_BUILD)),\
	$$(foreach c,$$(CONF_CPUS_$(1)),$$($(1)-conf-qemu) --cpu $$(c)))
ifneq ($(filter $(MACHINE),$(1) $($(1).native)),)
$(1)-conf-run += --target $(1) --prog $$(O)/$(1)/conformance
endif
-include $$($(1)-conf-obj:.o=.d)
endef
$(foreach t,$(TARGETS),$(eval $(call conformance,$(t))))

$(O)/runner: $(wildcard $(CONF)/runner*.[ch])
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)cc -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -g -o $@ \
		$(filter %.c,$^) $(shell pkg-config --cflags --libs check) -lcapstone

# Runs what $(2) describes, by a manifest $(1)/manifest. The results are shown
# if there are failures; else here, or with all others at the end of a check.
matrix = awk -f $(CONF)/matrix.awk
run-results = $(O)/results-$(@:check-%=%)
define run
$(Q)$(O)/runner --manifest $(1)/manifest --results $(run-results) \
	--build $(CONF_BUILD) $(if $(CONF_FULL),--full) \
	$(2) $(CASE) || { $(matrix) $(run-results); exit 1; }
endef
show-results = $(if $(CONF_QUIET),,$(Q)$(matrix) $(run-results))

# All targets, or the one that the command line names; CASE= runs one case. Each
# target is run by itself, so that make can run several at once.
CONF_TARGETS := $(if $(filter command environment,$(origin TARGET)),$(TARGET),$(TARGETS))
.PHONY: check-conformance $(TARGETS:%=conformance-%)
$(TARGETS:%=conformance-%): conformance-%: $(O)/runner $(O)/%/conformance $$($$*-conf-so)
	$(call run,$(CONF),$($*-conf-run))
check-conformance: $(CONF_TARGETS:%=conformance-%)
	$(Q)cat $(^:%=$(O)/results-%) >$(run-results)
	$(show-results)

# The same as a whole build of its own: see CONF_BUILD.
check-conformance-%:
	+$(Q)$(MAKE) O=$(O)/$* CONF_BUILD=$* CONF_FULL=$(CONF_FULL) CONF_QUIET=$(CONF_QUIET) \
		$(if $(filter musl,$(subst -, ,$*)),TARGET=x86_64) check-conformance
	$(Q)cp $(O)/$*/results-conformance $(O)/results-conformance-$*

# Each instruction and CFI row of TARGET's entries removed in turn, or of what
# tells returns: slow.
.PHONY: mutate-entry mutate-graph mutate-one
mutate-entry mutate-graph mutate-one: %: %-$(TARGET)
mutate-entry-% mutate-graph-% mutate-one-%: $(O)/runner
	$(Q)$(CONF)/mutate.sh $* $(O) $(patsubst mutate-%-$*,%,$@)
