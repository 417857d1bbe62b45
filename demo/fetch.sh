#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetch Lua's source with apt, leaving the machine's own apt alone.
#
#	fetch.sh DIR	unpack into DIR/lua, then write DIR/lua.mk
#
# apt gets a state, a cache and a list of sources of its own below DIR. The
# list is the machine's, each binary archive read as a source archive; keys,
# proxies and mirrors thus stay what the administrator chose. Exits 0 without
# DIR/lua.mk when there is no source to be had: the demo has a fallback. To see
# that one, let apt look nowhere: DEMO_APT_ETC=/nonexistent make demo O=elsewhere
set -eu

dir=$1
package=lua5.4
apt=$dir/apt
etc=${DEMO_APT_ETC:-/etc/apt}

# Third parties' archives hold no Lua and often no source: keep the suites
# that are the distribution's own.
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null || :)
codename=$(echo "${codename:-stable}" | tr -d '"')
suites="^($codename|(old)?stable|testing|unstable|sid)"
suites="$suites(-(security|updates))?(/updates)?\$"

# deb [options] uri suite component...
one_line() {
	awk -v suites="$suites" '
	$1 == "deb" {
		at = 3
		if ($2 ~ /^\[/)
			for (at = 2; $at !~ /\]$/ && at < NF; at++)
				;
		if ($2 ~ /^\[/)
			at += 2
		sub(/^[ \t]*deb/, "deb-src")
		if ($at ~ suites)
			print
	}' "$@"
}

# Stanzas of "Field: value", a value goes on in lines that begin with a space.
deb822() {
	awk -v suites="$suites" '
	function flush_stanza(  n, i, word, kept) {
		n = split(suite, word)
		for (i = 1; i <= n; i++)
			if (word[i] ~ suites)
				kept = kept " " word[i]
		if (type ~ /(^|[ \t])deb([ \t]|$)/ && kept != "")
			printf "Types: deb-src\nSuites:%s\n%s\n", kept, rest
		type = suite = rest = field = ""
	}
	FNR == 1 { flush_stanza() }
	/^#/ { next }
	/^[ \t]*$/ { flush_stanza(); next }
	/^[^ \t]/ {
		field = tolower($0)
		sub(/:.*/, "", field)
	}
	field == "types" { sub(/^[^:]*:/, ""); type = type " " $0; next }
	field == "suites" { sub(/^[^:]*:/, ""); suite = suite " " $0; next }
	{ rest = rest $0 "\n" }
	END { flush_stanza() }' "$@"
}

private_lists() {
	rm -rf "$apt/lists.d"
	mkdir -p "$apt/lists.d" "$apt/state/lists/partial" \
		"$apt/cache/archives/partial"
	for f in "$etc/sources.list" "$etc"/sources.list.d/*.list; do
		[ ! -f "$f" ] || one_line "$f"
	done >"$apt/lists.d/demo.list"
	for f in "$etc"/sources.list.d/*.sources; do
		[ ! -f "$f" ] || deb822 "$f"
	done >"$apt/lists.d/demo.sources"
	: >"$apt/status"
}

# Options on the command line win over every file of the machine's.
private_apt() {
	apt-get -qq -o Dir::State="$apt/state" \
		-o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt/cache" \
		-o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$apt/lists.d" \
		-o APT::Sandbox::User=root -o Acquire::Retries=1 \
		-o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
		-o Acquire::Languages=none "$@"
}

# apt has checked the archive's signature and the tarball's sum.
fetch() {
	private_lists
	private_apt update || :
	rm -rf "$apt/source" "$dir/lua" "$dir/lua.new"
	mkdir -p "$apt/source" "$dir/lua.new"
	(cd "$apt/source" && private_apt source --download-only $package) ||
		return 1
	for f in "$apt"/source/*.orig.tar.[gbx]z*; do
		case $f in *.asc) continue ;; esac
		tar -xf "$f" -C "$dir/lua.new" --strip-components=1 || return 1
	done
	test -f "$dir/lua.new/src/lua.h" && mv "$dir/lua.new" "$dir/lua"
}

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/apt
rm -f "$dir/lua.mk"
if ! fetch >"$dir/fetch.log" 2>&1; then
	echo "  FETCH    there is none ($1/fetch.log): demo/fallback.c it is"
	exit 0
fi
version=$(echo "$apt"/source/*.dsc)
version=${version##*_}
echo "demo-lua := ${version%.dsc}" >"$dir/lua.mk"
