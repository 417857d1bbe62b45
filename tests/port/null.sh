#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A copy of tests/fakearch is a port: it builds with no other edit. Without one
# item of the contract it does not, and the error names the item.
#
#	null.sh OUT MAKE
set -eu

out=$1 make=$2
tree=$out/null
rm -rf "$tree"
mkdir -p "$tree"
cp -r Makefile arch generic include object tests ci ./*.in "$tree"
cp --parents */rules.mk "$tree"
cp -r tests/fakearch "$tree/arch/null"
contract=$(ci/contract)
cd "$tree"

# Not all of -Werror: whoever lacks a function lacks its helpers too.
build() {
	"$make" -s V=1 O=out TARGET=null CC=gcc CFLAGS=-O1 \
		WARN=-Werror=implicit-function-declaration
}

# The paragraph that defines a function, or a macro, or a word of arch.mk.
without() {
	awk -v item="$1" '
	function flush() {
		head = text
		sub(/\n\{.*/, "", head)
		gsub(/\/\*([^*]|\*[^\/])*\*\//, "", head)
		if (head !~ "(^|[^a-z_])" item "\\(")
			printf "%s", text
		text = ""
	}
	macro { macro = /\\$/; next }
	$0 ~ "^#define " item "([ \t(]|$)" { macro = /\\$/; next }
	$0 ~ "^[^ ]*\\." item " :=" { next }
	{ text = text $0 "\n" }
	/^\{/ { body = 1 }
	/^}/ { body = 0 }
	/^(}.*)?$/ && !body { flush() }
	END { flush() }' "$2"
}

where() {
	case $1 in
	arch.mk) echo arch/null/arch.mk ;;
	*) echo arch/null/*.[ch] arch/null/include/ftrace/asm/*.h ;;
	esac
}

# Fails with a line of an error that has the item as a word?
named() {
	local heading=$1 item=$2 f rc=0 changed=0

	for f in $(where "$heading"); do
		cp -p "$f" saved
		without "$item" saved >"$f"
		if cmp -s saved "$f"; then
			cp -p saved "$f"
			continue
		fi
		changed=1
		build >log 2>&1 || rc=$?
		# What was made of a header that lacked something did not
		# need it; what was made of a file that did is old now.
		case $f in
		*.c) cp saved "$f" ;;
		*) cp -p saved "$f" ;;
		esac
		break
	done
	if [ $changed = 0 ]; then
		echo "port: tests/fakearch has no $item" >&2
	elif [ $rc = 0 ]; then
		echo "port: builds without $item" >&2
	elif ! grep -E 'error|\*\*\*|undefined|not defined' log | grep -qw "$item"
	then
		echo "port: no error names $item:" >&2
		tail -n 3 log >&2
	else
		return 0
	fi
	return 1
}

build
passed=1 failed=0
while IFS='|' read -r heading item; do
	case $heading/$item in
	tests/* | */) continue ;;
	arch.mk/*) grep -qE "^PORT_MUST .*\<$item\>" Makefile || continue ;;
	esac
	if named "$heading" "$item"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done <<<"$contract"
# And nothing was left behind.
build || failed=$((failed + 1))
echo "port: $passed passed, $failed failed"
[ "$failed" = 0 ]
