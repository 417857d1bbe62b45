# SPDX-License-Identifier: MIT
# arm64: little endian, LP64; what the compilers call aarch64.
TARGETS += arm64
arm64.arch := arm64
arm64.cross := aarch64-linux-gnu-
arm64.qemu := qemu-aarch64
arm64.sysroot := /usr/aarch64-linux-gnu
arm64.pfe := -fpatchable-function-entry=2
arm64.machine := aarch64
