#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# gdb, with no debug information, stops inside traced functions and in handlers;
# at each stop the callers must be those that there are, in their order. Who jumped
# to another at its end is not there any more.
#
#	run.sh PROGRAM [QEMU SYSROOT]	under QEMU's stub if there is one
# PASSES_BY=1: gdb does not see the function that is being entered.
set -u
prog=$1 qemu=${2:-} sysroot=${3:-}
dir=$(mktemp -d) || exit 1
stub=
trap '[ -z "$stub" ] || kill "$stub" 2>/dev/null; rm -rf "$dir"' EXIT

gdb=(timeout 100 gdb-multiarch -nx -batch -iex 'set auto-load off'
	-ex 'set pagination off' -ex 'set debuginfod enabled off')
stops=(-ex 'break look_inside' -ex 'break look_entered'
	-ex 'break look_returned')
walk=()
# Thrice in each of two calls, and then to the end.
for _ in 1 2 3 4 5 6 7; do walk+=(-ex bt -ex continue); done

if [ -n "$qemu" ]; then
	timeout 100 "$qemu" -L "$sysroot" -E "LD_LIBRARY_PATH=$sysroot/lib" \
		-g "$dir/stub" "$prog" &
	stub=$!
	for _ in $(seq 100); do [ -S "$dir/stub" ] && break; sleep 0.1; done
	"${gdb[@]}" -ex "set sysroot $sysroot" -ex "target remote $dir/stub" \
		"${stops[@]}" -ex continue "${walk[@]}" "$prog" >"$dir/out" 2>&1
else
	"${gdb[@]}" -ex 'set disable-randomization off' "${stops[@]}" -ex run \
		"${walk[@]}" "$prog" >"$dir/out" 2>&1
fi

# A line for each stop: the functions of this program, innermost first. What
# lies between them is the library's.
awk '
/^#0 / { if (line) print line; line = "" }
/^#[0-9]+ / {
	for (i = 1; i <= NF; i++)
		if ($i ~ /^(look|walked)_|^main$/) { line = line " " $i; break }
}
/exited normally/ { end = " exited" }
END { print line; print end }' "$dir/out" >"$dir/seen"
cat >"$dir/want" <<'W'
 look_entered walked_inner walked_outer walked_caller main
 look_inside walked_inner walked_outer walked_caller main
 look_returned walked_outer walked_caller main
 look_entered walked_outer walked_caller main
 look_inside walked_inner walked_outer walked_caller main
 look_returned walked_caller main
 exited
W
[ -z "${PASSES_BY:-}" ] ||
	sed -i 's/^ look_entered walked_[a-z]*/ look_entered/' "$dir/want"
diff "$dir/want" "$dir/seen" || { cat "$dir/out"; exit 1; }
