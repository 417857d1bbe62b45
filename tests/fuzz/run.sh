#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs fuzzers beside each other, first over their seeds, and says how far they
# got: run.sh OUT "NAME..." SECONDS [lines]. What they find lies in OUT/found;
# what is new to them stays in OUT/corpus. "lines": of generic/, by gcov.
set -eu

out=$1 names=$2 seconds=$3 lines=${4:-}
seeds=$(dirname "$0")/seeds
export ASAN_OPTIONS=detect_leaks=0
mkdir -p "$out/found"

one() {
	mkdir -p "$out/corpus/$1"
	"$out/$1" -seed=1 -max_len=512 -timeout=60 -rss_limit_mb=1024 \
		-print_final_stats=1 -max_total_time="$seconds" \
		-artifact_prefix="$out/found/$1-" \
		"$out/corpus/$1" "$seeds/$1" >"$out/$1.log" 2>&1
}

# Which lines of generic/ do the seeds and the corpus execute?
lines() {
	find "$out/lines" -name '*.gcda' -delete
	"$out/lines/$1" "$seeds/$1" "$out/corpus/$1" >"$out/$1.replay" 2>&1
	for f in generic/*.c; do
		gcov -n -o "$out/lines/$f.o" "$f" 2>/dev/null
	done | awk -v n="$1" '
	/^File / { own = /^File .generic\/[a-z]*\.c.$/ }
	own && /^Lines executed/ {
		split($0, part, /[:%]| of /)
		all += part[4]
		hit += part[2] * part[4] / 100
		own = 0
	}
	END { printf "  %-8s %s: %d of %d lines of generic/\n", "FUZZ", n,
		hit + 0.5, all; exit !hit }'
}

for n in $names; do
	one "$n" || : >"$out/$n.failed" &
done
wait

bad=0
for n in $names; do
	if [ -e "$out/$n.failed" ]; then
		rm "$out/$n.failed"
		bad=1
		grep -vE '^#[0-9]+	|NEW_FUNC|^INFO:' "$out/$n.log" | tail -n 60
		echo "fuzz: $n failed; see $out/found, $out/$n.log"
		continue
	fi
	# Only generic/ is built with counters.
	awk -v n="$n" '/^INFO: Loaded.*counters/ { all = $5; sub(/\(/, "", all) }
	/DONE/ { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
	/^stat::number_of_executed_units/ { runs = $2 }
	END { printf "  %-8s %s: %d runs, %d of %d edges of generic/\n", \
		"FUZZ", n, runs, cov, all; exit !(runs && cov) }' "$out/$n.log" ||
		bad=1
	[ -z "$lines" ] || lines "$n" || bad=1
done
exit $bad
