#!/bin/sh
# SPDX-License-Identifier: MIT
# Removes one instruction, one row of the unwind tables or one item of a list
# from an entry.S at a time: a case must fail.
#
#	mutate.sh TARGET OUT [FIRST LAST]
#
# Works in two copies below OUT, on lines FIRST to LAST. Prints each mutant that
# no case noticed, unless tests/conformance/equivalent says why none can; and
# what that says in vain. Fails if it printed any.
set -eu

target=$1 out=$2 first=${3:-1} last=${4:-99999}
rm -rf "$out"
mkdir -p "$out/1"
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$out/1"
cd "$out"
out=$PWD
arch=$(cd 1 && sed -n "s/^$target\.arch := //p" arch/*/arch.mk)
file=arch/$arch/entry.S
cp "1/$file" entry.orig

# Kind, line and item of each mutant: item 0 is the line, else one of several in
# a list.
# Not removed: a whole entry, the begin and the end of a function's table, and
# what is saved of it, without which nothing is built.
mutants() {
	awk -v first="$first" -v last="$last" '
	{ text = $0 }
	comment { if (!sub(/^.*\*\//, "", text)) next; comment = 0 }
	{ gsub(/\/\*[^*]*\*\//, "", text); sub(/\/\/.*/, "", text) }
	text ~ /\/\*/ { comment = 1; sub(/\/\*.*/, "", text) }
	NR < first || NR > last || /^#/ { next }
	{ sub(/^[A-Za-z0-9_\\]+:/, "", text) }
	text ~ /^[ \t]+\.irp[ \t]/ {
		n = split(text, item, ",")
		for (i = 2; n > 2 && i <= n; i++)
			print "item", NR, i
	}
	text ~ /^[ \t]+\.cfi_/ && text !~ /_(startproc|endproc|remember_state)/ {
		print "row", NR, 0
	}
	text ~ /^[ \t]+entry[ \t]/ { next }
	text ~ /^[ \t]+[a-zA-Z\\]/ { print "instruction", NR, 0 }
	' entry.orig
}

mutate() {
	awk -v line="$1" -v item="$2" '
	NR != line { print; next }
	item == 0 {
		match($0, /^[A-Za-z0-9_\\]+:/)
		print substr($0, 1, RLENGTH > 0 ? RLENGTH : 0)
		next
	}
	{
		n = split($0, a, ",")
		s = a[1]
		for (i = 2; i <= n; i++)
			if (i != item)
				s = s "," a[i]
		print s
	}' entry.orig
}

# The mutant as the table names it: the line's text, and the item's.
name_of() {
	awk -v line="$1" -v item="$2" '
	NR == line {
		split($0, a, ",")
		sub(/^[A-Za-z0-9_\\]+:/, "")
		sub(/[ \t]*(\/\*.*|\/\/.*)$/, "")
		gsub(/[ \t]+/, " ")
		sub(/^ /, "")
		gsub(/ /, "", a[item])
		print item ? $0 " without " a[item] : $0
	}' entry.orig
}

# What make would do: the object, the archive, the program; then each run of
# the program by itself.
(
	cd 1
	make -j2 O=build "build/$target/conformance" build/runner >build.log 2>&1
	make O=build TARGET="$target" check-conformance CASE=ops_selftest \
		>>build.log 2>&1 || { tail build.log; exit 1; }
	touch "$file"
	{
		echo "set -e"
		make -n V=1 O=build "build/$target/conformance"
	} >relink.sh
	make -n V=1 O=build TARGET="$target" check-conformance |
		sed -e ':a' -e '/\\$/N' -e 's/\\\n//' -e 'ta' |
		sed -n '/^build\/runner /{s/ ||.*//;s/ --target /\n--target /g;p}' |
		grep '^--target' >all-runs
	# Those without an emulator are the quickest.
	{ grep -v -e --qemu all-runs; grep -e --qemu all-runs; } >runs || :
)
cp -a 1 2

# Does each run pass the cases that match? Their names are words of both.
pass() (
	set -f
	while read -r run; do
		rc=0
		timeout 200 build/runner --manifest tests/conformance/manifest \
			$run $1 </dev/null >run.log 2>&1 || rc=$?
		[ $rc -ne 124 ] || echo "took too long" >run.log
		[ $rc -eq 0 ] || grep -q "^no such case" run.log || return 1
	done <runs
)

# Is a mutant of kind $1 noticed? What decides is asked first.
noticed() {
	case $1 in
	row) ;;
	*) pass "entry_args_one entry_regs_one" || return 0 ;;
	esac
	for cases in "unwind_step unwind_keep_step" "entry_* regs_* share_*" \
		"recursion_* wide_* unwind_[!s]* memory_thread" \
		"stack_* ops_* late_* sites_pads objects_*"; do
		pass "$cases" || return 0
	done
	return 1
}

# Every second mutant, from the $1st.
work() (
	cd "$1"
	awk -v n="$1" 'NR % 2 == n % 2' ../mutants |
	while read -r kind line item; do
		(cd .. && mutate "$line" "$item") >"$file"
		name=$(cd .. && name_of "$line" "$item")
		if ! sh relink.sh >build.log 2>&1; then
			state="does not build"
		elif noticed "$kind"; then
			state=noticed
		else
			state="not noticed"
		fi
		why=$(sed -n '/:[EF]:/s/.*test_case:[0-9]*: //p;/too long/p' run.log)
		printf '%s\t%s\t%s\t%s\t%s\n' "$state" "$line" "$kind" \
			"$name" "$(echo "$why" | cut -c1-100 | head -1)"
	done >"../result.$1"
)

mutants >mutants
# Decisive first, too: the rows.
sort -r -s -k1,1 mutants -o mutants
echo "$target: $(wc -l <mutants) mutants:" \
	"$(cut -d' ' -f1 mutants | sort | uniq -c | tr -s '\n ' ' ')"
( cd 1 && noticed row ) && { echo "the suite fails before anything is changed"
	tail -5 1/run.log; exit 1; }
work 1 & work 2
wait

sort -t"$(printf '\t')" -k2n result.1 result.2 >result
awk -F'\t+' -v target="$target" -v file="$file" \
	-v whole=$((last - first == 99998)) '
FILENAME == ARGV[1] {
	if (/^#/ || !NF)
		next
	split($1, t, " ")
	for (i in t)
		if (t[i] == target)
			reason[$2] = $3
	next
}
{ count[$1]++ }
$1 == "noticed" { vain[$4] = 1; next }
$4 in reason { used[$4] = 1; equal++; next }
{ print $1 ": " file ":" $2 ": " $4; bad = 1 }
END {
	for (name in reason)
		if (!(name in used) && (whole || name in vain)) {
			print "listed in vain: " name
			bad = 1
		}
	printf "%s: %d noticed, %d not noticed, %d do not build, of which %d are listed\n",
		target, count["noticed"], count["not noticed"],
		count["does not build"], equal
	exit bad
}' 1/tests/conformance/equivalent result
