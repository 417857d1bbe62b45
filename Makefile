# SPDX-License-Identifier: MIT
# make help says what there is; the rules of each folder are in its rules.mk.
#
#	all install		the library of one target
#	demo bench		what it does; what it costs
#	check check-full	every test, in minutes; the cross product, in hours
#	check-PART		PART: model stress insn tools port embed unit fuzz gdb
#				conformance build samples bench libffi,
#				conformance-BUILD with BUILD as in CONF_BUILD
#	lint count clean
#	mutate-entry mutate-graph sabotage	do the tests notice?
#	stress fuzz		everything at once, anything at all; TIME= seconds
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
DEPS := $(filter check demo bench,$(patsubst stress,check,$(patsubst \
	sabotage,check,$(patsubst check-%,check,$(patsubst count-%,check,\
	$(MAKECMDGOALS))))))
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

# Of its own, for those who want it: a program may be profiled by this function.
$(1)-mcount := $$(patsubst %,$$(O)/$(1)/%.o,$$(wildcard arch/$$($(1)-arch)/mcount/*.S))

$$(O)/$(1)/libftrace_mcount.a: $$($(1)-mcount)
	$$(call say,AR)
	$$(Q)rm -f $$@ && $$($(1)-cross)ar rcsD $$@ $$^

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
	$$(O)/$(1)/ftrace_object.o $$(if $$($(1)-mcount),$$(O)/$(1)/libftrace_mcount.a)
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

# Each time: it may be installed elsewhere than last.
.PHONY: always
$(O)/$(TARGET)/%.pc: %.pc.in always
	$(call say,GEN)
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|;s|@VERSION@|$(VERSION)|' \
		-e 's|@PFE@|$($(TARGET).pfe)|;s|@PFE_CLANG@|$($(TARGET).clang)|' \
		-e 's|@RECORDMCOUNT@|$(or $($(TARGET).recordmcount),0)|' $< > $@

INSTALLED := $(addprefix $(O)/$(TARGET)/,libftrace.a \
	libftrace.so.$(SOVERSION) ftrace_object.o libftrace.pc libftrace-traced.pc \
	$(if $($(TARGET)-mcount),libftrace_mcount.a))

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
# Checking. What a folder's tests are made of stands beside them; the order is
# that of what they use of each other.

RULES := $(addsuffix /rules.mk,tests/unit tests/fuzz tests/insn tests/conformance \
	tests/conformance/build tests/count tests/embed tests/gdb tests/libffi tests/model \
	tests/stress samples demo bench)
include $(RULES)

.PHONY: check-tools
check-tools: $(O)/recordmcount
	$(Q)tests/tools/recordmcount.sh $(O)

# A copy of the fake machine is a port, and no item of it is dispensable.
.PHONY: check-port
check-port:
	$(Q)tests/port/null.sh $(O) $(MAKE)

# Each promise broken in one place: the test that is named for it must fail.
# x86_64, natively. ROW= breaks those that match it.
.PHONY: sabotage
sabotage:
	$(Q)tests/sabotage/run.sh $(O)/sabotage '$(ROW)'

# Every test for every target, as every change needs it. The parts are phony
# goals of their own. musl has no tools for another machine's programs.
check-parts = lint check-model check-insn check-tools check-port check-embed \
	check-unit check-fuzz \
	check-conformance check-build check-gdb check-samples $(if $(filter x86_64,$(filter $(MACHINE), \
	$(CONF_TARGETS))),check-conformance-musl check-bench)
# For hours: all cases on each CPU model, in each build; all unit tests under
# valgrind; each save and restore removed, each promise broken.
full-parts = $(check-parts) $(addprefix check-conformance-,O0 static O0-static) \
	$(CONF_TARGETS:%=mutate-entry-%) $(CONF_TARGETS:%=mutate-graph-%) \
	$(patsubst %,mutate-one-%,$(filter x86_64,$(CONF_TARGETS))) sabotage \
	check-libffi check-stress
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
