#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# many.sh N: assembly of N functions with a site and N with XRay's sleds, as
# compilers make them, 32 bytes each: a compiler would take minutes for it.
set -eu

# The lines of stdin $1 times; "at" is $3 first and grows by $2 each time.
each() {
	echo "	.set at, $3"
	echo "	.rept $1"
	cat
	echo "	.set at, at + $2"
	echo "	.endr"
}

n=$1
cat <<EOF
	.globl bench_many_text, bench_many_xray, bench_many_nr
	.text
	.p2align 6
bench_many_text:
	.rept $n
	.byte 0x90, 0x90, 0x90, 0x90, 0x90
	leaq 1(%rdi), %rax
	ret
	.p2align 5, 0xcc
	.endr

	.p2align 6
bench_many_xray:
	.rept $n
	.byte 0xeb, 0x09, 0x66, 0x0f, 0x1f, 0x84, 0, 0, 2, 0, 0
	leaq 1(%rdi), %rax
	.p2align 1, 0x90
	.byte 0xc3, 0x2e, 0x66, 0x0f, 0x1f, 0x84, 0, 0, 2, 0, 0
	.p2align 5, 0xcc
	.endr

	.section .rodata
	.p2align 3
bench_many_nr: .quad $n
	.section .note.GNU-stack, "", @progbits
EOF

echo '	.section __patchable_function_entries, "aw", @progbits'
each "$n" 32 bench_many_text <<EOF
	.quad at
EOF

# Two sleds a function: where, whose (from here), kind, always, version 2.
echo '	.section xray_instr_map, "a", @progbits'
echo 'sleds:'
each "$n" 32 bench_many_xray <<EOF
	.quad at - .
	.quad at - .
	.byte 0, 1, 2
	.zero 13
	.quad at + 16 - .
	.quad at - .
	.byte 1, 1, 2
	.zero 13
EOF

echo '	.section xray_fn_idx, "a", @progbits'
echo '	.p2align 4'
each "$n" 64 sleds <<EOF
	.quad at - .
	.quad 2
EOF

awk -v n="$n" 'BEGIN {
	print "\t.text"
	for (i = 0; i < n; i++) {
		f = sprintf("many_%07d", i)
		printf "%s = bench_many_text + %d\n", f, i * 32
		printf "\t.type %s, @function\n\t.size %s, 10\n", f, f
	}
}'
