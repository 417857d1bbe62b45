#!/bin/sh
# SPDX-License-Identifier: MIT
# Guest instructions of one traced call with one client: rows of a table.
#
#	count.sh TARGET PROGRAM EMULATOR...
#
# qemu is told to make a block of each single instruction, and to write down
# each block that it runs. Those from the site's call, with it, to the return
# to the site are counted, but for the callback's own. A row for each line that
# the file kept has for TARGET; the goal is twice what is kept, and 30.
set -eu

target=$1 program=$2
shift 2
log=$program.log
kept=${0%/*}/kept

# REGISTERS...: how many are these?
number() {
	echo "$@" | tr ' ' '\n' | awk '
	match($0, /[0-9]+-[0-9]+$/) && !/\+/ {
		split(substr($0, RSTART), n, "-")
		all += n[2] - n[1]
	}
	{ all++ }
	END { print all }'
}

# The program counter is the second of the four words in brackets; the last one
# ends in how many instructions a block has at most.
count() {
	awk -v site="$site" -v back="$back" -v from="$from" -v to="$to" '
	/^Trace/ {
		split($4, word, /[\/\]]/)
		pc = substr("0000000000000000" word[2], length(word[2]) + 1)
		if (word[4] !~ /01$/)
			single = "no"
		if (pc == site) {
			within = 1
			n = 0
		}
		if (pc == back)
			within = 0
		n += within && !(pc >= from && pc < to)
	}
	END {
		if (single == "no" || within || !n)
			exit 1
		print n
	}' "$log"
}

if ! grep -q "^$target " "$kept"; then
	echo "count-entry: nothing about $target in $kept" >&2
	exit 1
fi
grep "^$target " "$kept" | while read -r _ cpu entry registers; do
	where=$("$@" -cpu "$cpu" -singlestep -d exec,nochain -D "$log" \
		"$program" "$entry" </dev/null)
	for word in $where; do
		eval "$word"
	done
	if ! n=$(count); then
		echo "count-entry: $target: not a log of single steps: $log" >&2
		exit 1
	fi
	rm "$log"
	# shellcheck disable=SC2086
	k=$(number $registers)
	printf '| %s | %s | %s | %d | %d | %d | %+d |\n' "$target" "$cpu" \
		"$entry" "$n" "$k" $((2 * k + 30)) $((n - 2 * k - 30))
done
