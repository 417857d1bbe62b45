#!/bin/sh
# SPDX-License-Identifier: MIT
# libffi's own tests, untraced and with every function of theirs and of libffi's
# traced: both must print the same and exit alike.
#
#	run.sh NAME SOURCE OUT
#
# NAME is the target, for what is printed; SOURCE holds libffi's source; OUT is
# emptied. In the environment:
#	CC CXX AR	the target's
#	SITES		flags that leave sites
#	RECORD		recordmcount; RECORD_C is not empty if C needs it, too
#	TRACER_LINK	objects and library to link traced programs with
#	EMULATOR	runs a program; empty: the machine does
#	OPT		levels of optimisation
#	TESTS		a pattern: only the tests with such a name; or empty
set -eu

# What was said to our make is not for libffi's.
unset MAKEFLAGS MAKEOVERRIDES MAKELEVEL MFLAGS

name=$1
src=$(cd "$2" && pwd)
mkdir -p "$3"
out=$(cd "$3" && pwd)
rm -rf "$out"
mkdir -p "$out/plain" "$out/run"

die() {
	echo "check-libffi: $name: $*" >&2
	exit 1
}

# One configuration, two libraries; --host and another --build, or it would
# try to run what it compiles.
build_libffi() {
	host=$($CC -dumpmachine)
	(cd "$out/plain" && "$src/configure" --host="$host" --build=none-linux \
		--disable-shared --disable-docs --disable-dependency-tracking \
		CC="$CC" CXX="$CXX" CFLAGS=-O2) >"$out/configure.log" 2>&1 ||
		die "configure failed: $out/configure.log"
	cp -r "$out/plain" "$out/traced"
	for kind in plain traced; do
		sites=''
		[ $kind = plain ] || sites=$SITES
		make -C "$out/$kind" CFLAGS="-O2 -g $sites" libffi.la \
			>"$out/$kind.log" 2>&1 ||
			die "libffi does not build: $out/$kind.log"
	done
	[ "$RECORD_C" ] || return 0
	lib=$out/traced/.libs/libffi.a
	rm "$lib"
	find "$out/traced/src" -name '*.o' -exec "$RECORD" {} + \
		-exec "$AR" rcs "$lib" {} +
}

# program KIND OPT FLAGS TEST: build one, as dejagnu would
program() {
	kind=$1 opt=$2 flags=$3 test=$4
	b=$out/$kind
	obj=$b/test.o
	set -- -I"$b/include" -I"$src/include" -I"$b" -w -Wno-psabi "$opt"
	compiler=$CC record=$RECORD_C
	case $test in *.cc) compiler=$CXX record=cxx ;; esac
	sites='' tracer=''
	[ $kind = plain ] || sites=$SITES tracer=$TRACER_LINK
	$compiler "$@" $sites $flags -c -o "$obj" "$test" 2>"$b/test.log" &&
		{ [ -z "$sites" ] || [ -z "$record" ] || "$RECORD" "$obj"; } &&
		$compiler -o "$b/test" "$obj" "$b/.libs/libffi.a" $tracer \
			-pthread -lm 2>"$b/test.log" ||
		die "$test $opt $flags: $(cat "$b/test.log")"
}

# Addresses differ from run to run; which of them are the same does not.
addresses() {
	awk '{
		line = ""
		while (match($0, /0x0x[0-9a-f]+/)) {
			p = substr($0, RSTART, RLENGTH)
			if (!(p in nr))
				nr[p] = ++n
			line = line substr($0, 1, RSTART - 1) "address " nr[p]
			$0 = substr($0, RSTART + RLENGTH)
		}
		print line $0
	}' "$1"
}

# run KIND WHO: what it printed, with the status in the last line
run() {
	rc=0
	TRACER=$2 timeout 900 $EMULATOR "$out/$1/test" \
		>"$out/run/said" 2>&1 3>"$out/run/hits" </dev/null || rc=$?
	addresses "$out/run/said" >"$out/run/$1"
	echo "exit status $rc" >>"$out/run/$1"
}

# one OPT FLAGS TEST: add up what became of it
one() {
	program plain "$@"
	program traced "$@"
	what="${3#"$src/testsuite/"} $1${2:+ $2}"
	run plain none
	programs=$((programs + 1))
	grep -q "$well" "$out/run/plain" ||
		untraced="$untraced
    fails untraced, too: $what"
	for who in args regs both; do
		run traced $who
		n='' missed=''
		read -r n missed <"$out/run/hits" || :
		calls=$((calls + ${n:-0}))
		if ! cmp -s "$out/run/plain" "$out/run/traced"; then
			bad=$((bad + 1))
			echo "check-libffi: $name: $what, $who: not as untraced"
			diff "$out/run/plain" "$out/run/traced" | head -n 8
		elif [ "${n:-0}" = 0 ] && grep -q "$well" "$out/run/plain"; then
			bad=$((bad + 1))
			echo "check-libffi: $name: $what, $who: no call traced"
		elif [ "${missed:-0}" != 0 ]; then
			bad=$((bad + 1))
			echo "check-libffi: $name: $what, $who: $missed functions" \
				"not traced"
		fi
	done
}

# As in dejagnu's lists: what asks for an ABI is tried with each of its kind.
abis() {
	echo
	grep -q ABI_NUM "$1" || return 0
	case $host in
	i?86-*) for a in STDCALL THISCALL FASTCALL; do
			echo "-DABI_NUM=FFI_$a -DABI_ATTR=__${a}__"
		done ;;
	x86_64-*) echo "-DABI_NUM=FFI_GNUW64 -DABI_ATTR=__MSABI__" ;;
	esac
}

# Folders of what not every target has, as libffi's own lists ask.
skipped() {
	case $1 in
	*/libffi.complex) feature=FFI_TARGET_HAS_COMPLEX_TYPE ;;
	*/libffi.go) feature=FFI_GO_CLOSURES ;;
	*) return 1 ;;
	esac
	! printf '#include <ffi.h>\n#ifndef %s\n#error none\n#endif\n' $feature |
		$CC -I"$out/plain/include" -E - >/dev/null 2>&1
}

build_libffi
least=100
[ -z "$TESTS" ] || least=0
well='^exit status 0$'
programs=0 calls=0 bad=0 untraced=
for opt in $OPT; do
	for test in "$src"/testsuite/libffi.*/*.c "$src"/testsuite/libffi.*/*.cc; do
		case $test in */testcases.c) continue ;; esac
		case ${test##*/} in ${TESTS:-*}) ;; *) continue ;; esac
		! skipped "${test%/*}" || continue
		abis "$test" >"$out/abis"
		while read -r flags; do
			one "$opt" "$flags" "$test" </dev/null
		done <"$out/abis"
	done
done
echo "libffi on $name: $programs programs, each traced in 3 ways," \
	"$calls calls traced, $bad not as untraced$untraced"
[ "$bad" = 0 ] && [ "$programs" -gt $least ]
