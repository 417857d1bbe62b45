# SPDX-License-Identifier: MIT
# x86_64: one target, native on most machines.
TARGETS += x86_64
x86_64.arch := x86_64
x86_64.cross := x86_64-linux-gnu-
x86_64.qemu := qemu-x86_64
x86_64.sysroot := /
# Aligned functions keep the site within one store (see README.md).
x86_64.pfe := -fpatchable-function-entry=5 -falign-functions=16
x86_64.clang := $(x86_64.pfe)
