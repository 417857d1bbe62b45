# SPDX-License-Identifier: MIT
# arm64: little endian, LP64; what the compilers call aarch64.
TARGETS += arm64
arm64.arch := arm64
arm64.cross := aarch64-linux-gnu-
arm64.qemu := qemu-aarch64
arm64.sysroot := /usr/aarch64-linux-gnu
arm64.pfe := -fpatchable-function-entry=2
arm64.clang := $(arm64.pfe)
arm64.machine := aarch64
# One object without landing pads takes the mark, and the check, from a program
# that has them; so do the atomics of a libgcc that was built without.
arm64.libcflags := -mbranch-protection=standard -mno-outline-atomics
