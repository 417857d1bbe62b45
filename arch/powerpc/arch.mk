# SPDX-License-Identifier: MIT
# powerpc: ppc64le (ELFv2). Traced objects go through tools/recordmcount.
TARGETS += ppc64le
ppc64le.arch := powerpc
ppc64le.cross := powerpc64le-linux-gnu-
ppc64le.qemu := qemu-ppc64le
ppc64le.sysroot := /usr/powerpc64le-linux-gnu
ppc64le.pfe := -pg -mprofile-kernel
ppc64le.recordmcount := 1
