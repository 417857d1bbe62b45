#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the models of this folder, and that each of their rules is needed.
#
#	run.sh OUT [MODEL [RULE]]
#
# A model's head names its rules, one a line: " * NO_RULE KIND what it is". With
# -DNO_RULE the model, made with -DKIND=KIND, is without it, and must fail. Each
# kind that is named is checked with all its rules, too.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1 only=${2:-} rule=${3:-}
mkdir -p "$out"
cd "$out"
bad=0

rules() {
	sed -n 's/^ \* \(NO_[A-Z0-9_]*\)[ 	]*/\1 /p' "$here/$1.pml"
}

# The number of states, and the line of the assertion that fails, or nothing.
check() {
	model=$here/$1.pml
	shift
	rm -f pan pan.* ./*.trail
	{ spin -a "$@" "$model" && gcc -O0 -w -DSAFETY -DCOLLAPSE -o pan pan.c &&
		timeout 300 ./pan -m100000 -w22; } >pan.log 2>&1 &&
		! grep -q 'depth too small' pan.log &&
		grep -q 'errors: [01]$' pan.log || { cat pan.log; exit 1; }
	states=$(awk '/states, stored/ { print $1 }' pan.log) line=
	grep -q 'errors: 0$' pan.log && return
	line=$(spin -t -k "${model##*/}.trail" "$@" "$model" |
		sed -n 's/.*pml:\([0-9]*\), Error: assertion violated.*/\1/p' | head -n1)
	# Anything else that stops it is a fault of the model.
	[ "$line" ] || { cat pan.log; exit 1; }
}

row() {
	printf '  %-8s %-6s %-7s %-15s %8d  %s\n' MODEL "$1" "$2" "$3" "$states" "$4"
}

fault() {
	sed -n "$line"'s,.*/\* \(.*\) \*/.*,\1,p' "$here/$1.pml"
}

one_model() {
	for kind in $(rules "$1" | awk '{ print $2 }' | sort -u); do
		check "$1" -DKIND="$kind"
		if [ "$line" ]; then
			bad=1
			row "$1" "$kind" '' "FAILS: $(fault "$1")"
		else
			row "$1" "$kind" '' 'states; holds'
		fi
	done
	rules "$1" >"rules-$1"
	while read -r name kind what; do
		[ -z "$rule" ] || [ "$rule" = "$name" ] || continue
		check "$1" -DKIND="$kind" -D"$name"
		if [ "$line" ]; then
			row "$1" "$kind" "$name" "without: $what -> $(fault "$1")"
		else
			bad=1
			row "$1" "$kind" "$name" "NOT MISSED: $what"
		fi
	done <"rules-$1"
}

# What the writers do, as lines of steps.h.
steps() {
	for kind in ONE STEPS; do
		spin -T -DTRACE -DKIND=$kind "$here/patch.pml"
	done
	spin -T -DTRACE "$here/grace.pml"
}

steps | awk '
# Behind ": -" a protocol is made ready for.
function line() { if (name != "" && name != "-") printf "STEPS(\"%s\", \"%s\")\n", name, said }
/^: / { line(); name = substr($0, 3); said = ""; next }
/^[a-z]+$/ { said = said (said ? " " : "") $0 }
END { line() }' >steps
grep '^STEPS' "$here/steps.h" | diff - steps || {
	echo 'the models do not take the steps of steps.h'
	bad=1
}
for m in patch grace graph; do
	[ -n "$only" ] && [ "$only" != "$m" ] || one_model "$m"
done
exit $bad
