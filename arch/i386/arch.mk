# SPDX-License-Identifier: MIT
# i386: two targets. i386_noargs is the same without arguments in ftrace_regs,
# as kernels before WITH_ARGS had it: what needs them asks for SAVE_REGS.
TARGETS += i386 i386_noargs
i386.arch := i386
i386.machine := i386 i486 i586 i686
i386.cross := i686-linux-gnu-
i386.qemu := qemu-i386
i386.sysroot := /usr/i686-linux-gnu
# Kernels of these machines run it as it is, too.
i386.native := x86_64
# Aligned functions keep the site within one store (see README.md).
i386.pfe := -fpatchable-function-entry=5 -falign-functions=16
i386.clang := $(i386.pfe)

i386_noargs.arch := i386
i386_noargs.cross := $(i386.cross)
i386_noargs.qemu := $(i386.qemu)
i386_noargs.sysroot := $(i386.sysroot)
i386_noargs.native := $(i386.native)
i386_noargs.pfe := $(i386.pfe)
i386_noargs.clang := $(i386.clang)
i386_noargs.cflags := -DFTRACE_WITH_ARGS=0
