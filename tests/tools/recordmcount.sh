#!/bin/sh
# SPDX-License-Identifier: MIT
# Test BUILD_DIR/recordmcount: sites, link results, damaged objects, options.
# Usage: tests/tools/recordmcount.sh BUILD_DIR; what is not installed is named
# and left out.

[ $# = 1 ] && [ -x "$1/recordmcount" ] || {
	echo "usage: $0 BUILD_DIR, with a recordmcount in it" >&2
	exit 2
}
src=$(cd "$(dirname "$0")" && pwd)/recordmcount
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
tool=$(cd "$1" && pwd)/recordmcount
scratch=$(cd "$1" && pwd)/recordmcount-test
rm -rf "$scratch"
mkdir -p "$scratch/lld" && cd "$scratch" || exit 1

passed=0
failed=0
check() {
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
	fi
}

not() {
	! "$@"
}

same() {
	[ "$1" = "$2" ] && return
	printf 'got:      %s\nexpected: %s\n' "$1" "$2"
	return 1
}

# Run the tool: its exit status must be $1 and its message match $2.
expect() {
	status=$1 pattern=$2
	shift 2
	"$@" >out 2>err
	same $? "$status" && { [ -z "$pattern" ] || grep -q -- "$pattern" err; }
}

present() {
	command -v "$1" >/dev/null && return
	case " $missing " in
	*" $1 "*) ;;
	*) missing="$missing $1" ;;
	esac
	return 1
}

qemu_for() {
	case $1 in
	x86_64) echo qemu-x86_64 ;;
	i686) echo qemu-i386 ;;
	powerpc*) echo "qemu-ppc${1#powerpc}" ;;
	*) echo "qemu-$1" ;;
	esac
}

# A cross gcc looks for a linker with its own prefix; lld serves all targets.
lld=$(command -v ld.lld)
for t in x86_64 i686 aarch64 powerpc powerpc64 powerpc64le; do
	ln -s "${lld:-/nonexistent}" "lld/$t-linux-gnu-ld.lld"
done
ln -s "${lld:-/nonexistent}" lld/ld.lld

# Program $out of the given objects, with linker $1.
link() {
	linker=$1
	shift
	PATH="$scratch/lld:$PATH" "$gxx" "$@" $stub -fuse-ld="$linker" \
		-B"$scratch/lld" -o "$out" 2>link.err
}

has_linker() {
	case $target-$1 in
	*-bfd) ;;
	powerpc64-lld) return 1 ;;	# does not know ELFv1
	*-lld) present ld.lld ;;
	*-gold) present "$target-linux-gnu-ld.gold" ;;
	esac
}

# The calls that objdump sees, in the form that -n prints.
objdump_calls() {
	"$target-linux-gnu-objdump" -dr "$1" | awk -v file="$1" '
	/^Disassembly of section/ { section = substr($4, 1, length($4) - 1) }
	/^ *[0-9a-f]+:\t[0-9a-f]/ { split($1, a, ":"); insn = a[1] }
	/: R_.*\t\.?(_?mcount|__fentry__)([-+]|$)/ {
		printf "%s: %s+0x%s\n", file, section, insn
	}' | sed 's/+0x0$/+0/'
}

compile() {
	"$gxx" $opt $flags "$@" -Wall -c "$src/one.cc" -o one.o &&
	"$gxx" $opt $flags "$@" -Wall -c "$src/two.cc" -o two.o
}

# What the tool prints and writes for two.o, whose text is in many sections.
test_object() {
	name="$target $flags $opt $*"
	compile "$@" || return 1
	objdump_calls two.o | sort >calls
	cp two.o before.o
	"$tool" -n two.o | sort >listed
	check "$name: -n lists what objdump sees" cmp calls listed
	check "$name: -n changes nothing" cmp two.o before.o
	check "$name: runs" "$tool" one.o two.o
	cp two.o after.o
	check "$name: runs again" "$tool" two.o
	check "$name: the second run changes nothing" cmp two.o after.o
	check "$name: is changed, and keeps its sites" not cmp -s two.o before.o
	"$tool" -n two.o | sort >listed
	check "$name: same sites in the new object" cmp calls listed
	readelf -Wg two.o >groups
	check "$name: tables and their relocations are in groups" same \
		"$(grep -Ec ' (__mcount_loc|__patchable)' groups)" \
		"$(grep -Ec ' \.rela?(__mcount_loc|__patchable)' groups)"
}

# Linked with $1 and $2, each function has its site. lld alone lets go of dead
# code: to the others the program's __start_ symbols keep all tables alive.
test_link() {
	linker=$1 gc=$2
	out=program
	name="$target $flags $opt $linker $gc"
	rm -f program
	check "$name: links" link "$linker" -no-pie -Wl,"$gc" one.o two.o
	check "$name: one site for each function" \
		./sites program "$section" >count
	dead="$target-linux-gnu-nm program | grep -c dead"
	case "$opt $linker $gc" in
	*sections\ lld\ --gc*)
		check "$name: dead code is gone" \
			same "$(sh -c "$dead")" 0 ;;
	*--no-gc*)
		check "$name: all functions are there" \
			same "$(sh -c "$dead")" 2
		sites=$(cut -d ' ' -f 1 count) ;;
	esac
}

# As a PIE the entries are relocated at run time: the program counts them.
test_pie() {
	qemu=$(qemu_for "$target")
	present "$qemu" || return
	out=pie
	name="$target $flags $opt PIE"
	compile -fpie && "$tool" one.o two.o
	check "$name: links" link bfd -pie one.o two.o
	check "$name: no text relocations" \
		not sh -c "readelf -Wd pie | grep -q TEXTREL"
	check "$name: relocated sites" same \
		"$("$qemu" -L "/usr/$target-linux-gnu" ./pie 2>&1)" "$sites"
}

test_target() {
	target=$1 flags=$2 section=$3
	gxx=$target-linux-gnu-g++
	present "$gxx" || return
	stub=
	if [ "$target" = powerpc64le ]; then
		stub=mcount-ppc64le.o
		"$target-linux-gnu-gcc" -c "$src/mcount-ppc64le.S" -o $stub
	fi
	for opt in -O0 "-O2 -ffunction-sections"; do
		test_object -fPIC
		test_object -fno-pie
		sites=none
		for linker in bfd gold lld; do
			has_linker $linker || continue
			test_link $linker --no-gc-sections
			test_link $linker --gc-sections
		done
		test_pie
	done
}

# Without the tool the program must fail the same checks, or they check nothing.
test_control() {
	target=x86_64 flags=-fpatchable-function-entry=2 opt=-O2 out=program
	gxx=x86_64-linux-gnu-g++ stub=
	present "$gxx" && compile -fno-pie || return
	[ "$(readelf -WS two.o | grep -c ' __patchable')" = 1 ] || return
	check "control: unsplit, sites are lost" not sh -c \
		"$gxx -no-pie one.o two.o -o program 2>/dev/null &&
		 ./sites program __patchable_function_entries >/dev/null 2>&1"
}

# Without unwind tables gas writes no section symbols: the tool adds them.
test_symbols() {
	target=x86_64 flags="-pg -mfentry -fno-asynchronous-unwind-tables"
	flags="$flags -fno-exceptions" section=__mcount_loc opt=-O2 stub=
	gxx=x86_64-linux-gnu-g++
	present "$gxx" && compile -fno-pie || return
	check "symbols: some are missing at first" sh -c \
		"test \$(readelf -Ws two.o | grep -c 'SECTION LOCAL') -lt 3"
	test_object -fno-pie
	check "symbols: readelf finds nothing odd" same \
		"$(readelf -aW two.o 2>&1 >/dev/null)" ""
	test_link bfd --no-gc-sections
	check "symbols: the program runs" ./program >out
}

# ppc64le profiles without a nop after the call: a PLT stub cannot be undone.
test_direct_calls() {
	target=powerpc64le flags="-pg -mprofile-kernel" opt=-O2
	gxx=$target-linux-gnu-g++ stub=mcount-ppc64le.o out=shared.so
	present "$gxx" && compile -fPIC || return
	for linker in bfd gold lld; do
		has_linker $linker || continue
		"$tool" one.o two.o
		check "ppc64le $linker: -shared links" \
			link $linker -shared one.o two.o
		"$target-linux-gnu-objdump" -d shared.so |
			grep -E '\sbl\s.*mcount' >calls
		check "ppc64le $linker: calls of _mcount" test -s calls
		check "ppc64le $linker: no stub between" \
			not grep -v '<_mcount>$' calls
	done
}

# Calls that gcc 12 writes only for other processors, or no longer.
test_rare_calls() {
	target=powerpc64le flags="-pg -mcpu=power10" opt=-O2
	gxx=$target-linux-gnu-g++
	! present "$gxx" || test_object -fPIC
	present powerpc64-linux-gnu-gcc || return
	printf '\t.text\n\tnop\n\tbl ._mcount\n\tb ._mcount\n' >dot.s
	powerpc64-linux-gnu-gcc -c dot.s
	check "the code symbol of ELFv1, and no jump" \
		same "$("$tool" -n dot.o)" "dot.o: .text+0x4"
}

# Entries that jump between sections and back: gcc may, gas lets anybody.
test_mixed_entries() {
	present x86_64-linux-gnu-gcc || return
	cat >mixed.s <<-END
		.text
	1:	nop
	2:	nop
		.section .text.other, "ax"
	3:	nop
		.section __patchable_function_entries, "aw"
		.quad 1b, 3b, 2b
	END
	x86_64-linux-gnu-gcc -c mixed.s
	check "mixed entries" "$tool" mixed.o
	check "mixed entries: sorted out" same "$(readelf -Wr mixed.o |
		awk '/R_X86_64_64/ { printf "%s+%s ", $5, $7 }')" \
		".text+0 .text+1 .text.other+0 "
}

test_options() {
	check "no argument" expect 2 usage: "$tool"
	check "only -n" expect 2 usage: "$tool" -n
	check "unknown option" expect 2 usage: "$tool" -z x.o
	check "--version" expect 0 '' "$tool" --version
	check "--version prints a line" grep -q '^recordmcount ' out
	check "no such file" expect 1 '^recordmcount: none.o: cannot open' \
		"$tool" none.o
	check "a directory" expect 1 '^recordmcount: lld: not a regular file' \
		"$tool" lld
	echo text >text.o
	check "not ELF" expect 1 '^recordmcount: text.o: not an ELF' \
		"$tool" text.o
	check "a program" expect 1 'sites: not a relocatable' "$tool" sites
	check "text is as it was" same "$(cat text.o)" text
}

test_files() {
	cc=${CC:-cc}
	echo 'int f(int x) { return x; }' >plain.c
	$cc -c plain.c -o plain.o && cp plain.o before.o
	check "no sites" "$tool" plain.o
	check "no sites: unchanged" cmp plain.o before.o

	$cc -pg -c plain.c -o pg.o && cp pg.o before.o
	chmod 640 pg.o
	ln -s pg.o link.o
	check "one bad file does not stop the others" \
		expect 1 'none.o: cannot open' "$tool" none.o link.o
	check "the link was followed" not cmp -s pg.o before.o
	check "the link is one still" test -L link.o
	check "mode kept" same "$(stat -c %a pg.o)" 640
	check "no temporary file left" sh -c 'test ! -e "$(echo *.o.*)"'
}

# Exit status 0 or 1, one line that says why, and the file as it was.
survives() {
	cp "$1" copy.o
	./sanitized "$1" >/dev/null 2>err
	case $? in
	0) return ;;
	1) grep -q "^recordmcount: $1: ." err && same "$(wc -l <err)" 1 &&
		cmp "$1" copy.o ;;
	*) head -n 20 err; return 1 ;;
	esac
}

all_survive() {
	while read -r offset byte; do
		cp "$1" damaged.o
		if [ "$byte" = cut ]; then
			truncate -s "$offset" damaged.o
		else
			printf "\\$byte" | dd of=damaged.o bs=1 conv=notrunc \
				seek="$offset" 2>/dev/null
		fi
		survives damaged.o || { echo "$1 $offset $byte"; return 1; }
		cat err >>reasons
	done
}

# Cut at every 1/16, then spoil the file's header, section headers, symbols.
damages() {
	size=$(stat -c %s "$1")
	headers=$(readelf -h "$1" 2>/dev/null |
		sed -n 's/.*Start of section headers: *\([0-9]*\).*/\1/p')
	for i in $(seq 0 15); do
		echo $((size * i / 16)) cut
	done
	for i in $(seq 16 7 63); do
		echo "$i" 377
	done
	readelf -WS "$1" | sed -n 's/.*SYMTAB *//p' | {
		read -r _ start length _
		for i in $(seq $((0x$start)) 5 $((0x$start + 0x$length))); do
			echo "$i" 177
		done
	}
	for i in $(seq "$headers" 21 $((size - 1))); do
		echo "$i" 377
		echo "$i" 010
	done
}

test_damaged() {
	${CC:-cc} -std=gnu11 -g -fsanitize=address,undefined \
		-fno-sanitize-recover=all "$tools"/recordmcount*.c -lelf \
		-o sanitized || { check "sanitized build" false; return; }
	for target in x86_64 i686 powerpc64; do
		gxx=$target-linux-gnu-g++ opt=-O1
		flags="-pg -fpatchable-function-entry=2"
		present "$gxx" && compile -fno-pie || continue
		cp two.o whole.o
		check "$target: sanitized run" ./sanitized whole.o
		: >reasons
		damages two.o >list
		check "$target: $(wc -l <list) damaged objects" \
			all_survive two.o <list
		check "$target: damage was noticed" test -s reasons
	done
	check "no temporary file left" sh -c 'test ! -e "$(echo *.o.*)"'
}

${CC:-cc} -std=gnu11 -Wall -Wextra "$src/sites.c" -lelf -o sites || exit 1

pfe="-fpatchable-function-entry=2 __patchable_function_entries"
for t in x86_64 i686 aarch64 powerpc powerpc64; do
	test_target $t $pfe
	test_target $t -pg __mcount_loc
done
test_target x86_64 "-pg -mfentry" __mcount_loc
test_target powerpc64le "-pg -mprofile-kernel" __mcount_loc
test_direct_calls
test_rare_calls
test_mixed_entries
test_symbols
test_control
test_options
test_files
test_damaged

[ -z "$missing" ] || echo "left out, not installed:$missing"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
