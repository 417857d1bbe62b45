#!/bin/sh
# SPDX-License-Identifier: MIT
# Breaks one behaviour at a time: the test that is named for it must fail.
#
#	run.sh OUT [ROWS]
#
# ROWS is a regular expression, of whole names. tests/sabotage/rows says how, and which test. All happens in copies in OUT.
set -eu

out=$1 only=${2:-}
rows=$(dirname "$0")/rows
limit=60	# seconds, for one test

# All lines of one key of a row; "-" and "+" are keys too.
value() {
	awk -v row="$1" -v key="$2" '
	/^row:/ { on = $2 == row }
	on && index($0, key) == 1 && key ~ /^[-+]$/ { print substr($0, 2) }
	on && index($0, key ":") == 1 { sub(/^[^:]*:[ \t]*/, ""); print }
	' "$rows"
}

# Replace the text of the - lines, which must be there once, by the + lines.
apply() {
	old=$(value "$1" -) new=$(value "$1" +) awk '
	BEGIN { RS = "\001"; old = ENVIRON["old"]; new = ENVIRON["new"] }
	{
		at = index($0, old)
		if (!at || !old || index(substr($0, at + 1), old))
			exit bad = 1
		printf "%s%s%s", substr($0, 1, at - 1), new,
			substr($0, at + length(old))
	}
	END { exit bad }' "$2" >"$2.new" && mv "$2.new" "$2"
}

build() {
	make O=build WARN=-w CFLAGS=-O2 "$@" >build.log 2>&1
}

# passed, failed, hung, or what the test did not do, of TEST in this folder.
outcome() {
	rc=0
	case $1 in
	unit:*)
		name=${1##*/} suite=${1#unit:}
		CK_VERBOSITY=verbose CK_RUN_SUITE=${suite%/*} timeout $limit \
			build/unit/plain/unit >run.log 2>&1 || rc=$? ;;
	conformance:*)
		name=test_case
		timeout $limit build/runner --target x86_64 \
			--prog build/x86_64/conformance "${1#conformance:}" >run.log 2>&1 || rc=$? ;;
	esac
	[ $rc != 124 ] || { echo hung; return; }
	awk -v name="$name" '
	$0 ~ ":[PFE]:[^:]*:" name ":[0-9]+:" {
		ran = 1
		if ($0 ~ ":[FE]:[^:]*:" name ":")
			failed = failed ? failed : \
				/Test timeout expired/ ? "hung" : "failed"
	}
	# The runner of the cases is silent about what passes.
	name == "test_case" && /^100%: Checks: [1-9]/ { ran = 1 }
	END { print failed ? failed : ran ? "passed" : "not run" }' run.log
}

goal() {
	case $1 in
	unit:*) echo build/unit/plain/unit ;;
	*) echo build/x86_64/conformance ;;
	esac
}

# What became of a row, in a word or a line.
verdict() {
	test=$(value "$1" test)
	before=$(outcome "$test")
	[ "$before" = passed ] || { echo "error: unbroken, it is $before"; return; }
	apply "$1" "$(value "$1" file)" ||
		{ echo 'error: the text is not there once'; return; }
	build "$(goal "$test")" || { echo 'error: does not build'; return; }
	case $(outcome "$test") in
	failed) echo killed ;;
	hung) [ "$(value "$1" hang)" ] && echo killed || echo 'error: hangs' ;;
	passed) echo SURVIVED ;;
	*) echo 'error: not run' ;;
	esac
}

# A copy of its own, so that nothing has to be put back.
one_row() {
	rm -rf "$out/$1"
	cp -a "$out/base" "$out/$1"
	v=$(cd "$out/$1" && verdict "$1")
	printf '%-24s %-58s %-20s %-44s %s\n' "$1" "$(value "$1" breaks)" \
		"$(value "$1" file)" "$(value "$1" test)" "$v" |
		tee "$out/$1.verdict"
	case $v in
	killed) rm -rf "${out:?}/$1" ;;
	esac
}

if [ "${SABOTAGE_ROW:-}" ]; then
	rows=$out/base/tests/sabotage/rows
	one_row "$SABOTAGE_ROW"
	exit
fi

rm -rf "$out"
mkdir -p "$out/base"
out=$(cd "$out" && pwd)
git ls-files -co --exclude-standard | tar -c -T - | tar -x -C "$out/base"
rows=$out/base/$rows
(cd "$out/base" && build -j2 build/unit/plain/unit build/runner \
	build/x86_64/conformance) ||
	{ cat "$out/base/build.log"; exit 1; }

sed -n 's/^row:[ \t]*//p' "$rows" | grep -Ex "${only:-.*}" >"$out/rows" ||
	{ echo "no row $only"; exit 1; }
sort "$out/rows" | uniq -d | grep . && { echo 'two rows of a name'; exit 1; }
xargs -P2 -I@ env SABOTAGE_ROW=@ "$0" "$out" <"$out/rows" || true

nr=$(wc -l <"$out/rows")
killed=$(cat "$out"/*.verdict | grep -c ' killed$' || true)
survived=$(cat "$out"/*.verdict | grep -c ' SURVIVED$' || true)
echo "$nr rows, $killed killed, $survived survivors," \
	"$((nr - killed - survived)) errors"
[ "$nr" = "$killed" ]
