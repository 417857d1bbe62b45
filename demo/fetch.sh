#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetch Lua's source for the demo.
#
#	fetch.sh DIR	unpack into DIR/lua, then write DIR/lua.mk
#
# Exits 0 without DIR/lua.mk when there is no source to be had: the demo has a
# fallback.
set -eu

dir=$1
mkdir -p "$dir"
rm -rf "$dir/lua" "$dir/lua.mk"
if ! version=$(ci/source "$dir" lua5.4 2>/dev/null); then
	echo "  FETCH    there is none ($dir/fetch.log): demo/fallback.c it is"
	exit 0
fi
mv "$dir/lua5.4" "$dir/lua"
echo "demo-lua := $version" >"$dir/lua.mk"
