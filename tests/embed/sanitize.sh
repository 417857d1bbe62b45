#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A program with sites under AddressSanitizer, LeakSanitizer with it,
# UndefinedBehaviorSanitizer and ThreadSanitizer: first with the library as it
# is, then with one that is instrumented itself. No report is the test.
# usage: sanitize.sh BUILD_DIR TARGET MAKE CFLAGS...
set -eu
out=$1 target=$2 make=$3
shift 3
here=${0%/*}
plain=$out/$target
# Its shadow does not go with every layout of memory that a kernel may choose.
fixed=
if setarch -R true 2>/dev/null; then fixed='setarch -R'; fi

# Text has a shadow that may not be written: what stores into text is left out,
# and what is about fences alone. Others may have some, which are not looked at.
writers="arch/$target/ftrace.c.o generic/bulk.c.o generic/host/fence.c.o"

library() {
	flags="-O1 -g"
	set -- "$1" "$out/sanitize-$1"
	if [ "$1" = thread ]; then
		# shellcheck disable=SC2086
		"$make" -s O="$2" TARGET="$target" CFLAGS="$flags" \
			$(printf "$2/$target/%s " $writers) >/dev/null
		flags="$flags -Wno-tsan"
	fi
	"$make" -s O="$2" TARGET="$target" "$2/$target/libftrace.a" \
		CFLAGS="$flags -fsanitize=$1 -fno-sanitize-recover=all" >/dev/null
	echo "$2/$target/libftrace.a"
}

# run KIND LIBRARY CFLAGS...
run() {
	kind=$1 lib=$2
	shift 2
	program=$out/$target/sanitized-$kind
	gcc -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -Iinclude "$@" \
		"-fsanitize=$kind" -fno-sanitize-recover=all -o "$program" \
		"$here/sanitized.c" "$here/sanitized.S" \
		"$plain/ftrace_object.o" "$lib" -pthread
	# shellcheck disable=SC2086
	TSAN_OPTIONS="suppressions=$here/tsan.supp halt_on_error=1 history_size=7" \
		timeout 200 $fixed "$program"
}

for kind in address undefined thread; do
	run $kind "$plain/libftrace.a" "$@"
	run $kind "$(library $kind)" "$@"
done
echo 'sanitize: address, leak, undefined, thread: no report'
