# SPDX-License-Identifier: MIT
# powerpc: ppc64le (ELFv2), ppc64 (ELFv1), ppc. Objects that are traced by way
# of -mprofile-kernel go through tools/recordmcount.
TARGETS += ppc64le ppc64 ppc
ppc64le.arch := powerpc
ppc64le.cross := powerpc64le-linux-gnu-
ppc64le.qemu := qemu-ppc64le
ppc64le.sysroot := /usr/powerpc64le-linux-gnu
ppc64le.pfe := -pg -mprofile-kernel
ppc64le.recordmcount := 1

ppc64.arch := powerpc
ppc64.cross := powerpc64-linux-gnu-
ppc64.qemu := qemu-ppc64
ppc64.sysroot := /usr/powerpc64-linux-gnu
ppc64.pfe := -fpatchable-function-entry=2
# The other way, which takes recordmcount.
ppc64.mcount := -pg -mprofile-kernel

ppc.arch := powerpc
ppc.cross := powerpc-linux-gnu-
ppc.qemu := qemu-ppc
ppc.sysroot := /usr/powerpc-linux-gnu
ppc.pfe := -fpatchable-function-entry=2
