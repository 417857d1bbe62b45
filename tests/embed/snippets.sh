#!/bin/sh
# SPDX-License-Identifier: MIT
# The code in a page is in the file that the line above it names, line by line.
# usage: snippets.sh PAGE
set -eu
awk '
function text_of(file,   all, line) {
	while ((getline line < file) > 0)
		all = all line "\n"
	close(file)
	return all
}
/^```c/ { inside = 1; block = ""; next }
/^```/ {
	inside = 0
	n++
	if (!index(text_of(named), block)) {
		print FILENAME ":" FNR ": not in " named
		bad = 1
	}
	next
}
inside { block = block $0 "\n"; next }
/^`.*`$/ { named = substr($0, 2, length($0) - 2) }
END {
	if (!n)
		print FILENAME ": no code"
	else if (!bad)
		print "snippets: " n " of " FILENAME " are compiled"
	exit bad || !n
}' "$1"
