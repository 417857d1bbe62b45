#!/bin/sh
# SPDX-License-Identifier: MIT
# Removes one instruction, one row of the unwind tables or one item of a list
# from an entry.S or graph.S, or an entry.S's one.h, at a time: a case must fail.
#
#	mutate.sh TARGET BUILD entry|graph|one [FIRST LAST]
#
# Takes the objects of BUILD, and works in BUILD/mutants-TARGET-entry, on lines
# FIRST to LAST. Prints each mutant that no case noticed, unless
# tests/conformance/equivalent says why none can; and what that says in vain. Fails
# if it printed any.
set -eu

target=$1 build=$2 what=$3 first=${4:-1} last=${5:-99999}
conf=tests/conformance
out=$build/mutants-$target-$what
arch=$(sed -n "s/^$target\.arch := //p" arch/*/arch.mk)
file=arch/$arch/$what.S source=$file into=entry.S
[ "$what" != one ] || file=arch/$arch/one.h source=arch/$arch/entry.S into=one.h
# How the table of equivalents calls it.
key=$target
[ "$what" = entry ] || key=$target/$what
rm -rf "$out"
mkdir -p "$out/taken"

# Kind, line and item of each mutant: item 0 is the line, else one of several in
# a list.
# Not removed: a whole function of a macro, the begin and the end of a
# function's table, and what is saved of it, without which nothing is built.
mutants() {
	awk -v first="$first" -v last="$last" '
	function list(text,	n, i, items, token) {
		sub(/^[ \t]*(#define[ \t]+[A-Z0-9_]+|\.irp[ \t]+[a-z]+,)/, "", text)
		sub(/\\$/, "", text)
		n = split(text, token, ",")
		for (i = 1; i <= n; i++)
			items += token[i] ~ /^[ \t]*[0-9]+[ \t]*$/
		for (i = 1; items > 1 && i <= items && here; i++)
			print "item", NR, i
	}
	{ text = $0; here = NR >= first && NR <= last }
	comment { if (!sub(/^.*\*\//, "", text)) next; comment = 0 }
	{ gsub(/\/\*[^*]*\*\//, "", text); sub(/\/\/.*/, "", text) }
	text ~ /\/\*/ { comment = 1; sub(/\/\*.*/, "", text) }
	text ~ /^[ \t]+\.irp[ \t]/ || text ~ /^#define ALL_/ || listed {
		list(text)
		listed = text ~ /\\$/
		next
	}
	/^#/ || continued { continued = /\\$/; next }
	{ sub(/^[A-Za-z0-9_\\]+:/, "", text) }
	text ~ /^[ \t]+(entry|try|graph_caller)[ \t]/ { continued = /\\$/; next }
	!here { next }
	text ~ /^[ \t]+\.cfi_/ {
		continued = /\\$/
		if (text !~ /_(startproc|endproc|remember_state)/)
			print "row", NR, 0
	}
	text ~ /^[ \t]+[a-zA-Z\\]/ { print "instruction", NR, 0 }
	' "$file"
}

# How many there are in all, counted in another way.
counted() {
	cc -x assembler-with-cpp -fpreprocessed -dD -E -P "$file" >"$out/bare"
	grep -cE '^[^#]*\.cfi_' "$out/bare"
	grep -cE '^[^#]*\.cfi_(startproc|endproc|remember_state)' "$out/bare"
	# Lines that go on, as one; lists; what is no directive and no label.
	sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$out/bare" >"$out/joined"
	grep -E '^#define ALL_|\.irp ' "$out/joined" |
		grep -E '[0-9],.*[ ,][0-9]+ *$' | grep -ow '[0-9]*' | wc -l
	grep -v '^#' "$out/joined" | sed 's/^[A-Za-z0-9_\\]*://' |
		grep -cE '^[[:space:]]+[A-Za-z\\]'
	grep -cE '^[[:space:]]+(entry|try|graph_caller)[[:space:]]' "$out/joined" || :
}

# Line $1 less its item $2 into $3.
mutate() {
	awk -v line="$1" -v item="$2" '
	NR != line { print; next }
	item == 0 {
		match($0, /^[A-Za-z0-9_\\]+:/)
		text = substr($0, 1, RLENGTH > 0 ? RLENGTH : 0)
		# What it went on with goes, too.
		while ($0 ~ /\\$/ && getline > 0)
			text = text "\n"
		print text
		next
	}
	{
		head = ""
		if (match($0, /^[ \t]*(#define[ \t]+[A-Z0-9_]+|\.irp[ \t]+[a-z]+,)/)) {
			head = substr($0, 1, RLENGTH)
			$0 = substr($0, RLENGTH + 1)
		}
		tail = sub(/[ \t]*\\$/, "") ? " \\" : ""
		n = split($0, a, ",")
		for (i = 1; i <= n; i++) {
			seen += a[i] ~ /^[ \t]*[0-9]+[ \t]*$/
			if (seen == item && !done) {
				done = 1
				continue
			}
			s = s (k++ ? "," : "") a[i]
		}
		print head " " s tail
	}' "$file" >"$3"
}

# The mutant as the table names it: the line's text, and the item's.
name_of() {
	awk -v line="$1" -v item="$2" '
	NR == line {
		text = $0
		sub(/^[ \t]*(#define[ \t]+[A-Z0-9_]+|\.irp[ \t]+[a-z]+,)/, "", text)
		n = split(text, a, ",")
		for (i = 1; i <= n && seen < item; i++)
			if (match(a[i], /[0-9]+[ \t]*\\?$/) && a[i] !~ /[A-Z]/) {
				seen++
				which = a[i]
				gsub(/[ \t\\]/, "", which)
			}
		sub(/^[A-Za-z0-9_\\]+:/, "")
		sub(/[ \t]*(\/\*.*|\/\/.*)$/, "")
		gsub(/[ \t]+/, " ")
		sub(/^ /, "")
		print item ? $0 " without " which : $0
	}' "$file"
}

# What make would do for entry.S and for the program; where $w is the worker's
# folder. An entry of another object is not taken from the archive.
prepare() {
	o=$build/$target/$source.o
	make -n V=1 -W "$source" O="$build" "$build/$target/conformance" |
		sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' >"$out/commands"
	{
		echo 'set -e'
		grep -e "-o $o " "$out/commands" |
			sed -e "s|-o $o .*|-g0 -iquote arch/$arch -o \$w/entry.o \$w/entry.S|"
		echo 'if cmp -s $w/entry.o $w/../same.o; then exit 9; fi'
		grep -e "-o $build/$target/conformance " "$out/commands" |
			sed -e "s|-o $build/$target/conformance |-o \$w/conformance \$w/entry.o |"
	} >"$out/link.sh"
	# Those without an emulator are the quickest.
	make -n V=1 O="$build" TARGET="$target" check-conformance |
		sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' |
		sed -n '/^[^ ]*\/runner /{s/ ||.*//;s/ --target /\n--target /g;p}' |
		grep '^--target' >"$out/all-runs"
	{
		grep -v -e --qemu "$out/all-runs" || :
		grep -e --qemu "$out/all-runs" || :
	} | sed "s|$build/$target/conformance|@w/conformance|" >"$out/runs"
	for w in "$out/1" "$out/2"; do
		mkdir "$w"
		ln -s "$(realpath "$build/$target")"/*.so "$w"
		cp "$source" "$w/entry.S"
	done
}

# The size and the unwind table of each entry, in $w.
shapes() {
	{
		readelf -sW "$w/entry.o"
		readelf --debug-dump=frames "$w/entry.o"
	} | awk '
	$4 == "FUNC" { name[$2] = $8; print $8, $3 }
	/ FDE / {
		sub(/^.*pc=/, "")
		sub(/\.\..*/, "")
		fde = name[$0]
		next
	}
	# Where a row begins depends on the functions before.
	fde && NF { sub(/ to [0-9a-f]+$/, ""); print fde, $0 }' | sort
}

# Is there a reason why nobody can notice the mutant named $1?
listed() {
	awk -F'\t+' -v target="$key" -v name="$1" '
	!/^#/ && $2 == name && index(" " $1 " ", " " target " ") { found = 1 }
	END { exit !found }' $conf/equivalent
}

# Is the mutant in no other entries than those that no CPU model here takes?
unreached() {
	shapes | comm -3 - "$out/same.shapes" >"$w/changed"
	for entry in $(awk '{ print $1 }' "$w/changed" | sort -u); do
		listed "entry $entry" || return 1
	done
}

# Is mutant $2 of kind $1 noticed? What decides is asked first, and only where
# the mutant is: in the entries, in those of conservative modules, in those of
# sites that jump. The others are not asked if there is a reason why they would
# not know; a signal at each instruction comes last.
plain="entry_args_one entry_regs_one entry_args_nested entry_regs_nested
	entry_direct_args entry_direct_regs entry_args_thread wide_args wide_regs
	regs_around regs_store_all regs_store_away regs_null share_ipmodify_first
	recursion_deep recursion_levels recursion_struck recursion_beyond
	recursion_longjmp"
keep="entry_keep_args entry_keep_regs entry_keep_nested entry_keep_direct
	entry_keep_thread entry_keep_alone wide_keep regs_keep_x87
	regs_kept recursion_deep recursion_levels recursion_beyond"
graph="graph_nesting graph_results graph_clients graph_handlers graph_unaligned
	graph_answers stack_returns stack_doubles stack_vectors stack_complex
	stack_long_double stack_wide stack_ymm stack_x87"
rest="${REST-entry_* regs_* share_* recursion_* wide_* unwind_[!s]* memory_thread
	stack_* ops_* late_* sites_pads objects_* nop_* strike_entry strike_keep}"
left="graph_throws graph_unwind graph_override graph_ipmodify graph_tail
	graph_longjmp graph_exit graph_cancel graph_signals graph_coroutines
	graph_switches graph_recursion graph_leaves_inside graph_function
	graph_ret_addr late_graph strike_graph"
run() {
	# shellcheck disable=SC2046
	"$build/runner" --manifest $conf/manifest --first \
		$(sed "s|@w|$w|" "$out/runs") "$@" </dev/null >"$w/run.log" 2>&1
}

# Is one of the entries that the mutant is in like this?
within() {
	awk '{ print $1 }' "$w/changed" | grep -q "$@"
}

noticed() {
	fast= steps="shadow_*" others=
	if [ "$what" != entry ] || within graph; then
		fast="$fast $graph" steps="$steps graph_step" others=$left
	fi
	if [ "$what" = entry ]; then
		others="$rest $others"
		! within keep || fast="$keep $fast" steps="unwind_keep_step $steps"
		! within -v -e keep -e graph ||
			fast="$plain $fast" steps="unwind_step $steps"
	fi
	# Of rows the fast ones know nothing.
	[ "$1" != row ] || fast=
	! listed "$2" || others=
	# shellcheck disable=SC2086
	! run $fast $steps $others
}

# Each mutant that the other worker has not taken.
work() {
	w=$out/$1
	while read -r kind line item; do
		mkdir "$out/taken/$line-$item" 2>/dev/null || continue
		mutate "$line" "$item" "$w/$into"
		name=$(name_of "$line" "$item")
		rc=0
		w=$w sh "$out/link.sh" >"$w/build.log" 2>&1 || rc=$?
		why=
		if [ $rc -eq 9 ]; then
			state=elsewhere
		elif [ $rc -ne 0 ]; then
			state="does not build"
		elif unreached; then
			state=elsewhere
		elif noticed "$kind" "$name"; then
			state=noticed
			why=$(sed -n '/:[EF]:/s/.*test_case:[0-9]*: //p' "$w/run.log")
		else
			state="not noticed"
		fi
		printf '%s\t%s\t%s\t%s\t%s\n' "$state" "$line" "$kind" \
			"$name" \
			"$(echo "$why" | cut -c1-100 | head -1)"
	done <"$out/mutants" >"$out/result.$1"
}

prepare
set -f
w=$out/1
: >"$out/same.o"
w=$w sh "$out/link.sh" >"$w/build.log" 2>&1 || { tail "$w/build.log"; exit 1; }
cp "$w/entry.o" "$out/same.o"
shapes >"$out/same.shapes"
decisive="$graph graph_step"
[ "$what" != entry ] ||
	decisive="$plain $keep unwind_step unwind_keep_step $decisive"
# shellcheck disable=SC2086
if ! run $decisive; then
	echo "the suite fails before anything is changed"
	tail -5 "$w/run.log"
	exit 1
fi
# Decisive first, too: the rows.
mutants | sort -r -s -k1,1 >"$out/mutants"
all=$(wc -l <"$out/mutants")
grepped=$(counted | tr '\n' ' ' | awk '{ print $1 - $2 + $3 + $4 - $5 }')
echo "$target: $all mutants:" \
	"$(cut -d' ' -f1 "$out/mutants" | sort | uniq -c | tr -s '\n ' ' ')"
if [ $((last - first)) -eq 99998 ] && [ "$all" -ne "$grepped" ]; then
	echo "$target: grep counts $grepped"
	exit 1
fi
work 1 & work 2
wait

sort -t"$(printf '\t')" -k2n "$out/result.1" "$out/result.2" >"$out/result"
awk -F'\t+' -v target="$key" -v file="$file" -v all="$all" \
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
# A loop without end; or the machine had no time for it.
$1 == "noticed" && $5 ~ /Killed|time limit|timeout/ {
	print "noticed by its time: " file ":" $2 ": " $4
}
$1 == "noticed" { vain[$4] = 1; next }
$1 == "elsewhere" { next }
$4 in reason { used[$4] = 1; equal++; next }
{ print $1 ": " file ":" $2 ": " $4; bad = 1 }
END {
	for (name in reason)
		if (name !~ /^entry / && !(name in used) && (whole || name in vain)) {
			print "listed in vain: " name
			bad = 1
		}
	if (NR && count["noticed"] + count["not noticed"] + count["elsewhere"] + \
	    count["does not build"] != all) {
		print "not all were tried"
		bad = 1
	}
	printf "%s: %d mutants: %d noticed, %d not noticed, %d do not build, of which %d are listed; %d are of other targets and CPUs\n",
		target, all, count["noticed"], count["not noticed"],
		count["does not build"], equal, count["elsewhere"]
	exit bad
}' $conf/equivalent "$out/result"
