#!/bin/sh
# SPDX-License-Identifier: MIT
# Removes one save, restore, store or landing pad from an entry.S at a time: a
# case must fail.
#
#	mutate.sh TARGET OUT [FIRST LAST]
#
# Works in a copy at OUT, on lines FIRST to LAST. Prints each mutant that no case noticed.
set -eu

target=$1 out=$2 first=${3:-1} last=${4:-99999}
rm -rf "$out"
mkdir -p "$out"
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$out"
cd "$out"

arch=$(sed -n "s/^$target\.arch := //p" arch/*/arch.mk)
file=arch/$arch/entry.S
cp "$file" entry.orig

# Is it noticed? By a few cases mostly, so these come first. Slow areas are left
# out.
run() {
	make O=build "build/$target/conformance" build/runner \
		>build.log 2>&1 || return 2
	for cases in "'entry_args_*' 'entry_direct_args' 'wide_*'" \
		"'entry_*' 'regs_*' 'share_*' 'unwind_*' 'recursion_*' 'ops_*' \
		'sites_guarded'"; do
		timeout 300 make O=build check-conformance TARGET="$target" \
			CASE="$cases" >run.log 2>&1 || return 1
	done
}

# Line and item of each mutant: item 0 is the line, else one of an .irp list.
mutants() {
	awk -v first="$first" -v last="$last" '
	NR < first || NR > last { next }
	/^[ \t]+\.irp/ {
		n = split($0, item, ",")
		for (i = 2; i <= n; i++)
			print NR, i
		next
	}
	/^\tlanding_pad$/ {
		print NR, 0
	}
	/^[ \t0-9:]*(v?mov|push|pop|st|ld|lf|lv|lw|STORE|LOAD|mt|mf)[a-z0-9_]*[ \t]/ {
		print NR, 0
	}' entry.orig
}

mutate() {
	awk -v line="$1" -v item="$2" '
	NR != line { print; next }
	item == 0 { sub(/[^:]*$/, ""); print; next }
	{
		n = split($0, a, ",")
		s = a[1]
		for (i = 2; i <= n; i++)
			if (i != item)
				s = s "," a[i]
		print s
	}' entry.orig >"$file"
}

run || { echo "the suite fails before anything is changed"; exit 1; }
mutants >mutants
total=0 caught=0 unbuilt=0
while read -r line item; do
	mutate "$line" "$item"
	total=$((total + 1))
	rc=0
	run </dev/null || rc=$?
	case $rc in
	0) echo "not noticed: $file:$line item $item:" \
		"$(sed -n "${line}p" entry.orig)" ;;
	2) unbuilt=$((unbuilt + 1)) ;;
	*) caught=$((caught + 1)) ;;
	esac
done <mutants
echo "$target: $total mutants, $caught noticed, $unbuilt did not build"
