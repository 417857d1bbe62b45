# SPDX-License-Identifier: MIT
# A port is named by its folder, so that a copy of this one builds as it is.
FAKE := $(notdir $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST)))))
TARGETS += $(FAKE)
$(FAKE).arch := $(FAKE)
# Prefix of the tools, emulator and root of the cross C library; here native.
$(FAKE).cross :=
$(FAKE).qemu :=
$(FAKE).sysroot := /
# Flags that make the compiler leave sites.
$(FAKE).pfe := -fpatchable-function-entry=8
$(FAKE).clang := $($(FAKE).pfe)
