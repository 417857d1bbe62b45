# SPDX-License-Identifier: MIT
# One file. make help says what there is.
#
#	all install		the library of one target
#	demo bench		what it does; what it costs
#	check check-full	every test, in minutes; the cross product, in hours
#	check-PART		PART: insn tools port embed unit conformance build,
#				conformance-BUILD with BUILD as in CONF_BUILD
#	lint count clean
#	mutate-entry sabotage	do the tests notice?
#
#	TARGET=arm64		one target instead of all (default: the machine's)
#	CROSS_COMPILE=		prefix of its tools, instead of arch.mk's
#	CC=clang		another compiler
#	O=DIR			where everything that is made goes
#	V=1			show the commands

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.SECONDEXPANSION:
.DELETE_ON_ERROR:

comma := ,

O ?= build
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' '$(1)' '$(patsubst $(O)/%,%,$@)')

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include

VERSION := $(shell sed -n 's/.*VERSION_M[AI][JN]OR //p;s/.*VERSION_PATCH //p' \
	include/ftrace/version.h | paste -sd.)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

# Every folder that holds an arch.mk is a port.
TARGETS :=
include $(sort $(wildcard arch/*/arch.mk))

# What uname says is the target's name, or its arch.mk says <target>.machine.
MACHINE := $(shell uname -m)
TARGET ?= $(or $(strip $(foreach t,$(TARGETS),$(if $(filter \
	$(MACHINE),$($(t).machine)),$(t)))),$(MACHINE))
ifeq ($(filter $(TARGET),$(TARGETS)),)
$(error TARGET=$(TARGET) is not one of TARGETS: $(TARGETS))
endif

# What an arch.mk says for each of its targets, as <target>.<word>; a word that
# it must say may be empty. docs/porting.md explains them.
PORT_MUST := arch cross qemu sysroot pfe
PORT_MAY := machine native cflags libcflags clang mcount recordmcount
$(foreach t,$(TARGETS),$(foreach w,$(PORT_MUST),$(if $(filter undefined,\
	$(origin $(t).$(w))),$(error arch.mk: missing definition of $(t).$(w)))))

# How a whole build is made, the library and the conformance programs in it, in
# words that - joins: O0 or O2; static; musl, which is x86_64 and static.
#	CONF_BUILD=O0-static
CONF_BUILD ?= O2
# All cases on each CPU model, in any build; nothing is left out for its time.
CONF_FULL ?= $(filter check-full,$(MAKECMDGOALS))
# The results are shown when all is done.
CONF_QUIET ?= $(filter check check-full,$(MAKECMDGOALS))
CONF_WORDS := $(subst -, ,$(CONF_BUILD))
CONF_STATIC := $(filter static musl,$(CONF_WORDS))
ifneq ($(filter musl,$(CONF_WORDS)),)
# Its compiler has no headers of Linux's: they lie beside another C library's.
MUSL := $(O)/musl-include
$(shell mkdir -p $(MUSL) && ln -sfn /usr/include/linux $(MUSL)/linux && \
	ln -sfn /usr/include/asm-generic $(MUSL)/asm-generic && \
	ln -sfn /usr/include/x86_64-linux-gnu/asm $(MUSL)/asm)
CC := musl-gcc -idirafter $(MUSL)
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
CFLAGS ?= $(or $(filter -O0,$(CONF_WORDS:%=-%)),-O2) -g
# The library is never traced by itself, whatever it is built with.
TRACING := -pg -mfentry -mprofile-kernel -mrecord-mcount -mnop-mcount \
	-finstrument-functions -fpatchable-function-entry% -fxray-instrument
override CFLAGS := $(filter-out $(TRACING),$(CFLAGS))
LIB_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -fPIC \
	-fvisibility=hidden -fno-exceptions -fasynchronous-unwind-tables \
	-Iinclude -MMD -MP

.PHONY: all
all: $(O)/$(TARGET)/all

# Packages first: a makefile that is included is made before anything else.
DEPS := $(filter check demo bench,$(patsubst sabotage,check,$(patsubst \
	check-%,check,$(patsubst count-%,check,$(MAKECMDGOALS)))))
ifneq ($(DEPS),)
include $(patsubst %,$(O)/deps-%.mk,$(DEPS))
endif

$(O)/deps-%.mk: ci/deps
	@mkdir -p $(@D)
	$(Q)ci/deps $*
	@: > $@

# ---------------------------------------------------------------------------
# The library, for target $(1)
define library
$(1)-arch := $$($(1).arch)
$(1)-cross := $$(if $$(filter $(1),$$(TARGET)),$$(if $$(filter \
	undefined,$$(origin CROSS_COMPILE)),$$($(1).cross),$$(CROSS_COMPILE)),$$($(1).cross))
$(1)-cc := $$(if $$(filter file command environment,$$(origin CC)),$$(CC),$$($(1)-cross)gcc)
$(1)-out := $$(O)/$(1)
# .cflags choose the target, for whoever builds for it; .libcflags are ours.
$(1)-inc := -Iarch/$$($(1)-arch)/include -Iarch/$$($(1)-arch) $$($(1).cflags) $$($(1).libcflags)
$(1)-src := $$(wildcard generic/*.c generic/host/*.c arch/$$($(1)-arch)/*.c \
	arch/$$($(1)-arch)/*.S)
$(1)-obj := $$(addsuffix .o,$$(addprefix $$(O)/$(1)/,$$($(1)-src)))

$(1)-objsrc := object/ftrace_object.c $$(wildcard arch/$$($(1)-arch)/object/*.S)

$$(O)/$(1)/%.c.o: %.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(LIB_CFLAGS) $$($(1)-inc) -c -o $$@ $$<

$$(O)/$(1)/%.S.o: %.S
	$$(call say,AS)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)-cc) $$(LIB_CFLAGS) $$($(1)-inc) -c -o $$@ $$<

$$(O)/$(1)/libftrace.a: $$($(1)-obj)
	$$(call say,AR)
	$$(Q)rm -f $$@ && $$($(1)-cross)ar rcsD $$@ $$^

$$(O)/$(1)/libftrace.so.$$(SOVERSION): $$($(1)-obj) generic/libftrace.map
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -shared \
		-Wl,-soname,libftrace.so.$$(SOVERSION) -Wl,-z,defs,-z,now,-z,text \
		-Wl,--no-undefined-version \
		-Wl,--version-script=generic/libftrace.map -o $$@ $$($(1)-obj)
	$$(Q)ln -sf libftrace.so.$$(SOVERSION) $$(@D)/libftrace.so

$$(O)/$(1)/ftrace_object.o: $$(addsuffix .o,$$(addprefix $$(O)/$(1)/,$$($(1)-objsrc)))
	$$(call say,LD)
	$$(Q)$$($(1)-cross)ld -r -o $$@ $$^

.PHONY: $$(O)/$(1)/all
$$(O)/$(1)/all: $$(O)/$(1)/libftrace.a $$(O)/$(1)/libftrace.so.$$(SOVERSION) \
	$$(O)/$(1)/ftrace_object.o
-include $$($(1)-obj:.o=.d)
endef
$(foreach t,$(TARGETS),$(eval $(call library,$(t))))

# ---------------------------------------------------------------------------
# Build-time tools, native

HOSTCC ?= cc
HOST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARN) -DFTRACE_VERSION='"$(VERSION)"'

$(O)/recordmcount: $(wildcard tools/recordmcount*.c tools/recordmcount*.h)
	$(call say,HOSTCC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $@ $(filter %.c,$^) -lelf

# ---------------------------------------------------------------------------
# Installing: the target's library, the headers, and what traced code needs

$(O)/$(TARGET)/%.pc: %.pc.in include/ftrace/version.h Makefile
	$(call say,GEN)
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|;s|@VERSION@|$(VERSION)|' \
		-e 's|@PFE@|$($(TARGET).pfe)|;s|@PFE_CLANG@|$($(TARGET).clang)|' \
		-e 's|@RECORDMCOUNT@|$(or $($(TARGET).recordmcount),0)|' $< > $@

INSTALLED := $(addprefix $(O)/$(TARGET)/,libftrace.a \
	libftrace.so.$(SOVERSION) ftrace_object.o libftrace.pc libftrace-traced.pc)

.PHONY: install
install: $(INSTALLED) $(O)/recordmcount
	$(Q)install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/bin \
		$(DESTDIR)$(INCLUDEDIR)/ftrace/asm
	$(Q)install -m 644 $(filter %.a %.o,$(INSTALLED)) $(DESTDIR)$(LIBDIR)
	$(Q)install -m 755 $(filter %.so.$(SOVERSION),$(INSTALLED)) $(DESTDIR)$(LIBDIR)
	$(Q)ln -sf libftrace.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libftrace.so
	$(Q)install -m 644 $(filter %.pc,$(INSTALLED)) $(DESTDIR)$(LIBDIR)/pkgconfig
	$(Q)install -m 644 include/ftrace/*.h $(DESTDIR)$(INCLUDEDIR)/ftrace
	$(Q)install -m 644 arch/$($(TARGET).arch)/include/ftrace/asm/*.h \
		$(DESTDIR)$(INCLUDEDIR)/ftrace/asm
	$(Q)install -m 755 $(O)/recordmcount $(DESTDIR)$(PREFIX)/bin

# ---------------------------------------------------------------------------
# Checking

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

.PHONY: check-tools
check-tools: $(O)/recordmcount
	$(Q)tests/tools/recordmcount.sh $(O)

# A copy of the fake machine is a port, and no item of it is dispensable.
.PHONY: check-port
check-port:
	$(Q)tests/port/null.sh $(O) $(MAKE)

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

# Every test for every target, as every change needs it. The parts are phony
# goals of their own. musl has no tools for another machine's programs.
check-parts = lint check-insn check-tools check-port check-embed check-unit \
	check-conformance check-build check-samples $(if $(filter x86_64,$(filter $(MACHINE), \
	$(CONF_TARGETS))),check-conformance-musl)
# For hours: all cases on each CPU model, in each build; all unit tests under
# valgrind; each save and restore removed, each promise broken.
full-parts = $(check-parts) $(addprefix check-conformance-,O0 static O0-static) \
	$(CONF_TARGETS:%=mutate-entry-%) sabotage check-libffi
results = $(patsubst check-%,$(O)/results-%,$(filter check-conformance% \
	check-build,$(1)))

.PHONY: check check-full
check: $$(check-parts)
	@$(count)
	@$(matrix) $(call results,$^)
	@echo 'check: all passed'
check-full: $$(full-parts)
	@$(matrix) $(call results,$^)
	@echo 'check-full: all passed'

# Lines of code of each port, without its README.md.
count = for d in arch/*/; do printf '%s: %s lines\n' "$${d%/}" \
	"$$(find $$d -type f ! -name README.md | xargs cat | wc -l)"; done
.PHONY: count
count:
	@$(count)

.PHONY: help
help:
	@sed -n '4,/^$$/s/^#//p' Makefile

.PHONY: lint
lint:
	$(Q)ci/lint

.PHONY: clean
clean:
	$(Q)rm -rf $(O)

# ---------------------------------------------------------------------------
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
demo-main := $(addprefix $(O)/$(TARGET)/,demo/demo.c.o demo/count.c.o \
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

# ---------------------------------------------------------------------------
# Measuring: x86_64, natively, beside clang's XRay in one process. One source,
# two programs: with few functions, and with many.
BENCH := $(O)/bench
BENCH_FEW := 20000
BENCH_MANY := 1000000
BENCH_CFLAGS := -D_GNU_SOURCE -O2 -g -falign-functions=64 -Iinclude -MMD -MP
BENCH_OBJ := $(patsubst bench/%,$(BENCH)/%.o,$(wildcard bench/*.c bench/*.S bench/*.cc))

$(BENCH)/%.c.o: bench/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 $(WARN) $(BENCH_CFLAGS) -fno-ipa-icf \
		$(if $(filter %sites,$*),-fpatchable-function-entry=5) -c -o $@ $<

$(BENCH)/%.S.o: bench/%.S
	$(call say,AS)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -c -o $@ $<

# What chooses the sleds is said for a whole file.
$(BENCH)/xray_both.cc.o: bench-xray := -fxray-instrument
$(BENCH)/xray_entry.cc.o: bench-xray := -fxray-instrument \
	-fxray-instrumentation-bundle=function-entry
$(BENCH)/%.cc.o: bench/%.cc
	$(call say,CXX)
	@mkdir -p $(@D)
	$(Q)clang++-19 $(BENCH_CFLAGS) $(bench-xray) -c -o $@ $<

$(BENCH)/%.many.o: bench/many.sh
	$(call say,AS)
	@mkdir -p $(@D)
	$(Q)bench/many.sh $* >$@.s && $(HOSTCC) -c -o $@ $@.s && rm $@.s

# Its host before ftrace_object.o: both are set up in the order of linking.
BENCH_LINK := $(BENCH)/host.c.o $(filter-out %/host.c.o,$(BENCH_OBJ)) \
	$(O)/x86_64/ftrace_object.o $(O)/x86_64/libftrace.a

$(BENCH)/bench: $(BENCH_LINK) $(BENCH)/$(BENCH_FEW).many.o
$(BENCH)/bench-many: $(BENCH_LINK) $(BENCH)/$(BENCH_MANY).many.o
$(BENCH)/bench $(BENCH)/bench-many:
	$(call say,LD)
	$(Q)clang++-19 -fxray-instrument -o $@ $^ -pthread
-include $(BENCH_OBJ:.o=.d)

.PHONY: bench
bench: $(BENCH)/bench $(BENCH)/bench-many
	$(Q)$<

# Conformance: one program for each target, run under qemu by a native runner.
# An arch.mk may set <target>.recordmcount to 1: traced objects then get their
# sites from tools/recordmcount.
CONF := tests/conformance
CONF_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARN) -Wno-psabi $(CFLAGS) -fPIE -Iinclude \
	-I$(CONF) -DCONF_STATIC=$(if $(CONF_STATIC),1,0) -MMD -MP
# A static program has no other object: what lies there lies in the program.
CONF_SRC := $(filter-out $(CONF)/traced% $(CONF)/plugin.c $(CONF)/runner% \
	$(if $(CONF_STATIC),,$(CONF)/elsewhere.c),$(wildcard $(CONF)/*.c))
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
# How the program is linked where that is special. arm64: its text is guarded
# by landing pads, which the C library's start files have not; ours is start.S.
# The linker warns of each object that does not say that it has them: assembly,
# which has, and two of the C library's, which are only called.
CONF_LINK_arm64 := -nostartfiles -Wl,-z,force-bti
# Models beside qemu's default one. Natively too where an arch.mk says in
# <target>.native that kernels of this machine run it.
CONF_CPUS_x86_64 := qemu64 max
CONF_CPUS_i386 := 486,+cmov pentium,+cmov pentium3 max
CONF_CPUS_i386_noargs := 486,+cmov max
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
	$$(wildcard $$($(1)-conf)/*.c $$($(1)-conf)/*.S))
$(1)-conf-flags = $$(CONF_CFLAGS) $$($(1)-inc) -I$$($(1)-conf)

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
	$$(if $$(or $$($(1).recordmcount),$$(findstring -pg,$$(CONF_SITES_$(1)_$$(*F)))), \
		$$(Q)$$(O)/recordmcount $$@)

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

$$(O)/$(1)/elsewhere.so: $(CONF)/elsewhere.c $(CONF)/elsewhere.h $(CONF)/stack.h
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(filter-out -fPIE,$$($(1)-conf-flags)) -fPIC $$(LDFLAGS) \
		-shared -o $$@ $$<

$$(O)/$(1)/conformance: $$($(1)-conf-obj) $$(O)/$(1)/ftrace_object.o \
	$$(O)/$(1)/libftrace.a | $$(if $$(CONF_STATIC),,$$(O)/$(1)/plugin.so \
	$$(O)/$(1)/elsewhere.so)
	$$(call say,LD)
	$$(Q)$$($(1)-cc) $$(CFLAGS) $$($(1).cflags) $$(LDFLAGS) -Wl,-z,noexecstack \
		$$(CONF_LINK_$(1)) $$(if $$(CONF_STATIC),-static -no-pie \
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
define run
$(Q)$(O)/runner --manifest $(1)/manifest --results $(O)/results-$(@:check-%=%) \
	--build $(CONF_BUILD) $(if $(CONF_FULL),--full) \
	$(2) $(CASE) || { $(matrix) $(O)/results-$(@:check-%=%); exit 1; }
$(if $(CONF_QUIET),,$(Q)$(matrix) $(O)/results-$(@:check-%=%))
endef

# All targets, or the one that the command line names; CASE= runs one case.
CONF_TARGETS := $(if $(filter command environment,$(origin TARGET)),$(TARGET),$(TARGETS))
.PHONY: check-conformance
check-conformance: $(O)/runner $(CONF_TARGETS:%=$(O)/%/conformance) \
	$(foreach t,$(CONF_TARGETS),$($(t)-conf-so))
	$(call run,$(CONF),$(foreach t,$(CONF_TARGETS),$($(t)-conf-run)))

# The same as a whole build of its own: see CONF_BUILD.
check-conformance-%:
	+$(Q)$(MAKE) O=$(O)/$* CONF_BUILD=$* CONF_FULL=$(CONF_FULL) CONF_QUIET=$(CONF_QUIET) \
		$(if $(filter musl,$(subst -, ,$*)),TARGET=x86_64) check-conformance
	$(Q)cp $(O)/$*/results-conformance $(O)/results-conformance-$*

# ---------------------------------------------------------------------------
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
row-needs = Makefile $(BUILD)/build.h $(if $(filter cxx,$(1)),$(BUILD)/traced.hh)

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

# ---------------------------------------------------------------------------
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

# ---------------------------------------------------------------------------
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

# ---------------------------------------------------------------------------
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

# ---------------------------------------------------------------------------
# unit tests
# The core on the fake machine, native: one program, built three ways. What
# leaks is found by the host of the tests, which counts.
#	check-unit		all of it
#	check-unit-plain	one of plain asan ndebug valgrind

unit-src := $(wildcard generic/*.c generic/host/*.c tests/fakearch/*.c \
	tests/unit/*.c)
unit-cc := $(if $(filter file command environment,$(origin CC)),$(CC),gcc)
unit-libs = $(shell pkg-config --libs check)
unit-inc := -Itests/fakearch/include -Itests/fakearch
# What tests/unit/cores.c looks on at.
unit-wrap := -Wl,--wrap=arch_ftrace_store -Wl,--wrap=arch_ftrace_text_steps
plain.unit :=
asan.unit := -fsanitize=address,undefined -fno-sanitize-recover=all
ndebug.unit := -DNDEBUG
# Its processes are many and short: the slow cases are left to check-full.
unit-valgrind = $(if $(CONF_FULL),,UNIT_QUICK=1) valgrind -q --error-exitcode=99

define unit
unit-$(1)-obj := $$(addsuffix .o,$$(addprefix $$(O)/unit/$(1)/,$$(unit-src)))

$$(O)/unit/$(1)/%.c.o: %.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$(unit-cc) $$(LIB_CFLAGS) $$($(1).unit) $$(unit-inc) -c -o $$@ $$<

$$(O)/unit/$(1)/unit: $$(unit-$(1)-obj)
	$$(call say,LD)
	$$(Q)$$(unit-cc) $$(CFLAGS) $$($(1).unit) $$(LDFLAGS) -o $$@ $$^ \
		$$(unit-wrap) $$(unit-libs)

.PHONY: check-unit-$(1)
check-unit-$(1): $$(O)/unit/$(1)/unit
	@printf '  %-8s %s\n' UNIT $(1)
	$$(Q)ASAN_OPTIONS=detect_leaks=0 $$<
-include $$(unit-$(1)-obj:.o=.d)
endef
$(foreach k,plain asan ndebug,$(eval $(call unit,$(k))))

.PHONY: check-unit check-unit-valgrind
check-unit-valgrind: $(O)/unit/plain/unit
	@printf '  %-8s %s\n' UNIT valgrind
	$(Q)$(unit-valgrind) $<

check-unit: $(foreach k,plain asan ndebug valgrind,check-unit-$(k))

# Each instruction and CFI row of TARGET's entries removed in turn: slow.
.PHONY: mutate-entry
mutate-entry: mutate-entry-$(TARGET)
mutate-entry-%: $(O)/runner
	$(Q)$(CONF)/mutate.sh $* $(O)/mutants-$*

# Each promise broken in one place: the test that is named for it must fail.
# x86_64, natively. ROW= breaks one.
.PHONY: sabotage
sabotage:
	$(Q)tests/sabotage/run.sh $(O)/sabotage $(ROW)
